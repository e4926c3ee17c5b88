//! The filters of the lists that show records, made of the filters of the report and the conditions of a row.

use chrono::DateTime;
use serde_json::{Map, Value, json};

use crate::rules::reports::catalogue::Dataset;

/// The filters of the report as the client gave them.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// Of the prospects.
    pub prospects: Map<String, Value>,
    /// Of the records of the dataset.
    pub own: Map<String, Value>,
}

/// The filter of the list of a dataset. None if it has no filter for the conditions.
pub fn filter(dataset: Dataset, inputs: &Inputs, of_prospect: Vec<Value>, own: Vec<Value>) -> Option<Value> {
    let prospects = with(inputs.prospects.clone(), of_prospect)?;
    let filter = match dataset {
        Dataset::Prospects => prospects,
        Dataset::Clients | Dataset::Tasks | Dataset::Documents => of_prospects(with(inputs.own.clone(), own)?, prospects)?,
        Dataset::Activity => of_prospects(merged(inputs.own.clone(), own)?, prospects)?,
        Dataset::Cycles => behind("cycles", prospects, inputs, own)?,
        Dataset::StatusIntervals => behind("statusIntervals", prospects, inputs, own)?,
        Dataset::OwnerIntervals => behind("ownerIntervals", prospects, inputs, own)?,
    };
    Some(Value::Object(filter))
}

/// The filter of the prospects behind records that have no list. One and the same record meets all conditions.
fn behind(relation: &str, prospects: Map<String, Value>, inputs: &Inputs, own: Vec<Value>) -> Option<Map<String, Value>> {
    let record = merged(inputs.own.clone(), own)?;
    with(prospects, vec![json!({ relation: { "some": record } })])
}

/// The depth of a filter, as it is counted when the filter is checked.
pub fn levels(filter: &Value) -> usize {
    1 + deepest(filter)
}

/// The greatest depth of the filters in a filter.
fn deepest(filter: &Value) -> usize {
    let Value::Object(members) = filter else { return 0 };
    let inner = members.iter().filter_map(|(name, value)| match (&**name, value) {
        ("and" | "or", Value::Array(items)) => items.iter().map(levels).max(),
        ("not" | "prospect", value) => Some(levels(value)),
        // Conditions on entries may have some on their prospects.
        ("timeline", Value::Object(quantified)) => quantified.values().map(deepest).max(),
        _ => None,
    });
    inner.max().unwrap_or(0)
}

/// A filter with further conditions.
fn with(mut filter: Map<String, Value>, conditions: Vec<Value>) -> Option<Map<String, Value>> {
    if !conditions.is_empty() {
        let and = filter.entry("and").or_insert_with(|| json!([]));
        and.as_array_mut()?.extend(conditions);
    }
    Some(filter)
}

/// A filter of records with further conditions on their prospects.
fn of_prospects(mut filter: Map<String, Value>, prospects: Map<String, Value>) -> Option<Map<String, Value>> {
    if prospects.is_empty() {
        return Some(filter);
    }
    // The conditions of the client stay as they are, beside the others.
    let all = match filter.remove("prospect") {
        None => prospects,
        Some(Value::Object(given)) => with(given, vec![Value::Object(prospects)])?,
        Some(_) => return None,
    };
    filter.insert("prospect".to_owned(), Value::Object(all));
    Some(filter)
}

/// A filter that takes no `and`, with further conditions in its members. None if they contradict each other.
fn merged(mut filter: Map<String, Value>, conditions: Vec<Value>) -> Option<Map<String, Value>> {
    for condition in conditions {
        for (name, value) in condition.as_object()? {
            merge(&mut filter, name, value)?;
        }
    }
    Some(filter)
}

fn merge(into: &mut Map<String, Value>, name: &str, value: &Value) -> Option<()> {
    match (into.get_mut(name), value) {
        (None, value) => {
            into.insert(name.to_owned(), value.clone());
        }
        // Without a time zone they are of that of the caller, and not of that of the row.
        (Some(Value::Object(present)), Value::Object(members))
            if matches!(name, "weekday" | "hourOfDay") && present.get("timeZone") != members.get("timeZone") =>
        {
            return None;
        }
        (Some(Value::Object(present)), Value::Object(members)) => {
            for (name, value) in members {
                merge(present, name, value)?;
            }
        }
        (Some(present), value) if present == value => {}
        (Some(Value::Array(present)), Value::Array(values)) if name == "in" => present.retain(|one| values.contains(one)),
        // The later beginning and the earlier end hold together.
        (Some(present), value) if name == "gte" || name == "lt" => {
            let is_tighter = match name {
                "gte" => at(value)? > at(present)?,
                _ => at(value)? < at(present)?,
            };
            if is_tighter {
                *present = value.clone();
            }
        }
        _ => return None,
    }
    Some(())
}

