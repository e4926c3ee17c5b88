//! The explorer page, GraphiQL and pages of other origins in a real browser.

/// axe-core over the whole page, and the page by keyboard alone.
mod accessibility;
/// The account menu.
mod account;
/// A dashboard of another origin.
mod dashboard;
/// Chromium.
mod driver;
/// The editors, the schema panel and the dividers.
mod editing;
/// Upload and download.
mod files;
mod graphiql;
mod origins;

use serde_json::{Value, json};

use crate::support::{PASSWORD, Person, TestApp};
use driver::{Browser, in_browser};

/// Puts a text where a person would have typed it.
const TYPE: &str = "const field = document.querySelector(arguments[0]);
    field.value = arguments[1];
    field.dispatchEvent(new Event('input', { bubbles: true }));";
const TEXT: &str = "const element = document.querySelector(arguments[0]);
    return element && element.offsetParent !== null ? element.innerText : null;";
const PROBLEMS: &str = "return window.problems || [];";
const WATCH: &str = "window.problems = [];
    addEventListener('error', event => window.problems.push(String(event.message)));
    addEventListener('securitypolicyviolation', event => window.problems.push(event.violatedDirective + ' ' + event.blockedURI));";

async fn sign_in(browser: &Browser, email: &str, password: &str) {
    // The page shows the form when its modules have run, which is after the browser calls it loaded.
    browser.until_visible("#email").await;
    browser.type_into("#email", email).await;
    browser.type_into("#password", password).await;
    browser.click("#sign-in").await;
}

async fn sign_out(browser: &Browser) {
    browser.click("#account > summary").await;
    browser.click("#sign-out").await;
    browser.until_visible("#email").await;
}

/// Opens the page as a person who has signed in, with the schema read.
async fn open_as(browser: &Browser, app: &TestApp, person: &Person) {
    browser.watch_from_the_start(WATCH).await;
    browser.open(&format!("{}/", app.url)).await;
    sign_in(browser, &person.email, PASSWORD).await;
    browser.until_text("#signed-in-as", &person.name).await;
    browser
        .until_true("return document.querySelector('#docs').textContent.includes('Lists');", json!([]))
        .await;
}

