//! Attributes of clients while wins are undone and made again, and what a status requires of a prospect that comes back to it.

use serde_json::{Value, json};

use crate::records::timeline;
use crate::support::{Made, TestApp};

const UPDATE: &str =
    "mutation ($id: ID!, $input: ClientUpdateInput!) { clientUpdate(id: $id, input: $input) { userErrors { code message path } } }";
const UNCONVERT: &str =
    "mutation ($id: ID!) { clientUnconvert(id: $id, input: { reason: \"by mistake\" }) { userErrors { code message path } } }";
const CHANGE: &str = "mutation ($id: ID!, $input: AttributeDefinitionUpdateInput!) { attributeDefinitionUpdate(id: $id, input: $input) {
    userErrors { code message path } } }";
const READ: &str = "query ($id: ID!) { prospect(id: $id) { client { attributes { definition { key } text } } } }";
const ROWS: &str = "SELECT coalesce(text_value, CAST(number_value AS text)) FROM attribute_values ORDER BY 1";

async fn define(app: &TestApp, key: &str, more: Value) -> String {
    let mut input = json!({ "entity": "CLIENT", "key": key });
    let all = input.as_object_mut().expect("an object");
    all.extend(more.as_object().expect("an object").clone());
    app.attribute(input).await
}

async fn change(app: &TestApp, id: &str, input: Value) {
    app.admin
        .run(CHANGE, json!({ "id": id, "input": input }))
        .await
        .payload("attributeDefinitionUpdate");
}

async fn set(app: &TestApp, made: &Made, attributes: Value) {
    let variables = json!({ "id": made.client_id(), "input": { "attributes": attributes } });
    app.ana.run(UPDATE, variables).await.payload("clientUpdate");
}

async fn undo(app: &TestApp, made: &Made) {
    app.ana
        .run(UNCONVERT, json!({ "id": made.client_id() }))
        .await
        .payload("clientUnconvert");
}

/// The attributes of the client as `key: text`.
async fn texts(app: &TestApp, made: &Made) -> Vec<String> {
    let data = app.ana.query(READ, json!({ "id": made.id })).await;
    let all = data["prospect"]["client"]["attributes"].as_array().expect("a list").iter();
    let word = |value: &Value| {
        let (key, text) = (value["definition"]["key"].as_str(), value["text"].as_str());
        format!("{}: {}", key.expect("a key"), text.expect("a text"))
    };
    all.map(word).collect()
}

/// The changes of fields since so many entries, as `field: before -> after`.
async fn changes(app: &TestApp, made: &Made, entries: usize) -> Vec<String> {
    let all = timeline(&app.ana, made).await;
    let new = all[..all.len() - entries].iter();
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    new.flat_map(|entry| entry["changes"].as_array().cloned().unwrap_or_default())
        .map(|change| {
            format!(
                "{}: {} -> {}",
                word(&change["field"]),
                word(&change["before"]),
                word(&change["after"])
            )
        })
        .collect()
}

