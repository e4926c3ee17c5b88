//! Bad and odd inputs to every mutation and query: each is answered in form, alike on both databases, and leaves the records sound.

mod values;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::panic::AssertUnwindSafe;

use cartera::app::catalogs::{Row, Table};
use cartera::ids::Kind;
use cartera::limits::TypeMap;
use cartera::limits::types::Field;
use cartera::schema;
use futures_util::FutureExt;
use serde_json::{Map, Value, json};

use crate::support::{Answer, Backend, Made, Person, TestApp, TestDatabase};
use values::{Generator, Known, literal};

/// The closed set of codes, without those that say that the server failed, was away or took too long.
const CODES: [&str; 8] = [
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "BAD_USER_INPUT",
    "DOCUMENT_LIMIT",
    "COST_LIMIT",
    "RATE_LIMITED",
    "UNAUTHENTICATED",
    "FORBIDDEN",
];
const USER_CODES: [&str; 10] = [
    "INVALID",
    "REQUIRED",
    "TOO_LONG",
    "TAKEN",
    "NOT_FOUND",
    "CONFLICT",
    "STATE",
    "LIMIT",
    "CREDENTIALS",
    "FORBIDDEN",
];

/// Number of requests that one test sends to each database.
const REQUESTS: usize = 500;

/// Text of internals that no answer may contain.
const INTERNALS: [&str; 7] = ["panicked", "src/", ".rs:", "sqlx", "SELECT ", "INSERT ", "internal error"];

#[derive(Clone, Copy)]
enum Role {
    Administrator,
    Salesperson,
}

#[test]
fn mutations_by_an_administrator() {
    compare(1, "Mutation", Role::Administrator);
}

#[test]
fn more_mutations_by_an_administrator() {
    compare(2, "Mutation", Role::Administrator);
}

#[test]
fn mutations_by_a_salesperson() {
    compare(3, "Mutation", Role::Salesperson);
}

#[test]
fn more_mutations_by_a_salesperson() {
    compare(4, "Mutation", Role::Salesperson);
}

#[test]
fn queries_by_an_administrator() {
    compare(5, "Query", Role::Administrator);
}

#[test]
fn queries_by_a_salesperson() {
    compare(6, "Query", Role::Salesperson);
}

