//! One attempt at a job: the handler runs while the lease is extended, and its end is written down.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::time::sleep;

use super::claim::{self, End, Ended};
use super::context::{JobContext, Stop};
use super::handlers::{Finished, Handlers};
use crate::entities::insight::job::JobState;
use crate::error::Error;
use crate::ids::Kind;

/// The pauses between tries to write down the end of an attempt.
const END_PAUSES: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// Runs the job until its handler has ended, or its lease is lost. A panic counts as an error.
pub async fn run(job: JobContext, handlers: &Handlers) {
    let id = Kind::Job.encode(job.job().id);
    let Some((kind, handler)) = handlers.get(&job.job().kind) else {
        // Only kinds with a handler are claimed.
        tracing::error!(job = id, "a job without a handler was claimed");
        return;
    };
    let started = Instant::now();
    let outcome = tokio::select! {
        outcome = AssertUnwindSafe(handler.run(&job)).catch_unwind() => outcome.unwrap_or_else(|_| Err(panicked())),
        () = job.keep_lease() => Err(Stop::LeaseLost),
    };
    let metrics = job.app().db.metrics();
    match &outcome {
        Ok(_) => metrics.job(kind, true, started.elapsed()),
        Err(Stop::Failed(_) | Stop::Again(_)) => metrics.job(kind, false, started.elapsed()),
        // Nothing is known of what would have come of it.
        Err(Stop::Cancelled | Stop::Stopping | Stop::Later | Stop::LeaseLost) => {}
    }
    let Some(end) = end_of(&job, outcome, &id) else { return };
    let written = write_end(&job, &end).await;
    if let End::Again(error) = &end {
        let attempts = job.job().max_attempts;
        match &written {
            Ok(Some(ended)) if ended.state == JobState::Parked => {
                tracing::error!(cause = ?error, job = id, kind, attempts, "the last attempt at a job has failed: it is parked");
            }
            Ok(Some(Ended { attempts: attempt, .. })) => {
                tracing::warn!(cause = ?error, job = id, kind, attempt, attempts, "an attempt at a job has failed");
            }
            Ok(None) | Err(_) => tracing::warn!(cause = ?error, job = id, kind, "an attempt at a job has failed"),
        }
    }
    match written {
        Ok(Some(_)) => {}
        Ok(None) => tracing::warn!(job = id, kind, "the lease of a job was lost before its end could be written down"),
        // The lease expires, and the job goes on from its last slice.
        Err(error) => tracing::warn!(cause = ?error, job = id, kind, "the end of a job could not be written down"),
    }
}

/// Writes down the end, several times if the database refuses it: without it a finished job would run again once its lease has expired. A try
/// that comes after the lease was claimed by another worker changes nothing.
async fn write_end(job: &JobContext, end: &End) -> Result<Option<Ended>, Error> {
    let mut pauses = END_PAUSES.iter();
    loop {
        let written = claim::end(job.app().db.writer(), &job.lease(), end, job.app().clock.now()).await;
        let Some(pause) = pauses.next().filter(|_| written.is_err()) else {
            return written;
        };
        sleep(*pause).await;
    }
}

/// End of the attempt. None: another worker reports it.
fn end_of(job: &JobContext, outcome: Result<Finished, Stop>, id: &str) -> Option<End> {
    let row = job.job();
    let kind = &row.kind;
    Some(match outcome {
        Ok(Finished { result_url }) => {
            tracing::debug!(job = id, kind, "a job is done");
            End::Done { result_url }
        }
        Err(Stop::Failed(failure)) => {
            tracing::warn!(job = id, kind, code = ?failure.code, "a job has failed: {}", failure.message);
            End::Failed(failure)
        }
        Err(Stop::Again(error)) => End::Again(error),
        Err(Stop::Cancelled) => {
            tracing::info!(job = id, kind, "a job is cancelled");
            End::Cancelled
        }
        Err(Stop::Stopping) => End::GivenBack,
        Err(Stop::Later) => {
            tracing::debug!(job = id, kind, "a job waits for what is in use");
            End::Postponed
        }
        Err(Stop::LeaseLost) => {
            tracing::warn!(job = id, kind, "the lease of a job was lost");
            return None;
        }
    })
}

/// The message of the panic is in the log already, by the hook that prints it.
fn panicked() -> Stop {
    Stop::Again(Error::internal("the handler of a job panicked"))
}