/// Runs a document and waits for an answer that contains the text; answers what the page then says about it.
async fn run(browser: &Browser, document: &str, expected: &str) -> String {
    browser.script(TYPE, json!(["#document", document])).await;
    browser.click("#run").await;
    browser.until_text("#answer", expected).await;
    browser
        .script(TEXT, json!(["#status"]))
        .await
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

both! {
    async fn browser_signs_in_and_runs_an_operation(app: TestApp) {
        app.prospect().name("Ana Ñandú <b>x</b> 🙂").owner(&app.ana).create().await;
        in_browser(async |browser| {
            browser.watch_from_the_start(WATCH).await;
            browser.open(&format!("{}/", app.url)).await;
            sign_in(browser, &app.ana.email, "a wrong password").await;
            browser.until_text("#sign-in-problem", "").await;
            sign_in(browser, &app.ana.email, PASSWORD).await;
            browser.until_text("#signed-in-as", "Ana").await;

            let status = run(browser, "{ prospects(first: 5) { totalCount nodes { name owner { name } } } }", "Ñandú").await;
            assert!(status.contains("200"), "{status}");
            let answer = browser.script(TEXT, json!(["#answer"])).await;
            let answer = answer.as_str().expect("the answer is shown");
            // What people typed is text, whatever it looks like.
            assert!(answer.contains("Ana Ñandú <b>x</b> 🙂") && answer.contains("\"totalCount\": 1"), "{answer}");

            run(browser, "{ unknown }", "GRAPHQL_VALIDATION_FAILED").await;
            // The documentation comes from introspection, which the limits have to let through.
            browser.until_text("#docs", "prospects").await;
            assert_eq!(browser.script(PROBLEMS, json!([])).await, json!([]));

            sign_out(browser).await;
            let shown = browser.script(TEXT, json!(["#signed-in-as"])).await;
            assert_eq!(shown, Value::Null, "no user is signed in any more");
        })
        .await;
        // The session is over, and not only forgotten by the page.
        assert_eq!(app.sql("SELECT user_agent FROM sessions WHERE user_agent IS NOT NULL").await, [""; 0]);
    }

    /// The document alone, in this tab alone, and no longer than the session lasts.
    async fn browser_keeps_no_work_behind(app: TestApp) {
        const STORED: &str = "return Object.values(arguments[0] === 'tab' ? sessionStorage : localStorage).join(' ');";
        const FIELD: &str = "return document.querySelector(arguments[0]).value;";
        const LEAVE: &str = "window.dispatchEvent(new Event('pagehide'));";
        const WITH_PASSWORD: [&str; 5] = [
            r#"mutation { sessionCreate(input: { email: "a@b.example", password: "geheim" }) { token } }"#,
            r#"mutation { sessionCreate(input: { email: "a@b.example", password: """geheim""" }) { token } }"#,
            "mutation { sessionCreate(input: { password: # mine\n  \"geheim\" }) { token } }",
            r#"mutation ($password: String = "geheim") { sessionCreate(input: { password: $password }) { token } }"#,
            r#"query ($secrets: [String!]! = ["geheim"]) { viewer { id } }"#,
        ];
        in_browser(async |browser| {
            let url = format!("{}/", app.url);
            browser.open(&url).await;
            // What earlier versions of the page have left is cleared away.
            browser.script("localStorage.setItem('cartera.explorer', JSON.stringify({ document: 'query Old { viewer { id } }', variables: 'old' }));", json!([])).await;
            browser.open(&url).await;
            browser.until_visible("#email").await;
            assert_eq!(browser.script(STORED, json!(["browser"])).await, "");
            let first = browser.script(FIELD, json!(["#document"])).await;
            assert!(!first.as_str().expect("a document").contains("Old"), "{first}");

            sign_in(browser, &app.ana.email, PASSWORD).await;
            browser.until_text("#signed-in-as", "Ana").await;
            browser.script(TYPE, json!(["#document", "query Mine { viewer { name } }"])).await;
            browser.script(TYPE, json!(["#variables", "{ \"note\": \"Zafiro\" }"])).await;
            browser.script(LEAVE, json!([])).await;
            let kept = browser.script(STORED, json!(["tab"])).await;
            let kept = kept.as_str().expect("a text");
            assert!(kept.contains("query Mine") && !kept.contains("Zafiro"), "{kept}");
            assert_eq!(browser.script(STORED, json!(["browser"])).await, "");
            // The clock of the test stands still, so to the browser the session is over by now.
            browser.open(&url).await;
            sign_in(browser, &app.ana.email, PASSWORD).await;
            browser.until_text("#signed-in-as", "Ana").await;
            assert_eq!(browser.script(FIELD, json!(["#document"])).await, "query Mine { viewer { name } }");
            assert_eq!(browser.script(FIELD, json!(["#variables"])).await, "");

            // A document with a password in it does not take the place of the one that is kept.
            for document in WITH_PASSWORD {
                browser.script(TYPE, json!(["#document", document])).await;
                browser.script(LEAVE, json!([])).await;
                let kept = browser.script(STORED, json!(["tab"])).await;
                let kept = kept.as_str().expect("a text");
                assert!(kept.contains("query Mine") && !kept.contains("geheim"), "{document}: {kept}");
            }
            // One without is kept, though it speaks of passwords.
            browser.script(TYPE, json!(["#document", "mutation Mine($password: String = \"\", $email: String = \"a@b.example\") { a(password: $password) }"])).await;
            browser.script(LEAVE, json!([])).await;
            let kept = browser.script(STORED, json!(["tab"])).await;
            assert!(kept.as_str().expect("a text").contains("mutation Mine"), "{kept}");

            browser.script(TYPE, json!(["#document", "query Mine { viewer { name } }"])).await;
            browser.script(TYPE, json!(["#variables", "{ \"note\": \"Zafiro\" }"])).await;
            sign_out(browser).await;
            browser.script(LEAVE, json!([])).await;
            for storage in ["tab", "browser"] {
                assert_eq!(browser.script(STORED, json!([storage])).await, "", "{storage}");
            }
            assert_eq!(browser.script(FIELD, json!(["#document"])).await, first);
            let variables = browser.script(FIELD, json!(["#variables"])).await;
            assert!(!variables.as_str().expect("a text").contains("Zafiro"), "{variables}");
        })
        .await;
    }

    async fn browser_finds_no_page_where_it_is_switched_off(app: TestApp) {
        let closed = app.with_settings(|settings| settings.explorer = false).await;
        let response = closed.anonymous.request(reqwest::Method::GET, "/").send().await.expect("the server answers");
        assert_eq!(response.status(), 404);
        let response = app.anonymous.request(reqwest::Method::GET, "/").send().await.expect("the server answers");
        assert_eq!(response.status(), 200);
        let policy = response.headers()["content-security-policy"].to_str().expect("a policy is text").to_owned();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        for file in ["main.js", "style.css", "recipes.graphql"] {
            let path = format!("/explorer/{file}");
            let at = async |server: &TestApp| server.anonymous.request(reqwest::Method::GET, &path).send().await.expect("the server answers").status();
            assert_eq!((at(&app).await, at(&closed).await), (reqwest::StatusCode::OK, reqwest::StatusCode::NOT_FOUND), "{path}");
        }
        for absent in ["/explorer/page.html", "/explorer/..%2Fpage.rs", "/explorer/"] {
            let response = app.anonymous.request(reqwest::Method::GET, absent).send().await.expect("the server answers");
            assert_eq!(response.status(), 404, "{absent}");
        }
    }
}
