//! Small versions of the trials that `scripts/trials` runs at length: kills, restarts of PostgreSQL, many writers, a full disk.

use std::path::PathBuf;

use bench::trials::{Common, attributes, documents, full_disk, jobs, kills, restarts, writers};
use cartera::telemetry::metrics::Metrics;

use crate::support::Bucket;

/// Arguments of the trials with this program, and with a PostgreSQL of its own, because others use theirs.
fn common(damage: Option<&str>) -> Common {
    Common {
        cartera: env!("CARGO_BIN_EXE_cartera").into(),
        postgres: PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scripts/postgres"),
        pause: 8,
        damage: damage.map(str::to_owned),
    }
}

fn three_kills(database: kills::Databases, damage: Option<&str>) -> kills::Arguments {
    kills::Arguments {
        common: common(damage),
        cycles: 3,
        writers: 16,
        database,
        complete_every: 3,
        most_seconds: 30,
    }
}

#[tokio::test]
async fn kills_on_sqlite_lose_nothing() {
    let trial = kills::run(three_kills(kills::Databases::Sqlite, None));
    trial.await.expect("all is as promised");
}

#[tokio::test]
async fn kills_on_postgres_lose_nothing() {
    let trial = kills::run(three_kills(kills::Databases::Postgres, None));
    trial.await.expect("all is as promised");
}

#[tokio::test]
async fn what_a_kill_may_damage_is_found() {
    for (damage, finding) in [
        (
            "DELETE FROM search_documents WHERE prospect_id = (SELECT max(prospect_id) FROM search_documents)",
            "without its search document",
        ),
        (
            "UPDATE notes SET body = 'lost' WHERE id = (SELECT max(id) FROM notes WHERE body LIKE 'Note 0%')",
            "notes of",
        ),
        (
            "UPDATE prospects SET name = 'lost' WHERE id = (SELECT max(e.prospect_id) FROM notes n \
             JOIN timeline_entries e ON e.id = n.id WHERE n.body LIKE 'Note 0%')",
            "lost",
        ),
        (
            "DELETE FROM status_intervals WHERE prospect_id = (SELECT max(prospect_id) FROM status_intervals)",
            "whose status is not the one",
        ),
    ] {
        let trial = kills::run(three_kills(kills::Databases::Sqlite, Some(damage)));
        let broken = trial.await.expect_err(damage).to_string();
        assert!(broken.contains(finding), "{damage}: {broken}");
    }
}

fn kills_of_jobs(database: kills::Databases, damage: Option<&str>) -> jobs::Arguments {
    jobs::Arguments {
        common: common(damage),
        cycles: 3,
        writers: 2,
        database,
        most_seconds: 120,
    }
}

#[tokio::test]
async fn kills_on_sqlite_lose_no_job() {
    let trial = jobs::run(kills_of_jobs(kills::Databases::Sqlite, None));
    trial.await.expect("all is as promised");
}

/// Leases of servers that are gone last for a minute.
#[tokio::test]
async fn kills_on_postgres_lose_no_job() {
    let trial = jobs::run(kills_of_jobs(kills::Databases::Postgres, None));
    trial.await.expect("all is as promised");
}

#[tokio::test]
async fn jobs_that_are_lost_or_done_twice_are_found() {
    for (damage, finding) in [
        (
            "DELETE FROM jobs WHERE id = (SELECT max(id) FROM jobs WHERE schedule IS NULL)",
            "are there",
        ),
        (
            "UPDATE jobs SET progress_done = progress_done + 1 WHERE id = (SELECT max(id) FROM jobs WHERE kind = 'clean_idempotency_keys')",
            "left and counted as removed",
        ),
        (
            "UPDATE jobs SET state = 'PARKED' WHERE id = (SELECT max(id) FROM jobs WHERE schedule IS NULL)",
            "are parked",
        ),
    ] {
        let trial = jobs::run(kills_of_jobs(kills::Databases::Sqlite, Some(damage)));
        let broken = trial.await.expect_err(damage).to_string();
        assert!(broken.contains(finding), "{damage}: {broken}");
    }
}

fn kills_of_attributes(database: kills::Databases, damage: Option<&str>) -> attributes::Arguments {
    attributes::Arguments {
        common: common(damage),
        cycles: 4,
        prospects: 300,
        writers: 2,
        database,
        most_seconds: 120,
    }
}

#[tokio::test]
async fn kills_on_sqlite_leave_attributes_whole() {
    let trial = attributes::run(kills_of_attributes(kills::Databases::Sqlite, None));
    trial.await.expect("all is as promised");
}

#[tokio::test]
async fn kills_on_postgres_leave_attributes_whole() {
    let trial = attributes::run(kills_of_attributes(kills::Databases::Postgres, None));
    trial.await.expect("all is as promised");
}

