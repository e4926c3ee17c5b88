//! Connections as the server opens them.

use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use crate::Result;

/// The server's numbers: readers and one writer on SQLite, one pool on PostgreSQL.
const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 8;

/// One pool to read from and one to write to; on PostgreSQL they are the same.
pub struct Pools {
    pub reader: DatabaseConnection,
    pub writer: DatabaseConnection,
}

impl Pools {
    pub async fn open(database: &str) -> Result<Pools> {
        if database.starts_with("postgres") {
            let pool = Database::connect(postgres_options(database)).await?;
            return Ok(Pools {
                reader: pool.clone(),
                writer: pool,
            });
        }
        let writer = Database::connect(sqlite_options(database, 1, false)).await?;
        let reader = Database::connect(sqlite_options(database, SQLITE_READERS, true)).await?;
        Ok(Pools { reader, writer })
    }
}

fn postgres_options(database: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(database);
    options
        .max_connections(POSTGRES_CONNECTIONS)
        .test_before_acquire_if_idle_for(Duration::from_secs(5))
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(|options| options.statement_cache_capacity(512));
    options
}

fn sqlite_options(database: &str, connections: u32, read_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(database);
    options
        .max_connections(connections)
        .idle_timeout(Option::<Duration>::None)
        .max_lifetime(Option::<Duration>::None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            let options = options
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(5))
                .foreign_keys(true)
                .statement_cache_capacity(512)
                .pragma("cache_size", "-16384")
                .pragma("temp_store", "MEMORY");
            if read_only { options.pragma("query_only", "on") } else { options }
        });
    options
}
