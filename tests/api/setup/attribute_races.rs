//! Definitions that change while others write values: each write is done or refused clearly, and none is lost or by halves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Answer, Made, Person, TestApp};

const WRITERS: usize = 16;
const ROUNDS: usize = 6;

const UPDATE: &str = "mutation ($id: ID!, $input: ProspectUpdateInput!) { prospectUpdate(id: $id, input: $input) {
    prospect { id } userErrors { code message path } } }";
const DEFINE: &str = "mutation ($id: ID!, $input: AttributeDefinitionUpdateInput!) { attributeDefinitionUpdate(id: $id, input: $input) {
    userErrors { code message path } } }";

/// What became of the writes of a writer.
#[derive(Debug, Default)]
struct Written {
    /// Number of the last write that was acknowledged.
    last: Option<usize>,
    done: usize,
    refused: usize,
    /// Answers that are neither.
    unclear: Vec<String>,
}

/// A write of a number under both keys, in the form of text or of a number.
fn values(number: usize, is_text: bool) -> Value {
    let (one, many) = match is_text {
        true => (json!({ "text": number.to_string() }), json!({ "texts": [number.to_string(), "7"] })),
        false => (json!({ "number": number }), json!({ "numbers": [number, 7] })),
    };
    json!({ "attributes": [{ "key": "size", "value": one }, { "key": "sizes", "value": many }] })
}

/// Whether the write is done; false where it is refused with a reason. None where the answer is neither.
fn outcome(answer: &Answer, mutation: &str) -> Option<bool> {
    let codes = answer.codes();
    if !codes.is_empty() {
        return codes.iter().all(|code| ["CONFLICT", "UNAVAILABLE"].contains(code)).then_some(false);
    }
    let errors = answer.user_errors(mutation);
    let is_clear = |error: &String| {
        ["INVALID", "STATE", "CONFLICT", "NOT_FOUND"]
            .iter()
            .any(|code| error.starts_with(code))
    };
    errors.iter().all(is_clear).then_some(errors.is_empty())
}

async fn write(person: Person, made: Made, is_over: Arc<AtomicBool>) -> Written {
    let mut written = Written::default();
    for number in 1.. {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        // The type is text or integer at the moment.
        for is_text in [true, false] {
            let answer = person
                .run(UPDATE, json!({ "id": made.id, "input": values(number * 10, is_text) }))
                .await;
            match outcome(&answer, "prospectUpdate") {
                Some(true) => {
                    written.done += 1;
                    written.last = Some(number * 10);
                    break;
                }
                Some(false) => written.refused += 1,
                None => written.unclear.push(answer.text),
            }
        }
    }
    written
}

