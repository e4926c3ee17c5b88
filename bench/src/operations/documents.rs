//! The requests to the server: GraphQL documents with their variables.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::baseline::question::{Filter, NESTED, NESTED_ENTRIES, PAGE};
use crate::client::post;
use crate::ids;
use crate::load::NUMBER;
use crate::samples::{Caller, Catalogs, Position, instant};

const LEAD: &str = include_str!("../../operations/lead_core.graphql");
const LIST: &str = include_str!("../../operations/prospect_list.graphql");
const LIST_WITH_ENTRIES: &str = include_str!("../../operations/lead_list.graphql");
const TASKS: &str = include_str!("../../operations/task_list.graphql");
const HISTORY: &str = include_str!("../../operations/history.graphql");
const CREATE: &str = include_str!("../../operations/prospect_create.graphql");

/// The request for one prospect with everything nested in it.
pub fn server_lead(caller: &Caller, id: &str) -> Vec<u8> {
    ask(caller, LEAD, &json!({ "id": id }))
}

/// A page of prospects with their tags.
pub fn list(caller: &Caller, filter: &Filter, position: &Position, is_counted: bool) -> Vec<u8> {
    let mut variables = variables(filter);
    variables["first"] = json!(PAGE);
    variables["after"] = json!(position.cursor);
    ask(caller, &counted(LIST, is_counted), &variables)
}

/// Prospects with their last entries.
pub fn nested(caller: &Caller, position: &Position) -> Vec<u8> {
    let variables = json!({ "first": NESTED, "entries": NESTED_ENTRIES, "after": position.cursor });
    ask(caller, &counted(LIST_WITH_ENTRIES, false), &variables)
}

/// A whole page of these with the total.
pub fn list_with_entries(caller: &Caller, position: &Position) -> Vec<u8> {
    let variables = json!({ "first": PAGE, "entries": NESTED_ENTRIES, "after": position.cursor });
    ask(caller, LIST_WITH_ENTRIES, &variables)
}

/// The planned tasks of the caller.
pub fn tasks(caller: &Caller) -> Vec<u8> {
    let assignee = ids::encode("usr", caller.id);
    let filter = json!({ "assignee": { "eq": assignee }, "state": { "eq": "PLANNED" } });
    ask(caller, TASKS, &json!({ "filter": filter, "first": PAGE }))
}

pub fn history(caller: &Caller) -> Vec<u8> {
    ask(caller, HISTORY, &json!({ "first": PAGE }))
}

pub fn create(caller: &Caller, variables: &Value) -> Vec<u8> {
    ask(caller, CREATE, variables)
}

/// The filter and the search of a list as variables.
pub fn variables(filter: &Filter) -> Value {
    let mut tests = Map::new();
    for (field, prefix, ids) in [("status", "sta", &filter.statuses), ("channel", "chn", &filter.channels)] {
        let ids: Vec<String> = ids.iter().map(|id| ids::encode(prefix, *id)).collect();
        match &ids[..] {
            [] => None,
            [id] => tests.insert(field.to_owned(), json!({ "eq": id })),
            ids => tests.insert(field.to_owned(), json!({ "in": ids })),
        };
    }
    if let Some(category) = &filter.category {
        tests.insert("statusCategory".to_owned(), json!({ "eq": category }));
    }
    if let Some(since) = filter.since {
        tests.insert("createdAt".to_owned(), json!({ "gte": instant(since) }));
    }
    if let Some(tag) = filter.tag {
        tests.insert("tag".to_owned(), json!({ "eq": ids::encode("tag", tag) }));
    }
    let mut variables = Map::new();
    if !tests.is_empty() {
        variables.insert("filter".to_owned(), Value::Object(tests));
    }
    if let Some(word) = &filter.word {
        variables.insert("search".to_owned(), json!(word));
    }
    Value::Object(variables)
}

fn ask(caller: &Caller, document: &str, variables: &Value) -> Vec<u8> {
    let body = json!({ "query": document, "variables": variables }).to_string();
    post("/graphql", Some(&caller.token), &body)
}

/// The document with the line that counts or without it.
fn counted(document: &str, is_counted: bool) -> String {
    let lines = document.lines().filter(|line| is_counted || line.trim() != "totalCount");
    lines.collect::<Vec<_>>().join("\n")
}

/// A whole new prospect, with `NUMBER` in all that has to be unique; `id` writes a reference to an entry of a catalogue.
pub fn input(catalogs: &Catalogs, id: impl Fn(&str, Uuid) -> String) -> Value {
    json!({
        "kind": "COMPANY",
        "name": format!("Suministros {NUMBER}"),
        "legalName": format!("Suministros {NUMBER} C.A."),
        "channelId": id("chn", catalogs.channel),
        "segmentId": id("seg", catalogs.segment),
        "potentialLevelId": id("lvl", catalogs.potential_level),
        "identifiers": [{ "typeId": id("idt", catalogs.identifier_type), "country": "VE", "number": format!("J-{NUMBER}") }],
        "emails": [{ "value": format!("ventas{NUMBER}@example.com"), "label": "work" }],
        "phones": [{ "value": "+58 212 5550100", "label": "office" }],
        "contacts": [
            {
                "firstName": "Luis", "lastName": "Rojas", "description": "Compras", "isMain": true,
                "emails": [{ "value": format!("luis{NUMBER}@example.com") }], "phones": [{ "value": "+58 414 5550101" }],
            },
            {
                "firstName": "Carmen", "lastName": "Blanco", "isMain": false,
                "emails": [{ "value": format!("carmen{NUMBER}@example.com") }], "phones": [],
            },
        ],
        "addresses": [{
            "country": "VE", "city": "Caracas", "municipality": "Libertador", "postalCode": "1010", "line": "Av. Principal 1",
            "location": { "latitude": 10.5, "longitude": -66.9 },
        }],
        "firstTouch": { "sourceId": id("src", catalogs.source), "medium": "cpc", "pageUrl": "https://example.com/form" },
    })
}
