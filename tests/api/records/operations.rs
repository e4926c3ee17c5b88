//! The documents that clients run as they stand, with variables as clients give them.

use serde_json::{Value, json};

use crate::support::{Made, TestApp, operations};

both! {
    async fn a_day_of_a_salesperson(app: TestApp) {
        let answer = app.anonymous.run(operations::SIGN_IN, json!({ "email": app.ana.email, "password": crate::support::PASSWORD })).await;
        let ana = app.ana.with_token(answer.payload("sessionCreate")["token"].as_str());

        let input = json!({
            "kind": "PERSON", "name": "Ana Pérez", "ownerId": ana.id, "channelId": app.channel("Web site"), "segmentId": app.segment("Private individuals"),
            "identifiers": [{ "typeId": app.identifier_type("Cédula V"), "country": "VE", "number": "V-12345678" }],
            "emails": [{ "value": "ana@example.com" }], "phones": [{ "value": "+58 212 5550100", "label": "office" }],
            "contacts": [{ "firstName": "Luis", "isMain": true, "emails": [{ "value": "luis@example.com" }] }],
            "addresses": [{ "country": "VE", "city": "Caracas", "line": "Av. Principal 1", "location": { "latitude": 10.5, "longitude": -66.9 } }],
            "firstTouch": { "sourceId": app.source("Google Ads"), "medium": "cpc", "pageUrl": "https://example.com/form", "pageSection": "hero",
                "ipAddress": "203.0.113.7", "utm": { "source": "google", "medium": "cpc", "campaign": "spring-sale" },
                "ad": { "campaign": "spring-sale", "network": "SEARCH", "device": "MOBILE", "clickId": "c-1" } },
        });
        let created = ana.run(operations::PROSPECT_CREATE, json!({ "input": input })).await;
        let prospect = created.payload("prospectCreate")["prospect"].clone();
        assert_eq!(prospect["contacts"][0]["isMain"], json!(true));
        let made = Made::new(prospect["id"].as_str().expect("an id"));

        let variables = json!({ "id": made.id, "expectedVersion": 1, "input": { "legalName": null, "segmentId": app.segment("Public sector"),
            "contacts": [{ "id": prospect["contacts"][0]["id"], "isMain": true }, { "firstName": "Eva" }],
            "removeAddressIds": [prospect["addresses"][0]["id"]] } });
        let updated = ana.run(operations::PROSPECT_UPDATE, variables).await;
        let prospect = &updated.payload("prospectUpdate")["prospect"];
        assert_eq!((&prospect["version"], &prospect["addresses"]), (&json!(2), &json!([])));

        let note = ana.run_operation(operations::ACTIVITY, "NoteCreate", json!({ "prospectId": made.id, "body": "Call back on Monday" })).await;
        note.payload("noteCreate");
        let input = json!({ "type": "CALL", "direction": "OUTGOING", "occurredAt": "2026-03-10T14:00:00Z", "durationSeconds": 180, "outcome": "REACHED", "body": "Interested" });
        ana.run_operation(operations::ACTIVITY, "InteractionLog", json!({ "prospectId": made.id, "input": input })).await.payload("interactionLog");

        let process = async |name: &str, variables: Value| ana.run_operation(operations::PROCESS, name, variables).await;
        process("StatusChange", json!({ "id": made.id, "statusId": app.status("Lost"), "reasonId": app.reason("Chose a competitor") })).await.payload("prospectStatusChange");
        process("StatusChange", json!({ "id": made.id, "statusId": app.status("Negotiation"), "reopenAs": "RECONSIDERED" })).await.payload("prospectStatusChange");
        process("Convert", json!({ "id": made.id, "potentialLevelId": app.client_level("High") })).await.payload("prospectConvert");
        process("Unconvert", json!({ "id": made.client_id(), "reason": "too early" })).await.payload("clientUnconvert");
        process("Convert", json!({ "id": made.id })).await.payload("prospectConvert");

        let data = ana.query(operations::PROSPECT, json!({ "id": made.id })).await;
        let seen = &data["prospect"];
        assert_eq!((&seen["condition"], &seen["status"]["name"], &seen["identifiers"][0]["number"]), (&json!("CLIENT"), &json!("Won"), &json!("V-12345678")));
        assert_eq!((&seen["firstTouch"]["ad"]["clickId"], &seen["lastTouch"]["utm"]["campaign"]), (&json!("c-1"), &json!("spring-sale")));
        let kinds: Vec<&str> = seen["timeline"]["nodes"].as_array().expect("a list").iter().filter_map(|entry| entry["__typename"].as_str()).collect();
        assert_eq!(kinds, [
            "StatusChangeEntry", "StatusChangeEntry", "StatusChangeEntry", "StatusChangeEntry", "StatusChangeEntry", "NoteEntry", "FieldChangeEntry",
            "CreatedEntry", "InteractionEntry",
        ]);

        let filter = json!({ "status": { "in": [app.status("Won")] }, "channel": { "in": [app.channel("Web site")] }, "owner": { "eq": ana.id },
            "createdAt": { "gte": "2026-01-01T00:00:00Z" }, "or": [{ "name": { "contains": "pérez" } }, { "not": { "condition": { "eq": "CLIENT" } } }] });
        let order = json!([{ "field": "LAST_ACTIVITY_AT", "direction": "DESC" }]);
        let list = ana.query(operations::PROSPECTS, json!({ "filter": filter, "orderBy": order, "first": 20, "entries": 10 })).await;
        assert_eq!(list["prospects"]["totalCount"], 1);
        assert_eq!(list["prospects"]["edges"][0]["node"]["latest"]["nodes"].as_array().expect("a list").len(), 9);
        let clients = ana.query(operations::CLIENTS, json!({})).await;
        assert_eq!(clients["clients"]["nodes"][0]["prospect"]["wonCycles"]["nodes"][0]["kind"], "NEW");
        ana.run_operation(operations::CATALOGS, "CatalogsCore", json!({})).await.data();

        process("OwnerChange", json!({ "id": made.id, "ownerId": app.luis.id })).await.payload("prospectOwnerChange");
        assert_eq!(ana.query(operations::PROSPECT, json!({ "id": made.id })).await, json!({ "prospect": null }));
        app.assert_sound().await;
    }

    async fn the_whole_lead_in_one_request(app: TestApp) {
        app.attribute(json!({ "key": "brand", "type": "TEXT" })).await;
        let fields = json!({ "firstTouch": { "utm": { "source": "google" } }, "attributes": [{ "key": "brand", "value": { "text": "Acme" } }] });
        let made = app.prospect().complete("zafiro").owner(&app.ana).with(fields).create().await;
        app.task(&app.ana, &made, json!({})).await;
        app.document(&app.ana, &made, "contrato.pdf", b"%PDF-1.7\n").await;
        let data = app.ana.query(operations::LEAD_DETAIL, json!({ "id": made.id })).await["prospect"].clone();
        let document = &data["documents"][0];
        assert_eq!((&document["name"], &document["createdBy"]["name"]), (&json!("contrato.pdf"), &json!("Ana Vendedora")));
        assert!(document["downloadUrl"].is_string());
        assert_eq!((&data["brand"]["strings"], &data["firstTouch"]["utm"]["source"]), (&json!(["Acme"]), &json!("google")));
        let entry = &data["timeline"]["nodes"][0];
        assert_eq!((&entry["__typename"], &entry["documentAction"], &entry["fileName"]), (&json!("DocumentEntry"), &json!("UPLOADED"), &json!("contrato.pdf")));
        let other = app.luis.query(operations::LEAD_DETAIL, json!({ "id": made.id })).await;
        assert_eq!(other, json!({ "prospect": null }));
    }
}
