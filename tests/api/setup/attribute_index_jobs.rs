//! Indexes of attributes beside each other: lists use theirs whatever becomes of the unique one, uniqueness ends with its mutation, and a job that
//! waits for another one keeps no worker.

use std::sync::Arc;
use std::time::Duration;

use cartera::db::session::Session;
use cartera::jobs::{self, Work};
use sea_orm::{ConnectionTrait, DbBackend, TransactionTrait};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::attribute_indexes::{JOBS, index, indexes, plans, run_due, set, update};
use crate::support::{Answer, TestApp};

const CREATE: &str =
    "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) { prospect { id } userErrors { code message path } } }";
/// The lock of a build on PostgreSQL.
const BUILDING: i64 = 0x6174_7472;

async fn create(app: &TestApp, code: &str) -> Answer {
    let input = json!({ "kind": "PERSON", "name": "Ana", "attributes": [{ "key": "code", "value": { "text": code } }] });
    app.ana.run(CREATE, json!({ "input": input })).await
}

async fn act(app: &TestApp, action: &str, id: &str) {
    let name = format!("attributeDefinition{action}");
    let document = format!("mutation ($id: ID!) {{ {name}(id: $id) {{ userErrors {{ code }} }} }}");
    app.admin.run(&document, json!({ "id": id })).await.payload(&name);
}

/// States and attempts of the jobs that have not ended.
async fn waiting(app: &TestApp) -> Vec<String> {
    app.sql("SELECT state || ' ' || CAST(attempts AS text) FROM jobs WHERE finished_at IS NULL ORDER BY id")
        .await
}

