//! Requests to lists: typical documents, and every filter, order, search and common pair of filters alone.

mod inputs;
mod values;
mod words;

use std::net::SocketAddr;

use serde_json::{Map, Value, json};

use crate::Result;
use crate::samples::Caller;
use inputs::{Inputs, Test};
use values::Values;

pub use words::Ranking;

/// One question, to be put by each caller.
pub struct Case {
    /// The selected list field.
    pub list: &'static str,
    pub name: String,
    pub document: String,
    /// The same with the total, where there is one.
    pub counted: Option<String>,
    pub variables: Value,
    /// Whether it is a suggestion while typing.
    pub is_typed: bool,
}

/// A list at the root.
struct List {
    field: &'static str,
    /// Prefix of its types: `ProspectFilter`, `ProspectOrder`.
    kind: &'static str,
    is_searched: bool,
    /// Tests that go together, each by the beginning of its name.
    pairs: &'static [[&'static str; 2]],
}

const LISTS: [List; 4] = [
    List {
        field: "prospects",
        kind: "Prospect",
        is_searched: true,
        pairs: &[
            ["owner eq a common", "status eq a common"],
            ["owner eq a common", "status eq a rare"],
            ["owner eq a common", "channel eq a common"],
            ["owner eq a common", "channel eq a rare"],
            ["status eq a common", "createdAt a day"],
            ["status eq a rare", "createdAt gte most"],
            ["zone eq a common", "sector eq a common"],
            ["zone eq a common", "sector eq a rare"],
            ["tag eq a common", "owner eq a common"],
            ["tag eq a rare", "owner eq a common"],
        ],
    },
    List {
        field: "clients",
        kind: "Client",
        is_searched: true,
        pairs: &[
            ["potentialLevel eq a common", "since a day"],
            ["potentialLevel eq a rare", "since gte most"],
        ],
    },
    List {
        field: "tasks",
        kind: "Task",
        is_searched: false,
        pairs: &[
            ["state eq PLANNED", "assignee eq a common"],
            ["state eq PLANNED", "type eq a common"],
            ["assignee eq a common", "dueAt a day"],
        ],
    },
    List {
        field: "timeline",
        kind: "Timeline",
        is_searched: false,
        pairs: &[["kind eq NOTE", "actor eq a common"], ["actor eq a common", "occurredAt a day"]],
    },
];

