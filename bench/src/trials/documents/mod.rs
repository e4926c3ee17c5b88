//! The server is killed while documents are uploaded, moved, deleted, restored and swept, over and over: no row is ever without its file, after
//! the sweep no file is without a row, and every acknowledged upload is downloaded as it was sent.

/// Files that are uploaded.
mod file;
/// What is looked at after a restart.
mod look;
/// Requests and their answers.
mod requests;
/// Rows and files.
mod state;
/// Counts.
mod tally;
/// Clients that upload.
mod uploader;

use std::collections::HashSet;
use std::time::Duration;

use cartera::storage::{Location, Storage};
use cartera::telemetry::metrics::Metrics;
use sea_orm::prelude::Uuid;
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::kills::{Databases, on_each, until_gone};
use super::postgres::Postgres;
use super::stage::Stage;
use super::{Common, PROSPECTS, line, soundness, spread, verdict};
use crate::load::Chance;
use crate::process::Server;
use crate::{Result, ids, samples};
use requests::Caller;
use state::State;
use tally::Tally;
use uploader::Uploader;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
    /// How often the server is killed, on each database
    #[arg(long, default_value_t = 200)]
    pub cycles: u32,
    /// Clients that upload at once
    #[arg(long, default_value_t = 8)]
    pub uploaders: usize,
    #[arg(long, default_value = "both")]
    pub database: Databases,
    /// An object store, such as `s3://bucket/prefix`, with its credentials in the environment; without it, a folder
    #[arg(long)]
    pub storage: Option<String>,
    /// One that is open already
    #[arg(skip)]
    pub bucket: Option<Bucket>,
    /// All files are read after so many kills, and at the end; the rest of the time only those that are new
    #[arg(long, default_value_t = 20)]
    pub complete_every: u32,
    /// How long the last jobs may take, in seconds; leases of servers that were killed have to expire before
    #[arg(long, default_value_t = 180)]
    pub most_seconds: u64,
}

/// A bucket, and the settings by which the server finds it.
pub struct Bucket {
    pub storage: Storage,
    pub variables: Vec<(&'static str, String)>,
}

/// What the trial as a whole has counted.
#[derive(Default)]
struct Counts {
    starts: Vec<Duration>,
    leftovers: usize,
    removed: usize,
    complete: u32,
}

/// A kill comes so many milliseconds after the first request, or up to so many more.
const SHORTEST: usize = 200;
const MORE: usize = 1_000;
/// Interval between two looks at the jobs.
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// Repairs at once what the daily sweep would repair.
const REPAIR: [&str; 5] = ["documents", "check", "--repair", "--older-than", "0"];
const CHECK: [&str; 4] = ["documents", "check", "--older-than", "0"];
const NOTE: &str = "mutation Note($id: ID!) { noteCreate(prospectId: $id, input: { body: \"The carrier of documents.\" }) \
    { entry { note { id } } userErrors { code message } } }";

pub async fn run(arguments: Arguments) -> Result<()> {
    on_each(arguments.database, &arguments.common, async |name, postgres| {
        kill(name, &arguments, postgres).await
    })
    .await
}

async fn kill(name: &str, arguments: &Arguments, postgres: Option<&Postgres>) -> Result<()> {
    let common = &arguments.common;
    let mut stage = Stage::new(&common.cartera, postgres.map(|postgres| postgres.address.as_str()))?;
    stage.keeps = common.damage.is_none();
    let storage = place(name, arguments, &mut stage)?;
    stage.fill(PROSPECTS).await?;
    let (mut server, _) = stage.start().await?;
    let mut uploaders = uploaders(&server, arguments).await?;
    let mut chance = Chance::new(0);
    let mut counts = Counts::default();
    // Documents that were given up and may still have a row.
    let mut expiring = HashSet::new();
    for cycle in 1..=arguments.cycles {
        let stop = watch::Sender::new(false);
        let mut work = JoinSet::new();
        for uploader in uploaders {
            work.spawn(uploader.work(stop.subscribe()));
        }
        sleep(Duration::from_millis((SHORTEST + chance.below(MORE)) as u64)).await;
        server.kill()?;
        stop.send_replace(true);
        uploaders = work.join_all().await;
        if postgres.is_some() {
            until_gone(&stage.database).await?;
        }
        let mut wrong: Vec<String> = uploaders.iter_mut().flat_map(|uploader| uploader.wrong.drain(..)).collect();
        soundness::damage(&stage.database, common.damage.as_deref()).await?;
        let found = State::read(&stage.database, &storage).await?;
        wrong.extend(found.faults());
        counts.leftovers += found.leftovers();
        let kept = found.kept_of(&expiring);
        counts.removed += expiring.len() - kept.len();
        if let Err(error) = stage.run(&REPAIR).await {
            wrong.push(error.to_string());
        }
        let repaired = State::read(&stage.database, &storage).await?;
        if repaired.leftovers() > 0 {
            wrong.push(format!("{} files are without a row after the sweep", repaired.leftovers()));
        }
        wrong.extend(repaired.faults());
        // The next server is killed during this sweep, or soon after it.
        let given_up: Vec<Uuid> = uploaders
            .iter_mut()
            .flat_map(|uploader| uploader.given_up.drain(..))
            .filter_map(|id| ids::decode(&id))
            .collect();
        state::expire(&stage.database, &given_up).await?;
        expiring = kept;
        expiring.extend(given_up);
        let ready_in;
        (server, ready_in) = stage.start().await?;
        counts.starts.push(ready_in);
        let is_complete = cycle == arguments.cycles || cycle % arguments.complete_every == 0;
        let promises;
        (uploaders, promises) = verify(&server, uploaders, is_complete).await;
        wrong.extend(promises);
        let found = State::read(&stage.database, &storage).await?;
        wrong.extend(uploaders.iter().filter_map(|uploader| uploader.compare_entries(&found)));
        if is_complete {
            wrong.extend(found.compare_sums(&storage, &expiring).await?);
            counts.complete += 1;
        }
        verdict(
            wrong.into_iter().map(|words| format!("after kill {cycle}: {words}")).collect(),
            &mut stage,
        )?;
    }
    let begun = Instant::now();
    let wrong = end(&stage, &storage, &expiring, server, Duration::from_secs(arguments.most_seconds)).await?;
    verdict(wrong, &mut stage)?;
    let mut tally = Tally::default();
    uploaders.iter().for_each(|uploader| tally.add(uploader.tally));
    println!("{} kills on {name}, {} clients", arguments.cycles, arguments.uploaders);
    line("requests acknowledged, all as sent", tally.by_kind());
    line("requests cut off", tally.lost);
    line("of these, found to have happened", tally.lost_done);
    line("files left by kills, all removed", counts.leftovers);
    line("documents removed by sweeps", counts.removed + expiring.len());
    line("ready again after", spread(&mut counts.starts));
    line("checks of all files", counts.complete);
    line("the last jobs were done after", super::seconds(begun.elapsed()));
    Ok(())
}

/// The storage of the trial, which the server is told of.
fn place(name: &str, arguments: &Arguments, stage: &mut Stage) -> Result<Storage> {
    if let Some(bucket) = &arguments.bucket {
        for (variable, value) in &bucket.variables {
            stage.set(variable, value);
        }
        return Ok(bucket.storage.clone());
    }
    let address = match &arguments.storage {
        // Each database has files of its own.
        Some(address) => format!("{}/{}", address.trim_end_matches('/'), name.to_lowercase()),
        None => stage.folder.join("documents").display().to_string(),
    };
    stage.set("CARTERA_STORAGE", &address);
    let location: Location = address.parse()?;
    Ok(Storage::open(Some(&location), None, &Metrics::default())?)
}

/// Clients with a prospect and a note each, half of them an administrator and half a salesperson, signed in.
async fn uploaders(server: &Server, arguments: &Arguments) -> Result<Vec<Uploader>> {
    let address = server.address;
    let salesperson = samples::sign_in(address, "sales1@demo.example").await?;
    let administrator = samples::sign_in(address, samples::ADMINISTRATOR).await?;
    let list = format!("{{ prospects(first: {}) {{ nodes {{ id }} }} }}", arguments.uploaders);
    let found = samples::ask(address, Some(&salesperson), &list, json!({})).await?;
    let prospects = found["prospects"]["nodes"].as_array().ok_or("the salesperson has no prospects")?;
    if prospects.len() < arguments.uploaders {
        return Err(format!("the salesperson has {} prospects only", prospects.len()).into());
    }
    let mut uploaders = Vec::new();
    for (number, prospect) in prospects.iter().enumerate() {
        let token = [&administrator, &salesperson][number % 2].clone();
        let made = samples::ask(address, Some(&token), NOTE, json!({ "id": prospect["id"] })).await?;
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned).ok_or("a record without an ID");
        let caller = Caller {
            address,
            token,
            prospect: text(&prospect["id"])?,
            note: text(&made["noteCreate"]["entry"]["note"]["id"])?,
            connection: None,
        };
        uploaders.push(Uploader::new(number as u64, caller, Duration::from_millis(arguments.common.pause)));
    }
    Ok(uploaders)
}

