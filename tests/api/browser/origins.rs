//! Apps on origins of their own, in a real browser: one that may call the API, and one that may not.

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use cartera::settings::CorsOrigins;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::driver::{Browser, in_browser};
use crate::support::{PASSWORD, TestApp};

/// An app as small as can be: it asks the API as any other would, and answers what its scripts may read.
const APP: &str = "<!doctype html><meta charset=utf-8><title>App</title><p>App</p><script>
async function ask(url, token, query, variables) {
    const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json' };
    if (token) headers.authorization = 'Bearer ' + token;
    try {
        const response = await fetch(url + '/graphql', { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
        return { status: response.status, requestId: response.headers.get('x-request-id'), body: await response.json() };
    } catch (problem) {
        return { problem: String(problem) };
    }
}
async function askWithoutPreflight(url, query, variables) {
    const response = await fetch(url + '/graphql', { method: 'POST', mode: 'no-cors', body: JSON.stringify({ query, variables }) });
    return { kind: response.type, text: await response.text() };
}
</script>";

const SIGN_IN: &str = "mutation ($email: String!, $password: String!) {
    sessionCreate(input: { email: $email, password: $password }) { token userErrors { code } } }";
const LIST: &str = "{ prospects(first: 5) { totalCount nodes { name } } }";
const CREATE: &str = "mutation ($id: ID!) { noteCreate(prospectId: $id, input: { body: \"desde otra página\" }) { userErrors { code } } }";

/// A server of one page alone, until it is dropped.
pub struct AppServer {
    pub origin: String,
    serving: JoinHandle<()>,
}

impl AppServer {
    pub async fn start(page: &'static str) -> AppServer {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let origin = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
        let router = Router::new().route("/", get(move || async move { Html(page) }));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("the app is served") });
        AppServer { origin, serving }
    }
}

impl Drop for AppServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn ask(browser: &Browser, url: &str, token: Option<&str>, query: &str, variables: Value) -> Value {
    browser
        .script("return ask(...arguments);", json!([url, token, query, variables]))
        .await
}

both! {
    async fn browser_lets_listed_origins_alone_call_the_api(app: TestApp) {
        let (listed, other) = (AppServer::start(APP).await, AppServer::start(APP).await);
        let origins = CorsOrigins::Listed(vec![listed.origin.clone()]);
        let app = app.with_settings(|settings| settings.cors_origins = origins).await;
        let made = app.prospect().name("Ana Ñandú").owner(&app.ana).create().await;
        let notes = async || app.sql("SELECT CAST(count(*) AS TEXT) FROM notes").await;
        let none = notes().await;
        in_browser(async |browser| {
            browser.open(&format!("{}/", listed.origin)).await;
            let credentials = json!({ "email": app.ana.email, "password": PASSWORD });
            let answer = ask(browser, &app.url, None, SIGN_IN, credentials.clone()).await;
            let token = answer["body"]["data"]["sessionCreate"]["token"].as_str().unwrap_or_else(|| panic!("no token in {answer}")).to_owned();
            let answer = ask(browser, &app.url, Some(&token), LIST, json!({})).await;
            assert_eq!(answer["body"]["data"]["prospects"]["nodes"], json!([{ "name": "Ana Ñandú" }]), "{answer}");
            assert!(answer["requestId"].is_string(), "{answer}");
            let answer = ask(browser, &app.url, Some(&token), CREATE, json!({ "id": made.id })).await;
            assert_eq!(answer["body"]["data"]["noteCreate"]["userErrors"], json!([]), "{answer}");
            // A refusal can be read, too.
            let answer = ask(browser, &app.url, Some("wrong"), LIST, json!({})).await;
            assert_eq!((&answer["status"], &answer["body"]["errors"][0]["extensions"]["code"]), (&json!(401), &json!("UNAUTHENTICATED")), "{answer}");
            assert_ne!(notes().await, none, "the note is written");

            browser.open(&format!("{}/", other.origin)).await;
            let before = app.snapshot().await;
            for (token, query, variables) in [
                (None, SIGN_IN, credentials.clone()),
                (Some(token.as_str()), LIST, json!({})),
                (Some(token.as_str()), CREATE, json!({ "id": made.id })),
            ] {
                let answer = ask(browser, &app.url, token, query, variables).await;
                assert!(answer["problem"].as_str().is_some_and(|problem| problem.contains("TypeError")), "{query}: {answer}");
            }
            // The right credentials in a request that needs no preflight: no session comes of it.
            let answer = browser.script("return askWithoutPreflight(...arguments);", json!([app.url, SIGN_IN, credentials])).await;
            assert_eq!(answer, json!({ "kind": "opaque", "text": "" }));
            before.assert_equal(&app.snapshot().await, "requests of a page that is not listed");
        })
        .await;
    }
}
