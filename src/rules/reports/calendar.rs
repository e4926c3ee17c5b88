//! Time in a zone: which bucket an instant lies in, and from when to when a bucket lasts, exact across changes of the clocks.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

use super::{Comparison, Grain};
use crate::text::language::{Language, Words};

pub const HOUR: i64 = 3_600_000;
pub const DAY: i64 = 24 * HOUR;

/// A part of time in which the clocks have one offset, up to the next part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Segment {
    /// The first instant, in milliseconds.
    pub from: i64,
    /// Local time less UTC, in milliseconds.
    pub offset: i64,
}

/// A zone with its changes of the clocks, and the first day of the week.
#[derive(Clone, Debug)]
pub struct Calendar {
    pub zone: Tz,
    /// Days from Monday.
    pub first_day: u8,
    /// What the clocks show.
    clocks: Arc<[Segment]>,
    /// The same for dates: where the clocks are put back across midnight, the new day goes on, so that each day is one piece of time.
    dates: Arc<[Segment]>,
}

/// The parts of time of a zone, for clocks and for dates.
type Changes = (Arc<[Segment]>, Arc<[Segment]>);

/// The parts of time of the zones that were asked for: to find them takes thousands of look-ups.
static CHANGES: LazyLock<Mutex<HashMap<Tz, Changes>>> = LazyLock::new(Mutex::default);

/// The changes that are known: from March 1900 to 2100. Beyond, the offsets of the ends hold.
pub const FIRST: i64 = -2_203_718_400_000;
const LAST: i64 = 4_102_444_800_000;
/// Interval at which offsets are compared: no zone changes its clocks and changes them back within it.
const STEP: i64 = 5 * DAY;

impl Calendar {
    pub fn new(zone: Tz, first_day: u8) -> Calendar {
        let mut known = CHANGES.lock().unwrap_or_else(PoisonError::into_inner);
        let changes = known.entry(zone).or_insert_with(|| {
            let clocks = clocks(zone);
            let dates = dates(&clocks);
            (clocks.into(), dates.into())
        });
        let (clocks, dates) = changes.clone();
        Calendar {
            zone,
            first_day,
            clocks,
            dates,
        }
    }

    /// The parts of time whose offset counts for the grain, those of a period only if it is bounded.
    pub fn segments(&self, grain: Grain, (from, to): (Option<i64>, Option<i64>)) -> Vec<Segment> {
        let all = match grain {
            Grain::Hour | Grain::HourOfDay => &self.clocks,
            Grain::Day | Grain::Week | Grain::Month | Grain::Quarter | Grain::Year | Grain::Weekday => &self.dates,
        };
        let first = from.map_or(0, |from| index_at(all, from));
        let last = to.map_or(all.len() - 1, |to| index_at(all, to));
        all[first..=Ord::max(first, last)].to_vec()
    }

    /// The bucket of an instant, as the statement computes it.
    pub fn bucket(&self, grain: Grain, at: i64) -> i64 {
        match grain {
            Grain::Hour => at - (at + offset_at(&self.clocks, at)).rem_euclid(HOUR),
            Grain::HourOfDay => hour_of_day(&self.clocks, at),
            Grain::Weekday => weekday(&self.dates, at),
            Grain::Day | Grain::Week | Grain::Month | Grain::Quarter | Grain::Year => self.bucket_of_day(grain, self.day(at)),
        }
    }

    /// From the first instant of a bucket up to, and without, the second. None of a grain whose buckets come again, and beyond the
    /// calendar.
    pub fn range(&self, grain: Grain, bucket: i64) -> Option<(i64, i64)> {
        match grain {
            Grain::HourOfDay | Grain::Weekday => None,
            Grain::Hour => {
                let inside = |at: &i64| self.bucket(Grain::Hour, *at) == bucket;
                // Where the clocks change within the hour it is shorter.
                let changes = self.clocks.iter().map(|segment| segment.from);
                let cuts: Vec<i64> = changes.filter(|at| (bucket..bucket + HOUR).contains(at)).collect();
                let from = std::iter::once(bucket).chain(cuts.iter().copied()).find(inside)?;
                let to = cuts.iter().copied().filter(|at| *at > from).find(|at| !inside(at));
                Some((from, to.unwrap_or(bucket + HOUR)))
            }
            Grain::Day | Grain::Week | Grain::Month | Grain::Quarter | Grain::Year => Some((
                self.start_of_day(self.first_day_of(grain, bucket)?),
                self.start_of_day(self.first_day_of(grain, bucket + 1)?),
            )),
        }
    }

