//! The baselines: plain HTTP routes without GraphQL over the same data, to which the server is compared.
//!
//! Identifiers stay UUIDs, instants stay milliseconds and there are no cursors; otherwise the answers hold what the server's hold.

mod create;
mod floor;
mod json;
mod pools;
pub mod question;
mod sql;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::ListenerExt;

use crate::Result;
use floor::Floor;
use json::Json;
use pools::Pools;
use question::Question;

#[derive(clap::Args)]
pub struct Arguments {
    /// `sqlite:FILE` or `postgres://…`, filled by `cartera demo`
    #[arg(long)]
    database: String,
    #[arg(long)]
    listen: SocketAddr,
    /// How it answers
    #[arg(long, value_enum, default_value = "json")]
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// One hand-written statement for each question, which makes the JSON
    Json,
    /// Plain rows by prepared statements, from which the JSON is written here, with catalogues and users in memory
    Floor,
}

enum Baseline {
    Json(Json),
    Floor(Floor),
}

pub async fn serve(arguments: Arguments) -> Result<()> {
    let pools = Pools::open(&arguments.database).await?;
    let baseline = match arguments.kind {
        Kind::Json => Baseline::Json(Json::new(pools)),
        Kind::Floor => Baseline::Floor(Floor::open(&arguments.database, pools).await?),
    };
    let routes = Router::new()
        .route("/ask", post(ask))
        .route("/create", post(create))
        .with_state(Arc::new(baseline));
    let listener = tokio::net::TcpListener::bind(arguments.listen).await?;
    let listener = listener.tap_io(|stream| {
        // As the server does; a failure costs only speed.
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, routes).await?)
}

async fn ask(State(baseline): State<Arc<Baseline>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(token) = token(&headers) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    answer(baseline.read(token, &body).await)
}

async fn create(State(baseline): State<Arc<Baseline>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(token) = token(&headers) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    answer(baseline.create(token, &body).await)
}

impl Baseline {
    async fn read(&self, token: &str, body: &[u8]) -> Result<Option<String>> {
        let question: Question = serde_json::from_slice(body)?;
        match self {
            Baseline::Json(json) => json.read(token, &question).await,
            Baseline::Floor(floor) => floor.read(token, &question).await,
        }
    }

    async fn create(&self, token: &str, body: &[u8]) -> Result<Option<String>> {
        match self {
            Baseline::Json(json) => json.create(token, body).await,
            Baseline::Floor(floor) => floor.create(token, body).await,
        }
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// The text as JSON; None is for a session that there is not.
fn answer(result: Result<Option<String>>) -> Response {
    match result {
        Ok(Some(text)) => ([(CONTENT_TYPE, "application/json")], text).into_response(),
        Ok(None) => StatusCode::UNAUTHORIZED.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Milliseconds since 1970 in UTC.
fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
    elapsed.map_or(0, |elapsed| elapsed.as_millis() as i64)
}
