//! The server is killed while it runs jobs and clients write, over and over: no job may be lost, and none done twice where it says once.
//!
//! A feeder queues jobs that remove expired idempotency keys, in one transaction with the keys. Each slice of such a job removes some and adds
//! their number to its progress. So the keys that are left and the progress of all jobs together are what was fed, at any moment: a slice that
//! was done twice, or half, would show.

use std::collections::HashSet;
use std::time::Duration;

use sea_orm::prelude::Uuid;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, TransactionTrait};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::kills::{Databases, on_each, start, until_gone};
use super::meter::{Allowed, Meter, Tally};
use super::postgres::Postgres;
use super::{Common, Load, line, soundness, spread, verdict, verify};
use crate::Result;
use crate::load::Chance;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
    /// How often the server is killed, on each database
    #[arg(long, default_value_t = 200)]
    pub cycles: u32,
    /// Clients that write at once
    #[arg(long, default_value_t = 4)]
    pub writers: usize,
    #[arg(long, default_value = "both")]
    pub database: Databases,
    /// How long the last jobs may take, in seconds; leases of servers that were killed have to expire before
    #[arg(long, default_value_t = 180)]
    pub most_seconds: u64,
}

/// A kill comes so many milliseconds after the start, or up to so many more.
const SHORTEST: usize = 200;
const MORE: usize = 1_000;
/// What is fed at once, and how often.
const KEYS: u64 = 300;
const JOBS: u64 = 3;
const PAUSE: Duration = Duration::from_millis(50);
/// How many jobs the server runs at once.
const WORKERS: &str = "4";

/// What has been fed.
#[derive(Clone, Copy, Default)]
struct Fed {
    jobs: u64,
    keys: u64,
    /// Tries that the database refused, such as for a lock.
    refused: u64,
}

/// What is found.
struct Found {
    jobs: u64,
    done: u64,
    /// Neither done nor on their way.
    stuck: u64,
    /// The keys that are left, and those that jobs have counted.
    keys: u64,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    on_each(arguments.database, &arguments.common, async |name, postgres| {
        kill(name, &arguments, postgres).await
    })
    .await
}

async fn kill(name: &str, arguments: &Arguments, postgres: Option<&Postgres>) -> Result<()> {
    let damage = &arguments.common.damage;
    let (mut stage, mut server, mut writers) =
        start(&arguments.common, postgres, arguments.writers, &[("CARTERA_JOB_WORKERS", WORKERS)]).await?;
    let mut chance = Chance::new(0);
    let (mut tally, mut starts, mut fed) = (Tally::default(), Vec::new(), Fed::default());
    let mut cut_off = HashSet::new();
    let death = Allowed {
        death: true,
        absence: false,
    };
    for cycle in 1..=arguments.cycles {
        let meter = Meter::new(death).into();
        let load = Load::start(&server, writers, &meter);
        let stop = watch::Sender::new(false);
        let feeder = tokio::spawn(feed(stage.database.clone(), fed, stop.subscribe()));
        sleep(Duration::from_millis((SHORTEST + chance.below(MORE)) as u64)).await;
        server.kill()?;
        stop.send_replace(true);
        fed = feeder.await??;
        writers = load.stop().await;
        if postgres.is_some() {
            until_gone(&stage.database).await?;
        }
        soundness::damage(&stage.database, damage.as_deref()).await?;
        let mut broken = meter.take();
        let mut wrong = std::mem::take(&mut broken.wrong);
        tally.add(broken);
        // Before the next server, which would go on at once.
        wrong.extend(read_found(&stage.database).await?.compare(fed));
        cut_off.extend(read_claims(&stage.database).await?);
        let ready_in;
        (server, ready_in) = stage.start().await?;
        starts.push(ready_in);
        let (verified, promises) = verify(&server, writers).await;
        writers = verified;
        wrong.extend(promises);
        verdict(
            wrong.into_iter().map(|words| format!("after kill {cycle}: {words}")).collect(),
            &mut stage,
        )?;
    }
    let begun = Instant::now();
    let most = Duration::from_secs(arguments.most_seconds);
    let mut found = read_found(&stage.database).await?;
    while found.done < fed.jobs && begun.elapsed() < most {
        sleep(Duration::from_millis(200)).await;
        found = read_found(&stage.database).await?;
    }
    let mut wrong = found.compare(fed);
    if found.done < fed.jobs {
        wrong.push(format!("{} jobs are not done after {most:?}", fed.jobs - found.done));
    }
    wrong.extend(soundness::complete(&stage.database).await);
    verdict(wrong, &mut stage)?;
    println!("{} kills on {name}, {} clients", arguments.cycles, arguments.writers);
    line("jobs queued, all done", fed.jobs);
    line("attempts cut off by a kill", cut_off.len());
    line("rows removed, each counted once", fed.keys);
    line("batches that found the file locked", fed.refused);
    line("writes acknowledged, all there", tally.by_kind());
    line("ready again after", spread(&mut starts));
    line("the last jobs were done after", super::seconds(begun.elapsed()));
    Ok(())
}

