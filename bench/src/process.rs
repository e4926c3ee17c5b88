//! Processes that are started, measured and ended.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::Result;

/// Unit of processor time in the kernel: USER_HZ, which is 100 on all common machines.
const TICK: Duration = Duration::from_millis(10);
const START: Duration = Duration::from_secs(30);
/// First port to try, and number of attempts.
const FIRST_PORT: u16 = 10_000;
const PORTS: u16 = 10_000;
const TRIES: usize = 100;
/// Units of a limit that no caller reaches.
const PLENTY: &str = "1000000000000";

/// A server that was started here and ends when this is dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts the command with `--listen` and a free port, its output in a file, and waits until it accepts connections.
    pub async fn start(command: Command, log: &Path) -> Result<Server> {
        let mut server = Server::spawn(command, log)?;
        let begun = Instant::now();
        while TcpStream::connect(server.address).await.is_err() {
            if server.has_ended()? || begun.elapsed() > START {
                return Err(format!("the server did not start:\n{}", fs::read_to_string(log)?).into());
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(server)
    }

    /// Starts Cartera over a database, for callers who may ask without limits.
    pub async fn unlimited(cartera: &Path, database: &str, name: &str) -> Result<Server> {
        let mut command = Command::new(cartera);
        command
            .args(["serve", "--database", database])
            .env("CARTERA_LIMITS_BUCKET", PLENTY)
            .env("CARTERA_LIMITS_BUCKET_RESTORE", PLENTY)
            .env("CARTERA_LIMITS_ANONYMOUS_BUCKET", PLENTY)
            .env("CARTERA_LIMITS_ANONYMOUS_BUCKET_RESTORE", PLENTY)
            .env("CARTERA_IDENTIFIER_LOOKUPS_PER_MINUTE", "1000000");
        let log = std::env::temp_dir().join(format!("cartera-{name}-{}.log", std::process::id()));
        let server = Server::start(command, &log).await?;
        fs::remove_file(log)?;
        Ok(server)
    }

    /// The same without waiting for anything.
    pub fn spawn(mut command: Command, log: &Path) -> Result<Server> {
        let address = free_address()?;
        let output = File::create(log)?;
        command.args(["--listen", &address.to_string()]);
        let child = command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).spawn()?;
        Ok(Server { child, address })
    }

    pub fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Ends it without a chance to do anything about it (SIGKILL).
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address whose port is below those that the kernel gives to connections, so that none of these takes it before the server does.
fn free_address() -> Result<SocketAddr> {
    for _ in 0..TRIES {
        let chance = Uuid::now_v7().as_bytes()[14..]
            .iter()
            .fold(0, |sum, byte| sum * 256 + u16::from(*byte));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, FIRST_PORT + chance % PORTS));
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    Err("no port is free".into())
}

/// Processor time of a process and of its children that have ended.
pub fn cpu(process: u32) -> Result<Duration> {
    let fields = stat(process)?;
    // utime, stime, cutime and cstime, counted from the field after the name.
    let ticks: u32 = fields[11..15].iter().filter_map(|field| field.parse::<u32>().ok()).sum();
    Ok(TICK * ticks)
}

/// The same with the children that run.
pub fn cpu_with_children(process: u32) -> Result<Duration> {
    let mut sum = cpu(process)?;
    for entry in fs::read_dir("/proc")? {
        let Some(child) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // A process may have ended since it was listed.
        if parent(child).is_ok_and(|parent| parent == process) {
            sum += cpu(child).unwrap_or_default();
        }
    }
    Ok(sum)
}

pub fn parent(process: u32) -> Result<u32> {
    Ok(stat(process)?[1].parse()?)
}

/// Memory that a process has now, and the most it ever had, in MiB.
pub fn memory(process: u32) -> Result<(f64, f64)> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        kibibytes.map(|kibibytes| kibibytes / 1024.0)
    };
    field("VmRSS:")
        .zip(field("VmHWM:"))
        .ok_or_else(|| "the memory of a process cannot be read".into())
}

/// Sample of any process.
pub struct Seen {
    pub name: String,
    pub parent: u32,
    /// User and system time, in ticks.
    pub ticks: u64,
    /// Start time, in ticks since boot.
    pub start: u64,
}

pub fn seen(process: u32) -> Result<Seen> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (name, fields) = split(&text)?;
    let number = |place: usize| fields.get(place).and_then(|field| field.parse::<u64>().ok()).unwrap_or_default();
    Ok(Seen {
        name: name.to_owned(),
        parent: fields[1].parse()?,
        ticks: number(11) + number(12),
        start: number(19),
    })
}

fn stat(process: u32) -> Result<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    Ok(split(&text)?.1.into_iter().map(str::to_owned).collect())
}

/// The name, which is in brackets and may itself hold brackets and blanks, and the fields after it.
fn split(text: &str) -> Result<(&str, Vec<&str>)> {
    let (before, rest) = text.rsplit_once(") ").ok_or("a process without a name")?;
    let (_, name) = before.split_once('(').ok_or("a process without a name")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    if fields.len() < 15 {
        return Err("a process with too few fields".into());
    }
    Ok((name, fields))
}
