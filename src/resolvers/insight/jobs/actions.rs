//! What people do with a job: cancel it, or have it tried again.

use std::sync::Arc;

use sea_orm::sea_query::LockType;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QuerySelect};
use uuid::Uuid;

use super::Job;
use crate::cx::Cx;
use crate::entities::insight::job::{self, JobState};
use crate::error::{Error, ProblemCode, Result};
use crate::rules::jobs as rules;
use crate::tx::Tx;

/// Cancels a job that has not ended. One that runs is asked to stop, and is cancelled at the end of its present slice; what it has committed
/// stays.
pub async fn cancel(cx: &Cx, id: Uuid) -> Result<Job> {
    let tx = cx.begin().await?;
    let mut row = lock(cx, &tx, id).await?;
    if !rules::can_cancel(row.state) {
        return Err(wrong_state(row.state, "cancelled"));
    }
    let now = cx.now();
    row.cancel_requested_at.get_or_insert(now);
    if row.state != JobState::Running {
        row.state = JobState::Cancelled;
        row.finished_at = Some(now);
    }
    save(tx, row, now).await
}

/// Queues a job again that failed, was cancelled or is parked, with all of its attempts. It goes on after the last slice that was committed.
pub async fn retry(cx: &Cx, id: Uuid) -> Result<Job> {
    let tx = cx.begin().await?;
    let mut row = lock(cx, &tx, id).await?;
    if !rules::can_retry(row.state) {
        return Err(wrong_state(row.state, "retried"));
    }
    let now = cx.now();
    row.state = JobState::Queued;
    row.attempts = 0;
    row.run_after = now;
    (row.error_code, row.error_message) = (None, None);
    (row.cancel_requested_at, row.finished_at) = (None, None);
    save(tx, row, now).await
}

/// The job, which no worker and no other caller changes until the transaction ends.
async fn lock(cx: &Cx, tx: &Tx, id: Uuid) -> Result<job::Model> {
    let viewer = cx.viewer()?;
    let found = job::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(tx).await?;
    found.filter(|row| viewer.can_see_job_of(row.user_id)).ok_or(Error::NotFound)
}

async fn save(tx: Tx, mut row: job::Model, now: i64) -> Result<Job> {
    row.updated_at = now;
    row.clone().into_active_model().reset_all().update(&tx).await?;
    tx.commit_naming([row.id]).await?;
    Ok(Arc::new(row))
}

fn wrong_state(state: JobState, action: &str) -> Error {
    let is = match state {
        JobState::Queued => "waits already",
        JobState::Running => "is running",
        JobState::Done => "is done",
        JobState::Failed => "has failed",
        JobState::Cancelled => "is cancelled already",
        JobState::Parked => "is parked",
    };
    Error::problem(ProblemCode::State, &["id"], format!("the job {is} and cannot be {action}"))
}
