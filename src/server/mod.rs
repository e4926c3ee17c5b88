//! HTTP: the API, the explorer page and health, over connections with deadlines.

/// The address of a client behind proxies.
mod address;
/// The answer to a GraphQL request.
mod answer;
/// Files for browsers.
mod assets;
/// Bodies of requests, received within the limits of their route.
mod body;
/// Selection of compressed answers.
mod compression;
/// Pages of other origins.
mod cors;
/// Bearer tokens.
mod credentials;
/// The minimum rate of answers.
mod departing;
/// `/documents/{id}`.
mod downloads;
/// Log messages about failures.
mod faults;
/// GraphiQL, from its released files.
mod graphiql;
/// GraphQL over HTTP.
mod graphql;
/// `/healthz` and `/readyz`.
mod health;
/// The end of a connection.
mod lingering;
/// Connections and their deadlines.
mod listen;
/// `/metrics`, and what requests report to it.
mod metrics;
/// GraphQL with files.
mod multipart;
/// Media types.
mod negotiate;
/// Outcomes of requests, and their statuses.
mod outcome;
/// The explorer page.
mod page;
/// `/uploads/{id}`.
mod parts;
/// The pipeline of every transport, from an operation to its answer.
mod pipeline;
/// Preconditions and ranges of downloads.
mod ranges;
/// The minimum rate of transfers.
mod rate;
/// Signed addresses.
mod signed;

use crate::app::App;
use crate::cx::Origin;
use crate::db::Progress;
use crate::error::Error;
use crate::limits::Limits;
use crate::settings::Settings;
use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{CONNECTION, HOST, HeaderName, USER_AGENT, X_CONTENT_TYPE_OPTIONS};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Version};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use body::{BodyLimits, BodyReader};
use pipeline::Pipeline;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Stack of a worker thread, in bytes. The fields of a document are resolved inside each other: without optimisation, one of the greatest depth
/// needs more than the 2 MiB that the runtime gives by itself. Pages of it that are never used take no memory.
pub const WORKER_STACK_BYTES: usize = 8 * 1024 * 1024;

/// Shared state of the handlers.
struct Server {
    app: Arc<App>,
    pipeline: Pipeline,
    /// Of `/graphql`.
    bodies: BodyReader,
    readiness: health::Readiness,
    explorer: Option<page::Explorer>,
    graphiql: Option<graphiql::Files>,
    stopping: watch::Sender<bool>,
}

/// The other end of a connection.
#[derive(Clone, Copy)]
struct Peer(IpAddr);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// A user agent is kept up to this length.
const AGENT: usize = 300;
/// The log has of a path this much.
const PATH: usize = 200;

/// Answers that the server is not ready yet, and how far it is, until `ready`.
pub async fn serve_starting(settings: &Settings, progress: Arc<Progress>, listener: TcpListener, ready: impl Future<Output = ()>) {
    let stopping = watch::Sender::new(false);
    let router = health::starting(progress, cors::layer(&settings.cors_origins));
    listen::accept(listener, router, caps(settings), ready, &stopping).await;
}

fn caps(settings: &Settings) -> listen::Caps {
    listen::Caps {
        all: settings.max_connections,
        per_address: settings.max_connections_per_address,
        exempt: settings.trusted_proxies.clone(),
    }
}

/// Serves until `stop`, then lets requests in flight finish; fails only where the schema or a file of the settings cannot be served.
pub async fn serve(app: Arc<App>, listener: TcpListener, stop: impl Future<Output = ()>) -> Result<(), Error> {
    serve_with_metrics(app, listener, None, stop).await
}

