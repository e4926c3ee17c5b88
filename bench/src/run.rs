//! The measurement from beginning to end: databases, both servers, and the load on them in turn.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait, Database, Statement};

use crate::compare::compare;
use crate::load::{Questions, round};
use crate::operations::{Operation, Pair};
use crate::process::{self, Server};
use crate::report::{self, Side};
use crate::{Result, samples};

#[derive(clap::Args)]
pub struct Arguments {
    /// The program that is measured
    #[arg(long, default_value = "target/release/cartera")]
    cartera: PathBuf,
    /// Where data is kept between runs
    #[arg(long, default_value = "var/bench")]
    directory: PathBuf,
    /// How many prospects, with about 10 timeline entries each
    #[arg(long, default_value_t = 10_000)]
    prospects: u64,
    /// How long each question is put to each side, in seconds
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Measure SQLite
    #[arg(long)]
    sqlite: bool,
    /// Measure PostgreSQL at this address; its database is filled when it is empty
    #[arg(long)]
    postgres: Option<String>,
    /// Only the operations whose name contains this
    #[arg(long, default_value = "")]
    only: String,
    /// Connections that ask at once, each for a user of its own
    #[arg(long, default_value_t = 32)]
    connections: usize,
}

/// What is measured, running.
struct Pairing {
    server: Server,
    baseline: Server,
    /// The parent of PostgreSQL's processes.
    postgres: Option<u32>,
}

/// Each side is asked this often, in turn, so that both meet the same disturbances.
const ROUNDS: u32 = 4;
/// Points that are never used up.
const PLENTY: &str = "1000000000000";
const WARM_UP: Duration = Duration::from_secs(1);

pub async fn run(arguments: Arguments) -> Result<()> {
    let working = arguments.directory.join("run");
    fs::create_dir_all(&working)?;
    println!(
        "{} prospects, {} connections, {} s of each, in {ROUNDS} rounds of each in turn",
        arguments.prospects, arguments.connections, arguments.seconds
    );
    if arguments.sqlite {
        let file = sqlite_copy(&arguments, &working)?;
        measure("SQLite", &arguments, &format!("sqlite:{}", file.display()), &working).await?;
        remove(&file)?;
    }
    if let Some(address) = &arguments.postgres {
        if is_empty(address).await {
            demo(&arguments, address)?;
        }
        measure("PostgreSQL", &arguments, address, &working).await?;
    }
    Ok(())
}

async fn measure(name: &str, arguments: &Arguments, database: &str, working: &Path) -> Result<()> {
    let pairing = Pairing::start(arguments, database, working).await?;
    let [server, baseline] = [pairing.server.address, pairing.baseline.address];
    let callers = samples::callers(server, database).await?;
    let users = samples::users(server, database, &callers, arguments.connections).await?;
    let catalogs = samples::catalogs(database).await?;
    let (idle, _) = process::memory(pairing.server.id())?;
    report::head(name);
    let mut compared = 0;
    for operation in Operation::ALL {
        if !operation.name().contains(&arguments.only) {
            continue;
        }
        for caller in &callers {
            let pair = operation.questions(caller, &catalogs);
            compared += compare(server, baseline, operation, &pair, caller).await?;
            let users = users.iter().filter(|user| user.role == caller.role);
            let (one, other) = pairing
                .load(users.map(|user| operation.questions(user, &catalogs)), arguments)
                .await?;
            report::lines(operation.name(), caller.role, one, other);
        }
    }
    let (now, most) = process::memory(pairing.server.id())?;
    let (now_baseline, _) = process::memory(pairing.baseline.id())?;
    println!("memory of the server: {idle:.0} MiB before, {now:.0} MiB after, {most:.0} MiB at most (baseline {now_baseline:.0} MiB)");
    println!("{compared} answers held the same data on both sides");
    Ok(())
}

impl Pairing {
    async fn start(arguments: &Arguments, database: &str, working: &Path) -> Result<Pairing> {
        let mut server = Command::new(&arguments.cartera);
        server.args(["serve", "--database", database]);
        // A few users ask for what a thousand would.
        server
            .env("CARTERA_LIMITS_BUCKET", PLENTY)
            .env("CARTERA_LIMITS_BUCKET_RESTORE", PLENTY)
            .env("CARTERA_LIMITS_ANONYMOUS_BUCKET", PLENTY)
            .env("CARTERA_LIMITS_ANONYMOUS_BUCKET_RESTORE", PLENTY);
        let mut baseline = Command::new(std::env::current_exe()?);
        baseline.args(["baseline", "--database", database]);
        Ok(Pairing {
            server: Server::start(server, &working.join("server.log")).await?,
            baseline: Server::start(baseline, &working.join("baseline.log")).await?,
            postgres: if database.starts_with("postgres") {
                Some(postmaster(database).await?)
            } else {
                None
            },
        })
    }

