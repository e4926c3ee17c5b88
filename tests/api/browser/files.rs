//! Files through the explorer page: chosen for the variables of an operation, uploaded, and downloaded again.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::driver::{Browser, in_browser, keys};
use super::{PROBLEMS, TEXT, TYPE, open_as, sign_out};
use crate::support::TestApp;

const CHOOSE_RECIPE: &str =
    "[...document.querySelectorAll('#recipes-list button')].find(button => button.textContent.startsWith(arguments[0])).click();";
/// The name, whether it takes several files, and the number of chosen ones of each chooser.
const CHOOSERS: &str = "return [...document.querySelectorAll('#files input')].map(input => [input.labels[0].textContent, input.multiple, input.files.length]);";
const PROBLEM: &str = "return document.querySelector('#problem').textContent;";

/// Bytes that are no text.
fn content() -> Vec<u8> {
    (0..300_000_usize).map(|index| (index * 7 + index / 251) as u8).collect()
}

async fn choose_recipe(browser: &Browser, title: &str, expected: &str) {
    let before = browser.script("return document.querySelector('#document').value;", json!([])).await;
    browser.script(CHOOSE_RECIPE, json!([title])).await;
    // The page reads a record for it first.
    browser
        .until_true(
            "return document.querySelector('#document').value !== arguments[0] && document.querySelector('#variables').value.includes(arguments[1]);",
            json!([before, expected]),
        )
        .await;
}

