//! The actual cost of a request, from the sizes of its answer and the prices of `cost`.

use super::cost::{CONNECTION, MUTATION, OBJECT, Priced, Prices, TEXT, TOTAL_COUNT};
use super::given::given;
use super::types::TypeMap;
use super::variables::is_skipped;
use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet};
use async_graphql::{PathSegment, Value, Variables};

/// Prices of the parts of an answer.
pub struct Plan<'a> {
    steps: Vec<Step<'a>>,
    /// The extra points of each root field.
    extra: u64,
}

impl<'a> Plan<'a> {
    /// Of an operation with its declared variables.
    pub fn of<'v>(
        operation: &'a OperationDefinition,
        document: &'a ExecutableDocument,
        variables: &'v Variables,
        types: &'a TypeMap,
        prices: Prices<'v>,
    ) -> Self {
        let is_mutation = operation.ty == OperationType::Mutation;
        let root = if is_mutation { types.mutation() } else { types.query() };
        let planner = Planner {
            document,
            variables,
            types,
            prices,
            changes: is_mutation.then_some(root),
        };
        let mut steps = Vec::new();
        planner.add(&operation.selection_set.node, root, &mut steps);
        Self {
            steps,
            extra: if is_mutation { MUTATION } else { 0 },
        }
    }

    /// The points of an answer, never more than the price of the request. Null counts as an object that was looked up; a root field that
    /// failed counts in full, because the work was done. So does one that occurs more than once: each occurrence runs, and the answer shows
    /// one of them.
    pub fn points(&self, data: &Value, lost: &[&str], priced: &Priced<'_>) -> u64 {
        let points = self.steps.iter().map(|step| match member(data, step.key) {
            None => 0,
            Some(_) if step.times > 1 || lost.contains(&step.key) => priced.root(step.key),
            Some(value) => price(step, value).saturating_add(step.given).saturating_add(self.extra),
        });
        points.fold(0, u64::saturating_add).min(priced.cost.points)
    }
}

/// The root field whose answer an error at the path took, with the work that was done for it. None where nothing was lost: what was null anyway
/// says no more than that it was looked for, and where the error is a refusal no work was done.
pub fn lost<'p>(data: &Value, path: &'p [PathSegment], is_refusal: bool) -> Option<&'p str> {
    let Some(PathSegment::Field(root)) = path.first() else {
        return None;
    };
    let is_root = path.len() == 1 && member(data, root) == Some(&Value::Null);
    (is_root && !is_refusal || took_others(data, path)).then_some(root)
}

/// The root field of which the answer lacks what an error at the path says is null. It was written more than once, and the answer of another
/// time is in its place.
pub fn torn<'p>(data: &Value, path: &'p [PathSegment]) -> Option<&'p str> {
    let Some(PathSegment::Field(root)) = path.first() else {
        return None;
    };
    let mut value = data;
    for segment in path {
        value = match (value, segment) {
            (Value::Object(members), PathSegment::Field(key)) => members.get(&**key),
            (Value::List(rows), PathSegment::Index(place)) => rows.get(*place),
            (Value::Null, _) => return None,
            _ => None,
        }
        .unwrap_or(&Value::Boolean(true));
    }
    (*value != Value::Null).then_some(root)
}

/// Whether an error at the path took more of the answer than its own field: what had been read around it is null as well.
fn took_others(data: &Value, path: &[PathSegment]) -> bool {
    let mut value = data;
    for segment in path {
        let below = match (value, segment) {
            (Value::Object(members), PathSegment::Field(key)) => members.get(&**key),
            (Value::List(rows), PathSegment::Index(place)) => rows.get(*place),
            (Value::Null, _) => return true,
            _ => None,
        };
        let Some(below) = below else { return false };
        value = below;
    }
    false
}

/// A field of the answer that costs something, and those below it.
struct Step<'a> {
    key: &'a str,
    /// Number of occurrences in the operation.
    times: u64,
    price: u64,
    /// The points of its arguments, however much it answers.
    given: u64,
    /// Rows of a list that count as one.
    counts_once: bool,
    /// It and everything below is read from memory.
    is_cached: bool,
    /// It asks whether a total is exact, which costs what the total does, once for both.
    is_doubt: bool,
    /// It costs by its length.
    is_text: bool,
    below: Vec<Step<'a>>,
}

