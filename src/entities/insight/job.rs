//! Work that is done in the background, in the order in which it is due.
use sea_orm::entity::prelude::*;

/// The state of a job. `Done`, `Failed` and `Cancelled` are ends; `Parked` waits for a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum JobState {
    /// Due now or later; also between two attempts.
    Queued,
    /// A worker holds its lease.
    Running,
    Done,
    /// Ended by an error that another attempt cannot mend.
    Failed,
    Cancelled,
    /// All attempts are used up.
    Parked,
}

/// Why an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum JobErrorCode {
    /// What the job was given does not do.
    Invalid,
    /// What the job is about does not exist, or its user may not see it.
    NotFound,
    /// The user may not do this, or has another role meanwhile.
    Forbidden,
    /// The user of the job is deactivated.
    UserInactive,
    /// The database, or another service, was away.
    Unavailable,
    /// A statement took too long.
    Timeout,
    /// Another transaction changed the same records at the same time.
    Conflict,
    /// The worker was cut off, or did not extend its lease.
    Interrupted,
    /// A fault of the program.
    Internal,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Names the handler that runs it.
    pub kind: String,
    /// The user for whom it acts. None: the system.
    pub user_id: Option<Uuid>,
    pub state: JobState,
    /// What the handler is given.
    pub payload: Json,
    /// Where the handler goes on after the last slice that was committed.
    pub checkpoint: Option<Json>,
    pub progress_done: i64,
    /// None: not known.
    pub progress_total: Option<i64>,
    /// How many rows of `job_row_errors` it has.
    pub row_errors: i64,
    pub result_url: Option<String>,
    /// Why the last attempt failed; set exactly with the message.
    pub error_code: Option<JobErrorCode>,
    pub error_message: Option<String>,
    /// Claims since it was queued, was retried, or last saved a slice; the claim that saved it is the first.
    pub attempts: i32,
    pub max_attempts: i32,
    /// Not claimed before.
    pub run_after: i64,
    /// Names one claim; set exactly while the job runs. Each write of a running job carries it, so that a worker that has lost the lease
    /// changes nothing.
    pub lease_owner: Option<Uuid>,
    pub lease_until: Option<i64>,
    pub cancel_requested_at: Option<i64>,
    /// The schedule that queued it; unique together with the period.
    pub schedule: Option<String>,
    /// The number of the period since 1970; set exactly with the schedule.
    pub period: Option<i64>,
    pub created_at: i64,
    /// When it was first claimed.
    pub started_at: Option<i64>,
    /// Set exactly where it is done, failed or cancelled.
    pub finished_at: Option<i64>,
    pub updated_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
