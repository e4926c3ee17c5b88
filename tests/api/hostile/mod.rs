//! Malicious requests: each is refused with a small answer that reveals nothing internal, and the server continues.

mod connections;
mod documents;
mod transport;

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::support::{Answer, Person, TestApp};

/// Text that no answer may contain: paths, SQL, Rust, and names of libraries.
const INTERNALS: [&str; 12] = [
    "panicked",
    "src/",
    ".rs",
    "/root",
    "/tmp",
    "/home",
    "sqlx",
    "sea_orm",
    "SELECT ",
    "INSERT ",
    "stack",
    "async_graphql",
];

const MOST_BYTES: usize = 64 << 10;
const MOST_ERRORS: usize = 10;

/// Asserts that the answer is a refusal, small, and says nothing of the inside.
#[track_caller]
fn assert_refused(what: &str, answer: &Answer) {
    assert!((400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.text);
    assert!(answer.body.get("data").is_none(), "{what}: {}", answer.text);
    assert_small(what, answer);
}

#[track_caller]
fn assert_small(what: &str, answer: &Answer) {
    assert!(answer.text.len() <= MOST_BYTES, "{what}: {} bytes", answer.text.len());
    let errors = answer.errors();
    assert!((1..=MOST_ERRORS).contains(&errors.len()), "{what}: {}", answer.text);
    for error in errors {
        assert!(
            error["extensions"]["code"].is_string() && error["extensions"]["requestId"].is_string(),
            "{what}: {}",
            answer.text
        );
    }
    assert_reveals_nothing(what, &answer.text);
}

#[track_caller]
fn assert_reveals_nothing(what: &str, text: &str) {
    for word in INTERNALS {
        assert!(!text.contains(word), "{what}: `{word}` in {text}");
    }
}

async fn send(request: RequestBuilder) -> Answer {
    let request = request.header("accept", "application/graphql-response+json");
    Answer::read(request.send().await.expect("the server answers")).await
}

/// Runs the document as a user and anonymously; both are refused, the first one with one of the codes.
async fn refused(app: &TestApp, what: &str, document: &str, codes: &[&str]) {
    let answer = app.ana.run(document, json!({})).await;
    assert_refused(what, &answer);
    let codes_found = answer.codes();
    assert!(
        codes_found.iter().all(|code| codes.contains(code)),
        "{what}: {codes_found:?}: {}",
        answer.text
    );
    assert_refused(what, &app.anonymous.run(document, json!({})).await);
    assert_alive(app, what).await;
}

/// The next request is answered as if nothing had happened.
async fn assert_alive(app: &TestApp, what: &str) {
    let answer = app.ana.run("{ viewer { id } }", json!({})).await;
    assert_eq!(answer.data()["viewer"]["id"], json!(app.ana.id), "after {what}");
}

/// A request by the address alone.
fn by_address(person: &Person, parameters: &[(&str, &str)]) -> RequestBuilder {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    person.request(reqwest::Method::GET, &format!("/graphql?{}", pairs.join("&")))
}

fn graphql(person: &Person, body: &Value) -> RequestBuilder {
    person.request(reqwest::Method::POST, "/graphql").json(body)
}
