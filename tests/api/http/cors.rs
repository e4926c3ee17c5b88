//! Pages of other origins: allowed origins, their headers, and refusals of all others.

use std::sync::Arc;

use cartera::server::serve_starting;
use cartera::settings::{CorsOrigins, Settings};
use reqwest::header::HeaderMap;
use reqwest::{Method, Response};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::values;
use crate::support::{Person, TestApp, runtime};

const LISTED: &str = "https://crm.example.com";
const OTHERS: [&str; 7] = [
    "https://crm.example.com.evil.example",
    "https://evil.example",
    "http://crm.example.com",
    "https://crm.example.com:8443",
    "https://CRM.example.com",
    "null",
    "",
];

fn listed() -> CorsOrigins {
    CorsOrigins::Listed(vec!["http://localhost:5173".to_owned(), LISTED.to_owned()])
}

async fn with(app: &TestApp, origins: CorsOrigins) -> TestApp {
    app.with_settings(|settings| settings.cors_origins = origins).await
}

async fn preflight(person: &Person, origin: &str, method: &str, headers: &str) -> Response {
    let request = person.request(Method::OPTIONS, "/graphql").header("origin", origin);
    let request = request
        .header("access-control-request-method", method)
        .header("access-control-request-headers", headers);
    request.send().await.expect("the server answers")
}

/// No header gives a page anything.
#[track_caller]
fn assert_closed(what: &str, headers: &HeaderMap) {
    for name in [
        "access-control-allow-origin",
        "access-control-allow-credentials",
        "access-control-allow-private-network",
    ] {
        assert!(!headers.contains_key(name), "{what}: {headers:?}");
    }
}

#[track_caller]
fn assert_open(what: &str, headers: &HeaderMap, origin: &str) {
    assert_eq!(values(headers, "access-control-allow-origin"), [origin], "{what}");
    assert!(!headers.contains_key("access-control-allow-credentials"), "{what}: {headers:?}");
}

