//! A transaction that is going to write, and the call that it serves where that carries an idempotency key.

/// Idempotency keys and stored outcomes.
pub mod idempotency;
/// Locks that a transaction takes before it writes.
pub mod locks;

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use uuid::Uuid;

use crate::auth::Viewer;
use crate::db::Transaction;
use crate::entities::access::user;
use crate::error::{Error, Result};
use idempotency::Call;
use locks::Locks;

/// A write transaction. Dropping it without a commit rolls back.
pub struct Tx {
    inner: Transaction,
    call: Option<Arc<Call>>,
    users: HashMap<Uuid, user::Model>,
}

impl Tx {
    /// A transaction for the call, if there is one, once its caller has been looked at and everything is locked that comes before records.
    /// `Error::Repeated` where the call was made before; what was found then is left with it.
    pub async fn begin(inner: Transaction, caller: Option<&Viewer>, locks: Locks, call: Option<Arc<Call>>) -> Result<Tx> {
        let users = locks.take(&inner, caller).await?;
        if let Some(call) = &call
            && let Some(found) = call.claim(&inner, None).await?
        {
            call.set_found(found);
            return Err(Error::Repeated);
        }
        Ok(Tx { inner, call, users })
    }

    /// A user who was locked at the beginning, in the current state. None if there is no such user, or it was not locked.
    pub fn user(&self, id: Uuid) -> Option<&user::Model> {
        self.users.get(&id)
    }

    /// Makes everything last. For calls that take no key; those that do say what they made with `commit_naming`.
    pub async fn commit(self) -> Result<()> {
        if self.call.is_some() {
            return Err(Error::internal("a call with a key did not say what it made"));
        }
        Ok(self.inner.commit().await?)
    }

    /// Makes everything last, together with the ids by which a repeated call names the result.
    pub async fn commit_naming(self, made: impl IntoIterator<Item = Uuid>) -> Result<()> {
        let Some(call) = self.call else {
            return Ok(self.inner.commit().await?);
        };
        call.complete(&self.inner, made.into_iter().collect()).await?;
        self.inner.commit().await?;
        call.set_stored();
        Ok(())
    }
}

/// For functions that take any connection.
#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> std::result::Result<ExecResult, DbErr> {
        self.inner.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, text: &str) -> std::result::Result<ExecResult, DbErr> {
        self.inner.execute_unprepared(text).await
    }

    async fn query_one_raw(&self, statement: Statement) -> std::result::Result<Option<QueryResult>, DbErr> {
        self.inner.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> std::result::Result<Vec<QueryResult>, DbErr> {
        self.inner.query_all_raw(statement).await
    }
}
