//! `cartera demo`: until when its data goes, how its tasks are due, and in which language it is.

use cartera::app::Clock;
use cartera::db::Db;
use cartera::demo::{self, Timeframe};
use cartera::settings::Settings;
use chrono::{Days, NaiveDate, Utc};
use chrono_tz::Tz;

use super::process::{Called, command, done, refused, wrong};
use crate::support::{Backend, TestDatabase, runtime, snapshot};

/// The zone of the setting `default_time_zone` where none is given.
const ZONE: Tz = Tz::America__Caracas;

fn today() -> NaiveDate {
    Utc::now().with_timezone(&ZONE).date_naive()
}

async fn opened(database: &TestDatabase) -> Db {
    Db::open(&database.settings).await.expect("the database opens")
}

#[test]
fn it_ends_on_the_given_day() {
    runtime().block_on(async {
        for (backend, locale, status) in [(Backend::Sqlite, "es_MX", "Nuevo"), (Backend::Postgres, "en-GB", "New")] {
            let database = TestDatabase::empty(backend).await;
            let called = Called {
                variables: &[("CARTERA_DEFAULT_LOCALE", locale)],
                ..Called::default()
            };
            let arguments = ["demo", "--prospects", "1500", "--users", "4", "--until", "2026-09-30"];
            // Without the setting there is a storage with SQLite only.
            let settings = Settings {
                storage: None,
                ..database.settings.clone()
            };
            let said = done(&called.command(&settings, &arguments).await);
            assert!(said.contains("timeline entries up to 2026-09-30"), "{said}");
            match backend {
                Backend::Sqlite => assert!(said.contains(" documents are in the storage"), "{said}"),
                Backend::Postgres => assert!(said.contains("There are no documents: the setting `storage` is not set"), "{said}"),
            }
            let db = opened(&database).await;
            let frame = Timeframe::new(Clock::default().now(), "2026-09-30".parse().ok(), ZONE).expect("a day that has passed");
            assert_eq!(demo::check(&db).await.expect("checks"), [""; 0]);
            assert_eq!(demo::check_shares(&db, &frame).await.expect("checks"), [""; 0]);
            let names = snapshot::texts(&db, "SELECT name FROM statuses WHERE is_default").await;
            assert_eq!(names, [status], "{locale}");
            db.close().await.expect("the database closes");
            database.remove().await;
        }
    });
}

#[test]
fn it_ends_today_if_no_day_is_given() {
    runtime().block_on(async {
        for backend in [Backend::Sqlite, Backend::Postgres] {
            let database = TestDatabase::empty(backend).await;
            let (day, before) = (today(), Clock::default().now());
            let said = done(&command(&database.settings, &["demo", "--prospects", "1500", "--users", "4"]).await);
            let after = Clock::default().now();
            // Midnight may have passed meanwhile.
            let ends = |day: NaiveDate| said.contains(&format!("timeline entries up to {day}"));
            assert!(ends(day) || ends(today()), "{said}");
            let db = opened(&database).await;
            let latest = "SELECT CAST(max(recorded_at) AS text) FROM timeline_entries";
            let latest: i64 = snapshot::texts(&db, latest).await[0].parse().expect("a time");
            assert!(
                latest <= after && before - latest < 24 * 60 * 60 * 1_000,
                "the latest entry is of the last day"
            );
            let planned = |test: &str| format!("SELECT CAST(count(*) AS text) FROM tasks WHERE state = 'PLANNED' AND {test}");
            for test in [
                format!("due_at < {before}"),
                format!("due_at >= {before} AND due_at < {before} + 86400000"),
                format!("due_at > {after} + 86400000"),
            ] {
                assert_ne!(snapshot::texts(&db, &planned(&test)).await, ["0"], "{test}");
            }
            let names = snapshot::texts(&db, "SELECT name FROM statuses WHERE is_default").await;
            assert_eq!(names, ["Nuevo"], "the locale is es-VE where none is given");
            db.close().await.expect("the database closes");
            database.remove().await;
        }
    });
}

#[test]
fn a_day_to_come_is_refused_before_anything_is_written() {
    runtime().block_on(async {
        let database = TestDatabase::create(Backend::Sqlite).await;
        let later = (today() + Days::new(2)).to_string();
        let complained = refused(&command(&database.settings, &["demo", "--prospects", "10", "--until", &later]).await);
        assert!(complained.contains("the last possible day is today"), "{complained}");
        let complained = wrong(&command(&database.settings, &["demo", "--until", "30.9.2026"]).await);
        assert!(complained.contains("expected a date such as 2026-09-30"), "{complained}");
        let db = opened(&database).await;
        for table in ["users", "channels", "prospects"] {
            let count = snapshot::texts(&db, &format!("SELECT CAST(count(*) AS text) FROM {table}")).await;
            assert_eq!(count, ["0"], "{table}");
        }
        db.close().await.expect("the database closes");
    });
}
