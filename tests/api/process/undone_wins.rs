//! Wins of clients that are undone: the level and the attributes that they replaced come back.

use serde_json::{Value, json};

use super::client_attributes::{ROWS, change, changes, define, enter, set, text, texts, undo, win};
use crate::records::timeline;
use crate::support::{Made, TestApp};

fn number(key: &str, value: i64) -> Value {
    json!({ "key": key, "value": { "number": value } })
}

fn tags(all: &[&str]) -> Value {
    json!({ "key": "tags", "value": { "texts": all } })
}

/// A client whose first win gave it these attributes.
async fn client(app: &TestApp, attributes: &[Value]) -> Made {
    let made = app.prospect().owner(&app.ana).create().await;
    assert_eq!(win(app, &made, json!({ "clientAttributes": attributes })).await, [""; 0]);
    app.advance(60_000);
    made
}

/// Wins a client once more with these attributes.
async fn renew(app: &TestApp, made: &Made, attributes: &[Value]) {
    let input = json!({ "reopenAs": "RENEWAL", "clientAttributes": attributes });
    assert_eq!(enter(app, made, "Won", input).await, [""; 0]);
    app.advance(60_000);
}

/// Number of prospects that open search finds.
async fn found(app: &TestApp, search: &str) -> Value {
    let document = "query ($search: String) { clients(search: $search) { totalCount } }";
    app.ana.query(document, json!({ "search": search })).await["clients"]["totalCount"].clone()
}

/// The changes since so many entries, in order.
async fn sorted_changes(app: &TestApp, made: &Made, entries: usize) -> Vec<String> {
    let mut all = changes(app, made, entries).await;
    all.sort();
    all
}

