//! Comparison of the answers of the server and the baselines: equal except for generated values.

use std::net::SocketAddr;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::baseline::question::EXACT;
use crate::client::Connection;
use crate::load::{Chance, Questions, Requests, check};
use crate::operations::{Pair, Task, server_lead};
use crate::samples::Caller;
use crate::{Result, ids};

/// Number of compared answers of each kind, if there are so many different ones.
const ANSWERS: usize = 25;
/// Cursors exist only on one side, and this number depends on the second.
const NOT_COMPARED: [&str; 4] = ["cursor", "startCursor", "endCursor", "secondsSinceReception"];
const PAGE_INFO: [&str; 1] = ["hasPreviousPage"];
/// Differences between two prospects that were created alike.
const PARTICULAR: [&str; 8] = [
    "id",
    "name",
    "legalName",
    "number",
    "value",
    "createdAt",
    "openedAt",
    "lastActivityAt",
];

/// Fails if a sample of the answers to the first user differs; returns the number of compared answers.
pub async fn compare(server: SocketAddr, baselines: &[SocketAddr], task: &Task, caller: &Caller) -> Result<usize> {
    let pair = task.pairs.first().ok_or("an operation without requests")?;
    if task.is_creation {
        return created_alike(server, baselines, pair, caller).await;
    }
    let (Requests::Any(requests), Requests::Any(same)) = (&pair.server.requests, &pair.baseline.requests) else {
        return Err("an operation that reads has no numbers".into());
    };
    let mut chance = Chance::new(0);
    let answers = Ord::min(ANSWERS, requests.len());
    for _ in 0..answers {
        let place = chance.below(requests.len());
        let one = canonical(ask(server, &requests[place], &pair.server.beginning).await?, &[]);
        for baseline in baselines {
            let other = ask(*baseline, &same[place], &pair.baseline.beginning).await?;
            alike(&one, &canonical(other, &[]), &task.name)?;
        }
    }
    Ok(answers)
}

/// One prospect made by each, all read through the server.
async fn created_alike(server: SocketAddr, baselines: &[SocketAddr], pair: &Pair, caller: &Caller) -> Result<usize> {
    let (shape, record) = created(server, server, &pair.server, caller).await?;
    for baseline in baselines {
        let (other_shape, other) = created(*baseline, server, &pair.baseline, caller).await?;
        alike(&shape, &other_shape, "the answer to a creation")?;
        alike(&record, &other, "a prospect that was created")?;
    }
    Ok(1)
}

/// The answer to a creation, and what was created as the server reads it, both without what is particular.
async fn created(address: SocketAddr, server: SocketAddr, questions: &Questions, caller: &Caller) -> Result<(Value, Value)> {
    let mut request = Vec::new();
    questions.requests.draw(&mut Chance::new(0), &mut request);
    let answer = ask(address, &request, &questions.beginning).await?;
    let id = answer["prospectCreate"]["prospect"]["id"].as_str().and_then(uuid_of);
    let id = ids::encode("prs", id.ok_or("a prospect was created without an id")?);
    let record = ask(server, &server_lead(caller, &id), "{\"data\":{\"prospect\":{").await?;
    let particular = [&PARTICULAR[..], &["at", "occurredAt"]].concat();
    Ok((canonical(answer, &PARTICULAR), canonical(record, &particular)))
}

async fn ask(address: SocketAddr, request: &[u8], beginning: &str) -> Result<Value> {
    let mut connection = Connection::open(address).await?;
    let (status, body) = connection.ask(request).await?;
    check(status, body, beginning)?;
    let mut answer: Value = serde_json::from_slice(body)?;
    Ok(answer["data"].take())
}

fn alike(one: &Value, other: &Value, what: &str) -> Result<()> {
    match difference(one, other, what.to_owned()) {
        None => Ok(()),
        Some(place) => Err(format!("the answers differ: {place}").into()),
    }
}

/// The first difference of two values.
fn difference(one: &Value, other: &Value, path: String) -> Option<String> {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) if one.keys().eq(other.keys()) => one
            .iter()
            .find_map(|(key, value)| difference(value, &other[key], format!("{path}.{key}"))),
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => one
            .iter()
            .zip(other)
            .enumerate()
            .find_map(|(index, (one, other))| difference(one, other, format!("{path}[{index}]"))),
        _ if one == other => None,
        _ => Some(format!("{path}: {one} and {other}")),
    }
}

/// The value with identifiers as UUIDs, instants as milliseconds and amounts in minor units, whichever side it comes from.
fn canonical(value: Value, left_out: &[&str]) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields
                .into_iter()
                .filter(|(key, _)| {
                    !NOT_COMPARED.contains(&key.as_str()) && !PAGE_INFO.contains(&key.as_str()) && !left_out.contains(&key.as_str())
                })
                .map(|(key, value)| match (key.as_str(), &value) {
                    ("amount", Value::String(text)) => (key, minor(text)),
                    // Beyond that, the server estimates and the baselines stop to count.
                    ("totalCount", Value::Number(total)) => (key, total.as_u64().map(|total| total.min(EXACT as u64 + 1)).into()),
                    _ => (key, canonical(value, left_out)),
                });
            Value::Object(kept.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.into_iter().map(|item| canonical(item, left_out)).collect(),
        Value::String(text) => scalar(text),
        Value::Number(number) => number.as_f64().into(),
        other => other,
    }
}

fn scalar(text: String) -> Value {
    if let Some(id) = uuid_of(&text) {
        return id.to_string().into();
    }
    match chrono::DateTime::parse_from_rfc3339(&text) {
        Ok(time) => (time.timestamp_millis() as f64).into(),
        Err(_) => text.into(),
    }
}

fn uuid_of(text: &str) -> Option<Uuid> {
    ids::decode(text).or_else(|| Uuid::try_parse(text).ok())
}

fn minor(text: &str) -> Value {
    text.replace('.', "").parse::<f64>().ok().into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn are_alike(one: Value, other: Value) -> bool {
        alike(&canonical(one, &[]), &canonical(other, &[]), "an answer").is_ok()
    }

    #[test]
    fn each_side_has_its_own_spelling() {
        let id = Uuid::from_u128(7);
        let server = json!({ "id": ids::encode("prs", id), "at": "1970-01-01T00:00:01.000Z", "cursor": "x", "amount": "1.50" });
        assert!(are_alike(
            server.clone(),
            json!({ "id": id.simple().to_string(), "at": 1000, "amount": 150 })
        ));
        assert!(!are_alike(server, json!({ "id": id, "at": 1001, "amount": 150 })));
    }

    #[test]
    fn totals_are_alike_beyond_what_is_counted() {
        let total = |total: usize| json!({ "totalCount": total });
        assert!(are_alike(total(54_321), total(EXACT + 1)));
        assert!(!are_alike(total(EXACT), total(EXACT + 1)));
        assert!(!are_alike(json!([1, 2]), json!([2, 1])));
    }
}
