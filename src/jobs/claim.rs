//! Claims of jobs: who works on which, until when, and how that ends.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult};
use uuid::Uuid;

use super::context::Failure;
use super::{LEASE, Result};
use crate::db::Db;
use crate::db::sql::Sql;
use crate::entities::insight::job::{self, JobErrorCode, JobState};
use crate::error::Error;
use crate::ids;
use crate::rules::jobs as rules;

/// One claim of a job. Its writes change nothing once another claim has taken its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    pub job: Uuid,
    /// The name of the claim.
    pub owner: Uuid,
}

/// What there is to do.
pub struct Due {
    pub is_due: bool,
    /// Whether the lease of a job has expired.
    pub has_expired: bool,
}

/// How an attempt ends.
#[derive(Debug)]
pub enum End {
    Done {
        result_url: Option<String>,
    },
    /// By an error that another attempt cannot mend.
    Failed(Failure),
    /// By one that another attempt may mend.
    Again(Error),
    Cancelled,
    /// The server stops: the attempt does not count.
    GivenBack,
    /// The same, and the next one begins after a pause: what the job needs is in use.
    Postponed,
}

/// What the end of an attempt has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    pub state: JobState,
    pub attempts: i32,
}

/// The state of a running job that goes back into the queue: cancelled if that was requested meanwhile.
const UNLESS_CANCELLED: &str = "CASE WHEN cancel_requested_at IS NOT NULL THEN 'CANCELLED' ELSE {state} END";
/// How many expired leases are released by one statement.
const RELEASED_AT_ONCE: i64 = 100;

/// Whether there are jobs to claim, by two indexes and without a lock.
pub async fn read_due(db: &Db, now: i64) -> Result<Due> {
    let mut sql = Sql::new(db.backend());
    // In the words of the partial indexes, here and below: neither database uses them for a parameter.
    sql.push(
        "SELECT (SELECT min(run_after) FROM jobs WHERE state = 'QUEUED'), (SELECT min(lease_until) FROM jobs WHERE state = 'RUNNING')",
    );
    let Some(row) = db.reader().query_one_raw(sql.build()).await? else {
        return Ok(Due {
            is_due: false,
            has_expired: false,
        });
    };
    let has_passed = |at: Option<i64>| at.is_some_and(|at| at <= now);
    Ok(Due {
        is_due: has_passed(row.try_get_by_index(0)?),
        has_expired: has_passed(row.try_get_by_index(1)?),
    })
}

/// Claims the job of these kinds that has been due for longest. None: no job is due, or others are claiming it.
pub async fn claim(connection: &impl ConnectionTrait, kinds: &[String], now: i64) -> Result<Option<(job::Model, Lease)>> {
    let mut sql = Sql::new(connection.get_database_backend());
    let owner = ids::new();
    let (owner_value, until, time) = (sql.bind(owner), sql.bind(lease_end(now)), sql.bind(now));
    let kinds = sql.in_texts(kinds);
    let lock = skip_locked(connection);
    sql.push(&format!(
        "UPDATE jobs SET state = 'RUNNING', attempts = attempts + 1, lease_owner = {owner_value}, lease_until = {until}, \
         started_at = coalesce(started_at, {time}), updated_at = {time} WHERE id = (SELECT id FROM jobs \
         WHERE state = 'QUEUED' AND run_after <= {time} AND kind {kinds} ORDER BY run_after, id LIMIT 1{lock}) RETURNING *"
    ));
    let Some(row) = connection.query_one_raw(sql.build()).await? else {
        return Ok(None);
    };
    let job = job::Model::from_query_result(&row, "")?;
    let lease = Lease { job: job.id, owner };
    Ok(Some((job, lease)))
}

/// Puts jobs back into the queue whose leases ended by then, which counts as an attempt; how many there were.
pub async fn release_expired(connection: &impl ConnectionTrait, until: i64, now: i64) -> Result<u64> {
    let mut sql = Sql::new(connection.get_database_backend());
    let (until, time) = (sql.bind(until), sql.bind(now));
    let (queued, parked) = (sql.bind(JobState::Queued), sql.bind(JobState::Parked));
    let (code, message) = (sql.bind(JobErrorCode::Interrupted), sql.bind("the server ended before the job did"));
    let most = sql.bind(RELEASED_AT_ONCE);
    let waiting = format!("CASE WHEN attempts >= max_attempts THEN {parked} ELSE {queued} END");
    let state = UNLESS_CANCELLED.replace("{state}", &waiting);
    let lock = skip_locked(connection);
    sql.push(&format!(
        "UPDATE jobs SET state = {state}, lease_owner = NULL, lease_until = NULL, error_code = {code}, error_message = {message}, \
         finished_at = {}, updated_at = {time} WHERE id IN (SELECT id FROM jobs WHERE state = 'RUNNING' AND lease_until <= {until} \
         ORDER BY lease_until, id LIMIT {most}{lock})",
        finished_if_cancelled(&time)
    ));
    Ok(connection.execute_raw(sql.build()).await?.rows_affected())
}

/// Extends the lease. None: it is lost; else whether the job is asked to stop.
pub async fn extend(connection: &impl ConnectionTrait, lease: &Lease, now: i64) -> Result<Option<bool>> {
    let mut sql = Sql::new(connection.get_database_backend());
    let until = sql.bind(lease_end(now));
    let is_leased = lease_condition(&mut sql, lease);
    sql.push(&format!(
        "UPDATE jobs SET lease_until = {until} WHERE {is_leased} RETURNING cancel_requested_at IS NOT NULL"
    ));
    answer(connection, sql).await
}

