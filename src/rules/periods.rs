//! Periods relative to today, such as last week, in a time zone, converted to instants.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;

/// Maximum offset and length of a period, in units.
pub const MOST_UNITS: i32 = 1_000;

/// The instant of the request, in milliseconds, and its time zone.
#[derive(Clone, Copy, Debug)]
pub struct RequestClock {
    pub now: i64,
    pub zone: Tz,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeriodUnit {
    Day,
    /// From Monday.
    Week,
    Month,
    /// From January, April, July or October.
    Quarter,
    Year,
}

/// A number of whole units. The unit of the current instant has the offset 0, the one before it -1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    pub unit: PeriodUnit,
    pub offset: i32,
    pub count: i32,
}

impl Period {
    /// From the first instant up to, and without, the second, in milliseconds; an error says what is wrong with the period.
    pub fn instants(&self, clock: &RequestClock) -> Result<(i64, i64), String> {
        self.check()?;
        let (from, to) = self.bounds(clock).ok_or_else(beyond)?;
        let bounds = midnight(from, clock.zone).zip(midnight(to, clock.zone));
        bounds.ok_or_else(beyond)
    }

    /// The first day and the last; an error says what is wrong with the period.
    pub fn days(&self, clock: &RequestClock) -> Result<(NaiveDate, NaiveDate), String> {
        self.check()?;
        let days = self.bounds(clock).and_then(|(from, to)| Some((from, to.pred_opt()?)));
        days.ok_or_else(beyond)
    }

    fn check(&self) -> Result<(), String> {
        if !(-MOST_UNITS..=MOST_UNITS).contains(&self.offset) {
            return Err(format!("`offset` must be from -{MOST_UNITS} to {MOST_UNITS}"));
        }
        if !(1..=MOST_UNITS).contains(&self.count) {
            return Err(format!("`count` must be from 1 to {MOST_UNITS}"));
        }
        Ok(())
    }

    /// The first day, and the one after the last.
    fn bounds(&self, clock: &RequestClock) -> Option<(NaiveDate, NaiveDate)> {
        let now = DateTime::from_timestamp_millis(clock.now)?;
        let first = beginning(self.unit, now.with_timezone(&clock.zone).date_naive())?;
        let from = later(self.unit, first, self.offset)?;
        Some((from, later(self.unit, from, self.count)?))
    }
}

fn beyond() -> String {
    "this period lies beyond the calendar".to_owned()
}

/// The first day of the unit that the day lies in.
fn beginning(unit: PeriodUnit, day: NaiveDate) -> Option<NaiveDate> {
    match unit {
        PeriodUnit::Day => Some(day),
        PeriodUnit::Week => day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into())),
        PeriodUnit::Month => day.with_day(1),
        PeriodUnit::Quarter => NaiveDate::from_ymd_opt(day.year(), day.month0() / 3 * 3 + 1, 1),
        PeriodUnit::Year => NaiveDate::from_ymd_opt(day.year(), 1, 1),
    }
}

fn later(unit: PeriodUnit, day: NaiveDate, units: i32) -> Option<NaiveDate> {
    let months = |each: u32| {
        let months = Months::new(units.unsigned_abs() * each);
        if units < 0 {
            day.checked_sub_months(months)
        } else {
            day.checked_add_months(months)
        }
    };
    match unit {
        PeriodUnit::Day => day.checked_add_signed(TimeDelta::days(units.into())),
        PeriodUnit::Week => day.checked_add_signed(TimeDelta::weeks(units.into())),
        PeriodUnit::Month => months(1),
        PeriodUnit::Quarter => months(3),
        PeriodUnit::Year => months(12),
    }
}

