//! Every limit at its value, which passes, and one past it, which is refused and changes nothing.

mod arguments;
mod buckets;
mod conditions;
mod conflicts;
mod documents;
mod fairness;
mod inputs;
mod overload;
mod prices;
mod reference;
mod requests;
mod roots;
mod suggestions;
mod texts;
mod validation;

use serde_json::Value;

use crate::support::{Answer, Person};

/// Runs a document that has to pass.
async fn passes(person: &Person, what: &str, document: &str, variables: Value) -> Answer {
    let answer = person.run(document, variables).await;
    assert_eq!(answer.status, 200, "{what} at its limit: {}", answer.text);
    assert!(answer.errors().is_empty(), "{what} at its limit: {}", answer.text);
    answer
}

/// Runs a document that has to be refused before anything runs.
async fn refused(person: &Person, what: &str, document: &str, variables: Value, code: &str) -> Answer {
    let answer = person.run(document, variables).await;
    assert_eq!(answer.status, 400, "{what} past its limit: {}", answer.text);
    assert_eq!(answer.codes(), [code], "{what} past its limit: {}", answer.text);
    assert!(answer.body.get("data").is_none(), "{what} past its limit: {}", answer.text);
    answer
}
