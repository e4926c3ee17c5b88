//! The history of a prospect: in the order in which things happened, whenever they were written down.

use serde_json::{Value, json};

use super::{TIMELINE, timeline, whole};
use crate::support::{TestApp, operations};

const MINUTE: i64 = 60_000;

fn names(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["__typename"].as_str().expect("a name")).collect()
}

both! {
    async fn late_facts_land_at_their_own_time(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        app.advance(60 * MINUTE);
        app.note(&app.ana, &made, "now").await;
        let late = app.time(-30 * MINUTE);
        app.log(&app.ana, &made, json!({ "occurredAt": late, "type": "VISIT", "body": "late" })).await;
        app.log(&app.ana, &made, json!({ "occurredAt": app.time(-90 * MINUTE), "direction": "INCOMING" })).await;
        let entries = timeline(&app.ana, &made).await;
        assert_eq!(names(&entries), ["NoteEntry", "InteractionEntry", "CreatedEntry", "InteractionEntry"]);
        assert_eq!((&entries[1]["occurredAt"], &entries[1]["recordedAt"]), (&json!(late), &json!(app.time(0))));
        let seen = whole(&app.ana, &made).await;
        assert_eq!((&seen["lastActivityAt"], &seen["firstContactAt"]), (&json!(app.time(0)), &json!(late)));
        app.assert_sound().await;
    }

    /// The earliest outgoing interaction, however late it is written down; incoming ones do not count.
    async fn the_first_contact_is_the_earliest_one_out(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let first = async || whole(&app.ana, &made).await["firstContactAt"].clone();
        app.advance(60 * MINUTE);
        app.log(&app.ana, &made, json!({ "direction": "INCOMING" })).await;
        assert_eq!(first().await, Value::Null);
        app.log(&app.ana, &made, json!({})).await;
        assert_eq!(first().await, json!(app.time(0)));
        app.log(&app.ana, &made, json!({ "occurredAt": app.time(-10 * MINUTE), "type": "EMAIL" })).await;
        assert_eq!(first().await, json!(app.time(-10 * MINUTE)));
        app.advance(60 * MINUTE);
        app.log(&app.ana, &made, json!({})).await;
        assert_eq!(first().await, json!(app.time(-70 * MINUTE)));
        app.assert_sound().await;
    }

    async fn an_interaction_is_kept_whole(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        app.advance(MINUTE);
        let input = json!({ "type": "CALL", "direction": "OUTGOING", "occurredAt": app.time(-1000), "durationSeconds": 180, "outcome": "REACHED", "body": " wants a quote " });
        let variables = json!({ "prospectId": made.id, "input": input });
        let answer = app.ana.run_operation(operations::ACTIVITY, "InteractionLog", variables).await;
        let payload = answer.payload("interactionLog");
        assert_eq!(payload["prospect"], json!({ "id": made.id, "firstContactAt": app.time(-1000), "lastActivityAt": app.time(-1000) }));
        assert_eq!(payload["entry"]["occurredAt"], json!(app.time(-1000)));
        let entry = &timeline(&app.ana, &made).await[0];
        let id = payload["entry"]["interaction"]["id"].clone();
        assert_eq!(
            entry["interaction"],
            json!({ "id": id, "type": "CALL", "direction": "OUTGOING", "durationSeconds": 180, "outcome": "REACHED", "body": "wants a quote" })
        );
        // What may be left out.
        app.log(&app.ana, &made, json!({ "type": "CHAT", "direction": "INCOMING" })).await;
        let entry = &timeline(&app.ana, &made).await[0];
        assert_eq!(
            (&entry["interaction"]["durationSeconds"], &entry["interaction"]["outcome"], &entry["interaction"]["body"]),
            (&Value::Null, &Value::Null, &Value::Null)
        );
    }

    async fn wrong_facts_are_refused(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let before = app.snapshot().await;
        for (fields, errors) in [
            (json!({ "occurredAt": app.time(6 * MINUTE) }), vec!["INVALID input.occurredAt"]),
            (json!({ "occurredAt": "1899-12-31T23:59:59Z" }), vec!["INVALID input.occurredAt"]),
            (json!({ "durationSeconds": -1 }), vec!["INVALID input.durationSeconds"]),
            (json!({ "durationSeconds": 30 * 24 * 3600 + 1 }), vec!["INVALID input.durationSeconds"]),
            (json!({ "body": "x".repeat(20_001) }), vec!["TOO_LONG input.body"]),
            (json!({ "id": "nonsense", "body": "x".repeat(20_001), "durationSeconds": -1 }), vec!["TOO_LONG input.body", "INVALID input.durationSeconds", "INVALID input.id"]),
        ] {
            let mut input = json!({ "type": "CALL", "direction": "OUTGOING" });
            input.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
            let answer = app.ana.run_operation(operations::ACTIVITY, "InteractionLog", json!({ "prospectId": made.id, "input": input })).await;
            assert_eq!(answer.user_errors("interactionLog"), errors, "{fields}");
        }
        before.assert_equal(&app.snapshot().await, "refused interactions");
    }

    /// Clocks of phones run ahead a little.
    async fn a_clock_may_run_ahead(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        app.log(&app.ana, &made, json!({ "occurredAt": app.time(5 * MINUTE) })).await;
        assert_eq!(names(&timeline(&app.ana, &made).await), ["InteractionEntry", "CreatedEntry"]);
    }

    async fn filters_narrow_a_timeline(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        app.advance(MINUTE);
        let note = app.note(&app.ana, &made, "pinned").await;
        let pin = "mutation ($id: ID!) { notePin(id: $id) { note { isPinned } userErrors { code } } }";
        let note_id = cartera::ids::Kind::Note.encode(note.uuid);
        assert_eq!(app.ana.query(pin, json!({ "id": note_id })).await["notePin"]["note"]["isPinned"], json!(true));
        app.advance(MINUTE);
        app.log(&app.admin, &made, json!({})).await;
        app.advance(MINUTE);
        app.move_to(&app.ana, &made, "Lost").await;
        let run = async |filter: Value| -> Vec<String> {
            let data = app.ana.query(TIMELINE, json!({ "id": made.id, "filter": filter })).await;
            let page = &data["prospect"]["timeline"];
            let found = page["nodes"].as_array().expect("a list");
            assert_eq!(page["totalCount"], json!(found.len()));
            names(found).into_iter().map(str::to_owned).collect()
        };
        assert_eq!(run(Value::Null).await, ["StatusChangeEntry", "InteractionEntry", "NoteEntry", "CreatedEntry"]);
        assert_eq!(run(json!({ "kind": { "eq": "NOTE" } })).await, ["NoteEntry"]);
        assert_eq!(run(json!({ "kind": { "in": ["INTERACTION", "CREATED"] } })).await, ["InteractionEntry", "CreatedEntry"]);
        assert_eq!(run(json!({ "kind": { "in": [] } })).await, Vec::<String>::new());
        assert_eq!(run(json!({ "isPinned": true })).await, ["NoteEntry"]);
        assert_eq!(run(json!({ "isPinned": false, "kind": { "eq": "NOTE" } })).await, Vec::<String>::new());
        assert_eq!(run(json!({ "actor": { "eq": app.admin.id } })).await, ["InteractionEntry", "CreatedEntry"]);
        assert_eq!(run(json!({ "occurredAt": { "gte": app.time(-2 * MINUTE), "lt": app.time(0) } })).await, ["InteractionEntry", "NoteEntry"]);
    }

    /// Events of the same time have one order, page by page.
    async fn pages_of_a_timeline_are_the_timeline(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        for number in 0..7 {
            app.note(&app.ana, &made, &format!("note {number}")).await;
        }
        let all: Vec<Value> = timeline(&app.ana, &made).await.iter().map(|entry| entry["id"].clone()).collect();
        assert_eq!(all.len(), 8);
        for size in [1, 3, 8, 100] {
            let document = "query ($id: ID!, $first: Int, $after: String) { prospect(id: $id) { timeline(first: $first, after: $after) {
                nodes { id } pageInfo { hasNextPage endCursor } } } }";
            let (mut found, mut after) = (Vec::new(), Value::Null);
            loop {
                let data = app.ana.query(document, json!({ "id": made.id, "first": size, "after": after })).await;
                let page = &data["prospect"]["timeline"];
                found.extend(page["nodes"].as_array().expect("a list").iter().map(|entry| entry["id"].clone()));
                if page["pageInfo"]["hasNextPage"] == json!(false) {
                    break;
                }
                after = page["pageInfo"]["endCursor"].clone();
            }
            assert_eq!(found, all, "{size} at a time");
        }
    }
}