fn at(value: &Value) -> Option<i64> {
    Some(DateTime::parse_from_rfc3339(value.as_str()?).ok()?.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn conditions_go_where_the_list_has_them() {
        let inputs = |prospects, own| Inputs {
            prospects: map(prospects),
            own: map(own),
        };
        let (channel, state) = (json!({ "channel": { "eq": "c" } }), json!({ "state": { "eq": "DONE" } }));
        let empty = || inputs(json!({}), json!({}));
        for (dataset, inputs, of_prospect, own, expected) in [
            (
                Dataset::Tasks,
                inputs(
                    json!({ "kind": { "eq": "PERSON" } }),
                    json!({ "type": { "eq": "t" }, "prospect": { "name": { "eq": "n" } } }),
                ),
                vec![channel.clone()],
                vec![state.clone()],
                Some(json!({
                    "type": { "eq": "t" }, "and": [{ "state": { "eq": "DONE" } }],
                    "prospect": { "name": { "eq": "n" }, "and": [{ "kind": { "eq": "PERSON" }, "and": [{ "channel": { "eq": "c" } }] }] },
                })),
            ),
            (Dataset::Documents, empty(), vec![], vec![], Some(json!({}))),
            (
                Dataset::Activity,
                inputs(json!({}), json!({ "occurredAt": { "gte": "2026-01-01T00:00:00Z" } })),
                vec![channel.clone()],
                vec![json!({ "occurredAt": { "gte": "2026-02-01T00:00:00.000Z", "lt": "2026-03-01T00:00:00.000Z" } })],
                Some(json!({
                    "occurredAt": { "gte": "2026-02-01T00:00:00.000Z", "lt": "2026-03-01T00:00:00.000Z" },
                    "prospect": { "and": [{ "channel": { "eq": "c" } }] },
                })),
            ),
            (
                Dataset::Cycles,
                inputs(json!({}), json!({ "category": { "in": ["WON", "LOST"] } })),
                vec![],
                vec![json!({ "category": { "eq": "WON" } })],
                Some(json!({ "and": [{ "cycles": { "some": { "category": { "in": ["WON", "LOST"], "eq": "WON" } } } }] })),
            ),
            (
                Dataset::Cycles,
                inputs(json!({}), json!({ "category": { "eq": "LOST" } })),
                vec![],
                vec![json!({ "category": { "eq": "WON" } })],
                None,
            ),
            (
                Dataset::StatusIntervals,
                inputs(json!({ "kind": { "eq": "PERSON" } }), json!({})),
                vec![channel.clone()],
                vec![
                    json!({ "status": { "eq": "s" } }),
                    json!({ "from": { "weekday": { "in": ["MONDAY"] } } }),
                    json!({ "from": { "gte": "2026-02-01T00:00:00.000Z" } }),
                ],
                Some(json!({
                    "kind": { "eq": "PERSON" },
                    "and": [
                        { "channel": { "eq": "c" } },
                        { "statusIntervals": { "some": {
                            "status": { "eq": "s" }, "from": { "weekday": { "in": ["MONDAY"] }, "gte": "2026-02-01T00:00:00.000Z" },
                        } } },
                    ],
                })),
            ),
            (
                Dataset::OwnerIntervals,
                empty(),
                vec![],
                vec![],
                Some(json!({ "and": [{ "ownerIntervals": { "some": {} } }] })),
            ),
        ] {
            let found = filter(dataset, &inputs, of_prospect, own);
            assert_eq!(found, expected, "{dataset:?}");
        }
    }

    #[test]
    fn conditions_are_merged_where_both_can_hold() {
        let at = |test: Value| json!({ "occurredAt": test });
        let monday = json!({ "in": ["MONDAY"], "timeZone": "Europe/Madrid" });
        for (given, of_row, expected) in [
            (
                json!({ "in": ["SUNDAY", "MONDAY"], "timeZone": "Europe/Madrid" }),
                monday.clone(),
                Some(monday.clone()),
            ),
            (json!({ "in": ["SUNDAY", "MONDAY"] }), monday.clone(), None),
            (json!({ "in": ["MONDAY"], "timeZone": "America/Caracas" }), monday.clone(), None),
        ] {
            let of = |test: Value| at(json!({ "weekday": test }));
            let given = of(given).as_object().cloned().unwrap_or_default();
            let expected = expected.and_then(|test| of(test).as_object().cloned());
            assert_eq!(merged(given, vec![of(of_row)]), expected);
        }
    }

    #[test]
    fn levels_are_counted_as_in_the_check() {
        for (filter, expected) in [
            (json!({}), 1),
            (json!({ "kind": { "eq": "PERSON" }, "and": [{ "rating": { "eq": 1 } }] }), 2),
            (json!({ "prospect": { "and": [{ "not": {} }] } }), 4),
            (json!({ "timeline": { "some": { "kind": { "eq": "NOTE" } } } }), 1),
            (json!({ "timeline": { "none": { "prospect": { "not": {} } } } }), 3),
        ] {
            assert_eq!(levels(&filter), expected, "{filter}");
        }
    }
}
