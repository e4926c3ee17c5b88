//! Document numbers: one record each, and nobody is told whose.

use serde_json::{Value, json};

use super::{UPDATE, whole};
use crate::support::{Made, TestApp, operations};

fn person_with(app: &TestApp, number: &str) -> Value {
    json!({ "kind": "PERSON", "name": "Somebody", "identifiers": [{ "typeId": app.identifier_type("Cédula V"), "number": number }] })
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
        for secret in [&made.id[..], &app.luis.id, "Luis", "12.345.678", "Somebody"] {
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
            json!({ "kind": "COMPANY", "name": "Somebody", "identifiers": entries.collect::<Vec<_>>() })
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
        assert_eq!(errors.len(), 1);
        assert!(errors[0].starts_with("TAKEN input.identifiers"), "{errors:?}");
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

    /// Two at the same moment: one has it, the other is told.
    async fn two_cannot_take_a_number_at_once(app: TestApp) {
        let (one, other) = (json!({ "input": person_with(&app, "V-7") }), json!({ "input": person_with(&app, "v7") }));
        let (one, other) = tokio::join!(app.ana.run(operations::PROSPECT_CREATE, one), app.luis.run(operations::PROSPECT_CREATE, other));
        let done = [&one, &other].iter().filter(|answer| answer.user_errors("prospectCreate").is_empty()).count();
        assert_eq!(done, 1, "{} {}", one.text, other.text);
        assert_eq!(app.sql("SELECT number_norm FROM identifiers").await.len(), 1);
        app.assert_sound().await;
    }
}