/// Asks the same on both databases, and wants the same outcomes.
fn compare(seed: u64, root: &'static str, role: Role) {
    let [sqlite, postgres] = [Backend::Sqlite, Backend::Postgres].map(|backend| {
        crate::support::runtime().block_on(async move {
            let database = TestDatabase::create(backend).await;
            let app = TestApp::start(&database).await;
            let outcomes = AssertUnwindSafe(ask(&app, seed, root, role)).catch_unwind().await;
            app.stop().await;
            database.remove().await;
            outcomes.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    });
    for (number, (sqlite, postgres)) in sqlite.iter().zip(&postgres).enumerate() {
        assert_eq!(
            sqlite, postgres,
            "{root} {number} of seed {seed} differs: SQLite left, PostgreSQL right"
        );
    }
}

/// Sends requests to all root fields in turn until `REQUESTS` have been sent; returns their results.
async fn ask(app: &TestApp, seed: u64, root: &str, role: Role) -> Vec<String> {
    let types = TypeMap::from_sdl(&schema::sdl()).expect("the schema can be read");
    let known = world(app).await;
    let fields: BTreeMap<&String, &Field> = types.output(root).expect("the schema has its roots").fields.iter().collect();
    let fields: BTreeMap<_, _> = fields.into_iter().filter(|(name, _)| !name.starts_with("__")).collect();
    let mut generator = Generator::new(seed, &types, &known);
    let replaceable = replaceable(app).await;
    let mut generator_of_users = Generator::new(seed, &types, &replaceable);
    let mut outcomes = Vec::new();
    let mut good = 0;
    for (number, (name, field)) in fields.iter().cycle().take(REQUESTS).enumerate() {
        let person = match (name.as_str(), role) {
            // After signing out a caller cannot send anything else.
            ("sessionEnd", _) => &app.stranger,
            (_, Role::Administrator) => &app.admin,
            (_, Role::Salesperson) => &app.ana,
        };
        let generator = match name.as_str() {
            // Those who ask are not to be taken out.
            "userDeactivate" | "userPasswordReset" | "userUpdate" => &mut generator_of_users,
            _ => &mut generator,
        };
        let body = request(generator, &types, root, name, field);
        let answer = person.post(&body).await;
        let outcome = outcome(&answer, &body);
        good += usize::from(outcome == "200");
        outcomes.push(format!("{name}: {outcome}"));
        if number % 250 == 249 {
            app.assert_sound().await;
        }
    }
    app.assert_sound().await;
    // A salesperson may do less than half of it.
    assert!(
        good > REQUESTS / 50,
        "only {good} of {REQUESTS} were good, so that little was reached"
    );
    outcomes
}

/// A request for the field, with its arguments in variables or in the document.
fn request(generator: &mut Generator, types: &TypeMap, root: &str, name: &str, field: &Field) -> Value {
    let by_variables = generator.percent(50);
    let mut arguments: Vec<_> = field.arguments.iter().collect();
    arguments.sort_by_key(|(name, _)| *name);
    let (mut declared, mut given, mut variables) = (String::new(), String::new(), Map::new());
    for (argument, input) in arguments {
        if input.kind.nullable && !generator.percent(40) || generator.percent(1) {
            continue;
        }
        let value = generator.value(&input.kind, name, argument, 0);
        if by_variables {
            let _ = write!(declared, "${argument}: {} ", input.kind);
            let _ = write!(given, "{argument}: ${argument} ");
            variables.insert(argument.clone(), value);
        } else {
            let _ = write!(given, "{argument}: ");
            literal(&value, &input.kind, types, &mut given);
            given.push(' ');
        }
    }
    let brackets = |text: String| if text.is_empty() { text } else { format!("({text})") };
    let operation = root.to_lowercase();
    let (declared, given, selection) = (brackets(declared), brackets(given), selection(types, &field.named));
    json!({ "query": format!("{operation} {declared} {{ {name}{given} {selection} }}"), "variables": variables })
}

/// All that can be read without arguments, two objects deep.
fn selection(types: &TypeMap, named: &str) -> String {
    let Some(output) = types.output(named) else { return String::new() };
    let mut fields: Vec<_> = output.fields.iter().collect();
    fields.sort_by_key(|(name, _)| *name);
    let mut text = String::from("{ __typename ");
    for (name, field) in fields {
        let Some(inner) = types.output(&field.named) else {
            let _ = write!(text, "{name} ");
            continue;
        };
        let mut leaves: Vec<&String> = inner
            .fields
            .iter()
            .filter(|(_, field)| field.is_leaf)
            .map(|(name, _)| name)
            .collect();
        leaves.sort();
        let _ = write!(text, "{name} {{ __typename ");
        leaves.iter().for_each(|leaf| text.extend([leaf.as_str(), " "]));
        text.push_str("} ");
    }
    text + "}"
}

/// The status and all codes with their paths, once it is certain that the answer has its form.
fn outcome(answer: &Answer, body: &Value) -> String {
    let mut asked = body.to_string();
    if let Some((end, _)) = asked.char_indices().nth(3_000) {
        asked.truncate(end);
    }
    let context = || format!("{} {} to {asked}", answer.status, answer.text);
    assert!([200, 400, 401, 429].contains(&answer.status), "{}", context());
    assert!(answer.body.is_object(), "{}", context());
    assert!(answer.body.get("data").is_some() || !answer.errors().is_empty(), "{}", context());
    let most = if answer.body.get("data").is_some() { 50 } else { 10 };
    assert!(answer.errors().len() <= most, "{}", context());
    let mut outcome = answer.status.to_string();
    for error in answer.errors() {
        let code = error["extensions"]["code"].as_str().unwrap_or("none");
        assert!(
            CODES.contains(&code) && error["extensions"]["requestId"].is_string(),
            "{}",
            context()
        );
        let message = error["message"].as_str().unwrap_or_default();
        assert!(!message.is_empty() && message.chars().count() <= 401, "{}", context());
        assert!(INTERNALS.iter().all(|word| !message.contains(word)), "{}", context());
        let _ = write!(outcome, " {code} {}", error["path"]);
    }
    for payload in answer.body["data"].as_object().into_iter().flat_map(Map::values) {
        for error in payload["userErrors"].as_array().into_iter().flatten() {
            let code = error["code"].as_str().unwrap_or("none");
            assert!(USER_CODES.contains(&code), "{}", context());
            let message = error["message"].as_str().unwrap_or_default();
            assert!(
                !message.is_empty() && INTERNALS.iter().all(|word| !message.contains(word)),
                "{}",
                context()
            );
            let _ = write!(outcome, " {code} {}", error["path"]);
        }
    }
    outcome
}

/// Records of every kind: prospects of all owners and of none, open, lost, won and converted, with all kinds of child rows.
async fn world(app: &TestApp) -> Known {
    let mut known = Known::default();
    attributes(app, &mut known).await;
    let mut made = Vec::new();
    for (number, owner) in [&app.ana, &app.ana, &app.luis, &app.admin].into_iter().enumerate() {
        made.push(app.prospect().complete(&format!("word{number}")).owner(owner).create().await);
    }
    made.push(app.prospect().name("Unowned").unowned().create().await);
    for number in 0..6 {
        made.push(app.prospect().name(&format!("Plain {number}")).owner(&app.ana).create().await);
    }
    for prospect in &made {
        app.note(&app.admin, prospect, "hola").await;
        app.log(&app.admin, prospect, json!({})).await;
        app.task(&app.admin, prospect, json!({ "repeatRule": "FREQ=WEEKLY" })).await;
        app.task(&app.admin, prospect, json!({ "dueAt": app.time(-1_000) })).await;
    }
    app.convert(&app.ana, &made[1]).await;
    app.move_to(&app.ana, &made[5], "Lost").await;
    app.convert(&app.ana, &made[6]).await;
    app.move_to(&app.ana, &made[7], "Discarded").await;
    for prospect in &made {
        hanging_from(&app.admin, prospect, &mut known).await;
        known.ids.entry(Kind::Client).or_default().push(prospect.client_id());
    }
    let catalogs = app.core.catalogs.snapshot();
    known.ids.insert(Kind::Channel, all(&catalogs.channels, Kind::Channel));
    known.ids.insert(Kind::Segment, all(&catalogs.segments, Kind::Segment));
    known
        .ids
        .insert(Kind::PotentialLevel, all(&catalogs.potential_levels, Kind::PotentialLevel));
    known.ids.insert(Kind::Status, all(&catalogs.statuses, Kind::Status));
    known.ids.insert(Kind::Reason, all(&catalogs.reasons, Kind::Reason));
    known.ids.insert(Kind::Source, all(&catalogs.sources, Kind::Source));
    known.ids.insert(Kind::TaskType, all(&catalogs.task_types, Kind::TaskType));
    known
        .ids
        .insert(Kind::IdentifierType, all(&catalogs.identifier_types, Kind::IdentifierType));
    let users = [&app.admin, &app.other_admin, &app.ana, &app.luis];
    known.ids.insert(Kind::User, users.map(|person| person.id.clone()).into());
    known
}

/// One attribute of each type and some with several values for prospects, and a few for the other kinds of records.
async fn attributes(app: &TestApp, known: &mut Known) {
    let choices = json!([{ "key": "key_1", "label": "One" }, { "key": "key_2", "label": "Two", "isRetired": true }]);
    for entity in ["PROSPECT", "CLIENT", "CONTACT", "TASK"] {
        for (key, kind, more) in [
            ("word", "TEXT", json!({ "isUnique": true })),
            ("story", "LONG_TEXT", json!({})),
            ("count", "INTEGER", json!({ "validation": { "min": "-5" } })),
            ("size", "DECIMAL", json!({ "scale": 2, "isIndexed": true })),
            ("price", "MONEY", json!({ "currency": "USD" })),
            ("flag", "BOOLEAN", json!({})),
            ("day", "DATE", json!({})),
            ("at", "DATE_TIME", json!({})),
            ("brand", "CHOICE", json!({ "choices": choices })),
            ("agent", "USER", json!({})),
            ("parent", "PROSPECT", json!({})),
            ("site", "URL", json!({})),
            ("mail", "EMAIL", json!({})),
            ("phone", "PHONE", json!({})),
            (
                "words",
                "TEXT",
                json!({ "isMultiple": true, "validation": { "pattern": "[a-zA-Z ]+" } }),
            ),
            ("sizes", "DECIMAL", json!({ "isMultiple": true })),
            ("brands", "CHOICE", json!({ "isMultiple": true, "choices": choices })),
            ("hidden", "TEXT", json!({ "visibility": "ADMIN" })),
        ] {
            if entity != "PROSPECT" && !["word", "size", "brand", "words", "hidden"].contains(&key) {
                continue;
            }
            let mut input = json!({ "entity": entity, "key": key, "type": kind });
            let fields = input.as_object_mut().expect("an object");
            fields.extend(more.as_object().expect("an object").clone());
            let id = app.attribute(input).await;
            known.ids.entry(Kind::AttributeDefinition).or_default().push(id);
            if entity == "PROSPECT" {
                known.keys.push(key.to_owned());
            }
        }
    }
}

/// Users on whom nothing depends, one of them with prospects.
async fn replaceable(app: &TestApp) -> Known {
    let mut known = Known::default();
    for name in ["Pedro Primero", "Sara Segunda", "Tomás Tercero"] {
        let person = app.add_person(name, cartera::auth::Role::Sales).await;
        app.prospect().name(name).owner(&person).create().await;
        known.ids.entry(Kind::User).or_default().push(person.id);
    }
    known
}

/// The ids of everything below a prospect, by their kinds.
async fn hanging_from(person: &Person, prospect: &Made, known: &mut Known) {
    const READ: &str = "query ($id: ID!) { prospect(id: $id) { id cycle { id } identifiers { id } emails { id } phones { id }
        contacts { id emails { id } phones { id } } addresses { id } tasks { nodes { id } }
        timeline { nodes { id ... on NoteEntry { note { id } } ... on InteractionEntry { interaction { id } } } } } }";
    let data = person.query(READ, json!({ "id": prospect.id })).await;
    let mut open = vec![&data];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => open.extend(fields.values()),
            Value::Array(values) => open.extend(values.iter().rev()),
            Value::String(text) => {
                let (kind, _) = cartera::ids::parse(text).expect("only ids were asked for");
                known.ids.entry(kind).or_default().push(text.clone());
            }
            _ => {}
        }
    }
}

/// The ids of a catalogue in the order of the names, which both databases have in common.
fn all<M: Row>(table: &Table<M>, kind: Kind) -> Vec<String> {
    let mut rows: Vec<&M> = table.all().iter().map(|row| &**row).collect();
    rows.sort_by_key(|row| row.name().to_owned());
    rows.into_iter().map(|row| kind.encode(row.id())).collect()
}
