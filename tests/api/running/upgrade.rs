//! A database of an earlier version is upgraded, and then answers like a new one.
//!
//! `tests/data/m0012.*` are backups of the version before the migration of canonical forms: eight prospects, with names, phones, e-mails
//! and numbers that are compared differently now. A version that changes the tables adds backups of the one before it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cartera::db::Db;
use cartera::demo;
use cartera::server::serve_starting;
use cartera::settings::Settings;
use migration::{CANONICAL_FORMS, Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Statement};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::backup::text;
use super::process::{command, done, refused};
use crate::support::{Backend, Snapshot, TestDatabase, runtime};

#[test]
fn an_earlier_version_is_brought_up_to_date_on_sqlite() {
    runtime().block_on(upgraded(Backend::Sqlite));
}

#[test]
fn an_earlier_version_is_brought_up_to_date_on_postgres() {
    runtime().block_on(upgraded(Backend::Postgres));
}

#[test]
fn what_was_cut_off_is_taken_up_again_on_sqlite() {
    runtime().block_on(taken_up(Backend::Sqlite));
}

#[test]
fn what_was_cut_off_is_taken_up_again_on_postgres() {
    runtime().block_on(taken_up(Backend::Postgres));
}

#[test]
fn two_users_with_one_email_stop_it_on_sqlite() {
    runtime().block_on(stopped(Backend::Sqlite));
}

#[test]
fn two_users_with_one_email_stop_it_on_postgres() {
    runtime().block_on(stopped(Backend::Postgres));
}

#[test]
fn the_way_back_gives_the_earlier_forms_on_sqlite() {
    runtime().block_on(taken_back(Backend::Sqlite));
}

#[test]
fn the_way_back_gives_the_earlier_forms_on_postgres() {
    runtime().block_on(taken_back(Backend::Postgres));
}

#[test]
fn the_way_back_is_refused_where_it_would_lose_a_number_on_sqlite() {
    runtime().block_on(kept_from_going_back(Backend::Sqlite));
}

#[test]
fn the_way_back_is_refused_where_it_would_lose_a_number_on_postgres() {
    runtime().block_on(kept_from_going_back(Backend::Postgres));
}

/// A database of the earlier version.
async fn earlier(backend: Backend) -> TestDatabase {
    let database = TestDatabase::empty(backend).await;
    let ending = match backend {
        Backend::Sqlite => "db",
        Backend::Postgres => "dump",
    };
    let backup: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/m0012.{ending}"));
    done(&command(&database.settings, &["restore", text(&backup)]).await);
    database
}

async fn texts(db: &Db, query: &str) -> Vec<String> {
    let rows = db.reader().query_all_raw(Statement::from_string(db.backend(), query)).await;
    let rows = rows.unwrap_or_else(|error| panic!("{query}: {error}"));
    rows.iter().map(|row| row.try_get_by_index(0).expect("a text")).collect()
}

/// Whether the search document of a prospect has the text in it.
async fn is_found(db: &Db, text: &str) -> bool {
    !texts(db, &format!("SELECT document FROM search_documents WHERE document LIKE '%{text}%'"))
        .await
        .is_empty()
}

async fn upgraded(backend: Backend) {
    let database = earlier(backend).await;
    let report = done(&command(&database.settings, &["migrate"]).await);
    assert!(report.contains("applied  m0014_canonical_forms"), "{report}");
    assert!(report.contains("in tags: `STRASSE` is now called `STRASSE (2)`"), "{report}");
    assert!(report.contains("document number 17204618"), "{report}");
    let db = Db::open(&database.settings).await.expect("the database opens");
    assert_eq!(demo::check(&db).await.expect("the tables are read"), [""; 0]);
    assert_eq!(
        texts(
            &db,
            "SELECT name || ' ' || name_norm FROM tags WHERE name_norm LIKE 'str%' ORDER BY name"
        )
        .await,
        ["STRASSE (2) strasse (2)", "Straße strasse"]
    );
    assert_eq!(
        texts(
            &db,
            "SELECT number || ' ' || number_norm || ' ' || COALESCE(exemption, '-') FROM identifiers WHERE number LIKE '%618' ORDER BY id"
        )
        .await,
        ["V-17.204.618 V17204618 -", "17204618 V17204618 COLLISION"]
    );
    for (typed, canonical) in [
        ("+39 06 6982 7431", "+390669827431"),
        ("+58 212 5550142 ext. 101", "+582125550142;ext=101"),
        ("0414-555 01 00", "+584145550100"),
        ("ana@müller.example", "ana@müller.example"),
    ] {
        let query = format!("SELECT value_norm FROM contact_points WHERE value = '{typed}'");
        assert_eq!(texts(&db, &query).await, [canonical], "{typed}");
    }
    for text in [
        "strassenbau lodz o''brien",
        "παπαδοπουλοσ",
        "isik yapi",
        "ana dordevic",
        "perez-lopez",
        "jose@ejemplo.example",
    ] {
        assert!(is_found(&db, text).await, "{text}");
    }
    assert_eq!(
        texts(&db, "SELECT city_norm FROM addresses WHERE city = 'Gießen'").await,
        ["giessen"]
    );
    assert_eq!(
        texts(
            &db,
            "SELECT repeat_rule FROM tasks WHERE occurs_at = due_at AND repeat_rule IS NOT NULL"
        )
        .await,
        ["FREQ=WEEKLY;BYDAY=MO"]
    );
    db.close().await.expect("the database closes");
    database.remove().await;
}

