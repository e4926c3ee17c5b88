//! Options of connections to each of the two databases.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{self, Connection, PgPool};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use super::pool::{Interrupt, Pool, Slot, Timeouts};
use super::refusal;
use crate::error::{Error, Result};
use crate::settings::Settings;

/// Number of steps of SQLite's virtual machine between two checks for interruption: some tens of microseconds.
const STEPS: i32 = 2_000;

/// Settings of PostgreSQL's planner. Compiling a plan takes longer than any of our statements runs. Pages are in memory or on solid-state
/// storage: with the default, which is for rotating disks, it reads all prospects rather than 200 by their ids.
const PLANNING: [(&str, &str); 2] = [("jit", "off"), ("random_page_cost", "1.1")];

/// The connections to PostgreSQL, each opened when it is first used but for one, so that a wrong address is found at once.
pub async fn postgres(
    settings: &Settings,
    reads: impl Fn(&mut DatabaseConnection),
    writes: impl Fn(&mut DatabaseConnection),
) -> Result<Pool> {
    let mut slots = Vec::new();
    for number in 0..settings.postgres_connections {
        let interrupt = Arc::new(Interrupt::default());
        let connected = Database::connect(postgres_options(settings, number > 0, interrupt.clone())).await;
        let mut reader = match connected {
            Ok(reader) => reader,
            Err(error) => return Err(refusal::explain(settings, error).await),
        };
        let mut writer = reader.clone();
        reads(&mut reader);
        writes(&mut writer);
        slots.push(Slot::new(reader, writer, interrupt));
    }
    let timeouts = Timeouts {
        acquire: Duration::from_secs(2),
        // The server keeps the time itself.
        statement: None,
    };
    Ok(Pool::new(slots, timeouts, Some(canceller(settings)?)))
}

/// The connection that cancels statements of others, opened when there is one to cancel.
fn canceller(settings: &Settings) -> Result<PgPool> {
    let options: PgConnectOptions = settings.database.parse().map_err(Error::internal)?;
    Ok(PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(2))
        .idle_timeout(Duration::from_secs(30))
        .connect_lazy_with(options.application_name("cartera")))
}

/// Connections to an SQLite file: one that writes, or several that only read.
pub async fn sqlite(settings: &Settings, read_only: bool, prepare: impl Fn(&mut DatabaseConnection)) -> Result<Pool> {
    let mut slots = Vec::new();
    for _ in 0..if read_only { settings.sqlite_readers } else { 1 } {
        let interrupt = Arc::new(Interrupt::default());
        let mut connection = Database::connect(sqlite_options(settings, read_only, interrupt.clone())).await?;
        prepare(&mut connection);
        slots.push(Slot::new(connection.clone(), connection, interrupt));
    }
    let timeouts = Timeouts {
        // Writers wait in line for the one connection; readers hardly ever wait.
        acquire: Duration::from_secs(if read_only { 2 } else { 8 }),
        // A write is given up as a whole, with its transaction.
        statement: read_only.then_some(settings.statement_timeout),
    };
    Ok(Pool::new(slots, timeouts, None))
}

fn postgres_options(settings: &Settings, lazy: bool, interrupt: Arc<Interrupt>) -> ConnectOptions {
    let mut options = ConnectOptions::new(settings.database.clone());
    options
        .max_connections(1)
        .min_connections(0)
        .connect_lazy(lazy)
        .acquire_timeout(Duration::from_secs(2))
        .max_lifetime(Duration::from_secs(600))
        .statement_timeout(settings.statement_timeout)
        .test_before_acquire_if_idle_for(Duration::from_secs(5))
        .set_application_name("cartera")
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(|options| options.statement_cache_capacity(512).options(PLANNING))
        .map_sqlx_postgres_pool_opts(move |options| {
            let interrupt = interrupt.clone();
            options.after_connect(move |connection, _| {
                let interrupt = interrupt.clone();
                Box::pin(async move {
                    let process = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(connection).await;
                    // If PostgreSQL is stopping, the next statement reports it: the library would log an error.
                    interrupt.served_by(process.unwrap_or_default());
                    Ok(())
                })
            })
        });
    options
}

fn sqlite_options(settings: &Settings, read_only: bool, interrupt: Arc<Interrupt>) -> ConnectOptions {
    let mut options = ConnectOptions::new(settings.database.clone());
    options
        .max_connections(1)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(2))
        .idle_timeout(Option::<Duration>::None)
        .max_lifetime(Option::<Duration>::None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        // On a full disk SQLite rolls back a transaction by itself, but the library assumes that it is still open: the next one would only
        // be a savepoint of a transaction that is never committed. Such a connection is replaced.
        .map_sqlx_sqlite_before_acquire(|connection, _| {
            let is_free = !connection.is_in_transaction();
            Box::pin(async move { Ok(is_free) })
        })
        .map_sqlx_sqlite_pool_opts(move |options| {
            let interrupt = interrupt.clone();
            options.after_connect(move |connection, _| {
                let interrupt = interrupt.clone();
                Box::pin(async move {
                    let mut handle = connection.lock_handle().await?;
                    handle.set_progress_handler(STEPS, move || interrupt.may_go_on());
                    Ok(())
                })
            })
        })
        .map_sqlx_sqlite_opts(move |options| {
            let options = options
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(5))
                .foreign_keys(true)
                .statement_cache_capacity(512)
                .pragma("cache_size", "-4096")
                .pragma("temp_store", "MEMORY");
            if read_only { options.pragma("query_only", "on") } else { options }
        });
    options
}
