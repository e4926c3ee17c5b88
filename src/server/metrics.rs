//! `/metrics` for Prometheus, on a listener of its own if the settings have one, and the metrics of requests.

use super::Server;
use super::answer::Answer;
use super::listen;
use super::outcome::{Media, status};
use crate::app::App;
use crate::resolvers::insight::jobs::{self, JobState};
use crate::telemetry::metrics::{Gauges, JobCounts, MEDIA_TYPE};
use crate::telemetry::traces;
use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;

/// Maximum number of connections to the listener: a few scrapers, and an operator.
const MOST_CONNECTIONS: usize = 16;

/// How long the jobs may take to be counted.
const COUNT: Duration = Duration::from_secs(2);

/// Serves the metrics until `stop`, beside a server or for a process that only runs jobs.
pub async fn serve(app: Arc<App>, listener: TcpListener, stop: impl Future<Output = ()>) {
    let router = Router::new()
        .route("/metrics", get(text))
        .fallback(super::not_found)
        .with_state(app);
    let caps = listen::Caps {
        all: MOST_CONNECTIONS,
        per_address: MOST_CONNECTIONS,
        exempt: Vec::new(),
    };
    listen::accept(listener, router, caps, stop, &watch::Sender::new(false)).await;
}

async fn text(State(app): State<Arc<App>>) -> Response {
    let (requests_running, requests_waiting) = app.permits.count();
    let db = &app.db;
    let gauges = Gauges {
        pools: db.pools(),
        requests_running,
        requests_waiting,
        jobs: jobs(&app).await,
    };
    let headers = [(CONTENT_TYPE, MEDIA_TYPE), (CACHE_CONTROL, "no-store")];
    (headers, db.metrics().text(&gauges)).into_response()
}

/// The jobs in each state. None: the database does not say in time.
async fn jobs(app: &App) -> Option<JobCounts> {
    let counts = match timeout(COUNT, jobs::counts(&app.db)).await {
        Ok(Ok(counts)) => counts,
        Ok(Err(error)) => {
            tracing::warn!(cause = ?error, "the jobs could not be counted for the metrics");
            return None;
        }
        Err(_) => return None,
    };
    let count = |state| {
        counts
            .by_state
            .iter()
            .find(|(found, _)| *found == state)
            .map_or(0, |(_, count)| *count)
    };
    Some(JobCounts {
        by_state: STATES.map(|(name, state)| (name, count(state))).to_vec(),
        oldest_due_seconds: counts.oldest_due.map_or(0, |due| (app.clock.now() - due).max(0) / 1_000),
    })
}

const STATES: [(&str, JobState); 6] = [
    ("queued", JobState::Queued),
    ("running", JobState::Running),
    ("done", JobState::Done),
    ("failed", JobState::Failed),
    ("cancelled", JobState::Cancelled),
    ("parked", JobState::Parked),
];

/// Counts a request that has been answered, and ends its span.
pub fn answered(server: &Server, answer: &Answer, media: Media, elapsed: Duration, span: Option<&opentelemetry::Context>) {
    let outcome = answer.outcome.name();
    let metrics = server.app.db.metrics();
    metrics.request(outcome, answer.operation, answer.points(), elapsed);
    if let Some(span) = span {
        traces::answered(span, answer.operation, outcome, status(answer.outcome, media).as_u16());
    }
}
