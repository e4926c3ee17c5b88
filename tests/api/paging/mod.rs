//! Pages joined are the list: nothing is missing and nothing comes twice, whatever the order and the sizes, also while others write.

mod attributes;
mod concurrent;
mod cursors;
mod lists;

use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::support::Person;

/// A list that comes in pages.
struct List {
    /// The text before the arguments of the page, such as `query (…) { prospects(`.
    document: String,
    /// Path of the connection in the data.
    path: &'static str,
    variables: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Forward,
    Backward,
}

impl List {
    /// Prospects in an order such as `NAME ASC, CREATED_AT DESC`; in the usual one where none is given.
    fn prospects(order: &str) -> List {
        let steps: Vec<Value> = order
            .split(", ")
            .filter_map(|step| step.split_once(' '))
            .map(|(field, direction)| json!({ "field": field, "direction": direction }))
            .collect();
        List {
            document: document("prospects", "orderBy: $orderBy, ", "$orderBy: [ProspectOrder!], ", ""),
            path: "/prospects",
            variables: json!({ "orderBy": steps }),
        }
    }

    fn clients() -> List {
        List {
            document: document("clients", "", "", ""),
            path: "/clients",
            variables: json!({}),
        }
    }

    fn tasks() -> List {
        List {
            document: document("tasks", "", "", ""),
            path: "/tasks",
            variables: json!({}),
        }
    }

    /// `timeline`, `cycles` or `tasks` of a prospect.
    fn of_prospect(name: &str, id: &str) -> List {
        List {
            document: document(name, "", "$id: ID!, ", "prospect(id: $id) { "),
            path: match name {
                "timeline" => "/prospect/timeline",
                "tasks" => "/prospect/tasks",
                _ => "/prospect/cycles",
            },
            variables: json!({ "id": id }),
        }
    }

    /// The earlier versions of a note, which have numbers instead of ids.
    fn earlier_versions(note: &str) -> List {
        List {
            document: document("earlierVersions", "", "$id: ID!, ", "node(id: $id) { ... on Note { ").replace("{ id }", "{ id: body }"),
            path: "/node/earlierVersions",
            variables: json!({ "id": note }),
        }
    }

    /// One page, given its arguments, such as `{ "first": 3, "after": "…" }`.
    async fn page(&self, person: &Person, arguments: Value) -> Value {
        let mut variables = self.variables.clone();
        variables
            .as_object_mut()
            .expect("variables are an object")
            .extend(arguments.as_object().expect("arguments are an object").clone());
        let data = person.query(&self.document, variables).await;
        data.pointer(self.path)
            .cloned()
            .unwrap_or_else(|| panic!("no {} in {data}", self.path))
    }

    /// The list as one page.
    async fn whole(&self, person: &Person) -> Vec<String> {
        let page = self.page(person, json!({ "first": 100 })).await;
        assert_eq!(page["pageInfo"]["hasNextPage"], false, "the list is longer than a page");
        let ids = ids(&page);
        assert_eq!(page["totalCount"], json!(ids.len()));
        ids
    }

    /// The pages of random sizes from one end to the other, in the order of the list.
    async fn joined(&self, person: &Person, way: Way, dice: &mut StdRng, largest: u32) -> Vec<String> {
        let mut pages: Vec<Vec<String>> = Vec::new();
        let mut cursor = Value::Null;
        loop {
            let size = dice.random_range(1..=largest);
            let page = match way {
                Way::Forward => self.page(person, json!({ "first": size, "after": cursor })).await,
                Way::Backward => self.page(person, json!({ "last": size, "before": cursor })).await,
            };
            let ids = ids(&page);
            assert!(ids.len() <= size as usize);
            let info = &page["pageInfo"];
            let ends = [page["edges"].get(0), page["edges"].as_array().and_then(|edges| edges.last())];
            let ends = ends.map(|edge| edge.map_or(Value::Null, |edge| edge["cursor"].clone()));
            assert_eq!([&info["startCursor"], &info["endCursor"]], [&ends[0], &ends[1]]);
            let (more, other, next) = match way {
                Way::Forward => ("hasNextPage", "hasPreviousPage", &ends[1]),
                Way::Backward => ("hasPreviousPage", "hasNextPage", &ends[0]),
            };
            assert_eq!(info[other], json!(!cursor.is_null()));
            if info[more] == json!(true) {
                assert_eq!(ids.len(), size as usize, "a page that others follow is full");
            }
            cursor = next.clone();
            pages.push(ids);
            if info[more] == json!(false) {
                break;
            }
        }
        if way == Way::Backward {
            pages.reverse();
        }
        pages.concat()
    }
}

/// The orders of prospects, besides the default one.
const ORDERS: [&str; 12] = [
    "",
    "CREATED_AT ASC",
    "CREATED_AT DESC",
    "LAST_ACTIVITY_AT ASC",
    "LAST_ACTIVITY_AT DESC",
    "NAME ASC",
    "NAME DESC",
    "NAME ASC, CREATED_AT ASC",
    "NAME ASC, CREATED_AT DESC",
    "CREATED_AT DESC, NAME ASC, LAST_ACTIVITY_AT DESC",
    "LAST_ACTIVITY_AT ASC, NAME DESC, CREATED_AT ASC",
    "NAME DESC, LAST_ACTIVITY_AT DESC, CREATED_AT DESC",
];

fn document(field: &str, arguments: &str, variables: &str, before: &str) -> String {
    let after = "}".repeat(before.matches('{').count());
    format!(
        "query ({variables}$first: Int, $after: String, $last: Int, $before: String) {{ {before}
            {field}({arguments}first: $first, after: $after, last: $last, before: $before) {{
                totalCount pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} edges {{ cursor node {{ id }} }} nodes {{ id }}
            }} {after} }}"
    )
}

fn ids(page: &Value) -> Vec<String> {
    let of = |rows: &Value, path: &str| -> Vec<String> {
        let rows = rows.as_array().expect("rows are a list");
        rows.iter()
            .map(|row| row.pointer(path).and_then(Value::as_str).expect("a row has an id").to_owned())
            .collect()
    };
    let nodes = of(&page["nodes"], "/id");
    assert_eq!(of(&page["edges"], "/node/id"), nodes);
    nodes
}