#[tokio::test]
async fn attributes_that_are_half_changed_are_found() {
    for (damage, finding) in [
        (
            "UPDATE prospects SET attributes = json_remove(attributes, '$.\"trial_size\"') WHERE json_extract(attributes, '$.trial_number') = 7",
            "the size of record 7",
        ),
        (
            "UPDATE prospects SET attributes = json_remove(attributes, '$.trial_mark_3') WHERE json_extract(attributes, '$.trial_number') = 7",
            "the trial_mark_3 of record 7",
        ),
        ("DROP INDEX IF EXISTS prospects_unique_trial_number", "READY and not there"),
        (
            "UPDATE attribute_definitions SET type = 'INTEGER' WHERE key = 'trial_size'",
            "the type of the size is",
        ),
    ] {
        let trial = attributes::run(kills_of_attributes(kills::Databases::Sqlite, Some(damage)));
        let broken = trial.await.expect_err(damage).to_string();
        assert!(broken.contains(finding), "{damage}: {broken}");
    }
}

fn kills_of_documents(database: kills::Databases, damage: Option<&str>) -> documents::Arguments {
    documents::Arguments {
        common: common(damage),
        cycles: 4,
        uploaders: 4,
        database,
        storage: None,
        bucket: None,
        complete_every: 4,
        most_seconds: 120,
    }
}

#[tokio::test]
async fn kills_on_sqlite_leave_documents_with_their_files() {
    let trial = documents::run(kills_of_documents(kills::Databases::Sqlite, None));
    trial.await.expect("all is as promised");
}

#[tokio::test]
async fn kills_on_postgres_leave_documents_with_their_files() {
    let trial = documents::run(kills_of_documents(kills::Databases::Postgres, None));
    trial.await.expect("all is as promised");
}

#[tokio::test]
async fn kills_leave_documents_with_their_files_in_a_bucket() {
    let bucket = Bucket::start().await;
    let trial = documents::run(documents::Arguments {
        bucket: Some(documents::Bucket {
            storage: bucket.storage(&Metrics::default()),
            variables: bucket.variables(),
        }),
        ..kills_of_documents(kills::Databases::Sqlite, None)
    });
    trial.await.expect("all is as promised");
}

#[tokio::test]
async fn documents_that_a_kill_may_damage_are_found() {
    for (damage, finding) in [
        (
            "UPDATE documents SET file_key = id WHERE id = (SELECT max(id) FROM documents)",
            "a row without its file",
        ),
        (
            "UPDATE documents SET file_name = (SELECT min(file_name) FROM documents)",
            "exists several times",
        ),
        (
            "UPDATE documents SET thumbnail_key = id, thumbnail_state = 'READY' WHERE id = (SELECT max(id) FROM documents)",
            "not with its thumbnail",
        ),
        (
            "INSERT INTO uploads (id, user_id, size, received, created_at, expires_at) SELECT randomblob(16), id, 9, 1, 0, 1 FROM users",
            "says that it has",
        ),
        (
            "DELETE FROM documents WHERE id = (SELECT min(id) FROM documents)",
            "was acknowledged and is not listed",
        ),
        (
            "UPDATE documents SET deleted_at = 1 WHERE id = (SELECT min(id) FROM documents)",
            "was acknowledged and is not listed",
        ),
        (
            "UPDATE documents SET sha256 = 'lost' WHERE id = (SELECT min(id) FROM documents)",
            "with the sum lost",
        ),
        (
            "UPDATE timeline_entries SET kind = 'FIELD_CHANGE' WHERE id = (SELECT max(id) FROM timeline_entries WHERE kind = 'DOCUMENT')",
            "entries of documents",
        ),
    ] {
        let trial = documents::run(kills_of_documents(kills::Databases::Sqlite, Some(damage)));
        let broken = trial.await.expect_err(damage).to_string();
        assert!(broken.contains(finding), "{damage}: {broken}");
    }
}

#[tokio::test]
async fn restarts_of_postgres_are_survived() {
    let arguments = restarts::Arguments {
        common: common(None),
        cycles: 2,
        writers: 16,
        most_seconds: 20,
        most_milliseconds: 9_000,
        most_unnoticed: 9_000,
    };
    restarts::run(arguments).await.expect("all is as promised");
}

#[tokio::test]
async fn writers_on_sqlite_do_not_hear_of_locks() {
    let arguments = writers::Arguments {
        common: common(None),
        seconds: 3,
        writers: 32,
        readers: 4,
    };
    writers::run(arguments).await.expect("all is as promised");
}

#[tokio::test]
async fn a_full_disk_refuses_writes_until_there_is_space() {
    if !full_disk::is_possible() {
        eprintln!("left out: no file system can be mounted here, which takes root");
        return;
    }
    let arguments = full_disk::Arguments {
        common: common(None),
        rounds: 2,
        writers: 4,
        readers: 2,
        size: 32,
        most_seconds: 20,
    };
    full_disk::run(arguments).await.expect("all is as promised");
}
