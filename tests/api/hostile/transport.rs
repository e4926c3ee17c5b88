//! Requests whose HTTP is wrong: media types, methods, batches, sizes and encodings.

use std::io::Write;

use reqwest::Method;
use serde_json::{Value, json};

use super::{assert_alive, assert_refused, assert_reveals_nothing, by_address, graphql, send};
use crate::support::TestApp;

const QUERY: &str = r#"{"query":"{ __typename }"}"#;

/// Stored blocks of DEFLATE, as gzip: valid, and as large inside as outside, so that nothing but its kind is wrong.
fn gzip(text: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    let length = u16::try_from(text.len()).expect("a short text");
    bytes.extend(length.to_le_bytes());
    bytes.extend((!length).to_le_bytes());
    bytes.write_all(text).expect("a vector takes everything");
    bytes.extend([0; 8]);
    bytes
}

both! {
    async fn only_json_is_read(app: TestApp) {
        for kind in [
            "text/plain",
            "text/plain;charset=utf-8",
            "application/x-www-form-urlencoded",
            "multipart/mixed; boundary=x",
            "application/graphql",
            "application/json; charset=latin1",
            "application/json; charset=utf-16",
            "application/jsonx",
            "application/json, text/plain",
            "application",
            "json",
            "*/*",
            "",
        ] {
            let request = app.ana.request(Method::POST, "/graphql").header("content-type", kind).body(QUERY);
            let answer = send(request).await;
            assert_refused(kind, &answer);
            assert_eq!(answer.status, 415, "{kind}: {}", answer.text);
        }
        let answer = send(app.ana.request(Method::POST, "/graphql").body(QUERY)).await;
        assert_eq!(answer.status, 415, "no media type: {}", answer.text);
        for kind in ["application/json", "Application/JSON; Charset=UTF-8"] {
            let request = app.ana.request(Method::POST, "/graphql").header("content-type", kind).body(QUERY);
            assert_eq!(send(request).await.status, 200, "{kind}");
        }
    }

    async fn compressed_bodies_are_refused(app: TestApp) {
        for encoding in ["gzip", "br", "deflate", "zstd", "gzip, identity", "x-gzip"] {
            let request = app.ana.request(Method::POST, "/graphql").header("content-type", "application/json");
            let answer = send(request.header("content-encoding", encoding).body(gzip(QUERY.as_bytes()))).await;
            assert_refused(encoding, &answer);
            assert_eq!(answer.status, 415, "{encoding}: {}", answer.text);
        }
        // The same bytes without a word about their encoding are no text at all.
        let request = app.ana.request(Method::POST, "/graphql").header("content-type", "application/json");
        let answer = send(request.body(gzip(QUERY.as_bytes()))).await;
        assert_refused("undeclared gzip", &answer);
        assert_eq!(answer.status, 400, "{}", answer.text);
    }

    async fn several_operations_in_one_request_are_refused(app: TestApp) {
        let operation = json!({ "query": "{ __typename }" });
        for many in [0, 1, 2, 1_000] {
            let answer = app.ana.post(&Value::Array(vec![operation.clone(); many])).await;
            assert_refused("a batch", &answer);
            assert_eq!(answer.status, 400, "{}", answer.text);
        }
        assert_alive(&app, "batches").await;
    }

    async fn mutations_are_not_sent_by_address(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let note = format!("mutation {{ noteCreate(prospectId: \"{}\", input: {{ body: \"hola\" }}) {{ entry {{ id }} }} }}", made.id);
        let before = app.snapshot().await;
        let named = format!("query A {{ __typename }} {}", note.replacen("mutation", "mutation B", 1));
        for (query, name) in [(note.as_str(), None), (named.as_str(), Some("B"))] {
            let mut parameters = vec![("query", query)];
            parameters.extend(name.map(|name| ("operationName", name)));
            let request = by_address(&app.ana, &parameters);
            let request = request.header("x-http-method-override", "POST").header("x-method-override", "POST");
            let answer = send(request).await;
            assert_refused("a mutation by address", &answer);
            assert_eq!((answer.status, answer.headers["allow"].to_str().ok()), (405, Some("POST")), "{}", answer.text);
        }
        let parameters = [("query", named.as_str()), ("operationName", "A")];
        let answer = send(by_address(&app.ana, &parameters)).await;
        assert_eq!(answer.data(), &json!({ "__typename": "Query" }));
        before.assert_equal(&app.snapshot().await, "a mutation by address");
    }

    async fn other_methods_are_refused(app: TestApp) {
        for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS, Method::from_bytes(b"QUERY").expect("a method")] {
            let request = app.ana.request(method.clone(), "/graphql").header("content-type", "application/json").body(QUERY);
            let answer = send(request).await;
            assert_refused(method.as_str(), &answer);
            assert_eq!((answer.status, answer.headers["allow"].to_str().ok()), (405, Some("GET, POST")), "{method}: {}", answer.text);
        }
        for method in [Method::HEAD, Method::TRACE] {
            let response = app.ana.request(method.clone(), "/graphql").send().await.expect("the server answers");
            assert_eq!(response.status(), 405, "{method}");
        }
    }

    async fn bodies_that_are_no_request_are_refused(app: TestApp) {
        let deep = |open: &str, levels: usize| format!(r#"{{"query":"{{ __typename }}","variables":{}"#, open.repeat(levels));
        for body in [
            "", "null", "1", "\"{ __typename }\"", "{", "{}", "[]", "{\"query\":null}", "{\"query\":1}", "{\"query\":[]}", "{\"query\":{}}",
            "{\"query\":\"{ __typename }\",\"variables\":[]}", "{\"query\":\"{ __typename }\",\"variables\":\"{}\"}",
            "{\"query\":\"{ __typename }\",\"operationName\":7}", "{\"query\":\"{ __typename }\",\"extensions\":7}",
            "{\"query\":\"{ __typename }\",\"query\":\"{ viewer { id } }\"}", "{\"query\":\"{ __typename }\"} {}",
            "{\"query\":\"\\ud800\"}", "{\"query\":\"{ __typename }\",\"documentId\":\"x\"}", "{\"documentId\":\"x\"}", "{\"a\":1e999999}",
            &deep("[", 100_000), &deep("{\"a\":", 100_000), &"[".repeat(1_000_000),
        ] {
            let what = &body[..body.len().min(60)];
            let request = app.ana.request(Method::POST, "/graphql").header("content-type", "application/json").body(body.to_owned());
            let answer = send(request).await;
            assert_refused(what, &answer);
            assert_eq!(answer.status, 400, "{what}: {}", answer.text);
        }
        for bytes in [&b"\xff\xfe"[..], b"{\"query\":\"{ a(b: \\\"\xc3\x28\\\") }\"}", b"\xef\xbb\xbf{\"query\":\"{ __typename }\"}"] {
            let request = app.ana.request(Method::POST, "/graphql").header("content-type", "application/json").body(bytes.to_vec());
            let answer = send(request).await;
            assert_eq!(answer.status, 400, "{}", answer.text);
            assert_refused("bytes that are no UTF-8", &answer);
        }
        assert_alive(&app, "odd bodies").await;
    }

    async fn large_requests_are_refused(app: TestApp) {
        let huge = json!({ "query": "{ __typename }", "variables": { "a": "x".repeat(6 << 20) } });
        let answer = send(graphql(&app.ana, &huge)).await;
        assert_refused("6 MiB", &answer);
        assert_eq!(answer.status, 413, "{}", answer.text);
        let long = "x".repeat(20_000);
        let response = by_address(&app.ana, &[("query", "{ __typename }"), ("a", &long)]).send().await;
        let response = response.expect("the server answers");
        assert!([200, 400, 414, 431].contains(&response.status().as_u16()), "{}", response.status());
        let response = app.ana.request(Method::GET, "/healthz").header("x-long", "x".repeat(400_000)).send().await;
        assert_eq!(response.expect("the server answers").status(), 431);
        assert_alive(&app, "large requests").await;
    }

    async fn credentials_are_taken_from_one_place(app: TestApp) {
        let token = app.ana.token.as_deref().expect("a user who signed in");
        for name in ["token", "access_token", "authorization", "apiKey"] {
            let answer = send(by_address(&app.anonymous, &[("query", "{ viewer { id } }"), (name, token)])).await;
            assert_refused(name, &answer);
            assert_eq!(answer.status, 400, "{}", answer.text);
        }
        let post = || app.anonymous.request(Method::POST, "/graphql").header("content-type", "application/json").body(QUERY);
        for value in ["Basic eDp5", "Bearer", "Bearer ", token, "Bearer x", "bearer \u{e9}", &format!("Bearer {}", "x".repeat(8_000))] {
            let value = reqwest::header::HeaderValue::from_bytes(value.as_bytes()).expect("a header");
            let answer = send(post().header("authorization", value.clone())).await;
            assert_refused("credentials", &answer);
            assert_eq!((answer.status, answer.codes()), (401, vec!["UNAUTHENTICATED"]), "{value:?}: {}", answer.text);
            assert!(!answer.text.contains(token), "{}", answer.text);
        }
        let answer = send(post().bearer_auth(token).header("authorization", "Bearer x")).await;
        assert_eq!(answer.status, 401, "two credentials: {}", answer.text);
        let answer = send(app.anonymous.request(Method::POST, "/graphql").header("cookie", format!("token={token}; session={token}"))
            .header("content-type", "application/json").body(r#"{"query":"{ viewer { id } }"}"#)).await;
        assert_eq!(answer.status, 401, "a cookie: {}", answer.text);
    }

    async fn unknown_addresses_reveal_nothing(app: TestApp) {
        for path in [
            "/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/graphql/", "/graphql/x", "/metrics", "/debug", "/.env", "//", "/%00", "/🙂",
        ] {
            let response = app.anonymous.request(Method::GET, path).send().await.expect("the server answers");
            assert_eq!(response.status(), 404, "{path}");
            let text = response.text().await.expect("the body arrives");
            assert!(text.len() < 200, "{path}: {text}");
            assert_reveals_nothing(path, &text);
        }
        for path in ["/graphql", "/healthz", "/readyz"] {
            let response = app.anonymous.request(Method::GET, path).send().await.expect("the server answers");
            assert_eq!(response.headers()["x-content-type-options"], "nosniff", "{path}");
            assert_reveals_nothing(path, &response.text().await.expect("the body arrives"));
        }
    }
}
