//! The account menu of the explorer page: password, sessions and API keys.

use serde_json::{Value, json};

use super::driver::{Browser, in_browser, keys};
use super::{PROBLEMS, TEXT, TYPE, open_as, run, sign_in, sign_out};
use crate::support::{PASSWORD, TestApp};

/// Whether the page or the storage of the browser has a text anywhere.
const HOLDS: &str = "return document.documentElement.outerHTML.includes(arguments[0]) || Object.values(sessionStorage).concat(Object.values(localStorage)).join(' ').includes(arguments[0]);";
/// Writes down the operations that the page sends and what is answered, and keeps the first answer to one of them from the page.
const HOLD: &str = "const fetchNow = window.fetch;
    let held = arguments[0];
    [window.asked, window.answered, window.held] = [[], {}, []];
    window.fetch = async (address, options) => {
        const name = /(?:query|mutation) (\\w+)/.exec(options?.body ?? '')?.[1] ?? '';
        window.asked.push(name);
        const answer = await fetchNow(address, options);
        window.answered[name] = await answer.clone().text();
        if (name === held) {
            held = null;
            await new Promise(release => window.held.push(release));
        }
        return answer;
    };";
const IS_ANSWERED: &str = "return arguments[0] in window.answered;";
/// Lets the answer through. The page has it once the one to a later request is there.
const RELEASE: &str = "for (const release of window.held.splice(0)) release();
    return fetch('/healthz').then(answer => answer.text()).then(() => true);";
const ASKED: &str = "return window.asked.filter(name => name === arguments[0]).length;";
const IS_CLOSED: &str = "const dialog = document.querySelector('#account-dialog'); return !dialog.open && !document.querySelector('#account-body').hasChildNodes();";

async fn close_dialog(browser: &Browser) {
    browser.press(&[&[keys::ESCAPE]]).await;
    browser.until_true(IS_CLOSED, json!([])).await;
}

async fn open_dialog(browser: &Browser, entry: &str, first: &str) {
    browser.click("#account > summary").await;
    browser.click(entry).await;
    browser.until_visible(first).await;
}