both! {
    async fn attributes_that_a_renewal_replaced_come_back(app: TestApp) {
        define(&app, "size", json!({ "type": "INTEGER" })).await;
        define(&app, "code", json!({ "type": "TEXT", "isUnique": true })).await;
        define(&app, "tags", json!({ "type": "TEXT", "isMultiple": true })).await;
        define(&app, "plan", json!({ "type": "TEXT", "isSearchable": true })).await;
        define(&app, "remark", json!({ "type": "TEXT" })).await;
        define(&app, "seats", json!({ "type": "INTEGER" })).await;
        let before = ["size: 1", "code: x", "tags: one, two", "plan: turpial", "seats: 3"];
        let made = client(&app, &[number("size", 1), text("code", "x"), tags(&["one", "two"]), text("plan", "turpial"), number("seats", 3)]).await;
        let cleared = json!({ "key": "plan", "value": null });
        renew(&app, &made, &[number("size", 2), text("code", "y"), tags(&["two"]), cleared, text("remark", "new"), number("seats", 4)]).await;
        assert_eq!(found(&app, "turpial").await, 0);
        // What was edited after the win is no part of it.
        set(&app, &made, json!([number("seats", 5)])).await;
        let version = app.sql("SELECT CAST(version AS text) FROM clients").await;
        let entries = timeline(&app.ana, &made).await.len();
        undo(&app, &made).await;
        assert_eq!(texts(&app, &made).await, [&before[..4], &["seats: 5"]].concat());
        assert_eq!(app.sql(ROWS).await, ["one", "two"]);
        assert_eq!(found(&app, "turpial").await, 1);
        let expected = ["client.code: y -> x", "client.plan: - -> turpial", "client.remark: new -> -", "client.size: 2 -> 1", "client.tags: two -> one, two"];
        assert_eq!(sorted_changes(&app, &made, entries).await, expected);
        assert_eq!(timeline(&app.ana, &made).await.len(), entries + 2, "one entry beside that of the status");
        assert_ne!(app.sql("SELECT CAST(version AS text) FROM clients").await, version);
        app.assert_sound().await;
    }

    async fn each_undoing_takes_one_win_back(app: TestApp) {
        define(&app, "size", json!({ "type": "INTEGER" })).await;
        let made = client(&app, &[number("size", 1)]).await;
        renew(&app, &made, &[number("size", 2)]).await;
        renew(&app, &made, &[number("size", 3)]).await;
        undo(&app, &made).await;
        assert_eq!(texts(&app, &made).await, ["size: 2"]);
        app.advance(60_000);
        // The cycle is open again, and is given up before the earlier one is undone.
        let input = json!({ "reasonId": app.reason("No budget") });
        assert_eq!(enter(&app, &made, "Lost", input).await, [""; 0]);
        app.advance(60_000);
        undo(&app, &made).await;
        assert_eq!(texts(&app, &made).await, ["size: 1"]);
        app.assert_sound().await;
    }

    async fn what_no_longer_fits_does_not_come_back(app: TestApp) {
        let size = define(&app, "size", json!({ "type": "INTEGER" })).await;
        let remark = define(&app, "remark", json!({ "type": "TEXT" })).await;
        let kept = define(&app, "kept", json!({ "type": "TEXT" })).await;
        define(&app, "code", json!({ "type": "TEXT", "isUnique": true })).await;
        let made = client(&app, &[number("size", 1), text("remark", "a long one"), text("kept", "a"), text("code", "x")]).await;
        renew(&app, &made, &[number("size", 2), text("remark", "new"), text("kept", "b"), text("code", "y")]).await;
        client(&app, &[text("code", "x")]).await;
        change(&app, &size, json!({ "type": "TEXT" })).await;
        change(&app, &remark, json!({ "validation": { "maxLength": 5 } })).await;
        let act = async |action: &str| {
            let document = format!("mutation ($id: ID!) {{ attributeDefinition{action}(id: $id) {{ userErrors {{ code }} }} }}");
            app.admin.run(&document, json!({ "id": kept })).await.payload(&format!("attributeDefinition{action}"));
        };
        act("Retire").await;
        let entries = timeline(&app.ana, &made).await.len();
        undo(&app, &made).await;
        assert_eq!(texts(&app, &made).await, ["size: 1"]);
        let expected = ["client.code: y -> -", "client.kept: b -> a", "client.remark: new -> -", "client.size: 2 -> 1"];
        assert_eq!(sorted_changes(&app, &made, entries).await, expected);
        act("Restore").await;
        assert_eq!(texts(&app, &made).await, ["size: 1", "kept: a"]);
        app.assert_sound().await;
    }

    /// The attributes of a win stay when its status is corrected into another one of category WON.
    async fn a_corrected_renewal_is_undone_as_one(app: TestApp) {
        let create = "mutation { statusCreate(input: { name: \"Renewed\", category: WON }) { status { id } userErrors { code } } }";
        app.admin.run(create, json!({})).await.payload("statusCreate");
        define(&app, "size", json!({ "type": "INTEGER" })).await;
        define(&app, "code", json!({ "type": "TEXT" })).await;
        let made = client(&app, &[number("size", 1), text("code", "x")]).await;
        renew(&app, &made, &[number("size", 2), text("code", "y")]).await;
        let correction = json!({ "reopenAs": "CORRECTION", "clientAttributes": [number("size", 3)] });
        assert_eq!(enter(&app, &made, "Renewed", correction).await, [""; 0]);
        assert_eq!(texts(&app, &made).await, ["size: 3", "code: y"]);
        app.advance(60_000);
        undo(&app, &made).await;
        assert_eq!(texts(&app, &made).await, ["size: 1", "code: x"]);
        app.assert_sound().await;
    }

    async fn a_level_that_was_changed_after_the_win_stays(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let level = |name: &str| json!({ "potentialLevelId": app.client_level(name) });
        let of_client = async || app.sql("SELECT l.name FROM clients c JOIN potential_levels l ON l.id = c.potential_level_id").await[0].clone();
        assert_eq!(win(&app, &made, level("Low")).await, [""; 0]);
        for (edit, expected) in [(None, "Low"), (Some("Medium"), "Medium")] {
            app.advance(60_000);
            app.move_as(&app.ana, &made, "Negotiation", json!({ "reopenAs": "RETURNING" })).await;
            app.advance(60_000);
            assert_eq!(win(&app, &made, level("High")).await, [""; 0]);
            if let Some(name) = edit {
                let document = "mutation ($id: ID!, $input: ClientUpdateInput!) { clientUpdate(id: $id, input: $input) { userErrors { code message path } } }";
                app.ana.run(document, json!({ "id": made.client_id(), "input": level(name) })).await.payload("clientUpdate");
            }
            app.advance(60_000);
            undo(&app, &made).await;
            assert_eq!(of_client().await, expected);
            app.advance(60_000);
            let input = json!({ "reasonId": app.reason("No budget") });
            assert_eq!(enter(&app, &made, "Lost", input).await, [""; 0]);
        }
    }
}
