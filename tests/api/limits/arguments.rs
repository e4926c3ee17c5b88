//! Maximum values of arguments: pages, filters, orders and ids.

use serde_json::{Value, json};

use super::passes;
use crate::support::TestApp;

const LIST: &str = "query ($filter: ProspectFilter, $orderBy: [ProspectOrder!]) {
    prospects(filter: $filter, orderBy: $orderBy) { totalCount nodes { id } } }";
const TASKS: &str = "query ($filter: TaskFilter) { tasks(filter: $filter) { totalCount nodes { id } } }";
const CLIENTS: &str = "query ($filter: ClientFilter) { clients(filter: $filter) { totalCount nodes { id } } }";

/// Asserts that the variables of a size pass, and that those of a size larger are refused when the field is reached.
async fn bounded(app: &TestApp, what: &str, document: &str, most: usize, variables: impl Fn(usize) -> Value) {
    passes(&app.ana, what, document, variables(most)).await;
    let answer = app.ana.run(document, variables(most + 1)).await;
    assert_eq!(
        (answer.status, answer.codes()[..1].to_vec()),
        (200, vec!["BAD_USER_INPUT"]),
        "{what}: {}",
        answer.text
    );
    // A nullable list is null by itself.
    let roots = answer.body["data"].as_object();
    let is_lost = roots.map_or(answer.body["data"].is_null(), |roots| roots.values().all(Value::is_null));
    assert!(is_lost, "{what}: {}", answer.text);
}

/// The innermost filter inside so many of the others.
fn nested(levels: usize, innermost: Value, around: impl Fn(Value) -> Value) -> Value {
    (0..levels).fold(innermost, |filter, _| around(filter))
}

