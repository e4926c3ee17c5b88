//! A database that is not there, or does not let Cartera in: what each command says of it, and that none is made by accident.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use cartera::db::Db;
use cartera::settings::Settings;
use sea_orm::ConnectionTrait;
use url::Url;

use super::backup::{execute, file_of, names_in, text};
use super::process::{command, done, refused};
use crate::support::{Backend, TestDatabase, runtime};

/// The commands that need an existing database. The last one names the database by itself.
fn commands<'a>(address: &'a str, backup: &'a str, target: &'a str) -> Vec<Vec<&'a str>> {
    vec![
        vec!["user", "create", "--email", "ana@example.com", "--name", "Ana"],
        vec!["user", "list"],
        vec!["user", "update", "--email", "ana@example.com", "--role", "admin"],
        vec!["user", "password", "--email", "ana@example.com"],
        vec!["user", "deactivate", "--email", "ana@example.com"],
        vec!["migrate", "--status"],
        vec!["migrate", "--down", "1"],
        vec!["backup", backup],
        vec!["move", "--from", address, "--to", target],
    ]
}

async fn all_refuse(settings: &Settings, place: &str) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (backup, target) = (folder.path().join("backup"), folder.path().join("target.db"));
    let (address, to) = (String::from(settings.database.clone()), format!("sqlite:{}", target.display()));
    for arguments in commands(&address, text(&backup), &to) {
        let complaint = refused(&command(settings, &arguments).await);
        let words = format!("there is no database: {place}");
        assert!(complaint.contains(&words), "{arguments:?}: {complaint}");
    }
    assert!(!backup.exists() && !target.exists());
}

#[test]
fn no_command_but_those_that_begin_makes_a_file() {
    runtime().block_on(async {
        let database = TestDatabase::empty(Backend::Sqlite).await;
        let file = file_of(&database);
        let folder = file.parent().expect("a folder").to_owned();
        let place = folder.canonicalize().expect("a folder").join("cartera.db");
        all_refuse(&database.settings, text(&place)).await;
        assert_eq!(names_in(&folder), [""; 0]);
        // Nor is one made of a file that is empty, or of another program.
        fs::write(&file, "").expect("a file");
        all_refuse(&database.settings, text(&place)).await;
        assert_eq!(fs::read(&file).expect("the file is there"), b"");
        assert_eq!(names_in(&folder), ["cartera.db"]);
        fs::remove_file(&file).expect("the file is there");
        done(&command(&database.settings, &["migrate"]).await);
        done(&command(&database.settings, &["user", "list"]).await);
    });
}

/// A file with its mode, its content, and its companion files.
fn state(file: &Path) -> (u32, Vec<u8>, Vec<String>) {
    let mode = fs::metadata(file).expect("the file is there").permissions().mode();
    let content = fs::read(file).expect("the file is there");
    (mode, content, names_in(file.parent().expect("a folder")))
}

