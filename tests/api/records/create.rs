//! Creating a prospect: the whole record at once, or nothing and all that is wrong with it.

use cartera::ids::{self, Kind};
use serde_json::{Value, json};

use super::{timeline, whole, without};
use crate::support::{Answer, Made, Person, TestApp, operations};

async fn create(person: &Person, input: Value) -> Answer {
    person.run(operations::PROSPECT_CREATE, json!({ "input": input })).await
}

both! {
    async fn everything_is_read_back(app: TestApp) {
        let answer = create(&app.ana, json!({
            "kind": "COMPANY", "name": "  Peña & Cía ", "legalName": "Peña y Compañía, C.A.",
            "channelId": app.channel("Shop"), "segmentId": app.segment("Large companies"), "potentialLevelId": app.level("High"),
            "identifiers": [
                { "typeId": app.identifier_type("RIF"), "number": "J-12.345.678-4" },
                { "typeId": app.identifier_type("Other document"), "country": "co", "number": "X 1" },
            ],
            "emails": [{ "value": "Ventas@Pena.example", "label": "sales" }, { "value": "info@pena.example" }],
            "phones": [{ "value": "0212-555.01.00", "label": "office" }],
            "contacts": [
                { "firstName": "Luis", "lastName": "Peña", "description": "Buys", "emails": [{ "value": "luis@pena.example" }] },
                { "firstName": "Eva", "isMain": true, "phones": [{ "value": "+34 612 345 678", "label": "mobile" }] },
            ],
            "addresses": [
                { "country": "VE", "city": "Caracas", "municipality": "Chacao", "parish": "Chacao", "postalCode": "1060",
                  "line": "Av. Principal 1", "reference": "Next to the bank", "location": { "latitude": 10.5, "longitude": -66.9 } },
                { "country": "es" },
            ],
            "firstTouch": { "at": "2026-03-09T10:00:00Z", "sourceId": app.source("Google Ads"), "medium": "cpc",
                "pageUrl": "https://example.com/form?a=1", "referrer": "https://example.com/" },
        })).await;
        let prospect = &answer.payload("prospectCreate")["prospect"];
        assert_eq!((&prospect["version"], &prospect["owner"]["id"]), (&json!(1), &json!(app.ana.id)));
        let made = Made::new(prospect["id"].as_str().expect("an id"));
        let now = app.time(0);
        let seen = whole(&app.ana, &made).await;
        assert_eq!(seen["cycle"]["isOpen"], json!(true));
        assert_eq!(
            without(seen, &["id"]),
            json!({
                "version": 1, "kind": "COMPANY", "name": "Peña & Cía", "legalName": "Peña y Compañía, C.A.", "condition": "PROSPECT",
                "createdAt": now, "updatedAt": now, "firstContactAt": null, "lastActivityAt": now, "secondsSinceReception": 0,
                "status": { "name": "New", "category": "OPEN" }, "owner": { "name": "Ana Vendedora" }, "createdBy": { "name": "Ana Vendedora" },
                "channel": { "name": "Shop" }, "segment": { "name": "Large companies" }, "potentialLevel": { "name": "High" },
                "client": null,
                "cycle": { "version": 1, "kind": "NEW", "isOpen": true, "openedAt": now, "closedAt": null, "amount": null,
                    "status": { "name": "New" }, "reason": null, "reasonNote": null },
                "identifiers": [
                    { "country": "VE", "number": "J-12.345.678-4", "type": { "name": "RIF" } },
                    { "country": "CO", "number": "X 1", "type": { "name": "Other document" } },
                ],
                "emails": [
                    { "value": "Ventas@Pena.example", "label": "sales", "verification": "UNVERIFIED" },
                    { "value": "info@pena.example", "label": null, "verification": "UNVERIFIED" },
                ],
                "phones": [{ "value": "0212-555.01.00", "label": "office", "verification": "UNVERIFIED" }],
                "contacts": [
                    { "firstName": "Luis", "lastName": "Peña", "description": "Buys", "isMain": false,
                      "emails": [{ "value": "luis@pena.example", "label": null }], "phones": [] },
                    { "firstName": "Eva", "lastName": null, "description": null, "isMain": true,
                      "emails": [], "phones": [{ "value": "+34 612 345 678", "label": "mobile" }] },
                ],
                "addresses": [
                    { "country": "VE", "city": "Caracas", "municipality": "Chacao", "parish": "Chacao", "postalCode": "1060",
                      "line": "Av. Principal 1", "reference": "Next to the bank", "location": { "latitude": 10.5, "longitude": -66.9 } },
                    { "country": "ES", "city": null, "municipality": null, "parish": null, "postalCode": null, "line": null,
                      "reference": null, "location": null },
                ],
                "firstTouch": { "at": "2026-03-09T10:00:00.000Z", "source": { "name": "Google Ads" }, "medium": "cpc",
                    "pageUrl": "https://example.com/form?a=1", "referrer": "https://example.com/" },
                "lastTouch": { "at": "2026-03-09T10:00:00.000Z", "source": { "name": "Google Ads" }, "medium": "cpc" },
            })
        );
        assert_eq!(app.sql("SELECT value_norm FROM contact_points ORDER BY value_norm").await, [
            "+34612345678", "+582125550100", "info@pena.example", "luis@pena.example", "ventas@pena.example",
        ]);
        let entries = timeline(&app.ana, &made).await;
        assert_eq!(entries.len(), 1);
        assert_eq!((&entries[0]["__typename"], &entries[0]["actor"]["name"]), (&json!("CreatedEntry"), &json!("Ana Vendedora")));
        app.assert_sound().await;
    }

    async fn what_is_left_out_gets_its_default(app: TestApp) {
        app.advance(0);
        let made = app.prospect().by(&app.ana).name("Ñandú").create().await;
        app.advance(90_500);
        let seen = whole(&app.ana, &made).await;
        assert_eq!((&seen["kind"], &seen["owner"]["name"], &seen["legalName"]), (&json!("PERSON"), &json!("Ana Vendedora"), &Value::Null));
        for catalog in ["channel", "segment", "potentialLevel"] {
            assert_eq!(seen[catalog]["name"], "Not yet evaluated", "{catalog}");
        }
        assert_eq!(seen["firstTouch"]["source"]["name"], "Not yet evaluated");
        assert_eq!(seen["secondsSinceReception"], 90);
        for list in ["identifiers", "emails", "phones", "contacts", "addresses"] {
            assert_eq!(seen[list], json!([]), "{list}");
        }
    }

    async fn all_problems_come_at_once(app: TestApp) {
        let before = app.snapshot().await;
        let answer = create(&app.ana, json!({
            "kind": "PERSON", "name": "   ", "legalName": "x".repeat(201), "ownerId": "usr_00000000000000000000000000",
            "channelId": "nonsense", "segmentId": app.channel("Shop"), "potentialLevelId": app.client_level("High"),
            "identifiers": [{ "number": "--" }, { "typeId": app.identifier_type("RIF"), "country": "ES", "number": "1" }],
            "emails": [{ "value": "ana" }, {}],
            "phones": [{ "value": "call me", "label": "x".repeat(201) }],
            "contacts": [{ "lastName": "Unknown", "emails": [{ "value": "x@" }] }, { "firstName": "A", "isMain": true }, { "firstName": "B", "isMain": true }],
            "addresses": [{ "city": "Nowhere" }, { "country": "XX", "location": { "latitude": 91, "longitude": -181 } }],
            "firstTouch": { "at": "2030-01-01T00:00:00Z", "sourceId": "nonsense", "pageUrl": "x".repeat(2001) },
        })).await;
        let mut errors = answer.user_errors("prospectCreate");
        errors.sort();
        assert_eq!(errors, [
            "INVALID input.addresses.1.country",
            "INVALID input.addresses.1.location",
            "INVALID input.addresses.1.location",
            "INVALID input.contacts",
            "INVALID input.contacts.0.emails.0.value",
            "INVALID input.emails.0.value",
            "INVALID input.firstTouch.at",
            "INVALID input.identifiers.0.country",
            "INVALID input.identifiers.0.number",
            "INVALID input.identifiers.1.country",
            "INVALID input.identifiers.1.number",
            "INVALID input.phones.0.value",
            "INVALID input.potentialLevelId",
            "NOT_FOUND input.channelId",
            "NOT_FOUND input.firstTouch.sourceId",
            "NOT_FOUND input.ownerId",
            "NOT_FOUND input.segmentId",
            "REQUIRED input.addresses.0.country",
            "REQUIRED input.contacts.0.firstName",
            "REQUIRED input.emails.1.value",
            "REQUIRED input.identifiers.0.typeId",
            "REQUIRED input.name",
            "TOO_LONG input.firstTouch.pageUrl",
            "TOO_LONG input.legalName",
            "TOO_LONG input.phones.0.label",
        ]);
        before.assert_equal(&app.snapshot().await, "a refused creation");
    }

    async fn lists_have_their_bounds(app: TestApp) {
        let before = app.snapshot().await;
        let many = |count: usize, entry: &dyn Fn(usize) -> Value| (0..count).map(entry).collect::<Vec<_>>();
        let contact = |number: usize| json!({ "firstName": format!("C{number}") });
        let address = |_: usize| json!({ "country": "VE" });
        let input = json!({ "kind": "PERSON", "name": "X", "contacts": many(51, &contact), "addresses": many(21, &address) });
        let mut errors = create(&app.ana, input).await.user_errors("prospectCreate");
        errors.sort();
        assert_eq!(errors, ["LIMIT input.addresses", "LIMIT input.contacts"]);
        before.assert_equal(&app.snapshot().await, "a refused creation");
        let input = json!({ "kind": "PERSON", "name": "X", "contacts": many(50, &contact), "addresses": many(20, &address) });
        let answer = create(&app.ana, input).await;
        let prospect = &answer.payload("prospectCreate")["prospect"];
        assert_eq!(prospect["contacts"].as_array().expect("a list").len(), 50);
        assert_eq!(prospect["contacts"][0]["isMain"], json!(true));
    }

    async fn another_user_may_be_the_owner(app: TestApp) {
        let answer = create(&app.ana, json!({ "kind": "PERSON", "name": "Gift", "ownerId": app.luis.id })).await;
        // Ana no longer sees it.
        assert_eq!(answer.payload("prospectCreate")["prospect"], Value::Null);
        let seen = app.luis.query("{ prospects { nodes { name owner { name } createdBy { name } } } }", json!({})).await;
        assert_eq!(seen["prospects"]["nodes"], json!([{ "name": "Gift", "owner": { "name": "Luis Vendedor" }, "createdBy": { "name": "Ana Vendedora" } }]));
        let before = app.snapshot().await;
        let unowned = json!({ "kind": "PERSON", "name": "X", "ownerId": null });
        assert_eq!(create(&app.ana, unowned.clone()).await.user_errors("prospectCreate"), ["FORBIDDEN input.ownerId"]);
        app.deactivate(&app.stranger).await;
        let before_stranger = app.snapshot().await;
        let inactive = json!({ "kind": "PERSON", "name": "X", "ownerId": app.stranger.id });
        assert_eq!(create(&app.ana, inactive).await.user_errors("prospectCreate"), ["NOT_FOUND input.ownerId"]);
        before_stranger.assert_equal(&app.snapshot().await, "refused creations");
        assert_eq!(before.tables["prospects"], app.snapshot().await.tables["prospects"]);
        assert_eq!(create(&app.admin, unowned).await.payload("prospectCreate")["prospect"]["owner"], Value::Null);
        app.assert_sound().await;
    }

    async fn clients_may_bring_their_own_ids(app: TestApp) {
        let id = |kind: Kind| kind.encode(ids::new());
        let (prospect, contact, address, email) = (id(Kind::Prospect), id(Kind::Contact), id(Kind::Address), id(Kind::Email));
        let input = json!({
            "id": prospect, "kind": "PERSON", "name": "Offline",
            "contacts": [{ "id": contact, "firstName": "Eva", "emails": [{ "id": email, "value": "eva@example.com" }] }],
            "addresses": [{ "id": address, "country": "VE" }],
        });
        let answer = create(&app.ana, input.clone()).await;
        assert_eq!(answer.payload("prospectCreate")["prospect"]["id"], json!(prospect));
        let seen = whole(&app.ana, &Made::new(&prospect)).await;
        assert_eq!((&seen["contacts"][0]["id"], &seen["contacts"][0]["emails"][0]["id"]), (&json!(contact), &json!(email)));
        assert_eq!(seen["addresses"][0]["id"], json!(address));

        let before = app.snapshot().await;
        // A taken id is refused without its owner.
        let own = create(&app.ana, json!({ "id": prospect, "kind": "PERSON", "name": "Again" })).await;
        let foreign = create(&app.luis, json!({ "id": prospect, "kind": "PERSON", "name": "Again" })).await;
        assert_eq!(own.user_errors("prospectCreate"), ["TAKEN input.id"]);
        assert_eq!(own.text, foreign.text);
        let version_4 = Kind::Prospect.encode(uuid::Uuid::from_u128(0x0123_4567_89ab_4def_8123_4567_89ab_cdef));
        for bad in ["", "nonsense", &id(Kind::Client), &prospect.to_lowercase(), &version_4, &Kind::Prospect.encode(uuid::Uuid::nil())] {
            let answer = create(&app.ana, json!({ "id": bad, "kind": "PERSON", "name": "Bad" })).await;
            assert_eq!(answer.user_errors("prospectCreate"), ["INVALID input.id"], "{bad}");
        }
        let twice = json!({ "kind": "PERSON", "name": "Twice", "addresses": [
            { "id": id(Kind::Address), "country": "VE" }, { "id": address, "country": "VE" }, { "id": id(Kind::Contact), "country": "VE" } ] });
        let errors = create(&app.luis, twice).await.user_errors("prospectCreate");
        assert!(errors.contains(&"INVALID input.addresses.2.id".to_owned()), "{errors:?}");
        before.assert_equal(&app.snapshot().await, "refused ids");
    }

    async fn text_is_kept_as_it_is(app: TestApp) {
        for name in ["<script>alert(1)</script>", "'; DROP TABLE prospects; --", "😀 مرحبا 李", "%_\\", "é e\u{301}"] {
            let made = app.prospect().name(name).create().await;
            assert_eq!(whole(&app.admin, &made).await["name"], json!(name));
            let found = app.admin.query("query ($name: String!) { prospects(filter: { name: { eq: $name } }) { totalCount } }", json!({ "name": name })).await;
            assert_eq!(found["prospects"]["totalCount"], 1, "{name}");
        }
        let answer = create(&app.admin, json!({ "kind": "PERSON", "name": "a\u{1}b" })).await;
        assert_eq!(answer.user_errors("prospectCreate"), ["INVALID input.name"]);
    }

    /// The id of an entry of a list that another record has.
    async fn a_taken_id_in_a_list_is_reported_by_its_path(app: TestApp) {
        let address = Kind::Address.encode(ids::new());
        app.prospect().owner(&app.luis).with(json!({ "addresses": [{ "id": address, "country": "VE" }] })).create().await;
        let before = app.snapshot().await;
        let answer = create(&app.ana, json!({ "kind": "PERSON", "name": "X", "addresses": [{ "country": "ES" }, { "id": address, "country": "VE" }] })).await;
        assert_eq!(answer.user_errors("prospectCreate"), ["TAKEN input.addresses.1.id"]);
        before.assert_equal(&app.snapshot().await, "a taken id");
    }

    /// In the order of the tables; what another kind of thing has by the same number is not taken.
    async fn each_taken_id_is_reported(app: TestApp) {
        let input = |uuids: [uuid::Uuid; 7]| {
            let [prospect, identifier, contact, email, phone, inner, address] = uuids;
            json!({ "id": Kind::Prospect.encode(prospect), "kind": "PERSON", "name": "Offline",
                "identifiers": [{ "id": Kind::Identifier.encode(identifier), "typeId": app.identifier_type("Other document"), "country": "VE", "number": identifier }],
                "emails": [{ "id": Kind::Email.encode(email), "value": "a@correo.example" }],
                "phones": [{ "id": Kind::Phone.encode(phone), "value": "+582125550142" }],
                "contacts": [{ "id": Kind::Contact.encode(contact), "firstName": "Eva", "emails": [{ "id": Kind::Email.encode(inner), "value": "b@correo.example" }] }],
                "addresses": [{ "id": Kind::Address.encode(address), "country": "VE" }] })
        };
        let used = std::array::from_fn(|_| ids::new());
        app.prospect().owner(&app.luis).with(input(used)).create().await;
        let before = app.snapshot().await;
        let taken = ["id", "identifiers.0.id", "contacts.0.id", "emails.0.id", "phones.0.id", "contacts.0.emails.0.id", "addresses.0.id"];
        assert_eq!(create(&app.ana, input(used)).await.user_errors("prospectCreate"), taken.map(|field| format!("TAKEN input.{field}")));
        before.assert_equal(&app.snapshot().await, "taken ids");
        let [prospect, identifier, contact, email, _, _, address] = used;
        let exchanged = [identifier, contact, prospect, address, ids::new(), ids::new(), email];
        create(&app.ana, input(exchanged)).await.payload("prospectCreate");
        app.assert_sound().await;
    }
    /// A record captured offline is dated by its capture; the timeline says both when it was captured and when it arrived.
    async fn an_offline_record_is_dated_by_its_capture(app: TestApp) {
        const DAY: i64 = 24 * 60 * 60 * 1000;
        let input = |captured_at: String| json!({ "kind": "PERSON", "name": "Offline", "validityDays": 10, "capturedAt": captured_at });
        let captured = app.time(-30 * DAY);
        let answer = create(&app.ana, input(captured.clone())).await;
        let made = Made::new(answer.payload("prospectCreate")["prospect"]["id"].as_str().expect("an id"));
        let data = app.ana.query(
            "query ($id: ID!) { prospect(id: $id) { createdAt recordedAt updatedAt lastActivityAt validUntil secondsSinceReception
                cycle { openedAt } firstTouch { at } timeline(first: 2) { nodes { __typename occurredAt recordedAt } } } }",
            json!({ "id": made.id }),
        ).await;
        let now = app.time(0);
        assert_eq!(data["prospect"], json!({
            "createdAt": captured, "recordedAt": now, "updatedAt": now, "lastActivityAt": captured, "validUntil": app.time(-20 * DAY),
            "secondsSinceReception": 30 * DAY / 1000, "cycle": { "openedAt": captured }, "firstTouch": { "at": captured },
            "timeline": { "nodes": [{ "__typename": "CreatedEntry", "occurredAt": captured, "recordedAt": now }] },
        }));
        app.assert_sound().await;
        let before = app.snapshot().await;
        for wrong in [app.time(-30 * DAY - 1), app.time(DAY)] {
            assert_eq!(create(&app.ana, input(wrong)).await.user_errors("prospectCreate"), ["INVALID input.capturedAt"]);
        }
        assert_eq!(create(&app.admin, input("1899-12-31T00:00:00Z".to_owned())).await.user_errors("prospectCreate"), ["INVALID input.capturedAt"]);
        before.assert_equal(&app.snapshot().await, "a wrong time of capture");
        create(&app.admin, input("1999-12-31T00:00:00Z".to_owned())).await.payload("prospectCreate");
        let plain = app.prospect().owner(&app.ana).create().await;
        let data = app.ana.query("query ($id: ID!) { prospect(id: $id) { createdAt recordedAt } }", json!({ "id": plain.id })).await;
        assert_eq!(data["prospect"], json!({ "createdAt": now, "recordedAt": now }));
    }
}