/// Waits for a download to be complete.
async fn downloaded(path: &Path) -> Vec<u8> {
    for _ in 0..600 {
        // The browser writes under another name first.
        if let Ok(bytes) = std::fs::read(path) {
            return bytes;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let folder = path.parent().expect("a folder");
    let found: Vec<_> = std::fs::read_dir(folder)
        .expect("a folder")
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    panic!("{} was not downloaded, but {found:?}", path.display());
}

both! {
    async fn browser_uploads_a_file_and_downloads_it_again(app: TestApp) {
        let made = app.prospect().name("Lead of Ana").owner(&app.ana).create().await;
        let folder = TempDir::new().expect("a folder can be made");
        let (source, target) = (folder.path().join("Contrato Ñandú.dat"), folder.path().join("downloads"));
        std::fs::write(&source, content()).expect("a file can be written");
        in_browser(async |browser| {
            open_as(browser, &app, &app.ana).await;
            browser.devtools("Browser.setDownloadBehavior", json!({ "behavior": "allow", "downloadPath": target })).await;
            assert_eq!(browser.script(TEXT, json!(["#files"])).await, Value::Null, "there is nothing to choose yet");

            choose_recipe(browser, "Upload a document", &made.id).await;
            browser.until_visible("#file-of-file").await;
            assert_eq!(browser.script(CHOOSERS, json!([])).await, json!([["$file", false, 0]]));
            assert_eq!(browser.script(PROBLEM, json!([])).await, "Variables, line 1: Choose a file for $file.");
            // The chooser is the next step behind the variables, and has a name for screen readers.
            browser.script("document.querySelector('#variables').focus();", json!([])).await;
            browser.press(&[&[keys::TAB]]).await;
            assert_eq!(browser.script("return document.activeElement.id;", json!([])).await, "file-of-file");

            browser.choose_files("#file-of-file", &[&source]).await;
            browser.until_true("return document.querySelector('#problem').textContent === 'No unknown names';", json!([])).await;
            assert_eq!(browser.script(TEXT, json!(["#files .note"])).await, "300.0 kB");
            browser.click("#run").await;
            browser.until_text("#answer", "\"userErrors\": []").await;
            let answer = browser.script(TEXT, json!(["#answer"])).await;
            let answer = answer.as_str().expect("the answer is shown");
            assert!(answer.contains("\"name\": \"Contrato Ñandú.dat\"") && answer.contains("\"size\": 300000"), "{answer}");

            browser.click("#answer a").await;
            assert!(downloaded(&target.join("Contrato Ñandú.dat")).await == content(), "the file is what it was");

            choose_recipe(browser, "Documents of a prospect", &made.id).await;
            assert_eq!(browser.script(CHOOSERS, json!([])).await, json!([]), "the choice went with its document");
            browser.click("#run").await;
            browser.until_text("#answer", "Contrato Ñandú.dat").await;
            assert_eq!(browser.script("return document.querySelectorAll('#answer a').length;", json!([])).await, 1);
            assert_eq!(browser.script(PROBLEMS, json!([])).await, json!([]));
        })
        .await;
    }

    async fn browser_offers_a_chooser_for_each_variable_that_takes_files(app: TestApp) {
        const SEVERAL: &str = "query None { viewer { id } }
mutation Two($prospectId: ID!, $first: Upload!, $second: Upload, $third: String) {
  first: documentUpload(prospectId: $prospectId, input: { file: $first, name: $third }) { document { name size } userErrors { code } }
  second: documentUpload(prospectId: $prospectId, input: { file: $second }) { document { name size } userErrors { code } }
}";
        // No field takes a list; the page does not depend on that.
        const MANY: &str = "mutation Many($files: [Upload!]!) { many(files: $files) { id } }";
        let made = app.prospect().name("Lead of Ana").owner(&app.ana).create().await;
        let folder = TempDir::new().expect("a folder can be made");
        let files = ["one.txt", "three.txt"].map(|name| folder.path().join(name));
        for file in &files {
            std::fs::write(file, file.file_name().expect("a name").as_encoded_bytes()).expect("a file can be written");
        }
        let select = async |browser: &Browser, place: u32| {
            let script = "const field = document.querySelector('#operation'); field.value = arguments[0]; field.dispatchEvent(new Event('change', { bubbles: true }));";
            browser.script(script, json!([place.to_string()])).await;
        };
        in_browser(async |browser| {
            open_as(browser, &app, &app.ana).await;
            browser.script(TYPE, json!(["#document", format!("{SEVERAL}\n{MANY}")])).await;
            browser.script(TYPE, json!(["#variables", json!({ "prospectId": made.id, "first": null }).to_string()])).await;
            let choosers = async || browser.script(CHOOSERS, json!([])).await;
            select(browser, 0).await;
            assert_eq!(choosers().await, json!([]));
            select(browser, 2).await;
            assert_eq!(choosers().await, json!([["$files", true, 0]]));
            browser.script(TYPE, json!(["#document", SEVERAL])).await;
            assert_eq!(choosers().await, json!([["$first", false, 0], ["$second", false, 0]]));
            browser.choose_files("#file-of-first", &[&files[0]]).await;
            browser.choose_files("#file-of-second", &[&files[1]]).await;
            // What is typed elsewhere in the document leaves the choice.
            browser.script(TYPE, json!(["#document", SEVERAL.replace("name size", "size name")])).await;
            assert_eq!(choosers().await, json!([["$first", false, 1], ["$second", false, 1]]));
            browser.click("#run").await;
            browser.until_text("#answer", "\"size\": 9").await;
            let answer = browser.script(TEXT, json!(["#answer"])).await;
            assert!(answer.as_str().is_some_and(|answer| answer.contains("\"size\": 7") && answer.contains("three.txt")), "{answer}");

            browser.click("#files .file:nth-of-type(2) button").await;
            assert_eq!(choosers().await, json!([["$first", false, 1], ["$second", false, 0]]));
            assert_eq!(browser.script("return document.activeElement.id;", json!([])).await, "file-of-second");
            sign_out(browser).await;
            assert_eq!(choosers().await, json!([]), "the choice went with the session");
            assert_eq!(browser.script(PROBLEMS, json!([])).await, json!([]));
        })
        .await;
        let stored = app.sql("SELECT name FROM documents ORDER BY name").await;
        assert_eq!(stored, ["one.txt", "three.txt"]);
    }
}
