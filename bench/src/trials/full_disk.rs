//! The disk below SQLite fills up while clients write: writes are refused, reads continue, and all continues once there is space.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::meter::{Allowed, Meter, ROW, Tally};
use super::stage::{Stage, status};
use super::writer::{Answer, exchange};
use super::writers::Readers;
use super::{Common, Load, clients, history, line, seconds, soundness, spread, verdict, verify};
use crate::client::post;
use crate::process::Server;
use crate::{Result, samples};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
    /// How often the disk fills up
    #[arg(long, default_value_t = 5)]
    pub rounds: u32,
    /// Clients that write at once
    #[arg(long, default_value_t = 4)]
    pub writers: usize,
    /// Clients that read meanwhile
    #[arg(long, default_value_t = 2)]
    pub readers: usize,
    /// How large the disk is, in MiB
    #[arg(long, default_value_t = 32)]
    pub size: u32,
    /// How long full service may take once there is space, in seconds
    #[arg(long, default_value_t = 10)]
    pub most_seconds: u64,
}

/// A file system of its own, which is taken away when this is dropped.
struct Disk(PathBuf);

/// So many refusals are enough for one round.
const REFUSALS: u64 = 40;
/// The disk has to be full after so long.
const FULL: Duration = Duration::from_secs(60);
/// Interval between two checks.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Other content of the disk.
const BALLAST: &str = "ballast";
/// SQLite's messages about a full disk, in the log.
const CAUSES: &[&str] = &["disk is full", "disk I/O error"];

/// Whether a file system can be mounted here.
pub fn is_possible() -> bool {
    let place = std::env::temp_dir().join(format!("cartera-trial-disk-{}", std::process::id()));
    let is_possible = Disk::mount(&place, 1).is_ok();
    // It is empty and in the folder of temporary files.
    let _ = fs::remove_dir(&place);
    is_possible
}

pub async fn run(arguments: Arguments) -> Result<()> {
    let Common {
        cartera, pause, damage, ..
    } = &arguments.common;
    let mut stage = Stage::new(cartera, None)?;
    stage.keeps = damage.is_none();
    let disk = Disk::mount(&stage.folder.join("disk"), arguments.size)
        .map_err(|error| format!("skipped: no file system can be mounted here, which takes root: {error}"))?;
    stage.database = format!("sqlite:{}", disk.0.join("cartera.db").display());
    let (server, _) = stage.start().await?;
    let mut writers = clients(&server, &stage, arguments.writers, *pause, None).await?;
    let token = samples::sign_in(server.address, samples::ADMINISTRATOR).await?;
    let (mut tally, mut reads) = (Tally::default(), 0);
    let (mut first, mut full) = (Vec::new(), Vec::new());
    for round in 1..=arguments.rounds {
        let meter = Arc::new(Meter::new(Allowed {
            death: false,
            absence: true,
        }));
        let load = Load::start(&server, writers, &meter);
        let readers = Readers::start(server.address, &token, arguments.readers, *pause);
        let mut found = Vec::new();
        // A little is left, and less each time: what finds no room first is not always the same.
        disk.fill(256 << 10 >> round)?;
        be_full(&server, &meter, &mut found).await;
        disk.free()?;
        meter.mark();
        let freed = Instant::now();
        let most = Duration::from_secs(arguments.most_seconds);
        while meter.back().1.is_none() && freed.elapsed() < most {
            sleep(POLL_INTERVAL).await;
        }
        let back = meter.back();
        if back.1.is_none() {
            found.push(format!(
                "there were no {ROW} successes in a row within {most:?} after there was space"
            ));
        }
        first.extend(back.0);
        full.extend(back.1);
        writers = load.stop().await;
        let (read, wrong) = readers.stop().await;
        reads += read;
        found.extend(wrong);
        let mut counted = meter.take();
        found.append(&mut counted.wrong);
        tally.add(counted);
        soundness::damage(&stage.database, damage.as_deref()).await?;
        let (verified, promises) = verify(&server, writers).await;
        writers = verified;
        found.extend(promises);
        if round == arguments.rounds {
            writers.iter_mut().for_each(|writer| writer.finish());
        }
        let histories: Vec<_> = writers.iter().map(|writer| &writer.history).collect();
        found.extend(history::compare_all(&stage.database, &histories).await?);
        found.extend(soundness::complete(&stage.database).await);
        found.extend(stage.logged(&[" ERROR "])?);
        if stage.logged(CAUSES)?.is_empty() {
            found.push("the log does not say why writes were refused".to_owned());
        }
        if !found.is_empty() {
            disk.save(&stage.folder)?;
        }
        verdict(
            found.into_iter().map(|words| format!("round {round}: {words}")).collect(),
            &mut stage,
        )?;
    }
    println!(
        "a full disk below SQLite {} times, {} writers, {} readers",
        arguments.rounds, arguments.writers, arguments.readers
    );
    line("writes acknowledged, all there", tally.by_kind());
    line(
        "refused as UNAVAILABLE",
        format!("{}, the slowest after {}", tally.refused, seconds(tally.slowest_refusal)),
    );
    line("lists read meanwhile", reads);
    line("once there is space, first success", spread(&mut first));
    line(&format!("{ROW} successes in a row after"), spread(&mut full));
    drop(server);
    Ok(())
}

/// Waits until enough writes have been refused, and reads meanwhile.
async fn be_full(server: &Server, meter: &Meter, found: &mut Vec<String>) {
    let begun = Instant::now();
    while meter.refused() < REFUSALS && begun.elapsed() < FULL {
        sleep(POLL_INTERVAL).await;
    }
    if meter.refused() < REFUSALS {
        found.push(format!("only {} writes were refused on a full disk", meter.refused()));
    }
    // What serves readers is ready, even if it cannot write.
    if status(server.address, "/readyz").await != Some(200) {
        found.push("/readyz did not answer 200 on a full disk".to_owned());
    }
    let document = include_str!("../../operations/session_create.graphql");
    let variables = serde_json::json!({ "email": samples::ADMINISTRATOR, "password": samples::PASSWORD });
    let body = serde_json::json!({ "query": document, "variables": variables }).to_string();
    let asked = post("/graphql", None, &body);
    match exchange(&mut None, server.address, &asked, "sessionCreate").await {
        // A session may still find room.
        Answer::Done(_) | Answer::Unavailable => {}
        Answer::Lost(words) | Answer::Wrong(words) => found.push(format!("signing in on a full disk was answered {words}")),
    }
}

impl Disk {
    fn mount(place: &Path, mebibytes: u32) -> Result<Disk> {
        fs::create_dir_all(place)?;
        let options = format!("size={mebibytes}m,mode=0700");
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "cartera-trial"])
            .arg(place)
            .output()?;
        if done.status.success() {
            Ok(Disk(place.to_owned()))
        } else {
            Err(String::from_utf8_lossy(&done.stderr).trim().to_owned().into())
        }
    }

    /// Takes all space but so many bytes.
    fn fill(&self, left: u64) -> Result<()> {
        let mut ballast = File::create(self.0.join(BALLAST))?;
        let block = [0; 4096];
        let mut length = 0;
        loop {
            match ballast.write(&block) {
                Ok(written) => length += written as u64,
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(ballast.set_len(length.saturating_sub(left))?)
    }

    fn free(&self) -> Result<()> {
        Ok(fs::remove_file(self.0.join(BALLAST))?)
    }

    /// Copies the database to where it outlives the disk.
    fn save(&self, folder: &Path) -> Result<()> {
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            fs::copy(entry.path(), folder.join(entry.file_name()))?;
        }
        Ok(())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a process may still use it.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}
