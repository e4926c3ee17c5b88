//! Connections: how many, how slow they may be, and how they end. Axum's own loop sets no deadlines.

use super::Peer;
use super::lingering::Lingering;
use crate::cx::network_of;
use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use socket2::SockRef;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::convert::Infallible;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

/// Deadline of the headers of a request, counted from the end of the request before it.
const HEAD: Duration = Duration::from_secs(10);
/// Longest time for a client to read an answer.
const WRITE: Duration = Duration::from_secs(10);
/// Bytes that wait unsent in the system for a client that reads slowly. Without a limit these are megabytes, of which the system takes more only
/// when a third is sent, so that a steady client would seem to read nothing for longer than [`WRITE`].
const UNSENT: u32 = 128 << 10;
/// Grace period of requests in flight when the server stops.
const DRAIN: Duration = Duration::from_secs(10);
/// Maximum number of concurrent refusals of connections over the cap; further ones are closed without an answer.
const REFUSALS: usize = 64;
/// Memory of a connection for what it reads, the head of a request included, and for what it writes. A body passes through it piece by piece.
const BUFFER: usize = 64 << 10;

/// Maximum numbers of connections.
pub struct Caps {
    pub all: usize,
    /// Of one address; of IPv6, of one /64 network.
    pub per_address: usize,
    /// Those who may have any number: behind one of them are many clients.
    pub exempt: Vec<IpNet>,
}

/// Cuts the connection of a request at once, when told.
#[derive(Clone, Default)]
pub struct Cut(pub Arc<Notify>);

