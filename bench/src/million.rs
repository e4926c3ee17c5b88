//! Cost of a million prospects compared with ten thousand: the same requests, sent to two servers in turn.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Result;
use crate::cases::{self, Case};
use crate::client::{Connection, post};
use crate::ids;
use crate::load::{Questions, Requests, round};
use crate::operations::{lead_questions, list_questions, server_lead};
use crate::process::{self, Server};
use crate::report::{self, median};
use crate::samples::{self, Caller};

#[derive(clap::Args)]
pub struct Arguments {
    /// The program that is measured
    #[arg(long, default_value = "target/release/cartera")]
    cartera: PathBuf,
    /// `sqlite:FILE` or `postgres://…` with the small number of prospects, filled by `cartera demo`
    #[arg(long)]
    small: String,
    /// The same kind of database with the large number
    #[arg(long)]
    big: String,
    /// How often each question is put to each server
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Seconds of load for each question that memory is measured with
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Users who ask at once for that, each over a connection of its own
    #[arg(long, default_value_t = 32)]
    users: usize,
    /// Only the questions whose list and name contain this
    #[arg(long, default_value = "")]
    only: String,
    /// Print only what misses its aim
    #[arg(long)]
    quiet: bool,
}

/// One of the two servers, with who asks it and what.
struct Side {
    server: Server,
    callers: Vec<Caller>,
    cases: Vec<Case>,
}

/// Times of one request.
#[derive(Default)]
struct Taken {
    milliseconds: Vec<f64>,
    /// Nodes of the page that came back.
    rows: usize,
    error: Option<String>,
}

/// A list may take so much longer with a hundred times as many prospects.
const RATIO: f64 = 1.3;
/// Shorter differences are those of the machine.
const NOISE: f64 = 0.5;
/// Limit in milliseconds for suggestions while typing.
const TYPED: f64 = 50.0;
/// Prepared statements choose a plan only after some runs.
const WARM_UP: usize = 8;
/// No question is put again after so long.
const ENOUGH: Duration = Duration::from_secs(15);
/// MiB of the server under load.
const MEMORY_SQLITE: f64 = 192.0;
const MEMORY_POSTGRES: f64 = 128.0;
const PLENTY: &str = "1000000000000";

pub async fn run(arguments: Arguments) -> Result<()> {
    let small = Side::start(&arguments, &arguments.small, "small").await?;
    let big = Side::start(&arguments, &arguments.big, "big").await?;
    println!(
        "{} beside {}, {} rounds of each question in turn, medians in milliseconds",
        arguments.small, arguments.big, arguments.rounds
    );
    report::head_of_sizes();
    let mut missed = Vec::new();
    let mut measured = 0;
    for case in big
        .cases
        .iter()
        .filter(|case| format!("{} {}", case.list, case.name).contains(&arguments.only))
    {
        let Some(same) = small.cases.iter().find(|same| same.list == case.list && same.name == case.name) else {
            println!("{} | {}: left out, for want of data in the small database", case.list, case.name);
            continue;
        };
        for (place, caller) in big.callers.iter().enumerate() {
            for is_counted in [false, true] {
                let documents = if is_counted {
                    same.counted.as_ref().zip(case.counted.as_ref())
                } else {
                    Some((&same.document, &case.document))
                };
                let Some((small_document, big_document)) = documents else {
                    continue;
                };
                let mut takers = [
                    Taker::open(small.server.address, &small.callers[place], small_document, &same.variables).await?,
                    Taker::open(big.server.address, caller, big_document, &case.variables).await?,
                ];
                let [one, other] = in_turn(&mut takers, arguments.rounds).await?;
                measured += 1;
                let line = line(case, caller, is_counted, one, other);
                if line.is_missed || !arguments.quiet {
                    println!("{}", line.text);
                }
                if line.is_missed {
                    missed.push((line.weight, line.text));
                }
            }
        }
    }
    missed.sort_by(|one, other| other.0.total_cmp(&one.0));
    println!("\n{measured} measured, {} miss their aim, the slowest first", missed.len());
    for (_, text) in &missed {
        println!("{text}");
    }
    for (name, side, database) in [("small", &small, &arguments.small), ("big", &big, &arguments.big)] {
        side.memory(name, database, &arguments).await?;
    }
    Ok(())
}

impl Side {
    async fn start(arguments: &Arguments, database: &str, name: &str) -> Result<Side> {
        let mut command = Command::new(&arguments.cartera);
        command
            .args(["serve", "--database", database])
            .env("CARTERA_LIMITS_BUCKET", PLENTY)
            .env("CARTERA_LIMITS_BUCKET_RESTORE", PLENTY)
            .env("CARTERA_LIMITS_ANONYMOUS_BUCKET", PLENTY)
            .env("CARTERA_LIMITS_ANONYMOUS_BUCKET_RESTORE", PLENTY)
            .env("CARTERA_IDENTIFIER_LOOKUPS_PER_MINUTE", "1000000");
        let log = std::env::temp_dir().join(format!("cartera-million-{name}-{}.log", std::process::id()));
        let server = Server::start(command, &log).await?;
        std::fs::remove_file(log)?;
        let callers = samples::callers(server.address, database).await?;
        let cases = cases::all(server.address, &callers, database).await?;
        Ok(Side { server, callers, cases })
    }

