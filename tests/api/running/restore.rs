//! Restores of modified backups: every object in them besides rows must be one that Cartera creates.

use std::path::Path;

use cartera::db::Db;
use cartera::settings::Settings;
use migration::{Migrator, MigratorTrait};
use sea_orm::ConnectionTrait;

use super::backup::{RENEWED, execute, file_of, names_in, opened, text};
use super::process::{command, done, refused};
use crate::support::{Backend, Snapshot, TestApp, TestDatabase, runtime, snapshot};

const MAKE_ADMIN: &str =
    "CREATE TRIGGER make_admin AFTER INSERT ON sessions BEGIN UPDATE users SET role = 'ADMIN' WHERE id = new.user_id; END";

/// Writes definitions past SQLite, which then believes them.
fn rewrite(table: &str, from: &str, to: &str) -> String {
    format!(
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '{from}', '{to}') WHERE name = '{table}'; \
         PRAGMA writable_schema = RESET"
    )
}

#[test]
fn what_cartera_would_not_have_made_is_refused_on_sqlite() {
    runtime().block_on(async {
        let database = TestDatabase::create(Backend::Sqlite).await;
        let app = TestApp::start(&database).await;
        app.prospect().complete("zafiro").owner(&app.ana).create().await;
        app.stop().await;
        let folder = tempfile::tempdir().expect("a folder can be made");
        let good = folder.path().join("good.db");
        done(&command(&database.settings, &["backup", text(&good)]).await);
        let before = opened(&database.settings).await;
        for (changes, named) in [
            (MAKE_ADMIN.to_owned(), "a trigger `make_admin`"),
            ("CREATE VIEW v AS SELECT * FROM users".to_owned(), "a view `v`"),
            ("CREATE INDEX i ON users (lower(name))".to_owned(), "an index `i`"),
            ("CREATE TABLE things (id INTEGER PRIMARY KEY)".to_owned(), "a table `things`"),
            ("CREATE VIRTUAL TABLE words USING fts5 (word)".to_owned(), "a table `words`"),
            ("ALTER TABLE users ADD COLUMN more TEXT".to_owned(), "its table `users` is not"),
            (
                "ALTER TABLE users ADD COLUMN more TEXT AS (name)".to_owned(),
                "its table `users` is not",
            ),
            (
                "DROP INDEX prospects_legal_name".to_owned(),
                "it lacks the index `prospects_legal_name`",
            ),
            (
                "DROP TRIGGER search_documents_added".to_owned(),
                "it lacks the trigger `search_documents_added`",
            ),
            (
                "DROP TRIGGER search_documents_added; CREATE TRIGGER search_documents_added AFTER INSERT ON search_documents \
                 BEGIN UPDATE users SET role = 'ADMIN'; END"
                    .to_owned(),
                "its trigger `search_documents_added` is not",
            ),
            (rewrite("users", "NOT NULL", "NOT NULL DEFAULT ''x''"), "its table `users` is not"),
            (
                [
                    MAKE_ADMIN,
                    "CREATE VIEW v AS SELECT 1",
                    "CREATE VIEW w AS SELECT 1",
                    "CREATE VIEW x AS SELECT 1",
                ]
                .join("; "),
                "; and 1 more",
            ),
        ] {
            let bad = folder.path().join("bad.db");
            std::fs::copy(&good, &bad).expect("a file");
            execute(&bad, &changes).await;
            let complaint = refused(&command(&database.settings, &["restore", text(&bad)]).await);
            assert!(complaint.contains(named), "{changes}: {complaint}");
        }
        before.assert_equal(&opened(&database.settings).await, "a refused restore");
        let live = file_of(&database);
        assert_eq!(names_in(live.parent().expect("a folder")), ["cartera.db", "cartera.db.lock"]);
        // SQLite's own tables, and numbers that programs leave in a file, are permitted.
        execute(&good, "ANALYZE; PRAGMA user_version = 7; PRAGMA application_id = 7").await;
        done(&command(&database.settings, &["restore", text(&good)]).await);
        let restored = opened(&database.settings).await.without(&RENEWED);
        before.without(&RENEWED).assert_equal(&restored, "the restore");
    });
}