/// Serves connections until stopped, then lets the requests in flight finish.
pub async fn accept(listener: TcpListener, router: Router, caps: Caps, stop: impl Future<Output = ()>, stopping: &watch::Sender<bool>) {
    let permits = Arc::new(Semaphore::new(caps.all.min(Semaphore::MAX_PERMITS)));
    let addresses = Arc::new(Addresses::default());
    let refusals = Arc::new(Semaphore::new(REFUSALS));
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let stream = tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => continue,
            stream = next(&listener) => stream,
        };
        let Ok(peer) = stream.peer_addr() else { continue };
        let of_address = addresses.clone().take(peer.ip(), &caps);
        if let Some(of_address) = of_address
            && let Ok(permit) = permits.clone().try_acquire_owned()
        {
            let connection = serve(stream, peer.ip(), router.clone(), stopping.subscribe(), WRITE);
            connections.spawn(async move {
                connection.await;
                drop((permit, of_address));
            });
        } else if let Ok(permit) = refusals.clone().try_acquire_owned() {
            let stopping = stopping.subscribe();
            connections.spawn(async move {
                refuse(Lingering::new(stream, stopping)).await;
                drop(permit);
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
                // Usually too many open files: retrying at once would only use processor time.
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Number of connections of each address.
#[derive(Default)]
struct Addresses(Mutex<HashMap<IpAddr, usize>>);

/// One connection of an address, until it is dropped.
struct OfAddress {
    addresses: Arc<Addresses>,
    /// None: the address is exempt.
    network: Option<IpAddr>,
}

impl Addresses {
    /// Counts one more; `None` where the address has as many as it may.
    fn take(self: Arc<Self>, address: IpAddr, caps: &Caps) -> Option<OfAddress> {
        let address = address.to_canonical();
        let is_exempt = caps.exempt.iter().any(|network| network.contains(&address));
        let network = (!is_exempt).then(|| network_of(address));
        if let Some(network) = network {
            let mut counted = self.counted();
            let count = counted.entry(network).or_default();
            if *count >= caps.per_address {
                return None;
            }
            *count += 1;
        }
        Some(OfAddress { addresses: self, network })
    }

    fn counted(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OfAddress {
    fn drop(&mut self) {
        let Some(network) = self.network else { return };
        if let Entry::Occupied(mut counted) = self.addresses.counted().entry(network) {
            *counted.get_mut() -= 1;
            if *counted.get() == 0 {
                counted.remove();
            }
        }
    }
}

/// Serves a connection, whose client has so much time to read something of an answer.
async fn serve(stream: TcpStream, peer: IpAddr, router: Router, mut stopping: watch::Receiver<bool>, write: Duration) {
    tune(&stream);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(write));
    let stream = Lingering::new(Box::pin(stream), stopping.clone());
    let cut = Cut::default();
    let cutting = cut.clone();
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        request.extensions_mut().insert(cutting.clone());
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
    let mut connection = builder.serve_connection(TokioIo::new(stream), service);
    let stopped = async { drop(stopping.wait_for(|stopping| *stopping).await) };
    let served = async {
        tokio::select! {
            ended = &mut connection => ended,
            () = stopped => {
                std::pin::Pin::new(&mut connection).graceful_shutdown();
                (&mut connection).await
            }
        }
    };
    let ended = tokio::select! {
        ended = served => ended,
        () = cut.0.notified() => return,
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
        if error.is_parse() {
            // The refusal is written, and the client may still be sending what could not be parsed.
            let mut stream = connection.into_parts().io.into_inner();
            drop(stream.shutdown().await);
        }
    }
}

/// Sets the options of a connection. A failure costs only speed, and slow clients some patience.
fn tune(stream: &TcpStream) {
    // Answers are written whole, so there is nothing to wait for.
    let _ = stream.set_nodelay(true);
    let _ = SockRef::from(stream).set_tcp_notsent_lowat(UNSENT);
}

/// Answers 503, and waits for the client to read it.
async fn refuse(mut stream: Lingering<TcpStream>) {
    const ANSWER: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let refusal = async {
        stream.write_all(ANSWER).await?;
        stream.shutdown().await
    };
    // A client that does not listen has nothing to complain of.
    let _ = timeout(Duration::from_secs(1), refusal).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpSocket;
    use tokio::task::JoinHandle;
    use tokio::time::Instant;

    /// More than the system takes at once.
    const ANSWER: usize = 16 << 20;
    const PIECE: usize = 64 << 10;
    /// A tenth of that of the server.
    const DEADLINE: Duration = Duration::from_secs(1);

    /// A client that has asked for an answer, and the end of its connection.
    async fn ask() -> (TcpStream, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpSocket::new_v4().unwrap();
        // Otherwise the system reads megabytes for it.
        client.set_recv_buffer_size(PIECE as u32).unwrap();
        let mut client = client.connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, peer) = listener.accept().await.unwrap();
        let router = Router::new().fallback(|| async { vec![7_u8; ANSWER] });
        let served = tokio::spawn(async move {
            let (_stop, stopping) = watch::channel(false);
            serve(server, peer.ip(), router, stopping, DEADLINE).await;
        });
        let request = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        client.write_all(request).await.unwrap();
        (client, served)
    }

    /// Reads until the end; answers how much there was.
    async fn rest(client: &mut TcpStream) -> usize {
        let (mut read, mut piece) = (0, vec![0; PIECE]);
        // An error is an end as well.
        while let Ok(length @ 1..) = client.read(&mut piece).await {
            read += length;
        }
        read
    }

    /// Ten times as fast as a slow client of the server, whose deadline is ten times as long.
    #[tokio::test]
    async fn a_client_that_reads_steadily_has_the_time_it_needs() {
        let (mut client, served) = ask().await;
        let (started, mut read, mut piece) = (Instant::now(), 0, vec![0; PIECE]);
        while started.elapsed() < DEADLINE * 3 / 2 {
            read += client.read_exact(&mut piece).await.unwrap();
            sleep(DEADLINE / 7).await;
        }
        read += rest(&mut client).await;
        drop(client);
        served.await.unwrap();
        assert!(read > ANSWER, "it read {read} bytes, the head included");
    }

    #[tokio::test]
    async fn a_client_that_stops_reading_is_cut() {
        let (mut client, served) = ask().await;
        let mut piece = vec![0; PIECE];
        client.read_exact(&mut piece).await.unwrap();
        // By the deadline alone: the client waits for it.
        served.await.unwrap();
        let read = PIECE + rest(&mut client).await;
        assert!(read < ANSWER, "{read}");
    }

    #[test]
    fn connections_are_counted_by_address() {
        let caps = Caps {
            all: 10,
            per_address: 2,
            exempt: vec!["10.0.0.0/8".parse().unwrap()],
        };
        let addresses = Arc::new(Addresses::default());
        let take = |address: &str| addresses.clone().take(address.parse().unwrap(), &caps);
        let first = take("192.0.2.7").unwrap();
        let _second = take("::ffff:192.0.2.7").unwrap();
        assert!(take("192.0.2.7").is_none());
        let _other = take("192.0.2.8").unwrap();
        drop(first);
        let _third = take("192.0.2.7").unwrap();
        // One customer has a whole network of IPv6.
        let _of_network = [take("2001:db8:1:2::1").unwrap(), take("2001:db8:1:2::2").unwrap()];
        assert!(take("2001:db8:1:2:3::").is_none());
        let exempt: Vec<_> = (0..5).map(|_| take("10.1.2.3").unwrap()).collect();
        drop(exempt);
        assert_eq!(addresses.counted().len(), 3);
    }
}
