//! Copies all rows of one database into another, of the same kind or the other one, and verifies them.
//!
//! The tables are read from the databases themselves, so that a new one cannot be forgotten. The source is read in one transaction, as a
//! snapshot; the target is written in one as well, and its rows are read back before the commit.

mod order;
mod rows;
mod search;
mod tables;

use std::collections::BTreeMap;

use migration::{Migrator, MigratorTrait};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseTransaction, DbBackend, IsolationLevel, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

use crate::db::Db;
use crate::error::{Error, Result};
use crate::resolvers::setup::attribute_indexes;
use rows::{Copied, Pair};
use tables::Table;

/// Summary of the copied rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    pub tables: usize,
    pub rows: u64,
}

/// Progress of the copy.
pub struct Progress<'a> {
    pub table: &'a str,
    pub rows: u64,
    /// `copied` or `compared`.
    pub stage: &'static str,
    /// Whether the table is through this stage.
    pub is_done: bool,
}

/// Copies everything. The target gets its tables first if it has none; nothing is left in it where this fails.
pub async fn run(source: &Db, target: &Db, mut progress: impl FnMut(Progress<'_>)) -> Result<Summary> {
    let pending = Migrator::get_pending_migrations(source.writer().unlimited())
        .await
        .map_err(Error::internal)?;
    if !pending.is_empty() {
        return refuse("the source has not had all migrations: run `cartera migrate` on it first");
    }
    target.migrate().await?;
    let reader = source.reader().unlimited();
    let from = reader.begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly));
    let from = match source.backend() {
        DbBackend::Postgres => from.await?,
        // There every transaction has a snapshot.
        _ => reader.begin().await?,
    };
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    };
    let to = target.writer().unlimited().begin_with_options(options).await?;
    if to.get_database_backend() == DbBackend::Postgres {
        // Checks at the end go over whole tables.
        to.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
    }
    // A failure drops both transactions, which rolls back the target.
    let summary = copy(&from, &to, &mut progress).await?;
    from.rollback().await?;
    to.commit().await?;
    Ok(summary)
}

async fn copy(from: &DatabaseTransaction, to: &DatabaseTransaction, progress: &mut impl FnMut(Progress<'_>)) -> Result<Summary> {
    let (sources, targets) = (tables::of(from).await?, tables::of(to).await?);
    let pairs = pairs(sources, targets)?;
    for table in ["users", "prospects"] {
        if rows::has_any(to, table).await? {
            return refuse("the target is in use: it has users or prospects. Name a database on which no server has been started");
        }
    }
    let plan = order::plan(pairs.values().map(|pair| &pair.target));
    order::postpone(to, &plan).await?;
    for name in plan.names.iter().rev() {
        // What migrations put there comes from the source as well.
        to.execute_unprepared(&format!("DELETE FROM {}", tables::quoted(name))).await?;
    }
    let mut copied: BTreeMap<&str, Copied> = BTreeMap::new();
    for name in &plan.names {
        let pair = &pairs[name];
        let mut report = |rows, is_done| {
            progress(Progress {
                table: name,
                rows,
                stage: "copied",
                is_done,
            });
        };
        copied.insert(name, rows::copy(from, to, pair, &mut report).await?);
    }
    order::enforce(to, &plan).await?;
    rows::continue_sequences(to, pairs.values()).await?;
    search::fill(to).await?;
    for name in &plan.names {
        let mut report = |rows, is_done| {
            progress(Progress {
                table: name,
                rows,
                stage: "compared",
                is_done,
            });
        };
        let found = rows::add_up(to, &pairs[name], &mut report).await?;
        if found != copied[name.as_str()] {
            return refuse(&format!("what arrived in {name} is not what was sent; nothing was kept"));
        }
    }
    attribute_indexes::rebuild_all(to).await?;
    Ok(Summary {
        tables: pairs.len(),
        rows: copied.values().map(|table| table.rows).sum(),
    })
}

/// Each table with its twin; refuses where the two databases differ in more than the kind.
fn pairs(mut sources: BTreeMap<String, Table>, targets: BTreeMap<String, Table>) -> Result<BTreeMap<String, Pair>> {
    let mut pairs = BTreeMap::new();
    for (name, target) in targets {
        let Some(source) = sources.remove(&name) else {
            return refuse(&format!("the target has a table {name} that the source does not have"));
        };
        pairs.insert(name, Pair::new(source, target)?);
    }
    match sources.into_keys().next() {
        Some(unknown) => refuse(&format!("the source has a table {unknown} that this version does not know")),
        None => Ok(pairs),
    }
}

fn refuse<T>(reason: &str) -> Result<T> {
    Err(Error::internal(reason))
}
