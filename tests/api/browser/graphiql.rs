//! GraphiQL in a real browser, with the files as they are released.

use serde_json::json;

use super::driver::{Browser, in_browser};
use super::{PROBLEMS, TEXT, WATCH, open_as, sign_in, sign_out};
use crate::support::{PASSWORD, TestApp};

/// The folder with the released files; set by `scripts/test`, or by hand to one that `scripts/graphiql` made.
const FOLDER: &str = "CARTERA_TEST_GRAPHIQL";

/// Puts a text into an editor: of several the last, which among those below the query is the one for headers.
const EDIT: &str = "[...document.querySelectorAll(arguments[0] + ' .CodeMirror')].at(-1).CodeMirror.setValue(arguments[1]);";

async fn edit(browser: &Browser, editor: &str, text: &str) {
    browser.script(EDIT, json!([editor, text])).await;
}

both! {
    async fn browser_graphiql_asks_with_the_token_of_its_headers(app: TestApp) {
        let folder = std::env::var_os(FOLDER)
            .unwrap_or_else(|| panic!("{FOLDER} is not set: run scripts/test, or scripts/graphiql FOLDER and set it to FOLDER"));
        let app = app.with_settings(|settings| settings.graphiql_dir = Some(folder.into())).await;
        app.prospect().name("Ana Ñandú <b>x</b>").owner(&app.ana).create().await;
        in_browser(async |browser| {
            browser.watch_from_the_start(WATCH).await;
            browser.open(&format!("{}/graphiql", app.url)).await;
            browser.until_text(".graphiql-query-editor", "Sign in").await;
            // Anonymous callers learn nothing about the schema.
            browser.until_text(".result-window", "UNAUTHENTICATED").await;

            let sign_in = format!(
                "mutation {{ sessionCreate(input: {{ email: \"{}\", password: \"{PASSWORD}\" }}) {{ token }} }}",
                app.ana.email
            );
            edit(browser, ".graphiql-query-editor", &sign_in).await;
            browser.click("button.graphiql-execute-button").await;
            browser.until_text(".result-window", "token").await;
            let answer = browser.script(TEXT, json!([".result-window"])).await;
            let token = answer.as_str().and_then(|answer| answer.split("\"token\": \"").nth(1)?.split('"').next());
            let token = token.unwrap_or_else(|| panic!("no token in {answer}")).to_owned();

            edit(browser, ".graphiql-editor-tool", &json!({ "authorization": format!("Bearer {token}") }).to_string()).await;
            edit(browser, ".graphiql-query-editor", "{ prospects(first: 5) { totalCount nodes { name } } }").await;
            browser.click("button.graphiql-execute-button").await;
            browser.until_text(".result-window", "Ana Ñandú <b>x</b>").await;

            // With the token the schema comes as well, and with it the documentation.
            browser.click("button[aria-label='Re-fetch GraphQL schema']").await;
            browser.click("button[aria-label$='Documentation Explorer']").await;
            browser.until_text(".graphiql-doc-explorer", "Mutation").await;
            assert_eq!(browser.script(PROBLEMS, json!([])).await, json!([]));
            let kept = browser.script("return Object.values(localStorage).join(' ');", json!([])).await;
            for secret in [&token, PASSWORD] {
                assert!(!kept.as_str().unwrap_or_default().contains(secret), "the browser keeps {kept}");
            }
        })
        .await;
    }

    /// A session of the explorer is used, and a sign-out there ends it here too.
    async fn browser_graphiql_uses_the_session_of_its_tab(app: TestApp) {
        let folder = std::env::var_os(FOLDER)
            .unwrap_or_else(|| panic!("{FOLDER} is not set: run scripts/test, or scripts/graphiql FOLDER and set it to FOLDER"));
        let app = app.with_settings(|settings| settings.graphiql_dir = Some(folder.into())).await;
        app.prospect().name("Lead of Ana").owner(&app.ana).create().await;
        app.prospect().name("Lead of Luis").owner(&app.luis).create().await;
        in_browser(async |browser| {
            open_as(browser, &app, &app.ana).await;
            browser.click("#graphiql").await;
            browser.until_text(".graphiql-query-editor", "signed in").await;
            browser.click("button.graphiql-execute-button").await;
            browser.until_text(".result-window", "Lead of Ana").await;
            let answer = browser.script(TEXT, json!([".result-window"])).await;
            assert!(!answer.to_string().contains("Lead of Luis"), "{answer}");

            // A token in the headers goes first.
            let headers = json!({ "authorization": format!("Bearer {}", app.luis.token.as_deref().expect("a token")) });
            edit(browser, ".graphiql-editor-tool", &headers.to_string()).await;
            browser.click("button.graphiql-execute-button").await;
            browser.until_text(".result-window", "Lead of Luis").await;
            assert_eq!(browser.script(PROBLEMS, json!([])).await, json!([]));

            // The clock of the test stands still, so to the explorer the session is over by now.
            browser.open(&format!("{}/", app.url)).await;
            sign_in(browser, &app.ana.email, PASSWORD).await;
            browser.until_text("#signed-in-as", "Ana").await;
            sign_out(browser).await;
            browser.open(&format!("{}/graphiql", app.url)).await;
            browser.until_text(".result-window", "UNAUTHENTICATED").await;
        })
        .await;
    }
}
