//! Lists by attributes answer like an evaluation in memory: of generated filters and orders over generated values, page by page.

mod evaluator;

use std::cmp::Ordering;

use cartera::ids::Kind;
use rand::RngExt;
use serde_json::{Value, json};
use uuid::Uuid;

use super::generator::{Generator, People};
use crate::support::{Made, TestApp};
use evaluator::{Values, compare, is_understood, passes, values};

const SEED: u64 = 7;
const PROSPECTS: usize = 60;
const LISTS: usize = 250;
const PAGES: usize = 40;

const CREATE: &str = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) {
    prospect { id } userErrors { code message path } } }";
const CLIENT: &str = "mutation ($id: ID!, $input: ClientUpdateInput!) { clientUpdate(id: $id, input: $input) {
    userErrors { code message path } } }";

/// A prospect with its values and those of what belongs to it.
struct Record {
    made: Made,
    own: Values,
    client: Option<Values>,
    contacts: Vec<Values>,
    tasks: Vec<(Uuid, Values)>,
}

/// The lists.
#[derive(Clone, Copy)]
enum List {
    Prospects,
    Clients,
    Tasks,
}

/// A row of a list in memory.
struct Row<'a> {
    id: Uuid,
    own: &'a Values,
    of: &'a Record,
}

impl List {
    /// The field, and the name of its types.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            List::Prospects => ("prospects", "Prospect"),
            List::Clients => ("clients", "Client"),
            List::Tasks => ("tasks", "Task"),
        }
    }

    fn rows(self, all: &[Record]) -> Vec<Row<'_>> {
        let of = |of| move |(id, own)| Row { id, own, of };
        all.iter()
            .flat_map(|record| match self {
                List::Prospects => vec![of(record)((record.made.uuid, &record.own))],
                List::Clients => record.client.iter().map(|own| (record.made.uuid, own)).map(of(record)).collect(),
                List::Tasks => record.tasks.iter().map(|(id, own)| (*id, own)).map(of(record)).collect(),
            })
            .collect()
    }
}

async fn world(app: &TestApp, generator: &mut Generator) -> Vec<Record> {
    let mut defined = 0;
    while generator.define_attributes(defined, 5) {
        let (document, variables, asked) = generator.finish("mutation");
        defined += asked.len();
        app.admin.query(&document, variables).await;
    }
    // `finish` was not called for the request that nothing was added to.
    for user in [&app.admin, &app.ana, &app.luis] {
        generator.known.learn(&json!({ "id": user.id }));
    }
    let first = app.prospect().name("First").create().await;
    generator.known.learn(&json!({ "id": first.id }));
    let mut all = Vec::new();
    for number in 0..PROSPECTS {
        app.advance(1_000);
        let own = generator.attribute_values("ProspectCreateInput");
        let contacts: Vec<Value> = (0..generator.dice.random_range(0..3))
            .map(|_| generator.attribute_values("ContactInput"))
            .collect();
        let input = json!({ "kind": "PERSON", "name": format!("Person {number}"), "attributes": own,
            "contacts": contacts.iter().map(|own| json!({ "firstName": "Eva", "attributes": own })).collect::<Vec<_>>() });
        let answer = app.admin.run(CREATE, json!({ "input": input })).await;
        let id = &answer.payload("prospectCreate")["prospect"]["id"];
        let made = Made::new(id.as_str().expect("an id"));
        generator.known.learn(&json!({ "id": made.id }));
        let mut tasks = Vec::new();
        for _ in 0..generator.dice.random_range(0..3) {
            let own = generator.attribute_values("TaskCreateInput");
            let task = app.task(&app.admin, &made, json!({ "attributes": own })).await;
            tasks.push((task.uuid, values(&own)));
        }
        let mut client = None;
        if generator.percent(50) {
            app.convert(&app.admin, &made).await;
            let own = generator.attribute_values("ClientUpdateInput");
            let variables = json!({ "id": made.client_id(), "input": { "attributes": own } });
            app.admin.run(CLIENT, variables).await.payload("clientUpdate");
            client = Some(values(&own));
        }
        all.push(Record {
            made,
            own: values(&own),
            client,
            contacts: contacts.iter().map(values).collect(),
            tasks,
        });
    }
    all.push(Record {
        made: first,
        own: Values::new(),
        client: None,
        contacts: Vec::new(),
        tasks: Vec::new(),
    });
    all
}

/// A filter of a list by attributes, with combinations and relations.
fn filter(generator: &mut Generator, list: List, depth: usize) -> Value {
    let tests = |generator: &mut Generator, place: &str| {
        let mut tests = generator.attribute_tests(place);
        while !tests.as_array().expect("a list").iter().all(is_understood) {
            tests = generator.attribute_tests(place);
        }
        json!({ "attributes": tests })
    };
    let (_, kind) = list.names();
    let draw = generator.dice.random_range(0..100);
    match (draw, depth, list) {
        (0..15, 1.., _) => json!({ "not": filter(generator, list, depth - 1) }),
        (15..30, 1.., _) => {
            let combinator = generator.one_of(&["and", "or"]);
            json!({ combinator: [filter(generator, list, depth - 1), filter(generator, list, depth - 1)] })
        }
        (30..50, _, List::Prospects) => {
            let (relation, place) = generator.one_of(&[("contacts", "ContactFilter"), ("tasks", "TaskFilter")]);
            let quantifier = generator.one_of(&["some", "none", "every"]);
            json!({ relation: { quantifier: tests(generator, place) } })
        }
        (30..50, 1.., _) => json!({ "prospect": filter(generator, List::Prospects, 0) }),
        _ => tests(generator, &format!("{kind}Filter")),
    }
}

