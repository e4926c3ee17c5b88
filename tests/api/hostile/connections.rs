//! Connections that are slow, silent, endless, or framed so that two servers would read them differently.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::{assert_alive, assert_reveals_nothing};
use crate::support::TestApp;

/// Past this no connection that says nothing may be open; the deadlines inside are ten seconds.
const PATIENCE: Duration = Duration::from_secs(15);

async fn connect(app: &TestApp) -> TcpStream {
    let address = app.url.trim_start_matches("http://");
    TcpStream::connect(address).await.expect("the server listens")
}

/// Everything that the server sends until it closes the connection.
async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end as well.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Sends the text and answers what comes back until the server closes.
async fn exchange(app: &TestApp, text: &str) -> String {
    let mut stream = connect(app).await;
    stream.write_all(text.as_bytes()).await.expect("the server takes it");
    timeout(PATIENCE, read_to_end(&mut stream))
        .await
        .unwrap_or_else(|_| panic!("still open: {text}"))
}

/// Sends `first`, then a byte of `rest` at a time over and over, until the server closes; answers what came back.
async fn dribble(app: &TestApp, first: &str, rest: &str) -> String {
    let mut stream = connect(app).await;
    stream.write_all(first.as_bytes()).await.expect("the server takes it");
    let mut read = Vec::new();
    for byte in rest.bytes().cycle() {
        let mut buffer = [0; 4096];
        match timeout(Duration::from_millis(400), stream.read(&mut buffer)).await {
            Ok(Ok(0) | Err(_)) => break,
            Ok(Ok(length)) => read.extend_from_slice(&buffer[..length]),
            Err(_) if stream.write_all(&[byte]).await.is_err() => break,
            Err(_) => {}
        }
    }
    String::from_utf8_lossy(&read).into_owned()
}

