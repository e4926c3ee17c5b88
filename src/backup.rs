//! A copy of an SQLite database while others write to it, and whether a file is one of ours and sound.

use std::path::Path;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sea_orm::sqlx::{self, ConnectOptions, Connection};

use crate::database_file;
use crate::error::{Error, Result};

/// What a file turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Condition {
    /// A whole database with these migrations, in the order in which they ran.
    Ours { migrations: Vec<String> },
    /// Why it cannot be used.
    Wrong(String),
}

/// Writes the database as it is at this moment into a file that is empty or does not exist. Writers go on meanwhile.
pub async fn copy(database: &Path, copy: &Path) -> Result<()> {
    let copy = copy.to_str().ok_or_else(|| Error::internal("the name of the file is not UTF-8"))?;
    database_file::refuse_second_name(database)?;
    let mut connection = connect(database).await.map_err(Error::internal)?;
    let copied = sqlx::query("VACUUM INTO ?").bind(copy).execute(&mut connection).await;
    connection.close().await.map_err(Error::internal)?;
    copied.map(drop).map_err(Error::internal)
}

/// Looks at every page, every index and every reference of a file that nobody uses.
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

/// How many bytes the pages of a database take.
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
        Some(said) if said.code().as_deref() == Some("26") => Ok(Condition::Wrong("it is no SQLite database".to_owned())),
        Some(said) => Ok(Condition::Wrong(format!("it is damaged: {}", said.message()))),
        None => Err(Error::internal(error)),
    }
}

async fn connect(file: &Path) -> sqlx::Result<SqliteConnection> {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .busy_timeout(Duration::from_secs(10))
        // Looking at a file of unknown origin computes what its definitions say: nothing but what is harmless.
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging()
        .connect()
        .await
}
