//! A copy of an SQLite database while others write to it, and whether a file is one of ours and sound.

use std::path::Path;
use std::time::Duration;

use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sea_orm::sqlx::{self, ConnectOptions, Connection};

use crate::db::file::{self, beside};
use crate::error::{Error, Result};

/// SQLite's code for a file that has not its format.
const NO_DATABASE: &str = "26";

/// Result of the check of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Condition {
    /// A whole database with these migrations, in the order in which they ran.
    Ours { migrations: Vec<String> },
    /// Reason why it cannot be used.
    Wrong(String),
}

/// Origin of the tables of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Tables {
    /// None, or those of an interrupted first start, or of a Cartera whose migrations were all reverted.
    None,
    Cartera,
    /// Those of another program.
    Foreign,
}

/// Looks at the names of the tables in a file that may belong to another program, and leaves the file and its folder as they are.
pub async fn tables(file: &Path) -> std::result::Result<Tables, String> {
    // SQLite keeps its log next to the real file.
    let file = file::real(file).unwrap_or_else(|_| file.to_owned());
    // Only an immutable file is read without a lock and without an index of the log.
    let found = tables_by(reading(&file).immutable(true)).await;
    if found == Ok(Tables::Cartera) {
        return found;
    }
    // What a file says without its log is not all, and half a checkpoint may have been seen.
    let has_log = std::fs::metadata(beside(&file, "-wal")).is_ok_and(|log| log.len() > 0);
    if has_log { tables_by(reading(&file)).await } else { found }
}

async fn tables_by(options: SqliteConnectOptions) -> std::result::Result<Tables, String> {
    let said = |error: sqlx::Error| match error.as_database_error() {
        Some(said) if said.code().as_deref() == Some(NO_DATABASE) => "it is no SQLite database".to_owned(),
        // It may also be one that this account may not read.
        Some(said) => said.message().to_owned(),
        None => error.to_string(),
    };
    let mut connection = options.connect().await.map_err(said)?;
    let query = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND substr(name, 1, 7) <> 'sqlite_'";
    let names: sqlx::Result<Vec<String>> = sqlx::query_scalar(query).fetch_all(&mut connection).await;
    let found = match names {
        Ok(names) => belonging(&names, &mut connection).await,
        Err(error) => Err(error),
    };
    connection.close().await.map_err(said)?;
    found.map_err(said)
}

/// Other programs may have a journal of that name, and tables such as `users`, but not the same first migration.
async fn belonging(names: &[String], connection: &mut SqliteConnection) -> sqlx::Result<Tables> {
    if names.is_empty() {
        return Ok(Tables::None);
    }
    if names.iter().all(|name| name != "seaql_migrations") {
        return Ok(Tables::Foreign);
    }
    let applied: Vec<String> = sqlx::query_scalar("SELECT version FROM seaql_migrations")
        .fetch_all(connection)
        .await?;
    let is_ours = |applied: &String| Migrator::migrations().first().is_some_and(|first| first.name() == applied);
    if applied.is_empty() {
        Ok(Tables::None)
    } else if applied.iter().any(is_ours) {
        Ok(Tables::Cartera)
    } else {
        Ok(Tables::Foreign)
    }
}

/// Writes a snapshot of the database into a file that is empty or does not exist. Writers continue meanwhile.
pub async fn copy(database: &Path, copy: &Path) -> Result<()> {
    let copy = copy.to_str().ok_or_else(|| Error::internal("the name of the file is not UTF-8"))?;
    file::refuse_second_name(database)?;
    let mut connection = connect(database).await.map_err(Error::internal)?;
    let copied = sqlx::query("VACUUM INTO ?").bind(copy).execute(&mut connection).await;
    connection.close().await.map_err(Error::internal)?;
    copied.map(drop).map_err(Error::internal)
}

/// Checks every page, index and reference of an unused file.
pub async fn inspect(file: &Path) -> Result<Condition> {
    let mut connection = match connect(file).await {
        Ok(connection) => connection,
        Err(error) => return wrong(error),
    };
    let condition = inspected(&mut connection).await;
    let length = length(&mut connection).await;
    let closed = connection.close().await;
    match (condition, length) {
        // Whatever its log holds would be in the file by now. A page that is cut off reads as if it ended in zeros.
        (Ok(Condition::Ours { .. }), Ok(length)) if std::fs::metadata(file).map_err(Error::internal)?.len() != length => {
            Ok(Condition::Wrong("it is damaged: its end is missing".to_owned()))
        }
        (Ok(condition), Ok(_)) => closed.map(|()| condition).map_err(Error::internal),
        (Err(error), _) | (_, Err(error)) => wrong(error),
    }
}

/// Size of the pages of a database in bytes.
async fn length(connection: &mut SqliteConnection) -> sqlx::Result<u64> {
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut *connection).await?;
    let size: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(&mut *connection).await?;
    Ok(pages.unsigned_abs() * size.unsigned_abs())
}

async fn inspected(connection: &mut SqliteConnection) -> sqlx::Result<Condition> {
    let found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(10)").fetch_all(&mut *connection).await?;
    if found != ["ok"] {
        return Ok(Condition::Wrong(format!("it is damaged: {}", found.join("; "))));
    }
    let journal: Option<i64> = sqlx::query_scalar("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'seaql_migrations'")
        .fetch_optional(&mut *connection)
        .await?;
    let users: Option<i64> = sqlx::query_scalar("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'users'")
        .fetch_optional(&mut *connection)
        .await?;
    if journal.is_none() || users.is_none() {
        return Ok(Condition::Wrong(
            "it is a database of something else: it has no tables of Cartera".to_owned(),
        ));
    }
    let broken = sqlx::query("PRAGMA foreign_key_check").fetch_optional(&mut *connection).await?;
    if broken.is_some() {
        return Ok(Condition::Wrong("it is damaged: a row refers to one that is not there".to_owned()));
    }
    let migrations = sqlx::query_scalar("SELECT version FROM seaql_migrations ORDER BY version")
        .fetch_all(&mut *connection)
        .await?;
    Ok(Condition::Ours { migrations })
}

/// SQLite's own words for a file that it cannot read are a finding; anything else is a failure.
fn wrong(error: sqlx::Error) -> Result<Condition> {
    match error.as_database_error() {
        Some(said) if said.code().as_deref() == Some(NO_DATABASE) => Ok(Condition::Wrong("it is no SQLite database".to_owned())),
        Some(said) => Ok(Condition::Wrong(format!("it is damaged: {}", said.message()))),
        None => Err(Error::internal(error)),
    }
}

async fn connect(file: &Path) -> sqlx::Result<SqliteConnection> {
    options(file).connect().await
}

fn reading(file: &Path) -> SqliteConnectOptions {
    options(file).read_only(true)
}

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .busy_timeout(Duration::from_secs(10))
        // Looking at a file of unknown origin computes what its definitions say: nothing but what is harmless.
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging()
}
