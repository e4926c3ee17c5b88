//! `/metrics` for Prometheus, on a listener of its own if the settings have one, and the metrics of requests.

use super::Server;
use super::answer::Answer;
use super::outcome::{Media, status};
use crate::telemetry::metrics::{MEDIA_TYPE, Moment};
use crate::telemetry::traces;
use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;
use std::time::Duration;

/// Maximum number of connections to the listener: a few scrapers, and an operator.
pub const MOST_CONNECTIONS: usize = 16;

/// The routes of the second listener: this one, and nothing else.
pub fn router(server: &Arc<Server>) -> Router {
    Router::new()
        .route("/metrics", get(text))
        .fallback(super::not_found)
        .with_state(server.clone())
}

async fn text(State(server): State<Arc<Server>>) -> Response {
    let (requests_running, requests_waiting) = server.app.permits.count();
    let moment = Moment {
        pools: server.app.db.pools(),
        requests_running,
        requests_waiting,
    };
    let headers = [(CONTENT_TYPE, MEDIA_TYPE), (CACHE_CONTROL, "no-store")];
    (headers, server.app.db.metrics().text(&moment)).into_response()
}

/// Counts a request that has been answered, and ends its span.
pub fn answered(server: &Server, answer: &Answer, media: Media, elapsed: Duration, span: Option<&opentelemetry::Context>) {
    let outcome = answer.outcome.name();
    let metrics = server.app.db.metrics();
    metrics.request(outcome, answer.operation, answer.points(), elapsed);
    if let Some(span) = span {
        traces::answered(span, answer.operation, outcome, status(answer.outcome, media).as_u16());
    }
}
