//! The first query and the first mutation of the README answer as it shows, as documents and as commands.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::blocks::{README, blocks, only, operations, under, words};
use super::programs::{DEMO_EMAIL, DEMO_PASSWORD, DEMO_SERVER, node};
use crate::support::{PASSWORD, Person, TestApp};

const QUERY: &str = "A first query";
const MUTATION: &str = "A first mutation";

/// The blocks in JSON under a heading.
fn data<const N: usize>(heading: &str) -> [Value; N] {
    let read = |text: &String| serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let values: Vec<Value> = under(README, heading, "json").iter().map(read).collect();
    values.try_into().expect("as many blocks as are expected")
}

/// The value with each text, number and truth replaced by its kind, and each list by its first element.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
        Value::Array(values) => values.iter().take(1).map(shape).collect(),
        Value::String(_) => json!("text"),
        Value::Number(_) => json!("number"),
        Value::Bool(_) => json!("truth"),
        Value::Null => Value::Null,
    }
}

/// A lead as in the README, and another one.
async fn leads(app: &TestApp) {
    let contacts = json!([{ "firstName": "José", "lastName": "Orozco Urdaneta", "phones": [{ "value": "+58 424 472 2938" }] }]);
    app.prospect()
        .name("Distribuidora Los Andes 97")
        .owner(&app.ana)
        .with(json!({ "contacts": contacts }))
        .create()
        .await;
    app.prospect().name("Another prospect").owner(&app.ana).create().await;
}

/// The commands with `curl`, as pasted into a shell one after the other, for the test's server and user.
fn script(app: &TestApp, person: &Person) -> String {
    let commands = blocks(README)
        .into_iter()
        .filter(|block| block.language == "sh" && block.text.contains("curl"));
    let script: String = commands.map(|block| format!("{}echo\n", block.text)).collect();
    for placeholder in [DEMO_SERVER, DEMO_EMAIL, DEMO_PASSWORD] {
        assert!(script.contains(placeholder), "no command has {placeholder}");
    }
    script
        .replace(DEMO_SERVER, &app.url)
        .replace(DEMO_EMAIL, &person.email)
        .replace(DEMO_PASSWORD, PASSWORD)
}

/// Output of a shell.
async fn shell(script: String) -> String {
    let run = move || {
        let mut shell = Command::new("sh");
        shell.args(["-eu", "-c", &script]).stdin(Stdio::null());
        shell.output().expect("a shell runs")
    };
    let output = tokio::task::spawn_blocking(run).await.expect("nothing panics");
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{complained}");
    said.into_owned()
}

#[test]
fn the_commands_send_the_documents() {
    for heading in [QUERY, MUTATION] {
        let document = words(&only(README, heading, "graphql"));
        let commands = under(README, heading, "sh");
        let sent: Vec<String> = commands.iter().flat_map(|command| operations(command)).collect();
        assert_eq!(sent, [document], "{heading}");
    }
}

both! {
    async fn the_first_query_answers_as_the_readme_shows(app: TestApp) {
        leads(&app).await;
        let [variables, shown] = data(QUERY);
        let answer = app.ana.run(&only(README, QUERY, "graphql"), variables).await;
        answer.data();
        assert_eq!(shape(&answer.body), shape(&shown), "{}", answer.text);
        let [found, printed] = [&answer.body, &shown].map(|body| &body["data"]["prospects"]["nodes"][0]["contacts"]);
        assert_eq!(found, printed);
        let [found, printed] = [&answer.body, &shown].map(|body| &body["extensions"]["cost"]["requestedQueryCost"]);
        assert_eq!(found, printed);
    }

    async fn the_first_mutation_answers_as_the_readme_shows(app: TestApp) {
        let document = only(README, MUTATION, "graphql");
        let [variables, shown, refusal] = data(MUTATION);
        let before = app.snapshot().await;
        let mut wrong = variables.clone();
        wrong["input"]["name"] = json!("");
        wrong["input"]["contacts"][0]["emails"][0]["value"] = json!("begona@");
        let refused = app.ana.run(&document, wrong).await;
        assert_eq!(refused.data()["prospectCreate"]["userErrors"], refusal);
        before.assert_equal(&app.snapshot().await, "what was refused");

        let answer = app.ana.run(&document, variables).await;
        answer.payload("prospectCreate");
        assert_eq!(shape(answer.data()), shape(&shown), "{}", answer.text);
        let [found, printed] = [answer.data(), &shown].map(|data| &data["prospectCreate"]["prospect"]);
        for field in ["version", "name", "contacts"] {
            assert_eq!(found[field], printed[field]);
        }
        app.assert_sound().await;
    }

    async fn the_commands_answer_as_the_readme_shows(app: TestApp) {
        leads(&app).await;
        let said = shell(script(&app, &app.ana)).await;
        let answers: Vec<Value> = said.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).expect(line)).collect();
        let [queried, registered] = &answers[..] else { panic!("{said}") };
        let [_, shown] = data(QUERY);
        assert_eq!(shape(queried), shape(&shown), "{said}");
        let [_, shown, _] = data(MUTATION);
        assert_eq!(shape(&registered["data"]), shape(&shown), "{said}");
        let name = shown["prospectCreate"]["prospect"]["name"].as_str().expect("a name");
        assert_eq!(app.sql("SELECT name FROM prospects ORDER BY created_at DESC, id DESC LIMIT 1").await, [name]);
    }

    async fn clients_node_runs_the_first_program(app: TestApp) {
        let program = only(README, "From a program", "js").replace(DEMO_SERVER, &app.url);
        let said = node(&app, program).await;
        assert_eq!(said, format!("{}: SALES\n", app.ana.name));
    }
}
