//! The queue of jobs: work that is queued in the transaction of its cause and done in the background.

use std::sync::Arc;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel};
use serde_json::Value;
use uuid::Uuid;

use crate::entities::insight::job::{self, JobState};
use crate::error::Result;
use crate::ids;
use crate::rules::jobs as rules;

/// A job that is to be queued.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Names the handler.
    pub kind: &'static str,
    /// For whom it acts. None: the system.
    pub user_id: Option<Uuid>,
    /// What the handler is given.
    pub payload: Value,
    /// Not started before, in milliseconds since 1970. None: as soon as possible.
    pub run_after: Option<i64>,
    pub max_attempts: i32,
}

/// One period of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub schedule: &'static str,
    /// Its number since 1970.
    pub number: i64,
}

impl NewJob {
    /// Work of the system itself.
    pub fn of_system(kind: &'static str) -> NewJob {
        NewJob {
            kind,
            user_id: None,
            payload: Value::Object(serde_json::Map::new()),
            run_after: None,
            max_attempts: rules::MAX_ATTEMPTS,
        }
    }

    /// Work for a user, whose account and role are looked at again in each slice.
    pub fn of_user(kind: &'static str, user_id: Uuid, payload: Value) -> NewJob {
        NewJob {
            user_id: Some(user_id),
            payload,
            ..NewJob::of_system(kind)
        }
    }

    fn row(self, period: Option<Period>, now: i64) -> job::Model {
        job::Model {
            id: ids::new(),
            kind: self.kind.to_owned(),
            user_id: self.user_id,
            state: JobState::Queued,
            payload: self.payload,
            checkpoint: None,
            progress_done: 0,
            progress_total: None,
            row_errors: 0,
            result_url: None,
            error_code: None,
            error_message: None,
            attempts: 0,
            max_attempts: self.max_attempts,
            run_after: self.run_after.unwrap_or(now),
            lease_owner: None,
            lease_until: None,
            cancel_requested_at: None,
            schedule: period.map(|period| period.schedule.to_owned()),
            period: period.map(|period| period.number),
            created_at: now,
            started_at: None,
            finished_at: None,
            updated_at: now,
        }
    }
}

/// Queues a job. It joins the transaction of its cause: where that is rolled back there is no job.
pub async fn enqueue(tx: &impl ConnectionTrait, new: NewJob, now: i64) -> Result<Arc<job::Model>> {
    let row = new.row(None, now);
    job::Entity::insert(row.clone().into_active_model().reset_all())
        .exec_without_returning(tx)
        .await?;
    Ok(Arc::new(row))
}

/// Queues the job of a period of a schedule, unless a server has done so before; whether it did.
pub async fn enqueue_once(connection: &impl ConnectionTrait, new: NewJob, period: Period, now: i64) -> Result<bool> {
    let row = new.row(Some(period), now);
    let insert = job::Entity::insert(row.into_active_model().reset_all()).on_conflict(OnConflict::new().do_nothing().to_owned());
    Ok(insert.exec_without_returning(connection).await? > 0)
}
