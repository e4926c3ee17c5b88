//! Trials: the server is put through what goes wrong where servers run, and what it promised is looked up afterwards.

/// The server is killed while attributes change.
pub mod attributes;
/// The server is killed while documents are uploaded and removed.
pub mod documents;
/// A small file system that fills up.
pub mod full_disk;
/// Guarantees to clients.
mod history;
/// The server is killed while it runs jobs.
pub mod jobs;
/// The server is killed, over and over.
pub mod kills;
/// Counts and times of answers.
mod meter;
/// A private PostgreSQL that can be stopped.
mod postgres;
/// PostgreSQL is stopped and started, over and over.
pub mod restarts;
/// Whether all that is written belongs together.
mod soundness;
/// Environment of a trial.
pub(crate) mod stage;
/// Clients that write.
mod writer;
/// Many writers at once on SQLite.
pub mod writers;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::process::Server;
use crate::{Result, samples};
use meter::Meter;
use stage::Stage;
use writer::{Texts, Writer};

#[derive(clap::Subcommand)]
pub enum Trial {
    /// Kills the server while clients write; nothing that was acknowledged may be lost, and nothing half written
    Kills(kills::Arguments),
    /// Kills the server while it runs jobs; none may be lost, and none done twice where it says once
    Jobs(jobs::Arguments),
    /// Kills the server during type changes of attributes and builds of their indexes; each is in effect as a whole or not at all
    Attributes(attributes::Arguments),
    /// Kills the server while documents are uploaded, moved, deleted and restored; no row may be without its file, and no file without a row
    Documents(documents::Arguments),
    /// Stops and starts PostgreSQL while clients write; the server has to say so meanwhile, and to be back soon after
    Restarts(restarts::Arguments),
    /// Concurrent writes of many clients on SQLite, without lock errors
    Writers(writers::Arguments),
    /// Fills the disk below SQLite; writes have to be refused clearly, and to go on once there is space (needs root, for a file system of its own)
    FullDisk(full_disk::Arguments),
}

/// Arguments of all trials.
#[derive(Clone, clap::Args)]
pub struct Common {
    /// The program that is tried
    #[arg(long, default_value = "target/release/cartera")]
    pub cartera: PathBuf,
    /// The script that starts a private PostgreSQL
    #[arg(long, default_value = "scripts/postgres")]
    pub postgres: PathBuf,
    /// How long each client waits between two writes, in milliseconds
    #[arg(long, default_value_t = 8)]
    pub pause: u64,
    /// SQL that does damage before each look at the records, to see that the look finds it
    #[arg(long)]
    pub damage: Option<String>,
}

/// Words for what should not have happened, with the folder that is kept for a look at it.
const SHOWN: usize = 20;
const PROSPECTS: u32 = 200;
/// Points that are never used up.
pub(crate) const PLENTY: &str = "1000000000000";

pub async fn run(trial: Trial) -> Result<()> {
    match trial {
        Trial::Kills(arguments) => kills::run(arguments).await,
        Trial::Jobs(arguments) => jobs::run(arguments).await,
        Trial::Attributes(arguments) => attributes::run(arguments).await,
        Trial::Documents(arguments) => documents::run(arguments).await,
        Trial::Restarts(arguments) => restarts::run(arguments).await,
        Trial::Writers(arguments) => writers::run(arguments).await,
        Trial::FullDisk(arguments) => full_disk::run(arguments).await,
    }
}

/// So many clients, half of them an administrator and half a salesperson, signed in; their sessions outlive the server.
async fn clients(server: &Server, stage: &Stage, count: usize, pause: u64, salesperson: Option<&str>) -> Result<Vec<Writer>> {
    let texts = Arc::new(Texts::read(&stage.database).await?);
    let administrator = samples::sign_in(server.address, samples::ADMINISTRATOR).await?;
    let salesperson = match salesperson {
        Some(email) => samples::sign_in(server.address, email).await?,
        None => administrator.clone(),
    };
    let tokens = [administrator, salesperson];
    let pause = Duration::from_millis(pause);
    let writer = |number: usize| Writer::new(number as u64, tokens[number % 2].clone(), texts.clone(), pause);
    Ok((0..count).map(writer).collect())
}

/// Clients at work.
struct Load {
    stop: watch::Sender<bool>,
    tasks: JoinSet<Writer>,
}

impl Load {
    fn start(server: &Server, writers: Vec<Writer>, meter: &Arc<Meter>) -> Load {
        let stop = watch::Sender::new(false);
        let mut tasks = JoinSet::new();
        for writer in writers {
            tasks.spawn(writer.write(server.address, meter.clone(), stop.subscribe()));
        }
        Load { stop, tasks }
    }

    /// Waits until each has the answer to its last write, or knows that it gets none.
    async fn stop(self) -> Vec<Writer> {
        self.stop.send_replace(true);
        self.tasks.join_all().await
    }
}

/// Repeats unanswered requests of all clients, and checks what they wrote; returns the violations.
async fn verify(server: &Server, writers: Vec<Writer>) -> (Vec<Writer>, Vec<String>) {
    let mut tasks = JoinSet::new();
    for mut writer in writers {
        let address = server.address;
        tasks.spawn(async move {
            let found = writer.verify(address).await;
            (writer, found)
        });
    }
    let (mut writers, mut broken) = (Vec::new(), Vec::new());
    for (writer, found) in tasks.join_all().await {
        writers.push(writer);
        broken.extend(found);
    }
    (writers, broken)
}

/// Fails where anything is broken, and then keeps the folder.
fn verdict(broken: Vec<String>, stage: &mut Stage) -> Result<()> {
    if broken.is_empty() {
        return Ok(());
    }
    for words in broken.iter().take(SHOWN) {
        println!("BROKEN: {words}");
    }
    if stage.keeps {
        println!("database and logs stay in {}", stage.keep().display());
    }
    Err(format!("{} things are not as promised, such as: {}", broken.len(), broken[0]).into())
}

/// One line of a table.
fn line(what: &str, value: impl std::fmt::Display) {
    println!("  {what:<34} {value}");
}

fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

/// The middle and the longest of some times.
fn spread(times: &mut [Duration]) -> String {
    times.sort_unstable();
    match (times.get(times.len() / 2), times.last()) {
        (Some(median), Some(longest)) => format!("median {}, longest {}", seconds(*median), seconds(*longest)),
        _ => "none".to_owned(),
    }
}
