//! Maximum length of texts in filters and arguments: those of the schema are found by reading it, and none reaches a statement above its
//! limit.

use std::sync::Mutex;

use sea_orm::Statement;
use serde_json::{Value, json};

use super::passes;
use crate::support::{Made, Person, TestApp};
use crate::visibility::schema_text::{Argument, Field, SchemaText};

/// Scalars that are written as texts.
const TEXTS: [&str; 6] = ["ID", "String", "Date", "DateTime", "Decimal", "CurrencyCode"];

/// Characters of a text that is longer than any that is kept.
const LONG: usize = 25_000;

/// A path into an argument: the names of fields, each with whether its value is a list.
type Path = Vec<Argument>;

/// The filters of a report, which are those of lists: their texts are sent to the lists.
const FILTERS_OF_REPORTS: [&str; 6] = [
    "ProspectFilter",
    "ClientFilter",
    "TaskFilter",
    "TimelineFilter",
    "DocumentFilter",
    "ProspectCycleFilter",
];

/// Whether the argument has its texts elsewhere, or is refused before any of them is looked at.
fn is_left_out(path: &Path, argument: &Argument) -> bool {
    let is_inside = |named: &str| path.iter().any(|above| above.named == named);
    is_inside("ReportInput") && FILTERS_OF_REPORTS.contains(&argument.named.as_str())
        || is_inside("TimelineRelationFilter") && argument.name == "prospect"
}

/// The paths to all values of the named type below an argument. A recursive type is entered once more.
fn ways(schema: &SchemaText, argument: &Argument, wanted: &impl Fn(&str) -> bool, path: &Path, found: &mut Vec<Path>) {
    if is_left_out(path, argument) {
        return;
    }
    let times = path.iter().filter(|above| above.named == argument.named).count();
    let path: Path = path.iter().chain([argument]).cloned().collect();
    if wanted(&argument.named) {
        found.push(path);
    } else if !schema.is_leaf(&argument.named) && times < 2 {
        for field in schema.input_fields(&argument.named) {
            ways(schema, field, wanted, &path, found);
        }
    }
}

/// The value at the end of a path, with everything around it.
fn around(schema: &SchemaText, path: &[Argument], value: Value) -> Value {
    let Some((first, rest)) = path.split_first() else {
        return value;
    };
    let inner = match rest.first() {
        None => value,
        Some(next) => {
            let mut object = json!({ next.name.as_str(): around(schema, rest, value) });
            for field in schema.input_fields(&first.named) {
                if field.is_required && field.name != next.name {
                    object[&field.name] = anything(schema, field);
                }
            }
            object
        }
    };
    if first.is_list { json!([inner]) } else { inner }
}

/// Some value of the type of an argument.
fn anything(schema: &SchemaText, argument: &Argument) -> Value {
    let value = match argument.named.as_str() {
        "ID" | "String" => json!("x"),
        "Int" | "Float" => json!(1),
        "Boolean" => json!(true),
        "DateTime" => json!("2026-03-11T15:00:00Z"),
        "Date" => json!("2026-03-11"),
        "Decimal" => json!("1"),
        "CurrencyCode" => json!("USD"),
        "JSON" => json!({}),
        named => match schema.enum_values(named) {
            Some(values) => json!(values[0]),
            None => {
                let required = schema.input_fields(named).iter().filter(|field| field.is_required);
                required.map(|field| (field.name.clone(), anything(schema, field))).collect()
            }
        },
    };
    if argument.is_list { json!([value]) } else { value }
}

/// The type of an argument as a variable has it. Of what a list holds nothing is null here.
fn kind(argument: &Argument) -> String {
    let named = if argument.is_list {
        format!("[{}!]", argument.named)
    } else {
        argument.named.clone()
    };
    named + if argument.is_required { "!" } else { "" }
}

