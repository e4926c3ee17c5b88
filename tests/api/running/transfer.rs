//! From one database into another: there and back, with every table, or not at all.

use cartera::app::{App, Clock};
use cartera::db::Db;
use cartera::demo::{self, Options};
use cartera::resolvers::insight::jobs::{self, NewJob};
use cartera::settings::Settings;
use cartera::transfer;
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::process::{Server, command, done, refused, until_listening};
use crate::support::{Backend, Snapshot, TestApp, TestDatabase, runtime};

/// Kept by SeaORM on either side.
const JOURNAL: &str = "seaql_migrations";

async fn open(database: &TestDatabase) -> Db {
    Db::open(&database.settings).await.expect("the database opens")
}

/// A database with 300 prospects and all their child rows.
async fn with_demo(database: &TestDatabase) -> Db {
    let db = open(database).await;
    let app = App::new(db.clone(), database.settings.clone(), Clock::default())
        .await
        .expect("the catalogues are read");
    let options = Options {
        prospects: 300,
        entries: 3_000,
        users: 5,
        seed: 1,
        until: chrono::NaiveDate::from_ymd_opt(2026, 9, 30),
    };
    demo::run(&app, &options, |_| {}).await.expect("the data is made");
    db
}

fn address(settings: &Settings) -> String {
    settings.database.clone().into()
}

async fn rows(db: &Db) -> Snapshot {
    Snapshot::take(db).await.without(&[JOURNAL])
}

#[test]
fn there_and_back_from_sqlite() {
    there_and_back(Backend::Sqlite, Backend::Postgres);
}

#[test]
fn there_and_back_from_postgres() {
    there_and_back(Backend::Postgres, Backend::Sqlite);
}

#[test]
fn from_one_file_into_another() {
    there_and_back(Backend::Sqlite, Backend::Sqlite);
}

fn there_and_back(home: Backend, abroad: Backend) {
    runtime().block_on(async {
        let (first, second, third) = (
            TestDatabase::create(home).await,
            TestDatabase::empty(abroad).await,
            TestDatabase::empty(home).await,
        );
        let source = with_demo(&first).await;
        let job = NewJob {
            payload: json!({ "é": [1.5, null] }),
            ..NewJob::of_system("idle")
        };
        jobs::enqueue(source.writer(), job, 1).await.expect("a job is queued");
        // Text of every kind, and numbers that a careless conversion would round.
        for change in [
            "UPDATE interactions SET body = 'Ñandú 🙂 \u{202e} \"''\\ e\u{301}' WHERE id = (SELECT id FROM interactions ORDER BY id LIMIT 1)",
            // It can be claimed on the other side once its lease has expired.
            "UPDATE jobs SET state = 'RUNNING', lease_owner = id, lease_until = 1",
            "UPDATE prospects SET updated_at = 9007199254740993 WHERE id = (SELECT id FROM prospects ORDER BY id LIMIT 1)",
            "UPDATE addresses SET latitude = 10.123456789012345, longitude = -0.1 \
             WHERE id = (SELECT id FROM addresses ORDER BY id LIMIT 1)",
            "INSERT INTO saved_reports (id, author_id, name, name_norm, description, definition, is_shared, version, created_at, updated_at) \
             SELECT id, id, 'Ñandú', 'nandu', NULL, '{\"dataset\": \"PROSPECTS\", \"é\": [1.5, null]}', TRUE, 1, 9007199254740993, 2 \
             FROM users ORDER BY id LIMIT 1",
            "INSERT INTO dashboards (id, author_id, name, name_norm, tiles, is_shared, version, created_at, updated_at) \
             SELECT id, id, 'Ñandú', 'nandu', '[{\"title\": \"é\"}]', FALSE, 1, 1, 2 FROM users ORDER BY id LIMIT 1",
        ] {
            source.writer().execute_unprepared(change).await.expect("a row can be changed");
        }
        let before = rows(&source).await;
        let middle = open(&second).await;
        let mut reported = Vec::new();
        let there = transfer::run(&source, &middle, |progress| {
            if progress.is_done {
                reported.push((progress.stage, progress.table.to_owned()));
            }
        });
        let there = there.await.expect("the rows arrive");
        let broken = demo::check(&middle).await.expect("the rules can be checked");
        assert!(broken.is_empty(), "broken rules: {broken:#?}");
        // Every table that the database has, copied and compared.
        let mut copied: Vec<&String> = reported.iter().filter(|(stage, _)| *stage == "copied").map(|(_, table)| table).collect();
        copied.sort();
        // Search documents are built again.
        let expected: Vec<&String> = before.tables.keys().filter(|name| *name != "search_documents").collect();
        assert_eq!(copied, expected);
        assert_eq!(reported.len(), 2 * expected.len());
        assert_eq!(there.tables, expected.len());
        assert_eq!(there.rows, before.tables.iter().filter(|(name, _)| *name != "search_documents").map(|(_, rows)| rows).map(|rows| rows.len() as u64).sum::<u64>());
        let found = rows(&middle).await;
        assert!(before.tables.iter().all(|(table, rows)| found.tables[table].len() == rows.len()));

        let last = open(&third).await;
        let back = transfer::run(&middle, &last, |_| {}).await.expect("the rows arrive");
        assert_eq!(there, back);
        before.assert_equal(&rows(&last).await, "there and back");
        for db in [source, middle, last] {
            db.close().await.expect("the database closes");
        }
        for database in [first, second, third] {
            database.remove().await;
        }
    });
}

