//! The server is killed repeatedly while clients write: no acknowledged write is lost, none is partial, and it restarts by itself.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use tokio::time::{Instant, sleep};

use super::meter::{Allowed, Meter, Tally};
use super::postgres::Postgres;
use super::stage::Stage;
use super::writer::Writer;
use super::{Common, Load, PROSPECTS, clients, history, line, soundness, spread, verdict, verify};
use crate::Result;
use crate::load::Chance;
use crate::process::Server;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
    /// How often the server is killed, on each database
    #[arg(long, default_value_t = 200)]
    pub cycles: u32,
    /// Clients that write at once
    #[arg(long, default_value_t = 16)]
    pub writers: usize,
    #[arg(long, default_value = "both")]
    pub database: Databases,
    /// Everything is checked after so many kills, and at the end; the rest of the time only what the kill may have broken
    #[arg(long, default_value_t = 20)]
    pub complete_every: u32,
    /// How long a start may take, in seconds
    #[arg(long, default_value_t = 10)]
    pub most_seconds: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Databases {
    Sqlite,
    Postgres,
    Both,
}

/// A kill comes so many milliseconds after the first write, or up to so many more.
const SHORTEST: usize = 300;
const MORE: usize = 1_200;
/// Longest time for PostgreSQL to notice that a client is gone.
const GONE: Duration = Duration::from_secs(10);

pub async fn run(arguments: Arguments) -> Result<()> {
    on_each(arguments.database, &arguments.common, async |name, postgres| {
        kill(name, &arguments, postgres).await
    })
    .await
}

async fn kill(name: &str, arguments: &Arguments, postgres: Option<&Postgres>) -> Result<()> {
    let damage = &arguments.common.damage;
    let (mut stage, mut server, mut writers) = start(&arguments.common, postgres, arguments.writers, &[]).await?;
    let mut chance = Chance::new(0);
    let (mut tally, mut starts, mut complete) = (Tally::default(), Vec::new(), 0);
    let death = Allowed {
        death: true,
        absence: false,
    };
    for cycle in 1..=arguments.cycles {
        let meter = Meter::new(death).into();
        let load = Load::start(&server, writers, &meter);
        sleep(Duration::from_millis((SHORTEST + chance.below(MORE)) as u64)).await;
        server.kill()?;
        writers = load.stop().await;
        if postgres.is_some() {
            until_gone(&stage.database).await?;
        }
        let mut broken = meter.take();
        let ready_in;
        (server, ready_in) = stage.start().await?;
        starts.push(ready_in);
        soundness::damage(&stage.database, damage.as_deref()).await?;
        let mut found = std::mem::take(&mut broken.wrong);
        tally.add(broken);
        if ready_in > Duration::from_secs(arguments.most_seconds) {
            found.push(format!("the server took {ready_in:?} to be ready again"));
        }
        let (verified, promises) = verify(&server, writers).await;
        writers = verified;
        found.extend(promises);
        found.extend(soundness::quick(&stage.database).await);
        let is_last = cycle == arguments.cycles;
        if is_last {
            writers.iter_mut().for_each(|writer| writer.finish());
        }
        if is_last || cycle % arguments.complete_every == 0 {
            let histories: Vec<_> = writers.iter().map(|writer| &writer.history).collect();
            found.extend(history::compare_all(&stage.database, &histories).await?);
            found.extend(soundness::complete(&stage.database).await);
            complete += 1;
        }
        verdict(
            found.into_iter().map(|words| format!("after kill {cycle}: {words}")).collect(),
            &mut stage,
        )?;
    }
    let doubts: u64 = writers.iter().map(|writer| writer.history.doubts).sum();
    let doubts_done: u64 = writers.iter().map(|writer| writer.history.doubts_done).sum();
    println!("{} kills on {name}, {} clients", arguments.cycles, arguments.writers);
    line("writes acknowledged, all there", tally.by_kind());
    line("writes cut off", tally.lost);
    line("of these, cleared up by a look", format!("{doubts} ({doubts_done} had happened)"));
    line("ready again after", spread(&mut starts));
    line("complete checks", complete);
    Ok(())
}

/// Runs a trial on the databases, one after the other, given the name of each; PostgreSQL is one of its own.
pub async fn on_each(databases: Databases, common: &Common, trial: impl AsyncFn(&str, Option<&Postgres>) -> Result<()>) -> Result<()> {
    if databases != Databases::Postgres {
        trial("SQLite", None).await?;
    }
    if databases != Databases::Sqlite {
        let postgres = Postgres::start(&common.postgres).await?;
        trial("PostgreSQL", Some(&postgres)).await?;
        postgres.end().await?;
    }
    Ok(())
}

/// The environment of a trial, with data in it and its settings, a server, and so many clients that write.
pub async fn start(
    common: &Common,
    postgres: Option<&Postgres>,
    writers: usize,
    settings: &[(&str, &str)],
) -> Result<(Stage, Server, Vec<Writer>)> {
    let mut stage = Stage::new(&common.cartera, postgres.map(|postgres| postgres.address.as_str()))?;
    stage.keeps = common.damage.is_none();
    for (variable, value) in settings {
        stage.set(variable, value);
    }
    stage.fill(PROSPECTS).await?;
    let (server, _) = stage.start().await?;
    let writers = clients(&server, &stage, writers, common.pause, Some("sales1@demo.example")).await?;
    Ok((stage, server, writers))
}

/// Waits until PostgreSQL has done with the connections of a server that was killed: what they still commit belongs to before the look.
pub async fn until_gone(database: &str) -> Result<()> {
    let db = Database::connect(database).await?;
    let begun = Instant::now();
    while connections(&db).await? > 0 {
        if begun.elapsed() > GONE {
            return Err("PostgreSQL still has connections of a server that was killed".into());
        }
        sleep(Duration::from_millis(5)).await;
    }
    Ok(db.close().await?)
}

async fn connections(db: &DatabaseConnection) -> Result<i64> {
    let text = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'cartera%'";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), text)).await?;
    Ok(row.ok_or("PostgreSQL did not answer")?.try_get_by_index(0)?)
}
