//! Is this person known? Look-alikes of what is about to be saved, and document numbers as they are typed.

use serde_json::{Value, json};

use super::UPDATE;
use crate::support::{Answer, Made, Person, TestApp, operations};

const ALIKE: &str = "query ($input: PossibleDuplicatesInput!) { possibleDuplicates(input: $input) { reason prospect { id name } } }";

async fn lookup(person: &Person, prefix: &str) -> Answer {
    person.run(operations::DOCUMENT_NUMBER_LOOKUP, json!({ "prefix": prefix })).await
}

/// The matches as `number condition name`.
async fn found(person: &Person, prefix: &str) -> Vec<String> {
    let answer = lookup(person, prefix).await;
    let matches = answer.data()["identifierLookup"].as_array().expect("a list").clone();
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let shown = matches.iter().map(|found| {
        assert_eq!(found["type"].is_null(), found["prospect"].is_null(), "{}", answer.text);
        format!(
            "{} {} {}",
            word(&found["number"]),
            word(&found["condition"]),
            word(&found["prospect"]["name"])
        )
    });
    shown.collect()
}

/// Reasons and names, with `-` for a record that is not shown.
async fn alike(person: &Person, input: Value) -> Vec<(String, String)> {
    let data = person.query(ALIKE, json!({ "input": input })).await;
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let found = data["possibleDuplicates"].as_array().expect("a list").clone();
    found
        .iter()
        .map(|found| (word(&found["reason"]), word(&found["prospect"]["name"])))
        .collect()
}

async fn with_number(app: &TestApp, owner: &Person, name: &str, kind: &str, number: &str) -> Made {
    let identifiers = json!([{ "typeId": app.identifier_type(kind), "country": "VE", "number": number }]);
    app.prospect()
        .owner(owner)
        .name(name)
        .with(json!({ "identifiers": identifiers }))
        .create()
        .await
}

