//! Benchmark of typical requests: databases, the server and both baselines, and the load on them in turn.

mod databases;
mod servers;

use std::fs;
use std::path::{Path, PathBuf};

use crate::compare::compare;
use crate::machine::Machine;
use crate::operations::{self, Filters, Operation};
use crate::samples::{Caller, Catalogs};
use crate::{Result, process, report, samples};
use servers::Servers;

#[derive(clap::Args)]
pub struct Arguments {
    /// The program that is measured
    #[arg(long, default_value = "target/release/cartera")]
    cartera: PathBuf,
    /// Where data is kept between runs
    #[arg(long, default_value = "var/bench")]
    directory: PathBuf,
    /// How many prospects, with about 10 timeline entries each, a database is filled with
    #[arg(long, default_value_t = 10_000)]
    prospects: u64,
    /// How often each operation is put to each side
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// How long each time, in seconds
    #[arg(long, default_value_t = 2)]
    seconds: u64,
    /// Measure SQLite
    #[arg(long)]
    sqlite: bool,
    /// Measure PostgreSQL at this address; its database is filled when it is empty
    #[arg(long)]
    postgres: Option<String>,
    /// Measure this database as it is: `sqlite:FILE` or `postgres://…`, filled by `cartera demo` with --admin-email admin@demo.example and the
    /// password cartera-demo. Creating adds prospects to it
    #[arg(long)]
    database_url: Option<String>,
    /// Only the operations whose name and caller contain this, such as `list`, `page 1` or `salesperson`
    #[arg(long, default_value = "")]
    only: String,
    /// Users who ask at once, each over a connection of its own
    #[arg(long, default_value_t = 32)]
    users: usize,
}

/// Values of the requests.
struct Asking {
    callers: Vec<Caller>,
    users: Vec<Caller>,
    catalogs: Catalogs,
    filters: Filters,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    let working = arguments.directory.join("run");
    fs::create_dir_all(&working)?;
    println!(
        "{} users, {} rounds of {} s of each operation, put to Cartera and both baselines in turn; medians of the rounds",
        arguments.users, arguments.rounds, arguments.seconds
    );
    let mut failures = 0;
    if arguments.sqlite {
        let file = databases::sqlite_copy(&arguments, &working)?;
        let name = format!("SQLite, {} prospects", arguments.prospects);
        failures += measure(&name, &arguments, &format!("sqlite:{}", file.display()), &working).await?;
        databases::remove(&file)?;
    }
    if let Some(address) = &arguments.postgres {
        if databases::is_empty(address).await {
            databases::fill(&arguments, address)?;
        }
        let name = format!("PostgreSQL, {} prospects", arguments.prospects);
        failures += measure(&name, &arguments, address, &working).await?;
    }
    if let Some(address) = &arguments.database_url {
        let name = if address.starts_with("postgres") { "PostgreSQL" } else { "SQLite" };
        failures += measure(name, &arguments, address, &working).await?;
    }
    if failures > 0 {
        return Err(format!("{failures} operations had answers that failed").into());
    }
    Ok(())
}

/// Measures all operations on one database, and returns the number of those with failed answers.
async fn measure(name: &str, arguments: &Arguments, database: &str, working: &Path) -> Result<usize> {
    let postgres = if database.starts_with("postgres") {
        Some(databases::postmaster(database).await?)
    } else {
        None
    };
    let cartera = servers::start_server(&arguments.cartera, database, &working.join("server.log")).await?;
    let (idle, _) = process::memory(cartera.id())?;
    let callers = samples::callers(cartera.address, database).await?;
    let asking = Asking {
        users: samples::users(cartera.address, database, &callers, arguments.users).await?,
        callers,
        catalogs: samples::catalogs(database).await?,
        filters: Filters::read(database).await?,
    };
    let servers = Servers::beside(cartera, database, working, postgres).await?;
    let mut machine = Machine::begin([std::process::id()].into_iter().chain(postgres).collect())?;
    report::head(name);
    let (mut compared, mut failures) = (0, 0);
    for operation in &operations::ALL {
        if !format!("{} {}", operation.plan(), operation.role).contains(&arguments.only) {
            continue;
        }
        let (answers, failed) = measure_operation(operation, &servers, &asking, arguments).await?;
        compared += answers;
        failures += usize::from(failed);
        machine.look()?;
    }
    for (name, server) in [
        ("server", &servers.cartera),
        ("JSON baseline", &servers.json),
        ("floor", &servers.floor),
    ] {
        let (now, most) = process::memory(server.id())?;
        println!("memory of the {name}: {now:.0} MiB, at most {most:.0} MiB");
    }
    println!("memory of the server before: {idle:.0} MiB");
    println!("{compared} answers held the same data on all sides");
    println!("{}", machine.report()?);
    Ok(failures)
}

/// Number of compared answers, and whether any failed.
async fn measure_operation(operation: &Operation, servers: &Servers, asking: &Asking, arguments: &Arguments) -> Result<(usize, bool)> {
    let users: Vec<&Caller> = asking.users.iter().filter(|user| user.role == operation.role).collect();
    let task = operation
        .task(servers.cartera.address, &users, &asking.filters, &asking.catalogs)
        .await?;
    let Some(task) = task else {
        println!("{:<52} {:<13} left out: the list has one page", operation.plan(), operation.role);
        return Ok((0, false));
    };
    let caller = asking.callers.iter().find(|caller| caller.role == operation.role);
    let caller = caller.ok_or("there is no user of the role")?;
    let baselines = [servers.json.address, servers.floor.address];
    let compared = compare(servers.cartera.address, &baselines, &task, caller).await?;
    let name = task.name.clone();
    let mut sides = servers.load(task, arguments).await?;
    report::lines(&name, operation.role, &mut sides);
    let failures: Vec<&str> = sides.iter().filter_map(|side| side.failure()).collect();
    for failure in &failures {
        println!("    {failure}");
    }
    Ok((compared, !failures.is_empty()))
}