both! {
    /// Two keys with one typed name, defined at two servers at once.
    async fn of_definitions_that_share_a_name_one_wins(app: TestApp) {
        let other = app.with_settings(|_| {}).await;
        let document = "mutation ($key: String!) { attributeDefinitionCreate(input: { entity: PROSPECT, key: $key, label: \"Code\", type: TEXT }) {
            attributeDefinition { key } userErrors { code message path } } }";
        let people = [&app.admin, &other.other_admin, &app.other_admin, &other.admin];
        let keys = ["industry_code", "industry__code"];
        let calls = (0..8).map(|number: usize| people[number % 4].run(document, json!({ "key": keys[number / 4] })));
        let mut errors: Vec<Vec<String>> = Vec::new();
        for answer in join_all(calls).await {
            errors.push(answer.user_errors("attributeDefinitionCreate"));
        }
        errors.sort();
        let mut expected = vec![vec!["TAKEN input.key".to_owned()]; 7];
        expected.insert(0, Vec::new());
        assert_eq!(errors, expected);
        assert_eq!(app.sql("SELECT CAST(count(*) AS text) FROM attribute_definitions").await, ["1"]);
    }

    async fn values_survive_changes_of_their_definition(app: TestApp) {
        let single = app.attribute(json!({ "key": "size", "type": "TEXT" })).await;
        let many = app.attribute(json!({ "key": "sizes", "type": "TEXT", "isMultiple": true })).await;
        let (is_over, mut writers) = (Arc::new(AtomicBool::new(false)), Vec::new());
        for number in 0..WRITERS {
            let made = app.prospect().owner(&app.ana).name(&format!("Person {number}")).create().await;
            writers.push((made.clone(), tokio::spawn(write(app.ana.clone(), made, is_over.clone()))));
        }
        // Every value has a counterpart in both types, so none may be lost.
        let change = async |id: &str, input: Value| {
            for _ in 0..100 {
                let answer = app.admin.run(DEFINE, json!({ "id": id, "input": input })).await;
                match outcome(&answer, "attributeDefinitionUpdate") {
                    Some(true) => return,
                    Some(false) => tokio::task::yield_now().await,
                    None => panic!("{}", answer.text),
                }
            }
            panic!("{input} is refused each time");
        };
        let act = async |action: &str, id: &str| {
            let name = format!("attributeDefinition{action}");
            let document = format!("mutation ($id: ID!) {{ {name}(id: $id) {{ userErrors {{ code message path }} }} }}");
            app.admin.run(&document, json!({ "id": id })).await.payload(&name);
        };
        for round in 0..ROUNDS {
            app.attribute(json!({ "key": format!("more_{round}"), "type": "INTEGER" })).await;
            for kind in ["INTEGER", "TEXT"] {
                change(&single, json!({ "type": kind })).await;
                change(&many, json!({ "type": kind, "label": format!("Sizes {round}") })).await;
            }
            act("Retire", &single).await;
            act("Restore", &single).await;
        }
        is_over.store(true, Ordering::Relaxed);
        let mut done = 0;
        for (made, writer) in writers {
            let written = writer.await.expect("a writer ends");
            assert_eq!(written.unclear, [""; 0]);
            let read = "query ($id: ID!) { prospect(id: $id) { attributes { text } } }";
            let data = app.ana.query(read, json!({ "id": made.id })).await;
            let expected = match written.last {
                Some(last) => json!([{ "text": last.to_string() }, { "text": format!("{last}, 7") }]),
                None => json!([]),
            };
            assert_eq!(data["prospect"]["attributes"], expected, "{written:?}");
            done += written.done;
        }
        assert!(done > WRITERS, "only {done} writes were done");
        let expected = (WRITERS * 2).to_string();
        assert_eq!(app.sql("SELECT CAST(count(*) AS text) FROM attribute_values").await, [expected]);
        app.assert_sound().await;
    }

    /// An attribute that becomes narrower meanwhile: what is stored afterwards fits.
    async fn rules_hold_for_what_was_written_meanwhile(app: TestApp) {
        let id = app.attribute(json!({ "key": "size", "type": "INTEGER" })).await;
        let (is_over, mut writers) = (Arc::new(AtomicBool::new(false)), Vec::new());
        for number in 0..WRITERS {
            let made = app.prospect().owner(&app.ana).name(&format!("Person {number}")).create().await;
            let (ana, is_over) = (app.ana.clone(), is_over.clone());
            writers.push(tokio::spawn(async move {
                let (mut high, mut unclear) = (0, Vec::new());
                for number in 1.. {
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    let input = json!({ "attributes": [{ "key": "size", "value": { "number": if number % 2 == 0 { 5 } else { 500 } } }] });
                    let answer = ana.run(UPDATE, json!({ "id": made.id, "input": input })).await;
                    match outcome(&answer, "prospectUpdate") {
                        Some(is_done) => high += usize::from(is_done && number % 2 == 1),
                        None => unclear.push(answer.text),
                    }
                }
                (high, unclear)
            }));
        }
        for _ in 0..ROUNDS {
            for rules in [json!({ "max": "10" }), Value::Null] {
                let answer = app.admin.run(DEFINE, json!({ "id": id, "input": { "validation": rules } })).await;
                assert!(outcome(&answer, "attributeDefinitionUpdate").is_some(), "{}", answer.text);
                tokio::time::sleep(std::time::Duration::ZERO).await;
            }
        }
        let answer = loop {
            let answer = app.admin.run(DEFINE, json!({ "id": id, "input": { "validation": { "max": "10" } } })).await;
            if outcome(&answer, "attributeDefinitionUpdate") == Some(true) {
                break answer;
            }
        };
        answer.payload("attributeDefinitionUpdate");
        is_over.store(true, Ordering::Relaxed);
        let mut high = 0;
        for writer in writers {
            let (done, unclear) = writer.await.expect("a writer ends");
            assert_eq!(unclear, [""; 0]);
            high += done;
        }
        assert!(high > 0, "no high value was written");
        let list = "{ prospects(filter: { attributes: [{ key: \"size\", number: { gte: 11 } }] }) { totalCount } }";
        assert_eq!(app.ana.query(list, json!({})).await["prospects"]["totalCount"], 0);
        app.assert_sound().await;
    }
}