both! {
    async fn values_come_back_under_the_definitions_of_now(app: TestApp) {
        let precise = define(&app, "precise", json!({ "type": "DECIMAL", "scale": 2 })).await;
        let coarse = define(&app, "coarse", json!({ "type": "DECIMAL", "scale": 2 })).await;
        let brand = json!([{ "key": "acme", "label": "Acme" }]);
        let choice = define(&app, "choice", json!({ "type": "CHOICE", "choices": brand })).await;
        let tags = define(&app, "tags", json!({ "type": "TEXT", "isMultiple": true })).await;
        define(&app, "same", json!({ "type": "TEXT" })).await;
        let made = app.prospect().owner(&app.ana).create().await;
        app.convert(&app.ana, &made).await;
        set(&app, &made, json!([
            { "key": "precise", "value": { "number": "1.5" } },
            { "key": "coarse", "value": { "number": "2.25" } },
            { "key": "choice", "value": { "choice": "acme" } },
            { "key": "tags", "value": { "texts": ["12", "many"] } },
            { "key": "same", "value": { "text": "Ábc" } },
        ])).await;
        assert_eq!(app.sql(ROWS).await, ["12", "many"]);
        undo(&app, &made).await;
        assert_eq!(app.sql(ROWS).await, [""; 0]);

        change(&app, &precise, json!({ "scale": 3 })).await;
        change(&app, &coarse, json!({ "scale": 1 })).await;
        change(&app, &choice, json!({ "type": "TEXT", "choices": null })).await;
        change(&app, &tags, json!({ "type": "INTEGER" })).await;
        let before = timeline(&app.ana, &made).await.len();
        app.convert(&app.ana, &made).await;
        assert_eq!(texts(&app, &made).await, ["precise: 1.500", "choice: Acme", "tags: 12", "same: Ábc"]);
        assert_eq!(app.sql(ROWS).await, ["12"]);
        assert_eq!(changes(&app, &made, before).await, ["client.coarse: 2.25 -> -", "client.tags: 12, many -> 12"]);
        app.assert_sound().await;

        // What comes back as it was leaves no trace.
        undo(&app, &made).await;
        let before = timeline(&app.ana, &made).await.len();
        app.convert(&app.ana, &made).await;
        assert_eq!(texts(&app, &made).await, ["precise: 1.500", "choice: Acme", "tags: 12", "same: Ábc"]);
        assert_eq!(changes(&app, &made, before).await, [""; 0]);
        app.assert_sound().await;
    }

    async fn a_value_that_is_taken_meanwhile_keeps_no_prospect_from_being_won(app: TestApp) {
        define(&app, "code", json!({ "type": "TEXT", "isUnique": true })).await;
        define(&app, "size", json!({ "type": "INTEGER" })).await;
        let [first, second] = [app.prospect().owner(&app.ana).create().await, app.prospect().owner(&app.ana).create().await];
        let code = json!({ "key": "code", "value": { "text": "x" } });
        app.convert(&app.ana, &first).await;
        set(&app, &first, json!([code, { "key": "size", "value": { "number": "3" } }])).await;
        undo(&app, &first).await;
        app.convert(&app.ana, &second).await;
        set(&app, &second, json!([code])).await;
        let before = timeline(&app.ana, &first).await.len();
        app.convert(&app.ana, &first).await;
        assert_eq!(texts(&app, &first).await, ["size: 3"]);
        assert_eq!(texts(&app, &second).await, ["code: x"]);
        assert_eq!(changes(&app, &first, before).await, ["client.code: x -> -"]);
        app.assert_sound().await;
    }

    async fn undoing_a_win_asks_for_what_the_status_requires(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        app.move_to(&app.ana, &made, "Negotiation").await;
        app.convert(&app.ana, &made).await;
        app.attribute(json!({ "key": "budget", "type": "INTEGER", "requiredStatusIds": [app.status("Negotiation")] })).await;
        let before = app.snapshot().await.without(&["sessions"]);
        let refused = app.ana.run(UNCONVERT, json!({ "id": made.client_id() })).await;
        assert_eq!(refused.user_errors("clientUnconvert"), ["REQUIRED input.attributes.budget"]);
        before.assert_equal(&app.snapshot().await.without(&["sessions"]), "a refused undoing");
        let input = json!({ "attributes": [{ "key": "budget", "value": { "number": "5" } }] });
        app.ana.run(crate::records::UPDATE, json!({ "id": made.id, "input": input })).await.payload("prospectUpdate");
        undo(&app, &made).await;
    }

    async fn what_clients_have_to_have_is_asked_for_by_their_update(app: TestApp) {
        define(&app, "size", json!({ "type": "INTEGER", "isRequired": true })).await;
        let made = app.prospect().owner(&app.ana).create().await;
        app.convert(&app.ana, &made).await;
        let update = async |input: Value| app.ana.run(UPDATE, json!({ "id": made.client_id(), "input": input })).await.user_errors("clientUpdate");
        assert_eq!(update(json!({ "potentialLevelId": null })).await, ["REQUIRED input.attributes.size"]);
        assert_eq!(update(json!({ "attributes": [{ "key": "size", "value": { "number": "1" } }] })).await, [""; 0]);
        assert_eq!(update(json!({ "potentialLevelId": null })).await, [""; 0]);
    }
}
