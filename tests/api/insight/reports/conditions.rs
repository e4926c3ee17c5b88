//! Conditions of generated reports, each with what it says about the values of a record.

use serde_json::Value;

/// Whether a record passes.
type Passes = fn(&Value) -> bool;

/// Conditions on prospects, each with what it says about the values of a record.
pub const PROSPECT_FILTERS: [(&str, Passes); 4] = [
    (r#"{ "kind": { "eq": "PERSON" } }"#, |record| record["KIND"] == "PERSON"),
    (r#"{ "not": { "kind": { "eq": "PERSON" } } }"#, |record| record["KIND"] != "PERSON"),
    (
        r#"{ "or": [{ "interest": { "eq": "HIGH" } }, { "rating": { "gte": 4 } }] }"#,
        |record| record["INTEREST"] == "HIGH" || record["RATING"].as_str().is_some_and(|rating| rating >= "4"),
    ),
    (
        r#"{ "and": [{ "tags": { "some": {} } }, { "validityDays": { "isNull": true } }] }"#,
        |record| record["TAG"].as_array().is_some_and(|tags| !tags.is_empty()) && record["VALIDITY_DAYS"].is_null(),
    ),
];
/// The same on the records of the datasets with a filter of their own.
pub const OWN_FILTERS: [(&str, &str, Passes); 5] = [
    ("clientFilter", r#"{ "potentialLevel": { "isNull": true } }"#, |record| {
        record["CLIENT_LEVEL"].is_null()
    }),
    ("cycleFilter", r#"{ "category": { "in": ["WON", "LOST"] } }"#, |record| {
        record["CYCLE_CATEGORY"] == "WON" || record["CYCLE_CATEGORY"] == "LOST"
    }),
    (
        "taskFilter",
        r#"{ "state": { "in": ["DONE", "PLANNED"] }, "not": { "assignee": { "isNull": true } } }"#,
        |record| (record["TASK_STATE"] == "DONE" || record["TASK_STATE"] == "PLANNED") && !record["ASSIGNEE"].is_null(),
    ),
    ("timelineFilter", r#"{ "kind": { "in": ["NOTE", "INTERACTION"] } }"#, |record| {
        record["ENTRY_KIND"] == "NOTE" || record["ENTRY_KIND"] == "INTERACTION"
    }),
    ("documentFilter", r#"{ "carrierKind": { "eq": "PROSPECT" } }"#, |record| {
        record["CARRIER_KIND"] == "PROSPECT"
    }),
];