/// Columns of entered values with their normalised forms.
const FORMS: [&str; 9] = [
    "SELECT email || ' ' || email_norm || ' ' || name_norm FROM users ORDER BY id",
    "SELECT name || ' ' || name_norm FROM tags ORDER BY id",
    "SELECT name || ' ' || name_norm || ' ' || COALESCE(legal_name_norm, '-') FROM prospects ORDER BY id",
    "SELECT name_norm FROM contacts ORDER BY id",
    "SELECT COALESCE(city_norm, '-') || ' ' || COALESCE(municipality_norm, '-') || ' ' || COALESCE(parish_norm, '-') FROM addresses ORDER BY id",
    "SELECT value || ' ' || value_norm FROM contact_points ORDER BY id",
    "SELECT number || ' ' || number_norm FROM identifiers WHERE deleted_at IS NULL ORDER BY id",
    "SELECT name || ' ' || name_norm || ' ' || COALESCE(pattern, '-') FROM identifier_types ORDER BY id",
    "SELECT document FROM search_documents ORDER BY prospect_id",
];

async fn forms(db: &Db) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for query in FORMS {
        all.push(texts(db, query).await);
    }
    all
}

/// How many migrations are to be taken back to be before that of the canonical forms.
fn steps_back() -> String {
    let later = Migrator::migrations()
        .into_iter()
        .rev()
        .take_while(|migration| migration.name() != CANONICAL_FORMS);
    (later.count() + 1).to_string()
}

async fn taken_back(backend: Backend) {
    let database = earlier(backend).await;
    let db = Db::open(&database.settings).await.expect("the database opens");
    let before = forms(&db).await;
    assert!(before.iter().all(|rows| !rows.is_empty()), "{before:?}");
    let report = done(&command(&database.settings, &["migrate"]).await);
    let now = forms(&db).await;
    let types = "SELECT name || number_prefix || CAST(repeatable_numbers AS TEXT) FROM identifier_types ORDER BY id";
    let types_now = texts(&db, types).await;
    done(&command(&database.settings, &["migrate", "--down", &steps_back()]).await);
    for (query, (before, after)) in FORMS.iter().zip(before.iter().zip(&forms(&db).await)) {
        assert_eq!(after, before, "{query}");
    }
    // A second upgrade reports the same, with the same ids.
    assert_eq!(done(&command(&database.settings, &["migrate"]).await), report);
    assert!(
        report.contains("document number 17204618") && report.contains("`STRASSE (2)`"),
        "{report}"
    );
    assert_eq!((forms(&db).await, texts(&db, types).await), (now, types_now));
    db.close().await.expect("the database closes");
    database.remove().await;
}

async fn kept_from_going_back(backend: Backend) {
    let database = earlier(backend).await;
    done(&command(&database.settings, &["migrate"]).await);
    let db = Db::open(&database.settings).await.expect("the database opens");
    // Two that the version before holds for one, and a name of a catalogue.
    for statement in [
        "UPDATE identifiers SET number = 'V 17204618' WHERE number = '17204618'",
        "UPDATE tags SET name = 'कि', name_norm = 'कि' WHERE name = 'Straße'",
        "UPDATE tags SET name = 'कु', name_norm = 'कु' WHERE name = 'STRASSE (2)'",
    ] {
        let changed = db.writer().execute_unprepared(statement).await.expect(statement);
        assert_eq!(changed.rows_affected(), 1, "{statement}");
    }
    let before = Snapshot::take(&db).await;
    let complaint = refused(&command(&database.settings, &["migrate", "--down", &steps_back()]).await);
    let named = complaint
        .lines()
        .find(|line| line.contains("V 17204618"))
        .expect("the number is named");
    assert_eq!(named.matches("prs_").count(), 2, "{complaint}");
    assert!(
        complaint.contains("and 2 are there more often") && complaint.contains("tags: कि, कु"),
        "{complaint}"
    );
    before.assert_equal(&Snapshot::take(&db).await, "nothing is taken back");
    db.close().await.expect("the database closes");
    database.remove().await;
}

