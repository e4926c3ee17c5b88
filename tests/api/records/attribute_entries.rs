//! Entries of the timeline that are about attributes for administrators alone: for all others they do not exist.

use serde_json::{Value, json};

use super::{TIMELINE, UPDATE};
use crate::support::{Made, Person, TestApp};

const HISTORY: &str = "query ($filter: TimelineFilter) { timeline(first: 50, filter: $filter) { totalCount nodes { id __typename } } }";
const LIST: &str = "query ($filter: ProspectFilter!) { prospects(filter: $filter, first: 50) { totalCount nodes { id } } }";
const EDIT_TASK: &str =
    "mutation ($id: ID!, $input: TaskUpdateInput!) { taskUpdate(id: $id, input: $input) { userErrors { code message path } } }";

/// The kinds of the entries, latest first, which are the same in the timeline of the prospect, in that of all, and in number.
async fn entries(person: &Person, made: &Made) -> Vec<String> {
    let own = person.query(TIMELINE, json!({ "id": made.id })).await["prospect"]["timeline"].clone();
    let all = person.query(HISTORY, json!({})).await["timeline"].clone();
    let kinds = |list: &Value| -> Vec<String> {
        let nodes = list["nodes"].as_array().expect("a list").iter();
        nodes.map(|node| node["__typename"].as_str().expect("a type").to_owned()).collect()
    };
    let kinds_of_own = kinds(&own);
    assert_eq!(kinds(&all), kinds_of_own);
    for list in [own, all] {
        assert_eq!(list["totalCount"], json!(kinds_of_own.len()));
    }
    kinds_of_own
}

/// Whether the prospect is found by an entry of the kind.
async fn is_found(person: &Person, kind: &str) -> bool {
    let some = json!({ "timeline": { "some": { "kind": { "eq": kind }, "occurredAt": { "gte": "2000-01-01T00:00:00Z" } } } });
    let none = json!({ "timeline": { "none": { "kind": { "eq": kind } } } });
    let count = async |filter: Value| person.query(LIST, json!({ "filter": filter })).await["prospects"]["totalCount"].clone();
    let found = [count(some).await, count(none).await];
    assert!(found == [json!(1), json!(0)] || found == [json!(0), json!(1)], "{found:?}");
    found[0] == json!(1)
}

both! {
    async fn an_entry_about_nothing_else_does_not_exist_for_others(app: TestApp) {
        let margin = json!({ "key": "margin", "type": "INTEGER", "visibility": "ADMIN" });
        let definition = app.attribute(margin.clone()).await;
        let mut of_tasks = margin;
        of_tasks["entity"] = json!("TASK");
        app.attribute(of_tasks).await;
        let made = app.prospect().by(&app.ana).create().await;
        let task = app.task(&app.ana, &made, json!({})).await;
        let value = |number: &str| json!([{ "key": "margin", "value": { "number": number } }]);
        let before = entries(&app.ana, &made).await;
        assert_eq!(before, ["TaskEntry", "CreatedEntry"]);

        app.advance(60_000);
        app.admin.run(UPDATE, json!({ "id": made.id, "input": { "attributes": value("7") } })).await.payload("prospectUpdate");
        app.admin.run(EDIT_TASK, json!({ "id": task.id, "input": { "attributes": value("8") } })).await.payload("taskUpdate");
        assert_eq!(entries(&app.admin, &made).await, ["TaskEntry", "FieldChangeEntry", "TaskEntry", "CreatedEntry"]);
        assert_eq!(entries(&app.ana, &made).await, before);
        assert!(is_found(&app.admin, "FIELD_CHANGE").await && !is_found(&app.ana, "FIELD_CHANGE").await);
        assert!(is_found(&app.ana, "TASK").await);
        let hidden = app.admin.query(HISTORY, json!({ "filter": { "kind": { "eq": "FIELD_CHANGE" } } })).await["timeline"]["nodes"][0]["id"].clone();
        let node = "query ($id: ID!) { node(id: $id) { id } }";
        assert_eq!(app.admin.query(node, json!({ "id": hidden })).await["node"]["id"], hidden);
        assert_eq!(app.ana.query(node, json!({ "id": hidden })).await["node"], Value::Null);

        // An entry that is about something else as well stays, without that.
        let input = json!({ "name": "Otra", "attributes": value("9") });
        app.admin.run(UPDATE, json!({ "id": made.id, "input": input })).await.payload("prospectUpdate");
        assert_eq!(entries(&app.ana, &made).await, ["FieldChangeEntry", "TaskEntry", "CreatedEntry"]);
        let shown = app.ana.query(TIMELINE, json!({ "id": made.id })).await["prospect"]["timeline"]["nodes"][0]["changes"].clone();
        assert_eq!(shown.as_array().map(Vec::len), Some(1));

        // The visibility is that of now.
        let show = "mutation ($id: ID!) { attributeDefinitionUpdate(id: $id, input: { visibility: EVERYONE }) { userErrors { code message path } } }";
        app.admin.run(show, json!({ "id": definition })).await.payload("attributeDefinitionUpdate");
        assert_eq!(entries(&app.ana, &made).await, ["FieldChangeEntry", "FieldChangeEntry", "TaskEntry", "CreatedEntry"]);
        app.assert_sound().await;
    }
}
