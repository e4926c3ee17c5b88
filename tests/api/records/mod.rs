//! Prospects, clients and their child rows.

mod attribute_entries;
mod attribute_filters;
mod attribute_ids;
mod attribute_inputs;
mod attribute_references;
mod attribute_sizes;
mod attribute_unique;
mod attributes;
mod create;
mod day_parts;
mod deletion;
mod documents;
mod every_attribute;
mod filterable;
mod filters;
mod history;
mod identifiers;
mod invariants;
mod lists;
mod lookups;
mod notes;
mod operations;
mod outdated;
mod places;
mod process_filters;
mod profile;
mod relations;
mod rows;
mod search;
mod timeline;
mod times;
mod totals;
mod touches;
mod update;

use serde_json::{Value, json};

use crate::support::{Made, Person};

/// Everything of a record but its lists of cycles and entries.
pub const WHOLE: &str = "query ($id: ID!) { prospect(id: $id) {
    id version kind name legalName condition createdAt updatedAt firstContactAt lastActivityAt secondsSinceReception
    status { name category } owner { name } channel { name } segment { name } potentialLevel { name } createdBy { name }
    client { id since version potentialLevel { name } convertedBy { name } }
    cycle { id version kind isOpen openedAt closedAt amount { amount currency } status { name } reason { name } reasonNote }
    identifiers { id country number type { name } }
    emails { id value label verification } phones { id value label verification }
    contacts { id firstName lastName description isMain emails { id value label } phones { id value label } }
    addresses { id country city municipality parish postalCode line reference location { latitude longitude } }
    firstTouch { at source { name } medium pageUrl referrer } lastTouch { at source { name } medium }
} }";

/// The entries of a timeline, newest first, with all that they say.
pub const TIMELINE: &str =
    "query ($id: ID!, $filter: TimelineFilter) { prospect(id: $id) { timeline(first: 50, filter: $filter) { totalCount nodes {
    __typename id occurredAt recordedAt isPinned actor { name }
    ... on NoteEntry { note { id body version editedAt isPinned earlierVersions(first: 2) { nodes { version body writtenAt } } } }
    ... on InteractionEntry { interaction { id type direction durationSeconds outcome body } }
    ... on StatusChangeEntry { from { name } to { name } reason { name } reasonNote reopenedAs }
    ... on OwnerChangeEntry { previousOwner { name } newOwner { name } comment }
    ... on FieldChangeEntry { changes { field before after } }
} } } }";

pub const CYCLES: &str = "query ($id: ID!) { prospect(id: $id) { cycles(first: 100) { nodes {
    id kind isOpen openedAt closedAt status { name } reason { name } reasonNote amount { amount currency } } } } }";

pub const UPDATE: &str = "mutation ($id: ID!, $input: ProspectUpdateInput!, $expectedVersion: Int) {
    prospectUpdate(id: $id, input: $input, expectedVersion: $expectedVersion) { prospect { id version } userErrors { code message path } } }";

pub async fn whole(person: &Person, made: &Made) -> Value {
    person.query(WHOLE, json!({ "id": made.id })).await["prospect"].clone()
}

pub async fn timeline(person: &Person, made: &Made) -> Vec<Value> {
    let data = person.query(TIMELINE, json!({ "id": made.id })).await;
    data["prospect"]["timeline"]["nodes"].as_array().expect("a list").clone()
}

pub async fn cycles(person: &Person, made: &Made) -> Vec<Value> {
    let data = person.query(CYCLES, json!({ "id": made.id })).await;
    data["prospect"]["cycles"]["nodes"].as_array().expect("a list").clone()
}

/// The value without the keys, wherever they are.
pub fn without(mut value: Value, keys: &[&str]) -> Value {
    match &mut value {
        Value::Object(fields) => {
            fields.retain(|key, _| !keys.contains(&&key[..]));
            for field in fields.values_mut() {
                *field = without(field.take(), keys);
            }
        }
        Value::Array(values) => {
            for value in values.iter_mut() {
                *value = without(value.take(), keys);
            }
        }
        _ => {}
    }
    value
}
