//! The two databases behind one face: a pool to read from and one to write to.

/// A copy of an SQLite database, and whether one is sound.
pub mod backup;
/// The file of an SQLite database and its companion files.
pub mod file;
/// New rows of several tables, inserted together.
mod inserts;
/// Notices of changes between servers.
pub mod notices;
mod options;
/// Connections whose statements end with those who wait for them.
mod pool;
/// Reasons why PostgreSQL refuses a connection.
mod refusal;
/// A connection for statements that take long.
pub mod session;
/// Hand-written SQL for both databases.
pub mod sql;
mod transaction;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use migration::forms::{self, Failure};
pub use migration::forms::{Progress, Step};
/// The statements that write search documents, here and in the migration alike.
pub use migration::search as search_documents;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use tokio::sync::Semaphore;

pub use inserts::Inserts;
pub use pool::{Lease, Pool};
pub use transaction::Transaction;

use crate::db::notices::SERVER;
use crate::error::{Error, Result};
use crate::settings::Settings;
use crate::telemetry::metrics::{Metrics, PoolUse};
use crate::telemetry::traces;

/// On PostgreSQL both sides share one pool; on SQLite there is one writer, and readers that cannot write.
#[derive(Clone)]
pub struct Db {
    reader: Pool,
    writer: Pool,
    statements: Arc<AtomicU64>,
    metrics: Arc<Metrics>,
    progress: Arc<Progress>,
}

/// The number of the lock that a process holds which brings the tables of a PostgreSQL up to date. Any number that nothing else uses would do.
const MIGRATING: i64 = 0x6361_7274;
/// Interval of further attempts.
const TURN: Duration = Duration::from_millis(100);

impl Db {
    /// Opens the database of the settings; a SQLite file is created when it is missing.
    pub async fn open(settings: &Settings) -> Result<Db> {
        Db::open_watched(settings, |_| {}).await
    }

