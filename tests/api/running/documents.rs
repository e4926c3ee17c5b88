//! Commands and the files of documents: backups take them along, `move` brings them, and `documents check` finds what is missing.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use cartera::app::{App, Clock};
use cartera::db::Db;
use cartera::jobs::{self, Work};
use cartera::settings::Settings;
use cartera::storage::Location;
use serde_json::json;

use super::backup::text;
use super::process::{command, done, refused};
use crate::support::{Backend, TestApp, TestDatabase, runtime, snapshot};

/// The folder with the files of a database.
fn folder_of(settings: &Settings) -> PathBuf {
    match (&settings.storage, settings.database.sqlite_file()) {
        (Some(Location::Folder(folder)), _) => folder.clone(),
        (_, Some(file)) => file.with_file_name("documents"),
        _ => panic!("a database of tests has a folder"),
    }
}

/// Contents of all files in a folder and below it.
fn contents(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("a folder can be read").path();
            match path.is_dir() {
                true => folders.push(path),
                // The mark of the database.
                false if path.file_name().is_some_and(|name| name == "owner") => {}
                false => found.push(std::fs::read_to_string(path).expect("a file can be read")),
            }
        }
    }
    found.sort();
    found
}

async fn count(settings: &Settings, table: &str) -> String {
    let db = Db::open(settings).await.expect("the database opens");
    let count = snapshot::texts(&db, &format!("SELECT CAST(count(*) AS text) FROM {table}")).await;
    db.close().await.expect("the database closes");
    count[0].clone()
}

#[test]
fn a_backup_takes_the_files_along_on_sqlite() {
    backed_up(Backend::Sqlite);
}

#[test]
fn a_backup_takes_the_files_along_on_postgres() {
    backed_up(Backend::Postgres);
}

