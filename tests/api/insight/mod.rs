//! Work in the background: jobs in the API, and the runner that does them. Reports, saved ones, and dashboards.

mod dashboards;
mod hidden_attributes;
mod jobs;
mod parameters;
mod report_permits;
mod reports;
mod runner;
mod saved_reports;
mod schedules;
mod shared;

use std::sync::Arc;

use cartera::entities::access::login_failure;
use cartera::ids;
use cartera::jobs::{Finished, Handler, Handlers, JobContext, Stop, Work};
use futures_util::future::BoxFuture;
use sea_orm::{EntityTrait, Set};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::support::{Made, Person, TestApp};

const HOUR: i64 = 60 * 60 * 1000;

const JOB: &str = "query ($id: ID!) { job(id: $id) {
    id kind state user { id } progress { done total } attempts maxAttempts runAfter createdAt startedAt finishedAt cancelRequestedAt
    error { code message } resultUrl rowErrors(first: 50) { nodes { row column code message } totalCount } } }";
const CANCEL: &str = "mutation ($id: ID!) { jobCancel(id: $id) { job { id state cancelRequestedAt } userErrors { code message path } } }";
const RETRY: &str =
    "mutation ($id: ID!) { jobRetry(id: $id) { job { id state attempts error { code } } userErrors { code message path } } }";

/// How an attempt of a test's own ends.
type Attempt<'a> = BoxFuture<'a, Result<Finished, Stop>>;

/// A handler made of a closure.
struct Script<F>(F);

#[async_trait::async_trait]
impl<F> Handler for Script<F>
where
    F: for<'a> Fn(&'a JobContext) -> Attempt<'a> + Send + Sync,
{
    async fn run(&self, job: &JobContext) -> Result<Finished, Stop> {
        (self.0)(job).await
    }
}

/// A runner that knows one kind of jobs, `test`.
fn work(script: impl for<'a> Fn(&'a JobContext) -> Attempt<'a> + Send + Sync + 'static) -> Work {
    Work {
        handlers: Arc::new(Handlers::default().with("test", Script(script))),
        schedules: Vec::new(),
        workers: 2,
    }
}

/// One whose jobs write as many marks as their payload says, each in a slice of its own.
fn marking() -> Work {
    work(|job| Box::pin(mark_all(job)))
}

/// One whose jobs wait at the gate between their first mark and the others.
fn gated(gate: &Gate) -> Work {
    let gate = gate.clone();
    work(move |job| {
        let gate = gate.clone();
        Box::pin(async move {
            mark(job, 0, 3).await?;
            gate.pass().await;
            mark_all(job).await
        })
    })
}

async fn mark_all(job: &JobContext) -> Result<Finished, Stop> {
    let all: i64 = job.payload()?;
    let from: i64 = job.checkpoint()?.unwrap_or(0);
    for number in from..all {
        mark(job, number, all).await?;
    }
    Ok(Finished::default())
}

/// A slice with an effect that shows whether it was done twice.
async fn mark(job: &JobContext, number: i64, all: i64) -> Result<(), Stop> {
    let slice = job.begin_slice().await?;
    let row = login_failure::ActiveModel {
        id: Set(ids::new()),
        subject: Set(format!("mark {} {number}", job.job().id)),
        failed_at: Set(0),
    };
    login_failure::Entity::insert(row).exec_without_returning(slice.tx()).await?;
    slice.commit(number + 1, Some(all), Some(json!(number + 1))).await
}

/// How many marks there are, and how many different ones.
async fn marks(app: &TestApp) -> [String; 2] {
    let count = |what: &str| format!("SELECT CAST(count({what}) AS text) FROM login_failures WHERE subject LIKE 'mark %'");
    let (all, different) = (app.sql(&count("*")).await, app.sql(&count("DISTINCT subject")).await);
    [all[0].clone(), different[0].clone()]
}

/// Runs what is due; how many attempts there were.
async fn run_due(app: &TestApp, work: &Work) -> usize {
    cartera::jobs::run_due(&app.core, work).await.expect("jobs can be looked for")
}

async fn job(by: &Person, made: &Made) -> Value {
    by.query(JOB, json!({ "id": made.id })).await["job"].clone()
}

/// The state and the code of the last error.
async fn state(by: &Person, made: &Made) -> [Value; 2] {
    let job = job(by, made).await;
    [job["state"].clone(), job["error"]["code"].clone()]
}

/// Where a job and its test wait for each other.
#[derive(Clone)]
struct Gate {
    reached: Arc<Semaphore>,
    opened: Arc<Semaphore>,
}

impl Gate {
    fn new() -> Gate {
        Gate {
            reached: Arc::new(Semaphore::new(0)),
            opened: Arc::new(Semaphore::new(0)),
        }
    }

    /// The job waits until it may go on.
    async fn pass(&self) {
        self.reached.add_permits(1);
        self.opened.acquire().await.expect("the gate is not taken away").forget();
    }

    /// The test waits until a job is there.
    async fn wait(&self) {
        self.reached.acquire().await.expect("the gate is not taken away").forget();
    }

    /// Lets one job go on.
    fn open(&self) {
        self.opened.add_permits(1);
    }
}
