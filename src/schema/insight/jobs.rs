//! Jobs in the API: one, the list, and what can be done about one.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

use crate::entities::insight::job;
use crate::error::Error;
use crate::ids::Kind;
use crate::resolvers::filter::{EnumTest, Filter};
use crate::resolvers::insight::jobs;
use crate::resolvers::lists::page::PageArgs;
use crate::schema::access::users::User;
use crate::schema::connection::{Count, connection};
use crate::schema::cx;
use crate::schema::error::{payload, to_graphql};
use crate::schema::filters::{FilterContext, IdFilter, Tests, combine, enum_filter, enum_test};
use crate::schema::guards::SignedIn;
use crate::schema::idempotency::Write;
use crate::schema::ids::{decode, encode, reference};
use crate::schema::insight::row_errors::{JobRowErrorConnection, number};
use crate::schema::records::prospects::user;
use crate::schema::scalars::DateTime;
use crate::schema::text::Text;

/// The state of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "job::JobState")]
pub enum JobState {
    /// Waiting: for a worker, for `runAfter`, or for the next attempt after one that failed.
    Queued,
    /// A worker runs it.
    Running,
    /// Ended well.
    Done,
    /// Ended by an error that another attempt cannot mend, such as a deactivated user. `jobRetry` queues it again.
    Failed,
    /// Ended because it was cancelled. What it had finished by then stays. `jobRetry` queues it again.
    Cancelled,
    /// Waiting for a decision, because the last attempt failed: `jobRetry` queues it again, `jobCancel` ends it.
    Parked,
}

/// The reason for which an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "job::JobErrorCode")]
pub enum JobErrorCode {
    /// The input of the job is wrong.
    Invalid,
    /// The subject of the job does not exist, or its user may not see it.
    NotFound,
    /// The user of the job may not do this.
    Forbidden,
    /// The user of the job is deactivated.
    UserInactive,
    /// The database or another service was away.
    Unavailable,
    /// A statement in the database took too long.
    Timeout,
    /// The same records were changed at the same time.
    Conflict,
    /// The server ended in the middle of the attempt.
    Interrupted,
    /// A fault of the server; its log has the cause.
    Internal,
}

enum_filter! {
    /// A test of the state of a job. All parts that are given have to hold.
    JobStateFilter over JobState
}

/// A test of the kind of a job. All parts that are given have to hold.
#[derive(Clone, Debug, InputObject)]
pub struct JobKindFilter {
    /// It is this one. At most 100 characters.
    pub eq: Option<String>,
    /// It is one of these; at most 200, each of at most 100 characters.
    #[graphql(name = "in")]
    pub any_of: Option<Vec<String>>,
}

/// The tests that the jobs of a list have to pass, all of those that are given. At most 4 levels, 50 tests and 200 values for each `in`.
#[derive(Clone, Debug, Default, InputObject)]
pub struct JobFilter {
    /// Condition on how far the jobs have come.
    pub state: Option<JobStateFilter>,
    /// The kind, such as `clean_jobs`.
    pub kind: Option<JobKindFilter>,
    /// The user for whom the job acts; `isNull: true` finds those of the system.
    pub user: Option<IdFilter>,
    /// All of these hold.
    pub and: Option<Vec<JobFilter>>,
    /// At least one of these holds; an empty list accepts nothing.
    pub or: Option<Vec<JobFilter>>,
    /// This does not hold.
    pub not: Option<Box<JobFilter>>,
}

/// A piece of work in the background.
#[derive(Clone)]
pub struct Job(jobs::Job);

impl From<jobs::Job> for Job {
    fn from(row: jobs::Job) -> Self {
        Job(row)
    }
}

/// The progress of a job.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct JobProgress {
    /// The finished part, such as rows.
    pub done: i32,
    /// The whole, counted as `done` is. Null while it is not known.
    pub total: Option<i32>,
}