#[test]
fn what_cartera_would_not_have_made_is_refused_on_postgres() {
    runtime().block_on(async {
        let (good, target) = (
            TestDatabase::create(Backend::Postgres).await,
            TestDatabase::empty(Backend::Postgres).await,
        );
        let app = TestApp::start(&good).await;
        app.prospect().complete("zafiro").owner(&app.ana).create().await;
        app.stop().await;
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("good.dump");
        done(&command(&good.settings, &["backup", text(&file)]).await);
        let function = "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'";
        // First the differences in the list of contents, then those that show only after the restore.
        for (changes, named) in [
            (function.to_owned(), "a function `spoil()`"),
            (
                format!("{function}; CREATE TRIGGER make_admin BEFORE INSERT ON sessions FOR EACH ROW EXECUTE FUNCTION spoil()"),
                "a function `spoil()`",
            ),
            (
                "CREATE TRIGGER same BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()".to_owned(),
                "a trigger `users same`",
            ),
            (
                "CREATE RULE r AS ON DELETE TO sessions DO INSTEAD NOTHING".to_owned(),
                "a rule `sessions r`",
            ),
            ("CREATE VIEW v AS SELECT * FROM users".to_owned(), "a view `v`"),
            ("CREATE SEQUENCE s".to_owned(), "a sequence `s`"),
            ("CREATE POLICY p ON users".to_owned(), "a policy `users p`"),
            ("ALTER TABLE users ENABLE ROW LEVEL SECURITY".to_owned(), "a row security `users`"),
            ("CREATE SCHEMA other".to_owned(), "a schema `other`"),
            ("CREATE TYPE mood AS ENUM ('good')".to_owned(), "a type `mood`"),
            ("CREATE TABLE things (id integer)".to_owned(), "a table `things`"),
            ("CREATE INDEX i ON users (lower(name))".to_owned(), "an index `i`"),
            ("ALTER TABLE users ADD more text".to_owned(), "a column `users.more`"),
            (
                "ALTER TABLE users ALTER name SET DEFAULT 'x'".to_owned(),
                "its column `users.name` is not",
            ),
            (
                "ALTER TABLE users ALTER name DROP NOT NULL".to_owned(),
                "its column `users.name` is not",
            ),
            (
                "ALTER TABLE users DROP COLUMN name; ALTER TABLE users ADD name text GENERATED ALWAYS AS ('x') STORED NOT NULL".to_owned(),
                "its column `users.name` is not",
            ),
            (
                "ALTER TABLE users ADD CONSTRAINT more CHECK (name <> 'x')".to_owned(),
                "a constraint `users.more`",
            ),
            (
                "ALTER TABLE search_documents DROP CONSTRAINT search_documents_pkey".to_owned(),
                "it lacks the",
            ),
            (
                "DROP INDEX prospects_legal_name".to_owned(),
                "it lacks the index `prospects_legal_name`",
            ),
            ("CREATE TABLE part () INHERITS (users)".to_owned(), "`part"),
        ] {
            let bad = TestDatabase::empty(Backend::Postgres).await;
            done(&command(&bad.settings, &["restore", text(&file)]).await);
            change(&bad.settings, &changes).await;
            let file = folder.path().join("bad.dump");
            let taken = command(&bad.settings, &["backup", text(&file), "--force"]).await;
            done(&taken);
            bad.remove().await;
            let complaint = refused(&command(&target.settings, &["restore", text(&file)]).await);
            assert!(complaint.contains(named), "{changes}: {complaint}");
            assert_eq!(tables(&target.settings).await, [] as [&str; 0], "{changes}");
        }
        done(&command(&target.settings, &["restore", text(&file)]).await);
        opened(&good.settings)
            .await
            .without(&RENEWED)
            .assert_equal(&opened(&target.settings).await.without(&RENEWED), "the restore");
        good.remove().await;
        target.remove().await;
    });
}

