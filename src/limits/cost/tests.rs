//! Prices of documents.

use super::*;
use crate::limits::variables::declared;
use async_graphql::parser::parse_query;
use serde_json::json;

const SDL: &str = "
    type Query {
        channels: [Channel!]! users: [User!]! prospect(id: ID!): Prospect board: Board node(input: I): Node nodes(ids: [ID!]!): [Node]!
        prospects(first: Int = 50, last: Int, filter: F): ProspectConnection!
    }
    type Board { tiles: [Tile!]! } type Tile { run(parameters: R): Email } input R { owner: ID }
    input F { name: T age: T not: F and: [F!] }
    input T { eq: Int gte: Int in: [Int!] }
    input I { rule: String rows: [I!] }
    type Mutation { prospectCreate(name: String, input: I): Payload }
    type Payload { prospect: Prospect userErrors: [UserError!]! }
    type UserError { message: String! }
    interface Node { id: ID! }
    type Channel implements Node { id: ID! name: String! }
    type User implements Node { id: ID! prospects(first: Int, filter: F): ProspectConnection! }
    type Prospect implements Node { id: ID! reference: String websites: [String!]! owner: User emails: [Email!]! entries(first: Int = 3): [Entry!]! }
    type Email { value: String! }
    union Entry = Note | Call
    type Note { by: User body: String! }
    type Call { users: [User!]! }
    type PageInfo { hasNextPage: Boolean! }
    type ProspectEdge { cursor: String! node: Prospect! }
    type ProspectConnection { totalCount: Int isTotalEstimated: Boolean pageInfo: PageInfo! edges: [ProspectEdge!]! nodes: [Prospect!]! }
";

const PRICES: Prices<'_> = Prices {
    cached: &["Channel", "User"],
    texts: &[
        ("Note", "body", 20_000),
        ("Prospect", "reference", 2_999),
        ("Prospect", "websites", 2_000),
        ("Channel", "name", 1_000),
    ],
    added: &[],
    rules: &["rule"],
    reports: &[],
    parameters: &["R"],
    lengths: &[("Board", "tiles", 24)],
    page_size: 100,
};

fn total(query: &str, variables: serde_json::Value) -> (u64, u64) {
    let types = TypeMap::from_sdl(SDL).unwrap();
    let document = parse_query(query).unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    let priced = price(
        &operation.node,
        &document,
        &declared(&operation.node, Variables::from_json(variables)),
        &types,
        PRICES,
    );
    (priced.cost.points, priced.cost.objects)
}

#[test]
fn each_root_field_has_its_price() {
    let types = TypeMap::from_sdl(SDL).unwrap();
    let document = parse_query(
        "{ a: prospects(first: 10) { nodes { id } } ...f ... { b: prospect(id: 1) { owner { id } } } c: users { id } ...f __typename }
         fragment f on Query { b: prospect(id: 1) { emails { value } } a: prospects(first: 10) { totalCount } }",
    )
    .unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    let priced = price(&operation.node, &document, &Variables::default(), &types, PRICES);
    let roots = ["a", "b", "c", "d"].map(|name| priced.root(name));
    assert_eq!(roots, [2 + 10 + 2 + 10, 1 + 5 + 1 + 1, 1, 0]);
}

#[test]
fn sizes_come_from_arguments() {
    for (query, points, objects) in [
        ("{ __typename unknown { a } }", 0, 0),
        ("{ prospect(id: 1) { id owner { id } } }", 2, 2),
        ("{ prospect(id: 1) { emails { value } } }", 6, 6),
        ("{ prospect(id: 1) { entries { __typename } } }", 4, 4),
        ("{ prospect(id: 1) { entries(first: 7) { __typename } } }", 8, 8),
        ("{ channels { id } users { id } }", 2, 2),
        ("{ users { prospects(first: 10) { nodes { id } } } }", 5 * 13, 5 * 12),
        ("{ prospects { nodes { id } } }", 52, 51),
        (
            "{ prospects(first: 10) { totalCount pageInfo { hasNextPage } edges { cursor node { owner { id } } } } }",
            2 + 10 + 1 + 30,
            32,
        ),
        ("{ prospects(first: 0) { isTotalEstimated } }", 12, 1),
        (
            "{ prospects(first: 0) { isTotalEstimated ... on ProspectConnection { totalCount } } }",
            12,
            1,
        ),
        ("{ prospects(first: 1000) { nodes { id } } }", 102, 101),
        ("{ prospects(first: null, last: 4) { nodes { id } } }", 6, 5),
        ("{ prospects(first: -4) { nodes { id } } }", 2, 1),
        ("{ nodes(ids: [1, 2, 3]) { id } }", 3, 3),
        (
            "mutation { prospectCreate { prospect { id } userErrors { message } } }",
            10 + 1 + 1 + 5,
            7,
        ),
        ("{ prospect(id: 1) @skip(if: true) { id } node @include(if: false) { id } }", 0, 0),
    ] {
        assert_eq!(total(query, json!({})), (points, objects), "{query}");
    }
}

