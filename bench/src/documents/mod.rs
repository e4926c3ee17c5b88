//! Speed of uploads and downloads beside bare routes that stream to and from a file, and the memory that many of them take at once.

/// Routes to compare with.
pub mod bare;
/// Many transfers at once.
mod crowd;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Connection;
use crate::files::{Form, bodyless};
use crate::load::Chance;
use crate::process::{self, Server};
use crate::report::median;
use crate::trials::stage::Stage;
use crate::{Result, samples};
use crowd::Crowd;

#[derive(clap::Args)]
pub struct Arguments {
    /// The program that is measured
    #[arg(long, default_value = "target/release/cartera")]
    cartera: PathBuf,
    /// Size of the files, in MiB
    #[arg(long, default_value_t = 25)]
    size: usize,
    /// How often each file is sent
    #[arg(long, default_value_t = 21)]
    rounds: usize,
    /// Uploads at once, and then downloads at once
    #[arg(long, default_value_t = 100)]
    at_once: usize,
}

/// A user of the server who uploads, and the prospects that get the documents.
struct Caller {
    token: String,
    prospects: Vec<String>,
}

/// Times of one kind of transfer to one server.
#[derive(Default)]
struct Times {
    milliseconds: Vec<f64>,
    cpu: Duration,
}

const UPLOAD: &str = "mutation Upload($id: ID!, $file: Upload!) { documentUpload(prospectId: $id, input: { file: $file }) \
    { document { id size downloadUrl } userErrors { code message } } }";
const PROSPECTS: &str = "{ prospects(first: 20) { nodes { id } } }";
/// Users of the demo, the administrator aside.
const SALESPEOPLE: usize = 4;
/// An upload and a download may take so much longer than over a bare route.
const RATIO: f64 = 1.5;
/// MiB that the transfers of the crowd may take together.
const MEMORY: f64 = 64.0;
/// Transfers of all users at once for which the server has permits. One user has a quarter of them.
const PERMITS: &str = "512";

pub async fn run(arguments: Arguments) -> Result<()> {
    let mut stage = Stage::new(&arguments.cartera, None)?;
    stage.set("CARTERA_DOCUMENT_MAX_BYTES", &(arguments.size << 20).to_string());
    stage.set("CARTERA_MAX_CONCURRENT_UPLOADS", PERMITS);
    stage.set("CARTERA_MAX_CONCURRENT_DOWNLOADS", PERMITS);
    stage.fill(1_000).await?;
    let (server, _) = stage.start().await?;
    let callers = callers(&server).await?;
    let content = content(arguments.size << 20);
    println!(
        "files of {} MiB, {} rounds in turn; milliseconds for each, median of the wall clock and mean of the server's processor time",
        arguments.size, arguments.rounds
    );
    println!(
        "{:<10} {:<10} {:>9} {:>11} {:>7} {:>13} {:>7}",
        "", "", "Cartera", "bare route", "ratio", "with fsync", "ratio"
    );
    transfers(&arguments, &stage, &server, &callers[0], &content).await?;
    drop(server);
    // A server of its own, whose memory nothing else has touched.
    let (server, _) = stage.start().await?;
    let crowd = Crowd::gather(&server, self::callers(&server).await?, arguments.at_once);
    let urls = crowd.upload(&content).await?;
    crowd.download(&urls, content.len()).await
}

/// Sends the file to each server in turn, and fetches it from each.
async fn transfers(arguments: &Arguments, stage: &Stage, server: &Server, caller: &Caller, content: &[u8]) -> Result<()> {
    let folder = stage.folder.join("bare");
    std::fs::create_dir_all(&folder)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("bare-files").arg("--folder").arg(&folder);
    let bare = Server::start(command, &stage.folder.join("bare.log")).await?;
    let mut to_server = Connection::open(server.address).await?;
    let mut to_bare = Connection::open(bare.address).await?;
    let [mut upload, mut bare_upload, mut synced_upload, mut download, mut bare_download] = [const { Times::new() }; 5];
    // The first round is not counted.
    for round in 0..=arguments.rounds {
        let is_counted = round > 0;
        let prospect = &caller.prospects[round % caller.prospects.len()];
        let begun = Start::now(server)?;
        let url = send_document(&mut to_server, &caller.token, prospect, content).await?;
        upload.add(begun, is_counted)?;
        for (path, times) in [("/synced/file", &mut synced_upload), ("/plain/file", &mut bare_upload)] {
            remove(&folder.join("file"))?;
            let begun = Start::now(&bare)?;
            let head = format!(
                "PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
                content.len()
            );
            let reply = to_bare.exchange_pieces(&[head.as_bytes(), content]).await?;
            expect(reply.status == 204, "the bare route did not take the file")?;
            times.add(begun, is_counted)?;
        }
        // Otherwise the next upload that is made durable waits for this one as well.
        std::fs::File::open(folder.join("file"))?.sync_all()?;
        for (connection, process, path, times) in [
            (&mut to_server, server, &url[..], &mut download),
            (&mut to_bare, &bare, "/plain/file", &mut bare_download),
        ] {
            let begun = Start::now(process)?;
            let (status, length) = connection.discard(&bodyless("GET", path)).await?;
            expect((status, length) == (200, content.len()), "a download is not the file")?;
            times.add(begun, is_counted)?;
        }
    }
    report("upload", upload, bare_upload, Some(synced_upload));
    report("download", download, bare_download, None);
    Ok(())
}