/// Sends the field with a long text at every place that takes one, and asserts that no statement carries it.
async fn send_long_texts(
    schema: &SchemaText,
    person: &Person,
    seen: &Mutex<Vec<Statement>>,
    operation: &str,
    field: &Field,
    inside: [&str; 2],
) -> usize {
    let selection = if schema.is_leaf(&field.named) {
        ""
    } else if operation == "mutation" {
        "{ userErrors { code path message } }"
    } else {
        "{ __typename }"
    };
    let mut sent = 0;
    for argument in &field.arguments {
        let mut found = Vec::new();
        ways(schema, argument, &|named: &str| TEXTS.contains(&named), &Vec::new(), &mut found);
        for path in found {
            let given: Vec<&Argument> = field
                .arguments
                .iter()
                .filter(|other| other.is_required || other.name == argument.name)
                .collect();
            let declared: Vec<String> = given.iter().map(|other| format!("${}: {}", other.name, kind(other))).collect();
            let handed: Vec<String> = given.iter().map(|other| format!("{0}: ${0}", other.name)).collect();
            let [before, after] = inside;
            let document = format!(
                "{operation} ({}) {{ {before} {}({}) {selection} {after} }}",
                declared.join(", "),
                field.name,
                handed.join(", ")
            );
            let mut variables: Value = given.iter().map(|other| (other.name.clone(), anything(schema, other))).collect();
            variables[&argument.name] = around(schema, &path, json!("7".repeat(LONG)));
            let answer = person.run(&document, variables).await;
            let names: Vec<&str> = path.iter().map(|step| step.name.as_str()).collect();
            let place = format!("{}({})", field.name, names.join("."));
            assert!(
                !answer.codes().iter().any(|code| ["INTERNAL", "TIMEOUT"].contains(code)),
                "{place}: {}",
                answer.text
            );
            let statements = std::mem::take(&mut *seen.lock().expect("the lock is not poisoned"));
            for statement in statements {
                let bound = format!("{:?}", statement.values).len();
                assert!(bound < LONG, "{place}: {bound} bytes are bound in {}", statement.sql);
            }
            sent += 1;
        }
    }
    sent
}

/// The ID of a new contact of a prospect.
async fn contact_of(by: &Person, made: &Made) -> String {
    let document = "mutation ($id: ID!, $input: ProspectUpdateInput!) {
        prospectUpdate(id: $id, input: $input) { prospect { contacts { id } } userErrors { code } }
    }";
    let input = json!({ "contacts": [{ "firstName": "Eva" }] });
    let data = by.query(document, json!({ "id": made.id, "input": input })).await;
    let id = &data["prospectUpdate"]["prospect"]["contacts"][0]["id"];
    id.as_str().expect("a contact is added").to_owned()
}