struct Planner<'a, 'v> {
    document: &'a ExecutableDocument,
    variables: &'v Variables,
    types: &'a TypeMap,
    prices: Prices<'v>,
    /// The root of mutations, in one.
    changes: Option<&'a str>,
}

impl<'a> Planner<'a, '_> {
    /// Adds what is selected to the plan; a key that is there already, from this type or from another that it may be, is one field of the answer.
    fn add(&self, set: &'a SelectionSet, parent: &'a str, plan: &mut Vec<Step<'a>>) {
        for selection in &set.items {
            if is_skipped(selection.node.directives(), self.variables) {
                continue;
            }
            match &selection.node {
                Selection::Field(field) => self.add_field(&field.node, parent, plan),
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let condition = condition.map_or(parent, |condition| &*condition.node.on.node);
                    self.add(&fragment.node.selection_set.node, condition, plan);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) {
                        let condition = &*fragment.node.type_condition.node.on.node;
                        self.add(&fragment.node.selection_set.node, condition, plan);
                    }
                }
            }
        }
    }

    fn add_field(&self, field: &'a Field, parent: &'a str, plan: &mut Vec<Step<'a>>) {
        let Some(container) = self.types.output(parent) else { return };
        let Some(declared) = container.fields.get(&*field.name.node) else {
            return;
        };
        let is_of_connection = container.is_connection && declared.is_leaf;
        let is_count = is_of_connection && field.name.node == "totalCount";
        let is_doubt = is_of_connection && field.name.node == "isTotalEstimated";
        let is_text = declared.is_leaf && self.prices.text(parent, &field.name.node) > 0;
        if declared.is_leaf && !is_count && !is_doubt && !is_text {
            return;
        }
        let key = field.alias.as_ref().map_or(&*field.name.node, |alias| &*alias.node);
        let place = plan.iter().position(|step| step.key == key).unwrap_or_else(|| {
            plan.push(Step {
                key,
                times: 0,
                price: 0,
                given: 0,
                counts_once: false,
                is_cached: is_text,
                is_doubt,
                is_text,
                below: Vec::new(),
            });
            plan.len() - 1
        });
        let named = declared.named.as_str();
        let step = &mut plan[place];
        step.times += 1;
        if is_count || is_doubt {
            step.price = TOTAL_COUNT;
        }
        if declared.is_leaf {
            return;
        }
        let is_change = self.changes == Some(parent);
        let given = given(field, declared, is_change, self.variables, self.types, &self.prices);
        step.given = step.given.max(given);
        self.add(&field.selection_set.node, named, &mut step.below);
        let mut is_counted = step.below.iter().any(|step| step.price == TOTAL_COUNT && !step.is_doubt);
        for doubt in step.below.iter_mut().filter(|step| step.is_doubt) {
            doubt.price = if is_counted { 0 } else { TOTAL_COUNT };
            is_counted = true;
        }
        let is_connection = self.types.output(named).is_some_and(|output| output.is_connection);
        step.price = if is_connection { CONNECTION } else { OBJECT };
        step.is_cached = (named.starts_with("__") || self.prices.cached.contains(&named)) && step.below.iter().all(|step| step.is_cached);
        step.counts_once = declared.lists > 0 && (parent.starts_with("__") || parent == self.types.query() && step.is_cached);
    }
}

fn sum(plan: &[Step<'_>], object: &Value) -> u64 {
    let prices = plan
        .iter()
        .filter_map(|step| Some(price(step, member(object, step.key)?).saturating_add(step.given)));
    prices.fold(0, u64::saturating_add)
}

fn price(step: &Step<'_>, value: &Value) -> u64 {
    match value {
        _ if step.is_text => text(value),
        Value::List(rows) if step.counts_once => rows.first().map_or(OBJECT, |row| price(step, row)),
        Value::List(rows) => {
            let prices = rows.iter().map(|row| price(step, row));
            prices.fold(0, u64::saturating_add).max(OBJECT)
        }
        Value::Object(_) => step.price.saturating_add(sum(&step.below, value)),
        // A count, or something that was looked for.
        _ => step.price,
    }
}

/// Every full thousand characters of a text, or of each text of a list.
fn text(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.chars().count() as u64 / TEXT,
        Value::List(texts) => texts.iter().map(text).fold(0, u64::saturating_add),
        _ => 0,
    }
}

fn member<'v>(object: &'v Value, key: &str) -> Option<&'v Value> {
    match object {
        Value::Object(members) => members.get(key),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
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
}
