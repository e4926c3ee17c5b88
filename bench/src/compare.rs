//! Whether the server and the comparison answer the same data: all of it but what each names in its own way.

use std::net::SocketAddr;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::client::Connection;
use crate::load::{Chance, Questions, check};
use crate::operations::{Operation, Pair, server_core};
use crate::samples::Caller;
use crate::{Result, ids};

/// How many answers of each kind are compared.
const ANSWERS: usize = 25;
/// Cursors exist only on one side, and this number depends on the second.
const NOT_COMPARED: [&str; 4] = ["cursor", "startCursor", "endCursor", "secondsSinceReception"];
const PAGE_INFO: [&str; 1] = ["hasPreviousPage"];
/// What differs between two prospects that were created alike.
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

/// Fails where a sample of answers differs.
pub async fn compare(server: SocketAddr, baseline: SocketAddr, operation: Operation, pair: &Pair, caller: &Caller) -> Result<usize> {
    if operation == Operation::ProspectCreate {
        return created_alike(server, baseline, pair, caller).await;
    }
    let mut seed = Chance::new(0);
    for _ in 0..ANSWERS {
        let place = seed.below(usize::MAX);
        let one = ask(server, &request(&pair.server, place), pair.server.beginning).await?;
        let other = ask(baseline, &request(&pair.baseline, place), pair.baseline.beginning).await?;
        same(canonical(one, &[]), canonical(other, &[]), operation.name())?;
    }
    Ok(ANSWERS)
}

/// One prospect made by each, both read through the server.
async fn created_alike(server: SocketAddr, baseline: SocketAddr, pair: &Pair, caller: &Caller) -> Result<usize> {
    let mut read = Vec::new();
    for (address, questions) in [(server, &pair.server), (baseline, &pair.baseline)] {
        let answer = ask(address, &request(questions, 0), questions.beginning).await?;
        let shape = canonical(answer.clone(), &PARTICULAR);
        let id = answer["prospectCreate"]["prospect"]["id"].as_str().and_then(uuid_of);
        let id = ids::encode("prs", id.ok_or("a prospect was created without an id")?);
        let record = ask(server, &server_core(caller, &id), "{\"data\":{\"prospect\":{").await?;
        read.push((shape, canonical(record, &[&PARTICULAR[..], &["at", "occurredAt"]].concat())));
    }
    let (other, one) = (read.pop(), read.pop());
    let ((one_shape, one), (other_shape, other)) = one.zip(other).ok_or("two prospects were created")?;
    same(one_shape, other_shape, "the answer to a creation")?;
    same(one, other, "a prospect that was created")?;
    Ok(1)
}

fn request(questions: &Questions, place: usize) -> Vec<u8> {
    let mut request = Vec::new();
    match &questions.requests {
        crate::load::Requests::Any(all) => request.clone_from(&all[place % all.len()]),
        numbered => numbered.draw(&mut Chance::new(0), &mut request),
    }
    request
}

async fn ask(address: SocketAddr, request: &[u8], beginning: &str) -> Result<Value> {
    let mut connection = Connection::open(address).await?;
    let (status, body) = connection.ask(request).await?;
    check(status, body, beginning)?;
    let mut answer: Value = serde_json::from_slice(body)?;
    Ok(answer["data"].take())
}

fn same(one: Value, other: Value, what: &str) -> Result<()> {
    match difference(&one, &other, what.to_owned()) {
        None => Ok(()),
        Some(place) => Err(format!("the answers differ: {place}").into()),
    }
}

/// Where two values differ first.
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
