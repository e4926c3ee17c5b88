//! Jobs in processes of their own: `serve` that runs them or not, and `work`.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cartera::db::Db;
use cartera::settings::Settings;
use tokio::time::sleep;

use super::process::{Server, command, refused, without_settings};
use crate::support::{Backend, TestApp, TestDatabase, runtime, snapshot};

/// How long a process may take to have done what it is to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// `cartera work` in a process of its own.
struct Worker {
    process: Child,
    _folder: tempfile::TempDir,
}

impl Worker {
    fn start(settings: &Settings) -> Worker {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let mut program = without_settings(env!("CARGO_BIN_EXE_cartera").as_ref(), folder.path());
        program.env("CARTERA_DATABASE", String::from(settings.database.clone())).arg("work");
        if let Some(storage) = &settings.storage {
            program.env("CARTERA_STORAGE", storage.to_string());
        }
        let process = program
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        Worker { process, _folder: folder }
    }

    /// Asks it to stop, and waits until it has.
    fn stop(mut self) {
        let asked = Command::new("kill").arg(self.process.id().to_string()).status();
        assert!(asked.expect("kill runs").success());
        assert_eq!(self.process.wait().expect("the worker is ours").code(), Some(0), "it ends in order");
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended in order before.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits until the jobs are in these states, each with how many there are.
async fn until(settings: &Settings, expected: &[&str]) {
    let db = Db::open(settings).await.expect("the database opens");
    let query = "SELECT state || ' ' || CAST(count(*) AS text) FROM jobs GROUP BY state ORDER BY 1";
    let started = Instant::now();
    loop {
        let found = snapshot::texts(&db, query).await;
        if found == expected {
            break;
        }
        assert!(started.elapsed() < PATIENCE, "{found:?} instead of {expected:?}");
        sleep(Duration::from_millis(20)).await;
    }
    db.close().await.expect("the database closes");
}

#[test]
fn jobs_run_in_processes_on_sqlite() {
    jobs_run_in_processes(Backend::Sqlite);
}

#[test]
fn jobs_run_in_processes_on_postgres() {
    jobs_run_in_processes(Backend::Postgres);
}

fn jobs_run_in_processes(backend: Backend) {
    runtime().block_on(async {
        let database = TestDatabase::create(backend).await;
        let settings = &database.settings;
        TestApp::start(&database).await.stop().await;
        let off = [("CARTERA_JOBS_IN_SERVE", "false")];
        let server = Server::start(settings, &off).await;
        match backend {
            Backend::Sqlite => {
                let message = refused(&command(settings, &["work"]).await);
                assert!(
                    message.contains("is locked") && message.contains("the server runs the jobs itself"),
                    "{message}"
                );
                until(settings, &[]).await;
                server.stop();
                let worker = Worker::start(settings);
                until(settings, &["DONE 5"]).await;
                worker.stop();
            }
            Backend::Postgres => {
                until(settings, &[]).await;
                let workers = [(); 2].map(|()| Worker::start(settings));
                until(settings, &["DONE 5"]).await;
                server.stop();
                workers.into_iter().for_each(Worker::stop);
            }
        }
        // The jobs of this hour and this day are done, so that a server has some only after these are gone.
        let db = Db::open(settings).await.expect("the database opens");
        sea_orm::ConnectionTrait::execute_unprepared(db.writer(), "DELETE FROM jobs")
            .await
            .expect("jobs are removed");
        db.close().await.expect("the database closes");
        let server = Server::start(settings, &[]).await;
        until(settings, &["DONE 5"]).await;
        server.stop();
        database.remove().await;
    });
}

#[test]
fn work_makes_no_database() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let missing = format!("sqlite:{}", folder.path().join("missing.db").display());
        let settings = Settings {
            database: missing.parse().expect("an address"),
            ..Settings::default()
        };
        let message = refused(&command(&settings, &["work"]).await);
        assert!(message.contains("there is no database"), "{message}");
    });
}
