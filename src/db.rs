//! The two databases behind one face: a pool to read from and one to write to, and the SQL that differs between them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};

use crate::error::{Error, Result};
use crate::settings::Settings;

/// On PostgreSQL both sides share one pool; on SQLite there is one writer, and readers that cannot write.
#[derive(Clone)]
pub struct Db {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    statements: Arc<AtomicU64>,
}

impl Db {
    /// Opens the database of the settings; a SQLite file is created when it is missing.
    pub async fn open(settings: &Settings) -> Result<Db> {
        let statements = Arc::new(AtomicU64::new(0));
        let (mut reader, mut writer) = if settings.database.starts_with("postgres") {
            let pool = Database::connect(postgres_options(settings)).await?;
            (pool.clone(), pool)
        } else {
            let writer = Database::connect(sqlite_options(settings, 1, false)).await?;
            let reader = Database::connect(sqlite_options(settings, settings.sqlite_readers, true)).await?;
            (reader, writer)
        };
        for connection in [&mut reader, &mut writer] {
            let statements = statements.clone();
            connection.set_metric_callback(move |_| {
                statements.fetch_add(1, Ordering::Relaxed);
            });
        }
        Ok(Db {
            reader,
            writer,
            statements,
        })
    }

    pub fn backend(&self) -> DbBackend {
        self.reader.get_database_backend()
    }

    /// For reads outside a transaction.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// For single writes that need no transaction, and for migrations.
    pub fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Starts a transaction that is going to write. On SQLite it takes the write lock at once, so it never fails half-way for want of it.
    pub async fn begin(&self) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        Ok(self.writer.begin_with_options(options).await?)
    }

    /// Brings the tables up to date; does nothing when they are. Refuses a database made by a newer version.
    pub async fn migrate(&self) -> Result<()> {
        Migrator::up(&self.writer, None).await.map_err(Error::internal)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> bool {
        self.reader.execute_unprepared("SELECT 1").await.is_ok()
    }

    /// How many batches of one kind are worth running side by side: SQLite gains nothing from more.
    pub fn batches_at_once(&self) -> usize {
        if self.backend() == DbBackend::Postgres { 4 } else { 2 }
    }

    /// How many SQL statements have been sent since the start, without `BEGIN` and `COMMIT`.
    pub fn statement_count(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Waits until the connections are closed.
    pub async fn close(self) -> Result<()> {
        self.reader.close().await?;
        self.writer.close().await?;
        Ok(())
    }
}

fn postgres_options(settings: &Settings) -> ConnectOptions {
    let mut options = ConnectOptions::new(settings.database.clone());
    options
        .max_connections(settings.postgres_connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(2))
        .max_lifetime(Duration::from_secs(600))
        .statement_timeout(settings.statement_timeout)
        .test_before_acquire_if_idle_for(Duration::from_secs(5))
        .set_application_name("cartera")
        .sqlx_logging(false)
        // Compiling a plan takes longer than any of our statements runs.
        .map_sqlx_postgres_opts(|options| options.statement_cache_capacity(512).options([("jit", "off")]));
    options
}

fn sqlite_options(settings: &Settings, connections: u32, read_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(settings.database.clone());
    options
        .max_connections(connections)
        .min_connections(1)
        // Writers wait in line for the one connection; readers hardly ever wait.
        .acquire_timeout(Duration::from_secs(if read_only { 2 } else { 8 }))
        .idle_timeout(Option::<Duration>::None)
        .max_lifetime(Option::<Duration>::None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            let options = options
                .create_if_missing(true)
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