/// The first instant of a day, which is not midnight where the clocks are put forward then.
fn midnight(day: NaiveDate, zone: Tz) -> Option<i64> {
    const STEP: i64 = 15;
    let midnight = day.and_time(NaiveTime::MIN);
    // No gap is longer than the day that an island skipped when it moved across the date line.
    (0..=24 * 60 / STEP)
        .find_map(|steps| {
            let local = midnight.checked_add_signed(TimeDelta::minutes(steps * STEP))?;
            zone.from_local_datetime(&local).earliest()
        })
        .map(|instant| instant.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(zone: &str, now: &str, unit: PeriodUnit, offset: i32, count: i32) -> (String, String) {
        let zone: Tz = zone.parse().expect("a zone");
        let now = DateTime::parse_from_rfc3339(now).expect("an instant").timestamp_millis();
        let (from, to) = Period { unit, offset, count }
            .instants(&RequestClock { now, zone })
            .expect("a period");
        let text = |at| {
            DateTime::from_timestamp_millis(at)
                .expect("an instant")
                .format("%Y-%m-%dT%H:%M")
                .to_string()
        };
        (text(from), text(to))
    }

    fn between(from: &str, to: &str) -> (String, String) {
        (from.to_owned(), to.to_owned())
    }

    #[test]
    fn days_are_those_of_the_zone() {
        // In Caracas it is still the ninth.
        let now = "2026-03-10T03:30:00Z";
        assert_eq!(
            period("America/Caracas", now, PeriodUnit::Day, 0, 1),
            between("2026-03-09T04:00", "2026-03-10T04:00")
        );
        assert_eq!(
            period("UTC", now, PeriodUnit::Day, 0, 1),
            between("2026-03-10T00:00", "2026-03-11T00:00")
        );
        assert_eq!(
            period("UTC", now, PeriodUnit::Day, -7, 7),
            between("2026-03-03T00:00", "2026-03-10T00:00")
        );
        assert_eq!(
            period("Asia/Tokyo", now, PeriodUnit::Day, 1, 2),
            between("2026-03-10T15:00", "2026-03-12T15:00")
        );
    }

    #[test]
    fn weeks_begin_on_monday() {
        for now in ["2026-03-09T00:00:00Z", "2026-03-15T23:59:59Z"] {
            assert_eq!(
                period("UTC", now, PeriodUnit::Week, 0, 1),
                between("2026-03-09T00:00", "2026-03-16T00:00")
            );
            assert_eq!(
                period("UTC", now, PeriodUnit::Week, -1, 1),
                between("2026-03-02T00:00", "2026-03-09T00:00")
            );
        }
    }

    #[test]
    fn months_quarters_and_years_have_their_own_lengths() {
        let now = "2026-03-31T12:00:00Z";
        assert_eq!(
            period("UTC", now, PeriodUnit::Month, -1, 1),
            between("2026-02-01T00:00", "2026-03-01T00:00")
        );
        assert_eq!(
            period("UTC", now, PeriodUnit::Month, -25, 1),
            between("2024-02-01T00:00", "2024-03-01T00:00")
        );
        assert_eq!(
            period("UTC", now, PeriodUnit::Quarter, 0, 1),
            between("2026-01-01T00:00", "2026-04-01T00:00")
        );
        assert_eq!(
            period("UTC", now, PeriodUnit::Quarter, -1, 2),
            between("2025-10-01T00:00", "2026-04-01T00:00")
        );
        assert_eq!(
            period("UTC", now, PeriodUnit::Year, 1, 1),
            between("2027-01-01T00:00", "2028-01-01T00:00")
        );
    }

    #[test]
    fn days_with_a_change_of_clocks_are_shorter_or_longer() {
        let madrid = |now| period("Europe/Madrid", now, PeriodUnit::Day, 0, 1);
        assert_eq!(madrid("2026-03-29T12:00:00Z"), between("2026-03-28T23:00", "2026-03-29T22:00"));
        assert_eq!(madrid("2026-10-25T12:00:00Z"), between("2026-10-24T22:00", "2026-10-25T23:00"));
        // In Santiago the clocks go from midnight to one, and back to eleven in the evening.
        let santiago = |now| period("America/Santiago", now, PeriodUnit::Day, 0, 1);
        assert_eq!(santiago("2026-09-06T12:00:00Z"), between("2026-09-06T04:00", "2026-09-07T03:00"));
        assert_eq!(santiago("2026-04-04T12:00:00Z"), between("2026-04-04T03:00", "2026-04-05T04:00"));
        // Apia had no 30 December 2011.
        assert_eq!(
            period("Pacific/Apia", "2011-12-29T12:00:00Z", PeriodUnit::Day, 0, 3).1,
            "2011-12-31T10:00"
        );
    }

    #[test]
    fn what_is_out_of_bounds_is_refused() {
        let clock = RequestClock {
            now: 1_773_154_800_000,
            zone: Tz::UTC,
        };
        for (offset, count) in [
            (0, 0),
            (0, -1),
            (0, MOST_UNITS + 1),
            (-MOST_UNITS - 1, 1),
            (i32::MIN, 1),
            (i32::MAX, 1),
        ] {
            let unit = PeriodUnit::Year;
            assert!(Period { unit, offset, count }.instants(&clock).is_err(), "{offset} {count}");
        }
        let unit = PeriodUnit::Year;
        let offset = MOST_UNITS;
        assert!(
            Period {
                unit,
                offset,
                count: MOST_UNITS
            }
            .instants(&clock)
            .is_ok()
        );
    }
}
