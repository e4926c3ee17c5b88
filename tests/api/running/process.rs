//! The program as a process.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cartera::db::Db;
use cartera::settings::Settings;
use serde_json::json;
use tempfile::TempDir;
use tokio::time::sleep;

use crate::support::{PASSWORD, Person, snapshot};

/// A server in a process of its own.
pub struct Server {
    process: Child,
    /// `http://127.0.0.1:PORT`
    pub url: String,
    /// Address of the metrics, if requested.
    pub metrics: Option<String>,
    /// Read what it says to the end: its log, and what it prints.
    readers: Vec<JoinHandle<String>>,
    _folder: TempDir,
}

/// Longest time of a start.
const START: Duration = Duration::from_secs(60);

/// A call of the program with nothing but these settings, in that folder.
fn program(folder: &Path, settings: &Settings) -> Command {
    let mut program = without_settings(env!("CARGO_BIN_EXE_cartera").as_ref(), folder);
    program.env("CARTERA_DATABASE", String::from(settings.database.clone()));
    if let Some(storage) = &settings.storage {
        program.env("CARTERA_STORAGE", storage.to_string());
    }
    program
}

/// A call of the program, wherever it lies, with no settings from the environment.
pub fn without_settings(binary: &Path, folder: &Path) -> Command {
    let mut program = Command::new(binary);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CARTERA_") {
            program.env_remove(name);
        }
    }
    program.current_dir(folder).stdin(Stdio::null());
    program
}

/// A call of the program that is more than its arguments.
#[derive(Default)]
pub struct Called<'a> {
    /// Working directory; by default an empty folder.
    pub folder: Option<&'a Path>,
    pub variables: &'a [(&'a str, &'a str)],
    pub input: &'a str,
}

/// Runs a command to its end.
pub async fn command(settings: &Settings, arguments: &[&str]) -> Output {
    Called::default().command(settings, arguments).await
}

impl Called<'_> {
    /// Runs a command to its end.
    pub async fn command(&self, settings: &Settings, arguments: &[&str]) -> Output {
        let empty = tempfile::tempdir().expect("a folder can be made");
        let mut program = program(self.folder.unwrap_or(empty.path()), settings);
        program
            .args(arguments)
            .envs(self.variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let input = self.input.to_owned();
        tokio::task::spawn_blocking(move || {
            let mut process = program.spawn().expect("the program starts");
            let written = process.stdin.take().expect("the input is a pipe").write_all(input.as_bytes());
            // Most commands end without reading it.
            drop(written);
            let output = process.wait_with_output().expect("the program ends");
            drop(empty);
            output
        })
        .await
        .expect("nothing panics")
    }
}

/// Output of a successful command.
#[track_caller]
pub fn done(output: &Output) -> String {
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{complained}");
    said.into_owned()
}

/// Error output of a refused command.
#[track_caller]
pub fn refused(output: &Output) -> String {
    let complained = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{complained}");
    complained.into_owned()
}

/// Error output of a command with wrong arguments or settings.
#[track_caller]
pub fn wrong(output: &Output) -> String {
    let complained = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{complained}");
    complained.into_owned()
}

/// Waits until so many servers listen for notices on the PostgreSQL; they begin to just after their start.
pub async fn until_listening(settings: &Settings, count: u32) {
    let db = Db::open(settings).await.expect("the database opens");
    let query = "SELECT CAST(count(*) AS text) FROM pg_stat_activity \
                 WHERE datname = current_database() AND application_name = 'cartera server'";
    let started = Instant::now();
    while snapshot::texts(&db, query).await != [count.to_string()] {
        assert!(started.elapsed() < START, "{count} servers should listen");
        sleep(Duration::from_millis(20)).await;
    }
    db.close().await.expect("the database closes");
}

impl Server {
    /// Starts on a free port, and answers once it listens.
    pub async fn start(settings: &Settings, more: &[(&str, &str)]) -> Server {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let mut program = program(folder.path(), settings);
        program.arg("serve").env("CARTERA_LISTEN", "127.0.0.1:0");
        program.envs(more.iter().copied());
        Server::run(program, folder).await
    }

    /// Runs a call of `serve`, and answers once it listens.
    pub async fn run(mut program: Command, folder: TempDir) -> Server {
        let mut process = program
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut output = process.stdout.take().expect("the output is a pipe");
        let log = BufReader::new(process.stderr.take().expect("the log is a pipe"));
        let (sender, receiver) = mpsc::channel();
        let log = std::thread::spawn(move || follow(log, &sender));
        let output = std::thread::spawn(move || {
            let mut printed = String::new();
            // What was read until a failure is kept.
            let _ = output.read_to_string(&mut printed);
            printed
        });
        let started = tokio::task::spawn_blocking(move || {
            let mut metrics = None;
            loop {
                match receiver.recv_timeout(START) {
                    Ok(Said::Metrics(url)) => metrics = Some(url),
                    Ok(Said::Listening(url)) => return (url, metrics),
                    Err(error) => panic!("the server does not listen: {error}"),
                }
            }
        });
        let (url, metrics) = started.await.expect("the server listens");
        Server {
            process,
            url,
            metrics,
            readers: vec![log, output],
            _folder: folder,
        }
    }

    /// A signed-in person, with a session of this server.
    pub async fn sign_in(&self, person: &Person) -> Person {
        let anonymous = Person::anonymous(&self.url);
        let document = "mutation ($email: String!, $password: String!) {
            sessionCreate(input: { email: $email, password: $password }) { token userErrors { code } } }";
        let data = anonymous
            .query(document, json!({ "email": person.email, "password": PASSWORD }))
            .await;
        let token = data["sessionCreate"]["token"].as_str().expect("a token");
        person.at(&self.url).with_token(Some(token))
    }

    /// Asks it to stop, and waits until it has. Answers its log, followed by what it printed.
    pub fn stop(mut self) -> String {
        let asked = Command::new("kill").arg(self.process.id().to_string()).status();
        assert!(asked.expect("kill runs").success());
        let ended = self.process.wait().expect("the server is ours");
        assert_eq!(ended.code(), Some(0), "it ends in order");
        let said = std::mem::take(&mut self.readers).into_iter();
        said.map(|reader| reader.join().expect("nothing panics")).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended in order before.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

enum Said {
    Metrics(String),
    Listening(String),
}

/// Reads the log to its end, because a full pipe would hold up the server.
fn follow(mut log: BufReader<impl Read>, sender: &mpsc::Sender<Said>) -> String {
    let mut whole = String::new();
    let mut line = String::new();
    while log.read_line(&mut line).is_ok_and(|length| length > 0) {
        let address = |words: &str| line.split_once(words).map(|(_, rest)| rest.trim().to_owned());
        // The metrics stop with the server.
        if let Some(url) = address("metrics on ") {
            let _ = sender.send(Said::Metrics(url));
        } else if let Some(url) = address("listening on ") {
            let _ = sender.send(Said::Listening(url));
        }
        whole.push_str(&line);
        line.clear();
    }
    whole
}
