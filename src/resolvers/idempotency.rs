//! Execution of a write: again from the start after a conflict with another write, and at most once with an idempotency key.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::cx::Cx;
use crate::db::sql::Sql;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::tx::idempotency::{Call, Found, KEPT_MS, Outcome};

/// The key of a call, and what the call is.
pub struct Key {
    pub key: String,
    pub mutation: String,
    /// All arguments but the key, in a form that equal arguments have in common.
    pub arguments: String,
}

/// The result of a write: named by ids, and readable by them.
pub trait Replayable: Sized + Send {
    fn ids(&self) -> Vec<Uuid>;

    /// The present objects of the ids, as far as visible to the caller. None if they are not.
    fn read(cx: &Cx, ids: Vec<Uuid>) -> impl Future<Output = Result<Option<Self>>> + Send;
}

/// Characters in a key.
const KEY_LENGTH: usize = 128;
/// Number of repetitions after a conflict with another write.
const RETRIES: u32 = 3;
/// Maximum number of problems that are reported and stored.
const MOST_PROBLEMS: usize = 100;

/// A write that is about to run: the context that its work takes, and the call that it belongs to.
pub struct Write {
    /// Its transactions belong to the call.
    pub cx: Cx,
    /// None without a key; the problem where the key is illegal.
    call: Option<Result<Arc<Call>>>,
}

impl Write {
    pub fn new(cx: &Cx, key: Option<Key>) -> Write {
        let call = key.map(|key| call(cx, key));
        Write {
            cx: cx.for_write(call.as_ref().and_then(|call| call.as_ref().ok()).cloned()),
            call,
        }
    }

    /// Carries out the work, which begins one transaction with the context of this write. With a key that was used before, the stored
    /// outcome of the first call is replayed instead; None if its objects are no longer visible to the caller.
    ///
    /// It is compiled for every mutation, so code that does not depend on the types is in separate functions.
    pub async fn run<T, W>(&self, work: impl Fn() -> W) -> Result<Option<T>>
    where
        T: Replayable,
        W: Future<Output = Result<T>>,
    {
        let Some(call) = &self.call else {
            return persistently(&self.cx, work).await.map(Some);
        };
        let call = call.clone()?;
        let Some(_lock) = self.cx.app.call_locks.lock(call.lock_key()).await else {
            return Err(still_running());
        };
        let (value, outcome) = match persistently(&self.cx, work).await {
            Ok(value) if call.is_stored() => return Ok(Some(value)),
            Ok(value) => {
                let ids = value.ids();
                (Some(value), Ok(ids))
            }
            Err(error) => (None, Err(error)),
        };
        match store_outcome(&self.cx, &call, outcome).await? {
            Some(ids) => T::read(&self.cx, ids).await,
            None => Ok(value),
        }
    }
}

/// The call of a valid key.
fn call(cx: &Cx, key: Key) -> Result<Arc<Call>> {
    if !(1..=KEY_LENGTH).contains(&key.key.chars().count()) || key.key.chars().any(char::is_control) {
        return Err(key_problem(
            ProblemCode::Invalid,
            format!("must be 1 to {KEY_LENGTH} printable characters"),
        ));
    }
    let arguments = Sha256::digest(key.arguments).to_vec();
    let caller = cx.viewer()?.user_id;
    Ok(Arc::new(Call::new(caller, key.mutation, key.key, arguments, cx.now())))
}

/// Keeps an outcome that was not committed with an effect. Returns what the first call made where there was one before;
/// None where this one is the first.
async fn store_outcome(cx: &Cx, call: &Call, done: Result<Vec<Uuid>>) -> Result<Option<Vec<Uuid>>> {
    let (outcome, refused) = match done {
        // Nothing had to be changed, so nothing was committed.
        Ok(ids) => (Outcome::Done(ids), None),
        Err(Error::Repeated) => {
            let found = call.found().ok_or_else(|| Error::internal("a repeated call found nothing"))?;
            return again(found).map(Some);
        }
        Err(Error::Invalid(problems)) => (Outcome::Refused(problems.clone()), Some(Error::Invalid(problems))),
        Err(Error::NotFound) => (Outcome::Refused(vec![Problem::not_found()]), Some(Error::NotFound)),
        // Nothing was refused: the same call may have another end.
        Err(error) => return Err(error),
    };
    match (call.store(cx.db().writer(), &outcome).await?, refused) {
        (Some(found), _) => again(found).map(Some),
        (None, Some(error)) => Err(error),
        (None, None) => Ok(None),
    }
}

