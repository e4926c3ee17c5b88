//! Query plans of every request: the plans of the statements that the server sends, and the rows that they read.
//!
//! The server runs in this process over HTTP, so that the actual texts and values are used; each statement is then planned and run again.

mod plan;
mod postgres;
mod recorder;
mod sqlite;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cartera::app::{App, Clock};
use cartera::db::Db;
use cartera::server;
use cartera::settings::Settings;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio::net::TcpListener;

use crate::Result;
use crate::cases::{self, Case};
use crate::samples::{self, Caller};
use plan::{Large, Plan};
use postgres::Postgres;
use recorder::Recorder;
use sqlite::Sqlite;

#[derive(clap::Args)]
pub struct Arguments {
    /// `sqlite:FILE` or `postgres://…`, filled by `cartera demo`; its tables are brought up to date
    #[arg(long)]
    database: String,
    /// Rows that a statement of a page may read on PostgreSQL, and one of a total five times
    #[arg(long, default_value_t = 40_000)]
    rows: u64,
    /// Steps of SQLite's machine that a statement of a page may take, about 20 for each row, and one of a total five times
    #[arg(long, default_value_t = 800_000)]
    steps: u64,
    /// Tables with so many rows must not be read from end to end
    #[arg(long, default_value_t = 20_000)]
    large: u64,
    /// Only the questions whose list and name contain this
    #[arg(long, default_value = "")]
    only: String,
    /// Print only what fails
    #[arg(long)]
    quiet: bool,
    /// Print the text of each statement that fails, with its values
    #[arg(long)]
    sql: bool,
}

/// A second connection to the database, to inspect statements.
enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// Findings.
#[derive(Default)]
struct Seen {
    questions: usize,
    statements: usize,
    failures: Vec<String>,
    plans: HashMap<String, Arc<Plan>>,
}

/// Points that are never used up.
const PLENTY: u64 = 1_000_000_000_000;
/// A total looks at rows until it has found 10,001.
const TOTAL: u64 = 5;
/// After so long a question or a statement is given up.
const PATIENCE: Duration = Duration::from_secs(20);

pub async fn run(arguments: Arguments) -> Result<()> {
    let settings = settings(&arguments.database)?;
    if settings.database.sqlite_file().is_some_and(|file| !file.exists()) {
        return Err(format!("{} does not exist: fill it with `cartera demo` first", settings.database).into());
    }
    let recorder = Recorder::default();
    let address = serve(&settings, &recorder).await?;
    let callers = samples::callers(address, &arguments.database).await?;
    let cases = cases::all(address, &callers, &arguments.database).await?;
    let database = Database::open(&settings).await?;
    let large = database.large(arguments.large).await?;
    println!("{} tables have {} rows or more: {}", large.len(), arguments.large, large.names());
    let mut seen = Seen::default();
    for case in cases
        .iter()
        .filter(|case| format!("{} {}", case.list, case.name).contains(&arguments.only))
    {
        for caller in &callers {
            inspect(&arguments, case, caller, address, &recorder, &database, &large, &mut seen).await?;
        }
    }
    let Seen {
        questions,
        statements,
        failures,
        ..
    } = &seen;
    println!(
        "\n{questions} questions, {statements} different statements, {} that fail",
        failures.len()
    );
    for failure in failures {
        println!("  {failure}");
    }
    if large.is_empty() {
        return Err("no table is large, so nothing could fail: fill the database with more prospects".into());
    }
    if failures.is_empty() {
        Ok(())
    } else {
        Err("some statements read too much".into())
    }
}