both! {
    async fn without_the_setting_no_page_of_another_origin_is_answered(app: TestApp) {
        let response = preflight(&app.anonymous, LISTED, "POST", "authorization").await;
        assert_eq!(response.status(), 405);
        assert_closed("a preflight", response.headers());
        let request = app.ana.request(Method::POST, "/graphql").header("origin", LISTED);
        let response = request.json(&json!({ "query": "{ viewer { id } }" })).send().await.expect("the server answers");
        assert_closed("a request", response.headers());
    }

    async fn listed_origins_may_call(app: TestApp) {
        let app = with(&app, listed()).await;
        for origin in [LISTED, "http://localhost:5173"] {
            let response = preflight(&app.anonymous, origin, "POST", "authorization,content-type").await;
            let headers = response.headers();
            assert!(response.status().is_success(), "{}", response.status());
            assert_open("a preflight", headers, origin);
            assert_eq!(values(headers, "access-control-allow-methods"), ["get", "post"]);
            let allowed = values(headers, "access-control-allow-headers");
            for name in ["authorization", "content-type", "accept", "traceparent", "tracestate", "graphql-require-preflight"] {
                assert!(allowed.contains(&name.to_owned()), "{name} in {allowed:?}");
            }
            assert_eq!(values(headers, "access-control-max-age"), ["7200"]);
            assert_eq!(values(headers, "vary"), ["origin"]);
        }
        let request = app.ana.request(Method::POST, "/graphql").header("origin", LISTED);
        let response = request.json(&json!({ "query": "{ viewer { id } }" })).send().await.expect("the server answers");
        let headers = response.headers().clone();
        assert_open("a request", &headers, LISTED);
        assert_eq!(values(&headers, "access-control-expose-headers"), ["retry-after", "x-request-id"]);
        assert!(values(&headers, "vary").contains(&"origin".to_owned()), "{headers:?}");
        assert!(headers.contains_key("x-request-id"));
        let answer: serde_json::Value = response.json().await.expect("an answer is JSON");
        assert_eq!(answer["data"]["viewer"]["id"], json!(app.ana.id));
    }

    /// A page must be able to read the error.
    async fn listed_origins_may_read_refusals(app: TestApp) {
        let app = with(&app, listed()).await;
        let post = |person: &Person| person.request(Method::POST, "/graphql").header("origin", LISTED);
        let query = json!({ "query": "{ viewer { id } }" });
        for (status, request) in [
            (401, post(&app.anonymous.with_token(Some("wrong"))).json(&query)),
            (400, post(&app.ana).json(&json!({}))),
            (406, post(&app.ana).header("accept", "text/html").json(&query)),
            (413, post(&app.ana).json(&json!({ "query": "x".repeat(3 << 20) }))),
            (415, post(&app.ana).header("content-type", "text/plain").body("{}")),
            (405, app.ana.request(Method::PUT, "/graphql").header("origin", LISTED)),
        ] {
            let response = request.send().await.expect("the server answers");
            assert_eq!(response.status(), status);
            assert_open(&status.to_string(), response.headers(), LISTED);
        }
    }

    async fn other_origins_get_no_headers(app: TestApp) {
        let app = with(&app, listed()).await;
        let create = json!({ "query": "mutation { tagCreate(input: { name: \"forjado\" }) { userErrors { code } } }" });
        let before = app.snapshot().await;
        for origin in OTHERS {
            let response = preflight(&app.anonymous, origin, "POST", "authorization").await;
            assert_closed(origin, response.headers());
            assert_eq!(values(response.headers(), "vary"), ["origin"], "{origin}");
            let request = app.ana.request(Method::POST, "/graphql").header("origin", origin);
            let response = request.json(&json!({ "query": "{ viewer { id } }" })).send().await.expect("the server answers");
            assert_closed(origin, response.headers());
            // Caches must not give this answer to a page that may read it.
            assert!(values(response.headers(), "vary").contains(&"origin".to_owned()), "{origin}");
            // A request without a preflight does nothing, whatever the page may read of it.
            for (kind, status) in [
                ("text/plain", 415),
                ("application/x-www-form-urlencoded", 415),
                // A header is missing that a page can only send after a preflight.
                ("multipart/form-data; boundary=x", 403),
            ] {
                let request = app.admin.request(Method::POST, "/graphql").header("origin", origin).header("content-type", kind);
                let response = request.body(create.to_string()).send().await.expect("the server answers");
                assert_eq!(response.status(), status, "{origin} {kind}");
                assert_closed(origin, response.headers());
            }
        }
        before.assert_equal(&app.snapshot().await, "requests of other origins");
    }

    async fn a_preflight_does_nothing_itself(app: TestApp) {
        let app = with(&app, listed()).await;
        let before = app.snapshot().await;
        let query = "mutation { tagCreate(input: { name: \"forjado\" }) { userErrors { code } } }";
        let request = app.admin.request(Method::OPTIONS, "/graphql").header("origin", LISTED);
        let response = request.json(&json!({ "query": query })).send().await.expect("the server answers");
        assert_eq!(response.text().await.expect("the body arrives"), "");
        before.assert_equal(&app.snapshot().await, "a preflight");
    }

    async fn a_star_lets_every_origin_call_and_none_send_credentials(app: TestApp) {
        let app = with(&app, CorsOrigins::Any).await;
        for origin in [LISTED, "https://evil.example", "null"] {
            let response = preflight(&app.anonymous, origin, "POST", "authorization").await;
            assert_open(origin, response.headers(), "*");
            let request = app.ana.request(Method::POST, "/graphql").header("origin", origin);
            let response = request.json(&json!({ "query": "{ viewer { id } }" })).send().await.expect("the server answers");
            assert_open(origin, response.headers(), "*");
            assert!(!values(response.headers(), "vary").contains(&"origin".to_owned()), "{:?}", response.headers());
        }
    }

    async fn nothing_but_the_api_is_for_other_origins(app: TestApp) {
        let app = with(&app, CorsOrigins::Any).await;
        for path in ["/", "/explorer/main.js", "/healthz", "/readyz", "/graphiql", "/unknown"] {
            let request = app.anonymous.request(Method::GET, path).header("origin", LISTED);
            assert_closed(path, request.send().await.expect("the server answers").headers());
            let request = app.anonymous.request(Method::OPTIONS, path).header("origin", LISTED);
            let response = request.header("access-control-request-method", "GET").send().await.expect("the server answers");
            assert_closed(path, response.headers());
        }
    }
}

/// Without a database a page learns that the server is not ready yet, instead of a network error.
#[test]
fn listed_origins_may_read_that_the_server_is_starting() {
    runtime().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
        let settings = Settings {
            cors_origins: listed(),
            ..Settings::default()
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(async move {
            serve_starting(&settings, Arc::default(), listener, async { drop(stopped.await) }).await;
        });
        let anonymous = Person::anonymous(&url);
        let response = preflight(&anonymous, LISTED, "POST", "authorization").await;
        assert!(response.status().is_success(), "{}", response.status());
        assert_open("a preflight", response.headers(), LISTED);
        for (origin, is_listed) in [(LISTED, true), ("https://evil.example", false)] {
            let request = anonymous.request(Method::POST, "/graphql").header("origin", origin);
            let response = request.json(&json!({})).send().await.expect("the server answers");
            assert_eq!(response.status(), 503);
            assert_eq!(values(response.headers(), "retry-after"), ["5"]);
            if is_listed {
                assert_open("a request", response.headers(), origin);
                assert!(values(response.headers(), "access-control-expose-headers").contains(&"retry-after".to_owned()));
            } else {
                assert_closed("a request", response.headers());
            }
        }
        stop.send(()).expect("the server is running");
        served.await.expect("the server ends in order");
    });
}
