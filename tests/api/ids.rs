//! Ids as texts of UUIDs: read if the field determines the type, and nowhere else.

use cartera::ids::Kind;
use serde_json::json;
use uuid::Uuid;

use crate::support::{Made, TestApp};

/// All spellings of an id except its output form.
fn spellings(kind: Kind, id: Uuid) -> Vec<String> {
    let (prefix, simple) = (kind.prefix(), id.simple().to_string());
    let texts = [id.hyphenated().to_string(), simple];
    let bare = texts.iter().flat_map(|text| [text.clone(), text.to_uppercase()]);
    let all = bare.flat_map(|text| [format!("{prefix}_{text}"), format!("{}_{text}", prefix.to_uppercase()), text]);
    all.collect()
}

#[test]
fn the_documentation_lists_each_prefix() {
    let text = include_str!("../../docs/ids.md");
    for kind in Kind::ALL {
        let cell = format!("| `{}` |", kind.prefix());
        assert_eq!(text.matches(&cell).count(), 1, "{cell}");
    }
}

both! {
    async fn arguments_and_filters_read_the_text_of_a_uuid(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        app.prospect().owner(&app.admin).create().await;
        let task = app.task(&app.ana, &made, json!({})).await;
        let argument = "query ($id: ID!) { prospect(id: $id) { id } }";
        let filter = "query ($filter: ProspectFilter) { prospects(filter: $filter) { nodes { id } } }";
        let found = json!({ "prospects": { "nodes": [{ "id": made.id }] } });
        for id in spellings(Kind::Prospect, made.uuid) {
            let data = app.admin.query(argument, json!({ "id": id })).await;
            assert_eq!(data, json!({ "prospect": { "id": made.id } }), "{id}");
            let data = app.admin.query(&format!("{{ prospect(id: \"{id}\") {{ id }} }}"), json!({})).await;
            assert_eq!(data, json!({ "prospect": { "id": made.id } }), "{id}");
            for test in [json!({ "eq": id }), json!({ "in": ["nonsense", id] })] {
                assert_eq!(app.admin.query(filter, json!({ "filter": { "id": test } })).await, found, "{id}");
            }
            let literal = format!("{{ prospects(filter: {{ id: {{ in: [\"{id}\"] }} }}) {{ nodes {{ id }} }} }}");
            assert_eq!(app.admin.query(&literal, json!({})).await, found, "{id}");
        }
        for id in spellings(Kind::User, app.ana.uuid) {
            assert_eq!(app.admin.query(filter, json!({ "filter": { "owner": { "eq": id } } })).await, found, "{id}");
        }
        for id in spellings(Kind::Task, task.uuid) {
            let data = app.ana.query("query ($id: ID!) { task(id: $id) { id } }", json!({ "id": id })).await;
            assert_eq!(data, json!({ "task": { "id": task.id } }), "{id}");
        }
        // Another prefix names nothing, and an id of another user's record is still not seen.
        for id in spellings(Kind::Client, made.uuid).into_iter().filter(|id| id.contains('_')) {
            assert_eq!(app.ana.query(argument, json!({ "id": id })).await, json!({ "prospect": null }), "{id}");
            assert_eq!(app.ana.query(filter, json!({ "filter": { "id": { "eq": id } } })).await, json!({ "prospects": { "nodes": [] } }), "{id}");
        }
        for id in spellings(Kind::Prospect, made.uuid) {
            assert_eq!(app.luis.query(argument, json!({ "id": id })).await, json!({ "prospect": null }), "{id}");
        }
    }

    async fn inputs_read_the_text_of_a_uuid(app: TestApp) {
        let create = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) { prospect { id owner { id } } userErrors { code message path } } }";
        let update = "mutation ($id: ID!, $owner: ID) { prospectOwnerChange(id: $id, input: { ownerId: $owner }) {
            prospect { owner { id } } userErrors { code message path } } }";
        for (number, owner) in spellings(Kind::User, app.ana.uuid).into_iter().enumerate() {
            let own = cartera::ids::new();
            let id = spellings(Kind::Prospect, own).swap_remove(number);
            let input = json!({ "id": id, "kind": "PERSON", "name": "Rosa", "ownerId": owner });
            let answer = app.admin.run(create, json!({ "input": input })).await;
            let encoded = Kind::Prospect.encode(own);
            assert_eq!(answer.payload("prospectCreate")["prospect"], json!({ "id": encoded, "owner": { "id": app.ana.id } }), "{id}");
            let luis = spellings(Kind::User, app.luis.uuid).swap_remove(number);
            let answer = app.admin.run(update, json!({ "id": id, "owner": luis })).await;
            assert_eq!(answer.payload("prospectOwnerChange")["prospect"], json!({ "owner": { "id": app.luis.id } }), "{luis}");
        }
        // Not made of a UUIDv7, and of another kind.
        let before = app.snapshot().await;
        for (field, value, problem) in [
            ("id", "0b8f2f3e-5c0a-4f4e-9d6c-2f0a3f1b7c55".to_owned(), "INVALID input.id"),
            ("ownerId", format!("prs_{}", app.ana.uuid), "NOT_FOUND input.ownerId"),
        ] {
            let mut input = json!({ "kind": "PERSON", "name": "Rosa" });
            input[field] = json!(value);
            assert_eq!(app.admin.run(create, json!({ "input": input })).await.user_errors("prospectCreate"), [problem], "{value}");
        }
        before.assert_equal(&app.snapshot().await, "ids of other kinds");
        app.assert_sound().await;
    }

    /// A UUID alone does not determine the type.
    async fn objects_of_any_kind_are_found_by_their_own_ids_only(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let document = "query ($id: ID!, $ids: [ID!]!) { node(id: $id) { id } nodes(ids: $ids) { id } }";
        for id in spellings(Kind::Prospect, made.uuid) {
            let data = app.ana.query(document, json!({ "id": id, "ids": [id, made.id] })).await;
            assert_eq!(data, json!({ "node": null, "nodes": [null, { "id": made.id }] }), "{id}");
        }
    }

    /// However an id is written in it, a call is the same call.
    async fn a_repeated_call_may_write_its_ids_otherwise(app: TestApp) {
        let made: Made = app.prospect().owner(&app.ana).create().await;
        let other = app.prospect().owner(&app.ana).create().await;
        let document = "mutation ($id: ID!, $input: TaskCreateInput!, $key: String) {
            taskCreate(prospectId: $id, input: $input, idempotencyKey: $key) { task { id } userErrors { code message path } } }";
        let call = app.task_type("Call");
        let (_, kind) = cartera::ids::parse(&call).expect("an id");
        let run = async |key: &str, id: &str, kind: &str| {
            let input = json!({ "typeId": kind, "dueAt": app.time(3_600_000) });
            app.ana.run(document, json!({ "id": id, "input": input, "key": key })).await
        };
        let bare = |kind: Kind, id: Uuid| spellings(kind, id).into_iter().filter(|id| !id.contains('_'));
        let own = run("prefixed", &made.id, &call).await.payload("taskCreate")["task"]["id"].clone();
        let other_own = run("bare", &made.uuid.to_string(), &kind.to_string()).await.payload("taskCreate")["task"]["id"].clone();
        assert_ne!(own, other_own);
        let before = app.snapshot().await;
        assert_eq!(run("prefixed", &made.id, &call).await.payload("taskCreate")["task"]["id"], own);
        for (id, kind) in bare(Kind::Prospect, made.uuid).zip(bare(Kind::TaskType, kind)) {
            let again = run("bare", &id, &kind).await;
            assert_eq!(again.payload("taskCreate")["task"]["id"], other_own, "{id}");
        }
        // Another prospect, and what names this one with the prefix of a client.
        for (key, id) in [("prefixed", &other.id), ("prefixed", &made.client_id()), ("bare", &other.uuid.to_string())] {
            let conflict = run(key, id, &call).await;
            assert_eq!(conflict.user_errors("taskCreate"), ["CONFLICT idempotencyKey"], "{id}");
        }
        before.assert_equal(&app.snapshot().await, "repeated calls");
        assert_eq!(app.sql("SELECT CAST(count(*) AS TEXT) FROM tasks").await, ["2"]);
    }
}