#[test]
fn unknown_tables_are_refused_and_nothing_is_kept() {
    runtime().block_on(async {
        let (from, to) = (
            TestDatabase::create(Backend::Sqlite).await,
            TestDatabase::create(Backend::Postgres).await,
        );
        let (source, target) = (with_demo(&from).await, open(&to).await);
        let empty = rows(&target).await;
        let refused = async |reason: &str| {
            let error = transfer::run(&source, &target, |_| {}).await.expect_err(reason);
            let cartera::error::Error::Internal(cause) = &error else {
                panic!("{error}");
            };
            assert!(cause.to_string().contains(reason), "{cause}");
            empty.assert_equal(&rows(&target).await, reason);
        };
        let (in_source, in_target) = (source.writer(), target.writer());
        in_source
            .execute_unprepared("CREATE TABLE extra (id INTEGER PRIMARY KEY)")
            .await
            .expect("a table");
        refused("table extra").await;
        in_source
            .execute_unprepared("DROP TABLE extra; ALTER TABLE notes ADD COLUMN extra TEXT")
            .await
            .expect("a column");
        refused("column notes.extra").await;
        in_source
            .execute_unprepared("ALTER TABLE notes DROP COLUMN extra")
            .await
            .expect("no column");
        // A value that the other side cannot hold is found while it is written.
        in_source
            .execute_unprepared("UPDATE notes SET version = 5000000000 WHERE id = (SELECT id FROM notes LIMIT 1)")
            .await
            .expect("SQLite holds it");
        let failed = transfer::run(&source, &target, |_| {}).await;
        assert!(failed.is_err());
        empty.assert_equal(&rows(&target).await, "a row that does not fit");
        in_source
            .execute_unprepared("UPDATE notes SET version = 1 WHERE version > 1000000")
            .await
            .expect("a row");
        // A row that changes in transit is found by the comparison.
        in_target
            .execute_unprepared(
                "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.body := upper(NEW.body); RETURN NEW; END';
                 CREATE TRIGGER spoil BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION spoil()",
            )
            .await
            .expect("a trigger");
        refused("what arrived in notes").await;
        in_target
            .execute_unprepared("DROP TRIGGER spoil ON notes; DROP FUNCTION spoil")
            .await
            .expect("no trigger");
        transfer::run(&source, &target, |_| {}).await.expect("the rows arrive");
        // And not twice.
        assert!(transfer::run(&source, &target, |_| {}).await.is_err());
        source.close().await.expect("the database closes");
        target.close().await.expect("the database closes");
        to.remove().await;
    });
}

#[test]
fn the_command_moves_while_no_server_runs() {
    runtime().block_on(async {
        let (from, to) = (
            TestDatabase::create(Backend::Postgres).await,
            TestDatabase::empty(Backend::Sqlite).await,
        );
        let app = TestApp::start(&from).await;
        app.prospect().complete("zafiro").owner(&app.ana).create().await;
        let (source, target) = (address(&from.settings), address(&to.settings));
        let arguments = ["move", "--from", &source, "--to", &target];
        let server = Server::start(&from.settings, &[]).await;
        until_listening(&from.settings, 1).await;
        let complaint = refused(&command(&from.settings, &arguments).await);
        assert!(complaint.contains("a server is running on the database of --from"), "{complaint}");
        server.stop();
        let moved = command(&from.settings, &arguments).await;
        let said = done(&moved);
        assert!(said.contains("rows of"), "{said}");
        assert!(String::from_utf8_lossy(&moved.stderr).contains("prospects: 1 rows copied"));
        let complaint = refused(&command(&from.settings, &arguments).await);
        assert!(complaint.contains("in use"), "{complaint}");
        // A server works on what arrived.
        let server = Server::start(&to.settings, &[]).await;
        let ana = server.sign_in(&app.ana).await;
        let data = ana.query("{ prospects(first: 5) { totalCount } }", serde_json::json!({})).await;
        assert_eq!(data["prospects"]["totalCount"], 1);
        server.stop();
        app.stop().await;
        from.remove().await;
    });
}
