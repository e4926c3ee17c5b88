//! A pool of connections that stops a statement when the request that waits for it is gone.
//!
//! A pool of the library hides which connection runs a statement, and lets a statement run on after its request. Here each connection is a slot
//! with a pool of one: its lease is given back when the statement has ended, and dropped sooner it interrupts the statement first.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::error::ConnAcquireErr;
use sea_orm::sqlx::{self, PgPool};
use sea_orm::{AccessMode, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement, TransactionTrait};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use crate::telemetry::metrics::PoolUse;

/// Connections to the database, one statement or transaction at a time on each; cheap to clone.
#[derive(Clone)]
pub struct Pool {
    shared: Arc<Shared>,
    is_writing: bool,
    /// Maximum number of leases of one caller; none for the program itself.
    share: Option<Arc<Semaphore>>,
}

struct Shared {
    slots: Vec<Slot>,
    free: Mutex<Free>,
    permits: Arc<Semaphore>,
    /// Longest wait of a caller for a connection.
    wait: Duration,
    /// Deadline of a statement outside a transaction on SQLite; PostgreSQL enforces its own.
    statement_timeout: Option<Duration>,
    /// Cancels statements on PostgreSQL, over a connection of its own.
    canceller: Option<PgPool>,
}

/// The unused slots. Open ones come first, the least recently used before the others: the library needs some time to make a connection
/// ready again.
struct Free {
    open: VecDeque<usize>,
    unused: Vec<usize>,
}

impl Free {
    fn take(&mut self) -> Option<usize> {
        self.open.pop_front().or_else(|| self.unused.pop())
    }
}

/// A connection, and what interrupts the statement that runs on it.
pub struct Slot {
    /// The same connection twice: what reads and what writes is counted apart.
    reads: DatabaseConnection,
    writes: DatabaseConnection,
    interrupt: Arc<Interrupt>,
}

/// Read by the progress handler of an SQLite connection, and set when a request gives up.
#[derive(Debug)]
pub struct Interrupt {
    began: Instant,
    /// Milliseconds after `began` from which on statements are interrupted.
    deadline: AtomicU64,
    /// Process of PostgreSQL that serves the connection.
    process: AtomicI32,
}

const NEVER: u64 = u64::MAX;
/// Longest wait for PostgreSQL to accept a cancellation.
const CANCEL: Duration = Duration::from_secs(5);
/// Interval of checks of a connection whose statement has not ended yet.
const AGAIN: Duration = Duration::from_millis(100);

impl Default for Interrupt {
    fn default() -> Self {
        Interrupt {
            began: Instant::now(),
            deadline: AtomicU64::new(NEVER),
            process: AtomicI32::new(0),
        }
    }
}

impl Interrupt {
    /// Whether the statement that runs is to go on. Called by SQLite every few thousand steps, on the thread that runs the statement.
    pub fn may_go_on(&self) -> bool {
        let deadline = self.deadline.load(Ordering::Relaxed);
        deadline == NEVER || self.elapsed() < deadline
    }

    /// Keeps by which process PostgreSQL serves the connection, each time it is opened.
    pub fn served_by(&self, process: i32) {
        self.process.store(process, Ordering::Relaxed);
    }

    fn within(&self, limit: Option<Duration>) {
        let deadline = limit.map_or(NEVER, |limit| self.elapsed().saturating_add(millis(limit)));
        self.deadline.store(deadline, Ordering::Relaxed);
    }

    fn now(&self) {
        self.deadline.store(0, Ordering::Relaxed);
    }

    fn elapsed(&self) -> u64 {
        millis(self.began.elapsed())
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(NEVER - 1)
}

impl Slot {
    pub fn new(reads: DatabaseConnection, writes: DatabaseConnection, interrupt: Arc<Interrupt>) -> Slot {
        Slot { reads, writes, interrupt }
    }

    fn connection(&self, is_writing: bool) -> &DatabaseConnection {
        if is_writing { &self.writes } else { &self.reads }
    }

    fn is_closed(&self) -> bool {
        match self.reads.get_database_backend() {
            DbBackend::Postgres => self.reads.get_postgres_connection_pool().is_closed(),
            _ => self.reads.get_sqlite_connection_pool().is_closed(),
        }
    }
}

/// Timeouts of callers and statements.
pub struct Timeouts {
    pub acquire: Duration,
    pub statement: Option<Duration>,
}

impl Pool {
    pub fn new(slots: Vec<Slot>, timeouts: Timeouts, canceller: Option<PgPool>) -> Pool {
        Pool {
            shared: Arc::new(Shared {
                free: Mutex::new(Free {
                    open: VecDeque::with_capacity(slots.len()),
                    unused: (0..slots.len()).rev().collect(),
                }),
                permits: Arc::new(Semaphore::new(slots.len())),
                slots,
                wait: timeouts.acquire,
                statement_timeout: timeouts.statement,
                canceller,
            }),
            is_writing: false,
            share: None,
        }
    }

    /// The same connections for those who write.
    pub fn for_writing(self) -> Pool {
        Pool { is_writing: true, ..self }
    }

    /// The same connections for one caller, who holds no more of them at once than the share permits.
    pub fn shared_by(&self, share: Arc<Semaphore>) -> Pool {
        Pool {
            share: Some(share),
            ..self.clone()
        }
    }

    /// Number of connections.
    pub fn size(&self) -> usize {
        self.shared.slots.len()
    }

    /// A connection without limits, for migrations and tools; nothing else uses this database then.
    pub fn unlimited(&self) -> &DatabaseConnection {
        self.shared.slots[0].connection(self.is_writing)
    }