    /// The same, for a tool that looks at the statements themselves: `watch` is shown each that has run, with its values.
    pub async fn open_watched(settings: &Settings, watch: impl Fn(&Statement) + Clone + Send + Sync + 'static) -> Result<Db> {
        let statements = Arc::new(AtomicU64::new(0));
        let metrics = Arc::new(Metrics::default());
        let is_postgres = settings.database.starts_with("postgres");
        let system = if is_postgres { "postgresql" } else { "sqlite" };
        let prepare = |side: &'static str| {
            let (statements, measured, watch) = (statements.clone(), metrics.statements_of(side), watch.clone());
            move |connection: &mut DatabaseConnection| {
                let (statements, measured, watch) = (statements.clone(), measured.clone(), watch.clone());
                connection.set_metric_callback(move |info| {
                    statements.fetch_add(1, Ordering::Relaxed);
                    measured.ran(info.elapsed, info.failed);
                    traces::statement(system, &info.statement.sql, info.elapsed, info.failed);
                    watch(info.statement);
                });
            }
        };
        let (reader, writer) = if is_postgres {
            let pool = options::postgres(settings, prepare("read"), prepare("write")).await?;
            (pool.clone(), pool.for_writing())
        } else {
            prepare_file(settings)?;
            let writer = options::sqlite(settings, false, prepare("write")).await?.for_writing();
            (options::sqlite(settings, true, prepare("read")).await?, writer)
        };
        Ok(Db {
            reader,
            writer,
            statements,
            metrics,
            progress: Arc::default(),
        })
    }

    pub fn backend(&self) -> DbBackend {
        self.reader.get_database_backend()
    }

    /// For reads outside a transaction.
    pub fn reader(&self) -> &Pool {
        &self.reader
    }

    /// For single writes that need no transaction.
    pub fn writer(&self) -> &Pool {
        &self.writer
    }

    /// The same database for one caller, who uses at most a quarter of its connections at once, or two, so that others always find one.
    pub fn for_one_caller(&self) -> Db {
        self.shared_by(|size| (size / 4).max(2).min(size / 2))
    }

    /// The same database for the batches of all callers, which together use at most half of its connections.
    pub fn for_batches(&self) -> Db {
        self.shared_by(|size| size / 2)
    }

    fn shared_by(&self, part: fn(usize) -> usize) -> Db {
        let share = |pool: &Pool| Arc::new(Semaphore::new(part(pool.size()).max(1)));
        let readers = share(&self.reader);
        // On PostgreSQL it is one pool.
        let writers = if self.backend() == DbBackend::Postgres {
            readers.clone()
        } else {
            share(&self.writer)
        };
        Db {
            reader: self.reader.shared_by(readers),
            writer: self.writer.shared_by(writers),
            ..self.clone()
        }
    }

    /// Starts a write transaction. On SQLite it takes the write lock at once, so it never fails half-way for lack of it.
    pub async fn begin(&self) -> Result<Transaction> {
        let _waiting = Waiting::new(&self.metrics);
        Ok(Transaction::begin(self.writer.lease().await?).await?)
    }

    /// Brings the tables up to date, and then the canonical forms of their rows, which may take minutes; does nothing when they are. Refuses a
    /// database made by a newer version. Servers that start at once on one PostgreSQL take turns.
    pub async fn migrate(&self) -> Result<()> {
        self.lock_migrations().await?;
        let migrated = self.migrate_alone().await;
        // A connection that is lost has lost the lock as well.
        let unlocked = self.unlock_migrations().await;
        migrated.and(unlocked)
    }

    async fn migrate_alone(&self) -> Result<()> {
        let db = self.writer.unlimited();
        let refused = |failure: Failure| match failure {
            Failure::Database(error) => Error::internal(error),
            same @ Failure::SameUser(..) => Error::BadInput(same.to_string()),
        };
        forms::check(db).await.map_err(refused)?;
        Migrator::up(db, None).await.map_err(Error::internal)?;
        forms::bring_up_to_date(db, &self.progress).await.map_err(refused)
    }

    /// Waits in steps, because a statement that waits for longer than `statement_timeout` would be cancelled.
    async fn lock_migrations(&self) -> Result<()> {
        if self.backend() != DbBackend::Postgres {
            return Ok(());
        }
        let mut is_logged = false;
        while !self.calls(&format!("SELECT pg_try_advisory_lock({MIGRATING})")).await? {
            if !is_logged {
                tracing::info!("another process is bringing the tables up to date: waiting for it");
                is_logged = true;
            }
            tokio::time::sleep(TURN).await;
        }
        Ok(())
    }

    async fn unlock_migrations(&self) -> Result<()> {
        if self.backend() == DbBackend::Postgres {
            self.calls(&format!("SELECT pg_advisory_unlock({MIGRATING})")).await?;
        }
        Ok(())
    }

    /// Result of a PostgreSQL function that is called on the connection of the migrations.
    async fn calls(&self, text: &str) -> Result<bool> {
        let statement = Statement::from_string(DbBackend::Postgres, text);
        let row = self.writer.unlimited().query_one_raw(statement).await?;
        Ok(row.map(|row| row.try_get_by(0)).transpose()?.unwrap_or(false))
    }

    /// Progress of the migration of canonical forms.
    pub fn progress(&self) -> &Arc<Progress> {
        &self.progress
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

    /// Whether Cartera's tables are there, of whichever version.
    pub async fn is_set_up(&self) -> Result<bool> {
        let tables = match self.backend() {
            DbBackend::Postgres => "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()",
            _ => "SELECT name FROM sqlite_schema WHERE type = 'table'",
        };
        let found = format!("SELECT count(*) AS found FROM ({tables}) t WHERE name IN ('seaql_migrations', 'users')");
        self.finds(&format!("SELECT 1 FROM ({found}) f WHERE found = 2")).await
    }

    async fn finds(&self, text: &str) -> Result<bool> {
        let statement = Statement::from_string(self.backend(), text);
        Ok(self.reader.query_one_raw(statement).await?.is_some())
    }

    /// Maximum number of concurrent batches of one data loader: SQLite gains nothing from more.
    pub fn max_concurrent_batches(&self) -> usize {
        if self.backend() == DbBackend::Postgres { 4 } else { 2 }
    }

    /// Metrics of this database and of its users.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// Current use of the connections, by pool.
    pub fn pools(&self) -> Vec<PoolUse> {
        if self.backend() == DbBackend::Postgres {
            return vec![self.reader.usage("shared")];
        }
        vec![self.reader.usage("reader"), self.writer.usage("writer")]
    }

    /// Number of SQL statements sent since the start, without `BEGIN` and `COMMIT`.
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

/// Counts a waiting transaction, also one that gives up.
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
    settings.database.sqlite_file().map_or(Ok(()), file::prepare)
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
