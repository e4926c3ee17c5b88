//! Many concurrent writers on SQLite, with readers: all writes succeed, and no client sees a lock error.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::meter::{Allowed, Meter};
use super::stage::Stage;
use super::writer::{Answer, exchange, request};
use super::{Common, Load, PROSPECTS, clients, history, line, soundness, verdict, verify};
use crate::{Result, samples};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
    /// How long they write, in seconds
    #[arg(long, default_value_t = 30)]
    pub seconds: u64,
    /// Clients that write at once
    #[arg(long, default_value_t = 32)]
    pub writers: usize,
    /// Clients that read meanwhile
    #[arg(long, default_value_t = 8)]
    pub readers: usize,
}

const LIST: &str = "query List { prospects(first: 20) { nodes { id name status { name } timeline(first: 3) { nodes { id } } } } }";
/// SQLite's messages about locks.
const LOCKS: &[&str] = &["is locked", "(code: 5)", "(code: 6)", "(code: 261)", "(code: 517)"];

pub async fn run(arguments: Arguments) -> Result<()> {
    let Common {
        cartera, pause, damage, ..
    } = &arguments.common;
    let mut stage = Stage::new(cartera, None)?;
    stage.keeps = damage.is_none();
    stage.fill(PROSPECTS).await?;
    let (server, _) = stage.start().await?;
    let writers = clients(&server, &stage, arguments.writers, *pause, Some("sales1@demo.example")).await?;
    let token = samples::sign_in(server.address, samples::ADMINISTRATOR).await?;
    let meter = Arc::new(Meter::new(Allowed {
        death: false,
        absence: false,
    }));
    let begun = Instant::now();
    let load = Load::start(&server, writers, &meter);
    let readers = Readers::start(server.address, &token, arguments.readers, *pause);
    sleep(Duration::from_secs(arguments.seconds)).await;
    let writers = load.stop().await;
    let (reads, mut broken) = readers.stop().await;
    let elapsed = begun.elapsed().as_secs_f64();
    let mut tally = meter.take();
    broken.append(&mut tally.wrong);
    soundness::damage(&stage.database, damage.as_deref()).await?;
    let (mut writers, found) = verify(&server, writers).await;
    broken.extend(found);
    writers.iter_mut().for_each(|writer| writer.finish());
    let histories: Vec<_> = writers.iter().map(|writer| &writer.history).collect();
    broken.extend(history::compare_all(&stage.database, &histories).await?);
    broken.extend(soundness::complete(&stage.database).await);
    broken.extend(stage.logged(LOCKS)?);
    if tally.sum() == 0 || reads == 0 {
        broken.push("nothing was written or read".to_owned());
    }
    verdict(broken, &mut stage)?;
    println!(
        "{} writers and {} readers on SQLite for {elapsed:.0} s",
        arguments.writers, arguments.readers
    );
    line("writes acknowledged, all there", tally.by_kind());
    line("writes a second", format!("{:.0}", tally.sum() as f64 / elapsed));
    let [median, most] = [0.5, 0.99].map(|part| tally.quantile(part));
    line("a write took", format!("{median:.0} ms, {most:.0} ms at most in 99 of 100"));
    line("reads a second", format!("{:.0}", reads as f64 / elapsed));
    line("answers and log lines with locks", 0);
    Ok(())
}

/// Clients that read a list over and over.
pub struct Readers {
    stop: Arc<AtomicBool>,
    read: Arc<AtomicU64>,
    tasks: JoinSet<Option<String>>,
}

impl Readers {
    pub fn start(address: SocketAddr, token: &str, count: usize, pause: u64) -> Readers {
        let (stop, read) = (Arc::new(AtomicBool::default()), Arc::new(AtomicU64::default()));
        let mut tasks = JoinSet::new();
        for _ in 0..count {
            let question = request(token, LIST, &json!({}));
            let (stop, read) = (stop.clone(), read.clone());
            tasks.spawn(async move {
                let mut connection = None;
                while !stop.load(Ordering::Relaxed) {
                    match exchange(&mut connection, address, &question, "prospects").await {
                        Answer::Done(_) => read.fetch_add(1, Ordering::Relaxed),
                        Answer::Unavailable => return Some("a list was refused as UNAVAILABLE".to_owned()),
                        Answer::Lost(words) | Answer::Wrong(words) => return Some(format!("a list was answered {words}")),
                    };
                    sleep(Duration::from_millis(pause)).await;
                }
                None
            });
        }
        Readers { stop, read, tasks }
    }

    /// Number of lists that were read, and the problems found.
    pub async fn stop(self) -> (u64, Vec<String>) {
        self.stop.store(true, Ordering::Relaxed);
        let wrong = self.tasks.join_all().await.into_iter().flatten().collect();
        (self.read.load(Ordering::Relaxed), wrong)
    }
}
