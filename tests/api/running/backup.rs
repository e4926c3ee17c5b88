//! Backups: taken under load, restored elsewhere, and refused where they are not what they should be.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use cartera::db::Db;
use cartera::settings::Settings;
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::process::{Server, command, done, refused, until_listening};
use crate::support::{Backend, Snapshot, TestApp, TestDatabase, runtime};

const NOTE: &str = "mutation ($id: ID!) { noteCreate(prospectId: $id, input: { body: \"hola\" }) { userErrors { code } } }";

/// Tables that a restore empties: addresses that were signed before lead nowhere after, and the database is another one.
pub const RENEWED: [&str; 2] = ["installations", "signing_keys"];

pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

pub fn file_of(database: &TestDatabase) -> PathBuf {
    database.settings.database.sqlite_file().expect("a file").to_owned()
}

/// Content of a folder, by name.
pub fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder can be read");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("a folder can be read").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The rows of a database, and what is wrong with its records.
pub async fn opened(settings: &Settings) -> Snapshot {
    let db = Db::open(settings).await.expect("the database opens");
    let broken = cartera::demo::check(&db).await.expect("the rules can be checked");
    assert!(broken.is_empty(), "broken rules: {broken:#?}");
    let snapshot = Snapshot::take(&db).await;
    db.close().await.expect("the database closes");
    snapshot
}

#[test]
fn a_backup_under_load_is_whole_on_sqlite() {
    under_load(Backend::Sqlite);
}

#[test]
fn a_backup_under_load_is_whole_on_postgres() {
    under_load(Backend::Postgres);
}

