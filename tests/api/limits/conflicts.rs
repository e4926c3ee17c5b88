//! Fields with one response name are the same field, and a failed field has its price.

use cartera::ids::Kind;
use serde_json::{Value, json};

use crate::support::{Answer, Person, TestApp};

/// Runs a document that is refused as not valid, each time that it is sent.
async fn invalid(person: &Person, document: &str, id: &str) {
    for _ in 0..2 {
        let answer = person.run(document, json!({ "id": id })).await;
        assert_eq!(answer.status, 400, "{document}: {}", answer.text);
        let codes = answer.codes();
        let is_invalid = |code: &&str| *code == "GRAPHQL_VALIDATION_FAILED";
        assert!(!codes.is_empty() && codes.iter().all(is_invalid), "{document}: {}", answer.text);
        assert!(answer.body.get("data").is_none(), "{document}: {}", answer.text);
    }
}

/// The price of the request, and its actual cost.
fn cost(answer: &Answer) -> (u64, u64) {
    let cost = &answer.body["extensions"]["cost"];
    let number = |value: &Value| value.as_u64().unwrap_or_else(|| panic!("no cost in {}", answer.body));
    (number(&cost["requestedQueryCost"]), number(&cost["actualQueryCost"]))
}

both! {
    async fn a_name_stands_for_one_field(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        for selection in [
            "prospect(id: $id) { x: name ... on Prospect { x: timeline(first: 100) { nodes { id } } } }",
            "prospect(id: $id) { x: timeline(first: 100) { nodes { id } } ... on Prospect { x: name } }",
            "prospect(id: $id) { x: websites @skip(if: true) ... on Prospect { x: timeline(first: 100) { nodes { id } } } }",
            "node(id: $id) { ... on Note { x: body } ... on Prospect { x: timeline(first: 100) { nodes { id } } } }",
            "p: prospect(id: $id) { x: name } p: prospect(id: $id) { x: id }",
            "p: prospect(id: $id) { x: emails { id } } ... { p: prospect(id: $id) { x: phones { id } } }",
            // One field, but twice with other arguments.
            "prospect(id: $id) { timeline(first: 1) { nodes { id } } ... on Prospect { timeline(first: 100) { nodes { id } } } }",
            "node(id: $id) { ... on Prospect { timeline { nodes { id } } } ... on Prospect { timeline(first: 100) { nodes { id } } } }",
            // Below fields of different objects.
            "node(id: $id) { ... on Task { x: prospect { y: name } } ... on Client { x: prospect { y: emails { id } } } }",
        ] {
            invalid(&app.ana, &format!("query ($id: ID!) {{ {selection} }}"), &made.id).await;
            let spread = format!("query ($id: ID!) {{ ...f }} fragment f on Query {{ {selection} }}");
            invalid(&app.ana, &spread, &made.id).await;
        }
        let before = app.snapshot().await;
        let note = "mutation ($id: ID!) { noteCreate(prospectId: $id, input: { body: \"hola\" }) {
            x: entry { id } ... on NoteCreatePayload { x: prospect { id } } } }";
        invalid(&app.ana, note, &made.id).await;
        before.assert_equal(&app.snapshot().await, "a mutation with a name for two fields");
    }

    async fn a_field_may_be_asked_for_in_several_places(app: TestApp) {
        let made = app.prospect().name("Rosa").owner(&app.ana).create().await;
        let note = Kind::Note.encode(app.note(&app.ana, &made, "hola").await.uuid);
        let merged = "query ($id: ID!) {
            p: prospect(id: $id) { x: name ...f tasks(first: 1) { nodes { id } } }
            p: prospect(id: $id) { x: name ... on Prospect { x: name tasks(first: 1) { pageInfo { hasNextPage } } } } }
            fragment f on Prospect { version tasks(first: 1) { nodes { id } } }";
        let apart = "query ($id: ID!) { node(id: $id) { ... on Note { x: version y: body } ... on Prospect { x: version y: name } } }";
        let expected = json!({ "p": { "x": "Rosa", "version": 1, "tasks": { "nodes": [], "pageInfo": { "hasNextPage": false } } } });
        // The second time the document is known to be valid.
        for _ in 0..2 {
            let answer = app.ana.run(merged, json!({ "id": made.id })).await;
            let mut data = answer.data().clone();
            // A note is an activity, and may count as a change of the record.
            assert!(data["p"]["version"].is_u64(), "{}", answer.text);
            data["p"]["version"] = json!(1);
            assert_eq!(data, expected);
            assert_eq!(app.ana.run(apart, json!({ "id": note })).await.data(), &json!({ "node": { "x": 1, "y": "hola" } }));
        }
    }

    /// It took what had been read around it out of the answer, and not the work.
    async fn an_error_below_a_field_costs_the_whole_price(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        app.note(&app.ana, &made, "hola").await;
        let nested = "query ($id: ID!, $after: String) { prospect(id: $id) { timeline(first: 50) { nodes {
            id prospect { name tasks(first: 1, after: $after) { nodes { id } } } } } } }";
        let lost = app.ana.run(nested, json!({ "id": made.id, "after": "x" })).await;
        assert_eq!(lost.status, 200, "{}", lost.text);
        assert!(!lost.codes().is_empty() && lost.codes().iter().all(|code| *code == "BAD_USER_INPUT"), "{}", lost.text);
        let rows = lost.body["data"]["prospect"]["timeline"]["nodes"].as_array().expect("a list");
        assert!(!rows.is_empty() && rows.iter().all(|row| row["prospect"].is_null()), "{}", lost.text);
        let (priced, actual) = cost(&lost);
        assert_eq!(actual, priced, "{}", lost.text);
        let whole = app.ana.run(nested, json!({ "id": made.id, "after": null })).await;
        whole.data();
        let (same, actual) = cost(&whole);
        assert_eq!(same, priced);
        assert!(actual < priced, "{}", whole.text);

        let beside = "query ($id: ID!) { prospect(id: $id) { tasks(first: 1, after: \"x\") { nodes { id } } timeline(first: 50) { nodes { id } } } }";
        let lost = app.ana.run(beside, json!({ "id": made.id })).await;
        assert_eq!((lost.codes(), &lost.body["data"]["prospect"]), (vec!["BAD_USER_INPUT"], &Value::Null), "{}", lost.text);
        let (priced, actual) = cost(&lost);
        assert_eq!(actual, priced, "{}", lost.text);
        // What is not there was looked for, and no more.
        for absent in [Kind::Prospect.encode(cartera::ids::new()), "nonsense".to_owned()] {
            let answer = app.ana.run(beside, json!({ "id": absent })).await;
            assert_eq!(answer.data(), &json!({ "prospect": null }));
            assert_eq!(cost(&answer), (priced, 1), "{}", answer.text);
        }
    }
}
