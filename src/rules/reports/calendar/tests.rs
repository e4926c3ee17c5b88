//! Buckets in all zones, their keys, and shifted periods.

use super::*;

fn at(text: &str) -> i64 {
    DateTime::parse_from_rfc3339(text).expect("an instant").timestamp_millis()
}

fn calendar(zone: &str) -> Calendar {
    Calendar::new(zone.parse().expect("a zone"), 0)
}

/// Each zone, from 1970 on: a bucket has the instants of its range and no other, and shows the date of the clocks.
#[test]
fn buckets_are_one_piece_of_time_in_each_zone() {
    for zone in chrono_tz::TZ_VARIANTS
        .iter()
        .step_by(20)
        .chain(&[Tz::America__St_Johns, Tz::Pacific__Apia])
    {
        let calendar = Calendar::new(*zone, 0);
        let changes = calendar.clocks.iter().map(|segment| segment.from);
        for change in changes.filter(|from| (0..2_200_000_000_000).contains(from)) {
            for shift in [-DAY, -2 * HOUR, -HOUR, -60_000, -1, 0, 1, 60_000, HOUR, 2 * HOUR, DAY] {
                let instant = change + shift;
                for grain in [Grain::Hour, Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year] {
                    let bucket = calendar.bucket(grain, instant);
                    let (from, to) = calendar.range(grain, bucket).expect("a range");
                    assert!((from..to).contains(&instant), "{zone} {grain:?} {instant}: {from} {to}");
                    for (edge, is_inside) in [(from - 1, false), (from, true), (to - 1, true), (to, false)] {
                        let is_same = calendar.bucket(grain, edge) == bucket;
                        assert_eq!(is_same, is_inside, "{zone} {grain:?} {bucket} at {edge}, {instant}");
                    }
                }
            }
        }
    }
}

#[test]
fn hours_days_and_weeks_have_keys() {
    let madrid = calendar("Europe/Madrid");
    for (grain, instant, key) in [
        (Grain::Hour, "2026-10-25T00:30:00Z", "2026-10-25T02:00+02:00"),
        (Grain::Hour, "2026-10-25T01:30:00Z", "2026-10-25T02:00+01:00"),
        (Grain::Day, "2026-10-24T22:00:00Z", "2026-10-25"),
        (Grain::Day, "2026-10-25T22:59:59Z", "2026-10-25"),
        (Grain::Week, "2027-01-01T12:00:00Z", "2026-12-28"),
        (Grain::Month, "2026-02-28T23:30:00Z", "2026-03"),
        (Grain::Quarter, "2026-06-30T22:30:00Z", "2026-Q3"),
        (Grain::Year, "2025-12-31T23:00:00Z", "2026"),
        (Grain::Weekday, "2026-03-10T12:00:00Z", "2"),
        (Grain::HourOfDay, "2026-03-29T01:30:00Z", "03"),
    ] {
        assert_eq!(
            madrid.key(grain, madrid.bucket(grain, at(instant))).as_deref(),
            Some(key),
            "{instant}"
        );
    }
    let week = madrid.bucket(Grain::Week, at("2027-01-01T12:00:00Z"));
    assert_eq!(madrid.label(Grain::Week, week, Language::English).as_deref(), Some("2026-W53"));
    let sunday = Calendar::new(Tz::UTC, 6);
    let week = sunday.bucket(Grain::Week, at("2026-03-10T12:00:00Z"));
    assert_eq!(sunday.key(Grain::Week, week).as_deref(), Some("2026-03-08"));
    let month = madrid.bucket(Grain::Month, at("2026-03-10T12:00:00Z"));
    assert_eq!(madrid.label(Grain::Month, month, Language::Spanish).as_deref(), Some("marzo 2026"));
}

#[test]
fn periods_are_shifted_by_whole_buckets() {
    let caracas = calendar("America/Caracas");
    let period = (at("2026-01-01T04:00:00Z"), at("2026-03-10T15:00:00Z"));
    let earlier = |comparison, grain| caracas.earlier(comparison, grain, period).expect("a period");
    assert_eq!(
        earlier(Comparison::PreviousPeriod, Some(Grain::Month)),
        (at("2025-10-01T04:00:00Z"), at("2025-12-10T15:00:00Z"))
    );
    assert_eq!(
        earlier(Comparison::PreviousYear, None),
        (at("2025-01-01T04:00:00Z"), at("2025-03-10T15:00:00Z"))
    );
    assert_eq!(earlier(Comparison::PreviousPeriod, None).0, period.0 - (period.1 - period.0));
    let march = caracas.bucket(Grain::Month, period.1);
    let december = caracas.counterpart(Comparison::PreviousPeriod, Grain::Month, period, march);
    assert_eq!(
        december.and_then(|bucket| caracas.key(Grain::Month, bucket)).as_deref(),
        Some("2025-12")
    );
}

/// The end of a period is not included: where its day is none of the earlier month, that month is over.
#[test]
fn a_period_that_ends_on_a_day_that_months_lack_keeps_the_last_day() {
    let caracas = calendar("America/Caracas");
    let day = |day: &str| at(&format!("{day}T04:00:00Z"));
    let month = Some(Grain::Month);
    for (comparison, grain, period, expected) in [
        (
            Comparison::PreviousYear,
            None,
            ["2024-02-01", "2024-02-29"],
            ["2023-02-01", "2023-03-01"],
        ),
        (
            Comparison::PreviousYear,
            Some(Grain::Day),
            ["2024-02-29", "2024-03-01"],
            ["2023-02-28", "2023-03-01"],
        ),
        (
            Comparison::PreviousPeriod,
            month,
            ["2026-03-01", "2026-03-31"],
            ["2026-02-01", "2026-03-01"],
        ),
        (
            Comparison::PreviousPeriod,
            month,
            ["2026-03-30", "2026-03-31"],
            ["2026-02-28", "2026-03-01"],
        ),
        (
            Comparison::PreviousPeriod,
            month,
            ["2026-03-01", "2026-03-28"],
            ["2026-02-01", "2026-02-28"],
        ),
        (
            Comparison::PreviousPeriod,
            Some(Grain::Quarter),
            ["2026-04-01", "2026-05-31"],
            ["2026-01-01", "2026-03-01"],
        ),
        (
            Comparison::PreviousPeriod,
            Some(Grain::Year),
            ["2024-01-01", "2024-02-29"],
            ["2023-01-01", "2023-03-01"],
        ),
    ] {
        let found = caracas.earlier(comparison, grain, (day(period[0]), day(period[1])));
        assert_eq!(
            found,
            Some((day(expected[0]), day(expected[1]))),
            "{comparison:?} {grain:?} {period:?}"
        );
    }
}
