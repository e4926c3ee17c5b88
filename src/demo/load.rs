//! Writes invented rows fast: one thread invents while the database writes, a bounded number of rows between them.

use std::time::Duration;

use sea_orm::sqlx::{self, PgConnection, Postgres, Transaction};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, RuntimeErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::agenda::Agenda;
use super::attributes;
use super::chunk::{COPY_HEADER, Chunk, Packet};
use super::plan::Plan;
use super::world::World;
use super::{Options, record};
use crate::app::App;
use crate::db::search_documents;
use crate::error::{Error, Result};
use crate::resolvers::search;

/// Number of prospects that are collected before they are written: enough to write the timelines of many prospects in the order of time,
/// and few enough to fit into some hundred megabytes.
const PROSPECTS: usize = 25_000;
const ENTRIES: usize = 250_000;
/// From so many prospects on it is faster to build indexes at the end than to keep them while writing.
const BUILD_INDEXES_LATER: u64 = 100_000;

/// Generates and writes all data; reports the number of prospects that were sent.
pub async fn load(app: &App, options: &Options, world: World, progress: impl Fn(u64)) -> Result<()> {
    let backend = app.db.backend();
    let (sender, receiver) = channel(32);
    let plan = Plan::new(options, world.timeframe);
    let inventing = tokio::task::spawn_blocking(move || invent(plan, &world, backend, &sender));
    // A writer that fails drops its end, and the inventor stops at its next row.
    let written = match backend {
        DbBackend::Postgres => write_postgres(app, options, receiver, progress).await,
        _ => write_sqlite(app, receiver, progress).await,
    };
    let invented = inventing.await.map_err(Error::internal)?;
    written?;
    invented
}

fn invent(plan: Plan, world: &World, backend: DbBackend, sender: &Sender<Packet>) -> Result<()> {
    let mut chunk = Chunk::default();
    let mut agenda = Agenda::new(world.timeframe);
    let mut done = 0;
    for slot in plan {
        record::invent(world, slot, &mut agenda, &mut chunk);
        if chunk.prospects.len() >= PROSPECTS || chunk.entries.len() >= ENTRIES {
            send(world, &mut chunk, &mut done, backend, sender)?;
        }
    }
    send(world, &mut chunk, &mut done, backend, sender)
}

fn send(world: &World, chunk: &mut Chunk, done: &mut u64, backend: DbBackend, sender: &Sender<Packet>) -> Result<()> {
    attributes::fill(world, chunk);
    let send = |packet| {
        sender
            .blocking_send(packet)
            .map_err(|_| Error::internal("a value of the demo is not valid"))
    };
    let (prospects, rows) = (chunk.prospects.len() as u64, chunk.rows() as u64);
    let mut rows_sent = 0;
    chunk.pack(backend, &mut |packet, count| {
        send(packet)?;
        rows_sent += count as u64;
        send(Packet::Progress(*done + prospects * rows_sent / rows))
    })?;
    *done += prospects;
    send(Packet::Complete)
}

/// Commits now and then: a write-ahead log of gigabytes would make every page slow to find.
async fn write_sqlite(app: &App, mut receiver: Receiver<Packet>, progress: impl Fn(u64)) -> Result<()> {
    let connection = Database::connect(sqlite_options(app)).await?;
    let mut tx = begin(&connection).await?;
    while let Some(packet) = receiver.recv().await {
        match packet {
            Packet::Insert(statement) => {
                tx.execute_raw(statement).await?;
            }
            Packet::Progress(done) => progress(done),
            Packet::Complete => {
                tx.commit().await?;
                tx = begin(&connection).await?;
            }
            Packet::Copy { .. } => unreachable!("rows are packed for the database at hand"),
        }
    }
    tx.commit().await?;
    let tx = begin(&connection).await?;
    search::write_all(&tx).await?;
    tx.commit().await?;
    connection.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
    connection.close().await?;
    Ok(())
}

async fn begin(connection: &DatabaseConnection) -> Result<DatabaseTransaction> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    };
    Ok(connection.begin_with_options(options).await?)
}

/// A connection of its own, so that what it is set to ends with it.
fn sqlite_options(app: &App) -> ConnectOptions {
    let mut options = ConnectOptions::new(app.settings.database.clone());
    options
        .max_connections(1)
        .sqlx_logging(false)
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(|options| {
            options
                .busy_timeout(Duration::from_secs(30))
                // What is invented refers to what is there; `check` looks at all of it.
                .foreign_keys(false)
                .statement_cache_capacity(128)
                .pragma("synchronous", "NORMAL")
                .pragma("cache_size", "-262144")
                .pragma("temp_store", "MEMORY")
        });
    options
}

