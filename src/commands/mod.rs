//! The command line: command, settings, and exit code.

mod backup;
mod completions;
mod config;
mod demo;
mod document_files;
mod documents;
mod existing;
mod help;
mod in_use;
mod lock;
mod logging;
mod manual;
mod migrate;
mod move_;
mod postgres_tools;
mod restore;
mod schema;
mod secrets;
mod serve;
mod user;
mod work;

use std::error::Error as StdError;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use cartera::app::{App, Clock};
use cartera::db::Db;
use cartera::error::{Error, chain};
use cartera::server::WORKER_STACK_BYTES;
use cartera::settings::{self, Fault, Flags, Loaded, Purpose, Refused, Settings};
use cartera::setup::FirstAdministrator;
use clap::{FromArgMatches, Parser, Subcommand};

/// A self-hosted CRM backend: one binary, a GraphQL API, SQLite embedded or PostgreSQL.
///
/// `cartera serve` starts the server, and makes the database if there is none.
#[derive(Parser)]
#[command(name = "cartera", version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    settings: Flags,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server
    Serve,
    /// Runs jobs, and answers no requests
    Work,
    /// Applies, reverts or lists migrations
    Migrate(migrate::Arguments),
    /// Fills the database with invented, realistic data
    Demo(demo::Arguments),
    /// Copies the database into a file, also while a server runs
    Backup(backup::Arguments),
    /// Puts a backup in the place of the database
    Restore(restore::Arguments),
    /// Copies all records from one database into another, of either kind
    Move(move_::Arguments),
    /// Checks the files of documents
    #[command(subcommand)]
    Documents(documents::Command),
    /// Creates and changes the people who may sign in
    #[command(subcommand)]
    User(user::Command),
    /// Prints the GraphQL schema
    Schema(schema::Arguments),
    /// Prints the settings in force and where each comes from, without secrets
    Config,
    /// Writes a manual page for each command into a folder
    #[command(hide = true)]
    Manual(manual::Arguments),
    /// Prints the completions of a shell
    #[command(hide = true)]
    Completions(completions::Arguments),
    /// Describes all settings; for `cartera help settings`
    #[command(hide = true)]
    Settings,
}

impl Command {
    /// Purpose of the settings. Commands that create a database also create the first administrator, who needs a password.
    fn purpose(&self) -> Purpose {
        match self {
            Command::Serve => Purpose::Serve,
            Command::Demo(_) => Purpose::Demo,
            _ => Purpose::Other,
        }
    }
}

/// Outcome of a command: nothing, or a message.
type Outcome = Result<(), Box<dyn StdError + Send + Sync>>;

const FAILED: u8 = 1;
const WRONG_SETTINGS: u8 = 2;

/// Runs the command and returns its exit code: 0, 1 for a failure, 2 for wrong arguments or settings.
pub fn run() -> ExitCode {
    let matches = help::command().try_get_matches();
    let line = match matches.and_then(|matches| CommandLine::from_arg_matches(&matches)) {
        Ok(line) => line,
        Err(complaint) => secrets::without_secrets(complaint, std::env::args_os()).exit(),
    };
    if let Some(outcome) = perform_without_settings(&line.command) {
        return ended(outcome);
    }
    if let Command::Move(arguments) = &line.command
        && let Err(faults) = arguments.addresses()
    {
        return refused(&faults, &[]);
    }
    let purpose = line.command.purpose();
    let mut loaded = match settings::load(&line.settings, std::env::vars_os(), purpose) {
        Ok(loaded) => loaded,
        Err(Refused { faults, warnings }) => return refused(&faults, &warnings),
    };
    logging::start(&loaded.settings);
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    secrets::warn_of_flags(&loaded);
    secrets::warn_of_file(&loaded);
    if purpose != Purpose::Other
        && let Err(fault) = loaded.settings.read_admin_password(&mut std::io::stdin().lock())
    {
        return refused(&[fault], &[]);
    }
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = match builder.thread_stack_size(WORKER_STACK_BYTES).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return ended(Err(error.into())),
    };
    let outcome = runtime.block_on(perform(line.command, loaded));
    // Background work of libraries has no result to wait for.
    runtime.shutdown_timeout(Duration::from_secs(1));
    ended(outcome)
}

/// The commands that describe the program itself, also with wrong settings; `None` for all others.
fn perform_without_settings(command: &Command) -> Option<Outcome> {
    match command {
        Command::Schema(arguments) if !arguments.needs_database() => Some(schema::run(arguments)),
        Command::Manual(arguments) => Some(manual::run(arguments)),
        Command::Completions(arguments) => Some(completions::run(arguments)),
        Command::Settings => Some(print(&settings::overview())),
        _ => None,
    }
}

