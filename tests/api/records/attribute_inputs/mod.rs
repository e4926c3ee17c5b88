//! Bad values of attributes: wrong types, too many, odd keys, patterns that explode, and retired choices.

/// Values at the limits of their types.
mod extremes;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::UPDATE;
use crate::support::{Answer, Made, Person, TestApp};

const CREATE: &str = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) {
    prospect { id attributes { text } } userErrors { code message path } } }";

/// A type, and more fields of its definition.
fn types() -> Vec<(&'static str, Value)> {
    let plain = [
        "TEXT",
        "LONG_TEXT",
        "INTEGER",
        "BOOLEAN",
        "DATE",
        "DATE_TIME",
        "USER",
        "PROSPECT",
        "URL",
        "EMAIL",
        "PHONE",
    ];
    let mut types: Vec<(&str, Value)> = plain.into_iter().map(|kind| (kind, json!({}))).collect();
    types.push(("DECIMAL", json!({ "scale": 9 })));
    types.push(("MONEY", json!({ "currency": "USD" })));
    types.push(("CHOICE", json!({ "choices": [{ "key": "acme", "label": "Acme" }] })));
    types
}

async fn create(person: &Person, attributes: Value) -> Answer {
    let input = json!({ "kind": "PERSON", "name": "Ana", "attributes": attributes });
    person.run(CREATE, json!({ "input": input })).await
}

async fn set(app: &TestApp, made: &Made, key: &str, value: Value) -> Answer {
    let input = json!({ "attributes": [{ "key": key, "value": value }] });
    app.ana.run(UPDATE, json!({ "id": made.id, "input": input })).await
}

/// The text of an attribute; null where it is not set.
async fn text(app: &TestApp, made: &Made, key: &str) -> Value {
    let document = format!("query ($id: ID!) {{ prospect(id: $id) {{ attribute(key: \"{key}\") {{ text }} }} }}");
    app.ana.query(&document, json!({ "id": made.id })).await["prospect"]["attribute"]["text"].clone()
}

/// The names of the prospects that a filter finds, in the order of the attribute.
async fn found(app: &TestApp, filter: Value, key: &str, direction: &str) -> Vec<String> {
    let document = "query ($filter: ProspectFilter, $order: [ProspectOrder!]) { prospects(filter: $filter, orderBy: $order, first: 100) { nodes { name } } }";
    let order = json!([{ "field": "ATTRIBUTE", "attributeKey": key, "direction": direction }]);
    let data = app.ana.query(document, json!({ "filter": filter, "order": order })).await;
    let rows = data["prospects"]["nodes"].as_array().expect("a list").iter();
    rows.map(|row| row["name"].as_str().expect("a name").to_owned()).collect()
}

