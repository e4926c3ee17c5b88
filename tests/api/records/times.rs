//! The time of a write: whatever it stores has the same one, however long its statements take.

use serde_json::json;

use crate::support::TestApp;

const UPDATE: &str = "mutation ($id: ID!) { prospectUpdate(id: $id, input: { name: \"Other\" }) { userErrors { code message path } } }";
const DELETE: &str = "mutation ($id: ID!) { prospectDelete(id: $id) { userErrors { code message path } } }";
const CANCEL: &str = "mutation ($id: ID!) { jobCancel(id: $id) { userErrors { code message path } } }";
const RETRY: &str = "mutation ($id: ID!) { jobRetry(id: $id) { userErrors { code message path } } }";

/// Each finds rows whose times are not those of one write.
const CONTRADICTIONS: [&str; 7] = [
    "SELECT kind FROM timeline_entries WHERE occurred_at <> recorded_at",
    "SELECT name FROM prospects WHERE recorded_at IS NOT NULL",
    "SELECT name FROM prospects p WHERE last_activity_at <> (SELECT max(occurred_at) FROM timeline_entries e WHERE e.prospect_id = p.id)",
    "SELECT state FROM tasks t WHERE NOT EXISTS (SELECT 1 FROM timeline_entries e \
     WHERE e.prospect_id = t.prospect_id AND e.occurred_at = t.updated_at)",
    "SELECT 'an owner' FROM owner_intervals i WHERE NOT EXISTS (SELECT 1 FROM timeline_entries e \
     WHERE e.prospect_id = i.prospect_id AND e.occurred_at = i.from_at)",
    "SELECT name FROM prospects WHERE deleted_at <> updated_at",
    "SELECT state FROM jobs WHERE coalesce(finished_at, run_after) <> updated_at",
];

async fn assert_consistent(app: &TestApp, after: &str) {
    for query in CONTRADICTIONS {
        assert_eq!(app.sql(query).await, [""; 0], "after {after}: {query}");
    }
}

both! {
    async fn a_write_has_one_time(app: TestApp) {
        let ticking = app.ticking().await;
        let (ana, admin) = (&ticking.ana, &ticking.admin);
        let plain = ticking.prospect().by(ana).create().await;
        assert_consistent(&app, "prospectCreate").await;
        let next = json!({ "typeId": app.task_type("Call"), "dueAt": app.time(3_600_000) });
        let made = ticking.prospect().name("Another").by(ana).with(json!({ "nextTask": next })).create().await;
        assert_consistent(&app, "prospectCreate with a task").await;
        ticking.task(ana, &made, json!({})).await;
        assert_consistent(&app, "taskCreate").await;
        ticking.note(ana, &made, "A note").await;
        assert_consistent(&app, "noteCreate").await;
        ticking.log(ana, &made, json!({})).await;
        assert_consistent(&app, "interactionLog").await;
        ana.run(UPDATE, json!({ "id": made.id })).await.payload("prospectUpdate");
        assert_consistent(&app, "prospectUpdate").await;
        ticking.convert(ana, &made).await;
        assert_consistent(&app, "prospectConvert").await;
        ticking.give(admin, &made, Some(&app.luis)).await;
        assert_consistent(&app, "prospectOwnerChange").await;
        ana.run(DELETE, json!({ "id": plain.id })).await.payload("prospectDelete");
        assert_consistent(&app, "prospectDelete").await;
        let job = app.job(Some(&app.ana)).await;
        for (document, field) in [(CANCEL, "jobCancel"), (RETRY, "jobRetry")] {
            ana.run(document, json!({ "id": job.id })).await.payload(field);
            assert_consistent(&app, field).await;
        }
        app.assert_sound().await;
    }
}
