//! Conditions on time by the calendar: periods relative to today, weekdays, and hours of the day.

use async_graphql::{Enum, InputObject};
use chrono_tz::Tz;

use crate::error::{Error, Result};
use crate::resolvers::filter::{BucketTest, DayPart, check_values};
use crate::rules::periods::{self, Period, RequestClock};

/// Unit of a relative period: whole calendar units in the time zone of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "periods::PeriodUnit")]
pub enum PeriodUnit {
    /// From midnight to midnight, which is not always 24 hours.
    Day,
    /// From Monday to Sunday.
    Week,
    /// From the first day of a month to the last.
    Month,
    /// Three months, from January, April, July or October.
    Quarter,
    /// From January to December.
    Year,
}

/// A period relative to today. With `DAY`: `{ unit: DAY }` is today, `{ unit: DAY, offset: -1 }` yesterday, `{ unit: DAY, offset: -7,
/// count: 7 }` the seven days before today, and `{ unit: DAY, offset: 1, count: 7 }` the seven days after.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct RelativePeriodInput {
    /// Calendar unit of the period.
    pub unit: PeriodUnit,
    /// First unit of the period: 0 is the current one, -1 the one before. -1,000 to 1,000.
    #[graphql(default)]
    pub offset: i32,
    /// Length of the period in units. 1 to 1,000.
    #[graphql(default = 1)]
    pub count: i32,
}

/// Days of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Weekday {
    /// The day after Sunday.
    Monday,
    /// The second day of a week from Monday.
    Tuesday,
    /// The third day of a week from Monday.
    Wednesday,
    /// The fourth day of a week from Monday.
    Thursday,
    /// The fifth day of a week from Monday.
    Friday,
    /// The sixth day of a week from Monday.
    Saturday,
    /// The seventh day of a week from Monday.
    Sunday,
}

/// Condition on the day of the week of an instant, or of a calendar day.
#[derive(Clone, Debug, InputObject)]
pub struct WeekdayFilter {
    /// One of these days. At most 200; an empty list matches nothing.
    #[graphql(name = "in")]
    pub any_of: Vec<Weekday>,
    /// IANA name of the time zone. Default: the time zone of the caller. `BAD_USER_INPUT` if there is no such zone, and for calendar days,
    /// which are the same in all zones.
    pub time_zone: Option<String>,
}

/// Condition on the hour that clocks show at an instant. Where the clocks are put back, one hour comes twice and both match.
#[derive(Clone, Debug, InputObject)]
pub struct HourOfDayFilter {
    /// One of these hours, 0 to 23. At most 200; an empty list matches nothing.
    #[graphql(name = "in")]
    pub any_of: Vec<i32>,
    /// IANA name of the time zone. Default: the time zone of the caller. `BAD_USER_INPUT` if there is no such zone.
    pub time_zone: Option<String>,
}

impl RelativePeriodInput {
    pub fn into_period(self) -> Period {
        Period {
            unit: self.unit.into(),
            offset: self.offset,
            count: self.count,
        }
    }
}

impl Weekday {
    /// Days from Monday.
    pub fn from_monday(self) -> u8 {
        self as u8
    }
}

impl WeekdayFilter {
    /// Over instants within the period, where other conditions bound them.
    pub fn into_test(self, clock: &RequestClock, period: (Option<i64>, Option<i64>)) -> Result<BucketTest> {
        let zone = zone(self.time_zone.as_deref(), clock)?;
        self.test(zone, period)
    }

    /// Over calendar days, which are stored as their midnights in UTC.
    pub fn into_day_test(self) -> Result<BucketTest> {
        match self.time_zone {
            Some(_) => Err(Error::BadInput("calendar days have no `timeZone`".to_owned())),
            None => self.test(Tz::UTC, (None, None)),
        }
    }

    fn test(self, zone: Tz, period: (Option<i64>, Option<i64>)) -> Result<BucketTest> {
        check_values(self.any_of.len())?;
        let days = self.any_of.into_iter().map(|day| i64::from(day.from_monday()));
        Ok(BucketTest::new(DayPart::Weekday, days.collect(), zone, period))
    }
}

impl HourOfDayFilter {
    /// Over instants within the period, where other conditions bound them.
    pub fn into_test(self, clock: &RequestClock, period: (Option<i64>, Option<i64>)) -> Result<BucketTest> {
        check_values(self.any_of.len())?;
        if self.any_of.iter().any(|hour| !(0..24).contains(hour)) {
            return Err(Error::BadInput("an hour of the day is from 0 to 23".to_owned()));
        }
        let zone = zone(self.time_zone.as_deref(), clock)?;
        let hours = self.any_of.into_iter().map(i64::from);
        Ok(BucketTest::new(DayPart::HourOfDay, hours.collect(), zone, period))
    }
}

/// Conditions on both, as far as they are given.
pub fn day_part_tests(
    weekday: Option<Box<WeekdayFilter>>,
    hour_of_day: Option<Box<HourOfDayFilter>>,
    clock: &RequestClock,
    period: (Option<i64>, Option<i64>),
) -> Result<Vec<BucketTest>> {
    let weekday = weekday.map(|test| test.into_test(clock, period)).transpose()?;
    let hour = hour_of_day.map(|test| test.into_test(clock, period)).transpose()?;
    Ok(weekday.into_iter().chain(hour).collect())
}

fn zone(name: Option<&str>, clock: &RequestClock) -> Result<Tz> {
    match name {
        None => Ok(clock.zone),
        Some(name) => {
            let message = "`timeZone` is not the IANA name of a time zone such as America/Caracas";
            name.parse().map_err(|_| Error::BadInput(message.to_owned()))
        }
    }
}
