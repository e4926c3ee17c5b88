//! The account menu of the explorer page: password, sessions and API keys.

use serde_json::{Value, json};

use super::driver::{Browser, in_browser, keys};
use super::{PROBLEMS, TEXT, open_as};
use crate::support::TestApp;

async fn open_dialog(browser: &Browser, entry: &str, first: &str) {
    browser.click("#account > summary").await;
    browser.click(entry).await;
    browser.until_visible(first).await;
}

both! {
    async fn browser_makes_an_api_key_that_is_shown_once(app: TestApp) {
        const HOLDS: &str = "return document.documentElement.outerHTML.includes(arguments[0]) || Object.values(sessionStorage).concat(Object.values(localStorage)).join(' ').includes(arguments[0]);";
        in_browser(async |browser| {
            open_as(browser, &app, &app.ana).await;
            open_dialog(browser, "#account-keys", "#key-name").await;
            browser.type_into("#key-name", "Report <b>").await;
            browser.press(&[&[keys::ENTER]]).await;
            browser.until_visible("#new-key").await;
            let key = browser.script(TEXT, json!(["#new-key"])).await;
            let key = key.as_str().expect("the key is shown").trim().to_owned();
            let program = app.ana.with_token(Some(&key));
            assert_eq!(program.query("{ viewer { name } }", json!({})).await["viewer"]["name"], json!(app.ana.name));
            let keys_of = "SELECT name || ' ' || scope FROM api_keys";
            assert_eq!(app.sql(keys_of).await, ["Report <b> READ_ONLY"]);

            // Once the dialog is closed the key is nowhere.
            browser.press(&[&[keys::ESCAPE]]).await;
            browser.until_true("return !document.querySelector('#account-dialog').open;", json!([])).await;
            assert_eq!(browser.script(HOLDS, json!([key])).await, false);
            open_dialog(browser, "#account-keys", "#account-body .row").await;
            assert_eq!(browser.script(HOLDS, json!([key])).await, false);

            browser.click("#account-body .row button").await;
            browser.until_text("#account-said", "revoked").await;
            assert_eq!(program.run("{ viewer { name } }", json!({})).await.codes(), ["UNAUTHENTICATED"]);
            assert_eq!(browser.script(PROBLEMS, json!([])).await, json!([]));
        })
        .await;
    }

    async fn browser_lists_sessions_and_ends_them(app: TestApp) {
        let other = app.with_session(&app.ana).await;
        in_browser(async |browser| {
            open_as(browser, &app, &app.ana).await;
            open_dialog(browser, "#account-sessions", "#account-body .row").await;
            // That of the test, the one more and that of the tab, which stands first and cannot be ended here.
            let rows = "return [...document.querySelectorAll('#account-body .row')].map(row => row.querySelector('button')?.textContent ?? row.querySelector('.pill').textContent);";
            assert_eq!(browser.script(rows, json!([])).await, json!(["This tab", "End", "End"]));
            browser.click("#account-body .row button").await;
            browser.until_text("#account-said", "ended").await;
            assert_eq!(browser.script(rows, json!([])).await, json!(["This tab", "End"]));
            browser.click("#account-body .actions button").await;
            browser.until_true("return document.querySelectorAll('#account-body .row').length === 1;", json!([])).await;
            for person in [&other, &app.ana] {
                assert_eq!(person.run("{ viewer { id } }", json!({})).await.codes(), ["UNAUTHENTICATED"]);
            }
            // Nobody else was touched.
            app.luis.query("{ viewer { id } }", json!({})).await;
        })
        .await;
    }

    async fn browser_changes_the_password(app: TestApp) {
        const SIGN_IN: &str = "mutation ($email: String!, $password: String!) { sessionCreate(input: { email: $email, password: $password }) { token userErrors { code } } }";
        const NEW: &str = "otra frase larga 77";
        in_browser(async |browser| {
            open_as(browser, &app, &app.ana).await;
            open_dialog(browser, "#account-password", "#current-password").await;
            let before = app.snapshot().await;
            browser.type_into("#current-password", crate::support::PASSWORD).await;
            browser.type_into("#new-password", NEW).await;
            browser.type_into("#repeat-password", "something else").await;
            browser.press(&[&[keys::ENTER]]).await;
            browser.until_text("#account-problem", "differ").await;
            before.assert_equal(&app.snapshot().await, "a repetition that differs");

            browser.type_into("#repeat-password", NEW).await;
            browser.press(&[&[keys::ENTER]]).await;
            browser.until_text("#account-said", "changed").await;
            let left = browser.script("return [...document.querySelectorAll('#account-body input[type=password]')].map(field => field.value);", json!([])).await;
            assert_eq!(left, json!(["", "", ""]));
        })
        .await;
        let variables = json!({ "email": app.ana.email, "password": NEW });
        let signed_in = app.nobody.query(SIGN_IN, variables).await;
        assert_ne!(signed_in["sessionCreate"]["token"], Value::Null, "{signed_in}");
    }
}