#[test]
fn variables_count_with_their_defaults() {
    let query = "query q($n: Int = 30, $s: Boolean!) { prospects(first: $n) { nodes { id owner @skip(if: $s) { id } } } }";
    assert_eq!(total(query, json!({ "s": true })), (32, 31));
    assert_eq!(total(query, json!({ "s": false })), (62, 61));
    assert_eq!(total(query, json!({ "s": true, "n": 10 })), (12, 11));
    assert_eq!(
        total("query q($n: Int) { prospects(first: $n) { nodes { id } } }", json!({})),
        (52, 51)
    );
    assert_eq!(
        total("query q($i: [ID!]!) { nodes(ids: $i) { id } }", json!({ "i": vec![1; 100] })),
        (100, 100)
    );
}

#[test]
fn long_texts_cost_what_they_may_hold() {
    for (query, points) in [
        ("{ prospect(id: 1) { id reference } }", 1 + 2),
        ("{ prospect(id: 1) { reference a: reference websites } }", 1 + 2 + 2 + 5 * 2),
        ("{ prospect(id: 1) { entries { ... on Note { body } } } }", 1 + 3 * (1 + 20)),
        ("{ prospects(first: 10) { nodes { reference } } }", 2 + 10 * (1 + 2)),
        ("{ prospect(id: 1) { reference @skip(if: true) } }", 1),
        // A catalogue counts once, and so do its texts.
        ("{ channels { id name } }", 1 + 1),
    ] {
        assert_eq!(total(query, json!({})).0, points, "{query}");
    }
}

#[test]
fn what_is_given_multiplies_like_the_list_around_it() {
    let filter = "filter: { name: { in: [1, 2] }, not: { age: { gte: 1 } } }";
    let list = format!("prospects(first: 10, {filter}) {{ nodes {{ id }} }}");
    assert_eq!(total(&format!("{{ {list} }}"), json!({})), (12 + 3, 11));
    assert_eq!(total(&format!("{{ users {{ {list} }} }}"), json!({})), (5 * (1 + 12 + 3), 5 * 12));
    let query = "query ($f: F = { name: { eq: 1 } }) { prospects(first: 10, filter: $f) { nodes { id } } }";
    assert_eq!(total(query, json!({})).0, 12 + 1);
    assert_eq!(total(query, json!({ "f": null })).0, 12);
    let change = "mutation ($i: I) { prospectCreate(input: $i) { prospect { id } } }";
    let rows = json!({ "i": { "rows": [{}, { "rule": "x", "rows": {} }] } });
    assert_eq!(total(change, rows).0, 10 + 2 + 3 + 20);
    assert_eq!(total("{ node(input: { rows: [{}] }) { id } }", json!({})).0, 1);
}

#[test]
fn of_several_types_the_dearest_counts() {
    let note = "... on Note { by { id } }";
    let call = "... on Call { users { id } }";
    assert_eq!(
        total(&format!("{{ prospect(id: 1) {{ entries {{ {note} }} }} }}"), json!({})),
        (1 + 3 * 2, 7)
    );
    assert_eq!(
        total(&format!("{{ prospect(id: 1) {{ entries {{ {note} {call} }} }} }}"), json!({})),
        (1 + 3 * 6, 19)
    );
    assert_eq!(
        total("{ node { ... on Prospect { owner { id } } ... on Channel { id } } }", json!({})),
        (2, 2)
    );
    // A fragment on an interface in a selection on one of its types counts what applies to that type.
    let query =
        "{ prospect(id: 1) { ...f } } fragment f on Node { ... on Prospect { owner { id } } ... on User { prospects { nodes { id } } } }";
    assert_eq!(total(query, json!({})), (2, 2));
}

#[test]
fn fragments_count_where_they_are_spread_and_pages_multiply() {
    let fragment = "fragment f on ProspectConnection { nodes { owner { prospects(first: 100) { nodes { id } } } } }";
    let spread = format!("{{ a: prospects(first: 10) {{ ...f }} b: prospects(first: 20) {{ ...f }} }} {fragment}");
    assert_eq!(total(&spread, json!({})), (2 + 10 * 104 + 2 + 20 * 104, 2 + 30 * 103));
    let deep = "nodes { owner { prospects(first: 100) { ".repeat(10) + "totalCount" + &"} } }".repeat(10);
    assert_eq!(total(&format!("{{ prospects {{ {deep} }} }}"), json!({})), (u64::MAX, u64::MAX));
}

#[test]
fn the_standard_introspection_is_cheap() {
    let query = "{ __schema { queryType { name } types { ...T fields { args { ...I } type { ...R } } possibleTypes { ...R } } directives { args { ...I } } } }
        fragment T on __Type { kind enumValues { name } }
        fragment I on __InputValue { name type { ...R } }
        fragment R on __Type { name ofType { name ofType { name } } }";
    let (points, objects) = total(query, json!({}));
    assert!(points < 50 && objects < 50, "{points} {objects}");
}

#[test]
fn a_list_with_a_fixed_length_counts_as_that_and_each_report_in_it() {
    assert_eq!(
        total("{ board { tiles { run { value } } } }", json!({})),
        (1 + 24 * (1 + 1 + 100), 1 + 24 * 2)
    );
    assert_eq!(total("{ board { tiles { __typename } } }", json!({})), (1 + 24, 1 + 24));
}
