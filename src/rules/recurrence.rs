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

/// How many dates are looked at: more than a rule of a date a day has in the two centuries in which tasks are due.
const MOST_DATES: usize = 75_000;

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

/// Why a text is no rule that could be followed.
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
    let ends_by_itself = part(rule, "COUNT").is_some() || part(rule, "UNTIL").is_some();
    if !ends_by_itself && recurrence.next(first.max(begins_at)).is_none() {
        return Err(Refusal::NoSecondDate);
    }
    Ok(rule.to_owned())
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
        (&self.dates)
            .into_iter()
            .take(MOST_DATES)
            .map_while(|date| date.naive_utc().checked_sub_signed(self.later))
            .filter_map(|date| instant(date, self.zone))
            .take_while(|date| *date < LATEST_DUE_MS)
            .find(|date| *date > after)
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

/// What the clock on the wall says at the instant, in whole seconds.
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
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).expect("a time").timestamp_millis()
    }

    /// The dates after the first one.
    fn dates(rule: &str, begins: &str, zone: &str, count: usize) -> Vec<String> {
        let recurrence = Recurrence::parse(rule, at(begins), zone).unwrap_or_else(|refusal| panic!("{rule}: {refusal:?}"));
        let mut after = at(begins);
        let mut found = Vec::new();
        while found.len() < count
            && let Some(next) = recurrence.next(after)
        {
            found.push(DateTime::from_timestamp_millis(next).expect("a time").to_rfc3339());
            after = next;
        }
        found
    }

    #[test]
    fn the_time_of_day_stays_when_the_clock_changes() {
        // In Madrid the clock goes forward on 2026-03-29 at two, and back on 2026-10-25 at three.
        assert_eq!(
            dates("FREQ=WEEKLY", "2026-03-23T09:00:00+01:00", "Europe/Madrid", 2),
            ["2026-03-30T07:00:00+00:00", "2026-04-06T07:00:00+00:00"]
        );
        assert_eq!(
            dates("FREQ=DAILY", "2026-03-28T02:30:00+01:00", "Europe/Madrid", 2),
            ["2026-03-29T01:30:00+00:00", "2026-03-30T00:30:00+00:00"]
        );
        assert_eq!(
            dates("FREQ=DAILY", "2026-10-24T02:30:00+02:00", "Europe/Madrid", 2),
            ["2026-10-25T00:30:00+00:00", "2026-10-26T01:30:00+00:00"]
        );
        // Samoa left out the whole of 2011-12-30.
        assert_eq!(
            dates("FREQ=DAILY", "2011-12-29T10:00:00-10:00", "Pacific/Apia", 2),
            ["2011-12-30T20:00:00+00:00", "2011-12-31T20:00:00+00:00"]
        );
    }

    #[test]
    fn days_are_those_of_the_zone() {
        // Monday evening in Caracas is Tuesday in UTC.
        assert_eq!(
            dates("FREQ=WEEKLY;BYDAY=MO", "2026-03-09T22:00:00-04:00", "America/Caracas", 1),
            ["2026-03-17T02:00:00+00:00"]
        );
        assert_eq!(
            dates("FREQ=MONTHLY;BYDAY=-1FR", "2026-01-30T09:00:00-04:00", "America/Caracas", 2),
            ["2026-02-27T13:00:00+00:00", "2026-03-27T13:00:00+00:00"]
        );
        assert_eq!(
            dates("FREQ=MONTHLY;BYMONTHDAY=31", "2026-01-31T09:00:00Z", "UTC", 2),
            ["2026-03-31T09:00:00+00:00", "2026-05-31T09:00:00+00:00"]
        );
    }

    #[test]
    fn a_series_ends() {
        assert_eq!(dates("FREQ=DAILY;COUNT=3", "2026-01-01T09:00:00Z", "UTC", 9).len(), 2);
        assert_eq!(dates("FREQ=DAILY;COUNT=1", "2026-01-01T09:00:00Z", "UTC", 9).len(), 0);
        for until in ["20260103", "20260103T130000Z", "20260103T090000"] {
            let rule = format!("FREQ=DAILY;UNTIL={until}");
            assert_eq!(dates(&rule, "2026-01-01T09:00:00-04:00", "America/Caracas", 9).len(), 2, "{until}");
        }
        assert_eq!(
            dates(
                "FREQ=DAILY;UNTIL=20260103T125959Z",
                "2026-01-01T09:00:00-04:00",
                "America/Caracas",
                9
            )
            .len(),
            1
        );
    }

    #[test]
    fn what_goes_on_for_long_goes_on() {
        let zone = "UTC";
        for (rule, begins, after, next) in [
            (
                "FREQ=DAILY",
                "1900-01-01T13:00:00Z",
                "2099-12-30T14:00:00Z",
                Some("2099-12-31T13:00:00Z"),
            ),
            (
                "FREQ=DAILY",
                "1970-01-01T13:00:00Z",
                "2026-11-28T14:00:00Z",
                Some("2026-11-29T13:00:00Z"),
            ),
            ("FREQ=DAILY", "1900-01-01T13:00:00Z", "2099-12-31T14:00:00Z", None),
            (
                "FREQ=YEARLY;INTERVAL=25",
                "2027-01-01T13:00:00Z",
                "2027-01-01T13:00:00Z",
                Some("2052-01-01T13:00:00Z"),
            ),
            (
                "FREQ=DAILY;INTERVAL=10000",
                "2027-01-01T13:00:00Z",
                "2027-01-01T13:00:00Z",
                Some("2054-05-19T13:00:00Z"),
            ),
            // 29 February on a Sunday.
            (
                "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU",
                "2027-01-01T13:00:00Z",
                "2032-02-29T13:00:00Z",
                Some("2060-02-29T13:00:00Z"),
            ),
        ] {
            let recurrence = Recurrence::parse(rule, at(begins), zone).expect("a rule");
            assert_eq!(recurrence.next(at(after)), next.map(at), "{rule} after {after}");
        }
    }

    #[test]
    fn what_was_kept_before_is_still_followed() {
        for rule in [
            "FREQ=WEEKLY;COUNT=10;UNTIL=20271231",
            "FREQ=MONTHLY;BYSETPOS=1",
            "FREQ=WEEKLY;BYDAY=1MO",
        ] {
            assert!(normalised(rule, at("2026-03-02T09:00:00Z"), "UTC").is_err(), "{rule}");
            assert!(Recurrence::parse(rule, at("2026-03-02T09:00:00Z"), "UTC").is_ok(), "{rule}");
        }
    }

    #[test]
    fn the_first_task_is_one_of_the_count() {
        // A Wednesday, on which the rule has no date.
        let begins = "2026-03-04T09:00:00Z";
        assert_eq!(
            dates("FREQ=WEEKLY;BYDAY=MO;COUNT=3", begins, "UTC", 9),
            ["2026-03-09T09:00:00+00:00", "2026-03-16T09:00:00+00:00"]
        );
        assert_eq!(dates("FREQ=WEEKLY;BYDAY=WE;COUNT=3", begins, "UTC", 9).len(), 2);
        assert_eq!(normalised("FREQ=WEEKLY;BYDAY=MO;COUNT=1", at(begins), "UTC"), Err(Refusal::NoDates));
        assert_eq!(dates("FREQ=WEEKLY;BYDAY=MO;COUNT=2", begins, "America/Caracas", 9).len(), 1);
    }

    #[test]
    fn milliseconds_do_not_hide_the_first_date() {
        assert!(normalised("freq=daily;count=1", at("2026-01-01T09:00:00.999Z"), "UTC").is_ok());
        assert_eq!(
            dates("FREQ=DAILY", "2026-01-01T09:00:00.999Z", "UTC", 1),
            ["2026-01-02T09:00:00+00:00"]
        );
    }

    /// Rules that give no date, or none soon, and make the library look at the most days.
    const WORST: [&str; 9] = [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=65535;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;BYMONTH=2;BYDAY=MO;BYSETPOS=53",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30,31,30,31,30,31,30,31,30,31,30,31,30,31,30,31,30,31,30,31,30,31,30,31,30,31,30,31,30,31",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=31;BYMONTH=2",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTHDAY=31;BYSETPOS=366,365,364,363,362,361,360,359,358,357,356,355,354,353,352,351,350,349,348,347,346,345",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6;BYDAY=MO,TU,WE,TH,FR,SA,SU",
        "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1",
    ];

    #[test]
    fn the_worst_rules_end() {
        for begins in ["1900-01-01T09:00:00Z", "2026-01-01T09:00:00Z", "2099-12-31T09:00:00Z"] {
            for rule in WORST {
                assert!(rule.len() <= RULE_LENGTH);
                assert_eq!(normalised(rule, at(begins), "UTC"), Err(Refusal::NoDates), "{rule} from {begins}");
            }
        }
    }

    /// The periods that the library can look at are the dates of a rule that has one in each.
    #[test]
    fn the_library_looks_at_no_more_than_eight_centuries() {
        for begins in [
            "1900-01-01T09:00:00Z",
            "1999-01-01T09:00:00Z",
            "2000-01-01T09:00:00Z",
            "2026-01-01T09:00:00Z",
            "2099-12-31T09:00:00Z",
        ] {
            for (rule, in_a_year) in [("FREQ=YEARLY", 1), ("FREQ=MONTHLY;BYMONTHDAY=1", 12), ("FREQ=WEEKLY", 53)] {
                let recurrence = Recurrence::parse(rule, at(begins), "UTC").expect("a rule");
                let steps = (&recurrence.dates).into_iter().count();
                assert!(
                    (400 * in_a_year / 53 * 52..=801 * in_a_year).contains(&steps),
                    "{steps} of {rule} from {begins}"
                );
            }
        }
    }

    #[test]
    fn a_series_is_the_same_wherever_the_library_follows_it() {
        for rule in [
            "FREQ=DAILY;INTERVAL=9",
            "FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,SU;WKST=SU",
            "FREQ=MONTHLY;BYDAY=-1FR,2MO",
            "FREQ=MONTHLY;BYMONTHDAY=-1,31",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
            "FREQ=YEARLY;BYWEEKNO=1,53;BYDAY=MO,SU",
            "FREQ=YEARLY;BYYEARDAY=-1,60,366",
            "FREQ=YEARLY;BYDAY=20MO;INTERVAL=2",
        ] {
            for begins in [
                "1901-05-05T09:00:00Z",
                "1996-02-29T09:00:00Z",
                "2026-01-01T09:00:00Z",
                "2099-12-31T09:00:00Z",
            ] {
                let first = local(at(begins), Tz::UTC).expect("a time");
                let unmoved: RRule<Unvalidated> = rule.parse().expect("a rule");
                let unmoved = unmoved.build(as_utc(first)).expect("a rule");
                let recurrence = Recurrence::parse(rule, at(begins), "UTC").expect("a rule");
                let moved: Vec<NaiveDateTime> = (&recurrence.dates)
                    .into_iter()
                    .take(200)
                    .map(|date| date.naive_utc() - recurrence.later)
                    .collect();
                let unmoved: Vec<NaiveDateTime> = (&unmoved).into_iter().take(moved.len()).map(|date| date.naive_utc()).collect();
                assert!(moved.len() >= 50 && moved == unmoved, "{rule} from {begins}");
            }
        }
    }

    #[test]
    fn what_cannot_be_followed_is_refused() {
        let begins = at("2026-01-01T09:00:00Z");
        for (rule, refusal) in [
            ("", Refusal::NoRule),
            ("every day", Refusal::NoRule),
            ("INTERVAL=2", Refusal::NoRule),
            ("FREQ=WEEKLY;BYDAY=XX", Refusal::NoRule),
            ("FREQ=DAILY\nRRULE:FREQ=DAILY", Refusal::NoRule),
            ("DTSTART:20260101T090000Z", Refusal::NoRule),
            ("FREQ=DAILY;UNTIL=soon", Refusal::NoRule),
            ("FREQ=DAILY;UNTIL=20270101;UNTIL=20280101", Refusal::NoRule),
            ("FREQ=DAILY;FREQ=DAILY", Refusal::NoRule),
            ("FREQ=DAILY;;INTERVAL=2", Refusal::NoRule),
            ("FREQ=MONTHLY;BYMONTHDAY=0,15", Refusal::NoRule),
            ("FREQ=MONTHLY;BYDAY=0MO", Refusal::NoRule),
            ("FREQ=DAILY;COUNT=2;COUNT=3", Refusal::NoRule),
            ("FREQ=DAILY;COUNT=3;UNTIL=20280101", Refusal::TwoEnds),
            ("UNTIL=20280101;FREQ=DAILY;COUNT=3", Refusal::TwoEnds),
            ("FREQ=MONTHLY;BYSETPOS=1", Refusal::NothingToChoose),
            // What 3.3.10 forbids together.
            ("FREQ=WEEKLY;BYMONTHDAY=1", Refusal::NoRule),
            ("FREQ=MONTHLY;BYYEARDAY=1", Refusal::NoRule),
            ("FREQ=MONTHLY;BYWEEKNO=1", Refusal::NoRule),
            ("FREQ=WEEKLY;BYDAY=1MO", Refusal::NumberedDays),
            ("FREQ=DAILY;BYDAY=-1MO", Refusal::NumberedDays),
            ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", Refusal::NumberedDays),
            ("RRULE:RRULE:FREQ=DAILY", Refusal::NoRule),
            // One date before 2100, and no end that says so.
            ("FREQ=YEARLY;INTERVAL=80", Refusal::NoSecondDate),
            ("FREQ=DAILY;INTERVAL=30000", Refusal::NoSecondDate),
            ("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", Refusal::TooOften),
            ("FREQ=DAILY;UNTIL=20200101", Refusal::NoRule),
            ("FREQ=MONTHLY;BYMONTHDAY=32", Refusal::NoRule),
            ("FREQ=SECONDLY", Refusal::TooOften),
            ("FREQ=MINUTELY", Refusal::TooOften),
            ("FREQ=HOURLY", Refusal::TooOften),
            ("FREQ=DAILY;BYHOUR=9", Refusal::TimeOfDay),
            ("FREQ=DAILY;BYSECOND=0,1,2", Refusal::TimeOfDay),
            ("FREQ=DAILY;COUNT=0", Refusal::NoDates),
            ("FREQ=DAILY;INTERVAL=0", Refusal::NoDates),
            ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", Refusal::NoDates),
        ] {
            assert_eq!(normalised(rule, begins, "UTC"), Err(refusal), "{rule}");
        }
        assert_eq!(
            normalised(&format!("FREQ=DAILY;BYMONTHDAY={}", "1,".repeat(100)), begins, "UTC"),
            Err(Refusal::TooLong)
        );
        for rule in [
            " freq=weekly;byday=mo,th ",
            "RRULE:FREQ=WEEKLY;BYDAY=MO,TH",
            "rrule:freq=weekly;byday=mo,th",
        ] {
            assert_eq!(normalised(rule, begins, "UTC").as_deref(), Ok("FREQ=WEEKLY;BYDAY=MO,TH"), "{rule}");
        }
        for rule in [
            "FREQ=DAILY;COUNT=1",
            "FREQ=YEARLY;INTERVAL=80;COUNT=2",
            "FREQ=YEARLY;INTERVAL=80;UNTIL=20990101",
        ] {
            assert!(normalised(rule, begins, "UTC").is_ok(), "{rule}");
        }
    }
}
