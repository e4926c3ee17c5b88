//! Values of attributes: every type saved, read, cleared and described; requirements, unique values, visibility and references.

use serde_json::{Value, json};

use super::{UPDATE, timeline};
use crate::support::{Answer, Made, Person, TestApp};

const CREATE: &str = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) {
    prospect { id } userErrors { code message path } } }";

const READ: &str = "query ($id: ID!) { prospect(id: $id) { attributes { ...Value } } }
    fragment Value on AttributeValue { __typename definition { key } text
        ... on TextAttributeValue { strings } ... on NumberAttributeValue { numbers } ... on BooleanAttributeValue { boolean }
        ... on DateAttributeValue { dates } ... on DateTimeAttributeValue { dateTimes } ... on ChoiceAttributeValue { choices { key label color } }
        ... on UserAttributeValue { users { name } } ... on ProspectAttributeValue { prospects { name } } }";

async fn create(person: &Person, fields: Value) -> Answer {
    let mut input = json!({ "kind": "PERSON", "name": "Ana" });
    let all = input.as_object_mut().expect("an object");
    all.extend(fields.as_object().expect("an object").clone());
    person.run(CREATE, json!({ "input": input })).await
}

async fn update(person: &Person, made: &Made, attributes: Value) -> Answer {
    let input = json!({ "attributes": attributes });
    person.run(UPDATE, json!({ "id": made.id, "input": input })).await
}

/// The attributes of a prospect as `key: text`.
async fn texts(person: &Person, made: &Made) -> Vec<String> {
    let data = person.query(READ, json!({ "id": made.id })).await;
    let values = data["prospect"]["attributes"].as_array().expect("a list").iter();
    values
        .map(|value| {
            let (key, text) = (value["definition"]["key"].as_str(), value["text"].as_str());
            format!("{}: {}", key.expect("a key"), text.expect("a text"))
        })
        .collect()
}

/// The changes of the latest entry as `field: before -> after`.
async fn changes(person: &Person, made: &Made) -> Vec<String> {
    let entries = timeline(person, made).await;
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let changes = entries[0]["changes"].as_array().expect("the latest entry is one of fields").iter();
    changes
        .map(|change| {
            format!(
                "{}: {} -> {}",
                word(&change["field"]),
                word(&change["before"]),
                word(&change["after"])
            )
        })
        .collect()
}

async fn define(app: &TestApp, inputs: &[Value]) {
    for input in inputs {
        app.attribute(input.clone()).await;
    }
}