both! {
    /// Every text of the schema, besides those that mutations store.
    async fn no_long_text_reaches_the_database(app: TestApp) {
        let made = app.prospect().owner(&app.admin).create().await;
        let note = app.note(&app.admin, &made, "one").await;
        let note = cartera::ids::Kind::Note.encode(note.uuid);
        let call = cartera::ids::Kind::Interaction.encode(app.log(&app.admin, &made, json!({})).await.uuid);
        let job = app.job(Some(&app.admin)).await;
        app.convert(&app.admin, &made).await;
        let task = app.task(&app.admin, &made, json!({})).await;
        let (client, contact) = (made.client_id(), contact_of(&app.admin, &made).await);
        let report = app.saved_report(&app.admin, json!({})).await;
        let dashboard = app.dashboard(&app.admin, "Tablero", &[&report]).await;
        let schema = SchemaText::read();
        let (watched, seen) = app.watched().await;
        let watched = watched.admin;
        let mut sent = 0;
        for (name, operation) in [("Query", "query"), ("Mutation", "mutation")] {
            for field in schema.fields(name) {
                sent += send_long_texts(&schema, &watched, &seen, operation, field, ["", ""]).await;
                // The bucket of points is for people.
                app.advance(60_000);
            }
        }
        for name in schema.types.keys().filter(|name| !["Query", "Mutation"].contains(&name.as_str())) {
            if schema.is_leaf(name) || !schema.is_output(name) {
                continue;
            }
            for field in schema.fields(name).iter().filter(|field| !field.arguments.is_empty()) {
                let id = match name.as_str() {
                    "Prospect" => &made.id,
                    "Note" => &note,
                    "Job" => &job.id,
                    "Client" => &client,
                    "Contact" => &contact,
                    "Task" => &task.id,
                    "Interaction" => &call,
                    "SavedReport" => &report.id,
                    "DashboardTile" => &dashboard.id,
                    name => panic!("the walk does not know how to come to {name}.{}", field.name),
                };
                let (before, after) = match name.as_str() {
                    "DashboardTile" => (format!("dashboard(id: \"{id}\") {{ tiles {{"), "} }"),
                    name => (format!("node(id: \"{id}\") {{ ... on {name} {{"), "} }"),
                };
                sent += send_long_texts(&schema, &watched, &seen, "query", field, [&before, after]).await;
            }
        }
        assert!(sent > 500, "{sent} texts were sent");
    }

    /// At its limit every text of every filter passes; one character more is refused before anything is asked of the database.
    async fn texts_of_filters_are_bounded(app: TestApp) {
        let schema = SchemaText::read();
        let (watched, seen) = app.watched().await;
        let mut tested = 0;
        for (list, filter) in [("prospects", "ProspectFilter"), ("clients", "ClientFilter"), ("tasks", "TaskFilter")] {
            let argument = Argument { name: "filter".to_owned(), named: filter.to_owned(), is_list: false, is_required: false };
            let mut found = Vec::new();
            ways(&schema, &argument, &|named: &str| named == "StringFilter", &Vec::new(), &mut found);
            let document = format!("query ($filter: {filter}) {{ {list}(first: 1, filter: $filter) {{ nodes {{ id }} }} }}");
            for path in found {
                let names: Vec<&str> = path.iter().map(|step| step.name.as_str()).collect();
                let place = names.join(".");
                // One text of each filter inside of a filter is enough: they are read by the same function.
                if names.iter().any(|name| ["and", "or", "not"].contains(name)) && names.last() != Some(&"name") {
                    continue;
                }
                let whole = if place.ends_with("contactName") || place.contains("contacts.") && place.ends_with("name") { 401 } else { 200 };
                for (test, most) in [("eq", whole), ("in", whole), ("contains", 200), ("startsWith", 200)] {
                    let of = |characters: usize| {
                        let text = "7".repeat(characters - 1) + "ñ";
                        let value = if test == "in" { json!(["x", text]) } else { json!(text) };
                        json!({ "filter": around(&schema, &path, json!({ test: value })) })
                    };
                    passes(&watched.admin, &place, &document, of(most)).await;
                    seen.lock().expect("the lock is not poisoned").clear();
                    let answer = watched.admin.run(&document, of(most + 1)).await;
                    assert_eq!((answer.status, answer.codes()), (200, vec!["BAD_USER_INPUT"]), "{place}.{test}: {}", answer.text);
                    assert_eq!(answer.body["data"], json!({ list: null }), "{place}.{test}: {}", answer.text);
                    let message = answer.errors()[0]["message"].as_str().unwrap_or_default();
                    assert!(message.contains(&format!("`{test}`")) && message.contains(&format!("at most {most} characters")), "{message}");
                    // The session is looked at, and written down as used now and then.
                    let asked = seen.lock().expect("the lock is not poisoned");
                    let of_records = asked.iter().find(|statement| ["prospects", "tasks"].iter().any(|table| statement.sql.contains(table)));
                    assert!(of_records.is_none(), "{place}.{test}: {of_records:?}");
                    tested += 1;
                }
                app.advance(1_000);
            }
        }
        assert!(tested > 300, "{tested} texts were tested");
    }

    async fn values_of_look_alikes_are_bounded(app: TestApp) {
        let document = "query ($input: PossibleDuplicatesInput!) { possibleDuplicates(input: $input) { reason } }";
        for field in ["identifiers", "emails", "phones"] {
            passes(&app.ana, field, document, json!({ "input": { field: ["ñ".repeat(200)] } })).await;
            let answer = app.ana.run(document, json!({ "input": { field: ["x".to_owned(), "ñ".repeat(201)] } })).await;
            assert_eq!((answer.status, answer.codes()), (200, vec!["BAD_USER_INPUT"]), "{field}: {}", answer.text);
        }
    }
}
