//! Compressed answers: by what the client accepts, over 1 kB, and never where there is a secret.

use std::collections::BTreeSet;
use std::io::Read;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::values;
use crate::support::{PASSWORD, Person, TestApp};

/// Each text that a payload has of its own. All of them are secrets, shown once.
const SECRETS: [(&str, &str); 4] = [
    ("ApiKeyCreatePayload", "key"),
    ("SessionCreatePayload", "token"),
    ("UserCreatePayload", "generatedPassword"),
    ("UserPasswordResetPayload", "generatedPassword"),
];

const ALL: &str = "gzip, deflate, br, zstd";

async fn ask(person: &Person, accepted: Option<&str>, body: &Value) -> (HeaderMap, Vec<u8>) {
    let mut request = person.request(Method::POST, "/graphql").json(body);
    if let Some(accepted) = accepted {
        request = request.header("accept-encoding", accepted);
    }
    let response = request.send().await.expect("the server answers");
    let headers = response.headers().clone();
    (headers, response.bytes().await.expect("the body arrives").to_vec())
}

fn unpacked(bytes: &[u8], encoding: &str) -> Vec<u8> {
    let mut text = Vec::new();
    match encoding {
        "gzip" => flate2::read::GzDecoder::new(bytes).read_to_end(&mut text),
        "br" => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut text),
        "zstd" => zstd::stream::decode_all(bytes).map(|all| {
            text = all;
            text.len()
        }),
        other => panic!("{other} is no encoding of the server"),
    }
    .unwrap_or_else(|error| panic!("{encoding}: {error}"));
    text
}

/// Names that make an answer long.
fn padding() -> String {
    let names = (0..30).map(|number| format!("{}_{number}: name", "long_name_of_a_field_in_the_answer".repeat(2)));
    names.collect::<Vec<_>>().join(" ")
}

/// The texts that payloads have of their own, as the schema says.
fn texts_of_payloads() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for definition in parse_schema(cartera::schema::sdl()).expect("the schema can be read").definitions {
        let TypeSystemDefinition::Type(defined) = definition else {
            continue;
        };
        let name = defined.node.name.node.to_string();
        let TypeKind::Object(object) = defined.node.kind else { continue };
        if name.ends_with("Payload") {
            let fields = object.fields.into_iter().map(|field| field.node);
            let texts = fields.filter(|field| field.ty.node.to_string().trim_matches(['[', ']', '!']) == "String");
            found.extend(texts.map(|field| (name.clone(), field.name.node.to_string())));
        }
    }
    found
}

/// A document whose long answer holds the secret.
fn showing(app: &TestApp, payload: &str, field: &str) -> (Person, Value) {
    let padding = padding();
    let (person, call, object) = match payload {
        "ApiKeyCreatePayload" => (app.ana.clone(), "apiKeyCreate(input: { name: \"n\" })".to_owned(), "apiKey"),
        "SessionCreatePayload" => {
            let input = format!("{{ email: \"{}\", password: \"{PASSWORD}\" }}", app.ana.email);
            (app.anonymous.clone(), format!("sessionCreate(input: {input})"), "user")
        }
        "UserCreatePayload" => {
            let input = "{ name: \"Nueva\", email: \"nueva@equipo.example\", role: SALES }";
            (app.admin.clone(), format!("userCreate(input: {input})"), "user")
        }
        "UserPasswordResetPayload" => (
            app.admin.clone(),
            format!("userPasswordReset(id: \"{}\", input: {{}})", app.luis.id),
            "user",
        ),
        other => panic!("{other}.{field} needs a document that shows it"),
    };
    let document = format!("mutation {{ {call} {{ {field} {object} {{ {padding} }} userErrors {{ code message }} }} }}");
    (person, json!({ "query": document }))
}

#[track_caller]
fn assert_plain(what: &str, headers: &HeaderMap, body: &[u8]) {
    assert_eq!(values(headers, "content-encoding"), [""; 0], "{what}");
    assert_eq!(values(headers, "content-length"), [body.len().to_string()], "{what}");
}

