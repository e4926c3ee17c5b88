//! Definitions of attributes: every type, each refusal, visibility, limits, order, concurrent writes, and changes of types and rules.

use cartera::error::Error;
use cartera::ids::Kind;
use cartera::resolvers::setup::attributes;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value, json};

use crate::support::{Answer, Person, TestApp};

const CREATE: &str = "attributeDefinitionCreate";
const UPDATE: &str = "attributeDefinitionUpdate";

/// All fields of a definition.
const FIELDS: &str = "id key label description entity type isMultiple scale currency choices { key label color isDefault isRetired }
    isRequired requiredKinds requiredStatuses { name } defaultValues isUnique isSearchable isIndexed index { state progress } visibility group
    validation { min max minDate maxDate minDateTime maxDateTime minLength maxLength pattern countries }
    position isRetired version createdAt updatedAt";

async fn create(person: &Person, input: Value) -> Answer {
    let mut all = json!({ "entity": "PROSPECT", "label": "Label" });
    all.as_object_mut()
        .expect("an object")
        .extend(input.as_object().expect("an object").clone());
    let document = format!(
        "mutation ($input: AttributeDefinitionCreateInput!) {{ {CREATE}(input: $input) {{
            attributeDefinition {{ {FIELDS} }} userErrors {{ code message path }} }} }}"
    );
    person.run(&document, json!({ "input": all })).await
}

async fn update(person: &Person, id: &str, input: Value, version: Option<i64>) -> Answer {
    let document = format!(
        "mutation ($id: ID!, $input: AttributeDefinitionUpdateInput!, $version: Int) {{ {UPDATE}(id: $id, input: $input, expectedVersion: $version) {{
            attributeDefinition {{ {FIELDS} }} userErrors {{ code message path }} }} }}"
    );
    person.run(&document, json!({ "id": id, "input": input, "version": version })).await
}

/// `Retire` or `Restore`.
async fn act(person: &Person, action: &str, id: &str) -> Answer {
    let document = format!(
        "mutation ($id: ID!) {{ attributeDefinition{action}(id: $id) {{ attributeDefinition {{ {FIELDS} }} userErrors {{ code message path }} }} }}"
    );
    person.run(&document, json!({ "id": id })).await
}

async fn preview(person: &Person, id: &str, input: Value) -> Value {
    let document = "query ($id: ID!, $input: AttributeDefinitionUpdateInput!) { attributeDefinitionChangePreview(id: $id, input: $input) {
        recordCount examples { record { id } text } userErrors { code path } } }";
    person.query(document, json!({ "id": id, "input": input })).await["attributeDefinitionChangePreview"].clone()
}

async fn keys(person: &Person, entity: &str) -> Vec<String> {
    let document = "query ($entity: AttributeTarget!) { attributeDefinitions(entity: $entity) { key } }";
    let data = person.query(document, json!({ "entity": entity })).await;
    let keys = data["attributeDefinitions"].as_array().expect("a list").iter();
    keys.map(|definition| definition["key"].as_str().expect("a key").to_owned())
        .collect()
}

/// Puts a document of values into a record, as a write of values would.
async fn put(app: &TestApp, prospect: uuid::Uuid, document: &Value) {
    let id = match app.core.db.backend() {
        DbBackend::Postgres => format!("'{prospect}'"),
        _ => format!("x'{}'", prospect.simple()),
    };
    let text = format!("UPDATE prospects SET attributes = '{document}' WHERE id = {id}");
    app.core.db.writer().execute_unprepared(&text).await.expect("the values are stored");
}

/// The stored document of a record.
async fn document(app: &TestApp, prospect: uuid::Uuid) -> Value {
    let id = match app.core.db.backend() {
        DbBackend::Postgres => format!("'{prospect}'"),
        _ => format!("x'{}'", prospect.simple()),
    };
    let text = app
        .sql(&format!(
            "SELECT coalesce(CAST(attributes AS text), 'null') FROM prospects WHERE id = {id}"
        ))
        .await;
    serde_json::from_str(&text[0]).expect("JSON")
}