both! {
    async fn values_of_every_type_are_saved_read_and_cleared(app: TestApp) {
        let other = app.prospect().owner(&app.ana).name("Other").create().await;
        let choices = json!([{ "key": "acme", "label": "Acme", "color": "#00AA77" }, { "key": "globex", "label": "Globex" }]);
        let cases = [
            ("TEXT", json!({}), json!({ "text": " Ünï " }), json!({ "strings": ["Ünï"] }), "Ünï"),
            ("LONG_TEXT", json!({}), json!({ "text": "one\ntwo" }), json!({ "strings": ["one\ntwo"] }), "one\ntwo"),
            ("INTEGER", json!({}), json!({ "number": "42" }), json!({ "numbers": ["42"] }), "42"),
            ("DECIMAL", json!({ "scale": 2 }), json!({ "number": "250.5" }), json!({ "numbers": ["250.50"] }), "250.50"),
            ("MONEY", json!({ "currency": "USD" }), json!({ "number": "9.5" }), json!({ "numbers": ["9.50"] }), "9.50 USD"),
            ("BOOLEAN", json!({}), json!({ "boolean": false }), json!({ "boolean": false }), "false"),
            ("DATE", json!({}), json!({ "date": "2026-01-15" }), json!({ "dates": ["2026-01-15"] }), "2026-01-15"),
            (
                "DATE_TIME", json!({}), json!({ "dateTime": "2026-01-15T10:00:00+02:00" }),
                json!({ "dateTimes": ["2026-01-15T08:00:00.000Z"] }), "2026-01-15T08:00:00.000Z",
            ),
            (
                "CHOICE", json!({ "choices": choices }), json!({ "choice": "acme" }),
                json!({ "choices": [{ "key": "acme", "label": "Acme", "color": "#00AA77" }] }), "Acme",
            ),
            ("USER", json!({}), json!({ "user": app.luis.id }), json!({ "users": [{ "name": app.luis.name }] }), app.luis.name.as_str()),
            ("PROSPECT", json!({}), json!({ "prospect": other.id }), json!({ "prospects": [{ "name": "Other" }] }), "Other"),
            ("URL", json!({}), json!({ "text": "https://www.example.com/a" }), json!({ "strings": ["https://www.example.com/a"] }), "https://www.example.com/a"),
            ("EMAIL", json!({}), json!({ "text": "a@example.com" }), json!({ "strings": ["a@example.com"] }), "a@example.com"),
            ("PHONE", json!({}), json!({ "text": "+58 212 5550100" }), json!({ "strings": ["+582125550100"] }), "+582125550100"),
        ];
        for (kind, rest, ..) in &cases {
            let mut input = json!({ "key": kind.to_lowercase(), "type": kind });
            input.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
            app.attribute(input).await;
        }
        let attributes: Vec<Value> = cases.iter().map(|(kind, _, value, ..)| json!({ "key": kind.to_lowercase(), "value": value })).collect();
        let answer = create(&app.ana, json!({ "attributes": attributes })).await;
        let made = Made::new(answer.payload("prospectCreate")["prospect"]["id"].as_str().expect("an id"));
        let data = app.ana.query(READ, json!({ "id": made.id })).await;
        for ((kind, _, _, own, text), value) in cases.iter().zip(data["prospect"]["attributes"].as_array().expect("a list")) {
            assert_eq!((&value["definition"]["key"], &value["text"]), (&json!(kind.to_lowercase()), &json!(text)), "{kind}");
            for (field, expected) in own.as_object().expect("an object") {
                assert_eq!(value[field], *expected, "{kind}");
            }
        }
        assert_eq!(data["prospect"]["attributes"].as_array().map(Vec::len), Some(cases.len()));

        // What is sent again changes nothing.
        update(&app.ana, &made, json!(attributes)).await.payload("prospectUpdate");
        assert_eq!(timeline(&app.ana, &made).await.len(), 1);

        let cleared: Vec<Value> = cases.iter().map(|(kind, ..)| json!({ "key": kind.to_lowercase(), "value": null })).collect();
        update(&app.ana, &made, json!(cleared)).await.payload("prospectUpdate");
        assert_eq!(texts(&app.ana, &made).await, [""; 0]);
        let described = changes(&app.ana, &made).await;
        assert!(described.contains(&"decimal: 250.50 -> -".to_owned()) && described.contains(&"choice: Acme -> -".to_owned()), "{described:?}");
        assert!(described.contains(&format!("prospect: {} -> -", other.id)), "{described:?}");
        app.assert_sound().await;
    }

    async fn multiple_values_are_kept_in_order_and_as_rows(app: TestApp) {
        define(&app, &[
            json!({ "key": "brand", "type": "CHOICE", "isMultiple": true, "choices": [{ "key": "acme", "label": "Acme" }, { "key": "globex", "label": "Globex" }] }),
            json!({ "key": "sizes", "type": "INTEGER", "isMultiple": true }),
        ]).await;
        let made = app.prospect().owner(&app.ana).with(json!({ "attributes": [
            { "key": "sizes", "value": { "numbers": ["3", "1", "3"] } },
            { "key": "brand", "value": { "choices": ["globex", "acme"] } },
        ] })).create().await;
        assert_eq!(texts(&app.ana, &made).await, ["brand: Globex, Acme", "sizes: 3, 1"]);
        let rows = "SELECT coalesce(text_value, CAST(number_value AS text)) FROM attribute_values ORDER BY 1";
        assert_eq!(app.sql(rows).await, ["1", "3", "acme", "globex"]);
        update(&app.ana, &made, json!([{ "key": "brand", "value": { "choices": ["acme"] } }])).await.payload("prospectUpdate");
        assert_eq!(app.sql(rows).await, ["1", "3", "acme"]);
        assert_eq!(changes(&app.ana, &made).await, ["brand: Globex, Acme -> Acme"]);
    }

    async fn problems_come_together_with_their_paths(app: TestApp) {
        define(&app, &[
            json!({ "key": "size", "type": "INTEGER" }),
            json!({ "key": "brand", "type": "CHOICE", "choices": [{ "key": "acme", "label": "Acme" }] }),
            json!({ "key": "boss", "type": "USER" }),
            json!({ "key": "margin", "type": "INTEGER", "visibility": "ADMIN" }),
            json!({ "key": "budget", "type": "DECIMAL", "scale": 2 }),
        ]).await;
        app.attribute(json!({ "entity": "CONTACT", "key": "age", "type": "INTEGER" })).await;
        let hidden = app.prospect().owner(&app.luis).create().await;
        app.attribute(json!({ "key": "parent", "type": "PROSPECT" })).await;
        let answer = create(&app.ana, json!({
            "name": " ",
            "attributes": [
                { "key": "size", "value": { "text": "large" } },
                { "key": "size", "value": { "number": "1" } },
                { "key": "brand", "value": { "choice": "other" } },
                { "key": "margin", "value": { "number": "1" } },
                { "key": "__proto__", "value": { "number": "1" } },
                { "key": "budget", "value": { "number": "1.005" } },
                { "key": "boss", "value": { "user": hidden.id } },
                { "key": "parent", "value": { "prospect": hidden.id } },
            ],
            "contacts": [{ "firstName": "Eva", "attributes": [{ "key": "age", "value": { "numbers": ["1"] } }, { "key": "size", "value": null }] }],
        })).await;
        assert_eq!(answer.user_errors("prospectCreate"), [
            "REQUIRED input.name",
            "INVALID input.attributes.0.value",
            "INVALID input.attributes.1.key",
            "NOT_FOUND input.attributes.2.value",
            "NOT_FOUND input.attributes.3.key",
            "NOT_FOUND input.attributes.4.key",
            "INVALID input.attributes.5.value",
            "NOT_FOUND input.attributes.6.value",
            "INVALID input.contacts.0.attributes.0.value",
            "NOT_FOUND input.contacts.0.attributes.1.key",
            "NOT_FOUND input.attributes.7.value",
        ]);
        assert_eq!(app.sql("SELECT CAST(count(*) AS text) FROM prospects").await, ["1"]);
    }

    async fn attributes_for_administrators_are_unknown_to_others(app: TestApp) {
        define(&app, &[
            json!({ "key": "margin", "label": "Margen", "type": "INTEGER", "visibility": "ADMIN" }),
            json!({ "key": "size", "type": "INTEGER" }),
        ]).await;
        let made = app.prospect().owner(&app.ana).create().await;
        let both = json!([{ "key": "margin", "value": { "number": "7" } }, { "key": "size", "value": { "number": "1" } }]);
        update(&app.admin, &made, both).await.payload("prospectUpdate");
        assert_eq!(texts(&app.admin, &made).await, ["margin: 7", "size: 1"]);
        assert_eq!(texts(&app.ana, &made).await, ["size: 1"]);
        assert_eq!(changes(&app.admin, &made).await, ["Margen: - -> 7", "size: - -> 1"]);
        assert_eq!(changes(&app.ana, &made).await, ["size: - -> 1"]);
        let history = "{ timeline(first: 1) { nodes { ... on FieldChangeEntry { changes { field before after } } } } }";
        let all = app.ana.query(history, json!({})).await;
        assert_eq!(all["timeline"]["nodes"][0]["changes"], json!([{ "field": "size", "before": null, "after": "1" }]));
        let mut messages = Vec::new();
        for key in ["margin", "nothing"] {
            for field in [format!("attribute(key: \"{key}\") {{ text }}"), format!("attributes(keys: [\"{key}\"]) {{ text }}")] {
                let answer = app.ana.run(&format!("query ($id: ID!) {{ prospect(id: $id) {{ {field} }} }}"), json!({ "id": made.id })).await;
                assert_eq!(answer.codes(), ["BAD_USER_INPUT"]);
                messages.push(answer.errors()[0]["message"].clone());
            }
        }
        messages.dedup();
        assert_eq!(messages, ["there is no such attribute"]);
    }

    /// Apps that were installed long ago live on: the record around the field stays.
    async fn a_key_that_is_none_nulls_its_field_alone(app: TestApp) {
        let made = app.prospect().owner(&app.ana).with(json!({ "contacts": [{ "firstName": "Eva" }] })).create().await;
        app.task(&app.ana, &made, json!({})).await;
        app.convert(&app.ana, &made).await;
        let gone = "attribute(key: \"gone\") { text }";
        let query = format!(
            "query ($id: ID!) {{ prospect(id: $id) {{ id {gone} contacts {{ firstName {gone} }} client {{ since {gone} }} }}
                prospects {{ nodes {{ id {gone} }} }} tasks(first: 1) {{ nodes {{ state {gone} }} }} }}"
        );
        let answer = app.ana.run(&query, json!({ "id": made.id })).await;
        let data = &answer.body["data"];
        assert_eq!(data["prospect"]["id"], json!(made.id), "{}", answer.text);
        assert_eq!(data["prospect"]["contacts"], json!([{ "firstName": "Eva", "attribute": null }]));
        assert!(data["prospect"]["client"]["since"].is_string(), "{}", answer.text);
        assert_eq!(data["prospects"]["nodes"], json!([{ "id": made.id, "attribute": null }]));
        assert!(data["tasks"]["nodes"][0]["state"].is_string(), "{}", answer.text);
        let mut paths: Vec<String> = answer.errors().iter().map(|error| error["path"].to_string()).collect();
        paths.sort();
        let expected = [
            r#"["prospect","attribute"]"#,
            r#"["prospect","client","attribute"]"#,
            r#"["prospect","contacts",0,"attribute"]"#,
            r#"["prospects","nodes",0,"attribute"]"#,
            r#"["tasks","nodes",0,"attribute"]"#,
        ];
        assert_eq!(paths, expected, "{}", answer.text);
        assert_eq!(answer.codes(), ["BAD_USER_INPUT"; 5]);
    }

    async fn required_values_are_named(app: TestApp) {
        let status = app.status("Negotiation");
        define(&app, &[
            json!({ "key": "size", "type": "INTEGER", "isRequired": true }),
            json!({ "key": "vat", "type": "TEXT", "requiredKinds": ["COMPANY"] }),
            json!({ "key": "budget", "type": "INTEGER", "requiredStatusIds": [status] }),
            json!({ "key": "origin", "type": "TEXT", "default": { "text": "web" } }),
        ]).await;
        let answer = create(&app.ana, json!({ "kind": "COMPANY" })).await;
        assert_eq!(answer.user_errors("prospectCreate"), ["REQUIRED input.attributes.size", "REQUIRED input.attributes.vat"]);
        let made = app.prospect().owner(&app.ana).with(json!({ "attributes": [{ "key": "size", "value": { "number": "1" } }] })).create().await;
        assert_eq!(texts(&app.ana, &made).await, ["size: 1", "origin: web"]);
        let cleared = update(&app.ana, &made, json!([{ "key": "size", "value": null }])).await;
        assert_eq!(cleared.user_errors("prospectUpdate"), ["REQUIRED input.attributes.size"]);
        let change = "mutation ($id: ID!, $status: ID!) { prospectStatusChange(id: $id, input: { statusId: $status }) {
            prospect { id } userErrors { code message path } } }";
        let refused = app.ana.run(change, json!({ "id": made.id, "status": status })).await;
        assert_eq!(refused.user_errors("prospectStatusChange"), ["REQUIRED input.attributes.budget"]);
        update(&app.ana, &made, json!([{ "key": "budget", "value": { "number": "5" } }])).await.payload("prospectUpdate");
        app.ana.run(change, json!({ "id": made.id, "status": status })).await.payload("prospectStatusChange");
    }

    async fn a_unique_value_is_taken_only_where_all_else_is_right(app: TestApp) {
        app.attribute(json!({ "key": "code", "type": "TEXT", "isUnique": true })).await;
        let code = json!([{ "key": "code", "value": { "text": "Ab-1" } }]);
        let first = app.prospect().owner(&app.luis).with(json!({ "attributes": code })).create().await;
        let again = json!([{ "key": "code", "value": { "text": "AB-1" } }]);
        let answer = create(&app.ana, json!({ "attributes": again })).await;
        assert_eq!(answer.user_errors("prospectCreate"), ["TAKEN input.attributes.0.value"]);
        let answer = create(&app.ana, json!({ "name": " ", "attributes": again })).await;
        assert_eq!(answer.user_errors("prospectCreate"), ["REQUIRED input.name"]);
        update(&app.luis, &first, json!([{ "key": "code", "value": null }])).await.payload("prospectUpdate");
        create(&app.ana, json!({ "attributes": again })).await.payload("prospectCreate");
    }

    async fn searchable_values_find_the_prospect(app: TestApp) {
        app.attribute(json!({ "key": "nick", "type": "TEXT", "isSearchable": true, "isMultiple": true })).await;
        let made = app.prospect().owner(&app.ana).with(json!({ "attributes": [{ "key": "nick", "value": { "texts": ["Zafíro", "Ópalo"] } }] })).create().await;
        let find = "query ($search: String!) { prospects(search: $search) { nodes { id } } }";
        for word in ["zafiro", "opalo"] {
            let found = app.ana.query(find, json!({ "search": word })).await;
            assert_eq!(found["prospects"]["nodes"], json!([{ "id": made.id }]), "{word}");
        }
        update(&app.ana, &made, json!([{ "key": "nick", "value": { "texts": ["Rubí"] } }])).await.payload("prospectUpdate");
        let found = app.ana.query(find, json!({ "search": "zafiro" })).await;
        assert_eq!(found["prospects"]["nodes"], json!([]));
    }

    async fn contacts_tasks_and_clients_have_their_own(app: TestApp) {
        for entity in ["CONTACT", "TASK", "CLIENT"] {
            app.attribute(json!({ "entity": entity, "key": "size", "label": "Size", "type": "INTEGER" })).await;
        }
        let size = |number: &str| json!([{ "key": "size", "value": { "number": number } }]);
        let made = app.prospect().owner(&app.ana).with(json!({ "contacts": [{ "firstName": "Eva", "attributes": size("1") }] })).create().await;
        let task = app.task(&app.ana, &made, json!({ "attributes": size("2") })).await;
        app.convert(&app.ana, &made).await;
        let change = "mutation ($id: ID!, $input: ClientUpdateInput!) { clientUpdate(id: $id, input: $input) {
            client { version attribute(key: \"size\") { text } } userErrors { code message path } } }";
        let answer = app.ana.run(change, json!({ "id": made.client_id(), "input": { "attributes": size("3") } })).await;
        assert_eq!(answer.payload("clientUpdate")["client"], json!({ "version": 2, "attribute": { "text": "3" } }));
        assert_eq!(changes(&app.ana, &made).await, ["client.Size: - -> 3"]);
        let read = "query ($id: ID!, $task: ID!) { task(id: $task) { attributes { text } }
            prospect(id: $id) { contacts { id attributes { text } } client { attributes { text } } } }";
        let data = app.ana.query(read, json!({ "id": made.id, "task": task.id })).await;
        assert_eq!(data["task"]["attributes"], json!([{ "text": "2" }]));
        assert_eq!(data["prospect"]["client"]["attributes"], json!([{ "text": "3" }]));
        let contact = &data["prospect"]["contacts"][0];
        assert_eq!(contact["attributes"], json!([{ "text": "1" }]));
        let input = json!({ "contacts": [{ "id": contact["id"], "attributes": size("4") }] });
        app.ana.run(UPDATE, json!({ "id": made.id, "input": input })).await.payload("prospectUpdate");
        assert_eq!(changes(&app.ana, &made).await, ["contacts.Size: Eva: 1 -> Eva: 4"]);

        // The values of a client survive the undoing of the win.
        let undo = "mutation ($id: ID!) { clientUnconvert(id: $id, input: { reason: \"by mistake\" }) { userErrors { code message path } } }";
        app.ana.run(undo, json!({ "id": made.client_id() })).await.payload("clientUnconvert");
        app.convert(&app.ana, &made).await;
        let data = app.ana.query(read, json!({ "id": made.id, "task": task.id })).await;
        assert_eq!(data["prospect"]["client"]["attributes"], json!([{ "text": "3" }]));
        app.assert_sound().await;
    }
}
