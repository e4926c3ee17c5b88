//! Lists by attributes, with and without an index: pages of any size and direction equal an order that is worked out in memory.

use std::cmp::Ordering;

use cartera::jobs::{self, Work};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::{List, Way, document};
use crate::support::TestApp;

/// Keys of the attributes and their types; the last one gets no index.
const ATTRIBUTES: [(&str, &str); 4] = [("hot", "BOOLEAN"), ("size", "INTEGER"), ("code", "TEXT"), ("born", "DATE")];

/// A step of an order: the key of an attribute, and whether it is ascending.
type Step = (&'static str, bool);

const ORDERS: [&[Step]; 9] = [
    &[("hot", true)],
    &[("hot", false)],
    &[("size", false)],
    &[("code", true)],
    &[("born", false)],
    &[("hot", true), ("size", false)],
    &[("size", false), ("code", false)],
    &[("born", true), ("hot", true)],
    &[("code", false), ("born", true), ("size", true)],
];

/// A row with its values in the order of `ATTRIBUTES`, as they are compared.
struct Row {
    id: String,
    values: Vec<Option<(i64, String)>>,
}

/// Some values, many of them alike, and the input that sets them.
fn values(dice: &mut StdRng) -> (Vec<Option<(i64, String)>>, Value) {
    let (mut values, mut inputs) = (Vec::new(), Vec::new());
    for (key, kind) in ATTRIBUTES {
        if dice.random_range(0..5) < 2 {
            values.push(None);
            continue;
        }
        let number = dice.random_range(0..3);
        let text = *["beta", "Alfa", "alfa", "gamma"].choose(dice).expect("there are texts");
        let (value, input) = match kind {
            "BOOLEAN" => ((number % 2, String::new()), json!({ "boolean": number % 2 == 1 })),
            "INTEGER" => ((number - 1, String::new()), json!({ "number": (number - 1).to_string() })),
            "DATE" => ((number, String::new()), json!({ "date": format!("2026-01-0{}", number + 1) })),
            _ => ((0, text.to_lowercase()), json!({ "text": text })),
        };
        values.push(Some(value));
        inputs.push(json!({ "key": key, "value": input }));
    }
    (values, json!({ "attributes": inputs }))
}

/// The ids in the order: what is not set comes last, and the id decides in the direction of the last step.
fn expected(rows: &[Row], steps: &[Step]) -> Vec<String> {
    let directed = |ordering: Ordering, is_ascending: bool| if is_ascending { ordering } else { ordering.reverse() };
    let mut sorted: Vec<&Row> = rows.iter().collect();
    sorted.sort_by(|one, other| {
        for (key, is_ascending) in steps {
            let place = ATTRIBUTES.iter().position(|(name, _)| name == key).expect("it is defined");
            let ordering = match (&one.values[place], &other.values[place]) {
                (Some(one), Some(other)) => directed(one.cmp(other), *is_ascending),
                (one, other) => one.is_none().cmp(&other.is_none()),
            };
            if ordering.is_ne() {
                return ordering;
            }
        }
        directed(one.id.cmp(&other.id), steps.last().expect("there are steps").1)
    });
    sorted.into_iter().map(|row| row.id.clone()).collect()
}

fn list(path: &'static str, kind: &str, steps: &[Step]) -> List {
    let steps = steps.iter().map(|(key, is_ascending)| {
        let direction = if *is_ascending { "ASC" } else { "DESC" };
        json!({ "field": "ATTRIBUTE", "attributeKey": key, "direction": direction })
    });
    List {
        document: document(&path[1..], "orderBy: $orderBy, ", &format!("$orderBy: [{kind}Order!], "), ""),
        path,
        variables: json!({ "orderBy": steps.collect::<Vec<_>>() }),
    }
}

async fn assert_orders(app: &TestApp, path: &'static str, kind: &str, rows: &[Row]) {
    let mut dice = StdRng::seed_from_u64(7);
    for steps in ORDERS {
        let list = list(path, kind, steps);
        let expected = expected(rows, steps);
        for person in [&app.admin, &app.ana] {
            assert_eq!(list.whole(person).await, expected, "{path} {steps:?}");
            for way in [Way::Forward, Way::Backward] {
                for largest in [1, 5] {
                    let joined = list.joined(person, way, &mut dice, largest).await;
                    assert_eq!(joined, expected, "{path} {steps:?} {way:?}, pages up to {largest}");
                }
            }
        }
    }
}

/// Defines the attributes of a kind of record.
async fn define(app: &TestApp, entity: &str) {
    for (key, kind) in ATTRIBUTES {
        app.attribute(json!({ "entity": entity, "key": key, "type": kind, "isIndexed": key != "born" }))
            .await;
    }
}

async fn build_indexes(app: &TestApp) {
    let work = Work {
        schedules: Vec::new(),
        ..Work::standard(2)
    };
    assert_eq!(jobs::run_due(&app.core, &work).await.expect("jobs run"), 3);
}

both! {
    async fn prospects_by_attributes(app: TestApp) {
        define(&app, "PROSPECT").await;
        let (mut dice, mut rows) = (StdRng::seed_from_u64(1), Vec::new());
        for _ in 0..24 {
            let (values, input) = values(&mut dice);
            let made = app.prospect().owner(&app.ana).with(input).create().await;
            rows.push(Row { id: made.id, values });
        }
        assert_orders(&app, "/prospects", "Prospect", &rows).await;
        build_indexes(&app).await;
        assert_orders(&app, "/prospects", "Prospect", &rows).await;
        // Where an index is there, a condition on the same attribute and one on another.
        for (filter, has_code) in [
            (json!({ "attributes": [{ "key": "size", "number": { "gte": 0 } }] }), false),
            (json!({ "attributes": [{ "key": "size", "number": { "gte": 0 } }, { "key": "code", "text": { "isNull": false } }] }), true),
        ] {
            let found = rows.iter().filter(|row| match (&row.values[1], &row.values[2]) {
                (Some((number, _)), code) => *number >= 0 && (!has_code || code.is_some()),
                (None, _) => false,
            });
            let found: Vec<Row> = found.map(|row| Row { id: row.id.clone(), values: row.values.clone() }).collect();
            assert!(found.len() > 1, "{filter}");
            for steps in [ORDERS[2], ORDERS[3], ORDERS[6]] {
                let mut list = list("/prospects", "Prospect", steps);
                list.document = list.document.replace("query (", "query ($filter: ProspectFilter, ").replace("(orderBy", "(filter: $filter, orderBy");
                list.variables["filter"] = filter.clone();
                for way in [Way::Forward, Way::Backward] {
                    assert_eq!(list.joined(&app.admin, way, &mut dice, 2).await, expected(&found, steps), "{filter} {steps:?} {way:?}");
                }
            }
        }
    }

    async fn clients_by_attributes(app: TestApp) {
        const UPDATE: &str = "mutation ($id: ID!, $input: ClientUpdateInput!) { clientUpdate(id: $id, input: $input) {
            client { id } userErrors { code message path } } }";
        define(&app, "CLIENT").await;
        let (mut dice, mut rows) = (StdRng::seed_from_u64(2), Vec::new());
        for _ in 0..12 {
            let made = app.prospect().owner(&app.ana).create().await;
            app.convert(&app.ana, &made).await;
            let (values, input) = values(&mut dice);
            app.ana.run(UPDATE, json!({ "id": made.client_id(), "input": input })).await.payload("clientUpdate");
            rows.push(Row { id: made.client_id(), values });
        }
        build_indexes(&app).await;
        assert_orders(&app, "/clients", "Client", &rows).await;
    }

    async fn tasks_by_attributes(app: TestApp) {
        define(&app, "TASK").await;
        let (mut dice, mut rows) = (StdRng::seed_from_u64(3), Vec::new());
        let made = app.prospect().owner(&app.ana).create().await;
        for _ in 0..12 {
            let (values, input) = values(&mut dice);
            rows.push(Row { id: app.task(&app.ana, &made, input).await.id, values });
        }
        build_indexes(&app).await;
        assert_orders(&app, "/tasks", "Task", &rows).await;
    }
}
