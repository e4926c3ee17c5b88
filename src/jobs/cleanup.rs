//! Jobs that remove what is not needed any more, so many rows in a slice that others can write in between.

use super::context::{JobContext, Slice, Stop};
use super::handlers::{Finished, Handler};
use super::schedule::Schedule;
use crate::error::Result;
use crate::resolvers::access::{attempts, sessions};
use crate::resolvers::idempotency;
use crate::resolvers::insight::jobs;

/// What is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleanup {
    /// Idempotency keys that are a day old.
    IdempotencyKeys,
    /// Failed sign-ins that count no more.
    SignInFailures,
    /// Sessions that ended long ago.
    Sessions,
    /// Jobs that were finished 30 days ago.
    Jobs,
}

/// How many rows are removed in one slice.
const AT_ONCE: u64 = 1_000;
const HOUR: i64 = 60 * 60 * 1000;

impl Cleanup {
    pub const ALL: [Cleanup; 4] = [Cleanup::IdempotencyKeys, Cleanup::SignInFailures, Cleanup::Sessions, Cleanup::Jobs];

    async fn remove(self, slice: &Slice<'_>) -> Result<u64> {
        let (tx, cx) = (slice.tx(), slice.cx());
        match self {
            Cleanup::IdempotencyKeys => idempotency::forget_expired(tx, cx.now(), AT_ONCE).await,
            Cleanup::SignInFailures => attempts::forget_old(tx, &cx, AT_ONCE).await,
            Cleanup::Sessions => sessions::forget_ended(tx, &cx, AT_ONCE).await,
            Cleanup::Jobs => jobs::forget_finished(tx, cx.now(), AT_ONCE).await,
        }
    }
}

/// The kind of the job.
pub fn kind(cleanup: Cleanup) -> &'static str {
    match cleanup {
        Cleanup::IdempotencyKeys => "clean_idempotency_keys",
        Cleanup::SignInFailures => "clean_sign_in_failures",
        Cleanup::Sessions => "clean_sessions",
        Cleanup::Jobs => "clean_jobs",
    }
}

/// How often each comes.
pub fn schedules() -> Vec<Schedule> {
    let every = |cleanup| match cleanup {
        Cleanup::IdempotencyKeys | Cleanup::SignInFailures => HOUR,
        Cleanup::Sessions | Cleanup::Jobs => 24 * HOUR,
    };
    let schedule = |cleanup| Schedule {
        name: kind(cleanup),
        kind: kind(cleanup),
        every: every(cleanup),
    };
    Cleanup::ALL.map(schedule).to_vec()
}

#[async_trait::async_trait]
impl Handler for Cleanup {
    async fn run(&self, job: &JobContext) -> std::result::Result<Finished, Stop> {
        let mut done = job.job().progress_done;
        loop {
            let slice = job.begin_slice().await?;
            let removed = self.remove(&slice).await?;
            done += i64::try_from(removed).unwrap_or(i64::MAX);
            slice.commit(done, None, None).await?;
            if removed < AT_ONCE {
                return Ok(Finished::default());
            }
        }
    }
}
