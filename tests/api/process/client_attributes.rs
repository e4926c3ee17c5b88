//! Attributes of clients while wins are undone and made again, and what a status requires of a prospect that comes back to it.

use serde_json::{Value, json};

use crate::records::timeline;
use crate::support::{Made, TestApp};

const UPDATE: &str =
    "mutation ($id: ID!, $input: ClientUpdateInput!) { clientUpdate(id: $id, input: $input) { userErrors { code message path } } }";
const UNCONVERT: &str =
    "mutation ($id: ID!) { clientUnconvert(id: $id, input: { reason: \"by mistake\" }) { userErrors { code message path } } }";
const CONVERT: &str = "mutation ($id: ID!, $input: ProspectConvertInput!) { prospectConvert(id: $id, input: $input) {
    client { version } userErrors { code message path } } }";
const MOVE: &str = "mutation ($id: ID!, $input: ProspectStatusChangeInput!) { prospectStatusChange(id: $id, input: $input) {
    userErrors { code message path } } }";
const CHANGE: &str = "mutation ($id: ID!, $input: AttributeDefinitionUpdateInput!) { attributeDefinitionUpdate(id: $id, input: $input) {
    userErrors { code message path } } }";
const READ: &str = "query ($id: ID!) { prospect(id: $id) { client { attributes { definition { key } text } } } }";
pub(super) const ROWS: &str = "SELECT coalesce(text_value, CAST(number_value AS text)) FROM attribute_values ORDER BY 1";

pub(super) async fn define(app: &TestApp, key: &str, more: Value) -> String {
    let mut input = json!({ "entity": "CLIENT", "key": key });
    let all = input.as_object_mut().expect("an object");
    all.extend(more.as_object().expect("an object").clone());
    app.attribute(input).await
}

pub(super) async fn change(app: &TestApp, id: &str, input: Value) {
    app.admin
        .run(CHANGE, json!({ "id": id, "input": input }))
        .await
        .payload("attributeDefinitionUpdate");
}

pub(super) async fn set(app: &TestApp, made: &Made, attributes: Value) {
    let variables = json!({ "id": made.client_id(), "input": { "attributes": attributes } });
    app.ana.run(UPDATE, variables).await.payload("clientUpdate");
}

pub(super) async fn undo(app: &TestApp, made: &Made) {
    app.ana
        .run(UNCONVERT, json!({ "id": made.client_id() }))
        .await
        .payload("clientUnconvert");
}

/// Wins a prospect with an input; its user errors.
pub(super) async fn win(app: &TestApp, made: &Made, input: Value) -> Vec<String> {
    let answer = app.ana.run(CONVERT, json!({ "id": made.id, "input": input })).await;
    answer.user_errors("prospectConvert")
}

/// Changes the status with an input; the user errors.
pub(super) async fn enter(app: &TestApp, made: &Made, status: &str, mut input: Value) -> Vec<String> {
    input["statusId"] = json!(app.status(status));
    let answer = app.ana.run(MOVE, json!({ "id": made.id, "input": input })).await;
    answer.user_errors("prospectStatusChange")
}

pub(super) fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "text": value } })
}

/// The attributes of the client as `key: text`.
pub(super) async fn texts(app: &TestApp, made: &Made) -> Vec<String> {
    let data = app.ana.query(READ, json!({ "id": made.id })).await;
    let all = data["prospect"]["client"]["attributes"].as_array().expect("a list").iter();
    let word = |value: &Value| {
        let (key, text) = (value["definition"]["key"].as_str(), value["text"].as_str());
        format!("{}: {}", key.expect("a key"), text.expect("a text"))
    };
    all.map(word).collect()
}

