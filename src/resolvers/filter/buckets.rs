//! Buckets of time in SQL: the expression of a bucket, and conditions on those that come again, weekdays and hours of the day.

use chrono_tz::Tz;
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{Condition, Value};
use serde_json::json;

use super::values::value_in;
use crate::db::sql::Sql;
use crate::rules::reports::Grain;
use crate::rules::reports::calendar::{Calendar, DAY, FIRST, HOUR, Segment, hour_of_day, weekday};

/// Weekdays as the API calls them, from Monday.
const WEEKDAYS: [&str; 7] = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];

/// A test of an instant: the weekday or the hour of the day that it has in a time zone is one of these.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BucketTest {
    part: DayPart,
    /// Ascending, each once.
    values: Vec<i64>,
    zone: Tz,
    /// The parts of time with their offsets, as far as the instants are bounded.
    segments: Vec<Segment>,
}

/// What comes again every week, or every day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DayPart {
    /// Days from Monday, 0 to 6.
    Weekday,
    /// Hours that the clocks show, 0 to 23.
    HourOfDay,
}

impl DayPart {
    /// None of a grain whose buckets do not come again.
    pub fn of(grain: Grain) -> Option<DayPart> {
        match grain {
            Grain::Weekday => Some(DayPart::Weekday),
            Grain::HourOfDay => Some(DayPart::HourOfDay),
            Grain::Hour | Grain::Day | Grain::Week | Grain::Month | Grain::Quarter | Grain::Year => None,
        }
    }

    fn grain(self) -> Grain {
        match self {
            DayPart::Weekday => Grain::Weekday,
            DayPart::HourOfDay => Grain::HourOfDay,
        }
    }

    /// The condition of the API on an instant with this value. `zone` is None for calendar days, which are the same in all zones.
    pub fn input(self, value: i64, zone: Option<Tz>) -> Option<serde_json::Value> {
        let (name, value) = match self {
            DayPart::Weekday => ("weekday", json!(WEEKDAYS.get(usize::try_from(value).ok()?)?)),
            DayPart::HourOfDay => ("hourOfDay", json!(value)),
        };
        let mut test = json!({ "in": [value] });
        if let Some(zone) = zone {
            test["timeZone"] = json!(zone.name());
        }
        Some(json!({ name: test }))
    }
}

impl BucketTest {
    /// Over instants from the first on and before the second, where another condition bounds them.
    pub fn new(part: DayPart, mut values: Vec<i64>, zone: Tz, period: (Option<i64>, Option<i64>)) -> BucketTest {
        values.sort_unstable();
        values.dedup();
        BucketTest {
            part,
            values,
            zone,
            segments: Calendar::new(zone, 0).segments(part.grain(), period),
        }
    }

    /// The same over all instants, where the condition that bounds them is taken away.
    pub fn unbounded(&self) -> BucketTest {
        BucketTest::new(self.part, self.values.clone(), self.zone, (None, None))
    }

    pub fn value_count(&self) -> usize {
        self.values.len()
    }

    pub fn condition(&self, column: &str) -> Condition {
        let bucket: SimpleExpr = Expr::cust(self.sql(column));
        Condition::all().add(value_in(bucket, self.values.iter().map(|value| Value::from(*value))))
    }

    /// Adds the same to a statement written by hand.
    pub fn write_conditions(&self, column: &str, sql: &mut Sql, text: &mut String) {
        let values: Vec<String> = self.values.iter().map(|value| sql.bind(*value)).collect();
        text.push_str(&match values.is_empty() {
            true => " AND 1 = 0".to_owned(),
            false => format!(" AND {} IN ({})", self.sql(column), values.join(", ")),
        });
    }

    /// Whether a column that holds this instant passes.
    pub fn accepts(&self, at: i64) -> bool {
        let value = match self.part {
            DayPart::Weekday => weekday(&self.segments, at),
            DayPart::HourOfDay => hour_of_day(&self.segments, at),
        };
        self.values.contains(&value)
    }

    fn sql(&self, column: &str) -> String {
        bucket(self.part.grain(), column, &self.segments, 0, (None, None))
    }
}

/// Days are counted from so many before 1970, so that no division is of a negative number.
const EPOCH: i64 = 800_000;

/// The bucket of an instant as integer arithmetic, the same as `Calendar::bucket`. The instants are from the first of the period on and before
/// the second, where it has them.
pub fn bucket(grain: Grain, at: &str, segments: &[Segment], first_day: u8, period: (Option<i64>, Option<i64>)) -> String {
    let local = format!("({at} + {} + {})", offset(at, segments), EPOCH * DAY);
    let day = format!("({local} / {DAY})");
    match grain {
        Grain::Hour => format!("({at} - {local} % {HOUR})"),
        Grain::HourOfDay => format!("({local} % {DAY} / {HOUR})"),
        Grain::Day => format!("({day} - {EPOCH})"),
        Grain::Weekday => format!("(({day} - {EPOCH} + {}) % 7)", 3 + 7 * 200_000),
        Grain::Week => {
            let shift = 3 - i64::from(first_day) + 7 * 200_000 - EPOCH;
            format!("(({day} + {shift}) / 7 - 200000)")
        }
        Grain::Month => month(at, segments, &day, period),
        Grain::Quarter => format!("({} / 3)", month(at, segments, &day, period)),
        Grain::Year => format!("({} / 12)", month(at, segments, &day, period)),
    }
}

