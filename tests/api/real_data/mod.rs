//! Regressions from real data: names of many scripts, phones and document numbers as people type them, and duplicates among colleagues'
//! records.

mod look_alikes;
mod names;
mod numbers;
mod phones;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Person, TestApp};

const CREATE: &str = "mutation ($input: ProspectCreateInput!) {
    prospectCreate(input: $input) { prospect { id } userErrors { code message path } } }";
const UPDATE: &str = "mutation ($id: ID!, $input: ProspectUpdateInput!) {
    prospectUpdate(id: $id, input: $input) { prospect { id } userErrors { code message path } } }";
const LIST: &str = "query ($search: String, $filter: ProspectFilter) {
    prospects(search: $search, filter: $filter, first: 100) { totalCount nodes { name } } }";

/// Creates a company called Caso unless the fields say otherwise.
async fn create(person: &Person, fields: Value) -> Answer {
    let mut input = json!({ "kind": "COMPANY", "name": "Caso" });
    let object = input.as_object_mut().expect("the input is an object");
    object.extend(fields.as_object().expect("fields are an object").clone());
    person.run(CREATE, json!({ "input": input })).await
}

/// The names of the prospects that a search finds, in their order.
async fn searched(person: &Person, text: &str) -> Vec<String> {
    listed(person, json!({ "search": text })).await
}

/// The names of the prospects that pass a filter, in their order.
async fn filtered(person: &Person, filter: Value) -> Vec<String> {
    listed(person, json!({ "filter": filter })).await
}

async fn listed(person: &Person, variables: Value) -> Vec<String> {
    let list = person.query(LIST, variables.clone()).await["prospects"].clone();
    let nodes = list["nodes"].as_array().expect("a list");
    let mut names: Vec<String> = nodes.iter().map(|node| node["name"].as_str().expect("a name").to_owned()).collect();
    assert_eq!(list["totalCount"], json!(names.len()), "{variables}");
    names.sort();
    names
}

/// The id of the type of document number of a country.
async fn identifier_type(app: &TestApp, country: &str, name: &str) -> String {
    let types = app.admin.query("{ identifierTypes { id country name } }", json!({})).await;
    let types = types["identifierTypes"].as_array().expect("a list");
    let found = types
        .iter()
        .find(|kind| kind["country"] == json!(country) && kind["name"] == json!(name));
    let found = found.unwrap_or_else(|| panic!("no type of {country} is called {name}"));
    found["id"].as_str().expect("an id").to_owned()
}

/// Sends a body as it is.
async fn send(person: &Person, body: &str) -> Answer {
    let request = person
        .request(Method::POST, "/graphql")
        .header("content-type", "application/json")
        .header("accept", "application/graphql-response+json")
        .body(body.to_owned());
    Answer::read(request.send().await.expect("the server answers")).await
}
