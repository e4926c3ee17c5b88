//! Document numbers: unique, and never with their owner.

use cartera::ids::{self, Kind};
use serde_json::{Value, json};

use super::{UPDATE, whole};
use crate::support::{Made, Person, TestApp, operations};

fn person_with(app: &TestApp, number: &str) -> Value {
    json!({ "kind": "PERSON", "name": "Zafiro", "identifiers": [{ "typeId": app.identifier_type("Cédula V"), "number": number }] })
}

both! {
    async fn a_number_belongs_to_one_record(app: TestApp) {
        let made = app.prospect().by(&app.luis).with(person_with(&app, "V-12.345.678")).create().await;
        let before = app.snapshot().await;
        let create = async |number: &str| {
            let input = person_with(&app, number);
            app.ana.run(operations::PROSPECT_CREATE, json!({ "input": input })).await
        };
        let taken = create("v12345678").await;
        assert_eq!(taken.user_errors("prospectCreate").len(), 1);
        assert!(taken.user_errors("prospectCreate")[0].starts_with("TAKEN input.identifiers"), "{}", taken.text);
        for secret in [&made.id[..], &app.luis.id, "Luis", "12.345.678", "Zafiro"] {
            assert!(!taken.text.contains(secret), "{}", taken.text);
        }
        let own = app.prospect().by(&app.ana).create().await;
        let input = json!({ "identifiers": [{ "typeId": app.identifier_type("Cédula V"), "number": "V 12345678" }] });
        let middle = app.snapshot().await;
        let update = app.ana.run(UPDATE, json!({ "id": own.id, "input": input })).await;
        assert!(update.user_errors("prospectUpdate")[0].starts_with("TAKEN input.identifiers"), "{}", update.text);
        middle.assert_equal(&app.snapshot().await, "a taken number");
        assert_eq!(before.tables["identifiers"], app.snapshot().await.tables["identifiers"]);

        // Another type or country is another number.
        let input = json!({ "identifiers": [{ "typeId": app.identifier_type("Passport"), "number": "V-12.345.678" }] });
        app.ana.run(UPDATE, json!({ "id": own.id, "input": input })).await.payload("prospectUpdate");
        app.assert_sound().await;
    }

    /// Each type says what its numbers look like; what was saved before stays.
    async fn a_number_is_one_of_its_type(app: TestApp) {
        let numbers = |numbers: &[(&str, &str)]| -> Value {
            let entries = numbers.iter().map(|(kind, number)| json!({ "typeId": app.identifier_type(kind), "number": number }));
            json!({ "kind": "COMPANY", "name": "Zafiro", "identifiers": entries.collect::<Vec<_>>() })
        };
        let before = app.snapshot().await;
        let wrong = [("RIF", "J-12.345.678-9"), ("RIF", "J-1"), ("CUIT", "30-50000000-4"), ("EIN", "12-34"), ("CNPJ", "x")];
        let answer = app.ana.run(operations::PROSPECT_CREATE, json!({ "input": numbers(&wrong) })).await;
        let expected: Vec<String> = (0..wrong.len()).map(|place| format!("INVALID input.identifiers.{place}.number")).collect();
        assert_eq!(answer.user_errors("prospectCreate"), expected, "{}", answer.text);
        before.assert_equal(&app.snapshot().await, "wrong numbers");

        let right = [("RIF", "J-12.345.678-4"), ("CUIT", "30-50000000-3"), ("EIN", "12-3456789"), ("CNPJ", "12.ABC.345/01DE-35"), ("Other document", "-X-")];
        let mut right = numbers(&right);
        right["identifiers"][4]["country"] = json!("GB");
        let made = app.prospect().by(&app.ana).with(right).create().await;
        let ein = app.identifier_type("EIN");
        let narrow = "mutation ($id: ID!) { identifierTypeUpdate(id: $id, input: { pattern: \"9[0-9]{8}\" }) { identifierType { pattern version } userErrors { code } } }";
        let answer = app.admin.run(narrow, json!({ "id": ein })).await;
        assert_eq!(answer.payload("identifierTypeUpdate")["identifierType"], json!({ "pattern": "9[0-9]{8}", "version": 2 }));
        let present = whole(&app.ana, &made).await["identifiers"][2]["id"].clone();
        let update = async |entry: Value| app.ana.run(UPDATE, json!({ "id": made.id, "input": { "identifiers": [entry] } })).await.user_errors("prospectUpdate");
        // The same number in another spelling is no other number.
        assert_eq!(update(json!({ "id": present, "number": "123456789" })).await, Vec::<String>::new());
        assert_eq!(update(json!({ "id": present, "number": "123456780" })).await, ["INVALID input.identifiers.0.number"]);
        assert_eq!(update(json!({ "id": present, "number": "91-2345678" })).await, Vec::<String>::new());
        app.assert_sound().await;
    }

    async fn a_number_is_given_once(app: TestApp) {
        let kind = app.identifier_type("Cédula V");
        let input = json!({ "kind": "PERSON", "name": "Twice", "identifiers": [{ "typeId": kind, "number": "V-1" }, { "typeId": kind, "number": "v 1" }] });
        let errors = app.ana.run(operations::PROSPECT_CREATE, json!({ "input": input })).await.user_errors("prospectCreate");
        assert_eq!(errors, ["INVALID input.identifiers.1.number"]);
    }

    async fn a_removed_number_is_free(app: TestApp) {
        let made = app.prospect().by(&app.luis).with(person_with(&app, "V-1")).create().await;
        let id = whole(&app.luis, &made).await["identifiers"][0]["id"].clone();
        app.luis.run(UPDATE, json!({ "id": made.id, "input": { "removeIdentifierIds": [id] } })).await.payload("prospectUpdate");
        let other: Made = app.prospect().by(&app.ana).with(person_with(&app, "V-1")).create().await;
        assert_eq!(whole(&app.ana, &other).await["identifiers"][0]["number"], "V-1");
        // And taken from then on.
        let input = json!({ "identifiers": [{ "typeId": app.identifier_type("Cédula V"), "number": "V-1" }] });
        let back = app.luis.run(UPDATE, json!({ "id": made.id, "input": input })).await;
        assert!(back.user_errors("prospectUpdate")[0].starts_with("TAKEN"), "{}", back.text);
    }

    /// Two concurrent calls: one gets the number, the other `TAKEN`.
    async fn two_cannot_take_a_number_at_once(app: TestApp) {
        let (one, other) = (json!({ "input": person_with(&app, "V-7") }), json!({ "input": person_with(&app, "v7") }));
        let (one, other) = tokio::join!(app.ana.run(operations::PROSPECT_CREATE, one), app.luis.run(operations::PROSPECT_CREATE, other));
        let done = [&one, &other].iter().filter(|answer| answer.user_errors("prospectCreate").is_empty()).count();
        assert_eq!(done, 1, "{} {}", one.text, other.text);
        assert_eq!(app.sql("SELECT number_norm FROM identifiers").await.len(), 1);
        app.assert_sound().await;
    }

    /// Numbers cannot be enumerated by calls that are refused in any case: such a call answers the same whether a number is in use or not,
    /// and takes no look-up.
    async fn a_number_is_reported_as_taken_where_nothing_else_is_wrong(app: TestApp) {
        app.prospect().by(&app.luis).with(person_with(&app, "V-12.345.678")).create().await;
        let own = app.prospect().by(&app.ana).create().await;
        let of_luis = app.prospect().by(&app.luis).create().await;
        let few = app.with_settings(|settings| settings.identifier_lookups_per_minute = 1).await;
        let twice = ids::new();
        let flaws = [
            ("name", json!("")),
            ("name", json!("x".repeat(201))),
            ("channelId", json!("nonsense")),
            ("rating", json!(9)),
            ("firstTouch", json!({ "pageUrl": "javascript:alert(1)" })),
            ("emails", json!([{ "value": "x" }])),
            ("addresses", json!([{ "country": "XX" }])),
            ("tagIds", json!([own.id])),
        ];
        // What is looked up in the database, too, and what only a new prospect can have.
        let of_new = [
            ("id", json!(of_luis.id)),
            ("ownerId", json!(Kind::User.encode(ids::new()))),
            ("nextTask", json!({ "typeId": "nonsense", "dueAt": app.time(3_600_000) })),
            ("contacts", json!([{ "firstName": "x", "emails": [{ "id": Kind::Email.encode(twice), "value": "a@b.example" }], "phones": [{ "id": Kind::Phone.encode(twice), "value": "+58 212 5550100" }] }])),
        ];
        let before = app.snapshot().await;
        let kind = app.identifier_type("Cédula V");
        for (flaw, value) in flaws.iter().chain(&of_new) {
            let answers = async |number: &str| {
                let mut input = json!({ "identifiers": [{ "typeId": kind, "number": number }] });
                input[*flaw] = value.clone();
                let update = json!({ "id": own.id, "input": input });
                input["kind"] = json!("PERSON");
                if *flaw != "name" {
                    input["name"] = json!("Ana");
                }
                let created = few.ana.run(operations::PROSPECT_CREATE, json!({ "input": input })).await.user_errors("prospectCreate");
                let is_of_new = of_new.iter().any(|(name, _)| name == flaw);
                let updated = if is_of_new { Vec::new() } else { few.ana.run(UPDATE, update).await.user_errors("prospectUpdate") };
                assert!(!created.is_empty() && (is_of_new || !updated.is_empty()), "{flaw} {value}");
                (created, updated)
            };
            let (taken, free) = (answers("v12345678").await, answers("v12345679").await);
            assert_eq!(taken, free, "{flaw} {value}");
            assert!(!taken.0.iter().chain(&taken.1).any(|error| error.contains("identifiers")), "{taken:?}");
        }
        for number in ["v12345678", "v12345679"] {
            let input = json!({ "identifiers": [{ "typeId": kind, "number": number }] });
            let stale = few.ana.run(UPDATE, json!({ "id": own.id, "input": input, "expectedVersion": 7 })).await;
            assert_eq!(stale.user_errors("prospectUpdate"), ["CONFLICT expectedVersion"]);
            let foreign = few.ana.run(UPDATE, json!({ "id": of_luis.id, "input": input })).await;
            assert_eq!(foreign.user_errors("prospectUpdate"), ["NOT_FOUND id"]);
            // The same number twice is an error of its own.
            let twice = json!({ "identifiers": [{ "typeId": kind, "number": number }, { "typeId": kind, "number": number }] });
            let answer = few.ana.run(UPDATE, json!({ "id": own.id, "input": twice })).await;
            assert_eq!(answer.user_errors("prospectUpdate"), ["INVALID input.identifiers.1.number"]);
        }
        before.assert_equal(&app.snapshot().await, "refused calls");
        // None of it was a look-up.
        let answer = few.ana.run(operations::PROSPECT_CREATE, json!({ "input": person_with(&app, "v12345678") })).await;
        assert_eq!(answer.user_errors("prospectCreate"), ["TAKEN input.identifiers.0.number"]);
        let answer = few.ana.run(operations::PROSPECT_CREATE, json!({ "input": person_with(&app, "v12345678") })).await;
        assert_eq!((answer.status, answer.codes()), (429, vec!["RATE_LIMITED"]), "{}", answer.text);
    }

    /// Every taken number that a call reports takes a look-up of the user, with a session or a key. Administrators take none.
    async fn each_taken_number_counts_as_a_look_up(app: TestApp) {
        let kind = app.identifier_type("Cédula V");
        let numbers = |numbers: &[&str]| -> Value {
            let entries: Vec<Value> = numbers.iter().map(|number| json!({ "typeId": kind, "number": number })).collect();
            json!({ "kind": "PERSON", "name": "Zafiro", "identifiers": entries })
        };
        app.prospect().by(&app.luis).with(numbers(&["V-1", "V-2", "V-3", "V-4"])).create().await;
        let few = app.with_settings(|settings| settings.identifier_lookups_per_minute = 5).await;
        let key = app.ana.run_operation(operations::ACCESS, "ApiKeyCreate", json!({ "input": { "name": "Import", "scope": "FULL" } })).await;
        let program = few.ana.with_token(key.payload("apiKeyCreate")["key"].as_str());
        let create = async |person: &Person, input: Value| person.run(operations::PROSPECT_CREATE, json!({ "input": input })).await;
        let three = create(&few.ana, numbers(&["V-1", "V-9", "V-2", "V-3"])).await;
        let taken = ["TAKEN input.identifiers.0.number", "TAKEN input.identifiers.2.number", "TAKEN input.identifiers.3.number"];
        assert_eq!(three.user_errors("prospectCreate"), taken);
        assert_eq!(create(&program, numbers(&["V-1"])).await.user_errors("prospectCreate"), taken[..1]);
        for person in [&few.ana, &program] {
            let refused = create(person, numbers(&["V-1"])).await;
            assert_eq!((refused.status, refused.codes()), (429, vec!["RATE_LIMITED"]), "{}", refused.text);
            let lookup = person.run(operations::DOCUMENT_NUMBER_LOOKUP, json!({ "prefix": "V12345" })).await;
            assert_eq!(lookup.codes(), ["RATE_LIMITED"]);
        }
        // With none left, a number that is free is refused as well.
        let refused = create(&few.ana, numbers(&["V-9"])).await;
        assert_eq!((refused.status, refused.codes()), (429, vec!["RATE_LIMITED"]), "{}", refused.text);
        assert_eq!(app.sql("SELECT number_norm FROM identifiers WHERE number_norm = 'V9'").await, Vec::<String>::new());
        // Numbers that are free are a prospect, and no look-ups.
        app.advance(60_000);
        for first in [10, 20, 30] {
            let free: Vec<String> = (first..first + 4).map(|number| format!("V-{number}")).collect();
            let free: Vec<&str> = free.iter().map(String::as_str).collect();
            create(&few.ana, numbers(&free[..])).await.payload("prospectCreate");
        }
        assert_eq!(create(&few.ana, numbers(&["V-1"])).await.user_errors("prospectCreate"), taken[..1]);
        for _ in 0..6 {
            assert_eq!(create(&few.admin, numbers(&["V-1"])).await.user_errors("prospectCreate"), taken[..1]);
        }
    }

    /// A call that is repeated under its key is answered as it was: nothing is looked up again.
    async fn a_repeated_call_looks_up_nothing(app: TestApp) {
        app.prospect().by(&app.luis).with(person_with(&app, "V-1")).create().await;
        let few = app.with_settings(|settings| settings.identifier_lookups_per_minute = 2).await;
        let create = async |key: &str| {
            let variables = json!({ "input": person_with(&app, "V-1"), "idempotencyKey": key });
            few.ana.run_operation(operations::PROSPECT_CREATE_SAFELY, "ProspectCreateSafely", variables).await
        };
        for _ in 0..5 {
            assert_eq!(create("one").await.user_errors("prospectCreate"), ["TAKEN input.identifiers.0.number"]);
        }
        assert_eq!(create("two").await.user_errors("prospectCreate"), ["TAKEN input.identifiers.0.number"]);
        assert_eq!(create("three").await.codes(), ["RATE_LIMITED"]);
        assert_eq!(create("one").await.user_errors("prospectCreate"), ["TAKEN input.identifiers.0.number"]);
    }

    /// Rows may hand their numbers on, in a circle as well, in one save.
    async fn numbers_of_one_record_change_places(app: TestApp) {
        let kind = app.identifier_type("Cédula V");
        let entries: Vec<Value> = ["V-1", "V-2", "V-3"].iter().map(|number| json!({ "typeId": kind, "number": number })).collect();
        let made = app.prospect().by(&app.ana).with(json!({ "identifiers": entries })).create().await;
        let present = whole(&app.ana, &made).await["identifiers"].clone();
        let update = async |numbers: &[(usize, &str)]| {
            let entries: Vec<Value> = numbers.iter().map(|(place, number)| json!({ "id": present[*place]["id"], "number": number })).collect();
            app.ana.run(UPDATE, json!({ "id": made.id, "input": { "identifiers": entries } })).await.payload("prospectUpdate");
            let seen = whole(&app.ana, &made).await["identifiers"].clone();
            seen.as_array().expect("a list").iter().map(|row| row["number"].as_str().expect("a number").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(update(&[(0, "V-2"), (1, "V-1")]).await, ["V-2", "V-1", "V-3"]);
        assert_eq!(update(&[(0, "V-1"), (1, "V-3"), (2, "V-2")]).await, ["V-1", "V-3", "V-2"]);
        assert_eq!(update(&[(0, "V-3"), (1, "V-9")]).await, ["V-3", "V-9", "V-2"]);
        assert_eq!(app.sql("SELECT number_norm FROM identifiers WHERE deleted_at IS NULL ORDER BY 1").await, ["V2", "V3", "V9"]);
        app.assert_sound().await;
    }
}