fn backed_up(backend: Backend) {
    runtime().block_on(async {
        let database = TestDatabase::create(backend).await;
        let app = TestApp::start(&database).await;
        let made = app.prospect().owner(&app.ana).create().await;
        app.document(&app.ana, &made, "one", b"one").await;
        app.document(&app.ana, &made, "two", b"two").await;
        app.stored_file("of no document", b"of no document").await;
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("backup");
        let said = done(&command(&database.settings, &["backup", text(&file)]).await);
        let files = folder.path().join("backup.documents");
        assert!(said.contains(&format!("2 files of documents are in {}", files.display())), "{said}");
        assert_eq!(contents(&files), ["one", "two"]);
        let mode = std::fs::metadata(&files).expect("the folder is there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "others can read it: {mode:o}");

        // The key that signed addresses is not taken over.
        let elsewhere = TestDatabase::empty(backend).await;
        let said = done(&command(&elsewhere.settings, &["restore", text(&file)]).await);
        assert!(said.contains("2 files of documents"), "{said}");
        assert_eq!(contents(&folder_of(&elsewhere.settings)), ["one", "two"]);
        assert_eq!(count(&elsewhere.settings, "documents").await, "2");
        assert_eq!(count(&elsewhere.settings, "signing_keys").await, "0");
        done(&command(&elsewhere.settings, &["documents", "check", "--older-than", "0"]).await);

        // A file that is nowhere is reported, and the records are there all the same.
        std::fs::remove_dir_all(&files).expect("a folder can be removed");
        let without = TestDatabase::empty(backend).await;
        let complaint = refused(&command(&without.settings, &["restore", text(&file)]).await);
        assert!(complaint.contains("2 of them have no file"), "{complaint}");
        assert_eq!(count(&without.settings, "documents").await, "2");
        app.stop().await;
        for database in [database, elsewhere, without] {
            database.remove().await;
        }
    });
}

#[test]
fn a_damaged_file_costs_no_other() {
    runtime().block_on(async {
        let database = TestDatabase::create(Backend::Sqlite).await;
        let app = TestApp::start(&database).await;
        let made = app.prospect().owner(&app.ana).create().await;
        app.document(&app.ana, &made, "one", b"one").await;
        app.document(&app.ana, &made, "two", b"two").await;
        let key = &app.sql("SELECT hex(file_key) FROM documents WHERE name = 'one'").await[0].to_lowercase();
        app.stop().await;
        let damaged = folder_of(&database.settings).join(&key[30..]).join(key);
        std::fs::write(&damaged, "other").expect("a file can be written");
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("backup");
        let complaint = refused(&command(&database.settings, &["backup", text(&file)]).await);
        assert!(
            complaint.contains("checksum") && complaint.contains(&damaged.display().to_string()),
            "{complaint}"
        );
        assert!(file.exists(), "the records are backed up all the same");
        assert_eq!(contents(&folder.path().join("backup.documents")), ["two"]);
        // So is a restore: of two files one is damaged in the backup.
        std::fs::write(&damaged, "one").expect("a file can be written");
        done(&command(&database.settings, &["backup", text(&file), "--force"]).await);
        let copies = folder.path().join("backup.documents");
        assert_eq!(contents(&copies), ["one", "two"]);
        let copy = copies.join(&key[30..]).join(key);
        std::fs::remove_file(&copy).expect("a link can be removed");
        std::fs::write(&copy, "other").expect("a file can be written");
        let elsewhere = TestDatabase::empty(Backend::Sqlite).await;
        let complaint = refused(&command(&elsewhere.settings, &["restore", text(&file)]).await);
        assert!(complaint.contains("1 of them have a damaged file"), "{complaint}");
        assert_eq!(contents(&folder_of(&elsewhere.settings)), ["two"]);
        assert_eq!(count(&elsewhere.settings, "documents").await, "2");
        elsewhere.remove().await;
        database.remove().await;
    });
}

#[test]
fn files_follow_from_one_file_into_another() {
    runtime().block_on(async {
        let (from, to) = (
            TestDatabase::create(Backend::Sqlite).await,
            TestDatabase::empty(Backend::Sqlite).await,
        );
        let app = TestApp::start(&from).await;
        let made = app.prospect().owner(&app.ana).create().await;
        app.document(&app.ana, &made, "one", b"one").await;
        app.stop().await;
        let address = |settings: &Settings| String::from(settings.database.clone());
        let arguments = ["move", "--from", &address(&from.settings), "--to", &address(&to.settings)];
        let said = done(&command(&from.settings, &arguments).await);
        assert!(said.contains("1 files of documents"), "{said}");
        assert_eq!(contents(&folder_of(&to.settings)), ["one"]);
        from.remove().await;
        to.remove().await;
    });
}

#[test]
fn a_check_finds_what_is_missing_and_what_is_too_much() {
    runtime().block_on(async {
        let database = TestDatabase::create(Backend::Sqlite).await;
        let app = TestApp::start(&database).await;
        let made = app.prospect().owner(&app.ana).create().await;
        let document = app.document(&app.ana, &made, "one", b"one").await;
        app.stored_file("of no document", b"of no document").await;
        app.stop().await;
        let check = async |more: &[&str]| {
            let arguments = [&["documents", "check", "--older-than", "0"][..], more].concat();
            command(&database.settings, &arguments).await
        };
        assert!(refused(&check(&[]).await).contains("--repair"));
        assert_eq!(contents(&folder_of(&database.settings)).len(), 2);
        let said = done(&check(&["--repair"]).await);
        assert!(said.starts_with("2 files; 1 of them"), "{said}");
        assert_eq!(contents(&folder_of(&database.settings)), ["one"]);
        done(&check(&[]).await);
        std::fs::remove_dir_all(folder_of(&database.settings)).expect("a folder can be removed");
        // However young the document is.
        let said = refused(&command(&database.settings, &["documents", "check"]).await);
        assert!(said.contains("the files of 1 documents are missing"), "{said}");
        let output = check(&["--repair"]).await;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains(&format!("{} has no file", document.id)), "{said}");
        assert!(refused(&output).contains("the files of 1 documents are missing"));
        database.remove().await;
    });
}

/// A folder that two databases are pointed at.
fn in_folder(settings: &Settings, folder: &Path) -> Settings {
    Settings {
        storage: Some(Location::Folder(folder.to_owned())),
        ..settings.clone()
    }
}

/// The copy is another database, and stays away from the files until it is told that it takes the place of the original.
#[test]
fn a_restored_copy_leaves_the_files_of_the_original_on_sqlite() {
    restored_beside(Backend::Sqlite);
}

#[test]
fn a_restored_copy_leaves_the_files_of_the_original_on_postgres() {
    restored_beside(Backend::Postgres);
}

fn restored_beside(backend: Backend) {
    runtime().block_on(async {
        let (database, copy) = (TestDatabase::create(backend).await, TestDatabase::empty(backend).await);
        let folder = folder_of(&database.settings);
        let settings = in_folder(&copy.settings, &folder);
        let app = TestApp::start(&database).await;
        let made = app.prospect().owner(&app.ana).create().await;
        app.document(&app.ana, &made, "one", b"one").await;
        let backups = tempfile::tempdir().expect("a folder can be made");
        let file = backups.path().join("backup");
        done(&command(&database.settings, &["backup", text(&file)]).await);
        app.document(&app.ana, &made, "two", b"two").await;
        app.stop().await;
        let output = command(&settings, &["restore", text(&file)]).await;
        done(&output);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("belongs to another database"), "{said}");
        let check = async |settings: &Settings, more: &[&str]| {
            let arguments = [&["documents", "check", "--older-than", "0"][..], more].concat();
            command(settings, &arguments).await
        };
        for more in [&["--repair"][..], &[]] {
            let complaint = refused(&check(&settings, more).await);
            assert!(complaint.contains("belongs to another database"), "{complaint}");
        }
        assert_eq!(contents(&folder), ["one", "two"]);
        done(&check(&database.settings, &["--repair"]).await);
        assert_eq!(contents(&folder), ["one", "two"]);
        // The original is given up.
        done(&check(&settings, &["--adopt", "--repair"]).await);
        assert_eq!(contents(&folder), ["one"]);
        assert!(refused(&check(&database.settings, &["--repair"]).await).contains("belongs to another database"));
        for database in [database, copy] {
            database.remove().await;
        }
    });
}