/// Uploads a document, and returns the address of its file.
async fn send_document(connection: &mut Connection, token: &str, prospect: &str, content: &[u8]) -> Result<String> {
    let form = Form::new(token, UPLOAD, json!({ "id": prospect }), "file.bin", content.len());
    let reply = connection.exchange_pieces(&[&form.beginning, content, &form.end]).await?;
    address_of(reply.body)
}

/// The address of the file of a new document, in the answer to its upload.
fn address_of(answer: &[u8]) -> Result<String> {
    let body: Value = serde_json::from_slice(answer).unwrap_or_default();
    let url = body["data"]["documentUpload"]["document"]["downloadUrl"].as_str();
    let url = url.ok_or_else(|| format!("an upload was answered {}", String::from_utf8_lossy(answer)))?;
    Ok(url.to_owned())
}

/// The administrator and the salespeople, each with some prospects.
async fn callers(server: &Server) -> Result<Vec<Caller>> {
    let salespeople = (1..=SALESPEOPLE).map(|number| format!("sales{number}@demo.example"));
    let mut callers = Vec::new();
    for email in std::iter::once(samples::ADMINISTRATOR.to_owned()).chain(salespeople) {
        let token = samples::sign_in(server.address, &email).await?;
        let found = samples::ask(server.address, Some(&token), PROSPECTS, json!({})).await?;
        let nodes = found["prospects"]["nodes"].as_array().into_iter().flatten();
        let prospects: Vec<String> = nodes.filter_map(|node| node["id"].as_str().map(str::to_owned)).collect();
        expect(!prospects.is_empty(), "a user has no prospects")?;
        callers.push(Caller { token, prospects });
    }
    Ok(callers)
}

/// Bytes that are no text.
fn content(size: usize) -> Vec<u8> {
    let mut chance = Chance::new(0);
    (0..size).map(|_| chance.below(256) as u8).collect()
}

/// The beginning of a transfer.
struct Start {
    process: u32,
    at: Instant,
    cpu: Duration,
}

impl Start {
    fn now(server: &Server) -> Result<Start> {
        Ok(Start {
            process: server.id(),
            cpu: process::cpu(server.id())?,
            at: Instant::now(),
        })
    }
}

impl Times {
    const fn new() -> Times {
        Times {
            milliseconds: Vec::new(),
            cpu: Duration::ZERO,
        }
    }

    fn add(&mut self, begun: Start, is_counted: bool) -> Result<()> {
        let elapsed = begun.at.elapsed();
        if is_counted {
            self.milliseconds.push(elapsed.as_secs_f64() * 1000.0);
            self.cpu += process::cpu(begun.process)?.saturating_sub(begun.cpu);
        }
        Ok(())
    }

    /// Wall clock and processor time of one transfer, in milliseconds.
    fn each(self) -> (f64, f64) {
        let cpu = self.cpu.as_secs_f64() * 1000.0 / self.milliseconds.len() as f64;
        (median(self.milliseconds), cpu)
    }
}

fn report(name: &str, own: Times, bare: Times, synced: Option<Times>) {
    let (own, bare, synced) = (own.each(), bare.each(), synced.map(Times::each));
    let line = |kind: &str, own: f64, bare: f64, synced: Option<f64>| {
        let synced = synced.map_or_else(String::new, |synced| format!("{synced:>13.1} {:>7.2}", own / synced));
        let verdict = if own > RATIO * bare { "   <-- more" } else { "" };
        println!(
            "{name:<10} {kind:<10} {own:>9.1} {bare:>11.1} {:>7.2} {synced}{verdict}",
            own / bare
        );
    };
    line("wall clock", own.0, bare.0, synced.map(|synced| synced.0));
    line("processor", own.1, bare.1, synced.map(|synced| synced.1));
}

fn expect(is_so: bool, otherwise: &str) -> Result<()> {
    if is_so { Ok(()) } else { Err(otherwise.into()) }
}

fn remove(file: &Path) -> Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
