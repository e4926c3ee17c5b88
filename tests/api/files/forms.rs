//! Requests as forms: what is taken, what is refused before a byte of a file is read, and that nothing is left of either.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{ANY, assert_stored, unfinished};
use crate::support::{Answer, Form, TestApp};

const VIEWER: &str = "{ viewer { id } }";

fn operations(query: &str) -> String {
    json!({ "query": query }).to_string()
}

#[track_caller]
fn assert_refused(what: &str, answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.codes()), (status, vec![code]), "{what}: {}", answer.text);
    assert!(answer.body.get("data").is_none(), "{what}: {}", answer.text);
}

both! {
    async fn a_form_is_a_request_like_any_other(app: TestApp) {
        let answer = app.ana.send_form(Form::of(VIEWER, json!({}), &[])).await;
        assert_eq!(answer.data()["viewer"]["id"], json!(app.ana.id));
        let files: &[(&str, &str, &[u8])] = &[("variables.file", "a.txt", b"content")];
        let answer = app.ana.send_form(Form::of(ANY, json!({ "file": null }), files)).await;
        // The token of a file is no ID of anything.
        assert_eq!(answer.data()["prospect"], Value::Null);
        assert_eq!(answer.data()["viewer"]["id"], json!(app.ana.id));
        assert_stored(&app, 0).await;
        let nested = "query ($filter: ProspectFilter) { prospects(filter: $filter, first: 1) { nodes { id } } }";
        let variables = json!({ "filter": { "or": [{ "id": { "in": ["x", null] } }] } });
        let files: &[(&str, &str, &[u8])] = &[("variables.filter.or.0.id.in.1", "", b"")];
        let answer = app.ana.send_form(Form::of(nested, variables, files)).await;
        assert_eq!(answer.data()["prospects"]["nodes"], json!([]), "{}", answer.text);
        assert_stored(&app, 0).await;
    }

    async fn forms_need_a_header_and_a_user(app: TestApp) {
        let bytes = Form::of(VIEWER, json!({}), &[]).bytes();
        let kind = format!("multipart/form-data; boundary={}", Form::BOUNDARY);
        for preflight in [None, Some("")] {
            let mut request = app.ana.request(Method::POST, "/graphql").header("content-type", &kind).body(bytes.clone());
            if let Some(value) = preflight {
                request = request.header(Form::PREFLIGHT.0, value);
            }
            let answer = Answer::read(request.send().await.expect("the server answers")).await;
            assert_refused("no preflight", &answer, 403, "FORBIDDEN");
        }
        assert_refused("anonymous", &app.anonymous.send_form(Form::of("{ __typename }", json!({}), &[])).await, 401, "UNAUTHENTICATED");
        let wrong = app.ana.with_token(Some("wrong"));
        assert_refused("wrong token", &wrong.send_form(Form::of(VIEWER, json!({}), &[])).await, 401, "UNAUTHENTICATED");
        let compressed = app.ana.form(bytes).header("content-encoding", "gzip");
        let answer = Answer::read(compressed.send().await.expect("the server answers")).await;
        assert_refused("compressed", &answer, 415, "BAD_USER_INPUT");
    }

    async fn forms_have_their_parts_in_order(app: TestApp) {
        let any = json!({ "query": ANY, "variables": { "file": null } }).to_string();
        let form = Form::default;
        let one = r#"{"0":["variables.file"]}"#;
        for (what, form) in [
            ("nothing", form()),
            ("no map", form().text("operations", &any)),
            ("map first", form().text("map", "{}").text("operations", &operations(VIEWER))),
            ("file first", form().file("0", "a", b"x").text("operations", &any).text("map", one)),
            ("operations as a file", form().file("operations", "a", any.as_bytes()).text("map", one).file("0", "a", b"x")),
            ("operations twice", form().text("operations", &any).text("operations", &any).text("map", one)),
            ("several operations", form().text("operations", &format!("[{any}]")).text("map", "{}")),
            ("no JSON", form().text("operations", "{").text("map", "{}")),
            ("deep JSON", form().text("operations", &"[".repeat(100_000)).text("map", "{}")),
            ("map is a list", form().text("operations", &any).text("map", "[]").file("0", "a", b"x")),
            ("map of texts", form().text("operations", &any).text("map", r#"{"0":"variables.file"}"#).file("0", "a", b"x")),
            ("names twice", form().text("operations", &any).text("map", r#"{"0":["variables.file"],"0":["variables.file"]}"#).file("0", "a", b"x")),
            ("one file in two places", form().text("operations", &any).text("map", r#"{"0":["variables.file","variables.file"]}"#).file("0", "a", b"x")),
            ("two files in one place", form().text("operations", &any).text("map", r#"{"0":["variables.file"],"1":["variables.file"]}"#).file("0", "a", b"x").file("1", "a", b"x")),
            ("no place", form().text("operations", &any).text("map", r#"{"0":[]}"#).file("0", "a", b"x")),
            ("a missing file", form().text("operations", &any).text("map", one)),
            ("another file", form().text("operations", &any).text("map", one).file("1", "a", b"x")),
            ("a file twice", form().text("operations", &any).text("map", one).file("0", "a", b"x").file("0", "a", b"x")),
            ("one file too many", form().text("operations", &any).text("map", one).file("0", "a", b"x").file("1", "a", b"x")),
            ("a part without a name", form().text("operations", &any).text("map", one).part("content-disposition: form-data", b"x")),
        ] {
            assert_refused(what, &app.ana.send_form(form).await, 400, "BAD_USER_INPUT");
        }
        for path in ["file", "variables", "variables.other", "variables.file.0", "variables..file", "operations.file", "variables.file ", ""] {
            let map = json!({ "0": [path] }).to_string();
            let form = form().text("operations", &any).text("map", &map).file("0", "a", b"x");
            assert_refused(path, &app.ana.send_form(form).await, 400, "BAD_USER_INPUT");
        }
        let taken = json!({ "query": ANY, "variables": { "file": "x" } }).to_string();
        let form = form().text("operations", &taken).text("map", one).file("0", "a", b"x");
        assert_refused("a place that is taken", &app.ana.send_form(form).await, 400, "BAD_USER_INPUT");
        assert_stored(&app, 0).await;
    }

    async fn forms_have_limits(app: TestApp) {
        let app = app.with_settings(|settings| settings.document_max_bytes = 1_000).await;
        let files = |size: usize| Form::of(ANY, json!({ "file": null }), &[("variables.file", "a", &vec![7; size])]);
        app.ana.send_form(files(1_000)).await.data();
        assert_refused("a large file", &app.ana.send_form(files(1_001)).await, 413, "BAD_USER_INPUT");
        assert_refused("a very large file", &app.ana.send_form(files(6 << 20)).await, 413, "BAD_USER_INPUT");
        let query = "query ($files: [ID!]!) { nodes(ids: $files) { id } }";
        let many = |count: usize| {
            let paths: Vec<String> = (0..count).map(|index| format!("variables.files.{index}")).collect();
            let files: Vec<(&str, &str, &[u8])> = paths.iter().map(|path| (&path[..], "a", &b"x"[..])).collect();
            Form::of(query, json!({ "files": vec![Value::Null; count] }), &files)
        };
        app.ana.send_form(many(10)).await.data();
        assert_refused("many files", &app.ana.send_form(many(11)).await, 400, "BAD_USER_INPUT");
        let head = format!("content-disposition: form-data; name=\"0\"\r\nx: {}", "y".repeat(300_000));
        let long = Form::default().text("operations", &operations(VIEWER)).text("map", "{}").part(&head, b"x");
        assert_refused("a long head", &app.ana.send_form(long).await, 400, "BAD_USER_INPUT");
        let large = Form::default().text("operations", &format!("{}{}", operations(VIEWER), " ".repeat(2 << 20))).text("map", "{}");
        assert_refused("large operations", &app.ana.send_form(large).await, 413, "BAD_USER_INPUT");
        assert_stored(&app, 0).await;
    }

    async fn files_are_read_after_all_checks(app: TestApp) {
        let file = |query: &str| Form::of(query, json!({ "file": null }), &[("variables.file", "a", &[])]);
        for (what, query, status) in [
            ("syntax", "query ($file: ID!) {", 400),
            ("depth", &format!("query ($file: ID!) {}{}", "{ a ".repeat(50), "}".repeat(50)), 400),
            ("an absent variable", "query ($file: ID!, $other: ID!) { prospect(id: $other) { id } }", 400),
        ] {
            // The form never ends, and its connection would wait for it.
            let answer = half_sent(&app, file(query).unfinished()).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{what}: {answer}");
        }
        assert_stored(&app, 0).await;
    }

    async fn a_connection_that_breaks_off_leaves_nothing(app: TestApp) {
        let form = Form::of(ANY, json!({ "file": null }), &[("variables.file", "a", &vec![7; 3 << 20])]).unfinished();
        let mut connection = connect(&app).await;
        connection.write_all(&head(&app, 100 << 20)).await.expect("the head is sent");
        connection.write_all(&form[..form.len() - 10]).await.expect("a part of the file is sent");
        for _ in 0..500 {
            if unfinished(&app) == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(unfinished(&app), 1, "the file is being written");
        drop(connection);
        assert_stored(&app, 0).await;
        let whole = Form::of(ANY, json!({ "file": null }), &[("variables.file", "a", b"x")]).unfinished();
        let answer = app.ana.form(whole).send().await.expect("the server answers");
        assert_refused("no end", &Answer::read(answer).await, 400, "BAD_USER_INPUT");
        assert_stored(&app, 0).await;
    }
}

async fn connect(app: &TestApp) -> TcpStream {
    let address: SocketAddr = app.url.trim_start_matches("http://").parse().expect("an address");
    TcpStream::connect(address).await.expect("the server listens")
}

/// The head of a request with a form of this length.
fn head(app: &TestApp, length: usize) -> Vec<u8> {
    let token = app.ana.token.as_deref().unwrap_or_default();
    let (name, value) = Form::PREFLIGHT;
    let boundary = Form::BOUNDARY;
    format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n{name}: {value}\r\n\
         accept: application/graphql-response+json\r\ncontent-type: multipart/form-data; boundary={boundary}\r\ncontent-length: {length}\r\n\r\n"
    )
    .into_bytes()
}

/// The answer to a form of which only the beginning is sent.
async fn half_sent(app: &TestApp, form: Vec<u8>) -> String {
    let mut connection = connect(app).await;
    connection.write_all(&head(app, 100 << 20)).await.expect("the head is sent");
    connection.write_all(&form).await.expect("the beginning is sent");
    let mut answer = vec![0; 4096];
    let length = tokio::time::timeout(Duration::from_secs(9), connection.read(&mut answer)).await;
    let length = length
        .expect("the server does not wait for the file")
        .expect("the answer can be read");
    String::from_utf8_lossy(&answer[..length]).into_owned()
}
