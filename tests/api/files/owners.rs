//! One storage and two databases: only the one that it belongs to writes there and deletes what it does not know.

use cartera::jobs::documents::check::{self, MayDelete};
use cartera::jobs::{self, Work};
use cartera::storage::{Ownership, Storage};
use futures_util::TryStreamExt;

use super::upload;
use crate::support::{Backend, Bucket, TestApp, TestDatabase, runtime};

const YEAR: i64 = 365 * 24 * 60 * 60 * 1000;

async fn files(storage: &Storage) -> usize {
    storage.list().try_collect::<Vec<_>>().await.expect("files can be listed").len()
}

async fn sweep(app: &TestApp) {
    jobs::run_due(&app.core, &Work::standard(2)).await.expect("jobs run");
}

#[test]
fn a_second_database_deletes_no_files_of_the_first_on_sqlite() {
    of_two(Backend::Sqlite);
}

#[test]
fn a_second_database_deletes_no_files_of_the_first_on_postgres() {
    of_two(Backend::Postgres);
}

fn of_two(backend: Backend) {
    runtime().block_on(async {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let bucket = Bucket::start().await;
        for is_bucket in [false, true] {
            let (one, other) = (TestDatabase::create(backend).await, TestDatabase::create(backend).await);
            let start = async |database: &TestDatabase| {
                let app = TestApp::start(database).await;
                let metrics = app.core.db.metrics();
                let storage = match is_bucket {
                    true => bucket.storage(metrics),
                    false => Storage::in_folder(folder.path().join("documents"), metrics),
                };
                app.with_storage(storage).await
            };
            let (first, second) = (start(&one).await, start(&other).await);
            // The files have the time of the real clock.
            let later = cartera::app::Clock::default().now() + YEAR;
            let made = first.prospect().owner(&first.ana).create().await;
            first.document(&first.ana, &made, "one", b"one").await;
            assert_eq!(first.core.storage.ownership().await.expect("a mark"), Ownership::Ours);

            second.clock.set(later);
            sweep(&second).await;
            assert_eq!(files(&second.core.storage).await, 1);
            assert!(matches!(check::may_delete(&second.core.storage).await, Ok(MayDelete::No(_))));
            // Nor does it leave files that the first one would delete.
            let ana = second.with_session(&second.ana).await;
            let theirs = second.prospect().by(&ana).create().await;
            let refused = upload(&ana, &theirs, "a.txt", b"content").await;
            assert_eq!((refused.status, refused.codes()), (503, vec!["UNAVAILABLE"]), "{}", refused.text);
            assert_eq!(files(&second.core.storage).await, 1);

            // Once it is the owner it does, and the first one does not any more.
            second.core.storage.adopt().await.expect("a mark");
            upload(&ana, &theirs, "a.txt", b"content").await.payload("documentUpload");
            first.clock.set(later);
            sweep(&first).await;
            assert_eq!(files(&first.core.storage).await, 2);
            second.clock.set(later + YEAR);
            sweep(&second).await;
            assert_eq!(files(&second.core.storage).await, 1);
            assert_eq!(second.sql("SELECT name FROM documents").await, ["a.txt"]);
            for app in [first, second] {
                app.stop().await;
            }
            for database in [one, other] {
                database.remove().await;
            }
        }
    });
}

both! {
    /// Files without a mark, as those of a version before the mark, belong to the database that sweeps first.
    async fn all_servers_of_a_database_own_its_files(app: TestApp) {
        app.stored_file("of no document", b"of no document").await;
        let other = app.with_settings(|_| {}).await;
        for server in [&app, &other] {
            assert_eq!(server.core.storage.claim().await.expect("a mark"), Ownership::Ours);
        }
        let ids = app.sql("SELECT CAST(count(*) AS text) FROM installations").await;
        assert_eq!(ids, ["1"]);
    }
}