/// The reason for which the last attempt of a job failed.
#[derive(Clone, Debug, SimpleObject)]
pub struct JobError {
    /// The kind of problem, for programs.
    pub code: JobErrorCode,
    /// The problem in English. At most 500 characters.
    pub message: Text<'static>,
}

/// A piece of work in the background. It is seen by the user for whom it acts and by administrators; jobs of the system are seen by
/// administrators alone. A finished job is removed after 30 days.
#[Object]
impl Job {
    /// Identifies the job for ever.
    pub async fn id(&self) -> ID {
        encode(Kind::Job, self.0.id)
    }

    /// The kind of work, such as `clean_jobs`. At most 100 characters.
    async fn kind(&self) -> Text<'_> {
        Text::from(&self.0.kind)
    }

    /// Progress of the job as a whole: queued, running, or the way in which it ended.
    async fn state(&self) -> JobState {
        self.0.state.into()
    }

    /// The user for whom the job acts, with the rights of that user at the time. Null for a job of the system.
    async fn user(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.0.user_id)
    }

    /// The progress, as of the last part that was saved.
    async fn progress(&self) -> JobProgress {
        JobProgress {
            done: number(self.0.progress_done),
            total: self.0.progress_total.map(number),
        }
    }

    /// The number of attempts since the job was queued, was retried, or last saved a part of its work, the present one included.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// The number of attempts after which the job is parked.
    async fn max_attempts(&self) -> i32 {
        self.0.max_attempts
    }

    /// The time before which the job is not started: that of the next attempt where it is `QUEUED`.
    async fn run_after(&self) -> DateTime {
        DateTime(self.0.run_after)
    }

    /// The time at which the job was queued for the first time.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// The time of the first start. Null while there was none.
    async fn started_at(&self) -> Option<DateTime> {
        self.0.started_at.map(DateTime)
    }

    /// The time of the end. Null unless the job is `DONE`, `FAILED` or `CANCELLED`.
    async fn finished_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(DateTime)
    }

    /// The time at which the job was asked to stop. Null if it was not.
    async fn cancel_requested_at(&self) -> Option<DateTime> {
        self.0.cancel_requested_at.map(DateTime)
    }

    /// The reason for which the last attempt failed. Null if none failed, or the job is done.
    async fn error(&self) -> Option<JobError> {
        let code = self.0.error_code?;
        Some(JobError {
            code: code.into(),
            message: Text::from(self.0.error_message.clone().unwrap_or_default()),
        })
    }

    /// The address of the result, such as a file to download. Null while there is none.
    async fn result_url(&self) -> Option<Text<'_>> {
        self.0.result_url.as_deref().map(Text::from)
    }

    /// The errors in single rows of what the job read, in the order of the rows.
    async fn row_errors(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Number of rows from the start of the list or after `after`: 0 to 100, 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "Number of rows from the end of the list or before `before`: 0 to 100. Not together with `first` or `after`.")]
        last: Option<i32>,
        #[graphql(desc = "The cursor before which the page ends.")] before: Option<String>,
    ) -> Result<JobRowErrorConnection> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = jobs::row_errors(cx(ctx), &self.0, &args).await.map_err(to_graphql)?;
        let total = jobs::count_row_errors(&self.0);
        let count = Count::new(move |_| async move { Ok(total) });
        Ok(JobRowErrorConnection { page, count })
    }
}

connection! {
    /// A page of jobs.
    JobConnection, JobEdge, Job, jobs::Job, "jobs"
}

payload! {
    /// Payload of `jobCancel`.
    JobCancelPayload {
        /// The job: `CANCELLED`, or still `RUNNING` until it stops. Null when there are user errors.
        job: Job,
    }
}

payload! {
    /// Payload of `jobRetry`.
    JobRetryPayload {
        /// The job, queued again. Null when there are user errors.
        job: Job,
    }
}

#[derive(Default)]
pub struct JobQuery;

#[derive(Default)]
pub struct JobMutation;