both! {
    async fn long_answers_are_compressed_as_the_client_asks(app: TestApp) {
        let question = json!({ "query": "{ __schema { types { name fields { name } } } }" });
        let (headers, plain) = ask(&app.ana, None, &question).await;
        assert_plain("nothing is accepted", &headers, &plain);
        assert!(values(&headers, "vary").contains(&"accept-encoding".to_owned()), "{headers:?}");
        let data = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).expect("an answer is JSON")["data"].clone();
        for (accepted, encoding) in [
            ("gzip", "gzip"), ("br", "br"), ("zstd", "zstd"), (ALL, "zstd"), ("gzip, br", "br"), ("gzip, br;q=0.5", "gzip"), ("GZIP", "gzip"),
        ] {
            let (headers, body) = ask(&app.ana, Some(accepted), &question).await;
            assert_eq!(values(&headers, "content-encoding"), [encoding], "{accepted}");
            assert_eq!(values(&headers, "content-length"), [""; 0], "{accepted}");
            assert!(values(&headers, "vary").contains(&"accept-encoding".to_owned()), "{accepted}: {headers:?}");
            assert!(body.len() * 2 < plain.len(), "{accepted}: {} of {} bytes", body.len(), plain.len());
            assert_eq!(data(&unpacked(&body, encoding)), data(&plain), "{accepted}");
        }
        for accepted in ["deflate", "identity", "gzip;q=0", "compress", "", "*;q=0"] {
            let (headers, body) = ask(&app.ana, Some(accepted), &question).await;
            assert_plain(accepted, &headers, &body);
            assert_eq!(data(&body), data(&plain), "{accepted}");
        }
    }

    async fn short_answers_are_left_alone(app: TestApp) {
        for question in ["{ viewer { id } }", "{ unknown }", "{ viewer {"] {
            let (headers, body) = ask(&app.ana, Some(ALL), &json!({ "query": question })).await;
            assert_plain(question, &headers, &body);
        }
        let response = app.anonymous.request(Method::GET, "/healthz").header("accept-encoding", ALL).send().await.expect("the server answers");
        assert_plain("/healthz", &response.headers().clone(), &response.bytes().await.expect("the body arrives"));
    }

    async fn answers_with_secrets_are_never_compressed(app: TestApp) {
        // A text that is added to a payload comes here first: it is a secret, or belongs to one of the objects.
        let listed = SECRETS.map(|(payload, field)| (payload.to_owned(), field.to_owned()));
        assert_eq!(texts_of_payloads(), BTreeSet::from(listed));
        for (payload, field) in SECRETS {
            let (person, question) = showing(&app, payload, field);
            let (headers, body) = ask(&person, Some(ALL), &question).await;
            assert_plain(payload, &headers, &body);
            assert!(body.len() > 1_500, "{payload}: {} bytes", body.len());
            let answer: Value = serde_json::from_slice(&body).expect("an answer is JSON");
            let shown = answer["data"].as_object().and_then(|data| data.values().next()).map(|payload| &payload[field]);
            assert!(shown.is_some_and(Value::is_string), "{payload}: {answer}");
        }
    }

    async fn answers_about_passwords_are_never_compressed(app: TestApp) {
        let padding = padding();
        let change = |current: &str| json!({ "query": format!(
            "mutation {{ userPasswordUpdate(input: {{ currentPassword: \"{current}\", newPassword: \"another password\" }}) {{ user {{ {padding} }} userErrors {{ message }} }} }}"
        ) });
        let (headers, body) = ask(&app.ana, Some(ALL), &change(PASSWORD)).await;
        assert_plain("a change", &headers, &body);
        assert!(body.len() > 1_500, "{} bytes", body.len());
        let query = format!(
            "mutation {{ sessionCreate(input: {{ email: \"{}\", password: \"a wrong password\" }}) {{ userErrors {{ {} }} }} }}",
            app.luis.email,
            padding.replace(": name", ": message"),
        );
        let (headers, body) = ask(&app.anonymous, Some(ALL), &json!({ "query": query })).await;
        assert_plain("a sign-in that fails", &headers, &body);
        assert!(body.len() > 1_500, "{} bytes", body.len());
    }

    /// What was just left alone is long enough: without the secret it is compressed.
    async fn the_same_answers_without_the_secret_are_compressed(app: TestApp) {
        for (payload, field) in [("ApiKeyCreatePayload", "key"), ("UserPasswordResetPayload", "generatedPassword")] {
            let (person, question) = showing(&app, payload, field);
            let query = question["query"].as_str().expect("a document").replacen(field, "", 1);
            let (headers, body) = ask(&person, Some("gzip"), &json!({ "query": query })).await;
            assert_eq!(values(&headers, "content-encoding"), ["gzip"], "{payload}");
            let answer: Value = serde_json::from_slice(&unpacked(&body, "gzip")).expect("an answer is JSON");
            assert_eq!(answer["errors"], Value::Null, "{answer}");
        }
    }
}
