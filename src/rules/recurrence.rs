//! Tasks that repeat: rules in the words of RFC 5545, read in a time zone, and the dates that they give.
//!
//! The library works on local times without a zone; the zone comes in at the edges. So the time of day stays what people see on the
//! clock, also where the clock is set forward or back.
//!
//! It looks for the next date without a horizon but the end of the year 10,000. So the series is moved towards that year by whole cycles of the
//! calendar, and what the library looks at is at most 800 years. Still it is work for a thread that may block.

use chrono::{DateTime, Datelike, Duration, LocalResult, NaiveDate, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use rrule::{Frequency, RRule, RRuleSet, Unvalidated};

/// Characters of a rule.
pub const RULE_LENGTH: usize = 200;

/// How far a rule is followed.
const HORIZON_YEARS: i64 = 20;
/// How many dates are looked at: more than a rule of a date a day has within the horizon and as many years before.
const MOST_DATES: usize = 20_000;

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
    NoDates,
}

impl Refusal {
    pub fn message(self) -> &'static str {
        match self {
            Refusal::TooLong => "must have at most 200 characters",
            Refusal::NoRule => "must be the value of an RRULE of RFC 5545, such as FREQ=WEEKLY;BYDAY=MO",
            Refusal::TooOften => "must repeat by days, weeks, months or years",
            Refusal::TimeOfDay => "must not name hours, minutes or seconds: the time of day is that of the first due time",
            Refusal::NoDates => "must give a date within 20 years",
        }
    }
}

/// The rule in capital letters, as it is kept; refused where it cannot be followed from its beginning on.
pub fn normalised(rule: &str, begins_at: i64, zone: &str) -> Result<String, Refusal> {
    let rule = rule.trim().to_ascii_uppercase();
    if rule.chars().count() > RULE_LENGTH {
        return Err(Refusal::TooLong);
    }
    let first = Recurrence::parse(&rule, begins_at, zone)?.next(begins_at.saturating_sub(1_000));
    first.map(|_| rule).ok_or(Refusal::NoDates)
}

impl Recurrence {
    /// Reads a rule whose series begins at the instant, in milliseconds, as seen in the zone.
    pub fn parse(rule: &str, begins_at: i64, zone: &str) -> Result<Recurrence, Refusal> {
        let zone: Tz = zone.parse().unwrap_or(Tz::UTC);
        // The library reads whole lines of calendars; only the parts of one rule get through.
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "=;,+-".contains(letter);
        if rule.is_empty() || !rule.chars().all(is_plain) {
            return Err(Refusal::NoRule);
        }
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
        let dates = rule.build(moved(begins)?).map_err(|_| Refusal::NoRule)?.limit();
        Ok(Recurrence { dates, later, zone })
    }

    /// The first date after the instant, both in milliseconds. None: the series is over, or the next date is out of sight.
    pub fn next(&self, after: i64) -> Option<i64> {
        let horizon = local(after, self.zone)?.checked_add_signed(Duration::days(HORIZON_YEARS * 366))?;
        (&self.dates)
            .into_iter()
            .take(MOST_DATES)
            .map_while(|date| date.naive_utc().checked_sub_signed(self.later))
            .take_while(|date| *date <= horizon)
            .filter_map(|date| instant(date, self.zone))
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
        assert_eq!(
            normalised(" freq=weekly;byday=mo,th ", begins, "UTC").as_deref(),
            Ok("FREQ=WEEKLY;BYDAY=MO,TH")
        );
    }
}
