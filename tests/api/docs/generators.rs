//! The settings in `docs/clients-generators.md` for code generators and caches: every scalar has a type, every type without an id a key, and the settings work.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use cartera::ids::Kind;
use regex::Regex;
use serde_json::{Value, json};

use super::blocks::{CLIENTS, GENERATORS, README, only, operations, prose, under};
use crate::running::process::command;
use crate::support::TestApp;

/// A folder that `scripts/clients` has filled; set by `scripts/test`, or by hand.
const FOLDER: &str = "CARTERA_TEST_CLIENTS";
const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");
const HARNESS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/graphcache.mjs");

fn modules() -> PathBuf {
    let folder = std::env::var_os(FOLDER)
        .unwrap_or_else(|| panic!("{FOLDER} is not set: run scripts/test, or scripts/clients FOLDER and set it to FOLDER"));
    PathBuf::from(folder)
}

/// The names of all types of the schema that pass.
fn types(passes: impl Fn(&TypeKind) -> bool) -> BTreeSet<String> {
    let document = parse_schema(cartera::schema::sdl()).expect("the printed schema is one");
    let types = document.definitions.into_iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(definition) => Some(definition.node),
        _ => None,
    });
    types
        .filter(|definition| passes(&definition.kind))
        .map(|definition| definition.name.node.to_string())
        .collect()
}

fn scalars() -> BTreeSet<String> {
    let scalars = types(|kind| matches!(kind, TypeKind::Scalar));
    assert!(scalars.contains("DateTime"), "{scalars:?}");
    scalars
}

/// The objects without an `id`, but for the roots and the payloads of mutations.
fn without_id() -> BTreeSet<String> {
    let has_no_id =
        |kind: &TypeKind| matches!(kind, TypeKind::Object(object) if object.fields.iter().all(|field| field.node.name.node != "id"));
    let is_kept = |name: &String| !name.ends_with("Payload") && name != "Query" && name != "Mutation";
    types(has_no_id).into_iter().filter(is_kept).collect()
}

/// All matches of the first group.
fn names(text: &str, pattern: &str) -> BTreeSet<String> {
    let pattern = Regex::new(pattern).expect("a pattern");
    pattern.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

/// The part of a text between two others.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("there is no {start}"));
    rest.split_once(end).unwrap_or_else(|| panic!("there is no {end} after {start}")).0
}

#[track_caller]
fn done(output: &Output) -> String {
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{complained}");
    said.into_owned()
}

fn write(file: &Path, text: &str) {
    std::fs::write(file, text).expect("a file can be written");
}

/// A program without its comments.
fn code(program: &str) -> String {
    let comments = Regex::new(r"(?s)/\*.*?\*/|//[^\n]*").expect("a pattern");
    comments.replace_all(program, "").into_owned()
}

/// Attributes of prospects with all types of values; answers the id of the definition of one with numbers, and a value of each.
async fn every_attribute(app: &TestApp) -> (String, Value) {
    let other = app.prospect().owner(&app.ana).name("Other").create().await;
    let others = [
        ("BOOLEAN", json!({ "boolean": true })),
        ("DATE", json!({ "date": "2026-01-15" })),
        ("DATE_TIME", json!({ "dateTime": "2026-01-15T10:00:00Z" })),
        ("PROSPECT", json!({ "prospect": other.id })),
        ("TEXT", json!({ "text": "a text" })),
        ("USER", json!({ "user": app.ana.id })),
    ];
    let number = app.attribute(json!({ "key": "score", "type": "INTEGER" })).await;
    app.attribute(json!({ "key": "brand", "type": "CHOICE", "choices": [{ "key": "acme", "label": "Acme" }] }))
        .await;
    let mut values = vec![
        json!({ "key": "score", "value": { "number": "42" } }),
        json!({ "key": "brand", "value": { "choice": "acme" } }),
    ];
    for (name, value) in others {
        let key = name.to_lowercase();
        app.attribute(json!({ "key": key, "type": name })).await;
        values.push(json!({ "key": key, "value": value }));
    }
    (number, Value::Array(values))
}

