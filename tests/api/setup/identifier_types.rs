//! Types of document numbers: administrators say what the numbers look like, and the server checks no more than it can in little time.

use serde_json::{Value, json};

use crate::support::TestApp;

const CREATE: &str = "mutation ($input: IdentifierTypeCreateInput!) {
    identifierTypeCreate(input: $input) { identifierType { id name country pattern checkDigit } userErrors { code message path } } }";
const UPDATE: &str = "mutation ($id: ID!, $input: IdentifierTypeUpdateInput!) {
    identifierTypeUpdate(id: $id, input: $input) { identifierType { id name country pattern checkDigit } userErrors { code message path } } }";

both! {
    async fn a_type_is_made_and_edited(app: TestApp) {
        let input = json!({ "name": "RNC", "country": "do", "pattern": " [0-9]{9} ", "description": "República Dominicana" });
        let answer = app.admin.run(CREATE, json!({ "input": input })).await;
        let made = answer.payload("identifierTypeCreate")["identifierType"].clone();
        assert_eq!(made, json!({ "id": made["id"], "name": "RNC", "country": "DO", "pattern": "[0-9]{9}", "checkDigit": null }));
        let create = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) { prospect { id } userErrors { code message path } } }";
        let with = |number: &str| json!({ "input": { "kind": "COMPANY", "name": "X", "identifiers": [{ "typeId": made["id"], "number": number }] } });
        assert_eq!(app.ana.run(create, with("12345678")).await.user_errors("prospectCreate"), ["INVALID input.identifiers.0.number"]);
        app.ana.run(create, with("1-23-45678-9")).await.payload("prospectCreate");

        let update = async |input: Value| app.admin.run(UPDATE, json!({ "id": made["id"], "input": input })).await;
        let answer = update(json!({ "country": null, "pattern": null, "checkDigit": "PE_RUC" })).await;
        let edited = &answer.payload("identifierTypeUpdate")["identifierType"];
        assert_eq!((&edited["country"], &edited["pattern"], &edited["checkDigit"]), (&Value::Null, &Value::Null, &json!("PE_RUC")));
        let any = |number: &str| {
            let identifier = json!({ "typeId": made["id"], "country": "PE", "number": number });
            json!({ "input": { "kind": "COMPANY", "name": "X", "identifiers": [identifier] } })
        };
        assert_eq!(app.ana.run(create, any("20512333798")).await.user_errors("prospectCreate"), ["INVALID input.identifiers.0.number"]);
        app.ana.run(create, any("20512333797")).await.payload("prospectCreate");
        update(json!({ "checkDigit": null })).await.payload("identifierTypeUpdate");
        app.ana.run(create, any("whatever")).await.payload("prospectCreate");
        // Of every country there is a passport already; Spain has none.
        assert_eq!(update(json!({ "name": "passport" })).await.user_errors("identifierTypeUpdate"), ["TAKEN input.name"]);
        update(json!({ "name": "passport", "country": "ES" })).await.payload("identifierTypeUpdate");
        assert_eq!(update(json!({ "country": "VE" })).await.user_errors("identifierTypeUpdate"), ["TAKEN input.name"]);
        app.assert_sound().await;
    }

    async fn wrong_patterns_are_refused(app: TestApp) {
        let before = app.snapshot().await;
        for (input, error) in [
            (json!({ "pattern": "(" }), "INVALID input.pattern"),
            (json!({ "pattern": "a)(b" }), "INVALID input.pattern"),
            (json!({ "pattern": "(?=a)b" }), "INVALID input.pattern"),
            (json!({ "pattern": "(a)\\1" }), "INVALID input.pattern"),
            (json!({ "pattern": "((a{100}){100}){100}" }), "INVALID input.pattern"),
            (json!({ "pattern": "(".repeat(90) + &")".repeat(90) }), "INVALID input.pattern"),
            (json!({ "pattern": "x".repeat(201) }), "TOO_LONG input.pattern"),
            (json!({ "country": "ZZ" }), "INVALID input.country"),
            (json!({ "country": "Venezuela" }), "INVALID input.country"),
        ] {
            let mut input = input;
            input["name"] = json!("Nuevo");
            let reported = app.admin.run(CREATE, json!({ "input": input })).await.user_errors("identifierTypeCreate");
            assert_eq!(reported, [error], "{input}");
        }
        let answer = app.admin.run(CREATE, json!({ "input": { "name": "Nuevo", "checkDigit": "XX_ANY" } })).await;
        assert_eq!(answer.errors().len(), 1, "{}", answer.text);
        before.assert_equal(&app.snapshot().await, "refused types");
    }

    /// What takes other engines for ever takes no time here.
    async fn a_pattern_takes_little_time(app: TestApp) {
        let answer = app.admin.run(CREATE, json!({ "input": { "name": "Nuevo", "pattern": "(A+)+B" } })).await;
        let id = answer.payload("identifierTypeCreate")["identifierType"]["id"].clone();
        let identifier = json!({ "typeId": id, "country": "VE", "number": "A".repeat(200) });
        let input = json!({ "kind": "PERSON", "name": "X", "identifiers": [identifier] });
        let create = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) { prospect { id } userErrors { code message path } } }";
        let answer = app.ana.run(create, json!({ "input": input })).await;
        assert_eq!(answer.user_errors("prospectCreate"), ["INVALID input.identifiers.0.number"]);
    }
}
