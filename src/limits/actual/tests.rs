//! The actual cost of answers, in examples.

use super::*;
use crate::limits::cost::price;
use async_graphql::parser::parse_query;
use serde_json::json;

const SDL: &str = "
    type Query { channels: [Channel!]! prospect(id: ID!): Prospect prospects(first: Int, filter: F): ProspectConnection! entries: [Entry!]! }
    type Mutation { prospectCreate(name: String, input: I): Payload }
    input F { name: T } input T { in: [Int!] } input I { rule: String rows: [I!] }
    type Payload { prospect: Prospect userErrors: [UserError!]! }
    type UserError { message: String! }
    type Channel { id: ID! name: String! }
    type User { id: ID! }
    type Prospect { id: ID! sites: [String!]! owner: User emails: [Email!]! list(filter: F): [User!]! }
    type Email { value: String! }
    union Entry = Note | Call
    type Note { by: User body: String }
    type Call { by: User with: User }
    type PageInfo { hasNextPage: Boolean! }
    type ProspectConnection { totalCount: Int isTotalEstimated: Boolean pageInfo: PageInfo! nodes: [Prospect!]! }
";

fn points(query: &str, data: serde_json::Value, most: u64) -> u64 {
    points_with(query, data, &[], most)
}

fn points_with(query: &str, data: serde_json::Value, lost: &[&str], most: u64) -> u64 {
    let types = TypeMap::from_sdl(SDL).unwrap();
    let document = parse_query(query).unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    let variables = Variables::default();
    let prices = Prices {
        cached: &["Channel"],
        texts: &[("Channel", "name", 1_000), ("Note", "body", 20_000), ("Prospect", "sites", 2_000)],
        added: &[],
        rules: &["rule"],
        reports: &[],
        parameters: &[],
        lengths: &[],
        page_size: 100,
    };
    let mut priced = price(&operation.node, &document, &variables, &types, prices);
    priced.cost.points = most;
    let data = Value::from_json(data).unwrap();
    Plan::of(&operation.node, &document, &variables, &types, prices).points(&data, lost, &priced)
}

#[test]
fn what_is_lost_counts_in_full_and_nothing_else_does() {
    let two = "{ a: prospects(first: 50) { totalCount nodes { id } } b: prospects(first: 7) { nodes { id } } }";
    let data = json!({ "a": null, "b": { "nodes": [{ "id": "1" }] } });
    // Looked for, and with what it would have cost.
    assert_eq!(points(two, data.clone(), 999), 2 + 3);
    assert_eq!(points_with(two, data.clone(), &["a"], 999), (2 + 10 + 50) + 3);
    assert_eq!(points_with(two, data.clone(), &["b"], 999), 2 + (2 + 7));
    assert_eq!(points_with(two, data.clone(), &["a", "b", "a"], 999), (2 + 10 + 50) + (2 + 7));
    assert_eq!(points_with(two, data, &["a", "b"], 60), 60, "never more than the price");
    let change = "mutation { prospectCreate(input: { rows: [{}] }) { prospect { id } } }";
    let none = json!({ "prospectCreate": null });
    assert_eq!(points(change, none.clone(), 99), 10 + 1 + 1);
    assert_eq!(points_with(change, none, &["prospectCreate"], 99), 10 + 1 + 1 + 1);
    let again = "{ prospects(first: 5) { totalCount } ... { prospects(first: 5) { nodes { id } } } }";
    let data = json!({ "prospects": { "totalCount": 0, "nodes": [] } });
    assert_eq!(points(again, data, 99), (2 + 10) + (2 + 5), "each time runs by itself");
}

#[test]
fn what_is_in_the_answer_counts() {
    let page = "{ prospects(first: 50) { totalCount pageInfo { hasNextPage } nodes { id owner { id } emails { value } } } }";
    let nodes = json!([
        { "id": "1", "owner": { "id": "1" }, "emails": [{ "value": "a" }, { "value": "b" }] },
        { "id": "2", "owner": null, "emails": [] },
    ]);
    let data = json!({ "prospects": { "totalCount": 2, "pageInfo": { "hasNextPage": false }, "nodes": nodes } });
    // The connection, the count, the page, and two records of which the second one's parts were looked for.
    assert_eq!(points(page, data.clone(), 1_000), 2 + 10 + 1 + (1 + 1 + 2) + (1 + 1 + 1));
    assert_eq!(points(page, data, 12), 12, "never more than the price");
    assert_eq!(
        points(
            page,
            json!({ "prospects": { "totalCount": 0, "pageInfo": {}, "nodes": [] } }),
            1_000
        ),
        2 + 10 + 1 + 1
    );
    let doubted = json!({ "prospects": { "totalCount": 0, "isTotalEstimated": false, "nodes": [] } });
    assert_eq!(
        points("{ prospects { totalCount isTotalEstimated nodes { id } } }", doubted.clone(), 99),
        2 + 10 + 1
    );
    assert_eq!(points("{ prospects { isTotalEstimated nodes { id } } }", doubted, 99), 2 + 10 + 1);
    assert_eq!(
        points(
            "{ a: prospect(id: 1) { id } b: prospect(id: 2) { id } }",
            json!({ "a": null, "b": { "id": "2" } }),
            9
        ),
        2
    );
}