    /// The bucket after this one.
    pub fn next(&self, grain: Grain, bucket: i64) -> Option<i64> {
        match grain {
            Grain::Hour => Some(self.bucket(grain, self.range(grain, bucket)?.1)),
            Grain::HourOfDay | Grain::Weekday => None,
            Grain::Day | Grain::Week | Grain::Month | Grain::Quarter | Grain::Year => Some(bucket + 1),
        }
    }

    /// The key of a bucket, which is the same in all languages.
    pub fn key(&self, grain: Grain, bucket: i64) -> Option<String> {
        Some(match grain {
            Grain::Hour => {
                let at = DateTime::from_timestamp_millis(self.range(grain, bucket)?.0)?;
                at.with_timezone(&self.zone).format("%Y-%m-%dT%H:%M%:z").to_string()
            }
            Grain::HourOfDay => format!("{bucket:02}"),
            Grain::Weekday => (bucket + 1).to_string(),
            Grain::Day | Grain::Week => date(self.first_day_of(grain, bucket)?)?.to_string(),
            Grain::Month => date(self.first_day_of(grain, bucket)?)?.format("%Y-%m").to_string(),
            Grain::Quarter => format!("{:04}-Q{}", bucket.div_euclid(4), bucket.rem_euclid(4) + 1),
            Grain::Year => format!("{bucket:04}"),
        })
    }