impl Found {
    fn compare(&self, fed: Fed) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.jobs != fed.jobs {
            wrong.push(format!("{} jobs were queued and {} are there", fed.jobs, self.jobs));
        }
        if self.keys != fed.keys {
            wrong.push(format!("{} rows were fed; left and counted as removed are {}", fed.keys, self.keys));
        }
        if self.stuck > 0 {
            wrong.push(format!("{} jobs have failed, or are parked", self.stuck));
        }
        wrong
    }
}

/// Queues jobs together with what they are to remove, until stopped.
async fn feed(database: String, mut fed: Fed, stop: watch::Receiver<bool>) -> Result<Fed> {
    let db = Database::connect(&database).await?;
    while !*stop.borrow() {
        match feed_once(&db, fed).await {
            Ok(()) => {
                fed.jobs += JOBS;
                fed.keys += KEYS;
            }
            Err(_) => fed.refused += 1,
        }
        sleep(PAUSE).await;
    }
    db.close().await?;
    Ok(fed)
}

async fn feed_once(db: &DatabaseConnection, fed: Fed) -> Result<()> {
    let backend = db.get_database_backend();
    let (id, empty) = match backend {
        DbBackend::Postgres => ("gen_random_uuid()", "decode('', 'hex')"),
        _ => ("randomblob(16)", "x''"),
    };
    let numbers = |count: u64| format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})");
    let keys = format!(
        "{} INSERT INTO idempotency_keys (id, user_id, mutation, key, arguments, outcome, created_at) \
         SELECT {id}, (SELECT id FROM users ORDER BY id LIMIT 1), 'trial', CAST({} + i AS TEXT), {empty}, '{{}}', 0 FROM n",
        numbers(KEYS),
        fed.keys
    );
    let jobs = format!(
        "{} INSERT INTO jobs (id, kind, state, payload, progress_done, row_errors, attempts, max_attempts, run_after, created_at, updated_at) \
         SELECT {id}, 'clean_idempotency_keys', 'QUEUED', '{{}}', 0, 0, 0, 8, 0, 0, 0 FROM n",
        numbers(JOBS)
    );
    let tx = db.begin().await?;
    tx.execute_unprepared(&keys).await?;
    tx.execute_unprepared(&jobs).await?;
    tx.commit().await?;
    Ok(())
}

async fn read_found(database: &str) -> Result<Found> {
    let db = Database::connect(database).await?;
    let count = |condition: &str| format!("(SELECT count(*) FROM jobs WHERE schedule IS NULL AND {condition})");
    // One statement sees one moment.
    let text = format!(
        "SELECT {}, {}, {}, CAST((SELECT count(*) FROM idempotency_keys WHERE mutation = 'trial') \
         + (SELECT coalesce(sum(progress_done), 0) FROM jobs WHERE kind = 'clean_idempotency_keys') AS BIGINT)",
        count("1 = 1"),
        count("state = 'DONE'"),
        count("state NOT IN ('DONE', 'QUEUED', 'RUNNING')")
    );
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), text)).await?;
    let row = row.ok_or("the database did not answer")?;
    let number = |place: usize| -> Result<u64> { Ok(row.try_get_by_index::<i64>(place)?.unsigned_abs()) };
    let found = Found {
        jobs: number(0)?,
        done: number(1)?,
        stuck: number(2)?,
        keys: number(3)?,
    };
    db.close().await?;
    Ok(found)
}

/// The claims of the jobs that were running; each claim has an id of its own.
async fn read_claims(database: &str) -> Result<Vec<Uuid>> {
    let db = Database::connect(database).await?;
    let text = "SELECT lease_owner FROM jobs WHERE lease_owner IS NOT NULL";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), text)).await?;
    let claims = rows
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<std::result::Result<_, _>>()?;
    db.close().await?;
    Ok(claims)
}