#[test]
fn a_file_of_another_program_is_left_as_it_is() {
    runtime().block_on(async {
        let (database, ours) = (
            TestDatabase::empty(Backend::Sqlite).await,
            TestDatabase::create(Backend::Sqlite).await,
        );
        let file = file_of(&database);
        let folder = tempfile::tempdir().expect("a folder can be made");
        let (backup, target, good) = (
            folder.path().join("backup"),
            folder.path().join("target.db"),
            folder.path().join("good"),
        );
        done(&command(&ours.settings, &["backup", text(&good)]).await);
        let (address, to) = (
            String::from(database.settings.database.clone()),
            format!("sqlite:{}", target.display()),
        );
        let source = String::from(ours.settings.database.clone());
        let journal =
            "CREATE TABLE users (id); CREATE TABLE seaql_migrations (version, applied_at); INSERT INTO seaql_migrations VALUES ('m1', 0)";
        for tables in [
            "CREATE TABLE t (a)",
            "CREATE TABLE users (a)",
            journal,
            "PRAGMA journal_mode = WAL; CREATE TABLE t (a)",
        ] {
            execute(&file, tables).await;
            fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("it is ours");
            let before = state(&file);
            assert_eq!((before.0 & 0o777, &before.2[..]), (0o644, &["cartera.db".to_owned()][..]));
            let mut all = commands(&address, text(&backup), &to);
            all.extend([
                vec!["serve", "--listen", "127.0.0.1:0"],
                vec!["demo", "--prospects", "1"],
                vec!["migrate"],
                vec!["move", "--from", &source, "--to", &address],
                vec!["restore", text(&good)],
            ]);
            for arguments in all {
                let complaint = refused(&command(&database.settings, &arguments).await);
                assert!(
                    complaint.contains("tables of another program"),
                    "{tables}: {arguments:?}: {complaint}"
                );
                assert!(!complaint.contains("cartera serve"), "{tables}: {arguments:?}: {complaint}");
                assert_eq!(state(&file), before, "{tables}: {arguments:?}");
            }
            fs::remove_file(&file).expect("the file is there");
        }
        assert_eq!(names_in(folder.path()), ["good"]);
        // Nor is a text touched that is no database at all.
        fs::write(&file, "a text that is long enough to be looked at ".repeat(20)).expect("a file");
        fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("it is ours");
        let before = state(&file);
        for arguments in [&["user", "list"][..], &["serve"], &["migrate"], &["backup", text(&backup)]] {
            let complaint = refused(&command(&database.settings, arguments).await);
            assert!(complaint.contains("no SQLite database"), "{arguments:?}: {complaint}");
            assert_eq!(state(&file), before, "{arguments:?}");
        }
        // A file without tables may become a database.
        fs::remove_file(&file).expect("the file is there");
        execute(&file, "CREATE TABLE t (a); DROP TABLE t").await;
        let complaint = refused(&command(&database.settings, &["user", "list"]).await);
        assert!(complaint.contains("has no tables of Cartera"), "{complaint}");
        done(&command(&database.settings, &["migrate"]).await);
        done(&command(&database.settings, &["user", "list"]).await);
    });
}

#[test]
fn no_command_but_those_that_begin_makes_tables() {
    runtime().block_on(async {
        let database = TestDatabase::empty(Backend::Postgres).await;
        let address = String::from(database.settings.database.clone());
        let url = Url::parse(&address).expect("an address");
        let place = format!("database {} on ", url.path().trim_start_matches('/'));
        all_refuse(&database.settings, &place).await;
        let db = Db::open(&database.settings).await.expect("the database opens");
        assert!(!db.has_tables().await.expect("tables are listed"));
        // A database of another program gets none either.
        db.writer()
            .execute_unprepared("CREATE TABLE users (id integer)")
            .await
            .expect("a table");
        all_refuse(&database.settings, &place).await;
        let found = crate::support::snapshot::texts(&db, "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()").await;
        assert_eq!(found, ["users"]);
        db.close().await.expect("the database closes");
        database.remove().await;
    });
}

/// The address with another part.
fn changed(address: &str, change: impl FnOnce(&mut Url)) -> String {
    let mut url = Url::parse(address).expect("an address");
    change(&mut url);
    url.into()
}

#[test]
fn a_postgres_that_refuses_connections_is_reported_with_the_cause() {
    runtime().block_on(async {
        let database = TestDatabase::create(Backend::Postgres).await;
        let address = String::from(database.settings.database.clone());
        let url = Url::parse(&address).expect("an address");
        let (host, password) = (url.host_str().expect("a host"), url.password().expect("a password"));
        let place = format!("{host}:{}", url.port().expect("a port"));
        let free = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
            listener.local_addr().expect("an address").port()
        };
        let set = |change: &dyn Fn(&mut Url)| changed(&address, |url| change(url));
        for (address, place, words) in [
            (
                set(&|url| url.set_port(Some(free)).expect("a port")),
                format!("{host}:{free}"),
                "connection refused",
            ),
            (
                set(&|url| url.set_password(Some("sesame")).expect("a password")),
                place.clone(),
                "password authentication failed for the user cartera",
            ),
            (
                set(&|url| url.set_path("/cartera_nowhere")),
                place.clone(),
                "the database cartera_nowhere does not exist",
            ),
            (set(&|url| url.set_query(Some("sslmode=require"))), place.clone(), "TLS refused"),
        ] {
            let settings = Settings {
                database: address.parse().expect("an address"),
                ..database.settings.clone()
            };
            for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["user", "list"]] {
                let complaint = refused(&command(&settings, arguments).await);
                assert!(complaint.contains(words), "{words}: {complaint}");
                assert!(complaint.contains(&format!("PostgreSQL at {place}")), "{words}: {complaint}");
                assert!(!complaint.contains(password) && !complaint.contains("sesame"), "{complaint}");
            }
        }
        database.remove().await;
    });
}