#[test]
fn a_backup_that_will_be_refused_is_reported_at_once() {
    runtime().block_on(async {
        for backend in [Backend::Sqlite, Backend::Postgres] {
            let database = TestDatabase::create(backend).await;
            let folder = tempfile::tempdir().expect("a folder can be made");
            for (name, is_ours) in [("first", true), ("second", false)] {
                let file = folder.path().join(name);
                let taken = command(&database.settings, &["backup", text(&file)]).await;
                done(&taken);
                let said = String::from_utf8_lossy(&taken.stderr).into_owned();
                assert_eq!(said.contains("will refuse this backup"), !is_ours, "{said}");
                assert_eq!(said.contains("a view `v`"), !is_ours, "{said}");
                // With `--restorable` the exit code reports it, and the file is kept.
                let strict = folder.path().join(format!("{name} strict"));
                let taken = command(&database.settings, &["backup", "--restorable", text(&strict)]).await;
                if is_ours {
                    done(&taken);
                } else {
                    let complaint = refused(&taken);
                    assert!(complaint.contains("will refuse this backup"), "{complaint}");
                    assert!(complaint.contains("a view `v`"), "{complaint}");
                }
                assert!(strict.is_file());
                if is_ours {
                    change(&database.settings, "CREATE VIEW v AS SELECT 1 AS one").await;
                }
            }
            database.remove().await;
        }
    });
}

#[test]
fn a_backup_of_an_older_version_is_brought_up_to_date_on_sqlite() {
    older(Backend::Sqlite);
}

#[test]
fn a_backup_of_an_older_version_is_brought_up_to_date_on_postgres() {
    older(Backend::Postgres);
}

/// As after a `migrate --down` by two: what is left is exactly what the older version made.
fn older(backend: Backend) {
    runtime().block_on(async {
        let (database, target) = (TestDatabase::create(backend).await, TestDatabase::empty(backend).await);
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("older");
        done(&command(&database.settings, &["migrate", "--down", "2"]).await);
        done(&command(&database.settings, &["backup", text(&file)]).await);
        let said = done(&command(&target.settings, &["restore", text(&file)]).await);
        assert!(said.contains("(2 migrations)"), "{said}");
        let status = done(&command(&target.settings, &["migrate", "--status"]).await);
        assert_eq!(status.matches("pending").count(), 2, "{status}");
        let status = done(&command(&target.settings, &["migrate"]).await);
        assert_eq!(status.matches("applied").count(), Migrator::migrations().len(), "{status}");
        target.remove().await;
        database.remove().await;
    });
}

#[test]
fn every_older_version_is_known_by_its_tables_on_sqlite() {
    runtime().block_on(async {
        let database = TestDatabase::create(Backend::Sqlite).await;
        let folder = tempfile::tempdir().expect("a folder can be made");
        step_by_step(&database, folder.path()).await;
    });
}

#[test]
fn every_older_version_is_known_by_its_tables_on_postgres() {
    runtime().block_on(async {
        let database = TestDatabase::create(Backend::Postgres).await;
        let folder = tempfile::tempdir().expect("a folder can be made");
        step_by_step(&database, folder.path()).await;
        database.remove().await;
    });
}

async fn step_by_step(database: &TestDatabase, folder: &Path) {
    let backend = match database.settings.database.sqlite_file() {
        Some(_) => Backend::Sqlite,
        None => Backend::Postgres,
    };
    for left in (1..Migrator::migrations().len()).rev() {
        done(&command(&database.settings, &["migrate", "--down", "1"]).await);
        let file = folder.join(left.to_string());
        done(&command(&database.settings, &["backup", text(&file)]).await);
        let target = TestDatabase::empty(backend).await;
        done(&command(&target.settings, &["restore", text(&file)]).await);
        let found = open(&target.settings).await;
        assert_eq!(Snapshot::take(&found).await.tables["seaql_migrations"].len(), left);
        found.close().await.expect("the database closes");
        target.remove().await;
    }
}

async fn open(settings: &Settings) -> Db {
    Db::open(settings).await.expect("the database opens")
}

async fn change(settings: &Settings, statements: &str) {
    let db = open(settings).await;
    db.writer().execute_unprepared(statements).await.expect("the statements run");
    db.close().await.expect("the database closes");
}

/// The tables that a database on PostgreSQL has.
async fn tables(settings: &Settings) -> Vec<String> {
    let db = open(settings).await;
    let found = snapshot::texts(&db, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").await;
    db.close().await.expect("the database closes");
    found
}