/// Keeps others from claiming or cancelling the job until the transaction ends. None: the lease is lost; else whether the job is asked to stop.
pub async fn lock(tx: &impl ConnectionTrait, lease: &Lease) -> Result<Option<bool>> {
    let mut sql = Sql::new(tx.get_database_backend());
    let is_leased = lease_condition(&mut sql, lease);
    let lock = match tx.get_database_backend() {
        DbBackend::Postgres => " FOR NO KEY UPDATE",
        _ => "",
    };
    sql.push(&format!("SELECT cancel_requested_at IS NOT NULL FROM jobs WHERE {is_leased}{lock}"));
    answer(tx, sql).await
}

/// Ends the attempt. None: the lease was lost before.
pub async fn end(connection: &impl ConnectionTrait, lease: &Lease, end: &End, now: i64) -> Result<Option<Ended>> {
    let mut sql = Sql::new(connection.get_database_backend());
    let time = sql.bind(now);
    let mut set = vec![
        "lease_owner = NULL".to_owned(),
        "lease_until = NULL".to_owned(),
        format!("updated_at = {time}"),
    ];
    let failed = |failure: &Failure, sql: &mut Sql| {
        let (code, message) = (sql.bind(failure.code), sql.bind(failure.message.clone()));
        format!("error_code = {code}, error_message = {message}")
    };
    match end {
        End::Done { result_url } => {
            let (state, result_url) = (sql.bind(JobState::Done), sql.bind(result_url.clone()));
            set.push(format!("state = {state}, finished_at = {time}, result_url = {result_url}"));
            set.push("error_code = NULL, error_message = NULL".to_owned());
        }
        End::Failed(failure) => {
            let state = sql.bind(JobState::Failed);
            set.push(format!("state = {state}, finished_at = {time}"));
            set.push(failed(failure, &mut sql));
        }
        End::Again(error) => {
            // Each slice that was saved has begun the count anew. Nothing but this claim changes it as long as the lease holds.
            let Some((attempts, max_attempts)) = read_attempts(connection, lease).await? else {
                return Ok(None);
            };
            let state = sql.bind(rules::after_attempt(attempts, max_attempts));
            let run_after = sql.bind(now + rules::pause(attempts, rand::random()));
            let finished_at = finished_if_cancelled(&time);
            set.push(format!("state = {}", UNLESS_CANCELLED.replace("{state}", &state)));
            set.push(format!("run_after = {run_after}, finished_at = {finished_at}"));
            set.push(failed(&Failure::of(error), &mut sql));
        }
        End::Cancelled => {
            let state = sql.bind(JobState::Cancelled);
            set.push(format!("state = {state}, finished_at = {time}"));
        }
        End::GivenBack | End::Postponed => {
            let state = sql.bind(JobState::Queued);
            let finished_at = finished_if_cancelled(&time);
            set.push(format!("state = {}", UNLESS_CANCELLED.replace("{state}", &state)));
            set.push(format!("attempts = attempts - 1, finished_at = {finished_at}"));
            if matches!(end, End::Postponed) {
                set.push(format!("run_after = {}", sql.bind(now + rules::POSTPONED)));
            }
        }
    }
    let is_leased = lease_condition(&mut sql, lease);
    sql.push(&format!(
        "UPDATE jobs SET {} WHERE {is_leased} RETURNING state, attempts",
        set.join(", ")
    ));
    let row = connection.query_one_raw(sql.build()).await?;
    let ended = row.map(|row| {
        Ok::<_, DbErr>(Ended {
            state: row.try_get_by_index(0)?,
            attempts: row.try_get_by_index(1)?,
        })
    });
    Ok(ended.transpose()?)
}

/// The attempts as they are stored, and how many there may be. None: the lease is lost.
async fn read_attempts(connection: &impl ConnectionTrait, lease: &Lease) -> Result<Option<(i32, i32)>> {
    let mut sql = Sql::new(connection.get_database_backend());
    let is_leased = lease_condition(&mut sql, lease);
    sql.push(&format!("SELECT attempts, max_attempts FROM jobs WHERE {is_leased}"));
    let row = connection.query_one_raw(sql.build()).await?;
    let read = row.map(|row| Ok::<_, DbErr>((row.try_get_by_index(0)?, row.try_get_by_index(1)?)));
    Ok(read.transpose()?)
}

/// When a lease ends that is extended now.
pub fn lease_end(now: i64) -> i64 {
    now + LEASE.as_millis() as i64
}

/// Holds for the job as long as this claim is the one that counts.
pub fn lease_condition(sql: &mut Sql, lease: &Lease) -> String {
    let (id, owner, running) = (sql.bind(lease.job), sql.bind(lease.owner), sql.bind(JobState::Running));
    format!("id = {id} AND lease_owner = {owner} AND state = {running}")
}

fn finished_if_cancelled(time: &str) -> String {
    format!("CASE WHEN cancel_requested_at IS NOT NULL THEN {time} ELSE finished_at END")
}

/// Rows that others have locked are left to them.
fn skip_locked(connection: &impl ConnectionTrait) -> &'static str {
    match connection.get_database_backend() {
        DbBackend::Postgres => " FOR NO KEY UPDATE SKIP LOCKED",
        _ => "",
    }
}

async fn answer(connection: &impl ConnectionTrait, sql: Sql) -> Result<Option<bool>> {
    let row = connection.query_one_raw(sql.build()).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
}
