//! The runner of jobs: takes those that are due, several at once, until it is stopped.
//!
//! A job is claimed with a lease, which its worker extends while it works. A worker that is cut off does not, and another one claims the job
//! once the lease has expired. Each claim has a name of its own, and each write of a running job carries it, so that a worker that comes back
//! after its lease has expired changes nothing any more. Of servers on one PostgreSQL each runs its share.

/// One attempt at a job.
mod attempt;
/// Makes the forms beside the values of attributes again.
mod attribute_forms;
/// Makes and drops the indexes of attributes.
mod attribute_indexes;
/// Claims, leases and their ends.
mod claim;
/// Jobs that remove what is not needed any more.
mod cleanup;
/// What a handler works with.
mod context;
/// Thumbnails of documents, and the sweep of their storage.
pub mod documents;
/// What runs the jobs of a kind.
mod handlers;
/// Jobs that are queued once in each period.
mod schedule;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{Id, JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use crate::app::App;
use crate::error::Result;
use crate::resolvers::setup::attribute_indexes as indexes;
use claim::{End, Lease};
use schedule::Scheduler;

pub use context::{Failure, JobContext, NewRowError, Slice, Stop};
pub use handlers::{Finished, Handler, Handlers};
pub use schedule::Schedule;

/// How often it is looked whether a job is due.
const POLL: Duration = Duration::from_secs(1);
/// How long running jobs have for the end of their present slices when the runner stops.
const DRAIN: Duration = Duration::from_secs(10);
/// How long a lease lasts that is not extended.
pub const LEASE: Duration = Duration::from_secs(60);

/// What a runner does.
#[derive(Clone)]
pub struct Work {
    pub handlers: Arc<Handlers>,
    pub schedules: Vec<Schedule>,
    /// How many jobs run at once.
    pub workers: usize,
}

/// A runner at work.
pub struct Runner {
    stopping: watch::Sender<bool>,
    running: JoinHandle<()>,
}

/// The end of running jobs, asked for from elsewhere.
#[derive(Clone)]
pub struct Stopper(watch::Sender<bool>);

impl Work {
    /// All that the server does by itself.
    pub fn standard(workers: usize) -> Work {
        Work {
            handlers: Arc::new(Handlers::standard()),
            schedules: [cleanup::schedules(), documents::schedules()].concat(),
            workers,
        }
    }
}

impl Runner {
    /// Begins to run jobs.
    pub fn start(app: Arc<App>, work: Work) -> Runner {
        let stopping = watch::Sender::new(false);
        let running = tokio::spawn(dispatch(app, work, stopping.subscribe()));
        Runner { stopping, running }
    }

    /// Handle that stops the runner.
    pub fn stopper(&self) -> Stopper {
        Stopper(self.stopping.clone())
    }