/// Conditions on the demo's attributes, which have no index but that of several values: the list, a name, and the condition.
const ATTRIBUTES: [(&str, &str, &str); 3] = [
    (
        "prospects",
        "one value",
        r#"{ "key": "preferred_schedule", "choice": { "eq": "evening" } }"#,
    ),
    (
        "prospects",
        "several values",
        r#"{ "key": "service_interests", "choice": { "any": ["rental"] } }"#,
    ),
    ("tasks", "one value", r#"{ "key": "planned_minutes", "number": { "gte": 30 } }"#),
];

/// Places are offered from three lists.
const PLACES: [&str; 3] = ["cities", "municipalities", "parishes"];
const NOTHING: &str = "zzqxwv";

/// All requests, with values of the database; a pair without matching schema or data is left out and reported.
pub async fn all(server: SocketAddr, callers: &[Caller], database: &str) -> Result<Vec<Case>> {
    let [_, salesperson] = callers else {
        return Err("an administrator and a salesperson ask".into());
    };
    let values = Values::read(database, &salesperson.email).await?;
    let inputs = Inputs::read(server, &salesperson.token).await?;
    let mut cases = documents(&values, salesperson)?;
    for list in &LISTS {
        list.cases(&inputs, &values, &mut cases)?;
    }
    Ok(cases)
}

impl List {
    fn cases(&self, inputs: &Inputs, values: &Values, cases: &mut Vec<Case>) -> Result<()> {
        let orders = format!("{}OrderField", self.kind);
        let mut fields = if inputs.has(&orders) {
            inputs.values_of(&orders)?
        } else {
            Vec::new()
        };
        // It needs a key; `bench attributes` measures it.
        fields.retain(|field| *field != "ATTRIBUTE");
        let mut add = |name: String, variables: Value, is_typed: bool| {
            let document = |total: &str| self.document(total, !fields.is_empty());
            cases.push(Case {
                list: self.field,
                name,
                document: document(""),
                counted: Some(document("totalCount isTotalEstimated")),
                variables,
                is_typed,
            });
        };
        add("all".to_owned(), json!({ "first": 50 }), false);
        add("all, from the end".to_owned(), json!({ "last": 50 }), false);
        for field in &fields {
            for direction in ["ASC", "DESC"] {
                let order = json!([{ "field": field, "direction": direction }]);
                add(
                    format!("order {field} {direction}"),
                    json!({ "first": 50, "orderBy": order }),
                    false,
                );
            }
        }
        if let [first, second, ..] = fields[..] {
            let order = json!([{ "field": second, "direction": "DESC" }, { "field": first, "direction": "ASC" }]);
            add(
                format!("order {second} DESC {first} ASC"),
                json!({ "first": 50, "orderBy": order }),
                false,
            );
        }
        let tests = inputs.tests(&format!("{}Filter", self.kind), values)?;
        for test in &tests {
            add(format!("filter {}", test.name), json!({ "first": 50, "filter": test.value }), false);
        }
        for (list, name, attribute) in ATTRIBUTES {
            if list == self.field {
                let attribute: Value = serde_json::from_str(attribute)?;
                let variables = json!({ "first": 50, "filter": { "attributes": [attribute] } });
                add(format!("filter attributes {name}"), variables, false);
            }
        }
        for pair in self.pairs {
            let found = pair.map(|beginning| tests.iter().find(|test| test.name.starts_with(beginning)));
            match found {
                [Some(one), Some(other)] => {
                    add(
                        format!("filter {} and {}", one.name, other.name),
                        json!({ "first": 50, "filter": both(one, other) }),
                        false,
                    );
                }
                _ => println!(
                    "{}: left out, for want of a filter or of data: {} with {}",
                    self.field, pair[0], pair[1]
                ),
            }
        }
        if self.is_searched {
            for (name, text) in searches(values) {
                add(format!("search {name}"), json!({ "first": 50, "search": text }), true);
            }
            if let Some(test) = tests.iter().find(|test| test.name.contains("status eq a rare")) {
                let variables = json!({ "first": 50, "search": values.words.common, "filter": test.value });
                add(format!("search a common word, filter {}", test.name), variables, true);
            }
        }
        Ok(())
    }

    /// Little is selected, so that it is the list that is measured.
    fn document(&self, total: &str, is_ordered: bool) -> String {
        let (field, kind) = (self.field, self.kind);
        let mut declared = format!("$filter: {kind}Filter, $first: Int, $last: Int");
        let mut given = "filter: $filter, first: $first, last: $last".to_owned();
        if self.is_searched {
            declared.push_str(", $search: String");
            given.push_str(", search: $search");
        }
        if is_ordered {
            declared.push_str(&format!(", $orderBy: [{kind}Order!]"));
            given.push_str(", orderBy: $orderBy");
        }
        format!("query List({declared}) {{ {field}({given}) {{ {total} pageInfo {{ hasNextPage }} nodes {{ id }} }} }}")
    }
}

/// Complete documents of clients.
fn documents(values: &Values, salesperson: &Caller) -> Result<Vec<Case>> {
    let case = |list, name: &str, document: &str, variables| Case {
        list,
        name: name.to_owned(),
        document: document.to_owned(),
        counted: None,
        variables,
        is_typed: false,
    };
    let lead = salesperson.prospects.first().ok_or("the salesperson owns nothing")?;
    let id = crate::ids::encode("prs", *lead);
    let only =
        |document: &str, name: &str| -> Result<String> { operation(document, name).ok_or_else(|| format!("no operation {name}").into()) };
    let tasks = only(include_str!("../../../tests/operations/tasks.graphql"), "query MyTasks")?;
    let lookup = include_str!("../../../tests/operations/document_number_lookup.graphql");
    let mut cases = vec![
        case(
            "prospect",
            "lead core",
            include_str!("../../operations/lead_core.graphql"),
            json!({ "id": id }),
        ),
        case(
            "prospects",
            "lead list, 10 entries each",
            include_str!("../../operations/lead_list.graphql"),
            json!({ "first": 50, "entries": 10 }),
        ),
        case(
            "prospects",
            "prospect list",
            include_str!("../../../tests/operations/prospect_list.graphql"),
            json!({ "first": 50 }),
        ),
        case(
            "clients",
            "client list",
            include_str!("../../../tests/operations/clients.graphql"),
            json!({ "first": 50 }),
        ),
        case("tasks", "my tasks", &tasks, json!({ "first": 25 })),
        case(
            "timeline",
            "history",
            include_str!("../../../tests/operations/history.graphql"),
            json!({ "first": 50 }),
        ),
        case(
            "prospect",
            "its notes",
            "query Notes($id: ID!) { prospect(id: $id) { timeline(first: 20, filter: { kind: { eq: NOTE } }) { totalCount nodes { id } } } }",
            json!({ "id": id }),
        ),
        case(
            "prospect",
            "its tasks",
            "query Tasks($id: ID!) { prospect(id: $id) { tasks(first: 20) { totalCount nodes { id } } } }",
            json!({ "id": id }),
        ),
    ];
    let number = values.words.identifier.as_str();
    let short: String = number.chars().take(number.chars().count().saturating_sub(2).max(6)).collect();
    for (name, prefix) in [
        ("a whole number", number),
        ("its beginning", &short),
        ("nothing found", "ZZQXWV12345"),
    ] {
        cases.push(Case {
            is_typed: true,
            ..case("identifierLookup", name, lookup, json!({ "prefix": prefix }))
        });
    }
    let country = values.texts("country")?.first().cloned().unwrap_or_default();
    for field in PLACES {
        let document = format!(
            "query Places($country: String!, $startsWith: String) {{ {field}(country: $country, startsWith: $startsWith) {{ name }} }}"
        );
        for (name, beginning) in [("all", None), ("with a beginning", Some("ca"))] {
            cases.push(Case {
                is_typed: true,
                ..case(field, name, &document, json!({ "country": country, "startsWith": beginning }))
            });
        }
    }
    Ok(cases)
}

fn searches(values: &Values) -> Vec<(&'static str, String)> {
    let words = &values.words;
    let last = |text: &str, length: usize| {
        let skipped = text.chars().count().saturating_sub(length);
        text.chars().skip(skipped).collect::<String>()
    };
    vec![
        ("a common word", words.common.clone()),
        ("a middling word", words.middling.clone()),
        ("a rare word", words.rare.clone()),
        ("three letters", words.common.chars().take(3).collect()),
        ("two words", format!("{} {}", words.common, words.middling)),
        ("nothing found", NOTHING.to_owned()),
        ("7 digits of a phone", last(&words.phone, 7)),
        ("4 digits of a phone", last(&words.phone, 4)),
        ("a document number", words.identifier.clone()),
    ]
}

/// Both tests in one filter.
fn both(one: &Test, other: &Test) -> Value {
    let fields = [one, other].into_iter().filter_map(|test| test.value.as_object().cloned());
    Value::Object(fields.flatten().collect::<Map<_, _>>())
}

/// One operation of a document with several, from its first line to the brace that closes it.
fn operation(document: &str, beginning: &str) -> Option<String> {
    let from = document.find(beginning)?;
    let length = document[from..].find("\n}")? + 2;
    Some(document[from..from + length].to_owned())
}
