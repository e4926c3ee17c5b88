//! Requests that wait too long, exceed the maximum number, or lose their client.

use std::time::Duration;

use cartera::db::{Db, Transaction};
use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use reqwest::Method;
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::support::{Answer, TestApp};

pub const NOTE: &str = "mutation ($id: ID!) { noteCreate(prospectId: $id, input: { body: \"hola\" }) { userErrors { code } } }";

/// Blocks all writes of notes until the transaction ends: by the write lock of SQLite, or the prospects' rows of PostgreSQL.
pub async fn hold(db: &Db) -> Transaction {
    let tx = db.begin().await.expect("a transaction begins");
    if db.backend() == DbBackend::Postgres {
        tx.execute_unprepared("SELECT id FROM prospects FOR UPDATE")
            .await
            .expect("the rows are locked");
    }
    tx
}

async fn notes(app: &TestApp) -> usize {
    app.sql("SELECT body FROM notes").await.len()
}

/// Asks again until the answer is good, for at most so long.
async fn until_good(what: &str, within: Duration, ask: impl AsyncFn() -> Answer) {
    let started = Instant::now();
    loop {
        let answer = ask().await;
        if answer.status == 200 && answer.errors().is_empty() {
            return;
        }
        assert!(started.elapsed() < within, "{what}: {}", answer.text);
        tokio::task::yield_now().await;
    }
}

/// Sends a request by hand, so that the connection can be dropped without reading the answer.
async fn send_and_wait(app: &TestApp, body: &Value) -> TcpStream {
    let address = app.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    let body = body.to_string();
    let token = app.ana.token.as_deref().expect("a user who signed in");
    let request = format!(
        "POST /graphql HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("the request is taken");
    stream
}

both! {
    async fn a_request_that_takes_too_long_is_given_up(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let hasty = app.with_settings(|settings| settings.request_timeout = Duration::from_millis(300)).await;
        let before = app.snapshot().await;
        let tx = hold(&app.core.db).await;
        let answer = hasty.ana.run(NOTE, json!({ "id": made.id })).await;
        assert_eq!((answer.status, answer.codes()), (504, vec!["TIMEOUT"]), "{}", answer.text);
        let message = answer.errors()[0]["message"].as_str().expect("a message");
        assert!(message.contains("`request_timeout`"), "{message}");
        tx.rollback().await.expect("the transaction ends");
        // The write that was given up must not come through afterwards: the next one is the only one.
        until_good("a write after the lock", Duration::from_secs(8), async || hasty.ana.run(NOTE, json!({ "id": made.id })).await).await;
        assert_eq!(notes(&app).await, 1);
        assert_eq!(before.tables["notes"].len(), 0);
    }

    async fn requests_over_the_number_are_refused_with_a_retry_time(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let narrow = app.with_settings(|settings| settings.max_concurrent_requests = 1).await;
        let tx = hold(&app.core.db).await;
        // One runs and four wait, so that three of eight find no place.
        let mut asked: FuturesUnordered<_> = (0..8).map(|_| narrow.ana.run(NOTE, json!({ "id": made.id }))).collect();
        for _ in 0..3 {
            let answer = timeout(Duration::from_secs(5), asked.next()).await.expect("refused at once").expect("eight were asked");
            assert_eq!((answer.status, answer.codes()), (503, vec!["UNAVAILABLE"]), "{}", answer.text);
            assert_eq!(answer.headers["retry-after"], "1");
        }
        let health = narrow.anonymous.request(Method::GET, "/healthz").send().await.expect("the server answers");
        assert_eq!(health.status(), 200);
        tx.rollback().await.expect("the transaction ends");
        while let Some(answer) = asked.next().await {
            assert_eq!(answer.status, 200, "{}", answer.text);
            assert!(answer.errors().is_empty(), "{}", answer.text);
        }
        assert_eq!(notes(&app).await, 5);
    }

    async fn connections_over_the_number_are_refused_with_a_retry_time(app: TestApp) {
        let narrow = app.with_settings(|settings| settings.max_connections = 1).await;
        let first = send_and_wait(&narrow, &json!({ "query": "{ __typename }" })).await;
        first.readable().await.expect("the first one is answered");
        // By hand, since a client that is answered before it asked does not know what to make of it.
        let ask = async || {
            let mut stream = TcpStream::connect(narrow.url.trim_start_matches("http://")).await.expect("the server listens");
            // It may be closed already.
            let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
            let mut answer = String::new();
            let _ = stream.read_to_string(&mut answer).await;
            answer
        };
        let answer = ask().await;
        assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("\r\nretry-after: 1\r\n"), "{answer}");
        drop(first);
        let closed = Instant::now();
        while !ask().await.starts_with("HTTP/1.1 200 ") {
            assert!(closed.elapsed() < Duration::from_secs(5), "the first connection is closed, and still counts");
        }
    }

    /// Permits and connections to the database are free again while the lock that blocked the request is still held.
    async fn a_client_that_goes_away_leaves_its_place(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let narrow = app
            .with_settings(|settings| {
                settings.max_concurrent_requests = 1;
                settings.postgres_connections = 2;
            })
            .await;
        let tx = hold(&app.core.db).await;
        let body = json!({ "query": NOTE, "variables": { "id": made.id } });
        let waiting = join_all((0..8).map(|_| send_and_wait(&narrow, &body))).await;
        // Three of eight get no permit, and are refused while the others wait.
        let mut readiness: FuturesUnordered<_> = waiting.iter().map(TcpStream::readable).collect();
        for _ in 0..3 {
            timeout(Duration::from_secs(5), readiness.next()).await.expect("refused at once").expect("eight were asked").expect("an answer comes");
        }
        drop(readiness);
        drop(waiting);
        until_good("a read after the clients went away", Duration::from_secs(1), async || {
            narrow.luis.run("{ viewer { id name } prospects { totalCount } }", json!({})).await
        })
        .await;
        tx.rollback().await.expect("the transaction ends");
        until_good("a write after the clients went away", Duration::from_secs(8), async || {
            narrow.ana.run(NOTE, json!({ "id": made.id })).await
        })
        .await;
        assert_eq!(notes(&app).await, 1);
        app.assert_sound().await;
    }
}
