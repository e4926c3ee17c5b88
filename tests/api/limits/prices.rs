//! Prices of filters, rows, recurrence rules and long texts, from a server.

use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

/// The price of a request, and its actual cost.
#[track_caller]
fn cost(answer: &Answer) -> (u64, u64) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let cost = &answer.body["extensions"]["cost"];
    let number = |name: &str| cost[name].as_u64().unwrap_or_else(|| panic!("no cost in {}", answer.text));
    (number("requestedQueryCost"), number("actualQueryCost"))
}

both! {
    async fn tests_of_filters_cost_points(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let list = "query ($filter: ProspectFilter) { prospects(first: 10, filter: $filter) { nodes { id } } }";
        for (filter, points) in [
            (json!(null), 0),
            (json!({}), 0),
            (json!({ "name": { "contains": "o", "startsWith": null } }), 1),
            (json!({ "or": [{ "name": { "eq": "x" } }, { "not": { "contacts": { "some": { "isMain": true } } } }] }), 2),
            (json!({ "name": { "in": vec!["x"; 11] } }), 3),
            (json!({ "status": { "in": "x" } }), 1),
        ] {
            let answer = app.ana.run(list, json!({ "filter": filter })).await;
            let rows = answer.data()["prospects"]["nodes"].as_array().map_or(0, Vec::len) as u64;
            assert_eq!(cost(&answer), (12 + points, 2 + rows.max(1) + points), "{filter}");
        }
        let nested = "query ($kinds: [TimelineEntryKind!]) { prospects(first: 10) { nodes { timeline(first: 1, filter: { kind: { in: $kinds } }) { nodes { id } } } } }";
        let answer = app.ana.run(nested, json!({ "kinds": ["NOTE"] })).await;
        assert_eq!(cost(&answer), (2 + 10 * (1 + 2 + 1 + 2), 2 + 1 + 2 + 1 + 2), "{}", answer.text);
        let written = nested.replace("query ($kinds: [TimelineEntryKind!])", "").replace("$kinds", "[NOTE]");
        assert_eq!(cost(&app.ana.run(&written, json!({})).await), cost(&answer));
        assert_eq!(answer.data()["prospects"]["nodes"].as_array().map(Vec::len), Some(1), "{}", made.id);
    }

    async fn rows_and_rules_of_inputs_cost_points(app: TestApp) {
        let create = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) { prospect { id } } }";
        let input = app.prospect().owner(&app.ana).input().clone();
        let before = cost(&app.ana.run(create, json!({ "input": input })).await);
        let mut input = app.prospect().owner(&app.ana).input().clone();
        let contact = json!({ "firstName": "Rosa", "emails": [{ "value": "r@correo.example" }], "phones": [{ "value": "+582125550177" }] });
        input["contacts"] = json!([contact, { "firstName": "Luz" }]);
        let answer = app.ana.run(create, json!({ "input": input })).await;
        assert!(answer.data()["prospectCreate"]["prospect"]["id"].is_string(), "{}", answer.text);
        assert_eq!(cost(&answer), (before.0 + 4, before.1 + 4));

        let made = app.prospect().owner(&app.ana).create().await;
        let plan = "mutation ($id: ID!, $input: TaskCreateInput!) { taskCreate(prospectId: $id, input: $input) { task { id } } }";
        let input = json!({ "typeId": app.task_type("Call"), "dueAt": app.time(86_400_000), "repeatRule": null });
        let answer = app.ana.run(plan, json!({ "id": made.id, "input": input })).await;
        assert!(answer.data()["taskCreate"]["task"]["id"].is_string(), "{}", answer.text);
        assert_eq!(cost(&answer), (12, 12));
        let mut input = input;
        input["repeatRule"] = json!("FREQ=DAILY");
        assert_eq!(cost(&app.ana.run(plan, json!({ "id": made.id, "input": input })).await), (32, 32));
    }

    async fn long_texts_cost_what_they_may_hold(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        for characters in [10, 999, 1_000, 2_500] {
            app.note(&app.ana, &made, &"ñ".repeat(characters)).await;
        }
        let document = "query ($id: ID!) { prospect(id: $id) { timeline(first: 10, filter: { kind: { in: [NOTE] } }) {
            nodes { ... on NoteEntry { note { body } } } } } }";
        let answer = app.ana.run(document, json!({ "id": made.id })).await;
        // The prospect, the list with its test of one value, and of each note the entry, the note and the text.
        assert_eq!(cost(&answer), (1 + 2 + 2 + 10 * 22, 1 + 2 + 2 + 4 * 2 + 1 + 2), "{}", answer.text);
        let short = document.replace("body", "id");
        assert_eq!(cost(&app.ana.run(&short, json!({ "id": made.id })).await).0, 1 + 2 + 2 + 10 * 2);
        assert_ne!(answer.body["data"]["prospect"], Value::Null);
    }
}
