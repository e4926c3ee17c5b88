//! Environment of a trial: a folder, a database with data in it, and the tested server.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::PLENTY;
use crate::client::Connection;
use crate::process::Server;
use crate::{Result, samples};

/// The folder goes when this is dropped, unless it is to be kept.
pub struct Stage {
    pub folder: PathBuf,
    pub database: String,
    /// Whether the folder stays where something is broken: not where that was the intent.
    pub keeps: bool,
    cartera: PathBuf,
    /// More settings of the server.
    variables: Vec<(String, String)>,
    starts: u32,
    is_kept: bool,
}

/// Longest time of a start.
const START: Duration = Duration::from_secs(30);
/// Interval between two checks.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// The log of a server is kept in files of this kind, one for each start.
const LOG: &str = "log";

impl Stage {
    /// With a SQLite file in the folder, unless a database is named.
    pub fn new(cartera: &Path, database: Option<&str>) -> Result<Stage> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("cartera-trial-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let mut stage = Stage {
            database: String::new(),
            keeps: true,
            cartera: cartera.canonicalize().map_err(|error| format!("{}: {error}", cartera.display()))?,
            folder,
            variables: Vec::new(),
            starts: 0,
            is_kept: false,
        };
        stage.database = match database {
            Some(database) => database.to_owned(),
            None => format!("sqlite:{}", stage.folder.join("cartera.db").display()),
        };
        Ok(stage)
    }

    /// Has the program run with another value of a setting.
    pub fn set(&mut self, variable: &str, value: &str) {
        self.variables.push((variable.to_owned(), value.to_owned()));
    }

    /// Invents some data, with an administrator and salespeople.
    pub async fn fill(&self, prospects: u32) -> Result<()> {
        let prospects = prospects.to_string();
        let mut command = self.command(&["demo", "--prospects", &prospects, "--users", "4", "--until", samples::LAST_DAY]);
        // A storage that cannot be used: the documents are those of the trial alone.
        command.env("CARTERA_STORAGE", "/dev/null/none");
        carry_out(command, "demo").await
    }

    /// Runs a command of the program, and fails where it does.
    pub async fn run(&self, words: &[&str]) -> Result<()> {
        carry_out(self.command(words), &words.join(" ")).await
    }

    /// Starts the server, and returns the time until it was ready.
    pub async fn start(&mut self) -> Result<(Server, Duration)> {
        let mut command = self.command(&["serve"]);
        // A few clients send the requests of a thousand.
        command
            .env("CARTERA_LIMITS_BUCKET", PLENTY)
            .env("CARTERA_LIMITS_BUCKET_RESTORE", PLENTY);
        self.starts += 1;
        let log = self.folder.join(format!("{LOG}.{}", self.starts));
        let begun = Instant::now();
        let mut server = Server::spawn(command, &log)?;
        while status(server.address, "/readyz").await != Some(200) {
            if server.has_ended()? || begun.elapsed() > START {
                self.is_kept = true;
                return Err(format!("the server does not start by itself:\n{}", fs::read_to_string(log)?).into());
            }
            sleep(POLL_INTERVAL).await;
        }
        Ok((server, begun.elapsed()))
    }

    /// A call of the program with nothing but these settings.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.cartera);
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("CARTERA_") {
                command.env_remove(variable);
            }
        }
        command.args(words).args(["--database", &self.database]).current_dir(&self.folder);
        command.envs(self.variables.iter().map(|(variable, value)| (variable, value)));
        command.env("CARTERA_ADMIN_EMAIL", samples::ADMINISTRATOR);
        command.env("CARTERA_ADMIN_PASSWORD", samples::PASSWORD);
        command.stdin(Stdio::null());
        command
    }

    /// Lines of all logs that hold any of the words.
    pub fn logged(&self, words: &[&str]) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for number in 1..=self.starts {
            let text = fs::read_to_string(self.folder.join(format!("{LOG}.{number}")))?;
            let lines = text.lines().filter(|line| words.iter().any(|word| line.contains(word)));
            found.extend(lines.map(str::to_owned));
        }
        Ok(found)
    }

    /// Leaves the folder where it is.
    pub fn keep(&mut self) -> &Path {
        self.is_kept = true;
        &self.folder
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !self.is_kept {
            // What cannot be removed is in the folder of temporary files.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// The status of the answer; None where there is none within two seconds.
pub async fn status(address: SocketAddr, path: &str) -> Option<u16> {
    let asked = async {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let (status, _) = Connection::open(address).await?.ask(request.as_bytes()).await?;
        Ok::<_, crate::Failure>(status)
    };
    timeout(Duration::from_secs(2), asked).await.ok()?.ok()
}

/// Runs a command of the program to its end.
async fn carry_out(command: Command, words: &str) -> Result<()> {
    let done = tokio::process::Command::from(command).kill_on_drop(true).output().await?;
    if done.status.success() {
        return Ok(());
    }
    let said = [done.stdout, done.stderr].concat();
    Err(format!("`cartera {words}` failed: {}", String::from_utf8_lossy(&said)).into())
}