both! {
    async fn the_examples_are_carried_out(app: TestApp) {
        for (input, expected) in [
            (
                json!({ "key": "budget", "label": "Presupuesto", "type": "DECIMAL", "scale": 2, "isIndexed": true }),
                json!({ "type": "DECIMAL", "scale": 2, "isIndexed": true, "index": { "state": "BUILDING", "progress": 0 }, "visibility": "EVERYONE" }),
            ),
            (
                json!({ "key": "brand", "label": "Marca", "type": "CHOICE", "isMultiple": true,
                    "choices": [{ "key": "acme", "label": "Acme", "color": "#00AA77" }, { "key": "globex", "label": "Globex" }] }),
                json!({ "isMultiple": true, "index": { "state": "NONE", "progress": 0 }, "scale": null,
                    "choices": [
                        { "key": "acme", "label": "Acme", "color": "#00AA77", "isDefault": false, "isRetired": false },
                        { "key": "globex", "label": "Globex", "color": null, "isDefault": false, "isRetired": false },
                    ] }),
            ),
            (
                json!({ "key": "margin", "label": "Margen", "type": "INTEGER", "visibility": "ADMIN" }),
                json!({ "visibility": "ADMIN", "isRequired": false, "isUnique": false, "version": 1, "isRetired": false }),
            ),
        ] {
            let answer = create(&app.admin, input.clone()).await;
            let definition = &answer.payload(CREATE)["attributeDefinition"];
            for (name, value) in expected.as_object().expect("an object") {
                assert_eq!(definition[name], *value, "{name} of {input}");
            }
            let read = app.admin.query(&format!("query ($id: ID!) {{ node(id: $id) {{ ... on AttributeDefinition {{ {FIELDS} }} }}
                attributeDefinition(id: $id) {{ {FIELDS} }} }}"), json!({ "id": definition["id"] })).await;
            assert_eq!((&read["node"], &read["attributeDefinition"]), (definition, definition));
        }
        assert_eq!(keys(&app.admin, "PROSPECT").await, ["budget", "brand", "margin"]);
        assert_eq!(keys(&app.admin, "TASK").await, [""; 0]);
        app.assert_sound().await;
    }

    async fn every_type_has_its_rules_and_its_default(app: TestApp) {
        for (kind, fields, default) in [
            ("TEXT", json!({ "default": { "text": "ABC" }, "validation": { "minLength": 2, "maxLength": 10, "pattern": "[A-Z]+" }, "isSearchable": true }), json!(["ABC"])),
            ("LONG_TEXT", json!({ "default": { "text": "a\nb" } }), json!(["a\nb"])),
            ("INTEGER", json!({ "default": { "number": "7" }, "validation": { "min": "-5", "max": "10" }, "isIndexed": true }), json!(["7"])),
            ("DECIMAL", json!({ "scale": 3, "default": { "number": "7.5" }, "validation": { "max": "10.125" } }), json!(["7.500"])),
            ("MONEY", json!({ "currency": "JPY", "default": { "number": 700 } }), json!(["700"])),
            ("BOOLEAN", json!({ "default": { "boolean": true } }), json!(["true"])),
            ("DATE", json!({ "default": { "date": "2026-02-28" }, "validation": { "minDate": "2026-01-01", "maxDate": "2026-12-31" } }), json!(["2026-02-28"])),
            (
                "DATE_TIME",
                json!({ "default": { "dateTime": "2026-02-28T10:00:00Z" }, "validation": { "minDateTime": "2026-01-01T00:00:00.000Z" } }),
                json!(["2026-02-28T10:00:00.000Z"]),
            ),
            ("CHOICE", json!({ "choices": [{ "key": "a", "label": "A" }, { "key": "b", "label": "B", "isDefault": true }] }), json!(["b"])),
            ("USER", json!({ "default": { "user": app.ana.id } }), json!([app.ana.id])),
            ("PROSPECT", json!({}), json!([])),
            ("URL", json!({ "default": { "text": "https://example.com" }, "isUnique": false }), json!(["https://example.com"])),
            ("EMAIL", json!({ "isUnique": true }), json!([])),
            ("PHONE", json!({ "validation": { "countries": ["VE", "CO"] } }), json!([])),
        ] {
            let mut input = json!({ "key": kind.to_lowercase(), "type": kind });
            input.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
            let answer = create(&app.admin, input).await;
            let definition = &answer.payload(CREATE)["attributeDefinition"];
            assert_eq!((&definition["type"], &definition["defaultValues"]), (&json!(kind), &default), "{kind}");
            if let Some(rules) = fields["validation"].as_object() {
                for (name, value) in rules {
                    assert_eq!(definition["validation"][name], *value, "{name} of {kind}");
                }
            }
            if kind != "BOOLEAN" && kind != "LONG_TEXT" {
                let mut input = json!({ "entity": "CONTACT", "key": kind.to_lowercase(), "type": kind, "isMultiple": true });
                if kind == "CHOICE" {
                    input["choices"] = fields["choices"].clone();
                }
                assert_eq!(create(&app.admin, input).await.payload(CREATE)["attributeDefinition"]["isMultiple"], json!(true));
            }
        }
        app.assert_sound().await;
    }

    async fn wrong_definitions_are_refused(app: TestApp) {
        app.attribute(json!({ "key": "industry_code", "type": "TEXT" })).await;
        let before = app.snapshot().await;
        let choice = |key: &str| json!({ "key": key, "label": key });
        for (input, errors) in [
            (json!({ "key": "Budget", "type": "TEXT" }), vec!["INVALID input.key"]),
            (json!({ "key": "__proto__", "type": "TEXT" }), vec!["INVALID input.key"]),
            (json!({ "key": "x".repeat(41), "type": "TEXT" }), vec!["INVALID input.key"]),
            (json!({ "key": "attributes", "type": "TEXT" }), vec!["INVALID input.key"]),
            (json!({ "key": "industry_code", "type": "TEXT" }), vec!["TAKEN input.key"]),
            (json!({ "key": "industry__code", "type": "TEXT" }), vec!["TAKEN input.key"]),
            (json!({ "key": "a", "type": "TEXT", "label": "" }), vec!["REQUIRED input.label"]),
            (json!({ "key": "a", "type": "TEXT", "label": "x".repeat(101) }), vec!["TOO_LONG input.label"]),
            (json!({ "key": "a", "type": "TEXT", "description": "x".repeat(1_001) }), vec!["TOO_LONG input.description"]),
            (json!({ "key": "a", "type": "TEXT", "scale": 2 }), vec!["INVALID input.scale"]),
            (json!({ "key": "a", "type": "DECIMAL", "scale": 10 }), vec!["INVALID input.scale"]),
            (json!({ "key": "a", "type": "TEXT", "currency": "USD" }), vec!["INVALID input.currency"]),
            (json!({ "key": "a", "type": "BOOLEAN", "isMultiple": true }), vec!["INVALID input.isMultiple"]),
            (json!({ "key": "a", "type": "BOOLEAN", "isUnique": true }), vec!["INVALID input.isUnique"]),
            (json!({ "key": "a", "type": "TEXT", "isMultiple": true, "isUnique": true }), vec!["INVALID input.isUnique"]),
            (json!({ "key": "a", "type": "INTEGER", "isSearchable": true }), vec!["INVALID input.isSearchable"]),
            (json!({ "key": "a", "type": "TEXT", "isSearchable": true, "visibility": "ADMIN" }), vec!["INVALID input.isSearchable"]),
            (json!({ "key": "a", "type": "LONG_TEXT", "isIndexed": true }), vec!["INVALID input.isIndexed"]),
            (json!({ "key": "a", "type": "CHOICE" }), vec!["REQUIRED input.choices"]),
            (json!({ "key": "a", "type": "TEXT", "choices": [choice("x")] }), vec!["INVALID input.choices"]),
            (json!({ "key": "a", "type": "CHOICE", "choices": [choice("null"), choice("b"), choice("b")] }), vec!["INVALID input.choices.0.key", "TAKEN input.choices.2.key"]),
            (json!({ "key": "a", "type": "CHOICE", "choices": [choice("b")], "default": { "text": "b" } }), vec!["INVALID input.default"]),
            (json!({ "key": "a", "type": "INTEGER", "default": { "text": "1" } }), vec!["INVALID input.default"]),
            (json!({ "key": "a", "type": "INTEGER", "default": { "numbers": ["1"] } }), vec!["INVALID input.default"]),
            (json!({ "key": "a", "type": "INTEGER", "default": { "number": "1.5" } }), vec!["INVALID input.default"]),
            (json!({ "key": "a", "type": "USER", "default": { "user": "nonsense" } }), vec!["NOT_FOUND input.default"]),
            (json!({ "key": "a", "type": "INTEGER", "validation": { "min": "2", "max": "1" } }), vec!["INVALID input.validation.max"]),
            (json!({ "key": "a", "type": "INTEGER", "validation": { "min": "0.5" } }), vec!["INVALID input.validation.min"]),
            (json!({ "key": "a", "type": "TEXT", "validation": { "min": "2" } }), vec!["INVALID input.validation.min"]),
            (json!({ "key": "a", "type": "TEXT", "validation": { "maxLength": 201 } }), vec!["INVALID input.validation.maxLength"]),
            (json!({ "key": "a", "type": "TEXT", "validation": { "pattern": "(a{1000}){1000}" } }), vec!["INVALID input.validation.pattern"]),
            (json!({ "key": "a", "type": "TEXT", "validation": { "pattern": "(a)\\1" } }), vec!["INVALID input.validation.pattern"]),
            (json!({ "key": "a", "type": "PHONE", "validation": { "countries": ["VE", "XX"] } }), vec!["INVALID input.validation.countries.1"]),
            (json!({ "key": "a", "type": "TEXT", "requiredStatusIds": ["nonsense"] }), vec!["NOT_FOUND input.requiredStatusIds.0"]),
            (json!({ "entity": "TASK", "key": "a", "type": "TEXT", "requiredKinds": ["PERSON"] }), vec!["INVALID input.requiredKinds"]),
            (json!({ "key": "id", "type": "TEXT", "label": " ", "scale": 1 }), vec!["INVALID input.key", "REQUIRED input.label", "INVALID input.scale"]),
        ] {
            assert_eq!(create(&app.admin, input.clone()).await.user_errors(CREATE), errors, "{input}");
        }
        for absent in ["nonsense", &app.ana.id] {
            assert_eq!(update(&app.admin, absent, json!({ "label": "X" }), None).await.user_errors(UPDATE), ["NOT_FOUND id"]);
            assert_eq!(act(&app.admin, "Retire", absent).await.user_errors("attributeDefinitionRetire"), ["NOT_FOUND id"]);
        }
        before.assert_equal(&app.snapshot().await, "refused definitions");
    }

    async fn a_definition_is_edited_retired_and_restored(app: TestApp) {
        let id = app.attribute(json!({ "key": "code", "type": "TEXT", "description": "Once" })).await;
        let status = app.status("Negotiation");
        let changes = json!({
            "label": "Código", "description": null, "group": "Datos", "isRequired": true, "requiredKinds": ["COMPANY"], "requiredStatusIds": [status],
            "default": { "text": "ABC" }, "validation": { "maxLength": 5 },
        });
        app.advance(1_000);
        let answer = update(&app.admin, &id, changes, Some(1)).await;
        let definition = &answer.payload(UPDATE)["attributeDefinition"];
        for (name, value) in [
            ("label", json!("Código")), ("description", Value::Null), ("group", json!("Datos")), ("isRequired", json!(true)),
            ("requiredKinds", json!(["COMPANY"])), ("requiredStatuses", json!([{ "name": "Negotiation" }])), ("defaultValues", json!(["ABC"])),
            ("version", json!(2)), ("updatedAt", json!(app.time(0))), ("createdAt", json!(app.time(-1_000))),
        ] {
            assert_eq!(definition[name], value, "{name}");
        }
        let outdated = update(&app.admin, &id, json!({ "label": "X" }), Some(1)).await;
        assert_eq!(outdated.user_errors(UPDATE), ["CONFLICT expectedVersion"]);
        assert_eq!(outdated.data()[UPDATE]["attributeDefinition"], *definition);
        for (input, error) in [
            (json!({ "label": null }), "REQUIRED input.label"), (json!({ "type": null }), "REQUIRED input.type"),
            (json!({ "visibility": null }), "REQUIRED input.visibility"), (json!({ "validation": { "maxLength": 2 } }), "TOO_LONG input.default"),
        ] {
            assert_eq!(update(&app.admin, &id, input, None).await.user_errors(UPDATE), [error]);
        }
        let retired = act(&app.admin, "Retire", &id).await;
        assert_eq!(retired.payload("attributeDefinitionRetire")["attributeDefinition"]["isRetired"], json!(true));
        assert_eq!(act(&app.admin, "Retire", &id).await.user_errors("attributeDefinitionRetire"), ["STATE id"]);
        // Its key stays taken, and it is listed last.
        assert_eq!(create(&app.admin, json!({ "key": "code", "type": "TEXT" })).await.user_errors(CREATE), ["TAKEN input.key"]);
        let other = app.attribute(json!({ "key": "other", "type": "TEXT" })).await;
        assert_eq!(keys(&app.ana, "PROSPECT").await, ["other", "code"]);
        let restored = act(&app.admin, "Restore", &id).await;
        assert_eq!(restored.payload("attributeDefinitionRestore")["attributeDefinition"]["version"], json!(4));
        assert_eq!(act(&app.admin, "Restore", &id).await.user_errors("attributeDefinitionRestore"), ["STATE id"]);
        assert_eq!(keys(&app.ana, "PROSPECT").await, ["code", "other"]);
        let reorder = "mutation ($ids: [ID!]!) { attributeDefinitionReorder(input: { entity: PROSPECT, ids: $ids }) {
            attributeDefinitions { key position } userErrors { code message path } } }";
        let answer = app.admin.run(reorder, json!({ "ids": [other, id] })).await;
        assert_eq!(
            answer.payload("attributeDefinitionReorder")["attributeDefinitions"],
            json!([{ "key": "other", "position": 0 }, { "key": "code", "position": 1 }])
        );
        let answer = app.admin.run(reorder, json!({ "ids": [other] })).await;
        assert_eq!(answer.user_errors("attributeDefinitionReorder"), ["INVALID input.ids"]);
        assert_eq!(keys(&app.ana, "PROSPECT").await, ["other", "code"]);
    }

    async fn what_is_for_administrators_only_does_not_exist_for_others(app: TestApp) {
        let id = app.attribute(json!({ "key": "margin", "type": "INTEGER", "visibility": "ADMIN" })).await;
        app.attribute(json!({ "key": "budget", "type": "INTEGER" })).await;
        let document = "query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } attributeDefinition(id: $id) { key } }";
        let nothing = json!({ "node": null, "nodes": [null], "attributeDefinition": null });
        let seen = json!({ "node": { "id": id }, "nodes": [{ "id": id }], "attributeDefinition": { "key": "margin" } });
        assert_eq!(app.ana.query(document, json!({ "id": id })).await, nothing);
        assert_eq!(app.admin.query(document, json!({ "id": id })).await, seen);
        assert_eq!(app.ana.query(document, json!({ "id": Kind::AttributeDefinition.encode(cartera::ids::new()) })).await, nothing);
        assert_eq!((keys(&app.ana, "PROSPECT").await, keys(&app.admin, "PROSPECT").await), (vec!["budget".to_owned()], vec!["margin".to_owned(), "budget".to_owned()]));
        let before = app.snapshot().await;
        for answer in [
            create(&app.ana, json!({ "key": "margin", "type": "TEXT" })).await,
            update(&app.ana, &id, json!({ "label": "X" }), None).await,
            act(&app.ana, "Retire", &id).await,
            app.ana.run("query ($id: ID!) { attributeDefinitionChangePreview(id: $id, input: {}) { recordCount } }", json!({ "id": id })).await,
        ] {
            assert_eq!(answer.codes(), ["FORBIDDEN"], "{}", answer.text);
        }
        before.assert_equal(&app.snapshot().await, "definitions by a salesperson");
        // Both know of it once it is for everyone.
        update(&app.admin, &id, json!({ "visibility": "EVERYONE" }), None).await.payload(UPDATE);
        assert_eq!(keys(&app.ana, "PROSPECT").await, ["margin", "budget"]);
    }

    async fn of_two_with_one_key_one_is_taken(app: TestApp) {
        let people = [&app.admin, &app.other_admin];
        let calls = (0..8).map(|number: usize| create(people[number % 2], json!({ "key": "budget", "type": "INTEGER", "label": format!("Label {number}") })));
        let answers = join_all(calls).await;
        let mut errors: Vec<Vec<String>> = answers.iter().map(|answer| answer.user_errors(CREATE)).collect();
        errors.sort();
        let mut expected = vec![vec!["TAKEN input.key".to_owned()]; 7];
        expected.insert(0, Vec::new());
        assert_eq!(errors, expected);
        assert_eq!(keys(&app.ana, "PROSPECT").await, ["budget"]);
        // A repeated call makes one definition.
        let document = "mutation { attributeDefinitionCreate(idempotencyKey: \"one\", input: { entity: TASK, key: \"room\", label: \"Room\", type: TEXT }) {
            attributeDefinition { id } userErrors { code message path } } }";
        let first = app.admin.run(document, json!({})).await;
        first.payload(CREATE);
        assert_eq!(app.admin.run(document, json!({})).await.text, first.text);
        assert_eq!(keys(&app.ana, "TASK").await, ["room"]);
    }

    async fn other_servers_know_of_it(app: TestApp) {
        let other = app.with_settings(|_| {}).await;
        app.attribute(json!({ "key": "budget", "type": "INTEGER" })).await;
        other.core.catalogs.refresh(&other.core.db).await.expect("the definitions are read");
        assert_eq!(keys(&other.ana, "PROSPECT").await, ["budget"]);
        assert_eq!(app.sql("SELECT CAST(number AS text) FROM revisions WHERE name = 'attribute_definitions'").await, ["1"]);
    }

    /// A write whose values were checked against former definitions begins again.
    async fn values_are_not_written_by_former_rules(app: TestApp) {
        let cx = app.cx(&app.admin);
        let former = cx.catalogs().definitions_revision();
        app.attribute(json!({ "key": "budget", "type": "INTEGER" })).await;
        let tx = cx.begin().await.expect("a transaction begins");
        attributes::check_revision(&cx, &tx, cx.catalogs().definitions_revision()).await.expect("the present ones");
        let refused = attributes::check_revision(&cx, &tx, former).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    }

    async fn indexes_are_limited(app: TestApp) {
        for number in 0..16 {
            app.attribute(json!({ "key": format!("a{number}"), "type": "INTEGER", "isIndexed": true })).await;
        }
        let one_more = json!({ "key": "more", "type": "INTEGER", "isUnique": true });
        assert_eq!(create(&app.admin, one_more.clone()).await.user_errors(CREATE), ["LIMIT input.isUnique"]);
        let mut contact = one_more;
        contact["entity"] = json!("CONTACT");
        create(&app.admin, contact).await.payload(CREATE);
        let id = app.attribute(json!({ "key": "more", "type": "INTEGER" })).await;
        assert_eq!(update(&app.admin, &id, json!({ "isIndexed": true }), None).await.user_errors(UPDATE), ["LIMIT input.isIndexed"]);
    }

    async fn a_changed_type_converts_values_and_keeps_the_rest_in_the_history(app: TestApp) {
        let id = app.attribute(json!({ "key": "size", "label": "Tamaño", "type": "TEXT" })).await;
        app.attribute(json!({ "key": "other", "type": "INTEGER" })).await;
        let made = [app.prospect().owner(&app.ana).name("Uno").create().await, app.prospect().owner(&app.ana).name("Dos").create().await];
        put(&app, made[0].uuid, &json!({ "size": "12", "size~": "12", "other": 1 })).await;
        put(&app, made[1].uuid, &json!({ "size": "Una docena", "size~": "una docena" })).await;
        let change = json!({ "type": "INTEGER" });
        let before = app.snapshot().await;
        assert_eq!(
            preview(&app.admin, &id, change.clone()).await,
            json!({ "recordCount": 1, "examples": [{ "record": { "id": made[1].id }, "text": "Una docena" }], "userErrors": [] })
        );
        before.assert_equal(&app.snapshot().await, "a preview");
        app.advance(60_000);
        let answer = update(&app.admin, &id, change, None).await;
        assert_eq!(answer.payload(UPDATE)["attributeDefinition"]["type"], json!("INTEGER"));
        assert_eq!(document(&app, made[0].uuid).await, json!({ "size": 12, "other": 1 }));
        assert_eq!(document(&app, made[1].uuid).await, Value::Null);
        let history = "query ($id: ID!) { prospect(id: $id) { version timeline(first: 1) { nodes { ... on FieldChangeEntry { actor { id } changes { field before after } } } } } }";
        let lost = app.ana.query(history, json!({ "id": made[1].id })).await["prospect"].clone();
        assert_eq!(
            lost,
            json!({ "version": 2, "timeline": { "nodes": [{ "actor": { "id": app.admin.id }, "changes": [{ "field": "Tamaño", "before": "Una docena", "after": null }] }] } })
        );
        assert_eq!(app.ana.query(history, json!({ "id": made[0].id })).await["prospect"]["version"], json!(1));
        // And back.
        update(&app.admin, &id, json!({ "type": "TEXT" }), None).await.payload(UPDATE);
        assert_eq!(document(&app, made[0].uuid).await, json!({ "size": "12", "size~": "12", "other": 1 }));
        app.assert_sound().await;
    }

    async fn a_narrower_rule_removes_what_does_not_fit(app: TestApp) {
        let id = app.attribute(json!({ "key": "scores", "type": "INTEGER", "isMultiple": true })).await;
        let made = app.prospect().owner(&app.ana).create().await;
        put(&app, made.uuid, &json!({ "scores": [1, 20, 3] })).await;
        app.advance(60_000);
        let change = json!({ "validation": { "max": "10" } });
        assert_eq!(preview(&app.admin, &id, change.clone()).await["examples"], json!([{ "record": { "id": made.id }, "text": "20" }]));
        update(&app.admin, &id, change, None).await.payload(UPDATE);
        assert_eq!(document(&app, made.uuid).await, json!({ "scores": [1, 3] }));
        assert_eq!(app.sql("SELECT CAST(number_value AS text) FROM attribute_values ORDER BY position").await, ["1", "3"]);
        // A wider one looks at nothing.
        update(&app.admin, &id, json!({ "validation": null }), None).await.payload(UPDATE);
        assert_eq!(document(&app, made.uuid).await, json!({ "scores": [1, 3] }));
        let wrong = preview(&app.admin, &id, json!({ "type": "BOOLEAN" })).await;
        assert_eq!(wrong, json!({ "recordCount": null, "examples": null, "userErrors": [{ "code": "INVALID", "path": ["input", "type"] }] }));
        app.assert_sound().await;
    }

    async fn an_index_keeps_the_type(app: TestApp) {
        let id = app.attribute(json!({ "key": "budget", "type": "DECIMAL", "isIndexed": true })).await;
        assert_eq!(update(&app.admin, &id, json!({ "type": "TEXT" }), None).await.user_errors(UPDATE), ["STATE input.type"]);
        assert_eq!(update(&app.admin, &id, json!({ "scale": 4 }), None).await.user_errors(UPDATE), ["STATE input.scale"]);
        let answer = update(&app.admin, &id, json!({ "isIndexed": false }), None).await;
        assert_eq!(answer.payload(UPDATE)["attributeDefinition"]["index"]["state"], json!("NONE"));
        update(&app.admin, &id, json!({ "type": "TEXT" }), None).await.payload(UPDATE);
    }
}