/// Has all clients look at what they were promised by the server before this one; returns the violations.
async fn verify(server: &Server, uploaders: Vec<Uploader>, is_complete: bool) -> (Vec<Uploader>, Vec<String>) {
    let mut tasks = JoinSet::new();
    for mut uploader in uploaders {
        uploader.caller.address = server.address;
        uploader.caller.connection = None;
        tasks.spawn(async move {
            let wrong = uploader.verify(is_complete).await;
            (uploader, wrong)
        });
    }
    let (mut uploaders, mut broken) = (Vec::new(), Vec::new());
    for (uploader, wrong) in tasks.join_all().await {
        uploaders.push(uploader);
        broken.extend(wrong);
    }
    (uploaders, broken)
}

/// Waits for the last jobs, ends the server, and looks at the whole; returns what is wrong.
async fn end(stage: &Stage, storage: &Storage, expiring: &HashSet<Uuid>, server: Server, most: Duration) -> Result<Vec<String>> {
    let begun = Instant::now();
    let mut jobs = state::unfinished_jobs(&stage.database).await?;
    while jobs.0 > 0 && begun.elapsed() < most {
        sleep(POLL_INTERVAL).await;
        jobs = state::unfinished_jobs(&stage.database).await?;
    }
    server.kill()?;
    let mut wrong = Vec::new();
    if jobs != (0, 0) {
        wrong.push(format!(
            "{} jobs are not done after {most:?}, and {} have failed or are parked",
            jobs.0, jobs.1
        ));
    }
    if let Err(error) = stage.run(&CHECK).await {
        wrong.push(error.to_string());
    }
    let found = State::read(&stage.database, storage).await?;
    wrong.extend(found.faults());
    wrong.extend(found.faults_at_rest());
    let kept = found.kept_of(expiring).len();
    if kept > 0 {
        wrong.push(format!("{kept} documents whose time is over are there after the sweep"));
    }
    wrong.extend(soundness::complete(&stage.database).await);
    Ok(wrong)
}
