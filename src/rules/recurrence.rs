//! Tasks that repeat: rules in the words of RFC 5545, read in a time zone, and the dates that they give.
//!
//! The library works on local times without a zone; the zone comes in at the edges. So the time of day stays what people see on the
//! clock, also where the clock is set forward or back.
//!
//! It looks for the next date without a horizon but the end of the year 10,000. So the series is moved towards that year by whole cycles of the
//! calendar, and what the library looks at is at most 800 years. Still it is work for a thread that may block.
//!
//! A series ends with its COUNT or UNTIL, or in 2100, before which every task is due; a rule that would end sooner is refused when it is given.

use chrono::{DateTime, Datelike, Duration, LocalResult, NaiveDate, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use rrule::{Frequency, RRule, RRuleSet, Unvalidated};

use super::limits::LATEST_DUE_MS;

/// Characters of a rule.
pub const RULE_LENGTH: usize = 200;

/// Maximum number of evaluated dates: more than a daily rule has in the two centuries in which tasks are due.
const MOST_DATES: usize = 75_000;

/// The year in which no task is due any more.
const LATEST_YEAR: i32 = 2100;

/// The last year that the library looks at.
const LIBRARY_END: i32 = 10_000;
/// After so many years, which are as many days, dates fall on the same weekdays and leap years come alike.
const CYCLE_YEARS: i32 = 400;
const CYCLE_DAYS: i64 = 146_097;

/// A rule that gives dates.
#[derive(Clone, Debug)]
pub struct Recurrence {
    /// The series as the library follows it, so much later than it is.
    dates: RRuleSet,
    later: Duration,
    zone: Tz,
}

/// Reason why a text is not a usable rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    TooLong,
    NoRule,
    TooOften,
    TimeOfDay,
    /// COUNT and UNTIL, which RFC 5545 (3.3.10) allows only one of.
    TwoEnds,
    /// BYSETPOS without the parts of which it chooses (3.3.10).
    NothingToChoose,
    /// Such as the second Monday of a week (3.3.10).
    NumberedDays,
    NoDates,
    NoSecondDate,
    /// INTERVAL beyond what the library follows.
    Interval,
    Count,
    /// COUNT or UNTIL beyond the last due time.
    EndsTooLate,
}

impl Refusal {
    pub fn message(self) -> &'static str {
        match self {
            Refusal::TooLong => "must have at most 200 characters",
            Refusal::NoRule => "must be the value of an RRULE of RFC 5545, such as FREQ=WEEKLY;BYDAY=MO",
            Refusal::TooOften => "must repeat by days, weeks, months or years",
            Refusal::TimeOfDay => "must not name hours, minutes or seconds: the time of day is that of the first due time",
            Refusal::TwoEnds => "must not have both COUNT and UNTIL (RFC 5545, 3.3.10)",
            Refusal::NothingToChoose => "must have another BY part, such as BYDAY, beside BYSETPOS (RFC 5545, 3.3.10)",
            Refusal::NumberedDays => "may number the days of BYDAY only by months or years, and not beside BYWEEKNO (RFC 5545, 3.3.10)",
            Refusal::Interval => "must have an INTERVAL from 1 to 65535",
            Refusal::Count => "must have a COUNT of 1 or more",
            Refusal::EndsTooLate => "must end before 2100: its COUNT or UNTIL goes beyond",
            Refusal::NoDates => "must give a date before 2100",
            Refusal::NoSecondDate => "must give a second date before 2100, unless it has COUNT or UNTIL",
        }
    }
}

/// The rule in capital letters and without a leading `RRULE:`, as it is kept; refused where it cannot be followed from its beginning on.
pub fn normalised(rule: &str, begins_at: i64, zone: &str) -> Result<String, Refusal> {
    let rule = rule.trim().to_ascii_uppercase();
    let rule = rule.strip_prefix("RRULE:").unwrap_or(&rule);
    if rule.chars().count() > RULE_LENGTH {
        return Err(Refusal::TooLong);
    }
    check_parts(rule)?;
    let recurrence = Recurrence::parse(rule, begins_at, zone)?;
    let first = recurrence.next(begins_at.saturating_sub(1_000)).ok_or(Refusal::NoDates)?;
    if ends_too_late(rule, &recurrence)? {
        return Err(Refusal::EndsTooLate);
    }
    let ends_by_itself = part(rule, "COUNT").is_some() || part(rule, "UNTIL").is_some();
    if !ends_by_itself && recurrence.next(first.max(begins_at)).is_none() {
        return Err(Refusal::NoSecondDate);
    }
    Ok(rule.to_owned())
}

