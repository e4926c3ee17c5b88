//! Lists of tasks: by due time, over all prospects that the caller sees and inside one, with every filter.

use serde_json::{Value, json};

use super::{DAY, act};
use crate::support::{Made, Person, TestApp};

const LIST: &str = "query ($filter: TaskFilter) { tasks(filter: $filter, first: 100) { totalCount nodes { id } } }";
const OWN: &str =
    "query ($id: ID!, $filter: ProspectTaskFilter) { prospect(id: $id) { tasks(filter: $filter) { totalCount nodes { id } } } }";

fn ids(list: &Value) -> Vec<String> {
    let nodes = list["nodes"].as_array().expect("a list");
    assert_eq!(list["totalCount"], json!(nodes.len()));
    nodes.iter().map(|node| node["id"].as_str().expect("an id").to_owned()).collect()
}

async fn all(person: &Person, filter: Value) -> Vec<String> {
    ids(&person.query(LIST, json!({ "filter": filter })).await["tasks"])
}

async fn own(person: &Person, prospect: &Made, filter: Value) -> Vec<String> {
    ids(&person.query(OWN, json!({ "id": prospect.id, "filter": filter })).await["prospect"]["tasks"])
}

fn of(tasks: &[&Made]) -> Vec<String> {
    tasks.iter().map(|task| task.id.clone()).collect()
}

