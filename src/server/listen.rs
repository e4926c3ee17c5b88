//! Connections: how many, how slow they may be, and how they end. Axum's own loop sets no deadlines.

use super::Peer;
use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

/// How long the head of a request may take, counted from the end of the request before it.
const HEAD: Duration = Duration::from_secs(10);
/// How long a client may leave an answer lying.
const WRITE: Duration = Duration::from_secs(10);
/// How long requests in flight have when the server stops.
const DRAIN: Duration = Duration::from_secs(10);
/// Connections over the cap that are told so at the same time; those over this are closed without a word.
const TOLD: usize = 64;
const BUFFER: usize = 128 << 10;

/// Serves connections until told to stop, then lets the requests in flight finish.
pub async fn accept(listener: TcpListener, router: Router, most: usize, stop: impl Future<Output = ()>, stopping: &watch::Sender<bool>) {
    let places = Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
    let told = Arc::new(Semaphore::new(TOLD));
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let stream = tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => continue,
            stream = next(&listener) => stream,
        };
        if let Ok(place) = places.clone().try_acquire_owned() {
            let connection = serve(stream, router.clone(), stopping.subscribe());
            connections.spawn(async move {
                connection.await;
                drop(place);
            });
        } else if let Ok(place) = told.clone().try_acquire_owned() {
            connections.spawn(async move {
                refuse(stream).await;
                drop(place);
            });
        }
    }
    drop(listener);
    stopping.send_replace(true);
    let drained = timeout(DRAIN, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!(connections = connections.len(), "connections were cut at the stop");
    }
}

async fn next(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                // Mostly too many open files: asking again at once would only burn the processor.
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, router: Router, mut stopping: watch::Receiver<bool>) {
    let Ok(peer) = stream.peer_addr() else { return };
    // Answers are written whole, so there is nothing to wait for; a failure costs only speed.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE));
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer.ip()));
        let answer = AssertUnwindSafe(router.clone().oneshot(request.map(Body::new))).catch_unwind();
        async move {
            Ok::<Response, Infallible>(match answer.await {
                Ok(Ok(response)) => response,
                Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            })
        }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(BUFFER);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(Box::pin(stream)), service));
    let stopped = async { drop(stopping.wait_for(|stopping| *stopping).await) };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}

/// Says that there is no room, and waits a moment for the client to read it.
async fn refuse(mut stream: TcpStream) {
    const ANSWER: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let told = async {
        stream.write_all(ANSWER).await?;
        stream.shutdown().await?;
        // Closing with the request unread would take the answer back.
        let mut unread = [0; 4096];
        while stream.read(&mut unread).await? > 0 {}
        std::io::Result::Ok(())
    };
    // A client that does not listen has nothing to complain of.
    let _ = timeout(Duration::from_secs(1), told).await;
}
