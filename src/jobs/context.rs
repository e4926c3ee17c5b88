//! What a handler works with: its job, and transactions that hold only as long as its lease does.

use std::sync::Arc;

use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::sleep;
use uuid::Uuid;

use super::LEASE;
use super::claim::{self, Lease};
use crate::app::App;
use crate::auth::Viewer;
use crate::cx::{Cx, Origin};
use crate::db::sql::Sql;
use crate::entities::insight::job::{self, JobErrorCode};
use crate::entities::insight::job_row_error;
use crate::error::{Error, ProblemCode};
use crate::ids;
use crate::tx::Tx;
use crate::tx::locks::Locks;

/// A job at work.
pub struct JobContext {
    app: Arc<App>,
    job: job::Model,
    lease: Lease,
    stopping: watch::Receiver<bool>,
}

/// A part of a job that is done once: its effects, its progress and where to go on are committed together, and only while the lease holds.
#[must_use]
pub struct Slice<'a> {
    job: &'a JobContext,
    tx: Tx,
    viewer: Option<Viewer>,
    row_errors: i64,
}

/// What was wrong with a row of what the job reads.
#[derive(Clone, Debug)]
pub struct NewRowError {
    /// Counted from 1.
    pub row: i64,
    /// None: the row as a whole.
    pub column: Option<String>,
    pub code: ProblemCode,
    pub message: String,
}

/// An error as shown to the user of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub code: JobErrorCode,
    pub message: String,
}

/// Why a handler goes no further.
#[derive(Clone, Debug)]
pub enum Stop {
    /// Another attempt cannot mend it.
    Failed(Failure),
    /// Another attempt may mend it.
    Again(Error),
    /// The job was cancelled.
    Cancelled,
    /// The server stops.
    Stopping,
    /// Something that the job needs is in use. It runs again soon, and the attempt does not count.
    Later,
    /// The lease has expired, and the job is another worker's.
    LeaseLost,
}

/// The longest message that is kept, in characters.
const MESSAGE_LENGTH: usize = 500;

impl JobContext {
    pub fn new(app: Arc<App>, job: job::Model, lease: Lease, stopping: watch::Receiver<bool>) -> JobContext {
        JobContext { app, job, lease, stopping }
    }

    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// The job as it was when it was claimed. What slices change is not in it: progress, row errors, attempts.
    pub fn job(&self) -> &job::Model {
        &self.job
    }

    pub fn lease(&self) -> Lease {
        self.lease
    }

    /// What the job was given.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, Stop> {
        let read = serde_json::from_value(self.job.payload.clone());
        read.map_err(|error| Stop::failed(JobErrorCode::Invalid, format!("the input of the job cannot be read: {error}")))
    }

    /// Where the last slice ended that an earlier attempt committed. None: at the beginning.
    pub fn checkpoint<T: DeserializeOwned>(&self) -> Result<Option<T>, Stop> {
        let Some(stored) = self.job.checkpoint.clone() else {
            return Ok(None);
        };
        serde_json::from_value(stored)
            .map(Some)
            .map_err(|error| Stop::Again(Error::internal(error)))
    }

    /// Begins the next slice, unless the job is to stop. A job that acts for a user looks at the account and the role first, and both stay as they
    /// are until the slice ends.
    ///
    /// The slice holds a transaction, on SQLite the only one that writes: what takes long, such as reading a file, comes before it.
    pub async fn begin_slice(&self) -> Result<Slice<'_>, Stop> {
        self.begin_slice_with(Locks::of(self.job.user_id)).await
    }

    /// The same for a job of the system that changes tables which are kept in memory.
    pub async fn begin_slice_with(&self, locks: Locks) -> Result<Slice<'_>, Stop> {
        if *self.stopping.borrow() {
            return Err(Stop::Stopping);
        }
        let inner = self.app.db.begin().await.map_err(Stop::Again)?;
        let tx = Tx::begin(inner, None, locks, None).await.map_err(Stop::Again)?;
        match claim::lock(&tx, &self.lease).await.map_err(Stop::Again)? {
            None => return Err(Stop::LeaseLost),
            Some(true) => return Err(Stop::Cancelled),
            Some(false) => {}
        }
        let viewer = match self.job.user_id {
            None => None,
            Some(id) => {
                let user = tx.user(id).filter(|user| user.is_active);
                let user = user.ok_or_else(|| Stop::failed(JobErrorCode::UserInactive, "the user of the job is deactivated"))?;
                Some(Viewer::of_job(id, user.role, self.job.id))
            }
        };
        Ok(Slice {
            job: self,
            tx,
            viewer,
            row_errors: 0,
        })
    }

    /// Extends the lease from time to time; ends when it is lost.
    pub async fn keep_lease(&self) {
        loop {
            sleep(LEASE / 3).await;
            match claim::extend(self.app.db.writer(), &self.lease, self.app.clock.now()).await {
                Ok(Some(_)) => {}
                Ok(None) => return,
                Err(error) => tracing::warn!(cause = ?error, job = %self.job.id, "the lease of a job could not be extended"),
            }
        }
    }
}