/// A restore in the place of the database keeps its folder.
#[test]
fn a_database_that_is_replaced_gives_its_files_away() {
    runtime().block_on(async {
        let database = TestDatabase::create(Backend::Sqlite).await;
        let app = TestApp::start(&database).await;
        let made = app.prospect().owner(&app.ana).create().await;
        app.document(&app.ana, &made, "one", b"one").await;
        app.stop().await;
        let backups = tempfile::tempdir().expect("a folder can be made");
        let file = backups.path().join("backup");
        done(&command(&database.settings, &["backup", text(&file)]).await);
        let output = command(&database.settings, &["restore", text(&file)]).await;
        done(&output);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!said.contains("another database"), "{said}");
        let arguments = ["documents", "check", "--repair", "--older-than", "0"];
        done(&command(&database.settings, &arguments).await);
        assert_eq!(contents(&folder_of(&database.settings)), ["one"]);
        database.remove().await;
    });
}

/// A backup that is restored in the place of its database knows nothing of later files: they can be looked for as long as deleted documents.
#[test]
fn files_that_are_younger_than_a_restored_backup_are_kept() {
    runtime().block_on(async {
        let database = TestDatabase::create(Backend::Sqlite).await;
        let app = TestApp::start(&database).await;
        let made = app.prospect().owner(&app.ana).create().await;
        app.document(&app.ana, &made, "one", b"one").await;
        let deleted = app.document(&app.ana, &made, "deleted", b"deleted").await;
        let delete = "mutation ($id: ID!) { documentDelete(id: $id) { deletedId userErrors { code } } }";
        app.ana.run(delete, json!({ "id": deleted.id })).await.payload("documentDelete");
        app.complete_upload(&app.ana, "parts").await;
        let backups = tempfile::tempdir().expect("a folder can be made");
        let file = backups.path().join("backup");
        done(&command(&database.settings, &["backup", text(&file)]).await);
        app.document(&app.ana, &made, "two", b"two").await;
        app.stop().await;
        done(&command(&database.settings, &["restore", text(&file)]).await);
        assert_eq!(count(&database.settings, "uploads").await, "0", "their addresses have ended");

        let now = Clock::default().now();
        let clock = Clock::fixed(now);
        let db = Db::open(&database.settings).await.expect("the database opens");
        let core = App::new(db, database.settings.clone(), clock.clone())
            .await
            .expect("the catalogues are read");
        let folder = folder_of(&database.settings);
        let sweep = async |days: i64| {
            clock.set(now + days * 24 * 60 * 60 * 1000);
            jobs::run_due(&core, &Work::standard(2)).await.expect("jobs run");
            contents(&folder)
        };
        let all = ["ab", "cde", "deleted", "one", "two"];
        assert_eq!(sweep(0).await, all);
        assert_eq!(sweep(2).await, all);
        assert_eq!(sweep(29).await, all);
        assert_eq!(sweep(31).await, ["one"]);
        core.db.clone().close().await.expect("the database closes");
        database.remove().await;
    });
}

/// After a move the target owns the storage of both, and the source deletes nothing of what is added there.
#[test]
fn the_target_of_a_move_is_the_owner() {
    runtime().block_on(async {
        let (from, to) = (
            TestDatabase::create(Backend::Sqlite).await,
            TestDatabase::empty(Backend::Postgres).await,
        );
        let folder = folder_of(&to.settings);
        let (before, after) = (in_folder(&from.settings, &folder), in_folder(&to.settings, &folder));
        let app = TestApp::start(&from).await;
        let app = app.with_settings(|settings| settings.storage = before.storage.clone()).await;
        let made = app.prospect().owner(&app.ana).create().await;
        app.document(&app.ana, &made, "one", b"one").await;
        app.stop().await;
        let address = |settings: &Settings| String::from(settings.database.clone());
        done(&command(&before, &["move", "--from", &address(&before), "--to", &address(&after)]).await);
        let arguments = ["documents", "check", "--repair", "--older-than", "0"];
        done(&command(&after, &arguments).await);
        let complaint = refused(&command(&before, &arguments).await);
        assert!(complaint.contains("belongs to another database"), "{complaint}");
        assert_eq!(contents(&folder), ["one"]);
        from.remove().await;
        to.remove().await;
    });
}