both! {
    async fn numbers_are_found_as_they_are_typed(app: TestApp) {
        with_number(&app, &app.ana, "One", "Cédula V", "V-12.345.678").await;
        let client = with_number(&app, &app.ana, "Two", "Cédula V", "V-12345900").await;
        with_number(&app, &app.ana, "Three", "Other document", "V-12.345.678").await;
        app.convert(&app.ana, &client).await;
        let all = ["V-12.345.678 PROSPECT One", "V-12.345.678 PROSPECT Three", "V-12345900 CLIENT Two"];
        for typed in ["V1234", "v-12.34", " V 12345 ", "ｖ12345"] {
            assert_eq!(found(&app.ana, typed).await, all, "{typed}");
            assert_eq!(found(&app.admin, typed).await, all, "{typed}");
        }
        assert_eq!(found(&app.ana, "V12345678").await, all[..2]);
        assert_eq!(found(&app.ana, "V123459").await, all[2..]);
        // Of a type with a letter, the letter may be left out, and zeros do not count.
        for typed in ["1234567", "V-012345678", "0012345678"] {
            assert_eq!(found(&app.ana, typed).await, all[..2], "{typed}");
        }
        for nothing in ["", "V123", "V-1.2.3", "1234", "%%%%%", "_____", "2345678", "V12346", "V123456789", &"V".repeat(300)] {
            assert_eq!(found(&app.ana, nothing).await, Vec::<String>::new(), "{nothing:?}");
        }
        let first = "query ($first: Int) { identifierLookup(prefix: \"V1234\", first: $first) { number } }";
        for (count, expected) in [(json!(0), 0), (json!(1), 1), (json!(2), 2), (Value::Null, 3), (json!(50), 3)] {
            let data = app.ana.query(first, json!({ "first": count })).await;
            assert_eq!(data["identifierLookup"].as_array().map(Vec::len), Some(expected));
        }
        for bad in [-1, 51] {
            assert_eq!(app.ana.run(first, json!({ "first": bad })).await.codes(), ["BAD_USER_INPUT"]);
        }
    }

    /// Of records that are not visible: whether a whole number is a prospect's or a client's, and nothing more (invariant 6).
    async fn whole_numbers_of_others_are_recognised(app: TestApp) {
        with_number(&app, &app.luis, "Secreto", "Cédula V", "V-12.345.678").await;
        let client = with_number(&app, &app.luis, "Secretísimo", "Cédula V", "V-12345900").await;
        app.convert(&app.luis, &client).await;
        for prefix in ["V1234", "V1234567", "V123456789", "V1234590"] {
            assert_eq!(found(&app.ana, prefix).await, Vec::<String>::new(), "{prefix}");
        }
        assert_eq!(found(&app.ana, " v 12345678").await, ["v 12345678 PROSPECT -"]);
        assert_eq!(found(&app.ana, "V12345900").await, ["V12345900 CLIENT -"]);
        let answer = lookup(&app.ana, "v12345678").await;
        assert_eq!(answer.data()["identifierLookup"], json!([{ "number": "v12345678", "type": null, "condition": "PROSPECT", "prospect": null }]));
        for secret in ["Secreto", "12.345.678", "Luis", "Cédula"] {
            assert!(!answer.text.contains(secret), "{}", answer.text);
        }
        // After one's own, and once for any number of records.
        with_number(&app, &app.luis, "Secreto otra vez", "Other document", "V12345678").await;
        let own = with_number(&app, &app.ana, "Own", "Cédula V", "V-123456780").await;
        assert_eq!(found(&app.ana, "V12345678").await, ["V12345678 PROSPECT -", "V-123456780 PROSPECT Own"]);
        let first = "{ identifierLookup(prefix: \"V12345678\", first: 1) { number } }";
        assert_eq!(app.ana.query(first, json!({})).await["identifierLookup"], json!([{ "number": "V12345678" }]));
        // Records without an owner are hidden from salespeople.
        app.give(&app.admin, &own, None).await;
        assert_eq!(found(&app.ana, "V123456780").await, ["V123456780 PROSPECT -"]);
        assert_eq!(found(&app.stranger, "V12345900").await, ["V12345900 CLIENT -"]);
        assert_eq!(found(&app.admin, "V12345678").await.len(), 3);
    }

    async fn callers_over_the_rate_limit_wait(app: TestApp) {
        with_number(&app, &app.ana, "One", "Cédula V", "V-12.345.678").await;
        let few = app.with_settings(|settings| settings.identifier_lookups_per_minute = 3).await;
        for _ in 0..3 {
            assert_eq!(found(&few.ana, "V12345").await.len(), 1);
        }
        let refused = lookup(&few.ana, "V12345").await;
        assert_eq!((refused.status, refused.codes()), (429, vec!["RATE_LIMITED"]));
        assert_eq!(refused.headers["retry-after"], "20");
        // Too short a text costs nothing, others are not concerned, and what else was asked is answered.
        assert_eq!(found(&few.ana, "V1").await.len(), 0);
        assert_eq!(found(&few.admin, "V12345").await.len(), 1);
        let both = few.ana.run("{ identifierLookup(prefix: \"V12345\") { number } viewer { name } }", json!({})).await;
        assert_eq!(both.body["data"], json!({ "identifierLookup": null, "viewer": { "name": "Ana Vendedora" } }));
        app.advance(20_000);
        assert_eq!(found(&few.ana, "V12345").await.len(), 1);
        assert_eq!(lookup(&few.ana, "V12345").await.status, 429);
        // Many in one request are many.
        let many = "{ a: identifierLookup(prefix: \"V12345\") { number } b: identifierLookup(prefix: \"V12345\") { number }
            c: identifierLookup(prefix: \"V12345\") { number } d: identifierLookup(prefix: \"V12345\") { number } }";
        assert_eq!(few.luis.run(many, json!({})).await.codes(), ["RATE_LIMITED"]);
    }

    async fn possible_duplicates_are_reported(app: TestApp) {
        let first = json!({ "emails": [{ "value": "ana@example.com" }], "phones": [{ "value": "+58 212 5550100" }] });
        app.prospect().owner(&app.ana).name("First").with(first).create().await;
        app.advance(1_000);
        let contact = json!({ "contacts": [{ "firstName": "Eva", "emails": [{ "value": "eva@example.com" }], "phones": [{ "value": "0414-5550100" }] }] });
        app.prospect().owner(&app.ana).name("Second").with(contact).create().await;
        app.advance(1_000);
        let third = with_number(&app, &app.ana, "Third", "Cédula V", "V-12.345.678").await;
        let pair = |reason: &str, name: &str| (reason.to_owned(), name.to_owned());

        assert_eq!(alike(&app.ana, json!({ "emails": [" ANA@Example.com"] })).await, [pair("EMAIL", "First")]);
        assert_eq!(alike(&app.ana, json!({ "phones": ["(0212) 555.01.00"] })).await, [pair("PHONE", "First")]);
        assert_eq!(alike(&app.ana, json!({ "emails": ["ana@example.com"], "phones": ["+582125550100"] })).await, [pair("EMAIL", "First")]);
        assert_eq!(
            alike(&app.ana, json!({ "emails": ["ana@example.com"], "phones": ["+584145550100"], "identifiers": ["v12345678"] })).await,
            [pair("IDENTIFIER", "Third"), pair("PHONE", "Second"), pair("EMAIL", "First")]
        );
        assert!(alike(&app.ana, json!({ "identifiers": ["v12345678"], "exceptId": third.id })).await.is_empty());
        assert!(alike(&app.ana, json!({})).await.is_empty());
        assert!(alike(&app.ana, json!({ "emails": ["ana@", "", "%"], "phones": ["1", "+"], "identifiers": ["", "-", "V1234567"], "exceptId": "nonsense" })).await.is_empty());
        let many = app.ana.run(ALIKE, json!({ "input": { "emails": vec!["a@example.com"; 51] } })).await;
        assert_eq!(many.codes(), ["BAD_USER_INPUT"]);

        // Of others no more than that there is one.
        for (input, reason) in [(json!({ "emails": ["ana@example.com"] }), "EMAIL"), (json!({ "identifiers": ["v12345678"] }), "IDENTIFIER")] {
            assert_eq!(alike(&app.luis, input.clone()).await, [pair(reason, "-")]);
            assert_eq!(alike(&app.admin, input).await.len(), 1);
        }
    }

    async fn a_new_record_comes_with_its_look_alikes(app: TestApp) {
        let input = |name: &str| json!({ "kind": "PERSON", "name": name, "emails": [{ "value": "Ana@example.com" }],
            "contacts": [{ "firstName": "Eva", "phones": [{ "value": "+58 212 5550100" }] }] });
        let create = async |person: &Person, input: Value| {
            let variables = json!({ "input": input, "idempotencyKey": "one" });
            person.run_operation(operations::PROSPECT_CREATE_SAFELY, "ProspectCreateSafely", variables).await
        };
        let first = create(&app.ana, input("First")).await;
        assert_eq!(first.payload("prospectCreate")["possibleDuplicates"], json!([]));
        // Matches that only others see are reported without the record, each kind separately.
        let foreign = create(&app.luis, input("Foreign")).await;
        assert_eq!(foreign.payload("prospectCreate")["possibleDuplicates"], json!([{ "reason": "EMAIL", "prospect": null }, { "reason": "PHONE", "prospect": null }]));
        let id = |answer: &Answer| answer.payload("prospectCreate")["prospect"]["id"].clone();
        for number in 0..12 {
            app.advance(1_000);
            app.prospect().by(&app.ana).with(input(&format!("Number {number}"))).create().await;
        }
        let again = create(&app.ana, input("First")).await;
        assert_eq!(id(&again), id(&first), "the same key");
        let duplicates = again.payload("prospectCreate")["possibleDuplicates"].as_array().expect("a list").clone();
        let names: Vec<&str> = duplicates.iter().filter_map(|found| found["prospect"]["name"].as_str()).collect();
        assert_eq!(names, ["Number 11", "Number 10", "Number 9", "Number 8", "Number 7", "Number 6", "Number 5", "Number 4", "Number 3", "Number 2"]);
        assert!(duplicates.iter().take(10).all(|found| found["reason"] == "EMAIL"));
        assert!(duplicates.len() == 12 && duplicates[10..].iter().all(|found| found["prospect"].is_null()), "behind the ten, the foreign one");
    }

    /// `TAKEN` says which number.
    async fn a_taken_number_is_pointed_at(app: TestApp) {
        with_number(&app, &app.luis, "Other", "Cédula V", "V-2").await;
        let kind = app.identifier_type("Cédula V");
        let numbers = |numbers: &[&str]| json!(numbers.iter().map(|number| json!({ "typeId": kind, "number": number })).collect::<Vec<_>>());
        let input = json!({ "kind": "PERSON", "name": "Ana", "identifiers": numbers(&["V-1", "v2", "V-3"]) });
        let refused = app.ana.run(operations::PROSPECT_CREATE, json!({ "input": input })).await;
        assert_eq!(refused.user_errors("prospectCreate"), ["TAKEN input.identifiers.1.number"]);
        let own = with_number(&app, &app.ana, "Own", "Cédula V", "V-1").await;
        let update = async |input: Value| app.ana.run(UPDATE, json!({ "id": own.id, "input": input })).await.user_errors("prospectUpdate");
        assert_eq!(update(json!({ "identifiers": numbers(&["V-5", "V-2"]) })).await, ["TAKEN input.identifiers.1.number"]);
        assert_eq!(update(json!({ "identifiers": numbers(&["V-5", "V-1"]) })).await, ["INVALID input.identifiers.1.number"]);
        let data = app.ana.query("query ($id: ID!) { prospect(id: $id) { identifiers { id } } }", json!({ "id": own.id })).await;
        let id = &data["prospect"]["identifiers"][0]["id"];
        assert_eq!(update(json!({ "identifiers": [{ "typeId": kind, "number": "V-6" }, { "id": id, "number": "V-2" }] })).await, ["TAKEN input.identifiers.1.number"]);
    }
}