impl Slice<'_> {
    /// The transaction, which the slice's effects join.
    pub fn tx(&self) -> &Tx {
        &self.tx
    }

    /// The user for whom the job acts. None: the system.
    pub fn viewer(&self) -> Option<&Viewer> {
        self.viewer.as_ref()
    }

    /// What a request of the user would carry, for reads. What writes joins `tx` instead.
    pub fn cx(&self) -> Cx {
        Cx::new(self.job.app.clone(), self.viewer.clone(), Origin::default())
    }

    /// Reports what was wrong with a row; kept with the slice.
    pub async fn report(&mut self, error: NewRowError) -> Result<(), Stop> {
        let code = serde_json::to_value(error.code).ok();
        let code = code.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
        let row = job_row_error::Model {
            id: ids::new(),
            job_id: self.job.job.id,
            row_number: error.row,
            column_name: error.column,
            code,
            message: shortened(&error.message),
        };
        job_row_error::Entity::insert(row.into_active_model().reset_all())
            .exec_without_returning(&self.tx)
            .await
            .map_err(|error| Stop::Again(error.into()))?;
        self.row_errors += 1;
        Ok(())
    }

    /// Makes the slice last, with how much is done, of how much where that is known, and where the next attempt would go on. What is behind it is
    /// not repeated, so that the attempts are counted anew: a long job is parked for errors at one place, not for some on its way.
    pub async fn commit(self, done: i64, total: Option<i64>, checkpoint: Option<Value>) -> Result<(), Stop> {
        let (job, now) = (self.job, self.job.app.clock.now());
        let mut sql = Sql::new(self.tx.get_database_backend());
        let (done, total, checkpoint) = (sql.bind(done), sql.bind(total), sql.bind(checkpoint));
        let (row_errors, until, now) = (sql.bind(self.row_errors), sql.bind(claim::lease_end(now)), sql.bind(now));
        let is_leased = claim::lease_condition(&mut sql, &job.lease);
        sql.push(&format!(
            "UPDATE jobs SET progress_done = {done}, progress_total = {total}, checkpoint = {checkpoint}, \
             row_errors = row_errors + {row_errors}, attempts = 1, lease_until = {until}, updated_at = {now} WHERE {is_leased}"
        ));
        let written = self.tx.execute_raw(sql.build()).await.map_err(|error| Stop::Again(error.into()))?;
        if written.rows_affected() == 0 {
            return Err(Stop::LeaseLost);
        }
        self.tx.commit().await.map_err(Stop::Again)
    }
}

impl Stop {
    /// An error that another attempt cannot repair. The message is shown to the user of the job, so it has no internal details.
    pub fn failed(code: JobErrorCode, message: impl Into<String>) -> Stop {
        Stop::Failed(Failure {
            code,
            message: shortened(&message.into()),
        })
    }
}

impl Failure {
    /// The failure to show for an error that is retried, or after the last attempt.
    pub fn of(error: &Error) -> Failure {
        let code = match error {
            Error::Unauthenticated | Error::Forbidden(_) => JobErrorCode::Forbidden,
            Error::NotFound => JobErrorCode::NotFound,
            Error::Invalid(_) | Error::BadInput(_) => JobErrorCode::Invalid,
            Error::RateLimited { .. } | Error::Unavailable(_) => JobErrorCode::Unavailable,
            Error::Timeout => JobErrorCode::Timeout,
            Error::Conflict(_) => JobErrorCode::Conflict,
            Error::Repeated | Error::Internal(_) => JobErrorCode::Internal,
        };
        Failure {
            code,
            message: shortened(&match error {
                Error::Invalid(problems) => problems
                    .iter()
                    .map(|problem| problem.message.as_str())
                    .collect::<Vec<_>>()
                    .join("; "),
                Error::Timeout => "a statement in the database took too long".to_owned(),
                error => error.to_string(),
            }),
        }
    }
}

/// What the job was given, or what its user may do, stays wrong however often it is tried.
impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match &error {
            Error::Unauthenticated | Error::Forbidden(_) | Error::NotFound | Error::Invalid(_) | Error::BadInput(_) => {
                Stop::Failed(Failure::of(&error))
            }
            _ => Stop::Again(error),
        }
    }
}

impl From<sea_orm::DbErr> for Stop {
    fn from(error: sea_orm::DbErr) -> Self {
        Stop::from(Error::from(error))
    }
}

/// The id of the job, for the log.
impl std::fmt::Display for Lease {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let id: Uuid = self.job;
        formatter.write_str(&crate::ids::Kind::Job.encode(id))
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(MESSAGE_LENGTH).collect()
}