both! {
    /// Each form of a value for each type: it is right, or refused at its path, and then nothing is stored.
    async fn values_of_another_type_are_refused(app: TestApp) {
        for (kind, more) in types() {
            for is_multiple in [false, true] {
                if is_multiple && ["BOOLEAN", "LONG_TEXT"].contains(&kind) {
                    continue;
                }
                let mut input = json!({ "key": format!("{}_{is_multiple}", kind.to_lowercase()), "type": kind, "isMultiple": is_multiple });
                input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
                app.attribute(input).await;
            }
        }
        let owned = app.prospect().owner(&app.ana).create().await;
        let forms = [
            ("text", json!("https://a.example")), ("number", json!("1")), ("boolean", json!(true)), ("date", json!("2026-01-01")),
            ("dateTime", json!("2026-01-01T00:00:00Z")), ("choice", json!("acme")), ("user", json!(app.ana.id)), ("prospect", json!(owned.id)),
        ];
        let families = |kind: &str| match kind {
            "INTEGER" | "DECIMAL" | "MONEY" => "number",
            "DATE_TIME" => "dateTime",
            "DATE" | "BOOLEAN" | "CHOICE" | "USER" | "PROSPECT" => ["date", "boolean", "choice", "user", "prospect"]
                [["DATE", "BOOLEAN", "CHOICE", "USER", "PROSPECT"].iter().position(|one| *one == kind).expect("it is one")],
            _ => "text",
        };
        let before = app.snapshot().await;
        for (form, value) in &forms {
            for is_list in [false, true] {
                if is_list && *form == "boolean" {
                    continue;
                }
                let given = if is_list { json!({ format!("{form}s"): [value] }) } else { json!({ *form: value }) };
                let (mut attributes, mut expected) = (Vec::new(), Vec::new());
                for (kind, _) in types() {
                    for is_multiple in [false, true] {
                        let has_several = !["BOOLEAN", "LONG_TEXT"].contains(&kind);
                        let is_right = families(kind) == *form && is_list == is_multiple;
                        if is_multiple && !has_several || is_right {
                            continue;
                        }
                        expected.push(format!("INVALID input.attributes.{}.value", attributes.len()));
                        attributes.push(json!({ "key": format!("{}_{is_multiple}", kind.to_lowercase()), "value": given }));
                    }
                }
                let answer = create(&app.ana, json!(attributes)).await;
                assert_eq!(answer.user_errors("prospectCreate"), expected, "{given}");
            }
        }
        // One form at a time, and at least one.
        for value in [json!({}), json!({ "text": "a", "number": "1" }), json!({ "text": null }), json!("a"), json!(["a"]), json!({ "texts": ["a", null] })] {
            let answer = create(&app.ana, json!([{ "key": "text_false", "value": value }])).await;
            assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{value}: {}", answer.text);
        }
        before.assert_equal(&app.snapshot().await, "values of another type");
    }

    async fn too_many_values_are_refused(app: TestApp) {
        app.attribute(json!({ "key": "words", "type": "TEXT", "isMultiple": true })).await;
        app.attribute(json!({ "key": "numbers", "type": "INTEGER", "isMultiple": true })).await;
        let app = app.with_settings(crate::visibility::lift_limits).await;
        let words = |many: usize| (0..many).map(|number| format!("word {number}")).collect::<Vec<_>>();
        let before = app.snapshot().await;
        for many in [51, 10_000] {
            let answer = create(&app.ana, json!([{ "key": "words", "value": { "texts": words(many) } }])).await;
            assert_eq!(answer.user_errors("prospectCreate"), ["LIMIT input.attributes.0.value"], "{many}");
            // The same value counts each time that it is given.
            let answer = create(&app.ana, json!([{ "key": "numbers", "value": { "numbers": vec!["7"; many] } }])).await;
            assert_eq!(answer.user_errors("prospectCreate"), ["LIMIT input.attributes.0.value"], "{many}");
        }
        let entries = |many: usize| json!((0..many).map(|number| json!({ "key": format!("a{number}"), "value": null })).collect::<Vec<_>>());
        assert_eq!(create(&app.ana, entries(501)).await.user_errors("prospectCreate"), ["LIMIT input.attributes"]);
        assert_eq!(create(&app.ana, entries(10_000)).await.codes(), ["BAD_USER_INPUT"]);
        let list = "query ($filter: ProspectFilter) { prospects(filter: $filter) { totalCount } }";
        for test in [json!({ "in": words(10_000) }), json!({ "any": words(10_000) }), json!({ "all": words(10_000) }), json!({ "none": words(10_000) })] {
            let filter = json!({ "attributes": [{ "key": "words", "text": test }] });
            assert_eq!(app.ana.run(list, json!({ "filter": filter })).await.codes(), ["BAD_USER_INPUT"]);
        }
        before.assert_equal(&app.snapshot().await, "too many values");
        // As many as there may be.
        let answer = create(&app.ana, json!([{ "key": "words", "value": { "texts": words(50) } }])).await;
        answer.payload("prospectCreate");
        assert_eq!(app.sql("SELECT CAST(count(*) AS text) FROM attribute_values").await, ["50"]);
        app.assert_sound().await;
    }

    /// The same without any change of the limits of requests.
    async fn requests_with_too_many_values_have_a_clear_error(app: TestApp) {
        app.attribute(json!({ "key": "words", "type": "TEXT", "isMultiple": true })).await;
        let before = app.snapshot().await;
        let answer = create(&app.ana, json!([{ "key": "words", "value": { "texts": vec!["x"; 10_000] } }])).await;
        let is_clear = answer.errors().iter().all(|error| error["extensions"]["code"].is_string());
        assert!(is_clear && (400..500).contains(&answer.status) || !answer.user_errors("prospectCreate").is_empty(), "{}", answer.text);
        before.assert_equal(&app.snapshot().await, "too many values");
    }

    /// A body of 10 MB is still being sent when the answer is known; each of several clients reads it all the same.
    async fn values_beyond_the_size_of_a_body_have_a_clear_error(app: TestApp) {
        app.attribute(json!({ "key": "words", "type": "TEXT", "isMultiple": true })).await;
        let before = app.snapshot().await;
        let values = json!([{ "key": "words", "value": { "texts": vec!["x".repeat(1_000); 10_000] } }]);
        for answer in join_all((0..8).map(|_| create(&app.ana, values.clone()))).await {
            assert_eq!((answer.status, answer.codes()), (413, vec!["BAD_USER_INPUT"]), "{}", answer.text);
        }
        before.assert_equal(&app.snapshot().await, "a large body");
    }

    async fn a_key_counts_once(app: TestApp) {
        for key in ["size", "other"] {
            app.attribute(json!({ "key": key, "type": "INTEGER" })).await;
        }
        let before = app.snapshot().await;
        let one = |number: &str| json!({ "key": "size", "value": { "number": number } });
        let answer = create(&app.ana, json!([one("1"), { "key": "other", "value": null }, one("1"), { "key": "size", "value": null }])).await;
        assert_eq!(answer.user_errors("prospectCreate"), ["INVALID input.attributes.2.key", "INVALID input.attributes.3.key"]);
        let input = json!({ "kind": "PERSON", "name": "Ana", "attributes": [one("1")], "custom": { "size": 1 } });
        let answer = app.ana.run(CREATE, json!({ "input": input })).await;
        let errors = answer.user_errors("prospectCreate");
        assert!(errors.len() == 1 && errors[0].starts_with("INVALID input."), "{errors:?}");
        before.assert_equal(&app.snapshot().await, "a key twice");
    }

    /// Names that mean something to programs are no keys, or keys like others.
    async fn keys_that_mean_something_to_programs(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let before = app.snapshot().await;
        for key in ["__proto__", "hasOwnProperty", "$where", "a.b", "a\"b", "a'b", "a`b", "a b", "key~", "", "ñ", "{key}", "'||'"] {
            let refused = set(&app, &made, key, json!({ "number": "1" })).await;
            assert_eq!(refused.user_errors("prospectUpdate"), ["NOT_FOUND input.attributes.0.key"], "{key}");
            let list = "query ($f: ProspectFilter, $o: [ProspectOrder!]) { prospects(filter: $f, orderBy: $o) { totalCount } }";
            let filter = json!({ "attributes": [{ "key": key, "number": { "eq": 1 } }] });
            let order = json!([{ "field": "ATTRIBUTE", "attributeKey": key, "direction": "ASC" }]);
            for variables in [json!({ "f": filter }), json!({ "o": order })] {
                let answer = app.ana.run(list, variables).await;
                assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{key}");
                assert_eq!(answer.errors()[0]["message"], "there is no such attribute", "{key}");
            }
            let read = "query ($id: ID!, $key: String!) { prospect(id: $id) { attribute(key: $key) { text } } }";
            assert_eq!(app.ana.run(read, json!({ "id": made.id, "key": key })).await.codes(), ["BAD_USER_INPUT"], "{key}");
            let typed = json!({ "id": made.id, "input": { "custom": { key: 1 } } });
            assert_eq!(app.ana.run(UPDATE, typed).await.codes(), ["BAD_USER_INPUT"], "{key}");
        }
        before.assert_equal(&app.snapshot().await, "odd keys");
        let longest = "k".repeat(40);
        let choices = json!([{ "key": "constructor", "label": "constructor" }, { "key": longest, "label": "Longest" }]);
        for key in ["constructor", "prototype", "select", "then", &longest] {
            app.attribute(json!({ "key": key, "type": "CHOICE", "choices": choices, "isIndexed": true })).await;
            for choice in ["constructor", &longest] {
                set(&app, &made, key, json!({ "choice": choice })).await.payload("prospectUpdate");
                let filter = json!({ "attributes": [{ "key": key, "choice": { "eq": choice } }] });
                assert_eq!(found(&app, filter, key, "ASC").await, ["Prospect"], "{key}: {choice}");
                let typed = json!({ "custom": { key: { "eq": choice.to_uppercase() } } });
                assert_eq!(found(&app, typed, key, "DESC").await, ["Prospect"], "{key}: {choice}");
            }
            let read = format!("query ($id: ID!) {{ prospect(id: $id) {{ custom {{ {key} }} }} }}");
            let data = app.ana.query(&read, json!({ "id": made.id })).await;
            assert_eq!(data["prospect"]["custom"][key], json!(longest.to_uppercase()));
        }
        let work = cartera::jobs::Work { schedules: Vec::new(), ..cartera::jobs::Work::standard(1) };
        cartera::jobs::run_due(&app.core, &work).await.expect("jobs run");
        let states = "{ attributeDefinitions(entity: PROSPECT) { index { state } } }";
        let data = app.admin.query(states, json!({})).await;
        assert_eq!(data["attributeDefinitions"], json!(vec![json!({ "index": { "state": "READY" } }); 5]));
        app.assert_sound().await;
    }

    /// Patterns that take exponential time in an engine that backtracks.
    async fn patterns_take_no_time(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        for (number, pattern) in ["(a+)+$", "(a|aa)+", "([a-zA-Z]+)*", "(.*a){20}", "^(([a-z])+.)+[A-Z]([a-z])+$", "(x+x+)+y"].iter().enumerate() {
            let key = format!("text_{number}");
            app.attribute(json!({ "key": key, "type": "TEXT", "validation": { "pattern": pattern } })).await;
            let text = format!("{}!", if pattern.contains('x') { "x" } else { "a" }.repeat(199));
            let refused = set(&app, &made, &key, json!({ "text": text })).await;
            let refused = refused.user_errors("prospectUpdate");
            assert!(refused == ["INVALID input.attributes.0.value"] || *pattern == "(.*a){20}" && refused.len() == 1, "{pattern}: {refused:?}");
        }
        app.attribute(json!({ "key": "story", "type": "LONG_TEXT", "validation": { "pattern": "(a*)*b" } })).await;
        let long = "a".repeat(20_000);
        assert_eq!(set(&app, &made, "story", json!({ "text": long })).await.user_errors("prospectUpdate"), ["INVALID input.attributes.0.value"]);
    }

    async fn a_retired_choice_stays_and_is_not_given_again(app: TestApp) {
        let choices = |is_retired: bool| json!([{ "key": "acme", "label": "Acme", "isRetired": is_retired }, { "key": "globex", "label": "Globex" }]);
        let id = app.attribute(json!({ "key": "brand", "type": "CHOICE", "choices": choices(false) })).await;
        let many = app.attribute(json!({ "key": "brands", "type": "CHOICE", "isMultiple": true, "choices": choices(false) })).await;
        let made = app.prospect().owner(&app.ana).create().await;
        set(&app, &made, "brand", json!({ "choice": "acme" })).await.payload("prospectUpdate");
        set(&app, &made, "brands", json!({ "choices": ["acme"] })).await.payload("prospectUpdate");
        let update = "mutation ($id: ID!, $input: AttributeDefinitionUpdateInput!) { attributeDefinitionUpdate(id: $id, input: $input) {
            userErrors { code message path } } }";
        for id in [&id, &many] {
            let answer = app.admin.run(update, json!({ "id": id, "input": { "choices": choices(true) } })).await;
            answer.payload("attributeDefinitionUpdate");
        }
        // It stays where it is, also when it is sent again, and is found.
        assert_eq!(text(&app, &made, "brand").await, "Acme");
        set(&app, &made, "brand", json!({ "choice": "acme" })).await.payload("prospectUpdate");
        set(&app, &made, "brands", json!({ "choices": ["globex", "acme"] })).await.payload("prospectUpdate");
        let filter = json!({ "attributes": [{ "key": "brand", "choice": { "eq": "acme" } }, { "key": "brands", "choice": { "any": ["acme"] } }] });
        assert_eq!(found(&app, filter, "brand", "ASC").await.len(), 1);
        // Nobody gets it anew.
        let answer = create(&app.ana, json!([{ "key": "brand", "value": { "choice": "acme" } }])).await;
        assert_eq!(answer.user_errors("prospectCreate"), ["STATE input.attributes.0.value"]);
        for (key, other, again) in [("brand", json!({ "choice": "globex" }), json!({ "choice": "acme" })), ("brands", json!({ "choices": ["globex"] }), json!({ "choices": ["acme"] }))] {
            set(&app, &made, key, other).await.payload("prospectUpdate");
            assert_eq!(set(&app, &made, key, again).await.user_errors("prospectUpdate"), ["STATE input.attributes.0.value"]);
        }
        app.assert_sound().await;
    }
}
