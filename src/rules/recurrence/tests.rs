//! Rules that are followed, and those that are refused.

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
        ("FREQ=DAILY;COUNT=0", Refusal::Count),
        ("FREQ=DAILY;COUNT=-1", Refusal::Count),
        ("FREQ=DAILY;COUNT=many", Refusal::Count),
        ("FREQ=DAILY;INTERVAL=0", Refusal::Interval),
        ("FREQ=DAILY;INTERVAL=65536", Refusal::Interval),
        ("FREQ=DAILY;INTERVAL=99999999999999999999999999999999999999999", Refusal::Interval),
        ("FREQ=YEARLY;INTERVAL=100;COUNT=2", Refusal::EndsTooLate),
        ("FREQ=YEARLY;INTERVAL=80;COUNT=2", Refusal::EndsTooLate),
        ("FREQ=YEARLY;COUNT=75", Refusal::EndsTooLate),
        ("FREQ=YEARLY;INTERVAL=2000;COUNT=2", Refusal::EndsTooLate),
        ("FREQ=DAILY;COUNT=99999999999", Refusal::EndsTooLate),
        ("FREQ=DAILY;UNTIL=21000101", Refusal::EndsTooLate),
        ("FREQ=YEARLY;INTERVAL=100;UNTIL=21500101T090000Z", Refusal::EndsTooLate),
        // The beginning counts, and 74 others are before 2100.
        ("FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=2;COUNT=76", Refusal::EndsTooLate),
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
        "FREQ=DAILY;INTERVAL=65535;COUNT=1",
        "FREQ=YEARLY;COUNT=74",
        "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=2;COUNT=75",
        "FREQ=YEARLY;INTERVAL=70;COUNT=2",
        "FREQ=DAILY;COUNT=27028",
        "FREQ=YEARLY;INTERVAL=80;UNTIL=20990101",
        "FREQ=DAILY;UNTIL=20991231",
    ] {
        assert!(normalised(rule, begins, "UTC").is_ok(), "{rule}");
    }
}

#[test]
fn the_last_day_of_2099_is_within_wherever_it_ends() {
    for zone in ["UTC", "America/Caracas", "Pacific/Auckland"] {
        let begins = at("2026-01-01T09:00:00Z");
        for until in ["20991231", "20991231T235959", "20991231T235959Z"] {
            assert!(
                normalised(&format!("FREQ=YEARLY;UNTIL={until}"), begins, zone).is_ok(),
                "{until} in {zone}"
            );
        }
        for until in ["21000102", "21000102T000000", "21000102T000000Z"] {
            let refused = normalised(&format!("FREQ=YEARLY;UNTIL={until}"), begins, zone);
            assert_eq!(refused, Err(Refusal::EndsTooLate), "{until} in {zone}");
        }
    }
}

#[test]
fn what_ends_too_late_and_was_kept_before_is_still_followed() {
    assert_eq!(
        dates("FREQ=YEARLY;INTERVAL=60;COUNT=3", "2026-01-01T09:00:00Z", "UTC", 9),
        ["2086-01-01T09:00:00+00:00"]
    );
}