/// The same, with the metrics on a listener of their own.
pub async fn serve_with_metrics(
    app: Arc<App>,
    listener: TcpListener,
    metrics_listener: Option<TcpListener>,
    stop: impl Future<Output = ()>,
) -> Result<(), Error> {
    let caps = caps(&app.settings);
    let server = Arc::new(Server {
        pipeline: Pipeline::new(&app)?,
        bodies: BodyReader::new(BodyLimits::graphql(&app.settings)),
        readiness: health::Readiness::default(),
        explorer: app
            .settings
            .explorer
            .then(|| page::Explorer::new(app.settings.graphiql_dir.is_some())),
        graphiql: app.settings.graphiql_dir.as_deref().map(graphiql::Files::read).transpose()?,
        stopping: watch::Sender::new(false),
        app,
    });
    let metrics = async {
        if let Some(listener) = metrics_listener {
            let mut stopping = server.stopping.subscribe();
            let stop = async move { drop(stopping.wait_for(|stopping| *stopping).await) };
            metrics::serve(server.app.clone(), listener, stop).await;
        }
    };
    let requests = listen::accept(listener, router(&server), caps, stop, &server.stopping);
    tokio::join!(requests, metrics);
    Ok(())
}

/// Serves the metrics alone, for a process that answers no requests.
pub async fn serve_metrics(app: Arc<App>, listener: TcpListener, stop: impl Future<Output = ()>) {
    metrics::serve(app, listener, stop).await;
}

impl Server {
    fn limits(&self) -> &Limits {
        &self.app.settings.limits
    }

    fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }
}

fn router(server: &Arc<Server>) -> Router {
    let mut api = any(graphql::handle);
    if let Some(cors) = cors::layer(&server.app.settings.cors_origins) {
        api = api.layer(cors);
    }
    let (mut documents, mut uploads) = (any(downloads::handle), any(parts::handle));
    if let Some(cors) = cors::files(&server.app.settings.cors_origins) {
        (documents, uploads) = (documents.layer(cors.clone()), uploads.layer(cors));
    }
    Router::new()
        .route("/graphql", api)
        .route("/documents/{id}", documents)
        .route("/uploads/{id}", uploads)
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/", get(page::explorer))
        .route("/explorer/{file}", get(page::file))
        .route("/graphiql", get(graphiql::page))
        .route("/graphiql/{file}", get(graphiql::file))
        .fallback(not_found)
        .layer(compression::layer())
        .layer(from_fn_with_state(server.clone(), trace))
        .with_state(server.clone())
}

async fn not_found() -> (StatusCode, &'static str) {
    (StatusCode::NOT_FOUND, "not found\n")
}

/// Gives each request an id and an origin, and logs one line about it without personal data.
async fn trace(State(server): State<Arc<Server>>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let origin = origin(&server, &request);
    let request_id = origin.request_id.clone();
    let method = request.method().clone();
    let path: String = request.uri().path().chars().take(PATH).collect();
    request.extensions_mut().insert(origin);
    let mut response = if has_one_host(&request) {
        next.run(request).await
    } else {
        (
            StatusCode::BAD_REQUEST,
            [(CONNECTION, "close")],
            "exactly one Host header is needed\n",
        )
            .into_response()
    };
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REQUEST_ID, HeaderValue::from_str(&request_id).expect("an id is written in ASCII"));
    let status = response.status().as_u16();
    let ms = started.elapsed().as_micros() as f64 / 1_000.0;
    tracing::info!(%method, path, status, ms, request_id, "{method} {path} answered {status}");
    response
}

/// HTTP/1.1 requires this, so that no intermediary takes the request for another host's.
fn has_one_host(request: &Request) -> bool {
    request.version() != Version::HTTP_11 || request.headers().get_all(HOST).iter().count() == 1
}

fn origin(server: &Server, request: &Request) -> Origin {
    let peer = request.extensions().get::<Peer>();
    let trusted = &server.app.settings.trusted_proxies;
    let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    Origin {
        address: peer.map(|peer| address::client(peer.0, request.headers(), trusted)),
        user_agent: agent.map(|agent| agent.chars().take(AGENT).collect()),
        request_id: uuid::Uuid::now_v7().simple().to_string(),
    }
}

/// Handlers take the origin that `trace` left.
impl<S: Sync> FromRequestParts<S> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.remove::<Origin>().unwrap_or_default())
    }
}
