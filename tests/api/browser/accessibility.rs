//! The explorer page for those who use it by keyboard, by screen reader, or in either colour scheme.

use serde_json::{Value, json};

use super::driver::{Browser, in_browser, keys};
use super::{PROBLEMS, WATCH, open_as, sign_in};
use crate::files::upload;
use crate::support::{PASSWORD, TestApp};

/// The folder with axe-core; set by `scripts/test`, or by hand to one that `scripts/axe` made.
const FOLDER: &str = "CARTERA_TEST_AXE";

/// All rules of WCAG at levels A and AA; answers each violation with the elements it was found at.
const CHECK: &str = "const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    return axe.run(document, { runOnly: tags }).then(found => ({
        passes: found.passes.length,
        violations: found.violations.map(rule => `${rule.id}: ${rule.nodes.map(node => node.html.slice(0, 150)).join(' | ')}`),
    }));";

const FOCUS: &str = "const at = document.activeElement; return at.id || at.closest('[id]')?.id || at.tagName;";

/// States of the page, by the action that leads to each from the one before.
const STATES: [(&str, &str); 14] = [
    ("the editor", "document.querySelector('[data-view=edit]').click()"),
    ("the recipes", "document.querySelector('#recipes').open = true"),
    ("the history", "document.querySelector('#recipes').open = false; document.querySelector('#history').open = true"),
    ("the account menu", "document.querySelector('#history').open = false; document.querySelector('#account').open = true"),
    ("the password", "document.querySelector('#account-password').click()"),
    ("the sessions", "document.querySelector('#account-sessions').click()"),
    ("the keys", "document.querySelector('#account-keys').click()"),
    ("a mistake", "document.querySelector('#account-close').click();
        const field = document.querySelector('#document'); field.focus(); field.select(); document.execCommand('insertText', false, '{ viewer { nope } }');"),
    ("an answer with errors", "document.querySelector('#run').click()"),
    ("a file to choose", "document.querySelector('[data-view=edit]').click();
        const field = document.querySelector('#document'); field.focus(); field.select();
        document.execCommand('insertText', false, 'mutation ($file: Upload!) { documentUpload(prospectId: 1, input: { file: $file }) { userErrors { code } } }');"),
    ("a chosen file", "const chosen = new DataTransfer(); chosen.items.add(new File(['content'], 'a file.txt'));
        const chooser = document.querySelector('#file-of-file'); chooser.files = chosen.files; chooser.dispatchEvent(new Event('change', { bubbles: true }));"),
    ("the address of a file", "const field = document.querySelector('#document'); field.focus(); field.select();
        document.execCommand('insertText', false, '{ prospects(first: 1) { nodes { documents { downloadUrl } } } }'); document.querySelector('#run').click();"),
    ("the schema", "document.querySelector('[data-view=docs]').click()"),
    ("a page of the schema", "document.querySelector('#docs .link').click()"),
];

async fn check(browser: &Browser, what: &str) {
    let found = browser.script(CHECK, json!([])).await;
    assert!(
        found["passes"].as_u64().is_some_and(|passes| passes > 5),
        "{what}: axe looked at nothing: {found}"
    );
    assert_eq!(found["violations"], json!([]), "{what}");
}

both! {
    async fn browser_axe_finds_nothing_in_light_and_dark_wide_and_narrow(app: TestApp) {
        let folder = std::env::var(FOLDER).unwrap_or_else(|_| panic!("{FOLDER} is not set: run scripts/test, or scripts/axe FOLDER and set it to FOLDER"));
        let axe = std::fs::read_to_string(format!("{folder}/axe-core/axe.min.js")).expect("the file of axe-core");
        let made = app.prospect().name("Ana").owner(&app.ana).create().await;
        upload(&app.ana, &made, "a.txt", b"content").await.payload("documentUpload");
        in_browser(async |browser| {
            for size in [(1280, 800), (390, 844)] {
                for scheme in ["light", "dark"] {
                    browser.look(size, scheme).await;
                    browser.open(&format!("{}/", app.url)).await;
                    browser.until_visible("#email").await;
                    browser.script(&axe, json!([])).await;
                    check(browser, &format!("signing in, {size:?}, {scheme}")).await;
                    sign_in(browser, &app.ana.email, PASSWORD).await;
                    browser.until_text("#signed-in-as", "Ana").await;
                    browser.until_true("return document.querySelector('#docs').textContent.includes('Lists');", json!([])).await;
                    for (state, script) in STATES {
                        browser.script(script, json!([])).await;
                        match state {
                            "the sessions" => browser.until_visible("#account-body .row").await,
                            "the keys" => browser.until_visible("#key-name").await,
                            "a file to choose" => browser.until_visible("#file-of-file").await,
                            "a chosen file" => browser.until_visible("#files button").await,
                            "the address of a file" => browser.until_visible("#answer a").await,
                            "an answer with errors" => browser.until_text("#answer", "errors").await,
                            _ => {}
                        }
                        check(browser, &format!("{state}, {size:?}, {scheme}")).await;
                    }
                    browser.script("sessionStorage.clear();", json!([])).await;
                }
            }
        })
        .await;
    }

    async fn browser_needs_no_mouse(app: TestApp) {
        app.prospect().name("Lead of Ana").owner(&app.ana).create().await;
        in_browser(async |browser| {
            browser.watch_from_the_start(WATCH).await;
            browser.look((1280, 800), "light").await;
            browser.open(&format!("{}/", app.url)).await;
            browser.until_visible("#email").await;
            browser.press_text(&app.ana.email).await;
            browser.press(&[&[keys::TAB]]).await;
            browser.press_text(PASSWORD).await;
            browser.press(&[&[keys::ENTER]]).await;
            browser.until_text("#signed-in-as", "Ana").await;
            browser.until_true("return document.querySelector('#docs').textContent.includes('Lists');", json!([])).await;

            // Tab leaves the editor and goes through the panes in the order in which they stand.
            assert_eq!(browser.script(FOCUS, json!([])).await, "document");
            let mut order = Vec::new();
            for _ in 0..7 {
                browser.press(&[&[keys::TAB]]).await;
                order.push(browser.script(FOCUS, json!([])).await);
            }
            let expected = ["prettify", "variables-divider", "variables", "edit-divider", "answer", "docs-divider", "docs-search"];
            assert_eq!(order, expected);
            for _ in 0..8 {
                browser.press(&[&[keys::SHIFT, keys::TAB]]).await;
            }
            assert_eq!(browser.script(FOCUS, json!([])).await, "run");
            let visible = browser.script("return getComputedStyle(document.activeElement).outlineStyle;", json!([])).await;
            assert_eq!(visible, "solid", "the focus is seen");

            // A menu opens by Enter, moves by arrows, and Escape returns to the element that opened it.
            for _ in 0..2 {
                browser.press(&[&[keys::SHIFT, keys::TAB]]).await;
            }
            assert_eq!(browser.script(FOCUS, json!([])).await, "recipes");
            browser.press(&[&[keys::ENTER], &[keys::DOWN]]).await;
            assert_eq!(browser.script(FOCUS, json!([])).await, "recipes-list");
            browser.press(&[&[keys::ESCAPE]]).await;
            let closed = browser.script("return [document.querySelector('#recipes').open, document.activeElement.tagName];", json!([])).await;
            assert_eq!(closed, json!([false, "SUMMARY"]));
            browser.press(&[&[keys::DOWN], &[keys::ENTER]]).await;
            browser.until_true("return document.activeElement.id === 'document';", json!([])).await;
            browser.press(&[&[keys::CONTROL, keys::ENTER]]).await;
            browser.until_text("#answer", "Lead of Ana").await;

            // Completion takes Tab only as long as it offers something.
            browser.press(&[&[keys::CONTROL, ' ']]).await;
            browser.until_true("return !document.querySelector('#completion').hidden;", json!([])).await;
            browser.press(&[&[keys::ESCAPE], &[keys::TAB]]).await;
            assert_ne!(browser.script(FOCUS, json!([])).await, "document");

            // A dialog keeps the focus, Escape closes it, and the focus goes back to the menu.
            browser.script("document.querySelector('#account > summary').focus();", json!([])).await;
            browser.press(&[&[keys::ENTER], &[keys::DOWN], &[keys::ENTER]]).await;
            browser.until_true("return document.activeElement.id === 'current-password';", json!([])).await;
            browser.press(&[&[keys::ESCAPE]]).await;
            browser.until_true("return !document.querySelector('#account-dialog').open;", json!([])).await;
            assert_eq!(browser.script(FOCUS, json!([])).await, "account");
            assert_eq!(browser.script(PROBLEMS, json!([])).await, json!([]));
        })
        .await;
    }

    /// What is shown to the eye alone is named for screen readers.
    async fn browser_names_its_parts(app: TestApp) {
        const NAMED: &str = "return [...document.querySelectorAll('[role=separator], textarea, input, select, [role=region], [role=listbox]')]
            .filter(part => !(part.getAttribute('aria-label') || part.labels?.length)).map(part => part.id || part.outerHTML);";
        const SEPARATORS: &str = "return [...document.querySelectorAll('[role=separator]')].map(part =>
            [part.tabIndex, ...['orientation', 'valuenow', 'valuemin', 'valuemax'].map(name => part.hasAttribute(`aria-${name}`))]);";
        in_browser(async |browser| {
            browser.look((1280, 800), "light").await;
            open_as(browser, &app, &app.ana).await;
            assert_eq!(browser.script(NAMED, json!([])).await, json!([]));
            let whole: Value = json!([0, true, true, true, true]);
            assert_eq!(browser.script(SEPARATORS, json!([])).await, json!([whole, whole, whole]));
        })
        .await;
    }
}