/// The stored outcome: the ids, or the problems.
fn again(found: Found) -> Result<Vec<Uuid>> {
    match found {
        Found::Outcome(Outcome::Done(ids)) => Ok(ids),
        Found::Outcome(Outcome::Refused(problems)) => Err(Error::Invalid(problems)),
        Found::OtherArguments => Err(key_problem(
            ProblemCode::Conflict,
            "this key belongs to a call with other arguments",
        )),
        Found::Running => Err(still_running()),
    }
}

/// Does the work, and again if another write came in between. The whole of it: what was read the first time may have changed.
/// Look-ups are counted only where the write is refused: what was saved, or came to nothing, told the caller of no other record.
async fn persistently<T, W>(cx: &Cx, work: impl Fn() -> W) -> Result<T>
where
    W: Future<Output = Result<T>>,
{
    let mut retries = 0;
    loop {
        let result = work().await;
        if matches!(result, Ok(_) | Err(Error::Conflict(_))) {
            cx.give_back_look_ups();
        }
        match result {
            Err(Error::Conflict(_)) if retries < RETRIES => {
                retries += 1;
                stand_back(retries).await;
            }
            Err(Error::Invalid(mut problems)) => {
                problems.truncate(MOST_PROBLEMS);
                return Err(Error::Invalid(problems));
            }
            result => return result,
        }
    }
}

/// A pause of random length: those who collided should not meet again at once.
async fn stand_back(retries: u32) {
    let pause = rand::random_range(1..=10 * u64::from(retries));
    tokio::time::sleep(Duration::from_millis(pause)).await;
}

fn still_running() -> Error {
    key_problem(
        ProblemCode::Conflict,
        "the call with this key is still running; repeat it in a moment",
    )
}

fn key_problem(code: ProblemCode, message: impl Into<String>) -> Error {
    Error::problem(code, &["idempotencyKey"], message)
}

/// Removes keys that are a day old, at most so many; how many there were. Those that a call is about to renew are left to it.
pub async fn forget_expired(tx: &impl ConnectionTrait, now: i64, most: u64) -> Result<u64> {
    let lock = match tx.get_database_backend() {
        DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
        _ => "",
    };
    let mut sql = Sql::new(tx.get_database_backend());
    let (expired, most) = (sql.bind(now - KEPT_MS), sql.bind(i64::try_from(most).map_err(Error::internal)?));
    sql.push(&format!(
        "DELETE FROM idempotency_keys WHERE id IN \
         (SELECT id FROM idempotency_keys WHERE created_at <= {expired} ORDER BY created_at LIMIT {most}{lock})"
    ));
    Ok(tx.execute_raw(sql.build()).await?.rows_affected())
}

/// A single id that the caller names again, such as that of an entry.
impl Replayable for Uuid {
    fn ids(&self) -> Vec<Uuid> {
        vec![*self]
    }

    async fn read(_: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        Ok(ids.first().copied())
    }
}

/// Two such things.
impl Replayable for (Uuid, Uuid) {
    fn ids(&self) -> Vec<Uuid> {
        vec![self.0, self.1]
    }

    async fn read(_: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        Ok(ids.first().copied().zip(ids.get(1).copied()))
    }
}

/// An object that may be invisible to the caller even directly after its creation.
impl<T: Replayable> Replayable for Option<T> {
    fn ids(&self) -> Vec<Uuid> {
        self.as_ref().map(T::ids).unwrap_or_default()
    }

    async fn read(cx: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        T::read(cx, ids).await.map(Some)
    }
}