#[test]
fn every_scalar_has_a_type_everywhere() {
    let scalars = scalars();
    let table = prose(GENERATORS);
    let table = between(&table, "\n## Scalars\n", "\n## ");
    let relay: Value = serde_json::from_str(&only(GENERATORS, "Relay", "json")).expect("settings in JSON");
    let relay = relay["customScalarTypes"].as_object().expect("an object").keys().cloned().collect();
    let code_generator = only(GENERATORS, "GraphQL Code Generator", "ts");
    for (place, mapped) in [
        ("the table", names(table, r"(?m)^\| `(\w+)` \|")),
        (
            "GraphQL Code Generator",
            names(between(&code_generator, "scalars: {\n", "\n        },"), r"(?m)^ +(\w+):"),
        ),
        (
            "Apollo Kotlin",
            names(&only(GENERATORS, "Apollo Kotlin", "kotlin"), r#"mapScalar\w*\("(\w+)""#),
        ),
        (
            "Apollo iOS",
            names(&under(GENERATORS, "Apollo iOS", "swift").concat(), r"typealias (\w+) ="),
        ),
        ("Relay", relay),
    ] {
        assert_eq!(mapped, scalars, "{place}");
    }
}

#[test]
fn every_type_without_an_id_has_a_key() {
    let keys = names(&only(GENERATORS, "Graphcache", "js"), r"(?m)^  (\w+):");
    assert_eq!(keys, without_id(), "the keys in docs/clients-generators.md should be these");
}

/// The settings give types for the documents of both pages, and none of them is `any`.
#[test]
fn clients_npm_generates_types() {
    let (modules, folder) = (modules(), tempfile::tempdir().expect("a folder can be made"));
    let place = folder.path();
    std::os::unix::fs::symlink(modules.join("node_modules"), place.join("node_modules")).expect("a link can be made");
    std::fs::copy(SCHEMA, place.join("schema.graphql")).expect("the schema can be copied");
    std::fs::create_dir(place.join("src")).expect("a folder can be made");
    write(&place.join("codegen.ts"), &only(GENERATORS, "GraphQL Code Generator", "ts"));
    let documents: BTreeSet<String> = [
        under(CLIENTS, "The documents", "graphql"),
        under(README, "A first query", "graphql"),
    ]
    .concat()
    .iter()
    .flat_map(|document| operations(document))
    .collect();
    let amounts = "query Amounts { prospects { nodes { createdAt cycle { amount { amount currency } } } } }";
    let change = "mutation Change($id: ID!, $input: CycleUpdateInput!) { cycleUpdate(id: $id, input: $input) { cycle { id } } }";
    let all: Vec<&str> = documents.iter().map(String::as_str).chain([amounts, change]).collect();
    write(&place.join("src/all.graphql"), &all.join("\n"));

    let mut generator = Command::new("node_modules/.bin/graphql-codegen");
    generator.current_dir(place);
    // The second time there is what the first one has written, which is no input.
    for _ in 0..2 {
        done(&generator.output().expect("the generator runs"));
    }
    let types = std::fs::read_to_string(place.join("src/gql/graphql.ts")).expect("types are written");
    let types = code(&types);
    // Filters have a field `any?`.
    let any = Regex::new(r"\bany\b[^?]").expect("a pattern");
    assert!(!any.is_match(&types), "{types}");
    for expected in [
        "CurrencyCode: { input: string; output: string; }",
        "Date: { input: string; output: string; }",
        "DateTime: { input: string; output: string; }",
        "Decimal: { input: string | number; output: string; }",
        "amount: Scalars['Decimal']['input'];",
        "createdAt: string",
        "export type AmountsQuery = ",
        "export type LeadsQuery = ",
        "export type ProspectUpdateMutation = ",
        "export type StatusCategory =",
    ] {
        assert!(types.contains(expected), "there is no `{expected}` in\n{types}");
    }
}

both! {
    /// The settings of the page give types for the typed attributes of a database as well.
    async fn clients_npm_generates_types_of_attributes(app: TestApp) {
        let define = "mutation ($input: AttributeDefinitionCreateInput!) { attributeDefinitionCreate(input: $input) { userErrors { code message path } } }";
        for input in [
            json!({ "entity": "PROSPECT", "key": "budget", "label": "Budget", "type": "DECIMAL", "scale": 2 }),
            json!({ "entity": "PROSPECT", "key": "margin", "label": "Margin", "type": "INTEGER", "visibility": "ADMIN" }),
            json!({ "entity": "PROSPECT", "key": "brand", "label": "Brand", "type": "CHOICE", "isMultiple": true, "choices": [{ "key": "acme", "label": "Acme" }] }),
        ] {
            app.admin.run(define, json!({ "input": input })).await.payload("attributeDefinitionCreate");
        }
        let printed = async |role: &str| done(&command(&app.core.settings, &["schema", "--with-attributes", "--role", role]).await);
        let (schema, of_sales) = (printed("admin").await, printed("sales").await);
        assert!(schema.contains("margin: Int") && !of_sales.contains("margin"));
        let (modules, folder) = (modules(), tempfile::tempdir().expect("a folder can be made"));
        let place = folder.path();
        std::os::unix::fs::symlink(modules.join("node_modules"), place.join("node_modules")).expect("a link can be made");
        write(&place.join("schema.graphql"), &schema);
        std::fs::create_dir(place.join("src")).expect("a folder can be made");
        write(&place.join("codegen.ts"), &only(GENERATORS, "GraphQL Code Generator", "ts"));
        let read = "query Typed($filter: ProspectFilter) { prospects(filter: $filter) { nodes { custom { budget margin brand } } } }";
        let change = "mutation Change($id: ID!, $custom: ProspectCustomUpdateInput!) { prospectUpdate(id: $id, input: { custom: $custom }) { prospect { id } } }";
        write(&place.join("src/all.graphql"), &[read, change].join("\n"));
        let mut generator = Command::new("node_modules/.bin/graphql-codegen");
        generator.current_dir(place);
        let output = tokio::task::spawn_blocking(move || generator.output().expect("the generator runs")).await.expect("nothing panics");
        done(&output);
        let types = code(&std::fs::read_to_string(place.join("src/gql/graphql.ts")).expect("types are written"));
        for expected in ["margin?: number | null", "export type ProspectBrandChoice =", "brand?: InputMaybe<Array<ProspectBrandChoice>>"] {
            assert!(types.contains(expected), "there is no `{expected}` in\n{types}");
        }
    }

    async fn clients_npm_graphcache_warns_of_nothing(app: TestApp) {
        let modules = modules();
        let (number, attributes) = every_attribute(&app).await;
        let avila = app.prospect().name("Café Ávila").owner(&app.ana).with(json!({
            "emails": [{ "value": "ventas@cafe-avila.example" }],
            "identifiers": [{ "typeId": app.identifier_type("RIF"), "country": "VE", "number": "J-40123456-9" }],
            "addresses": [{ "country": "VE", "city": "Caracas", "location": { "latitude": 10.5, "longitude": -66.9 } }],
            "firstTouch": { "utm": { "source": "google" }, "ad": { "campaign": "March" } },
            "attributes": attributes,
        })).create().await;
        app.document(&app.admin, &avila, "offer.pdf", b"%PDF-1.7\n").await;
        let note = app.note(&app.admin, &avila, "First").await;
        let edit = "mutation ($id: ID!) { noteUpdate(id: $id, input: { body: \"Second\" }) { userErrors { code } } }";
        app.admin.run(edit, json!({ "id": Kind::Note.encode(note.uuid) })).await.payload("noteUpdate");
        app.task(&app.admin, &avila, json!({})).await;
        app.job_with_row_error(Some(&app.admin), "a mistake").await;
        let report = app.saved_report(&app.admin, json!({})).await;
        app.dashboard(&app.admin, "First", &[&report]).await;
        let rate = "mutation ($id: ID!) { prospectUpdate(id: $id, input: { rating: 3 }) { prospect { cycle { id } } userErrors { code } } }";
        let rated = app.admin.run(rate, json!({ "id": avila.id })).await;
        let cycle = &rated.payload("prospectUpdate")["prospect"]["cycle"]["id"];
        let worth = "mutation ($id: ID!) { cycleUpdate(id: $id, input: { amount: { amount: \"10.00\" } }) { userErrors { code } } }";
        app.admin.run(worth, json!({ "id": cycle })).await.payload("cycleUpdate");
        app.convert(&app.admin, &avila).await;
        let gone = app.prospect().name("Gone").create().await;
        let delete = "mutation ($id: ID!) { prospectDelete(id: $id) { userErrors { code } } }";
        app.admin.run(delete, json!({ "id": gone.id })).await.payload("prospectDelete");

        let folder = tempfile::tempdir().expect("a folder can be made");
        let keys = folder.path().join("keys.mjs");
        write(&keys, &only(GENERATORS, "Graphcache", "js"));
        let mut node = Command::new("node");
        let url = format!("{}/graphql", app.url);
        node.arg(HARNESS).arg(&modules).arg(&keys).args([SCHEMA, &url, app.admin.token.as_deref().expect("signed in"), &avila.id, &number]);
        let output = tokio::task::spawn_blocking(move || node.output().expect("node runs")).await.expect("nothing panics");
        let report: Value = serde_json::from_str(&done(&output)).expect("it reports in JSON");
        assert_eq!(report["withKeys"], json!([]));
        let without = report["withoutKeys"].to_string();
        let seen: BTreeSet<String> = serde_json::from_value(report["types"].clone()).expect("names");
        for name in without_id() {
            // Nothing collides in a new database.
            if name == "Collision" {
                continue;
            }
            assert!(seen.contains(&name), "no {name} was asked for");
            // Lists are known by their names, and what a mutation answers is not kept.
            let is_list = name == "PageInfo" || name.ends_with("Edge") || name.ends_with("Connection");
            let is_missed = !is_list && name != "UserError";
            assert_eq!(without.contains(&format!("config for `{name}`")), is_missed, "{name}: {without}");
        }
    }
}