async fn perform(command: Command, loaded: Loaded) -> Outcome {
    match command {
        Command::Serve => serve::run(loaded.settings).await,
        Command::Work => work::run(loaded.settings).await,
        Command::Migrate(arguments) => migrate::run(&arguments, &loaded.settings).await,
        Command::Demo(arguments) => demo::run(arguments, loaded.settings).await,
        Command::Backup(arguments) => backup::run(&arguments, &loaded.settings).await,
        Command::Restore(arguments) => restore::run(&arguments, &loaded.settings).await,
        Command::Move(arguments) => move_::run(arguments, &loaded.settings).await,
        Command::Documents(command) => documents::run(command, loaded.settings).await,
        Command::User(command) => user::run(command, loaded.settings).await,
        Command::Config => config::run(&loaded.in_force),
        Command::Schema(arguments) => schema::run_with_attributes(&arguments, loaded.settings).await,
        Command::Manual(_) | Command::Completions(_) | Command::Settings => unreachable!("they need no settings"),
    }
}

/// Opens the database, brings its tables up to date, does the work, and closes the database in order. A missing one is made.
async fn with_app(settings: Settings, work: impl AsyncFnOnce(&Arc<App>) -> Outcome) -> Outcome {
    let db = open(&settings).await?;
    db.migrate().await?;
    with_tables(db, settings, work).await
}

/// The same with a database that is there, and refused where it is not.
async fn with_existing(settings: Settings, work: impl AsyncFnOnce(&Arc<App>) -> Outcome) -> Outcome {
    let db = existing::existing(&settings).await?;
    db.migrate().await?;
    with_tables(db, settings, work).await
}

/// The same with tables that are up to date.
async fn with_tables(db: Db, settings: Settings, work: impl AsyncFnOnce(&Arc<App>) -> Outcome) -> Outcome {
    let app = App::new(db, settings, Clock::default()).await?;
    let outcome = work(&app).await;
    app.db.clone().close().await?;
    outcome
}

async fn open(settings: &Settings) -> Result<Db, String> {
    existing::refuse_foreign(&settings.database).await?;
    let opened = Db::open(settings).await;
    opened.map_err(|error| format!("{}: {}", settings.database, error_text(&error)))
}

/// Message about a new administrator.
fn first_administrator(first: &FirstAdministrator) -> String {
    let FirstAdministrator { email, password } = first;
    match password {
        Some(password) => {
            format!("The first administrator is {email}, with the password {password}\nIt is not shown again; change it after signing in\n")
        }
        None => format!("The first administrator is {email}, with the password of the settings\n"),
    }
}

/// A file named on the command line. The address of a database is refused: an error about such a file would print its password.
fn file(text: &str) -> Result<PathBuf, String> {
    if text.contains("://") {
        return Err("this is the address of a database, and not a file".to_owned());
    }
    Ok(text.into())
}

/// An e-mail named on the command line. The address of a database is refused for the same reason.
fn email(text: &str) -> Result<String, String> {
    if text.contains("://") {
        return Err("this is the address of a database, and not an e-mail".to_owned());
    }
    Ok(text.to_owned())
}

/// Prints for a pipe as well as for people: a reader that has seen enough is no failure.
fn print(text: &str) -> Outcome {
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// If all that is missing may appear later, it is a failure, so that service managers retry.
fn refused(faults: &[Fault], warnings: &[String]) -> ExitCode {
    let may_pass = faults.iter().all(|fault| fault.may_pass);
    eprintln!("cartera: wrong settings (`cartera help settings` describes them)");
    for fault in faults {
        eprintln!("  {fault}");
    }
    for warning in warnings {
        eprintln!("  {warning}");
    }
    ExitCode::from(if may_pass { FAILED } else { WRONG_SETTINGS })
}

fn ended(outcome: Outcome) -> ExitCode {
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    match error.downcast_ref::<Error>() {
        Some(error) => eprintln!("cartera: {}", error_text(error)),
        None => eprintln!("cartera: {error}"),
    }
    ExitCode::from(FAILED)
}

/// Text of an error for the operator of a command, who sees the cause of an internal error, unlike clients.
fn error_text(error: &Error) -> String {
    match error {
        Error::Internal(cause) | Error::Unavailable(cause) => chain(cause.as_ref()),
        Error::Invalid(problems) => problems
            .iter()
            .map(|problem| problem.message.as_str())
            .collect::<Vec<_>>()
            .join("; "),
        _ => error.to_string(),
    }
}