both! {
    async fn browser_makes_an_api_key_that_is_shown_once(app: TestApp) {
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
            close_dialog(browser).await;
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

    /// When the key is made, and when the list is read once more before it is shown.
    async fn browser_revokes_a_key_that_came_too_late(app: TestApp) {
        const REVOKED: &str = "return window.answered.ApiKeyRevoke ?? '';";
        for held in ["ApiKeyCreate", "ApiKeys"] {
            in_browser(async |browser| {
                open_as(browser, &app, &app.ana).await;
                open_dialog(browser, "#account-keys", "#key-name").await;
                browser.script(HOLD, json!([held])).await;
                browser.type_into("#key-name", "Late").await;
                browser.press(&[&[keys::ENTER]]).await;
                browser.until_true(IS_ANSWERED, json!([held])).await;
                let answer = browser.script("return JSON.parse(window.answered.ApiKeyCreate).data.apiKeyCreate.key;", json!([])).await;
                let key = answer.as_str().expect("the key is made");
                let program = app.ana.with_token(Some(key));
                assert_eq!(program.query("{ viewer { name } }", json!({})).await["viewer"]["name"], json!(app.ana.name));

                close_dialog(browser).await;
                browser.script(RELEASE, json!([])).await;
                browser.until_true(IS_ANSWERED, json!(["ApiKeyRevoke"])).await;
                let revoked = browser.script(REVOKED, json!([])).await;
                assert!(revoked.as_str().expect("a text").contains("\"userErrors\":[]"), "{held}: {revoked}");
                assert_eq!(program.run("{ viewer { name } }", json!({})).await.codes(), ["UNAUTHENTICATED"], "{held}");
                assert_eq!(browser.script(HOLDS, json!([key])).await, false, "{held}");
                open_dialog(browser, "#account-keys", "#account-body .empty").await;
                assert_eq!(browser.script(HOLDS, json!([key])).await, false, "{held}");
                assert_eq!(browser.script(PROBLEMS, json!([])).await, json!([]));
            })
            .await;
        }
    }

    async fn browser_makes_one_key_by_a_double_click(app: TestApp) {
        in_browser(async |browser| {
            open_as(browser, &app, &app.ana).await;
            open_dialog(browser, "#account-keys", "#key-name").await;
            browser.script(HOLD, json!(["none"])).await;
            browser.type_into("#key-name", "Once").await;
            browser.script("const button = document.querySelector('#account-body form button'); button.click(); button.click();", json!([])).await;
            browser.until_visible("#new-key").await;
            assert_eq!(browser.script(ASKED, json!(["ApiKeyCreate"])).await, 1);
            assert_eq!(app.sql("SELECT name FROM api_keys").await, ["Once"]);
        })
        .await;
    }

    async fn browser_shows_no_late_list_in_another_dialog(app: TestApp) {
        in_browser(async |browser| {
            open_as(browser, &app, &app.ana).await;
            browser.script(HOLD, json!(["Sessions"])).await;
            open_dialog(browser, "#account-sessions", "#account-title").await;
            browser.until_true(IS_ANSWERED, json!(["Sessions"])).await;
            close_dialog(browser).await;
            open_dialog(browser, "#account-keys", "#key-name").await;
            browser.type_into("#key-name", "Half filled").await;
            browser.script(RELEASE, json!([])).await;
            let name = browser.script("return document.querySelector('#key-name')?.value;", json!([])).await;
            assert_eq!(name, "Half filled");
        })
        .await;
    }

    async fn browser_ends_no_session_for_an_answer_to_another(app: TestApp) {
        in_browser(async |browser| {
            open_as(browser, &app, &app.ana).await;
            app.ana.query("mutation { sessionRevokeOthers { revokedCount } }", json!({})).await;
            browser.script(HOLD, json!(["Sessions"])).await;
            open_dialog(browser, "#account-sessions", "#account-title").await;
            browser.until_true(IS_ANSWERED, json!(["Sessions"])).await;
            close_dialog(browser).await;
            sign_out(browser).await;
            sign_in(browser, &app.luis.email, PASSWORD).await;
            browser.until_text("#signed-in-as", &app.luis.name).await;
            browser.script(RELEASE, json!([])).await;
            run(browser, "{ viewer { name } }", &app.luis.name).await;
            let shown = browser.script(TEXT, json!(["#signed-in-as"])).await;
            assert!(shown.as_str().is_some_and(|shown| shown.contains(&app.luis.name)), "{shown}");
        })
        .await;
    }

    async fn browser_goes_on_with_an_operation_when_a_dialog_closes(app: TestApp) {
        in_browser(async |browser| {
            open_as(browser, &app, &app.ana).await;
            browser.script(HOLD, json!(["Slow"])).await;
            let signal = "const fetchHeld = window.fetch;
                window.fetch = (address, options) => { if (options?.signal) window.signal = options.signal; return fetchHeld(address, options); };";
            browser.script(signal, json!([])).await;
            browser.script(TYPE, json!(["#document", "query Slow { viewer { name } }"])).await;
            browser.click("#run").await;
            browser.until_true(IS_ANSWERED, json!(["Slow"])).await;
            open_dialog(browser, "#account-password", "#current-password").await;
            close_dialog(browser).await;
            assert_eq!(browser.script("return window.signal.aborted;", json!([])).await, false);
            browser.press(&[&[keys::ESCAPE]]).await;
            assert_eq!(browser.script("return window.signal.aborted;", json!([])).await, true, "without a dialog it stops");
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
            // Other users are not affected.
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
        let signed_in = app.anonymous.query(SIGN_IN, variables).await;
        assert_ne!(signed_in["sessionCreate"]["token"], Value::Null, "{signed_in}");
    }
}