/// Writers go on while the backup is taken; it holds all that was there before and nothing by halves.
fn under_load(backend: Backend) {
    runtime().block_on(async {
        let database = TestDatabase::create(backend).await;
        let app = TestApp::start(&database).await;
        let made = app.prospect().complete("zafiro").owner(&app.ana).create().await;
        let report = app.saved_report(&app.ana, json!({ "name": "Ñandú" })).await;
        let dashboard = app.dashboard(&app.ana, "Tablero", &[&report]).await;
        let (written, is_over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let writers: Vec<_> = (0..3)
            .map(|_| {
                let (ana, id, written, is_over) = (app.ana.clone(), made.id.clone(), written.clone(), is_over.clone());
                tokio::spawn(async move {
                    while !is_over.load(Ordering::Relaxed) {
                        ana.query(NOTE, json!({ "id": id })).await;
                        written.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        while written.load(Ordering::Relaxed) < 20 {
            tokio::task::yield_now().await;
        }
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("a backup");
        let before = written.load(Ordering::Relaxed);
        done(&command(&database.settings, &["backup", text(&file)]).await);
        is_over.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.await.expect("no write was refused");
        }
        let after = written.load(Ordering::Relaxed);
        assert_eq!(names_in(folder.path()), ["a backup"]);
        let mode = std::fs::metadata(&file).expect("the backup is there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "others can read it: {mode:o}");

        // Once more: nothing is overwritten unasked.
        let complaint = refused(&command(&database.settings, &["backup", text(&file)]).await);
        assert!(complaint.contains("--force"), "{complaint}");
        let spare = folder.path().join("spare");
        std::fs::write(&spare, "something else").expect("a file can be written");
        done(&command(&database.settings, &["backup", text(&spare), "--force"]).await);
        assert_eq!(names_in(folder.path()), ["a backup", "spare"]);

        let elsewhere = TestDatabase::empty(backend).await;
        let said = done(&command(&elsewhere.settings, &["restore", text(&file)]).await);
        assert!(!said.contains("migrations"), "{said}");
        let restored = opened(&elsewhere.settings).await;
        let notes = restored.tables["notes"].len();
        assert!((before..=after).contains(&notes), "{before} <= {notes} <= {after}");
        assert_eq!(restored.tables["note_versions"].len(), 0);

        // The second one was taken after the last write.
        let quiet = TestDatabase::empty(backend).await;
        done(&command(&quiet.settings, &["restore", text(&spare)]).await);
        Snapshot::take(&app.core.db)
            .await
            .without(&RENEWED)
            .assert_equal(&opened(&quiet.settings).await.without(&RENEWED), "backup and restore");
        // What was saved runs where it was restored.
        let there = app.with_settings(|settings| *settings = quiet.settings.clone()).await;
        let document =
            "query ($id: ID!) { dashboard(id: $id) { name tiles { savedReport { name } report { rows { cells { number } } } } } }";
        for server in [&app, &there] {
            let found = server.ana.query(document, json!({ "id": dashboard.id })).await["dashboard"].clone();
            let rows = json!([{ "cells": [{ "number": null }, { "number": "1" }] }, { "cells": [{ "number": null }, { "number": "0" }] }]);
            assert_eq!(
                found,
                json!({ "name": "Tablero", "tiles": [{ "savedReport": { "name": "Ñandú" }, "report": { "rows": rows } }] })
            );
        }
        app.stop().await;
        for database in [database, elsewhere, quiet] {
            database.remove().await;
        }
    });
}

#[test]
fn a_restore_replaces_the_file_and_its_stale_log() {
    runtime().block_on(async {
        let database = TestDatabase::create(Backend::Sqlite).await;
        let app = TestApp::start(&database).await;
        app.prospect().owner(&app.ana).create().await;
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("backup.db");
        done(&command(&database.settings, &["backup", text(&file)]).await);
        let saved = opened(&Settings {
            database: format!("sqlite:{}", file.display()).parse().expect("an address"),
            ..database.settings.clone()
        })
        .await;
        app.prospect().owner(&app.ana).create().await;
        // A killed server leaves its log behind: here that of an earlier state of the database.
        let live = file_of(&database);
        let log = PathBuf::from(format!("{}-wal", live.display()));
        let left = std::fs::read(&log).expect("the server keeps a log");
        assert!(!left.is_empty());
        app.stop().await;
        std::fs::write(&log, left).expect("a file can be written");
        done(&command(&database.settings, &["restore", text(&file)]).await);
        let folder_of_live = live.parent().expect("a folder");
        assert_eq!(names_in(folder_of_live), ["cartera.db", "cartera.db.lock"]);
        let restored = opened(&database.settings).await.without(&RENEWED);
        saved.without(&RENEWED).assert_equal(&restored, "the restore");
    });
}

#[test]
fn what_is_no_good_backup_is_refused_and_changes_nothing() {
    runtime().block_on(async {
        let database = TestDatabase::create(Backend::Sqlite).await;
        let app = TestApp::start(&database).await;
        for number in 0..30 {
            app.prospect().complete(&format!("zafiro{number}")).owner(&app.ana).create().await;
        }
        let folder = tempfile::tempdir().expect("a folder can be made");
        let good = folder.path().join("good.db");
        done(&command(&database.settings, &["backup", text(&good)]).await);
        app.stop().await;
        let before = opened(&database.settings).await;
        let whole = std::fs::read(&good).expect("the backup is there");
        let write = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).expect("a file can be written");
            path
        };
        let mut scratched = whole.clone();
        // The pages behind the first one, which holds the names of the tables.
        let (start, end) = (whole.len() / 3, whole.len() / 3 * 2);
        scratched[start..end].fill(0xa5);
        let foreign = folder.path().join("foreign.db");
        execute(&foreign, "CREATE TABLE things (id INTEGER PRIMARY KEY)").await;
        let newer = write("newer.db", &whole);
        execute(
            &newer,
            "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)",
        )
        .await;
        let loose = write("loose.db", &whole);
        execute(&loose, "PRAGMA foreign_keys = OFF; DELETE FROM users").await;
        let in_use = write("in_use.db", &whole);
        write("in_use.db-wal", b"frames");
        let cut_off = write("cut_off.db", &whole);
        write("cut_off.db-journal", b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7");
        for (path, reason) in [
            (
                write("text.db", b"this is no database at all, but long enough to be looked at"),
                "no SQLite database",
            ),
            (write("empty.db", b""), "empty"),
            (write("half.db", &whole[..whole.len() / 2]), "damaged"),
            (write("scratched.db", &scratched), "damaged"),
            // SQLite itself takes what is missing for zeros.
            (write("cut.db", &whole[..whole.len() - 1]), "damaged"),
            (write("longer.db", &[&whole[..], b"x"].concat()), "damaged"),
            (foreign, "something else"),
            (newer, "newer version"),
            (loose, "refers to"),
            (in_use, "no backup"),
            (cut_off, "no backup"),
            (folder.path().join("missing.db"), "No such file"),
            (file_of(&database), "the database itself"),
        ] {
            let complaint = refused(&command(&database.settings, &["restore", text(&path)]).await);
            assert!(complaint.contains(reason), "{}: {complaint}", path.display());
        }
        before.assert_equal(&opened(&database.settings).await, "a refused restore");
        let live = file_of(&database);
        assert_eq!(names_in(live.parent().expect("a folder")), ["cartera.db", "cartera.db.lock"]);

        // Nor under a running server.
        let server = Server::start(&database.settings, &[]).await;
        let complaint = refused(&command(&database.settings, &["restore", text(&good)]).await);
        assert!(complaint.contains("another server is running"), "{complaint}");
        server.stop();
        // What SQLite is done with changes nothing in what is read.
        write("good.db-wal", b"");
        write("good.db-shm", b"index");
        write("good.db-journal", &[0; 512]);
        done(&command(&database.settings, &["restore", text(&good)]).await);
    });
}

#[test]
fn a_dump_goes_into_an_empty_database_without_a_server() {
    runtime().block_on(async {
        let database = TestDatabase::create(Backend::Postgres).await;
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("cartera.dump");
        done(&command(&database.settings, &["backup", text(&file)]).await);
        let complaint = refused(&command(&database.settings, &["restore", text(&file)]).await);
        assert!(complaint.contains("not empty"), "{complaint}");
        let server = Server::start(&database.settings, &[]).await;
        until_listening(&database.settings, 1).await;
        let complaint = refused(&command(&database.settings, &["restore", text(&file)]).await);
        assert!(complaint.contains("a server is running"), "{complaint}");
        server.stop();
        let half = folder.path().join("half.dump");
        let whole = std::fs::read(&file).expect("the dump is there");
        std::fs::write(&half, &whole[..whole.len() / 3]).expect("a file can be written");
        let empty = TestDatabase::empty(Backend::Postgres).await;
        refused(&command(&empty.settings, &["restore", text(&half)]).await);
        refused(&command(&empty.settings, &["restore", "/etc/hostname"]).await);
        done(&command(&empty.settings, &["restore", text(&file)]).await);
        empty.remove().await;
        database.remove().await;
    });
}

/// Runs statements on an SQLite file, which is made when it is missing.
pub async fn execute(file: &Path, statements: &str) {
    let db = sea_orm::Database::connect(format!("sqlite:{}?mode=rwc", file.display()))
        .await
        .expect("the file opens");
    db.execute_unprepared(statements).await.expect("the statements run");
    db.close().await.expect("the file closes");
}
