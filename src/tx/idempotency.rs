//! Idempotency keys: the stored outcome of a call, claimed in the transaction of its effect.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::sql::Sql;
use crate::error::{Error, Problem, Result};
use crate::ids;

/// Lifetime of a key.
pub const KEPT_MS: i64 = 24 * 60 * 60 * 1000;

/// A call that is carried out once, however often it is sent.
pub struct Call {
    /// Id of the row of this call; another one in its place means that the call was made before.
    id: Uuid,
    caller: Uuid,
    mutation: String,
    key: String,
    /// A hash of all arguments but the key itself.
    arguments: Vec<u8>,
    now: i64,
    is_stored: AtomicBool,
    found: Mutex<Option<Found>>,
}

/// Stored outcome of a call: ids and never content, which is read again under the caller's scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// The ids of what was made or changed.
    Done(Vec<Uuid>),
    Refused(Vec<Problem>),
}

/// Existing outcome of a key.
#[derive(Clone, Debug)]
pub enum Found {
    Outcome(Outcome),
    OtherArguments,
    /// The first call has not ended yet.
    Running,
}

/// The caller, the mutation and the key.
pub type CallKey = (Uuid, String, String);

impl Call {
    pub fn new(caller: Uuid, mutation: String, key: String, arguments: Vec<u8>, now: i64) -> Call {
        Call {
            id: ids::new(),
            caller,
            mutation,
            key,
            arguments,
            now,
            is_stored: AtomicBool::new(false),
            found: Mutex::new(None),
        }
    }

    /// Key of the lock under which calls with the same idempotency key run one after another.
    pub fn lock_key(&self) -> CallKey {
        (self.caller, self.mutation.clone(), self.key.clone())
    }

    /// Whether the outcome went into the same transaction as the effect.
    pub fn is_stored(&self) -> bool {
        self.is_stored.load(Ordering::Relaxed)
    }

    /// The outcome that existed when the call began.
    pub fn found(&self) -> Option<Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_stored(&self) {
        self.is_stored.store(true, Ordering::Relaxed);
    }

    pub(super) fn set_found(&self, found: Found) {
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
    }

    /// Stores the outcome of a call that was claimed in this transaction.
    pub(super) async fn complete(&self, connection: &impl ConnectionTrait, made: Vec<Uuid>) -> Result<()> {
        let outcome = serde_json::to_value(Outcome::Done(made)).map_err(Error::internal)?;
        let mut sql = Sql::new(connection.get_database_backend());
        let (outcome, id) = (sql.bind(outcome), sql.bind(self.id));
        sql.push(&format!("UPDATE idempotency_keys SET outcome = {outcome} WHERE id = {id}"));
        connection.execute_raw(sql.build()).await?;
        Ok(())
    }

    /// Stores an outcome without an effect. Returns the existing outcome of the key, if any.
    pub async fn store(&self, connection: &impl ConnectionTrait, outcome: &Outcome) -> Result<Option<Found>> {
        self.claim(connection, Some(outcome)).await
    }

    /// Inserts the call's row, or reads the existing one, in one statement. It waits for a concurrent insert; an expired row is replaced.
    pub(super) async fn claim(&self, connection: &impl ConnectionTrait, outcome: Option<&Outcome>) -> Result<Option<Found>> {
        let outcome = outcome.map(serde_json::to_value).transpose().map_err(Error::internal)?;
        let mut sql = Sql::new(connection.get_database_backend());
        let values = [
            sql.bind(self.id),
            sql.bind(self.caller),
            sql.bind(self.mutation.clone()),
            sql.bind(self.key.clone()),
            sql.bind(self.arguments.clone()),
            sql.bind(outcome),
            sql.bind(self.now),
        ];
        let expired = sql.bind(self.now - KEPT_MS);
        let renewed: Vec<String> = ["id", "arguments", "outcome", "created_at"]
            .iter()
            .map(|column| format!("{column} = CASE WHEN k.created_at <= {expired} THEN excluded.{column} ELSE k.{column} END"))
            .collect();
        sql.push(&format!(
            "INSERT INTO idempotency_keys AS k (id, user_id, mutation, key, arguments, outcome, created_at) VALUES ({}) \
             ON CONFLICT (user_id, mutation, key) DO UPDATE SET {} RETURNING id, arguments, outcome",
            values.join(", "),
            renewed.join(", ")
        ));
        let row = match connection.query_one_raw(sql.build()).await.map_err(Error::from) {
            Ok(row) => row.ok_or_else(|| Error::internal("a key was neither kept nor found"))?,
            // The first call holds the row for longer than a statement may take.
            Err(Error::Timeout) => return Ok(Some(Found::Running)),
            Err(error) => return Err(error),
        };
        if row.try_get_by_index::<Uuid>(0)? == self.id {
            return Ok(None);
        }
        if row.try_get_by_index::<Vec<u8>>(1)? != self.arguments {
            return Ok(Some(Found::OtherArguments));
        }
        match row.try_get_by_index::<Option<serde_json::Value>>(2)? {
            Some(outcome) => Ok(Some(Found::Outcome(serde_json::from_value(outcome).map_err(Error::internal)?))),
            None => Err(Error::internal("a key was committed without an outcome")),
        }
    }
}
