//! The programs of `docs/clients.md` and `docs/clients-mobile.md`: run if their interpreter is installed, and the same in all languages.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::blocks::{CLIENTS, MOBILE, only, operations, under, words};
use crate::support::{PASSWORD, TestApp};

/// Address and account of the demo in the pages, replaced in tests.
pub const DEMO_SERVER: &str = "http://127.0.0.1:8000";
pub const DEMO_EMAIL: &str = "sales1@demo.example";
pub const DEMO_PASSWORD: &str = "cartera-demo";

/// Page, heading and language.
const PROGRAMS: [(&str, &str, &str); 4] = [
    (CLIENTS, "JavaScript", "js"),
    (CLIENTS, "Python", "python"),
    (MOBILE, "Kotlin", "kotlin"),
    (MOBILE, "Swift", "swift"),
];

/// A program that has ended well.
struct Ran {
    said: String,
    /// Number of waits.
    waits: usize,
}

/// Runs a program as Ana. Whenever it reports a wait, the clock of the server advances.
async fn run(app: &TestApp, interpreter: &'static str, ending: &str, program: String) -> Ran {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join(format!("cartera.{ending}"));
    std::fs::write(&file, program.replace(DEMO_EMAIL, &app.ana.email).replace(DEMO_PASSWORD, PASSWORD)).expect("a file can be written");
    let mut command = Command::new(interpreter);
    command.arg(&file).env("CRM_URL", format!("{}/graphql", app.url));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let clock = app.clock.clone();
    let watch = move || {
        let mut process = command
            .spawn()
            .unwrap_or_else(|error| panic!("{interpreter} is needed, or scripts/test, which leaves out what it does not find: {error}"));
        let mut complaints = BufReader::new(process.stderr.take().expect("it is a pipe"));
        let (mut waits, mut complained, mut line) = (0, String::new(), String::new());
        while complaints.read_line(&mut line).expect("it complains in text") > 0 {
            if line.starts_with("RATE_LIMITED: waiting ") {
                waits += 1;
                clock.set(clock.now() + 60_000);
            }
            complained.push_str(&std::mem::take(&mut line));
        }
        let mut said = String::new();
        let output = process.stdout.take().expect("it is a pipe").read_to_string(&mut said);
        output.expect("it speaks in text");
        assert!(process.wait().expect("it ends").success(), "{said}{complained}");
        Ran { said, waits }
    };
    let ran = tokio::task::spawn_blocking(watch).await.expect("the program ends well");
    drop(folder);
    ran
}

/// Output of a program in JavaScript.
pub async fn node(app: &TestApp, program: String) -> String {
    run(app, "node", "mjs", program).await.said
}

/// Output of a program according to the page: all of it for the first run, the first line of it for the second.
fn expected() -> [Vec<String>; 2] {
    let lines = |text: &String| text.lines().map(str::to_owned).collect();
    let texts: Vec<Vec<String>> = under(CLIENTS, "The documents", "text").iter().map(lines).collect();
    texts.try_into().expect("two blocks of text")
}

/// Runs a program of the page twice, and once at a server that makes it wait.
async fn runs_as_the_page_says(app: &TestApp, heading: &str, language: &str, interpreter: &'static str, ending: &str) {
    let program = only(CLIENTS, heading, language);
    let [first, again] = expected();
    let ran = run(app, interpreter, ending, program.clone()).await;
    assert_eq!(
        (ran.said.lines().collect::<Vec<_>>(), ran.waits),
        (first.iter().map(String::as_str).collect(), 0)
    );
    let created = app.sql("SELECT count(*) || '' FROM prospects").await;
    assert_eq!(created, ["1"]);

    let ran = run(app, interpreter, ending, program.clone()).await;
    let lines: Vec<&str> = ran.said.lines().collect();
    assert_eq!(lines[..3], [&again[0], &first[1], &first[2]]);
    assert!(lines[3].starts_with("CONFLICT at expectedVersion: "), "{}", lines[3]);
    assert_eq!((lines.len(), ran.waits), (4, 0));

    // Its list of 50 prospects costs nearly all that there is.
    let limited = app
        .with_settings(|settings| (settings.limits.bucket, settings.limits.bucket_restore) = (110, 60))
        .await;
    let ran = run(&limited, interpreter, ending, program).await;
    assert_eq!(ran.said.lines().take(3).collect::<Vec<_>>(), lines[..3]);
    assert!(ran.waits > 0, "it never had to wait");
    assert_eq!(app.sql("SELECT count(*) || '' FROM prospects").await, created);
    app.assert_sound().await;
}

#[test]
fn all_programs_send_the_documents_of_the_page() {
    let documents = under(CLIENTS, "The documents", "graphql");
    let documents: BTreeSet<String> = documents.iter().map(|document| words(document)).collect();
    assert!(documents.len() > 3);
    for (page, heading, language) in PROGRAMS {
        let sent: BTreeSet<String> = operations(&only(page, heading, language)).into_iter().collect();
        assert_eq!(sent, documents, "{heading}");
    }
}

#[test]
fn all_programs_take_care_of_the_same_errors() {
    for (page, heading, language) in PROGRAMS {
        let program = only(page, heading, language);
        for code in ["TAKEN", "CONFLICT", "RATE_LIMITED", "retryAfterSeconds", "userErrors"] {
            assert!(program.contains(code), "{heading} has no {code}");
        }
    }
}

both! {
    async fn the_documents_of_the_page_run(app: TestApp) {
        let number = json!([{ "typeId": app.identifier_type("RIF"), "country": "VE", "number": "J-40123456-9" }]);
        let made = app.prospect().name("Café Ávila").owner(&app.ana).create().await;
        for document in under(CLIENTS, "The documents", "graphql") {
            let name = document.split([' ', '(']).nth(1).expect("an operation has a name");
            let variables = match name {
                "SignIn" => json!({ "email": app.ana.email, "password": PASSWORD }),
                "IdentifierTypes" => json!({}),
                "ProspectCreate" => json!({ "input": { "kind": "COMPANY", "name": "Café Ávila 2", "identifiers": number }, "idempotencyKey": "1" }),
                "Prospects" => json!({ "filter": { "name": { "contains": "cafe avila" } }, "first": 50, "after": null }),
                "ProspectUpdate" => json!({ "id": made.id, "input": { "rating": 4 }, "expectedVersion": 1 }),
                name => panic!("{name} needs variables"),
            };
            let data = app.ana.query(&document, variables).await;
            for payload in data.as_object().expect("data is an object").values() {
                assert!(payload.get("userErrors").is_none_or(|errors| *errors == json!([])), "{payload}");
                assert_ne!(*payload, Value::Null);
            }
        }
        assert_eq!(app.sql("SELECT count(*) || '' FROM prospects").await, ["2"]);
    }

    async fn clients_node_runs_the_program(app: TestApp) {
        runs_as_the_page_says(&app, "JavaScript", "js", "node", "mjs").await;
    }

    async fn clients_python_runs_the_program(app: TestApp) {
        runs_as_the_page_says(&app, "Python", "python", "python3", "py").await;
    }
}