both! {
    async fn filters_of_tasks(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).name("Rosa").create().await;
        let late = app.task(&app.ana, &prospect, json!({ "dueAt": app.time(-1), "typeId": app.task_type("Visit") })).await;
        let now = app.task(&app.ana, &prospect, json!({ "dueAt": app.time(0), "assigneeId": app.admin.id })).await;
        let later = app.task(&app.ana, &prospect, json!({ "dueAt": app.time(DAY) })).await;
        let done = app.task(&app.ana, &prospect, json!({ "dueAt": app.time(-DAY) })).await;
        act(&app.ana, "taskComplete", &done, json!({}), None).await.payload("taskComplete");
        let foreign = app.prospect().owner(&app.luis).create().await;
        let of_luis = app.task(&app.luis, &foreign, json!({ "dueAt": app.time(1) })).await;

        let cases = [
            (json!({}), of(&[&done, &late, &now, &later])),
            (json!({ "state": { "eq": "PLANNED" } }), of(&[&late, &now, &later])),
            (json!({ "state": { "in": ["DONE", "SUPERSEDED"] } }), of(&[&done])),
            (json!({ "state": { "in": [] } }), of(&[])),
            (json!({ "type": { "eq": app.task_type("Visit") } }), of(&[&late])),
            (json!({ "type": { "in": [app.task_type("Visit"), "nonsense"] } }), of(&[&late])),
            (json!({ "assignee": { "eq": app.ana.id } }), of(&[&done, &late, &later])),
            (json!({ "assignee": { "in": [app.admin.id] } }), of(&[&now])),
            (json!({ "assignee": { "isNull": true } }), of(&[])),
            (json!({ "dueAt": { "gte": app.time(0), "lt": app.time(DAY) } }), of(&[&now])),
            (json!({ "isOverdue": true }), of(&[&late])),
            (json!({ "isOverdue": false }), of(&[&done, &now, &later])),
            (json!({ "isOverdue": true, "assignee": { "eq": app.admin.id } }), of(&[])),
        ];
        for (filter, expected) in cases {
            assert_eq!(all(&app.ana, filter.clone()).await, expected, "{filter}");
            assert_eq!(own(&app.ana, &prospect, filter.clone()).await, expected, "{filter}");
        }
        for (filter, expected) in [
            (json!({ "prospect": { "name": { "contains": "ros" } } }), of(&[&done, &late, &now, &later])),
            (json!({ "prospect": { "condition": { "eq": "CLIENT" } } }), of(&[])),
            (json!({ "prospect": { "not": { "statusCategory": { "eq": "WON" } } }, "isOverdue": true }), of(&[&late])),
            (json!({ "or": [{ "isOverdue": true }, { "state": { "eq": "DONE" } }] }), of(&[&done, &late])),
            (json!({ "not": { "state": { "eq": "DONE" } }, "and": [{ "not": { "isOverdue": true } }] }), of(&[&now, &later])),
        ] {
            assert_eq!(all(&app.ana, filter.clone()).await, expected, "{filter}");
        }
        assert_eq!(all(&app.admin, json!({ "state": { "eq": "PLANNED" } })).await, of(&[&late, &now, &of_luis, &later]));
        assert_eq!(all(&app.admin, json!({ "prospect": { "owner": { "eq": app.luis.id } } })).await, of(&[&of_luis]));
        assert!(all(&app.stranger, json!({})).await.is_empty());
    }

    /// A task is visible to all who can see its prospect, independent of its assignee.
    async fn visibility_follows_the_prospect(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let task = app.task(&app.ana, &prospect, json!({ "assigneeId": app.admin.id })).await;
        let document = "query ($id: ID!) { task(id: $id) { id } node(id: $id) { id } tasks { totalCount } }";
        let everything = json!({ "task": { "id": task.id }, "node": { "id": task.id }, "tasks": { "totalCount": 1 } });
        let nothing = json!({ "task": null, "node": null, "tasks": { "totalCount": 0 } });
        for (person, expected) in [(&app.ana, &everything), (&app.other_admin, &everything), (&app.luis, &nothing)] {
            assert_eq!(&person.query(document, json!({ "id": task.id })).await, expected);
        }
        app.give(&app.admin, &prospect, None).await;
        assert_eq!(app.ana.query(document, json!({ "id": task.id })).await, nothing);
        assert_eq!(app.admin.query(document, json!({ "id": task.id })).await, everything);
    }

    async fn filters_have_their_limits(app: TestApp) {
        let many: Vec<String> = (0..201).map(|_| app.ana.id.clone()).collect();
        for filter in [
            json!({ "assignee": { "in": many } }),
            json!({ "prospect": { "owner": { "in": many } } }),
            json!({ "or": (0..51).map(|_| json!({ "isOverdue": true })).collect::<Vec<_>>() }),
            json!({ "not": { "not": { "not": { "not": { "isOverdue": true } } } } }),
        ] {
            let answer = app.ana.run(LIST, json!({ "filter": filter })).await;
            assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{filter}: {}", answer.text);
        }
        let prospect = app.prospect().owner(&app.ana).create().await;
        let answer = app.ana.run(OWN, json!({ "id": prospect.id, "filter": { "type": { "in": many } } })).await;
        assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{}", answer.text);
    }

    /// For owners of many prospects the tasks of all are scanned.
    async fn those_with_many_prospects_see_the_same(app: TestApp) {
        let ours = app.prospect().owner(&app.ana).create().await;
        let theirs = app.prospect().owner(&app.luis).create().await;
        let mut expected = Vec::new();
        for hour in 1..5 {
            let due = json!({ "dueAt": app.time(hour * DAY), "typeId": app.task_type(if hour == 2 { "Visit" } else { "Call" }) });
            expected.push(app.task(&app.ana, &ours, due.clone()).await);
            app.task(&app.luis, &theirs, due).await;
        }
        let whole: Vec<&Made> = expected.iter().collect();
        let visit = json!({ "type": { "eq": app.task_type("Visit") } });
        for _ in 0..2 {
            assert_eq!(all(&app.ana, json!({})).await, of(&whole));
            assert_eq!(all(&app.ana, visit.clone()).await, of(&[&expected[1]]));
            let page = app.ana.query("{ tasks(first: 2) { pageInfo { endCursor hasNextPage } nodes { id } } }", json!({})).await["tasks"].clone();
            let next = "query ($after: String) { tasks(after: $after) { totalCount nodes { id } } }";
            let rest = app.ana.query(next, json!({ "after": page["pageInfo"]["endCursor"] })).await["tasks"]["nodes"].clone();
            assert_eq!((&rest[0]["id"], &rest[1]["id"]), (&json!(expected[2].id), &json!(expected[3].id)));
            app.copies(&ours, 2_001).await;
        }
    }
}
