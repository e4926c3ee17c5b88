//! PostgreSQL is stopped and started while clients write, over and over: the server says so meanwhile, and is back soon after.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::meter::{Allowed, Meter, ROW, Tally};
use super::postgres::{Postgres, Stop};
use super::stage::{Stage, status};
use super::{Common, Load, PROSPECTS, clients, history, line, seconds, soundness, spread, verdict, verify};
use crate::Result;
use crate::load::Chance;
use crate::process::Server;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
    /// How often PostgreSQL is stopped: fast and immediately in turn
    #[arg(long, default_value_t = 20)]
    pub cycles: u32,
    /// Clients that write at once
    #[arg(long, default_value_t = 16)]
    pub writers: usize,
    /// How long full service may take once PostgreSQL is back, in seconds
    #[arg(long, default_value_t = 10)]
    pub most_seconds: u64,
    /// How long a refusal may take while it is away, in milliseconds
    #[arg(long, default_value_t = 3000)]
    pub most_milliseconds: u64,
    /// How long `/readyz` may go on to say that all is well, in milliseconds
    #[arg(long, default_value_t = 3000)]
    pub most_unnoticed: u64,
}

/// Time until an absence was noticed, and until it ended.
struct Absence {
    noticed: Duration,
    first: Option<Duration>,
    full: Option<Duration>,
    ready: Duration,
}

/// Everything is checked after so many stops.
const COMPLETE_EVERY: u32 = 5;
/// Interval between two checks.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

pub async fn run(arguments: Arguments) -> Result<()> {
    let Common {
        cartera,
        postgres,
        pause,
        damage,
    } = &arguments.common;
    let mut postgres = Postgres::start(postgres).await?;
    let mut stage = Stage::new(cartera, Some(&postgres.address))?;
    stage.keeps = damage.is_none();
    stage.fill(PROSPECTS).await?;
    let (server, _) = stage.start().await?;
    let mut writers = clients(&server, &stage, arguments.writers, *pause, Some("sales1@demo.example")).await?;
    let mut chance = Chance::new(0);
    let mut tally = Tally::default();
    let (mut noticed, mut first, mut full, mut ready) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for cycle in 1..=arguments.cycles {
        let how = if cycle % 2 == 1 { Stop::Immediate } else { Stop::Fast };
        let meter = Arc::new(Meter::new(Allowed {
            death: false,
            absence: true,
        }));
        let load = Load::start(&server, writers, &meter);
        sleep(Duration::from_millis((300 + chance.below(600)) as u64)).await;
        let away = Duration::from_millis((500 + chance.below(3000)) as u64);
        let mut found = Vec::new();
        let absence = be_away(&mut postgres, how, away, &server, &meter, &arguments, &mut found).await?;
        writers = load.stop().await;
        let mut counted = meter.take();
        found.append(&mut counted.wrong);
        if counted.refused == 0 {
            found.push("no request was refused while PostgreSQL was away".to_owned());
        }
        if counted.slowest_refusal > Duration::from_millis(arguments.most_milliseconds) {
            found.push(format!("a refusal took {:?}", counted.slowest_refusal));
        }
        tally.add(counted);
        noticed.push(absence.noticed);
        first.extend(absence.first);
        full.extend(absence.full);
        ready.push(absence.ready);
        soundness::damage(&stage.database, damage.as_deref()).await?;
        let (verified, promises) = verify(&server, writers).await;
        writers = verified;
        found.extend(promises);
        found.extend(soundness::quick(&stage.database).await);
        let is_last = cycle == arguments.cycles;
        if is_last {
            writers.iter_mut().for_each(|writer| writer.finish());
        }
        if is_last || cycle % COMPLETE_EVERY == 0 {
            let histories: Vec<_> = writers.iter().map(|writer| &writer.history).collect();
            found.extend(history::compare_all(&stage.database, &histories).await?);
            found.extend(soundness::complete(&stage.database).await);
        }
        found.extend(stage.logged(&[" ERROR "])?);
        verdict(
            found.into_iter().map(|words| format!("stop {cycle} ({how:?}): {words}")).collect(),
            &mut stage,
        )?;
    }
    let doubts: u64 = writers.iter().map(|writer| writer.history.doubts).sum();
    let doubts_done: u64 = writers.iter().map(|writer| writer.history.doubts_done).sum();
    println!("{} stops of PostgreSQL, {} clients", arguments.cycles, arguments.writers);
    line("writes acknowledged, all there", tally.by_kind());
    line(
        "refused as UNAVAILABLE",
        format!("{}, the slowest after {}", tally.refused, seconds(tally.slowest_refusal)),
    );
    line("of these, cleared up by a look", format!("{doubts} ({doubts_done} had happened)"));
    line("/readyz says so after", spread(&mut noticed));
    line("once it is back, first success after", spread(&mut first));
    line(&format!("{ROW} successes in a row after"), spread(&mut full));
    line("/readyz is well again after", spread(&mut ready));
    drop(server);
    postgres.end().await
}

/// Stops PostgreSQL for a while, starts it, and waits for full service.
async fn be_away(
    postgres: &mut Postgres,
    how: Stop,
    away: Duration,
    server: &Server,
    meter: &Meter,
    arguments: &Arguments,
    found: &mut Vec<String>,
) -> Result<Absence> {
    postgres.stop(how).await?;
    let stopped = Instant::now();
    let unnoticed = Duration::from_millis(arguments.most_unnoticed);
    let noticed = until_status(server, 503, unnoticed).await;
    if noticed.is_none() {
        found.push(format!("/readyz did not answer 503 within {unnoticed:?}"));
    }
    if status(server.address, "/healthz").await != Some(200) {
        found.push("/healthz did not answer 200 while PostgreSQL was away".to_owned());
    }
    sleep(away.saturating_sub(stopped.elapsed())).await;
    postgres.start_again().await?;
    meter.mark();
    let back = Instant::now();
    let most = Duration::from_secs(arguments.most_seconds);
    while meter.back().1.is_none() && back.elapsed() < most {
        sleep(POLL_INTERVAL).await;
    }
    let (first, full) = meter.back();
    if full.is_none() {
        found.push(format!("there were no {ROW} successes in a row within {most:?}"));
    }
    let ready = until_status(server, 200, most).await.map(|_| back.elapsed());
    if ready.is_none() {
        found.push(format!("/readyz did not answer 200 within {most:?}"));
    }
    Ok(Absence {
        noticed: noticed.unwrap_or(unnoticed),
        first,
        full,
        ready: ready.unwrap_or(most),
    })
}

/// Time until `/readyz` answers with the status; None: longer than permitted.
async fn until_status(server: &Server, wanted: u16, most: Duration) -> Option<Duration> {
    let begun = Instant::now();
    while begun.elapsed() < most {
        if status(server.address, "/readyz").await == Some(wanted) {
            return Some(begun.elapsed());
        }
        sleep(POLL_INTERVAL).await;
    }
    None
}
