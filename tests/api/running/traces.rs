//! Traces as a collector receives them: requests, batches and statements that are linked, without values from users.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::json;
use tokio::net::TcpListener;

use super::process::Server;
use crate::support::{Backend, TestApp, TestDatabase, runtime};

#[test]
fn spans_reach_the_collector_from_sqlite() {
    traced(Backend::Sqlite);
}

#[test]
fn spans_reach_the_collector_from_postgres() {
    traced(Backend::Postgres);
}

fn traced(backend: Backend) {
    runtime().block_on(async {
        let (endpoint, received) = collector().await;
        let database = TestDatabase::create(backend).await;
        let app = TestApp::start(&database).await;
        app.prospect().name("Zafirina Peculiar").owner(&app.ana).create().await;
        let server = Server::start(&database.settings, &[("CARTERA_TRACES_ENDPOINT", &endpoint)]).await;
        let ana = server.sign_in(&app.ana).await;
        let document = "query ($name: String) { prospects(first: 5, filter: { name: { contains: $name } }) { nodes { name contacts { firstName } } } }";
        let answer = ana.run(document, json!({ "name": "Zafirina" })).await;
        assert!(answer.text.contains("Zafirina Peculiar"), "{}", answer.text);
        let request_id = answer.headers["x-request-id"].to_str().expect("an id").to_owned();
        // What is left is delivered before it ends.
        server.stop();

        let spans = std::mem::take(&mut *received.lock().expect("the lock is not poisoned"));
        let by_id: HashMap<&[u8], &Span> = spans.iter().map(|span| (span.span_id.as_slice(), span)).collect();
        let request = spans
            .iter()
            .find(|span| text(span, "cartera.request_id") == Some(request_id.as_str()))
            .expect("the request has a span");
        assert_eq!(text(request, "graphql.operation.type"), Some("query"));
        assert_eq!(text(request, "cartera.outcome"), Some("executed"));
        assert!(request.parent_span_id.is_empty());
        let below: Vec<&Span> = spans.iter().filter(|span| span.trace_id == request.trace_id).collect();
        let batch = below
            .iter()
            .find(|span| text(span, "cartera.loader") == Some("Parts"))
            .expect("the contacts came in a batch");
        assert_eq!(batch.parent_span_id, request.span_id);
        let statements: Vec<&&Span> = below.iter().filter(|span| text(span, "db.query.text").is_some()).collect();
        assert!(statements.len() >= 3, "session, list and parts: {below:#?}");
        assert!(statements.iter().any(|span| span.parent_span_id == batch.span_id));
        for span in &statements {
            assert!(by_id.contains_key(span.parent_span_id.as_slice()));
            assert!(span.start_time_unix_nano <= span.end_time_unix_nano);
        }
        // No requested value, no result, and no caller.
        let everything = format!("{spans:?}").to_lowercase();
        for word in ["zafirin", "equipo.example", &ana.uuid.to_string(), ana.token.as_deref().expect("a token")] {
            assert!(!everything.contains(&word.to_lowercase()), "a span tells `{word}`");
        }
        app.stop().await;
        database.remove().await;
    });
}

/// A collector that keeps what it gets, and its address.
async fn collector() -> (String, Arc<Mutex<Vec<Span>>>) {
    let received: Arc<Mutex<Vec<Span>>> = Arc::default();
    let router = Router::new().route("/v1/traces", post(take)).with_state(received.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("a bound socket has an address");
    tokio::spawn(async move { axum::serve(listener, router).await.expect("the collector serves") });
    (format!("http://{address}/v1/traces"), received)
}

async fn take(State(received): State<Arc<Mutex<Vec<Span>>>>, body: Bytes) {
    let request = ExportTraceServiceRequest::decode(body).expect("spans as the protocol wants them");
    let spans = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
    let mut received = received.lock().expect("the lock is not poisoned");
    received.extend(spans.flat_map(|scope| scope.spans));
}

fn text<'a>(span: &'a Span, key: &str) -> Option<&'a str> {
    let found = span.attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        Any::StringValue(text) => Some(text),
        _ => None,
    }
}