/// Whether the end that a rule names is not reached before the last due time, at which the series would end without a word.
fn ends_too_late(rule: &str, recurrence: &Recurrence) -> Result<bool, Refusal> {
    if let Some(until) = part(rule, "UNTIL") {
        let until = local_end(until, recurrence.zone)?;
        // The last day of 2099 is within, wherever it ends.
        let is_late = instant(until, recurrence.zone).is_none_or(|until| until >= LATEST_DUE_MS);
        return Ok(is_late && until.year() >= LATEST_YEAR);
    }
    let Some(count) = part(rule, "COUNT") else { return Ok(false) };
    let count: usize = count.parse().map_err(|_| Refusal::Count)?;
    // The beginning is the first of the COUNT also where the rule does not give it.
    let others = count - usize::from(!recurrence.gives_its_beginning());
    Ok(recurrence.dates_before_the_end().take(others).count() < others)
}

/// The value of a part of a rule.
fn part<'a>(rule: &'a str, name: &str) -> Option<&'a str> {
    let mut parts = rule.split(';').filter_map(|part| part.split_once('='));
    parts.find(|(other, _)| *other == name).map(|(_, value)| value)
}

/// Refuses what RFC 5545 (3.3.10) forbids and the library lets through.
fn check_parts(rule: &str) -> Result<(), Refusal> {
    let mut names: Vec<&str> = rule
        .split(';')
        .map(|part| part.split_once('=').map_or(part, |(name, _)| name))
        .collect();
    if names.contains(&"COUNT") && names.contains(&"UNTIL") {
        return Err(Refusal::TwoEnds);
    }
    if names.contains(&"BYSETPOS") && !names.iter().any(|name| name.starts_with("BY") && *name != "BYSETPOS") {
        return Err(Refusal::NothingToChoose);
    }
    let numbers_days = part(rule, "BYDAY").is_some_and(|days| days.contains(|letter: char| letter.is_ascii_digit()));
    let has_months = matches!(part(rule, "FREQ"), Some("MONTHLY" | "YEARLY")) && !names.contains(&"BYWEEKNO");
    if numbers_days && !has_months {
        return Err(Refusal::NumberedDays);
    }
    let has_zero = ["BYMONTHDAY", "BYDAY"].iter().filter_map(|name| part(rule, name)).any(|days| {
        let mut days = days.split(',').map(|day| {
            day.trim_start_matches(['+', '-'])
                .trim_end_matches(|letter: char| letter.is_ascii_alphabetic())
        });
        days.any(|number| !number.is_empty() && number.bytes().all(|digit| digit == b'0'))
    });
    if has_zero || names.contains(&"") {
        return Err(Refusal::NoRule);
    }
    let number = |name: &str| part(rule, name).map(|digits| digits.parse::<u128>().ok());
    if number("INTERVAL").is_some_and(|interval| interval.is_none_or(|interval| !(1..=u16::MAX.into()).contains(&interval))) {
        return Err(Refusal::Interval);
    }
    match number("COUNT") {
        Some(None | Some(0)) => return Err(Refusal::Count),
        Some(Some(count)) if count > MOST_DATES as u128 => return Err(Refusal::EndsTooLate),
        _ => {}
    }
    names.sort_unstable();
    let has_twice = names.windows(2).any(|pair| pair[0] == pair[1]);
    if has_twice { Err(Refusal::NoRule) } else { Ok(()) }
}

