//! The commands of the page about documents do what it says.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::blocks::{DOCUMENTS, only, under};
use super::programs::DEMO_SERVER;
use crate::support::TestApp;

const CONTENT: &str = "words of a long contract";

/// Output of a command in a folder, with these variables.
async fn shell(app: &TestApp, folder: &Path, command: &str, variables: &[(&str, &str)]) -> String {
    assert!(command.contains(DEMO_SERVER), "{command}");
    let mut shell = Command::new("sh");
    shell.args(["-eu", "-c", &command.replace(DEMO_SERVER, &app.url)]);
    shell.current_dir(folder).stdin(Stdio::null()).envs(variables.iter().copied());
    let run = move || shell.output().expect("a shell runs");
    let output = tokio::task::spawn_blocking(run).await.expect("nothing panics");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// Without the parts of identifiers and addresses that differ each time.
fn without_ids(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), without_ids(value))).collect(),
        Value::Array(values) => values.iter().map(without_ids).collect(),
        Value::String(text) if text.starts_with("doc_") => json!("doc_…"),
        Value::String(text) if text.starts_with("/documents/doc_") => json!("/documents/doc_…"),
        other => other.clone(),
    }
}

both! {
    async fn the_commands_of_the_page_do_what_it_says(app: TestApp) {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("contract.txt");
        std::fs::write(&file, CONTENT).expect("a file can be written");
        let prospect = app.prospect().owner(&app.ana).create().await;
        let token = app.ana.token.clone().expect("ana is signed in");
        let command = only(DOCUMENTS, "Upload", "sh");
        let variables = [("TOKEN", &*token), ("PROSPECT", &*prospect.id)];
        let said = shell(&app, folder.path(), &command, &variables).await;
        let answer: Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{said}: {error}"));
        let shown: Value = serde_json::from_str(&only(DOCUMENTS, "Upload", "json")).expect("the page shows JSON");
        assert_eq!(without_ids(&answer["data"]), shown, "{said}");
        // After a lost answer.
        let again = shell(&app, folder.path(), &command, &variables).await;
        let again: Value = serde_json::from_str(&again).expect("an answer");
        assert_eq!(again["data"], answer["data"]);

        let address = answer["data"]["documentUpload"]["document"]["downloadUrl"].as_str().expect("an address");
        let other = tempfile::tempdir().expect("a folder can be made");
        shell(&app, other.path(), &only(DOCUMENTS, "Download", "sh"), &[("ADDRESS", address)]).await;
        let saved = std::fs::read_to_string(other.path().join("contract.txt")).expect("the file is saved under its name");
        assert_eq!(saved, CONTENT);

        let document = only(DOCUMENTS, "Upload in parts", "graphql");
        let input = serde_json::from_str(&only(DOCUMENTS, "Upload in parts", "json")).expect("the page shows JSON");
        let data = app.ana.query(&document, input).await;
        let upload = &data["documentUploadCreate"]["upload"];
        let variables = [("UPLOAD", upload["url"].as_str().expect("an address"))];
        let [head, put] = &under(DOCUMENTS, "Upload in parts", "sh")[..] else { panic!("two commands") };
        let said = shell(&app, folder.path(), head, &variables).await;
        assert!(said.contains("200 OK") && said.contains("upload-offset: 0"), "{said}");
        let said = shell(&app, folder.path(), put, &variables).await;
        assert!(said.contains("204 No Content") && said.contains("upload-offset: 24"), "{said}");
        let finish = "mutation ($prospectId: ID!, $uploadId: ID!) { documentUpload(prospectId: $prospectId, input: { uploadId: $uploadId }) {
            document { name size } userErrors { code } } }";
        let answer = app.ana.run(finish, json!({ "prospectId": prospect.id, "uploadId": upload["id"] })).await;
        assert_eq!(answer.payload("documentUpload")["document"], json!({ "name": "contract.txt", "size": 24 }));
    }
}