both! {
    async fn lists_use_their_index_while_values_are_not_unique(app: TestApp) {
        let made = app.prospect().create().await;
        app.copies(&made, 3_000).await;
        app.prospect().name("Rare").create().await;
        set(&app, "code", "same", "name <> 'Rare'").await;
        set(&app, "code", "single", "name = 'Rare'").await;
        let id = app.attribute(json!({ "key": "code", "type": "TEXT", "isIndexed": true, "isUnique": true })).await;
        run_due(&app).await;
        assert_eq!(index(&app, "code").await, ("FAILED".to_owned(), 0));
        assert_eq!(indexes(&app.core.db).await, ["prospects_attribute_code"]);
        let is_used = async || {
            let filter = json!({ "attributes": [{ "key": "code", "text": { "eq": "single" } }] });
            plans(&app, &filter).await.iter().any(|line| line.contains("prospects_attribute_code"))
        };
        assert!(is_used().await);
        // As it is where an earlier version has left it: found out at the next start, by a further attempt.
        let unknown = "UPDATE attribute_definitions SET has_list_index = FALSE";
        app.core.db.writer().execute_unprepared(unknown).await.expect("it can be left so");
        jobs::queue_incomplete(&app.core).await.expect("it is queued");
        assert_eq!(run_due(&app).await, 1);
        jobs::queue_incomplete(&app.core).await.expect("nothing is missing");
        assert_eq!(run_due(&app).await, 0);
        let flags = "SELECT index_state FROM attribute_definitions WHERE has_list_index";
        assert_eq!(app.sql(flags).await, ["FAILED"]);

        update(&app, &id, json!({ "isUnique": false })).await;
        assert!(is_used().await);
        run_due(&app).await;
        assert_eq!(index(&app, "code").await, ("READY".to_owned(), 100));
        // A unique index that comes later leaves that of lists in use until it fails, too.
        update(&app, &id, json!({ "isUnique": true })).await;
        assert!(is_used().await);
        update(&app, &id, json!({ "isIndexed": false })).await;
        assert!(app.sql(flags).await.is_empty());
        run_due(&app).await;
        assert!(indexes(&app.core.db).await.is_empty());
        app.core.db.writer().execute_unprepared("UPDATE prospects SET attributes = NULL").await.expect("values go");
    }

    /// Without a job.
    async fn values_may_be_repeated_as_soon_as_they_need_not_be_unique(app: TestApp) {
        let id = app.attribute(json!({ "key": "code", "type": "TEXT", "isIndexed": true, "isUnique": true })).await;
        run_due(&app).await;
        create(&app, "a").await.payload("prospectCreate");
        assert_eq!(create(&app, "a").await.user_errors("prospectCreate"), ["TAKEN input.attributes.0.value"]);
        update(&app, &id, json!({ "isUnique": false })).await;
        create(&app, "a").await.payload("prospectCreate");
        assert_eq!(indexes(&app.core.db).await, ["prospects_attribute_code"]);
        run_due(&app).await;
        assert_eq!(index(&app, "code").await, ("READY".to_owned(), 100));
        // Nor does the index of a retired attribute refuse anything.
        let other = app.attribute(json!({ "key": "other", "type": "TEXT", "isUnique": true })).await;
        run_due(&app).await;
        act(&app, "Retire", &other).await;
        assert_eq!(indexes(&app.core.db).await, ["prospects_attribute_code"]);
        app.assert_sound().await;
    }

    /// On PostgreSQL a build holds the table as long as an older transaction runs. SQLite has one writer at a time.
    async fn uniqueness_ends_while_another_index_is_being_built(app: TestApp) {
        if app.core.db.backend() != DbBackend::Postgres {
            return;
        }
        let id = app.attribute(json!({ "key": "code", "type": "TEXT", "isUnique": true })).await;
        run_due(&app).await;
        create(&app, "a").await.payload("prospectCreate");
        app.attribute(json!({ "key": "other", "type": "TEXT", "isIndexed": true })).await;
        let other = app.with_settings(|_| {}).await;
        let older = other.core.db.writer().unlimited().begin().await.expect("a transaction begins");
        for text in ["SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SELECT count(*) FROM statuses"] {
            older.execute_unprepared(text).await.expect("it has a snapshot");
        }
        let worker = app.clone();
        let job = tokio::spawn(async move { run_due(&worker).await });
        let building = "SELECT phase FROM pg_stat_progress_create_index WHERE datname = current_database() AND phase LIKE 'waiting%'";
        while app.sql(building).await.is_empty() {
            tokio::task::yield_now().await;
        }
        update(&app, &id, json!({ "isUnique": false })).await;
        create(&app, "a").await.payload("prospectCreate");
        job.await.expect("the job ends");
        // The build has been ended, and begins again; that was no failed attempt.
        assert_eq!(index(&app, "other").await.0, "BUILDING");
        assert!(waiting(&app).await.contains(&"QUEUED 0".to_owned()), "{:?}", waiting(&app).await);
        older.rollback().await.expect("it ends");
        app.advance(10_000);
        run_due(&app).await;
        assert_eq!(index(&app, "other").await, ("READY".to_owned(), 100));
        app.assert_sound().await;
    }

    /// PostgreSQL builds one index at a time.
    async fn a_job_that_waits_for_another_build_goes_back_into_the_queue(app: TestApp) {
        if app.core.db.backend() != DbBackend::Postgres {
            return;
        }
        let mut building = Session::open(&app.core.settings).await.expect("a session opens");
        assert!(building.holds(&format!("SELECT pg_try_advisory_lock({BUILDING})")).await.expect("it is locked"));
        app.attribute(json!({ "key": "code", "type": "TEXT", "isIndexed": true })).await;
        for _ in 0..3 {
            let work = Arc::new(Work { schedules: Vec::new(), ..Work::standard(2) });
            let attempts = timeout(Duration::from_secs(20), jobs::run_due(&app.core, &work)).await;
            assert_eq!(attempts.expect("the job does not wait").expect("jobs run"), 1);
            assert_eq!(waiting(&app).await, ["QUEUED 0"]);
            assert_eq!(run_due(&app).await, 0, "not before its pause has passed");
            app.advance(5_000);
        }
        building.run("SELECT pg_advisory_unlock_all()").await.expect("it is unlocked");
        building.close().await;
        assert_eq!(run_due(&app).await, 1);
        assert_eq!(index(&app, "code").await, ("READY".to_owned(), 100));
        let jobs = app.admin.query(JOBS, json!({})).await["jobs"]["nodes"].clone();
        assert_eq!((&jobs[0]["state"], &jobs[0]["error"]), (&json!("DONE"), &Value::Null));
    }
}