fn status(answer: &str) -> Option<u16> {
    answer.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

both! {
    /// All at once, so that it takes as long as the slowest; others are served meanwhile.
    async fn slow_connections_are_cut(app: TestApp) {
        let head = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
        let started = Instant::now();
        let announced = format!("{head}Content-Length: 1000\r\n\r\n");
        let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
        let (begun, expecting) = (format!("{announced}{{\"query\""), announced.replacen("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n", 1));
        let slow = join_all([
            dribble(&app, "", head),
            dribble(&app, "GET /healthz HTTP/1.1\r\nHost: x\r\n", "X-A: b\r\n"),
            dribble(&app, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "GET "),
            dribble(&app, &announced, " "),
            dribble(&app, &chunked, "1\r\n \r\n"),
        ]);
        let silent = join_all([
            exchange(&app, ""),
            exchange(&app, "GET /healthz HTTP/1.1\r\nHos"),
            exchange(&app, &begun),
            exchange(&app, &expecting),
            exchange(&app, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"),
        ]);
        let (slow, silent, ()) = tokio::join!(slow, silent, assert_alive(&app, "slow connections"));
        assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
        for answer in slow.iter().chain(&silent) {
            assert_reveals_nothing("a slow connection", answer);
        }
        for answer in [&slow[3], &slow[4], &silent[2]] {
            assert_eq!(status(answer), Some(408), "{answer}");
        }
        // A new connection, because the previous one has been idle for too long as well.
        let answer = exchange(&app, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        assert_eq!(status(&answer), Some(200), "{answer}");
    }

    async fn endless_bodies_are_cut(app: TestApp) {
        let mut stream = connect(&app).await;
        let head = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
        stream.write_all(head.as_bytes()).await.expect("the server takes it");
        let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
        let (mut reader, mut writer) = stream.split();
        let mut answer = Vec::new();
        let sent = async {
            let mut sent = 0_usize;
            while writer.write_all(chunk.as_bytes()).await.is_ok() {
                sent += chunk.len();
                assert!(sent < 256 << 20, "the server goes on reading");
            }
        };
        // A reset is an end as well.
        let both = async { tokio::join!(sent, async { drop(reader.read_to_end(&mut answer).await) }) };
        timeout(PATIENCE, both).await.expect("the connection is closed");
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || status(&answer) == Some(413), "{answer}");
        assert_alive(&app, "an endless body").await;
    }

    /// Clients that write all of a request before they read: the answer must not be lost in a reset.
    async fn a_client_that_is_still_sending_reads_its_answer(app: TestApp) {
        let body = " ".repeat(40 << 20);
        let json = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
        for (what, request, expected) in [
            ("an announced body", format!("{json}Content-Length: {}\r\n\r\n{body}", body.len()), 413),
            ("a body in chunks", format!("{json}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len()), 413),
            ("long headers", format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", &body[..4 << 20].replace(' ', "x")), 431),
        ] {
            let answer = exchange(&app, &request).await;
            assert_eq!(status(&answer), Some(expected), "{what}: {answer}");
            assert_eq!(answer.contains("BAD_USER_INPUT"), expected == 413, "{what}: {answer}");
        }
        assert_alive(&app, "large requests").await;
    }

    async fn ambiguous_requests_are_refused(app: TestApp) {
        let body = r#"{"query":"{ __typename }"}"#;
        let length = body.len();
        let post = |headers: &str| {
            format!("POST /graphql HTTP/1.1\r\n{headers}Content-Type: application/json\r\nConnection: keep-alive\r\n\r\n")
        };
        let chunked = format!("{length:x}\r\n{body}\r\n0\r\n\r\n");
        for request in [
            post(&format!("Host: x\r\nContent-Length: {length}\r\nContent-Length: {}\r\n", length + 1)) + body,
            post(&format!("Host: x\r\nContent-Length: {length}, {}\r\n", length + 1)) + body,
            post(&format!("Host: x\r\nContent-Length: +{length}\r\n")) + body,
            post(&format!("Host: x\r\nContent-Length: {length}x\r\n")) + body,
            post("Host: x\r\nContent-Length: -1\r\n") + body,
            post("Host: x\r\nContent-Length: 99999999999999999999999\r\n") + body,
            post("Host: x\r\nTransfer-Encoding: chunked, identity\r\n") + &chunked,
            post("Host: x\r\nTransfer-Encoding: xchunked\r\n") + &chunked,
            post("Host: x\r\nTransfer-Encoding : chunked\r\n") + &chunked,
            post("Host: x\r\nTransfer-Encoding: chunked\r\n") + "x\r\n",
            post("Host: x\r\nTransfer-Encoding: chunked\r\n") + "ffffffffffffffffff\r\n",
            post(&format!("Content-Length: {length}\r\n")) + body,
            post(&format!("Host: x\r\nHost: y\r\nContent-Length: {length}\r\n")) + body,
            post(&format!("Host: x\r\nX-A: b\r\n c\r\nContent-Length: {length}\r\n")) + body,
            post(&format!("Host: x\r\nX-A\0: b\r\nContent-Length: {length}\r\n")) + body,
            "GET /healthz\r\n\r\n".to_owned(),
            "GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n".to_owned(),
            "GET  HTTP/1.1\r\n\r\n".to_owned(),
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
            "\u{16}\u{3}\u{1}\u{2}\u{0}\r\n\r\n".to_owned(),
        ] {
            let started = Instant::now();
            let answer = exchange(&app, &request).await;
            assert!(started.elapsed() < Duration::from_secs(5), "kept open: {request:?}: {answer}");
            assert!(answer.is_empty() || status(&answer) == Some(400), "{request:?}: {answer}");
            assert!(!answer.contains("__typename\":"), "{request:?}: {answer}");
            assert_reveals_nothing(&request, &answer);
        }
        assert_alive(&app, "ambiguous requests").await;
    }

    /// With a length as well, only the chunks count, and nothing that follows on the connection is read.
    async fn two_lengths_end_the_connection(app: TestApp) {
        let body = r#"{"query":"{ __typename }"}"#;
        let next = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
        for length in [0, 4, body.len(), 1_000] {
            for headers in [
                format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"),
                format!("Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n"),
            ] {
                let head = format!("POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{headers}\r\n");
                let started = Instant::now();
                let answer = exchange(&app, &format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n{next}", body.len())).await;
                assert!(started.elapsed() < Duration::from_secs(5), "kept open: {headers}: {answer}");
                assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{headers}: {answer}");
                assert!([Some(200), Some(400)].contains(&status(&answer)), "{headers}: {answer}");
            }
        }
    }

    /// What follows a refused body is not taken for another request.
    async fn bodies_are_not_taken_for_requests(app: TestApp) {
        let hidden = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
        let request = format!(
            "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{hidden}\
             GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            hidden.len()
        );
        let answer = exchange(&app, &request).await;
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 2, "{answer}");
        assert_eq!(status(&answer), Some(415), "{answer}");
        // Health is the only answer of the two that could have been hidden.
        assert!(answer.contains("HTTP/1.1 200"), "{answer}");
    }
}