impl Recurrence {
    /// Reads a rule whose series begins at the instant, in milliseconds, as seen in the zone. Rules that were kept before `normalised` refused them
    /// are still followed.
    pub fn parse(rule: &str, begins_at: i64, zone: &str) -> Result<Recurrence, Refusal> {
        let zone: Tz = zone.parse().unwrap_or(Tz::UTC);
        // The library reads whole lines of calendars; only the parts of one rule get through.
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "=;,+-".contains(letter);
        if rule.is_empty() || !rule.chars().all(is_plain) {
            return Err(Refusal::NoRule);
        }
        let count: Option<u32> = match part(rule, "COUNT") {
            Some(count) => Some(count.parse().map_err(|_| Refusal::NoRule)?),
            None => None,
        };
        let (mut parts, mut until) = (Vec::new(), None);
        for part in rule.split(';') {
            match part.split_once('=') {
                Some(("BYHOUR" | "BYMINUTE" | "BYSECOND", _)) => return Err(Refusal::TimeOfDay),
                Some(("FREQ", "HOURLY" | "MINUTELY" | "SECONDLY")) => return Err(Refusal::TooOften),
                Some(("UNTIL", _)) if until.is_some() => return Err(Refusal::NoRule),
                Some(("UNTIL", end)) => until = Some(local_end(end, zone)?),
                _ => parts.push(part),
            }
        }
        let mut rule: RRule<Unvalidated> = parts.join(";").parse().map_err(|_| Refusal::NoRule)?;
        if !matches!(
            rule.get_freq(),
            Frequency::Daily | Frequency::Weekly | Frequency::Monthly | Frequency::Yearly
        ) {
            return Err(Refusal::TooOften);
        }
        let begins = local(begins_at, zone).ok_or(Refusal::NoDates)?;
        let later = Duration::days(CYCLE_DAYS * i64::from((LIBRARY_END - 1 - CYCLE_YEARS - begins.year()).div_euclid(CYCLE_YEARS)));
        let moved = |local: NaiveDateTime| local.checked_add_signed(later).map(as_utc).ok_or(Refusal::NoDates);
        if let Some(until) = until {
            rule = rule.until(moved(until)?);
        }
        let begins = moved(begins)?;
        let build = |rule: RRule<Unvalidated>| rule.build(begins).map_err(|_| Refusal::NoRule).map(RRuleSet::limit);
        let mut dates = build(rule.clone())?;
        // The beginning is the first of the COUNT also where the rule does not give it (3.3.10); the library counts what the rule gives.
        if let Some(count) = count.filter(|count| *count > 0)
            && (&dates).into_iter().next().is_some_and(|first| first != begins)
        {
            match count - 1 {
                0 => return Err(Refusal::NoDates),
                others => dates = build(rule.count(others))?,
            }
        }
        Ok(Recurrence { dates, later, zone })
    }

    /// The first date after the instant, both in milliseconds. None: the series is over.
    pub fn next(&self, after: i64) -> Option<i64> {
        self.dates_before_the_end().find(|date| *date > after)
    }

    /// All dates before the last due time.
    fn dates_before_the_end(&self) -> impl Iterator<Item = i64> + '_ {
        (&self.dates)
            .into_iter()
            .take(MOST_DATES)
            .map_while(|date| date.naive_utc().checked_sub_signed(self.later))
            .filter_map(|date| instant(date, self.zone))
            .take_while(|date| *date < LATEST_DUE_MS)
    }

    fn gives_its_beginning(&self) -> bool {
        (&self.dates).into_iter().next() == Some(*self.dates.get_dt_start())
    }
}

/// The last instant of a series as a local time: a day means its end, and `Z` an instant in UTC.
fn local_end(until: &str, zone: Tz) -> Result<NaiveDateTime, Refusal> {
    let read = |text: &str| NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").map_err(|_| Refusal::NoRule);
    if let Some(utc) = until.strip_suffix('Z') {
        return Ok(zone.from_utc_datetime(&read(utc)?).naive_local());
    }
    match NaiveDate::parse_from_str(until, "%Y%m%d") {
        Ok(day) => day.and_hms_opt(23, 59, 59).ok_or(Refusal::NoRule),
        Err(_) => read(until),
    }
}

/// Local time of the instant, in whole seconds.
fn local(instant: i64, zone: Tz) -> Option<NaiveDateTime> {
    let utc = DateTime::from_timestamp(instant.div_euclid(1_000), 0)?;
    Some(utc.with_timezone(&zone).naive_local())
}

fn as_utc(local: NaiveDateTime) -> DateTime<rrule::Tz> {
    DateTime::<Utc>::from_naive_utc_and_offset(local, Utc).with_timezone(&rrule::Tz::UTC)
}

/// The instant at which the clock on the wall says so: the first of two where it is set back; where it is set forward past that time,
/// what it would be by the clock before.
fn instant(local: NaiveDateTime, zone: Tz) -> Option<i64> {
    let offset = match zone.offset_from_local_datetime(&local) {
        LocalResult::Single(offset) => offset,
        LocalResult::Ambiguous(first, _) => first,
        LocalResult::None => (1..=25).find_map(|hours| zone.offset_from_local_datetime(&(local - Duration::hours(hours))).latest())?,
    };
    Some((local - offset.fix()).and_utc().timestamp_millis())
}

#[cfg(test)]
mod tests;