/// Months since the year 0 of a day. Between two years without a leap day, 1900 and 2100, each fourth one has one, which is less to
/// compute.
fn month(at: &str, segments: &[Segment], day: &str, (from, to): (Option<i64>, Option<i64>)) -> String {
    /// From 1900-03-03 to 2100-02-27, which leaves a day for offsets.
    const SIMPLE: (i64, i64) = (FIRST, 4_107_369_600_000);
    let since = format!("({day} - {})", EPOCH - 25_508);
    let year = format!("((4 * {since} + 3) / 1461)");
    let of_year = format!("({since} - 1461 * {year} / 4)");
    let simple = format!("({year} * 12 + (5 * {of_year} + 2) / 153 + {})", 1900 * 12 + 2);
    if from.is_some_and(|from| from >= SIMPLE.0) && to.is_some_and(|to| to <= SIMPLE.1) {
        return simple;
    }
    let edge = |segment: Option<&Segment>| general_month(at, segment.map_or(0, |segment| segment.offset));
    let (first, last) = (edge(segments.first()), edge(segments.last()));
    format!(
        "(CASE WHEN {at} IS NULL THEN NULL WHEN {at} < {} THEN {first} WHEN {at} >= {} THEN {last} ELSE {simple} END)",
        SIMPLE.0, SIMPLE.1
    )
}

/// The same in any year, with one offset.
fn general_month(at: &str, offset: i64) -> String {
    // Days since the first of March 400 years before the year 0.
    let day = format!("(({at} + {}) / {DAY} - {})", offset + EPOCH * DAY, EPOCH - 719_468 - 146_097);
    let of_era = format!("({day} % 146097)");
    let year = format!("(({of_era} - {of_era} / 1460 + {of_era} / 36524 - {of_era} / 146096) / 365)");
    let of_year = format!("({of_era} - (365 * {year} + {year} / 4 - {year} / 100))");
    format!("(({year} + {day} / 146097 * 400 - 400) * 12 + (5 * {of_year} + 2) / 153 + 2)")
}

/// The offset of an instant: few comparisons, however many changes there are.
fn offset(at: &str, segments: &[Segment]) -> String {
    match segments {
        [] => "0".to_owned(),
        [only] => only.offset.to_string(),
        many => {
            let (before, after) = many.split_at(many.len() / 2);
            format!(
                "CASE WHEN {at} < {} THEN {} ELSE {} END",
                after[0].from,
                offset(at, before),
                offset(at, after)
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_accepted_by_what_clocks_show() {
        let madrid = chrono_tz::Europe::Madrid;
        let at = |text: &str| chrono::DateTime::parse_from_rfc3339(text).expect("an instant").timestamp_millis();
        let test = |part, values: &[i64]| BucketTest::new(part, values.to_vec(), madrid, (None, None));
        // Two o'clock comes twice in the night in which the clocks are put back; in the other night it does not come.
        for (instant, hour) in [
            ("2025-10-26T00:30:00Z", 2),
            ("2025-10-26T01:30:00Z", 2),
            ("2025-03-30T00:59:59Z", 1),
            ("2025-03-30T01:00:00Z", 3),
        ] {
            assert!(test(DayPart::HourOfDay, &[hour]).accepts(at(instant)), "{instant}");
            assert!(!test(DayPart::HourOfDay, &[hour + 1]).accepts(at(instant)), "{instant}");
        }
        // Monday begins at ten in the evening of Sunday in UTC, while it is summer.
        assert!(test(DayPart::Weekday, &[0]).accepts(at("2025-06-01T22:00:00Z")));
        assert!(test(DayPart::Weekday, &[6, 6]).accepts(at("2025-06-01T21:59:59.999Z")));
        assert!(!test(DayPart::Weekday, &[]).accepts(0));
        assert_eq!(test(DayPart::Weekday, &[6, 6, 1]).value_count(), 2);
    }

    /// The offsets of a period are those of no other one.
    #[test]
    fn a_test_without_the_bounds_of_its_instants_knows_all_offsets() {
        let at = |text: &str| chrono::DateTime::parse_from_rfc3339(text).expect("an instant").timestamp_millis();
        let april = (Some(at("2025-03-31T22:00:00Z")), Some(at("2025-04-30T22:00:00Z")));
        let test = BucketTest::new(DayPart::HourOfDay, vec![15], chrono_tz::Europe::Madrid, april);
        for (instant, is_bounded, is_unbounded) in [("2025-04-10T13:30:00Z", true, true), ("2025-03-10T14:30:00Z", false, true)] {
            assert_eq!(
                (test.accepts(at(instant)), test.unbounded().accepts(at(instant))),
                (is_bounded, is_unbounded),
                "{instant}"
            );
        }
    }

    #[test]
    fn only_what_comes_again_is_a_part_of_days() {
        assert_eq!(DayPart::of(Grain::Month), None);
        let input = DayPart::Weekday.input(6, Some(Tz::UTC));
        assert_eq!(input, Some(json!({ "weekday": { "in": ["SUNDAY"], "timeZone": "UTC" } })));
        assert_eq!(DayPart::HourOfDay.input(23, None), Some(json!({ "hourOfDay": { "in": [23] } })));
        assert_eq!(DayPart::Weekday.input(7, None), None);
    }
}
