//! Whether the process lives, and whether it can serve.

use super::Server;
use crate::db::Progress;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::IntoResponse;
use axum::routing::{any, get};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use tower_http::cors::CorsLayer;

/// Last answer of the database, so that frequent checks do not reach it.
#[derive(Default)]
pub struct Readiness {
    last: Mutex<Option<(Instant, bool)>>,
}

/// Deadline of the check of the database, and lifetime of its result.
const SECOND: Duration = Duration::from_secs(1);

/// Answers of a server during a migration: it is alive, not ready, and reports its progress. Pages of allowed origins may read this, too.
pub fn starting(progress: Arc<Progress>, cors: Option<CorsLayer>) -> Router {
    let mut api = any(not_ready);
    if let Some(cors) = cors {
        api = api.layer(cors);
    }
    Router::new()
        .route("/healthz", get(alive))
        .route("/graphql", api)
        .fallback(not_ready)
        .with_state(progress)
}

async fn not_ready(State(progress): State<Arc<Progress>>) -> impl IntoResponse {
    let text = match progress.step() {
        Some(step) => format!("migrating: {step}\n"),
        None => "migrating\n".to_owned(),
    };
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "5")], text)
}

/// `/healthz`: the process answers.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// `/readyz`: it is not stopping, and the database answers.
pub async fn ready(State(server): State<Arc<Server>>) -> (StatusCode, &'static str) {
    if server.is_stopping() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    let mut last = server.readiness.last.lock().await;
    let answers = match *last {
        Some((asked, answers)) if asked.elapsed() < SECOND => answers,
        _ => {
            let answers = timeout(SECOND, server.app.db.ping()).await.unwrap_or(false);
            *last = Some((Instant::now(), answers));
            answers
        }
    };
    if answers {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
    }
}
