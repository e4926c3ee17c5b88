//! What uploads and downloads are compared with: routes that stream a body to a file and a file to a body, and do nothing else.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::put;
use axum::serve::ListenerExt;
use futures_util::{StreamExt, stream};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::Result;

#[derive(clap::Args)]
pub struct Arguments {
    #[arg(long)]
    listen: SocketAddr,
    /// Where the files are
    #[arg(long)]
    folder: PathBuf,
}

/// So much is read at a time, as file servers of the field do.
const PIECE: usize = 64 << 10;

pub async fn serve(arguments: Arguments) -> Result<()> {
    let routes = Router::new()
        .route("/plain/{name}", put(receive).get(send))
        .route("/synced/{name}", put(receive_synced))
        .with_state(arguments.folder);
    let listener = tokio::net::TcpListener::bind(arguments.listen).await?;
    let listener = listener.tap_io(|stream| {
        // As the server does; a failure costs only speed.
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, routes).await?)
}

async fn receive(State(folder): State<PathBuf>, Path(name): Path<String>, body: Body) -> Response {
    answer(write(folder, &name, body).await.map(drop))
}

/// The same, durable before the answer, as an upload to the server is.
async fn receive_synced(State(folder): State<PathBuf>, Path(name): Path<String>, body: Body) -> Response {
    let written = async { write(folder, &name, body).await?.sync_all().await };
    answer(written.await)
}

async fn send(State(folder): State<PathBuf>, Path(name): Path<String>) -> Response {
    match read(folder, &name).await {
        Ok((length, body)) => ([(CONTENT_LENGTH, HeaderValue::from(length))], body).into_response(),
        Err(error) => answer(Err(error)),
    }
}

async fn write(folder: PathBuf, name: &str, body: Body) -> io::Result<File> {
    let mut file = File::create(folder.join(name)).await?;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        file.write_all(&piece.map_err(io::Error::other)?).await?;
    }
    file.flush().await?;
    Ok(file)
}

async fn read(folder: PathBuf, name: &str) -> io::Result<(u64, Body)> {
    let file = File::open(folder.join(name)).await?;
    let length = file.metadata().await?.len();
    let pieces = stream::try_unfold(file, async |mut file| {
        let mut piece = Vec::with_capacity(PIECE);
        let read = file.read_buf(&mut piece).await?;
        Ok::<_, io::Error>((read > 0).then_some((piece, file)))
    });
    Ok((length, Body::from_stream(pieces)))
}

fn answer(result: io::Result<()>) -> Response {
    match result {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
