//! A server that is killed while it saves a report leaves nothing half written, and saves it after its next start.

use std::time::{Duration, Instant};

use cartera::db::Db;
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::json;
use tokio::time::sleep;

use super::process::Server;
use crate::support::{Backend, Snapshot, TestApp, TestDatabase, count_by_kind, runtime};

const CREATE: &str = "mutation ($input: SavedReportCreateInput!, $key: String!) { savedReportCreate(input: $input, idempotencyKey: $key) {
    savedReport { id name } userErrors { code message path } } }";

#[test]
fn a_kill_leaves_no_half_of_a_report_on_sqlite() {
    killed_while_saving(Backend::Sqlite);
}

#[test]
fn a_kill_leaves_no_half_of_a_report_on_postgres() {
    killed_while_saving(Backend::Postgres);
}

/// The write waits for a lock when its server is killed.
fn killed_while_saving(backend: Backend) {
    runtime().block_on(async {
        let database = TestDatabase::create(backend).await;
        let app = TestApp::start(&database).await;
        let ana = app.ana.clone();
        app.stop().await;
        let server = Server::start(&database.settings, &[]).await;
        let there = server.sign_in(&ana).await;
        let db = Db::open(&database.settings).await.expect("the database opens");
        let before = Snapshot::take(&db).await;
        let tx = db.begin().await.expect("a transaction begins");
        if db.backend() == DbBackend::Postgres {
            let lock = "LOCK TABLE saved_reports IN ACCESS EXCLUSIVE MODE";
            tx.execute_unprepared(lock).await.expect("the table is locked");
        }
        let input = json!({ "input": { "name": "Informe", "definition": count_by_kind() }, "key": "one report" });
        let asking = {
            let (there, input) = (there.clone(), input.clone());
            tokio::spawn(async move {
                there
                    .request(reqwest::Method::POST, "/graphql")
                    .json(&json!({ "query": CREATE, "variables": input }))
                    .send()
                    .await
            })
        };
        until_waiting(&db).await;
        assert!(!asking.is_finished());
        drop(server);
        let answer = asking.await.expect("nothing panics");
        assert!(answer.is_err(), "a killed server answers nothing");
        tx.rollback().await.expect("the transaction ends");
        let (tables, after) = (["saved_reports", "idempotency_keys", "outbox_events"], Snapshot::take(&db).await);
        for table in tables.iter().filter(|table| before.tables.contains_key(**table)) {
            assert_eq!(before.tables[*table], after.tables[*table], "{table}");
        }
        db.close().await.expect("the database closes");
        // The same call, which changes nothing when it is repeated.
        let server = Server::start(&database.settings, &[]).await;
        let there = there.at(&server.url);
        let mut saved = Vec::new();
        for _ in 0..2 {
            saved.push(there.run(CREATE, input.clone()).await.payload("savedReportCreate")["savedReport"].clone());
        }
        assert_eq!((&saved[0]["name"], &saved[0]), (&json!("Informe"), &saved[1]));
        let list = there.query("{ savedReports { totalCount } }", json!({})).await;
        assert_eq!(list["savedReports"]["totalCount"], 1);
        drop(server);
        database.remove().await;
    });
}

/// Waits until a statement waits for the lock; of SQLite nothing shows it.
async fn until_waiting(db: &Db) {
    if db.backend() != DbBackend::Postgres {
        sleep(Duration::from_millis(500)).await;
        return;
    }
    let query = "SELECT CAST(count(*) AS text) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let started = Instant::now();
    while crate::support::snapshot::texts(db, query).await != ["1"] {
        assert!(started.elapsed() < Duration::from_secs(20), "the write waits for the lock");
        sleep(Duration::from_millis(20)).await;
    }
}