/// The changes of fields since so many entries, as `field: before -> after`.
pub(super) async fn changes(app: &TestApp, made: &Made, entries: usize) -> Vec<String> {
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
    /// Amounts are not converted.
    async fn amounts_of_another_currency_do_not_come_back(app: TestApp) {
        let id = define(&app, "fee", json!({ "type": "MONEY", "currency": "USD" })).await;
        let made = app.prospect().owner(&app.ana).create().await;
        app.convert(&app.ana, &made).await;
        set(&app, &made, json!([{ "key": "fee", "value": { "number": "100" } }])).await;
        undo(&app, &made).await;
        change(&app, &id, json!({ "currency": "EUR" })).await;
        let before = timeline(&app.ana, &made).await.len();
        assert_eq!(win(&app, &made, json!({})).await, Vec::<String>::new());
        assert_eq!(texts(&app, &made).await, Vec::<String>::new());
        let changed = changes(&app, &made, before).await;
        assert_eq!(changed.len(), 1, "{changed:?}");
        assert!(changed[0].contains("100") && changed[0].ends_with("-> -"), "{changed:?}");
    }

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

    async fn a_win_gives_the_client_its_attributes(app: TestApp) {
        define(&app, "size", json!({ "type": "INTEGER", "isRequired": true })).await;
        define(&app, "code", json!({ "type": "TEXT", "isUnique": true })).await;
        define(&app, "tags", json!({ "type": "TEXT", "isMultiple": true })).await;
        define(&app, "plan", json!({ "type": "TEXT", "isSearchable": true, "default": { "text": "basic" } })).await;
        define(&app, "secret", json!({ "type": "TEXT", "visibility": "ADMIN", "isRequired": true })).await;
        app.attribute(json!({ "key": "budget", "type": "INTEGER", "requiredStatusIds": [app.status("Won")] })).await;
        let [first, second] = [app.prospect().owner(&app.ana).create().await, app.prospect().owner(&app.ana).create().await];
        let before = app.snapshot().await.without(&["sessions"]);
        let missing = ["REQUIRED input.attributes.budget", "REQUIRED input.clientAttributes.size"];
        assert_eq!(win(&app, &first, json!({})).await, missing);
        assert_eq!(enter(&app, &first, "Won", json!({})).await, missing);
        let wrong = json!([{ "key": "size", "value": { "text": "x" } }, text("none", "x"), text("plan", "a"), text("secret", "x")]);
        let wrong = json!({ "clientAttributes": wrong, "clientCustom": { "plan": "b" } });
        let errors = [
            "INVALID input.clientAttributes.0.value", "INVALID input.clientCustom.plan", "NOT_FOUND input.clientAttributes.1.key",
            "NOT_FOUND input.clientAttributes.3.key", "REQUIRED input.attributes.budget",
        ];
        for mut refused in [win(&app, &first, wrong.clone()).await, enter(&app, &first, "Won", wrong).await] {
            refused.sort();
            assert_eq!(refused, errors);
        }
        let early = json!({ "clientAttributes": [text("code", "x")], "clientCustom": { "size": 3 } });
        let not_won = ["INVALID input.clientAttributes", "INVALID input.clientCustom"];
        assert_eq!(enter(&app, &first, "Negotiation", early).await, not_won);
        before.assert_equal(&app.snapshot().await.without(&["sessions"]), "refused wins");

        let budget = json!({ "attributes": [{ "key": "budget", "value": { "number": "5" } }] });
        for made in [&first, &second] {
            app.ana.run(crate::records::UPDATE, json!({ "id": made.id, "input": budget })).await.payload("prospectUpdate");
        }
        let entries = timeline(&app.ana, &first).await.len();
        let given = json!({ "clientAttributes": [text("code", "Ábc"), { "key": "tags", "value": { "texts": ["one", "two"] } }], "clientCustom": { "size": 3 } });
        assert_eq!(win(&app, &first, given).await, [""; 0]);
        assert_eq!(texts(&app, &first).await, ["size: 3", "code: Ábc", "tags: one, two", "plan: basic"]);
        assert_eq!(app.sql(ROWS).await, ["one", "two"]);
        let mut written = changes(&app, &first, entries).await;
        written.sort();
        assert_eq!(written, ["client.code: - -> Ábc", "client.plan: - -> basic", "client.size: - -> 3", "client.tags: - -> one, two"]);
        assert_eq!(timeline(&app.ana, &first).await.len(), entries + 2, "one entry beside that of the win");
        let found = app.ana.query("{ clients(search: \"basic\") { nodes { prospect { id } } } }", json!({})).await;
        assert_eq!(found["clients"]["nodes"], json!([{ "prospect": { "id": first.id } }]));

        let taken = json!({ "clientAttributes": [{ "key": "size", "value": { "number": "1" } }, text("code", "abc")] });
        assert_eq!(win(&app, &second, taken.clone()).await, ["TAKEN input.clientAttributes.1.value"]);
        assert_eq!(enter(&app, &second, "Won", taken).await, ["TAKEN input.clientAttributes.1.value"]);
        let cleared = json!({ "clientAttributes": [{ "key": "size", "value": { "number": "1" } }, { "key": "plan", "value": null }] });
        assert_eq!(enter(&app, &second, "Won", cleared).await, [""; 0]);
        assert_eq!(texts(&app, &second).await, ["size: 1"]);
        app.assert_sound().await;
    }

    async fn a_win_that_is_made_again_asks_for_nothing_that_is_set(app: TestApp) {
        define(&app, "size", json!({ "type": "INTEGER", "isRequired": true })).await;
        define(&app, "code", json!({ "type": "TEXT", "isUnique": true })).await;
        define(&app, "tags", json!({ "type": "TEXT", "isMultiple": true })).await;
        let [first, second] = [app.prospect().owner(&app.ana).create().await, app.prospect().owner(&app.ana).create().await];
        let size = json!({ "key": "size", "value": { "number": "3" } });
        let tags = |all: Value| json!({ "key": "tags", "value": { "texts": all } });
        assert_eq!(win(&app, &first, json!({ "clientAttributes": [size, text("code", "x"), tags(json!(["one", "two"]))] })).await, [""; 0]);
        undo(&app, &first).await;
        let entries = timeline(&app.ana, &first).await.len();
        assert_eq!(win(&app, &first, json!({})).await, [""; 0]);
        assert_eq!(texts(&app, &first).await, ["size: 3", "code: x", "tags: one, two"]);
        assert_eq!(changes(&app, &first, entries).await, [""; 0]);

        // What is given replaces what comes back, and a value that is taken by now gives way to it.
        undo(&app, &first).await;
        assert_eq!(win(&app, &second, json!({ "clientAttributes": [size, text("code", "x")] })).await, [""; 0]);
        let entries = timeline(&app.ana, &first).await.len();
        assert_eq!(win(&app, &first, json!({ "clientAttributes": [text("code", "x")] })).await, ["TAKEN input.clientAttributes.0.value"]);
        assert_eq!(win(&app, &first, json!({ "clientAttributes": [{ "key": "size", "value": null }] })).await, ["REQUIRED input.clientAttributes.size"]);
        assert_eq!(win(&app, &first, json!({ "clientAttributes": [text("code", "y"), tags(json!(["two", "three"]))] })).await, [""; 0]);
        assert_eq!(texts(&app, &first).await, ["size: 3", "code: y", "tags: two, three"]);
        assert_eq!(app.sql(ROWS).await, ["three", "two"]);
        assert_eq!(changes(&app, &first, entries).await, ["client.code: x -> y", "client.tags: one, two -> two, three"]);
        app.assert_sound().await;
    }

    async fn another_win_of_a_client_changes_what_it_is_given(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        app.convert(&app.ana, &made).await;
        define(&app, "size", json!({ "type": "INTEGER", "isRequired": true })).await;
        define(&app, "code", json!({ "type": "TEXT" })).await;
        let version = async || app.sql("SELECT CAST(version AS text) FROM clients").await[0].clone();
        // A win that saves nothing of the client asks for nothing.
        assert_eq!(enter(&app, &made, "Won", json!({ "reopenAs": "RENEWAL" })).await, [""; 0]);
        assert_eq!(version().await, "1");
        let code = json!([text("code", "x")]);
        let renewal = |attributes: &Value| json!({ "reopenAs": "RENEWAL", "clientAttributes": attributes });
        assert_eq!(enter(&app, &made, "Won", renewal(&code)).await, ["REQUIRED input.clientAttributes.size"]);
        let both = json!([text("code", "x"), { "key": "size", "value": { "number": "3" } }]);
        assert_eq!(enter(&app, &made, "Won", renewal(&both)).await, [""; 0]);
        assert_eq!((version().await, texts(&app, &made).await), ("2".to_owned(), vec!["size: 3".to_owned(), "code: x".to_owned()]));
        assert_eq!(enter(&app, &made, "Won", renewal(&code)).await, [""; 0]);
        assert_eq!(version().await, "2", "values that are set already are no change");
        app.assert_sound().await;
    }

    /// The client goes and comes within one change, with all its values.
    async fn a_win_corrected_into_another_keeps_and_takes_attributes(app: TestApp) {
        let create = "mutation { statusCreate(input: { name: \"Renewed\", category: WON }) { status { id } userErrors { code } } }";
        app.admin.run(create, json!({})).await.payload("statusCreate");
        define(&app, "size", json!({ "type": "INTEGER", "isRequired": true })).await;
        define(&app, "code", json!({ "type": "TEXT", "isUnique": true })).await;
        define(&app, "tags", json!({ "type": "TEXT", "isMultiple": true })).await;
        let made = app.prospect().owner(&app.ana).create().await;
        let given = json!([{ "key": "size", "value": { "number": "3" } }, text("code", "x"), { "key": "tags", "value": { "texts": ["one"] } }]);
        assert_eq!(win(&app, &made, json!({ "clientAttributes": given })).await, [""; 0]);
        let before = app.snapshot().await.without(&["sessions"]);
        let correction = |attributes: Value| json!({ "reopenAs": "CORRECTION", "clientAttributes": attributes });
        let refused = enter(&app, &made, "Renewed", correction(json!([{ "key": "size", "value": null }]))).await;
        assert_eq!(refused, ["REQUIRED input.clientAttributes.size"]);
        before.assert_equal(&app.snapshot().await.without(&["sessions"]), "a refused correction");
        let entries = timeline(&app.ana, &made).await.len();
        assert_eq!(enter(&app, &made, "Renewed", correction(json!([{ "key": "size", "value": { "number": "4" } }]))).await, [""; 0]);
        assert_eq!(texts(&app, &made).await, ["size: 4", "code: x", "tags: one"]);
        assert_eq!(app.sql(ROWS).await, ["one"]);
        assert_eq!(changes(&app, &made, entries).await, ["client.size: 3 -> 4"]);
        app.assert_sound().await;
    }

    async fn what_clients_must_have_is_asked_for_by_their_update(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        app.convert(&app.ana, &made).await;
        define(&app, "size", json!({ "type": "INTEGER", "isRequired": true })).await;
        let update = async |input: Value| app.ana.run(UPDATE, json!({ "id": made.client_id(), "input": input })).await.user_errors("clientUpdate");
        assert_eq!(update(json!({ "potentialLevelId": null })).await, ["REQUIRED input.attributes.size"]);
        assert_eq!(update(json!({ "attributes": [{ "key": "size", "value": { "number": "1" } }] })).await, [""; 0]);
        assert_eq!(update(json!({ "potentialLevelId": null })).await, [""; 0]);
    }
}
