//! The requests of the page about custom attributes answer as it shows.

use serde_json::{Value, json};

use super::blocks::{ATTRIBUTES, blocks};
use crate::support::TestApp;

/// A request with its answer.
struct Step {
    document: String,
    variables: Value,
    answer: Value,
}

/// Each document is followed by its variables and the answer, once or more.
fn steps() -> Vec<Step> {
    let mut steps = Vec::new();
    let mut document = String::new();
    let mut variables = None;
    for block in blocks(ATTRIBUTES) {
        match (block.language.as_str(), variables.take()) {
            ("graphql", None) => document = block.text,
            ("json", taken) => {
                let value: Value = serde_json::from_str(&block.text).unwrap_or_else(|error| panic!("{}: {error}", block.text));
                match taken {
                    None => variables = Some(value),
                    Some(variables) => steps.push(Step {
                        document: document.clone(),
                        variables,
                        answer: value,
                    }),
                }
            }
            (language, _) => panic!("a block of {language} is out of order: {}", block.text),
        }
    }
    assert!(variables.is_none(), "a request has no answer");
    steps
}

/// Without the part of identifiers that differs each time.
fn without_ids(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), without_ids(value))).collect(),
        Value::Array(values) => values.iter().map(without_ids).collect(),
        Value::String(text) if text.starts_with("atd_") => json!("atd_…"),
        other => other.clone(),
    }
}

both! {
    async fn the_requests_of_the_page_answer_as_it_shows(app: TestApp) {
        let steps = steps();
        assert!(steps.len() > 5, "only {} requests were found", steps.len());
        for Step { document, variables, answer } in steps {
            let data = app.admin.query(&document, variables).await;
            assert_eq!(without_ids(&data), answer, "{document}");
        }
    }
}