    /// Asks both in turn.
    async fn load(&self, pairs: impl Iterator<Item = Pair>, arguments: &Arguments) -> Result<(Side, Side)> {
        let (server, baseline): (Vec<_>, Vec<_>) = pairs.map(|pair| (Arc::new(pair.server), Arc::new(pair.baseline))).unzip();
        let sides = [(&self.server, &server), (&self.baseline, &baseline)];
        for (process, questions) in sides {
            round(process.address, questions, arguments.connections, WARM_UP).await?;
        }
        let mut results = [Side::default(), Side::default()];
        let length = Duration::from_secs(arguments.seconds) / ROUNDS;
        for _ in 0..ROUNDS {
            for (result, (process, questions)) in results.iter_mut().zip(sides) {
                result.add(
                    self.measured(process, process.address, questions, arguments.connections, length)
                        .await?,
                );
            }
        }
        let [server, baseline] = results;
        Ok((server, baseline))
    }

    async fn measured(
        &self,
        process: &Server,
        address: SocketAddr,
        questions: &[Arc<Questions>],
        connections: usize,
        length: Duration,
    ) -> Result<Side> {
        let before = (process::cpu(process.id())?, self.database_cpu()?);
        let outcome = round(address, questions, connections, length).await?;
        Ok(Side {
            outcome,
            cpu: process::cpu(process.id())?.saturating_sub(before.0),
            database_cpu: self.database_cpu()?.saturating_sub(before.1),
        })
    }

    fn database_cpu(&self) -> Result<Duration> {
        self.postgres.map_or(Ok(Duration::ZERO), process::cpu_with_children)
    }
}

/// A copy of the data of this size, which is made when it is not there yet: creating prospects should not change what the next run reads.
fn sqlite_copy(arguments: &Arguments, working: &Path) -> Result<PathBuf> {
    let kept = arguments
        .directory
        .join(format!("{}-{}.db", arguments.prospects, arguments.connections));
    if !kept.exists() {
        let new = working.join("new.db");
        remove(&new)?;
        demo(arguments, &format!("sqlite:{}", new.display()))?;
        // Moved when it is whole, so that an interrupted run leaves no half of it.
        fs::rename(&new, &kept)?;
        remove(&new)?;
    }
    let copy = working.join("bench.db");
    remove(&copy)?;
    fs::copy(kept, &copy)?;
    Ok(copy)
}

/// Removes a database with the files beside it.
fn remove(database: &Path) -> Result<()> {
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let mut path = database.as_os_str().to_owned();
        path.push(suffix);
        if Path::new(&path).exists() {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn demo(arguments: &Arguments, database: &str) -> Result<()> {
    let prospects = arguments.prospects.to_string();
    let users = arguments.connections.to_string();
    let status = Command::new(&arguments.cartera)
        .args(["demo", "--database", database, "--prospects", &prospects, "--users", &users])
        .args(["--until", samples::LAST_DAY, "--admin-email", samples::ADMINISTRATOR])
        .env("CARTERA_ADMIN_PASSWORD", samples::PASSWORD)
        .env("CARTERA_LOG_LEVEL", "warn")
        .stdout(Stdio::null())
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err("the demo data could not be made".into())
    }
}

async fn is_empty(address: &str) -> bool {
    let Ok(db) = Database::connect(address).await else { return true };
    let found = db.execute_unprepared("SELECT 1 FROM prospects LIMIT 1").await;
    found.is_err()
}

/// The process that all others of PostgreSQL descend from.
async fn postmaster(address: &str) -> Result<u32> {
    let db = Database::connect(address).await?;
    let statement = Statement::from_string(db.get_database_backend(), "SELECT pg_backend_pid()");
    let row = db.query_one_raw(statement).await?.ok_or("PostgreSQL did not answer")?;
    let backend: i32 = row.try_get_by_index(0)?;
    process::parent(u32::try_from(backend)?)
}