#[Object]
impl JobQuery {
    /// A job. Null if it does not exist, or is neither the caller's nor the caller an administrator.
    #[graphql(guard = "SignedIn")]
    async fn job(&self, ctx: &Context<'_>, #[graphql(desc = "The id of the job.")] id: ID) -> Result<Option<Job>> {
        let Some(id) = decode(Kind::Job, &id) else { return Ok(None) };
        Ok(jobs::get(cx(ctx), id).await.map_err(to_graphql)?.map(Job))
    }

    /// The jobs of the caller, newest first; for administrators those of all users and of the system.
    /// Null where the list could not be answered: the reason is in `errors`, with the path of the field.
    #[graphql(guard = "SignedIn")]
    async fn jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tests that a job has to pass; all jobs if not given.")] filter: Option<JobFilter>,
        #[graphql(desc = "Number of rows from the start of the list or after `after`: 0 to 100, 20 if not given.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "Number of rows from the end of the list or before `before`: 0 to 100. Not together with `first` or `after`.")]
        last: Option<i32>,
        #[graphql(desc = "The cursor before which the page ends.")] before: Option<String>,
    ) -> Result<Option<JobConnection>> {
        let filter = filter
            .unwrap_or_default()
            .into_filter(&FilterContext::of(ctx))
            .map_err(to_graphql)?;
        let filter = Arc::new(filter);
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = jobs::page(cx(ctx), &filter, &args).await.map_err(to_graphql)?;
        let count = Count::new(move |cx| {
            let filter = filter.clone();
            async move { jobs::count(&cx, &filter).await }
        });
        Ok(Some(JobConnection { page, count }))
    }
}

#[Object]
impl JobMutation {
    /// Cancels a job that has not ended: one's own; administrators any. A job that is `RUNNING` stops at the end of its present part, and what
    /// it has finished stays. `STATE` if the job has ended.
    async fn job_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the job.")] id: ID,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<JobCancelPayload>> {
        let id = reference(Kind::Job, &id);
        let write = Write::new(ctx, idempotency_key)?;
        let (job, user_errors) = write.run(|| jobs::cancel(write.cx(), id)).await?;
        Ok(Some(JobCancelPayload {
            job: job.map(Job),
            user_errors,
        }))
    }

    /// Queues a job again that is `FAILED`, `CANCELLED` or `PARKED`, with all of its attempts: one's own; administrators any. It goes on after
    /// what it has finished. `STATE` if the job is in another state.
    async fn job_retry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the job.")] id: ID,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<JobRetryPayload>> {
        let id = reference(Kind::Job, &id);
        let write = Write::new(ctx, idempotency_key)?;
        let (job, user_errors) = write.run(|| jobs::retry(write.cx(), id)).await?;
        Ok(Some(JobRetryPayload {
            job: job.map(Job),
            user_errors,
        }))
    }
}

impl JobFilter {
    fn into_filter(self, context: &FilterContext) -> crate::error::Result<Filter> {
        let each = |filters: Vec<JobFilter>| filters.into_iter().map(|filter| filter.into_filter(context)).collect();
        let mut tests = Tests::new(context);
        tests.value(&jobs::STATE, self.state.map(|test| test.into_test::<job::JobState>().stored()));
        tests.value(&jobs::KIND, self.kind.map(JobKindFilter::into_test).transpose()?);
        tests.id(&jobs::USER, self.user);
        Ok(combine(
            tests.all,
            self.and.map(each).transpose()?,
            self.or.map(each).transpose()?,
            self.not.map(|filter| filter.into_filter(context)).transpose()?,
        ))
    }
}

impl JobKindFilter {
    fn into_test(self) -> crate::error::Result<EnumTest<String>> {
        let mut kinds = self.eq.iter().chain(self.any_of.iter().flatten());
        if kinds.any(|kind| kind.chars().count() > jobs::KIND_LENGTH) {
            let message = format!("a kind of job has at most {} characters", jobs::KIND_LENGTH);
            return Err(Error::BadInput(message));
        }
        Ok(enum_test(self.eq, self.any_of))
    }
}