    /// Waits until the runner has stopped, after telling it to. A job that does not come to the end of its slice in time is cut off there, and
    /// its slice is rolled back.
    pub async fn stop(self) {
        self.stopping.send_replace(true);
        if let Err(error) = self.running.await {
            tracing::error!(%error, "the runner of jobs did not end in order");
        }
    }
}

impl Stopper {
    /// From now on no job is claimed, and those that run end with their slices.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

/// Gives back the leases of a process that was cut off, for the only process that may work on a database, which need not wait for their end.
pub async fn recover(app: &App) -> Result<()> {
    loop {
        let interrupted = claim::release_expired(app.db.writer(), i64::MAX, app.clock.now()).await?;
        if interrupted == 0 {
            return Ok(());
        }
        tracing::info!(jobs = interrupted, "jobs were interrupted, and are queued again");
    }
}

/// Queues what the definitions of attributes ask for and no job is queued for.
pub async fn queue_incomplete(app: &App) -> Result<()> {
    indexes::enqueue_incomplete(app.db.writer(), app.clock.now()).await
}

/// Runs all that is due, one job after another, and then returns how many attempts there were; for tests and tools that set the time.
pub async fn run_due(app: &Arc<App>, work: &Work) -> Result<usize> {
    let (_sender, stopping) = watch::channel(false);
    Scheduler::new(work.schedules.clone()).queue_due(app).await?;
    let mut attempts = 0;
    while let Some(claimed) = next(app, work, &stopping).await? {
        attempt::run(claimed, &work.handlers).await;
        attempts += 1;
    }
    Ok(attempts)
}

/// Claims the next job that is due. None: there is none.
async fn next(app: &Arc<App>, work: &Work, stopping: &watch::Receiver<bool>) -> Result<Option<JobContext>> {
    let now = app.clock.now();
    let due = claim::read_due(&app.db, now).await?;
    let released = match due.has_expired {
        true => claim::release_expired(app.db.writer(), now, now).await?,
        false => 0,
    };
    // None where the job is locked by a slice that outlasts its lease: it extends the lease at its end.
    if released > 0 {
        tracing::warn!(jobs = released, "leases of jobs have expired");
    }
    if !due.is_due && released == 0 {
        return Ok(None);
    }
    let claimed = claim::claim(app.db.writer(), work.handlers.kinds(), now).await?;
    Ok(claimed.map(|(job, lease)| JobContext::new(app.clone(), job, lease, stopping.clone())))
}

/// Claims jobs and runs them until it is stopped.
async fn dispatch(app: Arc<App>, work: Work, mut stopping: watch::Receiver<bool>) {
    let mut scheduler = Scheduler::new(work.schedules.clone());
    let mut running = JoinSet::new();
    let mut leases: HashMap<Id, Lease> = HashMap::new();
    while !*stopping.borrow() {
        if let Err(error) = fill(&app, &work, &mut scheduler, &mut running, &mut leases, &stopping).await {
            tracing::warn!(cause = ?error, "it could not be looked for jobs");
        }
        tokio::select! {
            _ = stopping.wait_for(|is_stopping| *is_stopping) => break,
            Some(ended) = running.join_next_with_id() => forget(ended, &mut leases),
            () = sleep(POLL) => {}
        }
    }
    drain(&app, running, leases).await;
}

/// Starts jobs as long as there are workers for them.
async fn fill(
    app: &Arc<App>,
    work: &Work,
    scheduler: &mut Scheduler,
    running: &mut JoinSet<()>,
    leases: &mut HashMap<Id, Lease>,
    stopping: &watch::Receiver<bool>,
) -> Result<()> {
    scheduler.queue_due(app).await?;
    while running.len() < work.workers && !*stopping.borrow() {
        let Some(claimed) = next(app, work, stopping).await? else { break };
        let (lease, handlers) = (claimed.lease(), work.handlers.clone());
        let task = running.spawn(async move { attempt::run(claimed, &handlers).await });
        leases.insert(task.id(), lease);
    }
    Ok(())
}

fn forget(ended: std::result::Result<(Id, ()), tokio::task::JoinError>, leases: &mut HashMap<Id, Lease>) {
    let id = match ended {
        Ok((id, ())) => id,
        Err(error) => {
            tracing::error!(%error, "a worker did not end in order");
            error.id()
        }
    };
    leases.remove(&id);
}

/// Lets the slices end that run, cuts off those that take too long, and gives their leases back.
async fn drain(app: &App, mut running: JoinSet<()>, mut leases: HashMap<Id, Lease>) {
    let drained = timeout(DRAIN, async {
        while let Some(ended) = running.join_next_with_id().await {
            forget(ended, &mut leases);
        }
    });
    if drained.await.is_ok() {
        return;
    }
    tracing::warn!(jobs = running.len(), "jobs were cut off at the stop");
    running.shutdown().await;
    for lease in leases.values() {
        if let Err(error) = claim::end(app.db.writer(), lease, &End::GivenBack, app.clock.now()).await {
            tracing::warn!(cause = ?error, job = %lease.job, "a lease could not be given back, and expires");
        }
    }
}