both! {
    async fn pages_are_bounded(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        for name in ["first", "last"] {
            for list in ["prospects", "clients"] {
                let document = format!("query ($n: Int) {{ {list}({name}: $n) {{ nodes {{ id }} }} }}");
                bounded(&app, "page size", &document, 100, |size| json!({ "n": size })).await;
                passes(&app.ana, "an empty page", &document, json!({ "n": 0 })).await;
                let answer = app.ana.run(&document, json!({ "n": -1 })).await;
                assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{}", answer.text);
            }
            for list in ["timeline", "cycles"] {
                let document = format!("query ($n: Int, $id: ID!) {{ prospect(id: $id) {{ {list}({name}: $n) {{ nodes {{ id }} }} }} }}");
                let of = |size: i32| json!({ "n": size, "id": made.id });
                passes(&app.ana, "page size", &document, of(100)).await;
                for size in [101, -1, i32::MAX, i32::MIN] {
                    let answer = app.ana.run(&document, of(size)).await;
                    assert_eq!((answer.status, answer.codes()), (200, vec!["BAD_USER_INPUT"]), "{}", answer.text);
                    assert_eq!(answer.body["data"]["prospect"], Value::Null, "{}", answer.text);
                }
            }
        }
    }

    async fn filters_are_bounded_in_depth(app: TestApp) {
        let name = json!({ "name": { "contains": "x" } });
        for document in [LIST, CLIENTS] {
            let innermost = if document == LIST { name.clone() } else { json!({ "since": { "isNull": false } }) };
            let of = |levels: usize, around: fn(Value) -> Value| json!({ "filter": nested(levels - 1, innermost.clone(), around) });
            bounded(&app, "levels of not", document, 4, |levels| of(levels, |filter| json!({ "not": filter }))).await;
            bounded(&app, "levels of or", document, 4, |levels| of(levels, |filter| json!({ "or": [filter] }))).await;
            bounded(&app, "levels of and", document, 4, |levels| of(levels, |filter| json!({ "and": [filter] }))).await;
            bounded(&app, "levels of both", document, 4, |levels| {
                let around = |filter: Value| json!({ "and": [{ "or": [{ "not": filter }] }] });
                json!({ "filter": nested(levels - 4, around(innermost.clone()), |filter| json!({ "not": filter })) })
            })
            .await;
        }
    }

    async fn filters_are_bounded_in_tests_and_values(app: TestApp) {
        let tests = |many: usize| vec![json!({ "name": { "startsWith": "x" } }); many];
        bounded(&app, "tests of and", LIST, 50, |many| json!({ "filter": { "and": tests(many) } })).await;
        bounded(&app, "tests of or", LIST, 50, |many| json!({ "filter": { "or": tests(many) } })).await;
        // What tests nothing counts, too, however much of it there is.
        for (document, name) in [(LIST, "or"), (LIST, "and"), (CLIENTS, "or"), (TASKS, "or"), (TASKS, "and")] {
            let of = |many: usize| json!({ "filter": { name: vec![json!({}); many] } });
            bounded(&app, "empty filters", document, 50, of).await;
            let answer = app.ana.run(document, of(1_000)).await;
            assert_eq!((answer.status, answer.codes()), (200, vec!["BAD_USER_INPUT"]), "{}", answer.text);
            let answer = app.ana.run(document, of(200_000)).await;
            assert_eq!((answer.status, answer.codes()), (400, vec!["BAD_USER_INPUT"]), "{}", answer.text);
        }
        bounded(&app, "tests in different places", LIST, 50, |many| {
            json!({ "filter": { "name": { "contains": "a" }, "or": tests(20), "not": { "and": tests(many - 21) } } })
        })
        .await;
        bounded(&app, "tests of clients", CLIENTS, 50, |many| {
            json!({ "filter": { "since": { "isNull": false }, "prospect": { "or": tests(many - 1) } } })
        })
        .await;
        for (field, value) in [
            ("id", json!("prs_00000000000000000000000000")),
            ("status", json!("x")),
            ("owner", json!(app.ana.id)),
            ("name", json!("x")),
            ("email", json!("a@b.example")),
            ("phone", json!("+58")),
            ("identifier", json!("V-1")),
            ("contactName", json!("x")),
            ("city", json!("x")),
            ("kind", json!("PERSON")),
            ("condition", json!("CLIENT")),
            ("statusCategory", json!("WON")),
        ] {
            bounded(&app, field, LIST, 200, |many| json!({ "filter": { field: { "in": vec![value.clone(); many] } } })).await;
        }
    }

    async fn timelines_are_bounded_in_values(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let document = "query ($id: ID!, $filter: TimelineFilter) { prospect(id: $id) { timeline(filter: $filter) { nodes { id } } } }";
        for (field, value) in [
            ("actor", json!(app.ana.id)),
            ("kind", json!("NOTE")),
            ("interactionType", json!("CALL")),
            ("interactionDirection", json!("OUTGOING")),
            ("interactionOutcome", json!("REACHED")),
        ] {
            let of = |many: usize| json!({ "id": made.id, "filter": { field: { "in": vec![value.clone(); many] } } });
            passes(&app.ana, field, document, of(200)).await;
            let answer = app.ana.run(document, of(201)).await;
            assert_eq!((answer.status, answer.codes()), (200, vec!["BAD_USER_INPUT"]), "{field}: {}", answer.text);
            assert_eq!(answer.body["data"]["prospect"], Value::Null, "{field}: {}", answer.text);
        }
    }

    async fn orders_are_bounded(app: TestApp) {
        let steps = [("NAME", "ASC"), ("CREATED_AT", "DESC"), ("LAST_ACTIVITY_AT", "ASC"), ("NAME", "DESC")];
        bounded(&app, "steps of an order", LIST, 3, |many| {
            let step = |(field, direction): &(&str, &str)| json!({ "field": field, "direction": direction });
            let steps: Vec<Value> = steps[..many].iter().map(step).collect();
            json!({ "orderBy": steps })
        })
        .await;
    }

    async fn ids_are_bounded(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let document = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        bounded(&app, "ids", document, 100, |many| json!({ "ids": vec![made.id.clone(); many] })).await;
    }
}
