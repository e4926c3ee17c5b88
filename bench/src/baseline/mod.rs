//! The comparison: plain routes that send what the database makes of one hand-written statement.
//!
//! Identifiers stay UUIDs, instants stay milliseconds and there are no cursors; otherwise the answers hold what the server's hold.
//! Whose session it is, is found out in the same statement when reading, and in one before it when creating.

mod create;
mod reads;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::Result;
use reads::Reads;

#[derive(clap::Args)]
pub struct Arguments {
    /// `sqlite:FILE` or `postgres://…`, filled by `cartera demo`
    #[arg(long)]
    database: String,
    #[arg(long)]
    listen: SocketAddr,
}

/// What the routes share.
struct Baseline {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    reads: Reads,
}

/// The server's numbers: readers beside one writer on SQLite, one pool on PostgreSQL.
const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 8;
/// A session ends after a week without use.
const IDLE: i64 = 7 * 24 * 60 * 60 * 1000;

pub async fn serve(arguments: Arguments) -> Result<()> {
    let (reader, writer) = open(&arguments.database).await?;
    let reads = Reads::new(reader.get_database_backend());
    let routes = Router::new()
        .route("/core/{id}", get(core))
        .route("/list/{counted}/{before}/{id}", get(list))
        .route("/create", post(create))
        .with_state(Arc::new(Baseline { reader, writer, reads }));
    let listener = tokio::net::TcpListener::bind(arguments.listen).await?;
    let listener = listener.tap_io(|stream| {
        // As the server does; a failure costs only speed.
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, routes).await?)
}

/// The pools as the server opens them.
async fn open(database: &str) -> Result<(DatabaseConnection, DatabaseConnection)> {
    if database.starts_with("postgres") {
        let mut options = ConnectOptions::new(database);
        options
            .max_connections(POSTGRES_CONNECTIONS)
            .test_before_acquire_if_idle_for(Duration::from_secs(5))
            .sqlx_logging(false)
            .map_sqlx_postgres_opts(|options| options.statement_cache_capacity(512));
        let pool = Database::connect(options).await?;
        return Ok((pool.clone(), pool));
    }
    let writer = Database::connect(sqlite_options(database, 1, false)).await?;
    let reader = Database::connect(sqlite_options(database, SQLITE_READERS, true)).await?;
    Ok((reader, writer))
}

fn sqlite_options(database: &str, connections: u32, read_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(database);
    options
        .max_connections(connections)
        .idle_timeout(Option::<Duration>::None)
        .max_lifetime(Option::<Duration>::None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            let options = options
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(5))
                .foreign_keys(true)
                .statement_cache_capacity(512)
                .pragma("cache_size", "-16384")
                .pragma("temp_store", "MEMORY");
            if read_only { options.pragma("query_only", "on") } else { options }
        });
    options
}

async fn core(State(baseline): State<Arc<Baseline>>, Path(id): Path<Uuid>, headers: HeaderMap) -> Response {
    baseline.read(&baseline.reads.core, &headers, vec![id.into()]).await
}

async fn list(State(baseline): State<Arc<Baseline>>, Path((counted, before, id)): Path<(bool, i64, Uuid)>, headers: HeaderMap) -> Response {
    let reads = &baseline.reads;
    let text = if counted { &reads.counted_list } else { &reads.list };
    baseline.read(text, &headers, vec![before.into(), id.into()]).await
}

async fn create(State(baseline): State<Arc<Baseline>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(session) = session(&headers) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    match create::create(&baseline.writer, session, &body).await {
        Ok(Some(answer)) => json(answer),
        Ok(None) => StatusCode::UNAUTHORIZED.into_response(),
        Err(error) => failed(error),
    }
}

impl Baseline {
    /// Runs a statement that finds out whose session it is by its first three parameters and answers at most one text.
    async fn read(&self, text: &str, headers: &HeaderMap, arguments: Vec<Value>) -> Response {
        let Some(mut values) = session(headers) else {
            return StatusCode::UNAUTHORIZED.into_response();
        };
        values.extend(arguments);
        let statement = Statement::from_sql_and_values(self.reader.get_database_backend(), text, values);
        match self.reader.query_one_raw(statement).await {
            Ok(Some(row)) => match row.try_get_by_index::<String>(0) {
                Ok(answer) => json(answer),
                Err(error) => failed(error.into()),
            },
            Ok(None) => StatusCode::UNAUTHORIZED.into_response(),
            Err(error) => failed(error.into()),
        }
    }
}

/// The hash of the token, the present, and since when a session has to have been used.
fn session(headers: &HeaderMap) -> Option<Vec<Value>> {
    let token = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    let hash = Sha256::digest(token.as_bytes()).to_vec();
    let now = now();
    Some(vec![hash.into(), now.into(), (now - IDLE).into()])
}

/// Milliseconds since 1970 in UTC.
fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
    elapsed.map_or(0, |elapsed| elapsed.as_millis() as i64)
}

fn json(text: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}

fn failed(error: crate::Failure) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
}

/// What the databases spell differently.
#[derive(Clone, Copy)]
struct Dialect {
    is_postgres: bool,
}

impl Dialect {
    fn new(backend: DbBackend) -> Dialect {
        Dialect {
            is_postgres: backend == DbBackend::Postgres,
        }
    }

    /// A JSON object of names and expressions.
    fn object(self, fields: &[(&str, &str)]) -> String {
        let name = if self.is_postgres { "json_build_object" } else { "json_object" };
        let fields: Vec<String> = fields.iter().map(|(name, value)| format!("'{name}', {value}")).collect();
        format!("{name}({})", fields.join(", "))
    }

    /// A JSON array of what the rows of a query make, in the order.
    fn list(self, row: &str, order: &str) -> String {
        if self.is_postgres {
            format!("coalesce(json_agg({row} ORDER BY {order}), '[]')")
        } else {
            format!("json_group_array({row} ORDER BY {order})")
        }
    }

    fn id(self, column: &str) -> String {
        if self.is_postgres {
            column.to_owned()
        } else {
            format!("hex({column})")
        }
    }

    fn flag(self, expression: &str) -> String {
        if self.is_postgres {
            format!("({expression})")
        } else {
            format!("json(iif({expression}, 'true', 'false'))")
        }
    }

    /// A text, or a piece of JSON, inside a JSON column.
    fn text_in(self, column: &str, key: &str) -> String {
        format!("{column} ->> '{key}'")
    }

    fn json_in(self, column: &str, key: &str) -> String {
        format!("{column} -> '{key}'")
    }

    /// An id kept as text inside a JSON column.
    fn id_in(self, column: &str, key: &str) -> String {
        let text = self.text_in(column, key);
        if self.is_postgres {
            format!("CAST({text} AS uuid)")
        } else {
            format!("unhex({text}, '-')")
        }
    }
}