/// All in one transaction: a load that fails leaves nothing behind, and the indexes as they were.
async fn write_postgres(app: &App, options: &Options, mut receiver: Receiver<Packet>, progress: impl Fn(u64)) -> Result<()> {
    let pool = app.db.writer().unlimited().get_postgres_connection_pool();
    let mut tx = pool.begin().await.map_err(sqlx_error)?;
    run(&mut tx, "SET LOCAL statement_timeout = 0").await?;
    run(&mut tx, "SET LOCAL maintenance_work_mem = '256MB'").await?;
    // Otherwise the vacuum at the end could not yet know that the rows are committed.
    run(&mut tx, "SET LOCAL synchronous_commit = on").await?;
    skip_checks_of_references(&mut tx).await?;
    let indexes = if options.prospects >= BUILD_INDEXES_LATER {
        drop_indexes(&mut tx).await?
    } else {
        Vec::new()
    };
    copy_all(&mut tx, &mut receiver, progress).await?;
    // The documents are collected by the other indexes, and their own is built afterwards.
    let (last, first): (Vec<String>, Vec<String>) = indexes.into_iter().partition(|index| index.contains("search_documents"));
    for index in first {
        run(&mut tx, &index).await?;
    }
    // Without statistics the planner would read whole tables for each prospect.
    run(&mut tx, "ANALYZE prospects, contacts, contact_points, identifiers").await?;
    run(&mut tx, &search_documents::write_documents(DbBackend::Postgres, "1 = 1")).await?;
    for index in last {
        run(&mut tx, &index).await?;
    }
    tx.commit().await.map_err(sqlx_error)?;
    let mut connection = pool.acquire().await.map_err(sqlx_error)?;
    run(&mut connection, "SET statement_timeout = 0").await?;
    // Also sets the visibility map, without which indexes alone never answer.
    let cleaned = run(&mut connection, &format!("VACUUM (ANALYZE) users, {}", super::TABLES.join(", "))).await;
    run(
        &mut connection,
        &format!("SET statement_timeout = {}", app.settings.statement_timeout.as_millis()),
    )
    .await?;
    cleaned
}

async fn copy_all(tx: &mut Transaction<'_, Postgres>, receiver: &mut Receiver<Packet>, progress: impl Fn(u64)) -> Result<()> {
    let mut next = receiver.recv().await;
    while let Some(packet) = next {
        let Packet::Copy { statement, rows } = packet else {
            if let Packet::Progress(done) = packet {
                progress(done);
            }
            next = receiver.recv().await;
            continue;
        };
        // As few and as long as possible: the end of each waits for the server's delayed acknowledgement, some 40 ms.
        let mut copy = tx.copy_in_raw(&statement).await.map_err(sqlx_error)?;
        copy.send([COPY_HEADER, rows.as_slice()].concat()).await.map_err(sqlx_error)?;
        next = loop {
            match receiver.recv().await {
                Some(Packet::Copy { statement: other, rows }) if other == statement => {
                    copy.send(rows).await.map_err(sqlx_error)?;
                }
                Some(Packet::Progress(done)) => progress(done),
                other => break other,
            }
        };
        copy.finish().await.map_err(sqlx_error)?;
    }
    Ok(())
}

/// Generated rows refer to existing ones, and checking that takes longer than writing them; only a superuser may skip it.
async fn skip_checks_of_references(tx: &mut Transaction<'_, Postgres>) -> Result<()> {
    let setting: String = sqlx::query_scalar("SELECT current_setting('is_superuser')")
        .fetch_one(&mut **tx)
        .await
        .map_err(sqlx_error)?;
    if setting == "on" {
        run(tx, "SET LOCAL session_replication_role = replica").await?;
    }
    Ok(())
}

/// Drops the indexes of what is loaded, but for those that a constraint is made of, and returns how they are built again.
async fn drop_indexes(tx: &mut Transaction<'_, Postgres>) -> Result<Vec<String>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT format('DROP INDEX %I.%I', schemaname, indexname), indexdef FROM pg_indexes \
         WHERE schemaname = current_schema() AND tablename = ANY($1) AND NOT EXISTS \
         (SELECT 1 FROM pg_constraint c WHERE c.conindid = format('%I.%I', schemaname, indexname)::regclass) ORDER BY indexname",
    )
    .bind(super::TABLES.map(str::to_owned).to_vec())
    .fetch_all(&mut **tx)
    .await
    .map_err(sqlx_error)?;
    let mut definitions = Vec::with_capacity(rows.len());
    for (drop, definition) in rows {
        run(tx, &drop).await?;
        definitions.push(definition);
    }
    Ok(definitions)
}

async fn run(connection: &mut PgConnection, text: &str) -> Result<()> {
    sqlx::raw_sql(sqlx::AssertSqlSafe(text.to_owned()))
        .execute(connection)
        .await
        .map_err(sqlx_error)?;
    Ok(())
}

fn sqlx_error(error: sqlx::Error) -> Error {
    DbErr::Exec(RuntimeErr::SqlxError(error.into())).into()
}