async fn taken_up(backend: Backend) {
    let database = earlier(backend).await;
    let db = Db::open(&database.settings).await.expect("the database opens");
    db.migrate().await.expect("it is brought up to date");
    // What earlier starts have done counts.
    let key = match backend {
        Backend::Sqlite => "id",
        Backend::Postgres => "decode(replace(CAST(id AS TEXT), '-', ''), 'hex')",
    };
    let all = texts(&db, "SELECT value FROM contact_points").await.len();
    let second = format!("(SELECT {key} FROM contact_points ORDER BY id LIMIT 1 OFFSET 1)");
    let statement = format!("UPDATE backfills SET step = 'contact points', position = {second}, is_finished = FALSE");
    db.writer().execute_unprepared(&statement).await.expect("it is cut off");
    let status = done(&command(&database.settings, &["migrate", "--status"]).await);
    let expected = format!("pending  canonical forms: step 6 of 8, contact points, 2 of {all} rows;");
    assert!(all > 2 && status.contains(&expected), "{status}");
    // As if it had been cut off among the contacts.
    for statement in [
        "UPDATE backfills SET step = 'contacts', position = NULL, is_finished = FALSE",
        "UPDATE contacts SET name_norm = 'x'",
        "UPDATE prospects SET legal_name_norm = 'before' WHERE legal_name IS NOT NULL",
        "UPDATE contact_points SET value_norm = '+39669827431' WHERE value = '+39 06 6982 7431'",
    ] {
        db.writer().execute_unprepared(statement).await.expect(statement);
    }
    db.migrate().await.expect("it is taken up again");
    assert!(is_found(&db, "ana dordevic").await && is_found(&db, "390669827431").await);
    assert_eq!(texts(&db, "SELECT name_norm FROM contacts WHERE name_norm = 'x'").await, [""; 0]);
    assert_ne!(
        texts(&db, "SELECT legal_name_norm FROM prospects WHERE legal_name_norm = 'before'").await,
        [""; 0],
        "what was done is not done again"
    );
    assert_eq!(
        texts(&db, "SELECT kind FROM collisions ORDER BY kind").await,
        ["CATALOG_NAME", "DOCUMENT_NUMBER"]
    );
    db.close().await.expect("the database closes");
    database.remove().await;
}

async fn stopped(backend: Backend) {
    let database = earlier(backend).await;
    let db = Db::open(&database.settings).await.expect("the database opens");
    for (user, email) in [("sales1", "ana@müller.example"), ("sales2", "ana@xn--mller-kva.example")] {
        let statement = format!("UPDATE users SET email = '{email}', email_norm = '{email}' WHERE email = '{user}@demo.example'");
        db.writer().execute_unprepared(&statement).await.expect("a user is changed");
    }
    let names = texts(&db, "SELECT name FROM users WHERE email LIKE 'ana@%'").await;
    let pending = Migrator::get_pending_migrations(db.writer().unlimited())
        .await
        .expect("a list")
        .len();
    let complaint = refused(&command(&database.settings, &["migrate"]).await);
    assert!(names.len() == 2 && names.iter().all(|name| complaint.contains(name)), "{complaint}");
    assert_eq!(
        Migrator::get_pending_migrations(db.writer().unlimited())
            .await
            .expect("a list")
            .len(),
        pending
    );
    db.close().await.expect("the database closes");
    database.remove().await;
}

#[test]
fn a_server_that_is_not_ready_says_so() {
    runtime().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (ready, is_ready) = oneshot::channel::<()>();
        let starting = tokio::spawn(async move {
            let settings = Settings::default();
            serve_starting(&settings, Arc::default(), listener, async { drop(is_ready.await) }).await;
        });
        let alive = reqwest::get(format!("{url}/healthz")).await.expect("an answer");
        assert_eq!(alive.status(), 200);
        for path in ["readyz", "graphql", ""] {
            let answer = reqwest::get(format!("{url}/{path}")).await.expect("an answer");
            assert_eq!(
                (answer.status().as_u16(), answer.headers()["retry-after"].as_bytes()),
                (503, &b"5"[..]),
                "{path}"
            );
            assert_eq!(answer.text().await.expect("a text"), "migrating\n");
        }
        drop(ready);
        starting.await.expect("it ends when the server is ready");
    });
}
