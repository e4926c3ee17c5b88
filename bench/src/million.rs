//! Cost of a million prospects compared with ten thousand: the same requests, sent to two servers in turn.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::Result;
use crate::cases::{self, Case};
use crate::load::{Questions, Requests, round};
use crate::operations::{lead_questions, list_questions};
use crate::process::{self, Server};
use crate::report::{self, median};
use crate::samples::{self, Caller};
use crate::turns::{self, Taken, Taker, request};

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

/// A list may take so much longer with a hundred times as many prospects.
const RATIO: f64 = 1.3;
/// Shorter differences are those of the machine.
const NOISE: f64 = 0.5;
/// Limit in milliseconds for suggestions while typing.
const TYPED: f64 = 50.0;
/// MiB of the server under load.
const MEMORY_SQLITE: f64 = 192.0;
const MEMORY_POSTGRES: f64 = 128.0;

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
                let [one, other] = turns::in_turn(&mut takers, arguments.rounds).await?;
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
        let server = Server::unlimited(&arguments.cartera, database, name).await?;
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