/// Whether a row passes the filter.
fn fits(row: &Row<'_>, filter: &Value, now: i64) -> bool {
    let fields = filter.as_object().expect("an object");
    fields.iter().all(|(name, value)| {
        let listed = || value.as_array().expect("a list").iter();
        match name.as_str() {
            "attributes" => listed().all(|test| passes(row.own, test, now)),
            "and" => listed().all(|inner| fits(row, inner, now)),
            "or" => listed().any(|inner| fits(row, inner, now)),
            "not" => !fits(row, value, now),
            "prospect" => fits(&Row { own: &row.of.own, ..*row }, value, now),
            relation => {
                let children: Vec<&Values> = match relation {
                    "contacts" => row.of.contacts.iter().collect(),
                    _ => row.of.tasks.iter().map(|(_, own)| own).collect(),
                };
                let (quantifier, inner) = value.as_object().and_then(|one| one.iter().next()).expect("a quantifier");
                let mut passing = children.iter().map(|own| {
                    let tests = inner["attributes"].as_array().expect("a list");
                    tests.iter().all(|test| passes(own, test, now))
                });
                match quantifier.as_str() {
                    "some" => passing.any(|is| is),
                    "none" => !passing.any(|is| is),
                    _ => passing.all(|is| is),
                }
            }
        }
    })
}

/// One or two steps by different attributes that a list can be ordered by, each with whether it is descending.
fn order(generator: &mut Generator, list: List) -> Vec<(&'static str, bool)> {
    let (_, kind) = list.names();
    let mut steps: Vec<(&'static str, bool)> = Vec::new();
    let wanted = generator.dice.random_range(1..=2);
    while steps.len() < wanted {
        let key = generator.order_key(&format!("{kind}Order"));
        let may_be = key.starts_with("one_") && !["one_story", "one_user", "one_prospect"].contains(&key);
        if may_be && !steps.iter().any(|(other, _)| *other == key) {
            steps.push((key, generator.percent(50)));
        }
    }
    steps
}

fn order_rows(rows: &mut [Row<'_>], steps: &[(&str, bool)]) {
    rows.sort_by(|one, other| {
        let by_steps = steps
            .iter()
            .map(|(key, is_descending)| compare(one.own, other.own, key, *is_descending));
        let by_id = || match steps.last() {
            Some((_, true)) => other.id.cmp(&one.id),
            _ => one.id.cmp(&other.id),
        };
        by_steps.fold(Ordering::Equal, Ordering::then).then_with(by_id)
    });
}

/// The ids of the list, read page by page.
async fn read(app: &TestApp, list: List, filter: &Value, steps: &[(&str, bool)], size: u64, is_forward: bool) -> Vec<Uuid> {
    let (field, kind) = list.names();
    let document = format!(
        "query ($f: {kind}Filter, $o: [{kind}Order!], $first: Int, $after: String, $last: Int, $before: String) {{
            {field}(filter: $f, orderBy: $o, first: $first, after: $after, last: $last, before: $before) {{
                nodes {{ id }} pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }} }} }}"
    );
    let order: Vec<Value> = steps
        .iter()
        .map(|(key, is_descending)| {
            let direction = if *is_descending { "DESC" } else { "ASC" };
            json!({ "field": "ATTRIBUTE", "attributeKey": key, "direction": direction })
        })
        .collect();
    let (count, place, cursor, more) = match is_forward {
        true => ("first", "after", "endCursor", "hasNextPage"),
        false => ("last", "before", "startCursor", "hasPreviousPage"),
    };
    let (mut pages, mut at): (Vec<Vec<Uuid>>, Value) = (Vec::new(), Value::Null);
    while pages.len() < PAGES {
        let variables = json!({ "f": filter, "o": order, count: size, place: at });
        let data = app.admin.query(&document, variables).await;
        let page = &data[field];
        let nodes = page["nodes"].as_array().expect("a list").iter();
        let ids = nodes.map(|node| cartera::ids::parse(node["id"].as_str().expect("an id")).expect("an id").1);
        pages.push(ids.collect());
        at = page["pageInfo"][cursor].clone();
        if page["pageInfo"][more] == json!(false) {
            break;
        }
    }
    if !is_forward {
        pages.reverse();
    }
    pages.concat()
}

both! {
    async fn lists_by_attributes_answer_as_evaluated_in_memory(app: TestApp) {
        let people = People {
            ana: app.ana.id.clone(),
            luis: app.luis.id.clone(),
            stranger: app.stranger.id.clone(),
            others: vec![app.admin.id.clone(), app.other_admin.id.clone()],
        };
        let mut generator = Generator::new(SEED, app.now(), people);
        let all = world(&app, &mut generator).await;
        assert!(generator.known.all(Kind::Prospect).len() > PROSPECTS);
        let (mut with_rows, mut with_some) = (0, 0);
        for number in 0..LISTS {
            let list = [List::Prospects, List::Prospects, List::Clients, List::Tasks][number % 4];
            let filter = filter(&mut generator, list, 2);
            let steps = order(&mut generator, list);
            let rows = list.rows(&all);
            let in_all = rows.len();
            let mut rows: Vec<Row<'_>> = rows.into_iter().filter(|row| fits(row, &filter, app.now())).collect();
            order_rows(&mut rows, &steps);
            let expected: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
            let size = generator.one_of(&[5, 13, 100]);
            let found = read(&app, list, &filter, &steps, size, number % 3 != 0).await;
            assert_eq!(found, expected, "list {number}: {} by {filter} in the order {steps:?}, {size} at once", list.names().0);
            with_rows += usize::from(!expected.is_empty());
            with_some += usize::from(!expected.is_empty() && expected.len() < in_all);
        }
        // Otherwise it would be about nothing.
        assert!(with_rows * 2 > LISTS && with_some * 4 > LISTS, "{with_rows} lists had rows, {with_some} some of them");
    }
}
