//! The time that the demo covers: three years of history up to its present, which is now or noon of a given day.

use chrono::{DateTime, NaiveDate, TimeZone};
use chrono_tz::Tz;

use crate::app::App;
use crate::error::{Error, Result};
use crate::rules::periods::{Period, PeriodUnit, RequestClock};

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// Three years.
const LENGTH: i64 = 1_096 * DAY;
/// Identifiers hold times from 1970 on, and the history begins three years before.
const FIRST_YEAR: i32 = 1980;

/// From when to when things have happened, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeframe {
    /// Midnight in UTC.
    pub beginning: i64,
    /// The present of the demo: nothing that has happened lies after it.
    pub end: i64,
    /// The day of the end, in the time zone of the settings, and the first instant of it and of the next.
    pub day: NaiveDate,
    pub day_begins: i64,
    pub day_ends: i64,
}

impl Timeframe {
    /// Up to the given day, or up to now if none is given.
    pub fn of(app: &App, until: Option<NaiveDate>) -> Result<Timeframe> {
        let zone = app.settings.default_time_zone.parse::<Tz>().map_err(Error::internal)?;
        Timeframe::new(app.clock.now(), until, zone)
    }

    /// Refuses days to come, of which nothing can have happened yet.
    pub fn new(now: i64, until: Option<NaiveDate>, zone: Tz) -> Result<Timeframe> {
        let local = |at: i64| DateTime::from_timestamp_millis(at).map(|at| at.with_timezone(&zone).date_naive());
        let today = local(now).ok_or_else(|| Error::internal("the clock is beyond the calendar"))?;
        let end = match until {
            None => now,
            Some(day) if day > today => {
                return Err(Error::BadInput(format!(
                    "the demo cannot end on {day}: the last possible day is today, {today}"
                )));
            }
            Some(day) => {
                let noon = NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1)
                    .filter(|first| day >= *first)
                    .and_then(|_| zone.from_local_datetime(&day.and_hms_opt(12, 0, 0)?).earliest());
                let noon = noon.ok_or_else(|| {
                    Error::BadInput(format!(
                        "the demo cannot end on {day}: the first possible day is {FIRST_YEAR}-01-01"
                    ))
                })?;
                noon.timestamp_millis().min(now)
            }
        };
        let whole_day = Period {
            unit: PeriodUnit::Day,
            offset: 0,
            count: 1,
        };
        let (day_begins, day_ends) = whole_day.instants(&RequestClock { now: end, zone }).map_err(Error::internal)?;
        Ok(Timeframe {
            beginning: end - end.rem_euclid(DAY) - LENGTH,
            end,
            day: until.unwrap_or(today),
            day_begins,
            day_ends,
        })
    }

    /// Into business hours of the Americas and Europe, without changing the order of anything. What happened on the last day, of which only a
    /// part has passed, stays within that part.
    pub fn within_hours(&self, time: i64) -> i64 {
        let within_day = time.rem_euclid(DAY);
        let midnight = time - within_day;
        let length = (self.end - midnight).clamp(1, DAY);
        let opens = (length * 11 / 23).min(11 * HOUR);
        let closes = length.min(23 * HOUR);
        midnight + opens + within_day * (closes - opens) / length
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    const CARACAS: Tz = Tz::America__Caracas;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    /// One that ends on 2026-11-01, at noon in Caracas.
    pub fn timeframe() -> Timeframe {
        Timeframe::new(i64::MAX / 1_000_000, Some(day("2026-11-01")), CARACAS).expect("a day that has passed")
    }

    #[test]
    fn a_given_day_ends_at_noon_whatever_the_time() {
        let end = DateTime::parse_from_rfc3339("2026-11-01T12:00:00-04:00")
            .expect("a time")
            .timestamp_millis();
        let frame = timeframe();
        assert_eq!((frame.end, frame.day), (end, day("2026-11-01")));
        assert_eq!((frame.day_begins, frame.day_ends), (end - 12 * HOUR, end + 12 * HOUR));
        assert_eq!(
            Timeframe::new(end + 7 * HOUR, Some(day("2026-11-01")), CARACAS).expect("today"),
            frame
        );
    }

    #[test]
    fn without_a_day_it_ends_now_and_never_later() {
        let now = timeframe().end - 5 * HOUR;
        let frame = Timeframe::new(now, None, CARACAS).expect("a time");
        assert_eq!((frame.end, frame.day), (now, day("2026-11-01")));
        assert_eq!(Timeframe::new(now, Some(day("2026-11-01")), CARACAS).expect("today"), frame);
        assert_eq!(Timeframe::new(now, None, CARACAS).expect("a time").beginning.rem_euclid(DAY), 0);
    }

    #[test]
    fn days_to_come_and_long_ago_are_refused() {
        let now = timeframe().end;
        for (until, reason) in [
            ("2026-11-02", "the last possible day is today, 2026-11-01"),
            ("1979-12-31", "the first possible day is 1980-01-01"),
        ] {
            let error = Timeframe::new(now, Some(day(until)), CARACAS).expect_err(until);
            assert!(error.to_string().contains(reason), "{error}");
        }
        assert!(Timeframe::new(now, Some(day("1980-01-01")), CARACAS).expect("a day").beginning > 0);
    }

    #[test]
    fn times_keep_their_order_and_their_date_and_do_not_pass_the_end() {
        let noon = timeframe();
        let first = noon.beginning;
        assert!(noon.within_hours(first) < noon.within_hours(first + 1_000));
        assert!(noon.within_hours(first + DAY - 1) < first + DAY);
        for hour in 0..24 {
            let frame = Timeframe::new(noon.end + hour * HOUR + 1, None, CARACAS).expect("a time");
            let midnight = frame.end - frame.end.rem_euclid(DAY);
            let mut last = frame.within_hours(midnight - 1);
            for time in (midnight..frame.end).step_by(MINUTE as usize) {
                let moved = frame.within_hours(time);
                assert!((last..=frame.end).contains(&moved) && moved >= midnight, "{hour} h: {time}");
                last = moved;
            }
        }
    }
}
