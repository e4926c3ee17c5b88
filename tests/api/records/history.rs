//! The timeline of all visible prospects.

use cartera::entities::records::timeline_entry;
use cartera::ids;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::{Value, json};

use crate::support::{Person, TestApp, operations};

const HISTORY: &str = "query ($filter: TimelineFilter, $first: Int, $after: String, $last: Int, $before: String) {
    timeline(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        totalCount isTotalEstimated pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        nodes { __typename id occurredAt actor { name } prospect { id name } ... on NoteEntry { note { body } } } } }";

async fn history(person: &Person, variables: Value) -> Vec<Value> {
    let data = person.query(HISTORY, variables).await;
    data["timeline"]["nodes"].as_array().expect("a list").clone()
}

/// Short text of entries.
fn titles(entries: &[Value]) -> Vec<String> {
    let title = |entry: &Value| {
        let kind = entry["__typename"].as_str().expect("a type").trim_end_matches("Entry");
        match entry["note"]["body"].as_str() {
            Some(body) => format!("{kind} {body}"),
            None => kind.to_owned(),
        }
    };
    entries.iter().map(title).collect()
}

both! {
    async fn everything_that_one_sees_newest_first(app: TestApp) {
        let ours = app.prospect().by(&app.ana).name("Rosa").create().await;
        app.advance(60_000);
        let theirs = app.prospect().by(&app.luis).name("Secreto").create().await;
        app.advance(60_000);
        app.note(&app.ana, &ours, "uno").await;
        app.advance(60_000);
        app.note(&app.luis, &theirs, "secreto").await;
        app.advance(60_000);
        app.note(&app.admin, &ours, "dos").await;
        app.log(&app.ana, &ours, json!({ "occurredAt": app.time(-3_600_000) })).await;
        app.move_to(&app.ana, &ours, "Second contact").await;

        assert_eq!(titles(&history(&app.ana, json!({})).await), ["StatusChange", "Note dos", "Note uno", "Created", "Interaction"]);
        assert_eq!(titles(&history(&app.luis, json!({})).await), ["Note secreto", "Created"]);
        assert_eq!(history(&app.admin, json!({})).await.len(), 7);
        assert!(history(&app.stranger, json!({})).await.is_empty());
        for (filter, expected) in [
            (json!({ "kind": { "eq": "NOTE" } }), vec!["Note dos", "Note uno"]),
            (json!({ "kind": { "in": ["CREATED", "INTERACTION"] } }), vec!["Created", "Interaction"]),
            (json!({ "kind": { "in": [] } }), vec![]),
            (json!({ "actor": { "eq": app.admin.id } }), vec!["Note dos"]),
            (json!({ "actor": { "in": [app.admin.id, app.luis.id] } }), vec!["Note dos"]),
            (json!({ "actor": { "eq": app.ana.id }, "kind": { "eq": "NOTE" } }), vec!["Note uno"]),
            (json!({ "occurredAt": { "gte": app.time(-150_000), "lt": app.time(-60_000) } }), vec!["Note uno"]),
            (json!({ "isPinned": true }), vec![]),
            (json!({ "occurredAt": { "isNull": true } }), vec![]),
            (json!({ "occurredAt": { "isNull": false }, "kind": { "eq": "NOTE", "in": ["NOTE", "CREATED"] } }), vec!["Note dos", "Note uno"]),
            (json!({ "occurredAt": { "relative": { "unit": "DAY" } } }), vec!["StatusChange", "Note dos", "Note uno", "Created", "Interaction"]),
            (json!({ "occurredAt": { "relative": { "unit": "DAY", "offset": -7, "count": 7 } } }), vec![]),
        ] {
            let variables = json!({ "filter": filter });
            assert_eq!(titles(&history(&app.ana, variables.clone()).await), expected, "{filter}");
            let data = app.ana.query(HISTORY, variables).await;
            assert_eq!(data["timeline"]["totalCount"], json!(expected.len()), "{filter}");
        }
        assert!(app.ana.run(HISTORY, json!({ "filter": { "occurredAt": { "relative": { "unit": "DAY", "count": 0 } } } })).await.codes() == ["BAD_USER_INPUT"]);

        // With the record goes its history.
        app.give(&app.ana, &ours, Some(&app.luis)).await;
        assert!(history(&app.ana, json!({})).await.is_empty());
        assert_eq!(history(&app.luis, json!({})).await.len(), 8);
        app.core.db.writer().execute_unprepared("UPDATE prospects SET deleted_at = 1").await.expect("a sentence of SQL");
        assert!(history(&app.admin, json!({})).await.is_empty());
    }

    /// Their entries are looked for among the newest of all, and where others have been busier, among their own.
    async fn those_with_many_prospects_read_the_same(app: TestApp) {
        let (db, ours) = (app.core.db.writer(), app.prospect().by(&app.ana).create().await);
        app.advance(60_000);
        app.note(&app.ana, &ours, "uno").await;
        app.advance(60_000);
        let theirs = app.prospect().by(&app.luis).create().await;
        app.advance(60_000);
        app.copies(&ours, 2_001).await;
        let near = history(&app.ana, json!({ "first": 2 })).await;
        assert_eq!(titles(&near), ["Note uno", "Created"]);
        // If all matching entries have been scanned, no merge is needed.
        let of_luis = json!({ "filter": { "actor": { "eq": app.luis.id } } });
        let mut fewest = u64::MAX;
        for _ in 0..5 {
            let (statements, nothing) = app.statements(app.ana.query(HISTORY, of_luis.clone())).await;
            assert_eq!(nothing["timeline"]["nodes"], json!([]));
            assert_eq!(nothing["timeline"]["totalCount"], json!(0));
            // The use of the session may be recorded during any of them.
            fewest = fewest.min(statements);
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(fewest, 4, "the session, whether merging is cheaper, the limited scan, and whether it reached the end");
        let entry = timeline_entry::Entity::find().filter(timeline_entry::Column::ProspectId.eq(theirs.uuid));
        let entry = entry.one(db).await.expect("a query").expect("it was created");
        let copies: Vec<timeline_entry::ActiveModel> = (0..10_000).map(|_| {
            timeline_entry::Model { id: ids::new(), ..entry.clone() }.into_active_model().reset_all()
        }).collect();
        for some in copies.chunks(1_000) {
            timeline_entry::Entity::insert_many(some.to_vec()).exec_without_returning(db).await.expect("copies of an entry");
        }
        assert_eq!(history(&app.ana, json!({ "first": 2 })).await, near);
        let data = app.ana.query(HISTORY, json!({ "first": 1, "filter": { "actor": { "eq": app.ana.id } } })).await;
        assert_eq!(data["timeline"]["totalCount"], json!(2));
        let after = data["timeline"]["pageInfo"]["endCursor"].clone();
        assert_eq!(history(&app.ana, json!({ "after": after })).await, near[1..]);
        assert_eq!(history(&app.ana, json!({ "last": 1 })).await, near[1..]);
        // An administrator who asks for the entries of some prospects is in the same position.
        let of_ana = json!({ "prospect": { "owner": { "eq": app.ana.id } } });
        assert_eq!(history(&app.admin, json!({ "first": 2, "filter": of_ana })).await, near);
        let data = app.admin.query(HISTORY, json!({ "first": 1, "filter": of_ana })).await;
        assert_eq!(data["timeline"]["totalCount"], json!(2));
    }

    async fn its_pages_are_the_whole(app: TestApp) {
        for number in 0..4 {
            let made = app.prospect().by(&app.ana).create().await;
            for note in 0..3 {
                app.note(&app.ana, &made, &format!("{number} {note}")).await;
            }
        }
        app.prospect().by(&app.luis).create().await;
        for person in [&app.ana, &app.admin] {
            let whole: Vec<Value> = history(person, json!({ "first": 100 })).await.iter().map(|entry| entry["id"].clone()).collect();
            for (size, from, cursor, next) in [("first", "after", "endCursor", "hasNextPage"), ("last", "before", "startCursor", "hasPreviousPage")] {
                let mut found: Vec<Value> = Vec::new();
                let mut variables = json!({ size: 3 });
                loop {
                    let page = person.query(HISTORY, variables.clone()).await["timeline"].clone();
                    let ids = page["nodes"].as_array().expect("a list").iter().map(|entry| entry["id"].clone());
                    if size == "first" {
                        found.extend(ids);
                    } else {
                        found.splice(0..0, ids);
                    }
                    if page["pageInfo"][next] == json!(false) {
                        break;
                    }
                    variables[from] = page["pageInfo"][cursor].clone();
                }
                assert_eq!(found, whole, "{size}");
            }
        }
    }

    async fn clients_ask_for_it_as_it_stands(app: TestApp) {
        let made = app.prospect().by(&app.ana).name("Rosa").create().await;
        app.note(&app.ana, &made, "hola").await;
        let filter = json!({ "kind": { "in": ["NOTE"] }, "actor": { "eq": app.ana.id }, "occurredAt": { "gte": "2026-01-01T00:00:00Z" } });
        let data = app.ana.query(operations::HISTORY, json!({ "filter": filter })).await;
        let nodes = data["timeline"]["nodes"].as_array().expect("a list");
        assert_eq!(nodes.len(), 1);
        assert_eq!(nodes[0]["prospect"], json!({ "id": made.id, "name": "Rosa" }));
        let list = app.ana.query(operations::PROSPECT_LIST, json!({ "search": "rosa", "filter": { "owner": { "eq": app.ana.id } },
            "orderBy": [{ "field": "NAME", "direction": "ASC" }] })).await;
        assert_eq!((&list["prospects"]["totalCount"], &list["prospects"]["isTotalEstimated"]), (&json!(1), &json!(false)));
        assert_eq!(list["prospects"]["edges"][0]["node"]["latest"]["nodes"][0]["__typename"], "NoteEntry");
    }
}