    /// Loads the server with single leads, lists and searches, and returns its maximum memory.
    async fn memory(&self, name: &str, database: &str, arguments: &Arguments) -> Result<()> {
        let (idle, _) = process::memory(self.server.id())?;
        let users = samples::users(self.server.address, database, &self.callers, arguments.users).await?;
        let mut all = Vec::new();
        for caller in &self.callers {
            let users: Vec<&Caller> = users.iter().filter(|user| user.role == caller.role).collect();
            for questions in [lead_questions, list_questions] {
                all.push(users.iter().map(|user| Arc::new(questions(user))).collect());
            }
            all.push(users.iter().map(|user| Arc::new(self.searches(user))).collect::<Vec<_>>());
        }
        let mut loaded = 0.0_f64;
        for users in all {
            let seconds = Duration::from_secs(arguments.seconds);
            let outcome = round(self.server.address, &users, arguments.users, seconds).await?;
            if let Some(failure) = outcome.failure {
                return Err(failure.into());
            }
            loaded = loaded.max(process::memory(self.server.id())?.0);
        }
        let (_, most) = process::memory(self.server.id())?;
        let aim = if database.starts_with("postgres") {
            MEMORY_POSTGRES
        } else {
            MEMORY_SQLITE
        };
        let verdict = if most > aim { "   <-- more" } else { "" };
        println!(
            "memory of the {name} server: {idle:.0} MiB before, {loaded:.0} MiB under load, {most:.0} MiB at most (aim {aim:.0}){verdict}"
        );
        Ok(())
    }

    fn searches(&self, caller: &Caller) -> Questions {
        let searched = self.cases.iter().filter(|case| case.is_typed && case.list == "prospects");
        let requests = searched.map(|case| request(caller, case.counted.as_ref().unwrap_or(&case.document), &case.variables));
        Questions {
            requests: Requests::Any(requests.collect()),
            beginning: "{\"data\":{\"prospects\":{".to_owned(),
        }
    }
}

/// A connection on which one question is put.
struct Taker {
    connection: Connection,
    /// The same question about several records counts each time for another.
    requests: Vec<Vec<u8>>,
    taken: Taken,
}

impl Taker {
    async fn open(address: SocketAddr, caller: &Caller, document: &str, variables: &Value) -> Result<Taker> {
        // Always the same lead would be in the cache of any database.
        let requests = if document.contains("query LeadCore") {
            caller
                .prospects
                .iter()
                .take(500)
                .map(|id| server_lead(caller, &ids::encode("prs", *id)))
                .collect()
        } else {
            vec![request(caller, document, variables)]
        };
        Ok(Taker {
            connection: Connection::open(address).await?,
            requests,
            taken: Taken::default(),
        })
    }

    async fn ask(&mut self, number: usize, is_measured: bool) -> Result<()> {
        let request = &self.requests[number % self.requests.len()];
        let asked = Instant::now();
        let (_, body) = self.connection.ask(request).await?;
        if is_measured {
            self.taken.milliseconds.push(asked.elapsed().as_secs_f64() * 1000.0);
        }
        if number == 0 {
            let answer: Value = serde_json::from_slice(body)?;
            self.taken.error = answer.get("errors").map(|errors| errors[0]["message"].to_string());
            self.taken.rows = answer["data"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(_, root)| rows_of(root))
                .sum();
        }
        Ok(())
    }
}

async fn in_turn(takers: &mut [Taker; 2], rounds: usize) -> Result<[Taken; 2]> {
    let began = Instant::now();
    let is_enough = || began.elapsed() > ENOUGH;
    for number in 0..WARM_UP {
        for taker in takers.iter_mut() {
            taker.ask(number, false).await?;
        }
        if is_enough() {
            break;
        }
    }
    for number in 0..rounds {
        for taker in takers.iter_mut() {
            taker.ask(WARM_UP + number, true).await?;
        }
        if is_enough() {
            break;
        }
    }
    Ok(takers.each_mut().map(|taker| std::mem::take(&mut taker.taken)))
}

/// A line of the table.
struct Line {
    text: String,
    is_missed: bool,
    /// By what the missed are sorted.
    weight: f64,
}

fn line(case: &Case, caller: &Caller, is_counted: bool, small: Taken, big: Taken) -> Line {
    let (one, other) = (median(small.milliseconds), median(big.milliseconds));
    let ratio = other / one;
    let mut faults = Vec::new();
    if let Some(error) = small.error.or(big.error) {
        faults.push(error);
    }
    if case.is_typed && other > TYPED {
        faults.push(format!("more than {TYPED:.0} ms"));
    }
    if !case.is_typed && ratio > RATIO && other - one > NOISE {
        faults.push(format!("more than {RATIO} times"));
    }
    let name = format!("{} | {}", case.list, case.name);
    let total = if is_counted { "total" } else { "" };
    let mut text = format!(
        "{name:<78} {:<13} {total:<5} {one:>9.2} {other:>9.2} {ratio:>7.2} {:>4} {:>4}",
        caller.role, small.rows, big.rows
    );
    if !faults.is_empty() {
        text = format!("{text}   <-- {}", faults.join(", "));
    }
    Line {
        text,
        is_missed: !faults.is_empty(),
        weight: other,
    }
}

fn request(caller: &Caller, document: &str, variables: &Value) -> Vec<u8> {
    post(
        "/graphql",
        Some(&caller.token),
        &json!({ "query": document, "variables": variables }).to_string(),
    )
}

/// The records of a page, in any of the forms of a document.
fn rows_of(root: &Value) -> usize {
    let nodes = root.as_array().or(root["nodes"].as_array()).or(root["edges"].as_array());
    nodes.map_or(usize::from(root.is_object()), Vec::len)
}