#[test]
fn what_was_skipped_counts_nothing() {
    assert_eq!(points("{ prospect(id: 1) @skip(if: true) { id } }", json!({}), 9), 0);
    // What is skipped says nothing about what is called alike.
    let query = "{ prospect(id: 1) { x: sites @skip(if: true) x: list { id } } }";
    assert_eq!(
        points(query, json!({ "prospect": { "x": [{ "id": "1" }, { "id": "2" }] } }), 9),
        1 + 2
    );
}

#[test]
fn an_error_takes_others_where_null_lies_above_it() {
    let path = |text: &str| -> Vec<PathSegment> {
        let segment = |part: &str| match part.parse() {
            Ok(place) => PathSegment::Index(place),
            Err(_) => PathSegment::Field(part.to_owned()),
        };
        text.split('.').map(segment).collect()
    };
    let data = Value::from_json(json!({ "a": null, "b": { "c": [null, { "d": null }] } })).unwrap();
    for (at, took) in [
        ("a", false),
        ("a.b", true),
        ("a.0.x", true),
        ("b.c.0", false),
        ("b.c.0.d", true),
        ("b.c.1.d", false),
        ("b.c.1.d.e", true),
        ("x.y", false),
    ] {
        assert_eq!(took_others(&data, &path(at)), took, "{at}");
    }
    assert!(took_others(&Value::Null, &path("a")));
    for (at, is_refusal, root) in [
        ("a", false, Some("a")),
        ("a", true, None),
        ("a.b", true, Some("a")),
        ("b.c.0", false, None),
        ("b.c.0.d", true, Some("b")),
        ("x", false, None),
    ] {
        assert_eq!(lost(&data, &path(at), is_refusal), root, "{at}");
    }
    for (at, root) in [
        ("a", None),
        ("a.b", None),
        ("b.c.0.d", None),
        ("b.c.1.d", None),
        ("b.c.1.x", Some("b")),
        ("b.c.2", Some("b")),
        ("b.x.y", Some("b")),
        ("b", Some("b")),
    ] {
        assert_eq!(torn(&data, &path(at)), root, "{at}");
    }
}

#[test]
fn catalogues_count_once_and_mutations_more() {
    assert_eq!(
        points("{ channels { id } }", json!({ "channels": [{ "id": "1" }, { "id": "2" }] }), 9),
        1
    );
    let create = "mutation { prospectCreate { prospect { id } userErrors { message } } }";
    let data = json!({ "prospectCreate": { "prospect": { "id": "1" }, "userErrors": [] } });
    assert_eq!(points(create, data, 99), 10 + 1 + 1 + 1);
}

#[test]
fn texts_count_by_their_length() {
    let long = |characters: usize| "ñ".repeat(characters);
    let query = "{ entries { ... on Note { a: body body } } }";
    for (characters, points_of_text) in [(0, 0), (999, 0), (1_000, 1), (1_999, 1), (20_000, 20)] {
        let data = json!({ "entries": [{ "a": long(characters), "body": null }] });
        assert_eq!(points(query, data, 99), 1 + points_of_text, "{characters}");
    }
    let data = json!({ "prospect": { "sites": [long(2_000), "", long(1_000)] } });
    assert_eq!(points("{ prospect(id: 1) { sites } }", data, 99), 1 + 2 + 1);
    let data = json!({ "channels": [{ "name": long(1_000) }, { "name": long(1_000) }] });
    assert_eq!(points("{ channels { name } }", data, 99), 1 + 1);
}

#[test]
fn what_was_given_counts_where_the_field_ran() {
    let filter = "filter: { name: { in: [1, 2] } }";
    let list = format!("{{ prospects({filter}) {{ nodes {{ list({filter}) {{ id }} }} }} }}");
    let none = json!({ "prospects": { "nodes": [] } });
    assert_eq!(points(&list, none, 99), 2 + 2 + 1);
    let two = json!({ "prospects": { "nodes": [{ "list": [] }, { "list": [{ "id": "1" }, { "id": "2" }] }] } });
    assert_eq!(points(&list, two, 99), 2 + 2 + (1 + 1 + 2) + (1 + 2 + 2));
    let twice = format!("{{ prospects({filter}) {{ nodes {{ id }} }} ... {{ prospects({filter}) {{ nodes {{ id }} }} }} }}");
    // Each occurrence runs.
    assert_eq!(points(&twice, json!({ "prospects": { "nodes": [] } }), 99), 2 * (2 + 20 + 2));
    let create = "mutation { prospectCreate(input: { rule: \"x\", rows: [{}, {}] }) { prospect { id } } }";
    assert_eq!(
        points(create, json!({ "prospectCreate": { "prospect": { "id": "1" } } }), 99),
        10 + 1 + 1 + 20 + 2
    );
    assert_eq!(points(create, json!({}), 99), 0);
}

#[test]
fn a_field_that_several_types_have_counts_once() {
    let query = "{ entries { ...f ... on Call { by { id } with { id } } } } fragment f on Note { by { id } }";
    let data = json!({ "entries": [{ "by": { "id": "1" } }, { "by": { "id": "1" }, "with": { "id": "2" } }] });
    assert_eq!(points(query, data, 99), (1 + 1) + (1 + 1 + 1));
}
