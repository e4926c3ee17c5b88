//! A transaction that is going to write, on a connection of its own.

use std::sync::Mutex;
use std::sync::PoisonError;

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
};

use super::pool::Lease;

/// Dropping it without a commit rolls back, and cancels the running statement.
pub struct Transaction {
    // Fields are dropped in this order: the library rolls back, and then the connection is given back.
    inner: DatabaseTransaction,
    lease: Mutex<Lease>,
}

impl Transaction {
    /// Begins on a connection. SQLite takes its write lock at once.
    pub async fn begin(mut lease: Lease) -> Result<Transaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        lease.begin(None);
        let begun = lease.connection().begin_with_options(options).await;
        lease.end();
        Ok(Transaction {
            inner: begun?,
            lease: Mutex::new(lease),
        })
    }

    /// Makes everything last.
    pub async fn commit(self) -> Result<(), DbErr> {
        let Transaction { inner, lease } = self;
        // Dropped during the commit, its outcome is unknown; an interruption would not change that.
        let committed = inner.commit().await;
        drop(lease);
        committed
    }

    /// Rolls back, and waits for it.
    pub async fn rollback(self) -> Result<(), DbErr> {
        let Transaction { inner, lease } = self;
        let rolled_back = inner.rollback().await;
        drop(lease);
        rolled_back
    }

    async fn run<T>(&self, work: impl AsyncFnOnce(&DatabaseTransaction) -> Result<T, DbErr>) -> Result<T, DbErr> {
        self.lease(|lease| lease.begin(None));
        let result = work(&self.inner).await;
        self.lease(Lease::end);
        result
    }

    fn lease(&self, change: impl FnOnce(&mut Lease)) {
        change(&mut self.lease.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.run(async |tx| tx.execute_raw(statement).await).await
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        self.run(async |tx| tx.execute_unprepared(text).await).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.run(async |tx| tx.query_one_raw(statement).await).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.run(async |tx| tx.query_all_raw(statement).await).await
    }
}