/// Puts a question without its total and with it, and looks at the statements of both.
#[expect(clippy::too_many_arguments, reason = "all of it is the state of one run")]
async fn inspect(
    arguments: &Arguments,
    case: &Case,
    caller: &Caller,
    address: SocketAddr,
    recorder: &Recorder,
    database: &Database,
    large: &Large,
    seen: &mut Seen,
) -> Result<()> {
    let title = format!("{} | {} | {}", case.list, case.name, caller.role);
    let mut lines = Vec::new();
    let mut known: Vec<String> = Vec::new();
    let mut has_failed = false;
    let documents = [("", Some(&case.document), 1), ("total: ", case.counted.as_ref(), TOTAL)];
    for (label, document, times) in documents {
        let Some(document) = document else { continue };
        recorder.forget();
        if let Err(error) = samples::ask(address, Some(&caller.token), document, case.variables.clone()).await {
            seen.failures.push(format!("{title}: {error}"));
            continue;
        }
        seen.questions += 1;
        for statement in recorder.reads() {
            let key = format!("{statement:?}");
            if known.contains(&key) {
                continue;
            }
            let plan = match seen.plans.get(&key) {
                Some(plan) => plan.clone(),
                None => {
                    let plan = Arc::new(database.plan(&statement, large).await?);
                    seen.statements += 1;
                    seen.plans.insert(key.clone(), plan.clone());
                    plan
                }
            };
            known.push(key);
            let fault = plan.fault(times * database.limit(arguments), recorder::is_bounded(&statement));
            lines.push(format!(
                "    {label}{} | {plan}{}",
                recorder::purpose(&statement),
                plan::fault_suffix(fault.as_deref())
            ));
            if let Some(fault) = fault {
                has_failed = true;
                if arguments.sql {
                    lines.push(format!("      {statement}"));
                }
                seen.failures
                    .push(format!("{title}: {}: {fault}\n      {plan}", recorder::purpose(&statement)));
            }
        }
    }
    if has_failed || !arguments.quiet {
        println!("{title}\n{}", lines.join("\n"));
    }
    Ok(())
}

/// The server's settings, without the limits that would stop a caller with many requests.
fn settings(database: &str) -> Result<Settings> {
    let mut settings = Settings {
        database: database.parse()?,
        request_timeout: PATIENCE,
        statement_timeout: PATIENCE,
        identifier_lookups_per_minute: u32::MAX,
        ..Settings::default()
    };
    (settings.limits.bucket, settings.limits.bucket_restore) = (PLENTY, PLENTY);
    (settings.limits.anonymous_bucket, settings.limits.anonymous_bucket_restore) = (PLENTY, PLENTY);
    Ok(settings)
}

/// Starts the server in this process, where it ends as well.
async fn serve(settings: &Settings, recorder: &Recorder) -> Result<SocketAddr> {
    let watching = recorder.clone();
    let db = Db::open_watched(settings, move |statement| watching.note(statement)).await?;
    db.migrate().await?;
    let clock = Clock::fixed(last_registration(&db).await?);
    let app = App::new(db, settings.clone(), clock).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        if let Err(error) = server::serve(app, listener, std::future::pending()).await {
            eprintln!("the server ended: {error}");
        }
    });
    Ok(address)
}

/// Registration time of the last prospect: the present of the data, to which relative periods refer.
async fn last_registration(db: &Db) -> Result<i64> {
    let statement = Statement::from_string(db.backend(), "SELECT max(created_at) FROM prospects");
    let row = db.reader().query_one_raw(statement).await?.ok_or("a maximum without a row")?;
    let last: Option<i64> = row.try_get_by_index(0)?;
    last.ok_or_else(|| "the database has no prospects: fill it with `cartera demo` first".into())
}

impl Database {
    async fn open(settings: &Settings) -> Result<Database> {
        // One connection, so that what it counts belongs to one statement.
        let settings = Settings {
            sqlite_readers: 1,
            postgres_connections: 1,
            ..settings.clone()
        };
        let db = Db::open(&settings).await?;
        Ok(match db.backend() {
            DbBackend::Postgres => Database::Postgres(Postgres(db)),
            _ => Database::Sqlite(Sqlite::new(db).await?),
        })
    }

    async fn large(&self, from: u64) -> Result<Large> {
        match self {
            Database::Sqlite(sqlite) => sqlite.large(from).await,
            Database::Postgres(postgres) => postgres.large(from).await,
        }
    }

    async fn plan(&self, statement: &Statement, large: &Large) -> Result<Plan> {
        let began = Instant::now();
        let mut plan = match self {
            Database::Sqlite(sqlite) => sqlite.plan(statement, large).await,
            Database::Postgres(postgres) => postgres.plan(statement, large).await,
        }
        .map_err(|error| format!("{error}, after {:?}, at {}", began.elapsed(), statement.sql))?;
        plan.shorten();
        Ok(plan)
    }

    fn limit(&self, arguments: &Arguments) -> u64 {
        match self {
            Database::Sqlite(_) => arguments.steps,
            Database::Postgres(_) => arguments.rows,
        }
    }
}
