//! The two databases behind one face: a pool to read from and one to write to, and the SQL that differs between them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The statements that write search documents, here and in the migration alike.
pub use migration::search as search_documents;
use migration::{Migrator, MigratorTrait};
use sea_orm::sqlx::Connection;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};

use crate::batch::Places;
use crate::database_file;
use crate::error::{Error, Result};
use crate::metrics::{Metrics, PoolUse};
use crate::notices::SERVER;
use crate::settings::Settings;
use crate::traces;

/// On PostgreSQL both sides share one pool; on SQLite there is one writer, and readers that cannot write.
#[derive(Clone)]
pub struct Db {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    statements: Arc<AtomicU64>,
    metrics: Arc<Metrics>,
}

impl Db {
    /// Opens the database of the settings; a SQLite file is created when it is missing.
    pub async fn open(settings: &Settings) -> Result<Db> {
        Db::open_watched(settings, |_| {}).await
    }

    /// The same, for a tool that looks at the statements themselves: `watch` is shown each that has run, with its values.
    pub async fn open_watched(settings: &Settings, watch: impl Fn(&Statement) + Clone + Send + Sync + 'static) -> Result<Db> {
        let statements = Arc::new(AtomicU64::new(0));
        let (mut reader, mut writer) = if settings.database.starts_with("postgres") {
            let pool = Database::connect(postgres_options(settings)).await?;
            (pool.clone(), pool)
        } else {
            prepare_file(settings)?;
            let writer = Database::connect(sqlite_options(settings, 1, false)).await?;
            let reader = Database::connect(sqlite_options(settings, settings.sqlite_readers, true)).await?;
            (reader, writer)
        };
        let metrics = Arc::new(Metrics::default());
        let system = if reader.get_database_backend() == DbBackend::Postgres {
            "postgresql"
        } else {
            "sqlite"
        };
        for (connection, side) in [(&mut reader, "read"), (&mut writer, "write")] {
            let statements = statements.clone();
            let measured = metrics.statements_of(side);
            let watch = watch.clone();
            connection.set_metric_callback(move |info| {
                statements.fetch_add(1, Ordering::Relaxed);
                measured.ran(info.elapsed, info.failed);
                traces::statement(system, &info.statement.sql, info.elapsed, info.failed);
                watch(info.statement);
            });
        }
        Ok(Db {
            reader,
            writer,
            statements,
            metrics,
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
        let _waiting = Waiting::new(&self.metrics);
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

    /// Whether a server works on this PostgreSQL; on SQLite a lock file says so.
    pub async fn has_servers(&self) -> Result<bool> {
        if self.backend() != DbBackend::Postgres {
            return Ok(false);
        }
        let text = format!("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = '{SERVER}'");
        self.finds(&text).await
    }

    /// Whether there is any table.
    pub async fn has_tables(&self) -> Result<bool> {
        self.finds(match self.backend() {
            DbBackend::Postgres => "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() LIMIT 1",
            _ => "SELECT 1 FROM sqlite_schema WHERE type = 'table' LIMIT 1",
        })
        .await
    }

    async fn finds(&self, text: &str) -> Result<bool> {
        let statement = Statement::from_string(self.backend(), text);
        Ok(self.reader.query_one_raw(statement).await?.is_some())
    }

    /// How many batches of one kind are worth running side by side: SQLite gains nothing from more.
    pub fn batches_at_once(&self) -> Places {
        let most_at_once = if self.backend() == DbBackend::Postgres { 4 } else { 2 };
        Places {
            most_at_once,
            metrics: Some(self.metrics.clone()),
        }
    }

    /// What is counted and timed of this database and of those who use it.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// How the connections are used at this moment, by pool.
    pub fn pools(&self) -> Vec<PoolUse> {
        let pool = |name, size: u32, idle: usize| PoolUse {
            name,
            in_use: (size as usize).saturating_sub(idle),
            idle,
        };
        if self.backend() == DbBackend::Postgres {
            let shared = self.reader.get_postgres_connection_pool();
            return vec![pool("shared", shared.size(), shared.num_idle())];
        }
        let (reader, writer) = (self.reader.get_sqlite_connection_pool(), self.writer.get_sqlite_connection_pool());
        vec![
            pool("reader", reader.size(), reader.num_idle()),
            pool("writer", writer.size(), writer.num_idle()),
        ]
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

/// Counts somebody who waits, also one who gives up.
struct Waiting<'a>(&'a Metrics);

impl<'a> Waiting<'a> {
    fn new(metrics: &'a Metrics) -> Self {
        metrics.transactions_waiting.inc();
        Waiting(metrics)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.transactions_waiting.dec();
    }
}

/// Before SQLite opens it, which would let others read a file that it makes.
fn prepare_file(settings: &Settings) -> Result<()> {
    settings.database.sqlite_file().map_or(Ok(()), database_file::prepare)
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
        // On a full disk SQLite ends a transaction by itself, and the library goes on to believe in it: what begins next would only be a
        // part of one that nobody commits. Such a connection is replaced.
        .map_sqlx_sqlite_before_acquire(|connection, _| {
            let is_free = !connection.is_in_transaction();
            Box::pin(async move { Ok(is_free) })
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

#[cfg(test)]
mod tests {
    use super::*;

    /// An empty database and the folder in which it is.
    async fn sqlite() -> (tempfile::TempDir, Db) {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            database: format!("sqlite:{}", folder.path().join("test.db").display()).parse().unwrap(),
            ..Settings::default()
        };
        let db = Db::open(&settings).await.unwrap();
        (folder, db)
    }

    /// As `.cargo/config.toml` says: sharing one, those that lose their pages to others would read the same ones again and again.
    #[tokio::test]
    async fn each_connection_of_sqlite_has_its_own_cache() {
        let (_folder, db) = sqlite().await;
        assert!(db.finds("SELECT 1 WHERE sqlite_compileoption_used('ENABLE_FTS5')").await.unwrap());
        let shared = db.finds("SELECT 1 WHERE sqlite_compileoption_used('ENABLE_MEMORY_MANAGEMENT')");
        assert!(!shared.await.unwrap());
        db.close().await.unwrap();
    }

    #[tokio::test]
    async fn a_transaction_that_sqlite_ended_by_itself_does_no_harm_to_those_after_it() {
        let (_folder, db) = sqlite().await;
        db.writer().execute_unprepared("CREATE TABLE things (name TEXT)").await.unwrap();
        let ended = db.begin().await.unwrap();
        // What SQLite does when there is no space left.
        ended.execute_unprepared("ROLLBACK").await.unwrap();
        drop(ended);
        let given_up = db.begin().await.unwrap();
        given_up.execute_unprepared("INSERT INTO things VALUES ('no')").await.unwrap();
        given_up.rollback().await.unwrap();
        let committed = db.begin().await.unwrap();
        committed.execute_unprepared("INSERT INTO things VALUES ('yes')").await.unwrap();
        committed.commit().await.unwrap();
        assert!(db.finds("SELECT 1 FROM things WHERE name = 'yes'").await.unwrap());
        assert!(!db.finds("SELECT 1 FROM things WHERE name = 'no'").await.unwrap());
        db.close().await.unwrap();
    }
}
