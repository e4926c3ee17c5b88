//! The server and the baselines, running, and the load on them in turn.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use super::Arguments;
use crate::Result;
use crate::load::{Questions, round};
use crate::operations::Task;
use crate::process::{self, Server};
use crate::report::{Round, Side};

/// Points that are never used up.
const PLENTY: &str = "1000000000000";
const WARM_UP: Duration = Duration::from_secs(1);

/// The server alone: the baselines begin when all users are there.
pub async fn start_server(cartera: &Path, database: &str, log: &Path) -> Result<Server> {
    let mut server = Command::new(cartera);
    server.args(["serve", "--database", database]);
    // A few users send the requests of a thousand.
    server
        .env("CARTERA_LIMITS_BUCKET", PLENTY)
        .env("CARTERA_LIMITS_BUCKET_RESTORE", PLENTY)
        .env("CARTERA_LIMITS_ANONYMOUS_BUCKET", PLENTY)
        .env("CARTERA_LIMITS_ANONYMOUS_BUCKET_RESTORE", PLENTY);
    Server::start(server, log).await
}

pub struct Servers {
    pub cartera: Server,
    pub json: Server,
    pub floor: Server,
    /// The parent of PostgreSQL's processes.
    pub postgres: Option<u32>,
}

impl Servers {
    /// Starts the baselines next to the server.
    pub async fn beside(cartera: Server, database: &str, working: &Path, postgres: Option<u32>) -> Result<Servers> {
        let start = async |kind: &str| -> Result<Server> {
            let mut baseline = Command::new(std::env::current_exe()?);
            baseline.args(["baseline", "--kind", kind, "--database", database]);
            let log: PathBuf = working.join(format!("{kind}.log"));
            Server::start(baseline, &log).await
        };
        Ok(Servers {
            cartera,
            json: start("json").await?,
            floor: start("floor").await?,
            postgres,
        })
    }

    /// Puts the requests to the three in turn, so that all meet the same disturbances.
    pub async fn load(&self, task: Task, arguments: &Arguments) -> Result<[Side; 3]> {
        let (server, baseline): (Vec<_>, Vec<_>) = task
            .pairs
            .into_iter()
            .map(|pair| (Arc::new(pair.server), Arc::new(pair.baseline)))
            .unzip();
        let sides = [(&self.cartera, &server), (&self.json, &baseline), (&self.floor, &baseline)];
        for (process, questions) in sides {
            round(process.address, questions, arguments.users, WARM_UP).await?;
        }
        let mut rounds = [const { Vec::new() }; 3];
        for _ in 0..arguments.rounds {
            for (rounds, (process, questions)) in rounds.iter_mut().zip(sides) {
                rounds.push(self.measured(process, questions, arguments).await?);
            }
        }
        let [server, json, floor] = rounds;
        Ok([Side::of("Cartera", server), Side::of("JSON", json), Side::of("floor", floor)])
    }

    async fn measured(&self, process: &Server, questions: &[Arc<Questions>], arguments: &Arguments) -> Result<Round> {
        let before = (process::cpu(process.id())?, self.database_cpu()?);
        let outcome = round(process.address, questions, arguments.users, Duration::from_secs(arguments.seconds)).await?;
        Ok(Round {
            outcome,
            cpu: process::cpu(process.id())?.saturating_sub(before.0),
            database_cpu: self.database_cpu()?.saturating_sub(before.1),
        })
    }

    fn database_cpu(&self) -> Result<Duration> {
        self.postgres.map_or(Ok(Duration::ZERO), process::cpu_with_children)
    }
}
