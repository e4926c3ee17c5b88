//! Jobs: what there is of them, and what is done about one. They are queued by `queue`; what runs them is above, in `jobs`.

/// Cancelled and retried.
mod actions;
/// Lists of jobs, and of what was wrong with the rows of one.
mod list;

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait};
use uuid::Uuid;

use crate::cx::Cx;
use crate::db::Db;
use crate::db::sql::Sql;
use crate::entities::insight::job;
use crate::error::{Error, Result};
use crate::resolvers::idempotency::Replayable;
use crate::resolvers::lists::page::{Key, Keyed, SortColumn};

pub use crate::entities::insight::job::JobState;
pub use crate::resolvers::queue::{NewJob, Period, enqueue, enqueue_once};
pub use actions::{cancel, retry};
pub use list::{KIND, KIND_LENGTH, RowError, STATE, USER, count, count_row_errors, page, row_errors};

/// A job as it is stored.
pub type Job = Arc<job::Model>;

/// How many jobs are in each state, and when the oldest of those that wait became due. None: none waits.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub by_state: Vec<(JobState, u64)>,
    pub oldest_due: Option<i64>,
}

/// Finished jobs are kept for so long, in milliseconds.
pub const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1000;

const CREATED_AT: SortColumn = SortColumn::integer("created_at");

impl Keyed for job::Model {
    fn key(&self, _: &SortColumn) -> Key {
        Key::Integer(self.created_at)
    }

    fn id(&self) -> Uuid {
        self.id
    }
}

impl Replayable for Job {
    fn ids(&self) -> Vec<Uuid> {
        vec![self.id]
    }

    async fn read(cx: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        match ids.first() {
            Some(id) => get(cx, *id).await,
            None => Ok(None),
        }
    }
}

/// The job with the id. None where there is none, or it is neither the caller's nor the caller an administrator.
pub async fn get(cx: &Cx, id: Uuid) -> Result<Option<Job>> {
    let viewer = cx.viewer()?;
    let found = job::Entity::find_by_id(id).one(cx.db().reader()).await?;
    Ok(found.filter(|row| viewer.can_see_job_of(row.user_id)).map(Arc::new))
}

/// How many jobs there are in each state that any job is in.
pub async fn counts(db: &Db) -> Result<Counts> {
    let mut sql = Sql::new(db.backend());
    sql.push("SELECT state, count(*), (SELECT min(run_after) FROM jobs WHERE state = 'QUEUED') FROM jobs GROUP BY state");
    let mut counts = Counts::default();
    for row in db.reader().query_all_raw(sql.build()).await? {
        let count: i64 = row.try_get_by_index(1)?;
        counts.by_state.push((row.try_get_by_index(0)?, count.unsigned_abs()));
        counts.oldest_due = row.try_get_by_index(2)?;
    }
    Ok(counts)
}

/// Removes jobs that have been finished for 30 days, and their row errors, so many rows at a time; how many rows those were. Jobs that are
/// parked stay until they are retried or cancelled.
pub async fn forget_finished(tx: &impl ConnectionTrait, now: i64, most: u64) -> Result<u64> {
    let most = i64::try_from(most).map_err(Error::internal)?;
    let finished = lock_finished(tx, now - KEPT_MS, most).await?;
    if finished.is_empty() {
        return Ok(0);
    }
    let mut sql = Sql::new(tx.get_database_backend());
    let (these, limit) = (sql.in_ids(finished.iter().copied()), sql.bind(most));
    sql.push(&format!(
        "DELETE FROM job_row_errors WHERE id IN (SELECT id FROM job_row_errors WHERE job_id {these} LIMIT {limit}) RETURNING job_id"
    ));
    let mut removed_of: HashMap<Uuid, i64> = HashMap::new();
    let mut removed = 0;
    for row in tx.query_all_raw(sql.build()).await? {
        *removed_of.entry(row.try_get_by_index(0)?).or_default() += 1;
        removed += 1;
    }
    let mut sql = Sql::new(tx.get_database_backend());
    let these = sql.in_ids(finished);
    sql.push(&format!(
        "DELETE FROM jobs WHERE id {these} AND NOT EXISTS (SELECT 1 FROM job_row_errors e WHERE e.job_id = jobs.id) RETURNING id"
    ));
    for row in tx.query_all_raw(sql.build()).await? {
        removed_of.remove(&row.try_get_by_index(0)?);
        removed += 1;
    }
    // A job that stays for now may be retried before the rest is removed.
    for (id, count) in removed_of {
        let mut sql = Sql::new(tx.get_database_backend());
        let (id, count) = (sql.bind(id), sql.bind(count));
        sql.push(&format!("UPDATE jobs SET row_errors = row_errors - {count} WHERE id = {id}"));
        tx.execute_raw(sql.build()).await?;
    }
    Ok(removed)
}

/// The jobs that were finished by then, which no caller retries until the transaction ends; those that are locked by others are left to them.
async fn lock_finished(tx: &impl ConnectionTrait, until: i64, most: i64) -> Result<Vec<Uuid>> {
    let lock = match tx.get_database_backend() {
        DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
        _ => "",
    };
    let mut sql = Sql::new(tx.get_database_backend());
    let (until, most) = (sql.bind(until), sql.bind(most));
    sql.push(&format!(
        "SELECT id FROM jobs WHERE finished_at <= {until} ORDER BY finished_at, id LIMIT {most}{lock}"
    ));
    let rows = tx.query_all_raw(sql.build()).await?;
    Ok(rows
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<std::result::Result<_, _>>()?)
}
