//! Saved reports that name attributes: each key stands for an attribute of one kind of record, which others may have as well.

use std::collections::BTreeSet;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, InputObjectType, TypeKind, TypeSystemDefinition};
use cartera::entities::setup::attribute_definition::AttributeEntity;
use cartera::rules::reports::saved::record_behind;
use serde_json::{Value, json};

use crate::support::TestApp;

const REPORT: &str = "query ($id: ID!) { savedReport(id: $id) { definition report { rowCount } } }";

/// The input types below another one that have conditions on attributes, each with the kind of record that the members on the way lead to.
fn conditions_on_attributes(start: &str) -> BTreeSet<(String, String)> {
    let schema = parse_schema(cartera::schema::sdl()).expect("the schema can be read");
    let inputs: Vec<(String, InputObjectType)> = schema
        .definitions
        .into_iter()
        .filter_map(|definition| match definition {
            TypeSystemDefinition::Type(found) => match found.node.kind {
                TypeKind::InputObject(input) => Some((found.node.name.node.to_string(), input)),
                _ => None,
            },
            _ => None,
        })
        .collect();
    let mut visited = BTreeSet::new();
    let mut found = BTreeSet::new();
    let mut next = vec![(start.to_owned(), AttributeEntity::Prospect)];
    while let Some((name, record)) = next.pop() {
        let Some((_, input)) = inputs.iter().find(|(input, _)| *input == name) else {
            continue;
        };
        if !visited.insert((name.clone(), format!("{record:?}"))) {
            continue;
        }
        for member in &input.fields {
            let member_name = member.node.name.node.as_str();
            let behind = named(&member.node.ty.node.base);
            if behind == "AttributeFilter" {
                found.insert((name.clone(), format!("{record:?}")));
            } else {
                next.push((behind, record_behind(member_name).unwrap_or(record)));
            }
        }
    }
    found
}

fn named(base: &BaseType) -> String {
    match base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(item) => named(&item.base),
    }
}

/// A filter that leads to another kind of record needs a line in the table of `record_behind`.
#[test]
fn each_filter_by_attributes_has_its_kind_of_record() {
    let expected = [
        ("ClientFilter", "Client"),
        ("ContactFilter", "Contact"),
        ("ProspectFilter", "Prospect"),
        ("ProspectTaskFilter", "Task"),
        ("TaskFilter", "Task"),
    ];
    let expected: BTreeSet<(String, String)> = expected.map(|(name, record)| (name.to_owned(), record.to_owned())).into();
    assert_eq!(conditions_on_attributes("ReportInput"), expected);
}

both! {
    /// The attribute of prospects is hidden, that of tasks with the same key is not.
    async fn a_key_is_hidden_for_its_kind_of_record(app: TestApp) {
        app.attribute(json!({ "key": "rank", "type": "CHOICE", "visibility": "ADMIN",
            "choices": [{ "key": "secret_a", "label": "A" }, { "key": "open_a", "label": "B" }] })).await;
        app.attribute(json!({ "entity": "TASK", "key": "rank", "type": "CHOICE", "choices": [{ "key": "open_a", "label": "A" }] })).await;
        let count = json!([{ "measure": "COUNT" }]);
        let secret = json!([{ "key": "rank", "choice": { "in": ["secret_a"] } }]);
        let open = json!([{ "key": "rank", "choice": { "in": ["open_a"] } }]);
        for definition in [
            json!({ "dataset": "PROSPECTS", "measures": count, "prospectFilter": { "attributes": secret } }),
            json!({ "dataset": "PROSPECTS", "measures": count, "prospectFilter": { "or": [{ "not": { "attributes": secret } }] } }),
            json!({ "dataset": "PROSPECTS", "measures": count, "prospectFilter": { "custom": { "rank": { "eq": "SECRET_A" } } } }),
            json!({ "dataset": "PROSPECTS", "measures": count, "dimensions": [{ "attributeKey": "rank", "attributeOf": "OWN" }] }),
            json!({ "dataset": "TASKS", "measures": count, "prospectFilter": { "attributes": secret } }),
            json!({ "dataset": "TASKS", "measures": count, "taskFilter": { "attributes": open, "prospect": { "attributes": secret } } }),
            json!({ "dataset": "TASKS", "measures": count, "dimensions": [{ "attributeKey": "rank" }] }),
            json!({ "dataset": "TASKS", "measures": [{ "measure": "DISTINCT_COUNT", "attributeKey": "rank", "attributeOf": "PROSPECT" }] }),
            json!({ "dataset": "CYCLES", "measures": count, "dimensions": [{ "attributeKey": "rank" }] }),
        ] {
            let shared = app.saved_report(&app.admin, json!({ "isShared": true, "definition": definition })).await;
            assert_eq!(app.admin.query(REPORT, json!({ "id": shared.id })).await["savedReport"]["definition"], definition);
            let answer = app.ana.run(REPORT, json!({ "id": shared.id })).await;
            assert_eq!(answer.body["data"]["savedReport"], json!({ "definition": null, "report": null }), "{definition}");
            assert_eq!(answer.codes(), ["BAD_USER_INPUT"]);
            assert!(!answer.text.to_lowercase().contains("secret") && !answer.text.contains("rank"), "{}", answer.text);
        }
        for definition in [
            json!({ "dataset": "TASKS", "measures": count, "dimensions": [{ "attributeKey": "rank", "attributeOf": "OWN" }] }),
            json!({ "dataset": "TASKS", "measures": [{ "measure": "DISTINCT_COUNT", "attributeKey": "rank", "attributeOf": "OWN" }] }),
            json!({ "dataset": "TASKS", "measures": count, "taskFilter": { "attributes": open } }),
            json!({ "dataset": "TASKS", "measures": count, "taskFilter": { "and": [{ "custom": { "rank": { "eq": "OPEN_A" } } }] } }),
            json!({ "dataset": "PROSPECTS", "measures": count, "prospectFilter": { "tasks": { "some": { "attributes": open } } } }),
            json!({ "dataset": "TASKS", "measures": count, "taskFilter": { "prospect": { "tasks": { "none": { "attributes": open } } } } }),
        ] {
            let shared = app.saved_report(&app.admin, json!({ "isShared": true, "definition": definition })).await;
            let seen = app.ana.query(REPORT, json!({ "id": shared.id })).await["savedReport"].clone();
            assert_eq!(seen["definition"], definition);
            assert_ne!(seen["report"], Value::Null, "{definition}");
        }
    }
}