    /// The bucket in words.
    pub fn label(&self, grain: Grain, bucket: i64, language: Language) -> Option<String> {
        let number = |at: i64| usize::try_from(at).ok();
        Some(match grain {
            Grain::HourOfDay => format!("{bucket:02}:00"),
            Grain::Weekday => language.choose(*WEEKDAYS.get(number(bucket)?)?).to_owned(),
            Grain::Week if self.first_day == 0 => {
                let week = date(self.first_day_of(grain, bucket)?)?.iso_week();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Grain::Month => {
                let month = language.choose(*MONTHS.get(number(bucket.rem_euclid(12))?)?);
                format!("{month} {:04}", bucket.div_euclid(12))
            }
            Grain::Hour => self.key(grain, bucket)?.replace('T', " "),
            Grain::Day | Grain::Week | Grain::Quarter | Grain::Year => self.key(grain, bucket)?,
        })
    }

    /// The order of a bucket among others: a week begins with its first day.
    pub fn position(&self, grain: Grain, bucket: i64) -> i64 {
        match grain {
            Grain::Weekday => (bucket - i64::from(self.first_day)).rem_euclid(7),
            _ => bucket,
        }
    }

    /// A period a year before, or of equal length before. Periods are shifted by whole buckets of the grain if there is one.
    pub fn earlier(&self, comparison: Comparison, grain: Option<Grain>, (from, to): (i64, i64)) -> Option<(i64, i64)> {
        match (comparison, grain.filter(|grain| grain.is_period())) {
            // As the buckets are.
            (Comparison::PreviousYear, Some(Grain::Week)) => Some((self.days_before(from, 364)?, self.days_before(to, 364)?)),
            (Comparison::PreviousYear, _) => Some((self.months_before(from, 12)?, self.end_months_before(to, 12)?)),
            (Comparison::PreviousPeriod, None) => Some((from.checked_sub(to.checked_sub(from)?)?, from)),
            (Comparison::PreviousPeriod, Some(grain)) => {
                let count = self.count(grain, (from, to));
                let days = |days: i64| Some((self.days_before(from, days)?, self.days_before(to, days)?));
                let months = |months: i64| Some((self.months_before(from, months)?, self.end_months_before(to, months)?));
                match grain {
                    Grain::Day => days(count),
                    Grain::Week => days(7 * count),
                    Grain::Month => months(count),
                    Grain::Quarter => months(3 * count),
                    Grain::Year => months(12 * count),
                    Grain::Hour | Grain::Weekday | Grain::HourOfDay => Some((from - count * HOUR, to - count * HOUR)),
                }
            }
        }
    }

    /// The bucket of the earlier period that a bucket is compared with.
    pub fn counterpart(&self, comparison: Comparison, grain: Grain, period: (i64, i64), bucket: i64) -> Option<i64> {
        let count = || self.count(grain, period);
        match (comparison, grain) {
            (_, Grain::Weekday | Grain::HourOfDay) => Some(bucket),
            (Comparison::PreviousPeriod, Grain::Hour) => Some(bucket - count() * HOUR),
            (Comparison::PreviousPeriod, _) => Some(bucket - count()),
            (Comparison::PreviousYear, Grain::Year) => Some(bucket - 1),
            (Comparison::PreviousYear, Grain::Quarter) => Some(bucket - 4),
            (Comparison::PreviousYear, Grain::Month) => Some(bucket - 12),
            // Years do not consist of whole weeks: the same weekdays, 52 weeks before.
            (Comparison::PreviousYear, Grain::Week) => Some(bucket - 52),
            (Comparison::PreviousYear, Grain::Day | Grain::Hour) => {
                let at = self.months_before(self.range(grain, bucket)?.0, 12)?;
                Some(self.bucket(grain, at))
            }
        }
    }

    /// Number of buckets that a period touches; of hours, as if all had sixty minutes.
    pub fn count(&self, grain: Grain, (from, to): (i64, i64)) -> i64 {
        let last = Ord::max(from, to - 1);
        match grain {
            Grain::Hour => (self.bucket(grain, last) - self.bucket(grain, from)) / HOUR + 1,
            Grain::Weekday => 7,
            Grain::HourOfDay => 24,
            _ => self.bucket(grain, last) - self.bucket(grain, from) + 1,
        }
    }

    /// Days since 1970 of the date on which an instant lies.
    fn day(&self, at: i64) -> i64 {
        (at + offset_at(&self.dates, at)).div_euclid(DAY)
    }

    fn bucket_of_day(&self, grain: Grain, day: i64) -> i64 {
        let month = || date(day).map_or(0, |date| i64::from(date.year()) * 12 + i64::from(date.month0()));
        match grain {
            Grain::Week => (day + 3 - i64::from(self.first_day)).div_euclid(7),
            Grain::Month => month(),
            Grain::Quarter => month().div_euclid(3),
            Grain::Year => month().div_euclid(12),
            Grain::Day | Grain::Hour | Grain::Weekday | Grain::HourOfDay => day,
        }
    }

    fn first_day_of(&self, grain: Grain, bucket: i64) -> Option<i64> {
        let of_month = |month: i64| {
            let date = NaiveDate::from_ymd_opt(
                i32::try_from(month.div_euclid(12)).ok()?,
                u32::try_from(month.rem_euclid(12)).ok()? + 1,
                1,
            )?;
            Some(date.signed_duration_since(NaiveDate::default()).num_days())
        };
        match grain {
            Grain::Week => Some(7 * bucket - 3 + i64::from(self.first_day)),
            Grain::Month => of_month(bucket),
            Grain::Quarter => of_month(3 * bucket),
            Grain::Year => of_month(12 * bucket),
            Grain::Day | Grain::Hour | Grain::Weekday | Grain::HourOfDay => Some(bucket),
        }
    }

    /// The first instant of a date, or of the next one that there was.
    fn start_of_day(&self, day: i64) -> i64 {
        let starts = self.dates.iter().enumerate().filter_map(|(place, segment)| {
            let at = Ord::max(segment.from, day * DAY - segment.offset);
            let end = self.dates.get(place + 1).map_or(i64::MAX, |next| next.from);
            (at < end).then_some(at)
        });
        starts.min().unwrap_or(day * DAY)
    }

    fn days_before(&self, at: i64, days: i64) -> Option<i64> {
        let local = self.local(at)?;
        self.instant(local.checked_sub_days(Days::new(u64::try_from(days).ok()?))?)
    }

    /// The same local time so many months before; on the last day of a month that is too short.
    fn months_before(&self, at: i64, months: i64) -> Option<i64> {
        self.instant(earlier_month(self.local(at)?, months)?)
    }

    /// The same for the end of a period, which it does not include. A month that is too short is over by then: on its last day that day
    /// would be lost.
    fn end_months_before(&self, to: i64, months: i64) -> Option<i64> {
        let local = self.local(to)?;
        let earlier = earlier_month(local, months)?;
        if earlier.day() == local.day() {
            return self.instant(earlier);
        }
        let month = i64::from(earlier.year()) * 12 + i64::from(earlier.month0());
        Some(self.start_of_day(self.first_day_of(Grain::Month, month + 1)?))
    }

    fn local(&self, at: i64) -> Option<NaiveDateTime> {
        DateTime::from_timestamp_millis(at).map(|at| at.with_timezone(&self.zone).naive_local())
    }

    /// The first instant at which the clocks show this or, where they are put forward over it, more.
    fn instant(&self, local: NaiveDateTime) -> Option<i64> {
        let wanted = local.and_utc().timestamp_millis();
        self.clocks.iter().enumerate().find_map(|(place, segment)| {
            let at = Ord::max(segment.from, wanted - segment.offset);
            let end = self.clocks.get(place + 1).map_or(i64::MAX, |next| next.from);
            (at < end).then_some(at)
        })
    }
}

/// The hour that the clocks show, 0 to 23. `segments` are those of the grain around the instant.
pub fn hour_of_day(segments: &[Segment], at: i64) -> i64 {
    (at + offset_at(segments, at)).rem_euclid(DAY) / HOUR
}

/// The day of the week, as days from Monday. `segments` are those of the grain around the instant.
pub fn weekday(segments: &[Segment], at: i64) -> i64 {
    ((at + offset_at(segments, at)).div_euclid(DAY) + 3).rem_euclid(7)
}

fn index_at(segments: &[Segment], at: i64) -> usize {
    segments.partition_point(|segment| segment.from <= at).saturating_sub(1)
}

fn offset_at(segments: &[Segment], at: i64) -> i64 {
    segments[index_at(segments, at)].offset
}

/// On the last day of the month if it does not have that day.
fn earlier_month(local: NaiveDateTime, months: i64) -> Option<NaiveDateTime> {
    local.checked_sub_months(Months::new(u32::try_from(months).ok()?))
}

fn date(day: i64) -> Option<NaiveDate> {
    NaiveDate::default().checked_add_signed(chrono::TimeDelta::try_days(day)?)
}

/// The changes of the clocks, found by comparing offsets at intervals and then within these.
fn clocks(zone: Tz) -> Vec<Segment> {
    let offset = |at: i64| {
        let at = DateTime::from_timestamp_millis(at).unwrap_or_default().naive_utc();
        i64::from(zone.offset_from_utc_datetime(&at).fix().local_minus_utc()) * 1_000
    };
    let mut found = vec![Segment {
        from: i64::MIN,
        offset: offset(FIRST),
    }];
    let mut at = FIRST;
    while at < LAST {
        let next = at + STEP;
        let (before, after) = (offset(at), offset(next));
        if before != after {
            // Changes happen at whole seconds.
            let (mut low, mut high) = (at / 1_000, next / 1_000);
            while high - low > 1 {
                let middle = i64::midpoint(low, high);
                if offset(middle * 1_000) == before {
                    low = middle
                } else {
                    high = middle
                }
            }
            found.push(Segment {
                from: high * 1_000,
                offset: offset(high * 1_000),
            });
            // There may be a second one in the interval.
            at = high * 1_000;
            continue;
        }
        at = next;
    }
    found
}

fn dates(clocks: &[Segment]) -> Vec<Segment> {
    let mut dates = vec![clocks[0]];
    for pair in clocks.windows(2) {
        let (before, after) = (pair[0], pair[1]);
        // The midnight that the clocks reach a second time, if they had passed it.
        let midnight = (after.from + after.offset).div_euclid(DAY) * DAY + DAY;
        let is_passed = after.offset < before.offset && midnight < after.from + before.offset;
        dates.push(Segment {
            from: if is_passed { midnight - after.offset } else { after.from },
            offset: after.offset,
        });
    }
    dates
}

const WEEKDAYS: [Words; 7] = [
    ["Monday", "lunes"],
    ["Tuesday", "martes"],
    ["Wednesday", "miércoles"],
    ["Thursday", "jueves"],
    ["Friday", "viernes"],
    ["Saturday", "sábado"],
    ["Sunday", "domingo"],
];
const MONTHS: [Words; 12] = [
    ["January", "enero"],
    ["February", "febrero"],
    ["March", "marzo"],
    ["April", "abril"],
    ["May", "mayo"],
    ["June", "junio"],
    ["July", "julio"],
    ["August", "agosto"],
    ["September", "septiembre"],
    ["October", "octubre"],
    ["November", "noviembre"],
    ["December", "diciembre"],
];

#[cfg(test)]
mod tests;