    /// A connection of one's own, as soon as there is one.
    pub async fn lease(&self) -> Result<Lease, DbErr> {
        // The caller waits for their own statements as long as the request may take: no other caller delays them.
        let share = match &self.share {
            Some(share) => Some(share.clone().acquire_owned().await.map_err(closed)?),
            None => None,
        };
        let permit = timeout(self.shared.wait, self.shared.permits.clone().acquire_owned()).await;
        let permit = permit
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
            .map_err(closed)?;
        let slot = self.shared.free().take().ok_or_else(|| closed("a permit without a connection"))?;
        Ok(Lease {
            shared: self.shared.clone(),
            slot,
            is_writing: self.is_writing,
            is_running: false,
            permits: Some((permit, share)),
        })
    }

    /// Current number of connections in use.
    pub fn usage(&self, name: &'static str) -> PoolUse {
        let opened: u32 = self.shared.slots.iter().map(|slot| opened(&slot.reads)).sum();
        let in_use = self.size() - self.shared.permits.available_permits().min(self.size());
        PoolUse {
            name,
            in_use,
            idle: (opened as usize).saturating_sub(in_use),
        }
    }

    /// Waits until all connections are closed.
    pub async fn close(&self) -> Result<(), DbErr> {
        for slot in &self.shared.slots {
            slot.reads.close_by_ref().await?;
        }
        if let Some(canceller) = &self.shared.canceller {
            canceller.close().await;
        }
        Ok(())
    }

    /// Reads by one statement that may take so long, whatever others may. On PostgreSQL it runs in a transaction that cannot write; connections
    /// that read from SQLite never can.
    pub async fn read_within(&self, limit: Duration, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut lease = self.lease().await?;
        lease.begin(Some(limit));
        let connection = lease.connection();
        let found = match connection.get_database_backend() {
            DbBackend::Postgres => read_only(connection, limit, statement).await,
            _ => connection.query_all_raw(statement).await,
        };
        lease.end();
        found
    }

    async fn run<T>(&self, work: impl AsyncFnOnce(&DatabaseConnection) -> Result<T, DbErr>) -> Result<T, DbErr> {
        let mut lease = self.lease().await?;
        lease.begin(self.shared.statement_timeout);
        let result = work(lease.connection()).await;
        lease.end();
        result
    }
}

async fn read_only(connection: &DatabaseConnection, limit: Duration, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
    let tx = connection.begin_with_config(None, Some(AccessMode::ReadOnly)).await?;
    tx.execute_unprepared(&format!("SET LOCAL statement_timeout = {}", millis(limit)))
        .await?;
    let found = tx.query_all_raw(statement).await?;
    tx.commit().await?;
    Ok(found)
}

fn opened(connection: &DatabaseConnection) -> u32 {
    match connection.get_database_backend() {
        DbBackend::Postgres => connection.get_postgres_connection_pool().size(),
        _ => connection.get_sqlite_connection_pool().size(),
    }
}

fn closed(cause: impl ToString) -> DbErr {
    DbErr::Custom(cause.to_string())
}

impl Shared {
    fn free(&self) -> MutexGuard<'_, Free> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops the statement that still runs on the connection, and waits until it has ended, however long that takes.
    async fn stop(&self, slot: &Slot) {
        loop {
            if let Some(canceller) = &self.canceller {
                let process = slot.interrupt.process.load(Ordering::Relaxed);
                let cancelled = sqlx::query("SELECT pg_cancel_backend($1)").bind(process).execute(canceller);
                if let Ok(Err(error)) = timeout(CANCEL, cancelled).await {
                    tracing::debug!(%error, "a statement could not be cancelled");
                }
            }
            // It queues behind the statement, and fails where it would have to wait for long or where the database is away.
            if slot.reads.ping().await.is_ok() || slot.is_closed() {
                break;
            }
            sleep(AGAIN).await;
        }
        slot.interrupt.within(None);
    }
}

/// A connection that is in use. Dropped while a statement runs it stops the statement, and the connection comes back after that.
pub struct Lease {
    shared: Arc<Shared>,
    slot: usize,
    is_writing: bool,
    is_running: bool,
    permits: Option<(OwnedSemaphorePermit, Option<OwnedSemaphorePermit>)>,
}

impl Lease {
    pub fn connection(&self) -> &DatabaseConnection {
        self.slot().connection(self.is_writing)
    }

    /// From here on until `end` a statement runs, which may take so long on SQLite.
    pub fn begin(&mut self, limit: Option<Duration>) {
        self.slot().interrupt.within(limit);
        self.is_running = true;
    }

    pub fn end(&mut self) {
        self.is_running = false;
        self.slot().interrupt.within(None);
    }

    fn slot(&self) -> &Slot {
        &self.shared.slots[self.slot]
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let (shared, slot, permits) = (self.shared.clone(), self.slot, self.permits.take());
        if !self.is_running {
            shared.free().open.push_back(slot);
            return;
        }
        self.slot().interrupt.now();
        // Without a runtime the program is ending, and the connection is not needed any more.
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async move {
            shared.stop(&shared.slots[slot]).await;
            shared.free().open.push_back(slot);
            drop(permits);
        });
    }
}

/// Each statement on a connection of its own.
#[async_trait::async_trait]
impl ConnectionTrait for Pool {
    fn get_database_backend(&self) -> DbBackend {
        self.shared.slots[0].reads.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.run(async |connection| connection.execute_raw(statement).await).await
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        self.run(async |connection| connection.execute_unprepared(text).await).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.run(async |connection| connection.query_one_raw(statement).await).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.run(async |connection| connection.query_all_raw(statement).await).await
    }
}
