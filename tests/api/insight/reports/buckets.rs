//! Buckets of time by the calendar of a library: their keys, and those before and after them.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Timelike, Weekday};
use chrono_tz::Tz;

use super::world::time;

/// Where a report is asked for: its time zone, and the first day of its weeks.
#[derive(Clone, Copy, Debug)]
pub struct Calendar {
    pub zone: Tz,
    pub first_day: Weekday,
}

/// Grains whose buckets follow each other; the others come again.
pub const PERIODS: [&str; 6] = ["HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"];

impl Calendar {
    /// The key of the bucket of an instant.
    pub fn bucket(self, at: &str, grain: &str) -> String {
        let local = DateTime::parse_from_rfc3339(at).expect("an instant").with_timezone(&self.zone);
        match grain {
            "HOUR" => local.format("%Y-%m-%dT%H:00%:z").to_string(),
            "HOUR_OF_DAY" => format!("{:02}", local.hour()),
            grain => self.bucket_of_day(local.date_naive(), grain),
        }
    }

    /// The same of milliseconds.
    pub fn bucket_of(self, at: i64, grain: &str) -> String {
        self.bucket(&time(at), grain)
    }

    fn bucket_of_day(self, day: NaiveDate, grain: &str) -> String {
        match grain {
            "DAY" => day.to_string(),
            "WEEK" => (day - Days::new(day.weekday().days_since(self.first_day).into())).to_string(),
            "MONTH" => day.format("%Y-%m").to_string(),
            "QUARTER" => format!("{}-Q{}", day.year(), day.month0() / 3 + 1),
            "YEAR" => day.year().to_string(),
            "WEEKDAY" => day.weekday().number_from_monday().to_string(),
            other => panic!("buckets.rs knows no grain {other}"),
        }
    }

    /// The key of the bucket so many buckets later.
    pub fn shifted(self, grain: &str, key: &str, by: i32) -> String {
        let months = |count: i32| match u32::try_from(count) {
            Ok(count) => first_day(grain, key) + Months::new(count),
            Err(_) => first_day(grain, key) - Months::new(count.unsigned_abs()),
        };
        let days = |count: i32| first_day(grain, key) + TimeDelta::days(count.into());
        let day = match grain {
            "HOUR" => return self.bucket_of(hour(key).timestamp_millis() + i64::from(by) * 3_600_000, grain),
            "DAY" => days(by),
            "WEEK" => days(7 * by),
            "MONTH" => months(by),
            "QUARTER" => months(3 * by),
            _ => months(12 * by),
        };
        self.bucket_of_day(day, grain)
    }

    /// Number of buckets that a period touches.
    pub fn count(self, grain: &str, (from, to): (i64, i64)) -> i32 {
        let (mut at, last) = (self.bucket_of(from, grain), self.bucket_of(to - 1, grain));
        let mut count = 1;
        while at != last {
            at = self.shifted(grain, &at, 1);
            count += 1;
        }
        count
    }

    /// The instant at which clocks showed the same so many months before.
    pub fn months_before(self, at: i64, months: u32) -> i64 {
        self.instant(self.local(at) - Months::new(months))
    }

    /// The same of the end of a period: the end of the month, if that has no such day.
    pub fn end_months_before(self, at: i64, months: u32) -> i64 {
        let local = self.local(at);
        let earlier = local - Months::new(months);
        if earlier.day() == local.day() {
            return self.instant(earlier);
        }
        let next = earlier.date().with_day(1).expect("a first day") + Months::new(1);
        self.instant(next.and_time(chrono::NaiveTime::MIN))
    }

    /// The same of days.
    pub fn days_before(self, at: i64, days: u32) -> i64 {
        self.instant(self.local(at) - Days::new(days.into()))
    }

    fn local(self, at: i64) -> NaiveDateTime {
        let at = DateTime::from_timestamp_millis(at).expect("an instant");
        at.with_timezone(&self.zone).naive_local()
    }

    fn instant(self, local: NaiveDateTime) -> i64 {
        let at = self.zone.from_local_datetime(&local).earliest();
        at.expect("a time that clocks show").timestamp_millis()
    }
}

/// A bucket in a form whose texts are in the order of time.
pub fn moment(grain: &str, key: &str) -> String {
    match grain {
        "HOUR" => hour(key).to_utc().to_rfc3339(),
        _ => key.to_owned(),
    }
}

/// The first day of a bucket.
pub fn first_day(grain: &str, key: &str) -> NaiveDate {
    let text = match grain {
        "MONTH" => format!("{key}-01"),
        "QUARTER" => {
            let (year, quarter) = key.split_once("-Q").expect("a quarter");
            format!("{year}-{:02}-01", quarter.parse::<u32>().expect("a number") * 3 - 2)
        }
        "YEAR" => format!("{key}-01-01"),
        _ => key.to_owned(),
    };
    text.parse().expect("a day")
}

/// The instant of the key of an hour, which has no seconds.
fn hour(key: &str) -> DateTime<chrono::FixedOffset> {
    let whole = format!("{}:00{}", &key[..16], &key[16..]);
    DateTime::parse_from_rfc3339(&whole).expect("an hour")
}
