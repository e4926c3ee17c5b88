//! Editing a prospect: what is mentioned changes, the rest stays, and a save is one entry of the timeline.

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::{UPDATE, timeline, whole};
use crate::support::{Answer, Made, TestApp, operations};
use crate::visibility::schema_text::{Definition, SchemaText};

async fn update(app: &TestApp, made: &Made, input: Value) -> Answer {
    app.ana.run(UPDATE, json!({ "id": made.id, "input": input })).await
}

/// The changes of the latest entry as `field: before -> after`.
async fn changes(app: &TestApp, made: &Made) -> Vec<String> {
    let entries = timeline(&app.ana, made).await;
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let changes = entries[0]["changes"].as_array().expect("the latest entry is one of fields");
    changes
        .iter()
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

both! {
    async fn fields_change_or_stay_or_are_cleared(app: TestApp) {
        let made = app.prospect().owner(&app.ana).name("Ana").complete("zafiro").create().await;
        let before = whole(&app.ana, &made).await;
        app.advance(60_000);
        let input = json!({ "name": "Ana María", "legalName": null, "segmentId": app.segment("Public sector"), "potentialLevelId": null, "kind": "COMPANY" });
        let answer = update(&app, &made, input).await;
        assert_eq!(answer.payload("prospectUpdate")["prospect"]["version"], 2);
        let mut expected = before;
        for (field, value) in [
            ("name", json!("Ana María")),
            ("legalName", Value::Null),
            ("segment", json!({ "name": "Public sector" })),
            ("potentialLevel", Value::Null),
            ("kind", json!("COMPANY")),
            ("version", json!(2)),
            ("updatedAt", json!(app.time(0))),
            ("lastActivityAt", json!(app.time(0))),
            ("secondsSinceReception", json!(60)),
        ] {
            expected[field] = value;
        }
        assert_eq!(whole(&app.ana, &made).await, expected);
        assert_eq!(changes(&app, &made).await, [
            "kind: PERSON -> COMPANY",
            "name: Ana -> Ana María",
            "legalName: zafiro legal name -> -",
            "segment: Not yet evaluated -> Public sector",
            "potentialLevel: Not yet evaluated -> -",
        ]);
        app.assert_sound().await;
    }

    async fn what_cannot_be_absent_is_not_cleared(app: TestApp) {
        let made = app.prospect().owner(&app.ana).complete("zafiro").create().await;
        let seen = whole(&app.ana, &made).await;
        let before = app.snapshot().await;
        let input = json!({
            "name": null, "kind": null, "channelId": null, "firstTouch": { "sourceId": null },
            "emails": [{ "id": seen["emails"][0]["id"], "value": null }], "contacts": [{ "id": seen["contacts"][0]["id"], "firstName": null }],
            "addresses": [{ "id": seen["addresses"][0]["id"], "country": null }],
            "identifiers": [{ "id": seen["identifiers"][0]["id"], "number": null, "typeId": null }],
        });
        let mut errors = update(&app, &made, input).await.user_errors("prospectUpdate");
        errors.sort();
        assert_eq!(errors, [
            "REQUIRED input.addresses.0.country",
            "REQUIRED input.channelId",
            "REQUIRED input.contacts.0.firstName",
            "REQUIRED input.emails.0.value",
            "REQUIRED input.firstTouch.sourceId",
            "REQUIRED input.identifiers.0.number",
            "REQUIRED input.identifiers.0.typeId",
            "REQUIRED input.kind",
            "REQUIRED input.name",
        ]);
        before.assert_equal(&app.snapshot().await, "a refused edit");
    }

    async fn lists_are_edited_entry_by_entry(app: TestApp) {
        let made = app.prospect().owner(&app.ana).with(json!({
            "emails": [{ "value": "one@example.com" }, { "value": "two@example.com", "label": "two" }],
            "contacts": [
                { "firstName": "Luis", "isMain": true, "phones": [{ "value": "+582125550100" }, { "value": "+582125550101" }] },
                { "firstName": "Eva" }, { "firstName": "Rosa" },
            ],
            "addresses": [{ "country": "VE", "city": "Caracas", "location": { "latitude": 1, "longitude": 2 } }, { "country": "ES" }],
        })).create().await;
        let seen = whole(&app.ana, &made).await;
        let id = |list: &str, place: usize| seen[list][place]["id"].clone();
        app.advance(60_000);
        update(&app, &made, json!({
            "emails": [{ "id": id("emails", 1), "label": null }, { "value": "three@example.com" }], "removeEmailIds": [id("emails", 0)],
            "contacts": [
                { "id": id("contacts", 0), "lastName": "Pérez", "removePhoneIds": [seen["contacts"][0]["phones"][0]["id"]], "emails": [{ "value": "luis@example.com" }] },
                { "id": id("contacts", 1), "isMain": true },
                { "firstName": "Nora" },
            ],
            "removeContactIds": [id("contacts", 2)],
            "addresses": [{ "id": id("addresses", 0), "city": "Maracay", "location": null }], "removeAddressIds": [id("addresses", 1)],
        })).await.payload("prospectUpdate");
        let after = whole(&app.ana, &made).await;
        let texts = |value: &Value, field: &str| -> Vec<String> {
            value.as_array().expect("a list").iter().map(|entry| entry[field].to_string().replace('"', "")).collect()
        };
        assert_eq!(texts(&after["emails"], "value"), ["two@example.com", "three@example.com"]);
        assert_eq!(texts(&after["emails"], "label"), ["null", "null"]);
        assert_eq!(texts(&after["contacts"], "firstName"), ["Luis", "Eva", "Nora"]);
        assert_eq!(texts(&after["contacts"], "isMain"), ["false", "true", "false"]);
        assert_eq!(after["contacts"][0]["lastName"], "Pérez");
        assert_eq!(texts(&after["contacts"][0]["phones"], "value"), ["+582125550101"]);
        assert_eq!(texts(&after["contacts"][0]["emails"], "value"), ["luis@example.com"]);
        assert_eq!(texts(&after["addresses"], "city"), ["Maracay"]);
        assert_eq!(after["addresses"][0]["location"], Value::Null);
        assert_eq!((&after["emails"][0]["id"], &after["contacts"][1]["id"]), (&id("emails", 1), &id("contacts", 1)));
        // One entry for the whole save.
        let entries = timeline(&app.ana, &made).await;
        assert_eq!(entries.len(), 2);
        assert_eq!(after["version"], 2);
        app.assert_sound().await;
    }

    async fn one_contact_is_the_main_one(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let mains = async || -> Vec<String> {
            let seen = whole(&app.ana, &made).await;
            let contacts = seen["contacts"].as_array().expect("a list").clone();
            let mark = |contact: &Value| if contact["isMain"] == json!(true) { "*" } else { "" };
            contacts.iter().map(|contact| format!("{}{}", contact["firstName"].as_str().unwrap_or("?"), mark(contact))).collect()
        };
        let id = async |place: usize| whole(&app.ana, &made).await["contacts"][place]["id"].clone();
        let add = |names: &[&str]| json!({ "contacts": names.iter().map(|name| json!({ "firstName": name })).collect::<Vec<_>>() });
        update(&app, &made, add(&["A", "B"])).await.payload("prospectUpdate");
        assert_eq!(mains().await, ["A*", "B"]);
        update(&app, &made, json!({ "contacts": [{ "firstName": "C", "isMain": true }] })).await.payload("prospectUpdate");
        assert_eq!(mains().await, ["A", "B", "C*"]);
        // Another main contact replaces the current one, by name or by removal.
        update(&app, &made, json!({ "contacts": [{ "id": id(1).await, "isMain": true }] })).await.payload("prospectUpdate");
        assert_eq!(mains().await, ["A", "B*", "C"]);
        update(&app, &made, json!({ "removeContactIds": [id(1).await] })).await.payload("prospectUpdate");
        assert_eq!(mains().await, ["A*", "C"]);
        let before = app.snapshot().await;
        let both = json!({ "contacts": [{ "id": id(0).await, "isMain": true }, { "id": id(1).await, "isMain": true }] });
        assert_eq!(update(&app, &made, both).await.user_errors("prospectUpdate"), ["INVALID input.contacts"]);
        before.assert_equal(&app.snapshot().await, "two main contacts");
        update(&app, &made, json!({ "removeContactIds": [id(0).await, id(1).await] })).await.payload("prospectUpdate");
        assert_eq!(mains().await, Vec::<String>::new());
        assert_eq!(app.sql("SELECT kind FROM contact_points WHERE deleted_at IS NULL").await, Vec::<String>::new());
        app.assert_sound().await;
    }

    async fn a_stale_version_is_refused(app: TestApp) {
        let made = app.prospect().owner(&app.ana).name("One").create().await;
        let run = async |version: i64, name: &str| {
            app.ana.run(operations::PROSPECT_UPDATE, json!({ "id": made.id, "expectedVersion": version, "input": { "name": name } })).await
        };
        assert_eq!(run(1, "Two").await.payload("prospectUpdate")["prospect"]["version"], 2);
        let before = app.snapshot().await;
        assert_eq!(run(1, "Three").await.user_errors("prospectUpdate"), ["CONFLICT expectedVersion"]);
        assert_eq!(run(99, " ").await.user_errors("prospectUpdate"), ["CONFLICT expectedVersion", "REQUIRED input.name"]);
        before.assert_equal(&app.snapshot().await, "a stale edit");
        assert_eq!(run(2, "Three").await.payload("prospectUpdate")["prospect"]["version"], 3);
    }

    /// Two concurrent edits of one version: one is made.
    async fn of_two_edits_at_once_one_is_made(app: TestApp) {
        let made = app.prospect().owner(&app.ana).name("One").create().await;
        let run = async |name: &str| app.ana.run(UPDATE, json!({ "id": made.id, "expectedVersion": 1, "input": { "name": name } })).await;
        let (one, other) = tokio::join!(run("Two"), run("Three"));
        let done = [&one, &other].iter().filter(|answer| answer.user_errors("prospectUpdate").is_empty()).count();
        assert_eq!(done, 1, "{} {}", one.text, other.text);
        assert_eq!(whole(&app.ana, &made).await["version"], 2);
    }

    async fn an_edit_that_changes_nothing_leaves_no_trace(app: TestApp) {
        let made = app.prospect().owner(&app.ana).name("One").complete("zafiro").create().await;
        let seen = whole(&app.ana, &made).await;
        let before = app.snapshot().await;
        let same = json!({
            "name": " One ", "channelId": app.channel("Not yet evaluated"), "contacts": [{ "id": seen["contacts"][0]["id"], "isMain": true }],
            "emails": [{ "id": seen["emails"][0]["id"], "value": seen["emails"][0]["value"] }], "firstTouch": { "medium": "zafiro medium" },
        });
        for input in [json!({}), same] {
            assert_eq!(update(&app, &made, input).await.payload("prospectUpdate")["prospect"]["version"], 1);
        }
        before.assert_equal(&app.snapshot().await, "an edit that changes nothing");
    }

    async fn the_first_touch_can_be_corrected(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let input = json!({ "firstTouch": { "sourceId": app.source("Referral"), "medium": "word of mouth", "at": "2026-03-01T00:00:00Z" } });
        update(&app, &made, input).await.payload("prospectUpdate");
        let seen = whole(&app.ana, &made).await;
        assert_eq!(seen["firstTouch"], json!({ "at": "2026-03-01T00:00:00.000Z", "source": { "name": "Referral" }, "medium": "word of mouth", "pageUrl": null, "referrer": null }));
        let found = app.ana.query("query ($id: ID!) { prospects(filter: { source: { eq: $id } }) { totalCount } }", json!({ "id": app.source("Referral") })).await;
        assert_eq!(found["prospects"]["totalCount"], 1);
        app.assert_sound().await;
    }

    /// Addresses of pages become links on the screens of others: they are of the web, or refused.
    async fn addresses_of_a_touch_are_web_addresses(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let before = app.snapshot().await;
        for bad in ["javascript:alert(1)", " JavaScript:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "ftp://example.com", "www.example.com", "https://ana:secret@example.com/"] {
            let touch = json!({ "firstTouch": { "pageUrl": bad, "referrer": bad } });
            let expected = ["INVALID input.firstTouch.pageUrl", "INVALID input.firstTouch.referrer"];
            assert_eq!(update(&app, &made, touch.clone()).await.user_errors("prospectUpdate"), expected, "{bad}");
            let mut input = touch;
            input["kind"] = json!("PERSON");
            input["name"] = json!("Ana");
            let created = app.ana.run(operations::PROSPECT_CREATE, json!({ "input": input })).await;
            assert_eq!(created.user_errors("prospectCreate"), expected, "{bad}");
        }
        before.assert_equal(&app.snapshot().await, "an address of no web page");
        let good = json!({ "firstTouch": { "pageUrl": "https://peña.example/form?a=1#b", "referrer": " http://10.0.0.7:3000 " } });
        update(&app, &made, good).await.payload("prospectUpdate");
        let touch = whole(&app.ana, &made).await["firstTouch"].clone();
        assert_eq!((&touch["pageUrl"], &touch["referrer"]), (&json!("https://peña.example/form?a=1#b"), &json!("http://10.0.0.7:3000")));
    }

    /// A value stored before URLs were checked stays, unless it is changed.
    async fn an_address_that_was_stored_before_stays(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let store = "UPDATE touches SET page_url = 'javascript:alert(1)', referrer = 'app://x'";
        app.core.db.writer().execute_unprepared(store).await.expect("touches can be written");
        let touch = async || whole(&app.ana, &made).await["firstTouch"].clone();
        assert_eq!(touch().await["pageUrl"], "javascript:alert(1)");
        update(&app, &made, json!({ "name": "Eva", "firstTouch": { "medium": "fair" } })).await.payload("prospectUpdate");
        update(&app, &made, json!({ "firstTouch": { "medium": "shop", "pageUrl": "javascript:alert(1)", "referrer": " app://x " } })).await.payload("prospectUpdate");
        let refused = update(&app, &made, json!({ "firstTouch": { "pageUrl": "javascript:alert(2)", "referrer": "javascript:alert(1)" } })).await;
        assert_eq!(refused.user_errors("prospectUpdate"), ["INVALID input.firstTouch.pageUrl", "INVALID input.firstTouch.referrer"]);
        let seen = touch().await;
        assert_eq!((&seen["medium"], &seen["pageUrl"], &seen["referrer"]), (&json!("shop"), &json!("javascript:alert(1)"), &json!("app://x")));
        update(&app, &made, json!({ "firstTouch": { "pageUrl": null, "referrer": "https://example.com" } })).await.payload("prospectUpdate");
        let seen = touch().await;
        assert_eq!((&seen["pageUrl"], &seen["referrer"]), (&Value::Null, &json!("https://example.com")));
    }

    /// An address that is added to an input fails here until it is checked like these.
    async fn the_addresses_of_the_schema_are_known(app: TestApp) {
        let schema = SchemaText::read();
        let is_address = |name: &str| ["url", "uri", "referrer", "website", "link", "homepage"].iter().any(|word| name.to_lowercase().contains(word));
        let mut found = Vec::new();
        for (name, definition) in &schema.types {
            let Definition::Input(fields) = definition else { continue };
            let texts = fields.iter().filter(|field| field.named == "String" && is_address(&field.name));
            found.extend(texts.map(|field| format!("{name}.{}", field.name)));
        }
        let known = ["ProspectCreateInput.websites", "ProspectUpdateInput.websites", "TouchInput.pageUrl", "TouchInput.referrer"];
        assert_eq!(found, known);
        let answer = app.ana.run(operations::PROSPECT_CREATE, json!({ "input": { "kind": "PERSON", "name": "Ana", "websites": ["javascript:alert(1)"] } })).await;
        assert_eq!(answer.user_errors("prospectCreate"), ["INVALID input.websites.0"]);
    }
}
