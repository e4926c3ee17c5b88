//! Profile of a prospect: tags, rating, interest, web sites, industry, validity, and the zones of its addresses.

use serde_json::{Value, json};

use super::{UPDATE, timeline};
use crate::support::{Made, Person, TestApp, operations};

const PROFILE: &str = "query ($id: ID!) { prospect(id: $id) {
    tags { name color isRetired } rating interest industry { name } customerType { name } websites validityDays validUntil isNotificationEnabled
    addresses { id type { name } region { name } zone { name } sector { name } }
} }";

const DAY: i64 = 24 * 60 * 60 * 1000;

async fn profile(person: &Person, made: &Made) -> Value {
    person.query(PROFILE, json!({ "id": made.id })).await["prospect"].clone()
}

async fn update(person: &Person, made: &Made, input: Value) -> Vec<String> {
    let answer = person.run(UPDATE, json!({ "id": made.id, "input": input })).await;
    answer.user_errors("prospectUpdate")
}

fn nothing() -> Vec<String> {
    Vec::new()
}

both! {
    async fn a_new_prospect_has_none_of_it(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        assert_eq!(profile(&app.ana, &made).await, json!({
            "tags": [], "rating": null, "interest": null, "industry": null, "customerType": null, "websites": [], "validityDays": null,
            "validUntil": null, "isNotificationEnabled": true, "addresses": [],
        }));
    }

    async fn all_of_it_is_read_back_and_recorded(app: TestApp) {
        let around = app.surroundings().await;
        let second = app.entry("Tag", "tag", json!({ "name": "Feria" })).await;
        let full = json!({
            "tagIds": [second, around.tag, second], "rating": 4, "interest": "HIGH", "industryId": app.industry("Health"),
            "customerTypeId": app.customer_type("Retailer"), "websites": [" https://www.pena.example ", "http://tienda.pena.example/a?b=1"],
            "validityDays": 30, "isNotificationEnabled": false,
            "addresses": [{ "country": "VE", "city": "Caracas", "typeId": app.address_type("Fiscal"), "regionId": around.region, "zoneId": around.zone, "sectorId": around.sector }],
        });
        let made = app.prospect().by(&app.ana).owner(&app.ana).with(full.clone()).create().await;
        let mut seen = profile(&app.ana, &made).await;
        seen["addresses"][0]["id"].take();
        let expected = json!({
            "tags": [{ "name": "VIP", "color": "#112233", "isRetired": false }, { "name": "Feria", "color": "#9E9E9E", "isRetired": false }],
            "rating": 4, "interest": "HIGH", "industry": { "name": "Health" }, "customerType": { "name": "Retailer" },
            "websites": ["https://www.pena.example", "http://tienda.pena.example/a?b=1"], "validityDays": 30,
            "validUntil": app.time(30 * DAY), "isNotificationEnabled": false,
            "addresses": [{ "id": null, "type": { "name": "Fiscal" }, "region": { "name": "Capital" }, "zone": { "name": "Norte" }, "sector": { "name": "La Colina" } }],
        });
        assert_eq!(seen, expected);

        // The same by an update of a minimal one, and cleared again; both are in the timeline as text.
        let bare = app.prospect().owner(&app.ana).create().await;
        assert_eq!(update(&app.ana, &bare, full).await, nothing());
        let mut seen = profile(&app.ana, &bare).await;
        seen["addresses"][0]["id"].take();
        assert_eq!(seen, expected);
        let clear = json!({
            "tagIds": null, "rating": null, "interest": null, "industryId": null, "customerTypeId": null, "websites": [], "validityDays": null,
            "isNotificationEnabled": true,
        });
        assert_eq!(update(&app.ana, &bare, clear.clone()).await, nothing());
        let entries = timeline(&app.ana, &bare).await;
        let change = |field: &str, before: Value, after: Value| json!({ "field": field, "before": before, "after": after });
        let websites = "https://www.pena.example, http://tienda.pena.example/a?b=1";
        let changes = |before: bool| {
            let turn = |value: &str| if before { (json!(value), Value::Null) } else { (Value::Null, json!(value)) };
            let of = |field: &str, value: &str| {
                let (before, after) = turn(value);
                change(field, before, after)
            };
            vec![
                of("industry", "Health"), of("customerType", "Retailer"), of("rating", "4"), of("interest", "HIGH"), of("websites", websites),
                of("validityDays", "30"),
                change("isNotificationEnabled", json!((!before).to_string()), json!(before.to_string())),
                of("tags", "VIP, Feria"),
            ]
        };
        assert_eq!(entries[0]["changes"], json!(changes(true)));
        let mut first = changes(false);
        first.push(change("addresses", Value::Null, json!("Caracas, VE, Capital, Norte, La Colina (Fiscal)")));
        assert_eq!(entries[1]["changes"], json!(first));
        // Once more changes nothing.
        let before = app.snapshot().await;
        assert_eq!(update(&app.ana, &bare, clear).await, nothing());
        before.assert_equal(&app.snapshot().await, "an update without a change");
        app.assert_sound().await;
    }

    async fn what_is_wrong_comes_together(app: TestApp) {
        let around = app.surroundings().await;
        let made = app.prospect().owner(&app.ana).create().await;
        let wrong = json!({
            "tagIds": [around.tag, "nonsense", app.ana.id], "rating": 6, "industryId": app.customer_type("Other"), "customerTypeId": "nonsense",
            "websites": ["https://a.example", "javascript:alert(1)", "HTTPS://A.example/"], "validityDays": 0,
            "addresses": [{ "country": "VE", "typeId": around.region, "regionId": around.zone, "zoneId": around.tag, "sectorId": "x" }],
        });
        let expected = [
            "INVALID input.rating", "INVALID input.validityDays", "INVALID input.websites.1",
            "NOT_FOUND input.addresses.0.regionId", "NOT_FOUND input.addresses.0.sectorId", "NOT_FOUND input.addresses.0.typeId",
            "NOT_FOUND input.addresses.0.zoneId", "NOT_FOUND input.customerTypeId", "NOT_FOUND input.industryId", "NOT_FOUND input.tagIds.1",
            "NOT_FOUND input.tagIds.2", "TAKEN input.websites.2",
        ];
        let before = app.snapshot().await;
        let mut errors = update(&app.ana, &made, wrong.clone()).await;
        errors.sort();
        assert_eq!(errors, expected);
        let mut input = wrong;
        input.as_object_mut().expect("an object").extend(json!({ "kind": "PERSON", "name": "X" }).as_object().expect("an object").clone());
        let mut errors = app.ana.run(operations::PROSPECT_CREATE, json!({ "input": input })).await.user_errors("prospectCreate");
        errors.sort();
        assert_eq!(errors, expected);
        for (input, error) in [
            (json!({ "rating": 0 }), "INVALID input.rating"),
            (json!({ "rating": -2147483648 }), "INVALID input.rating"),
            (json!({ "validityDays": 3651 }), "INVALID input.validityDays"),
            (json!({ "isNotificationEnabled": null }), "REQUIRED input.isNotificationEnabled"),
            (json!({ "tagIds": vec![&around.tag; 51] }), "LIMIT input.tagIds"),
            (json!({ "websites": vec!["https://a.example"; 11] }), "LIMIT input.websites"),
            (json!({ "websites": [format!("https://a.example/{}", "ñ".repeat(2000))] }), "TOO_LONG input.websites.0"),
        ] {
            assert_eq!(update(&app.ana, &made, input).await, [error]);
        }
        before.assert_equal(&app.snapshot().await, "refused updates");
    }

    async fn retired_entries_stay_where_they_are(app: TestApp) {
        let around = app.surroundings().await;
        let other_tag = app.entry("Tag", "tag", json!({ "name": "Otra" })).await;
        let health = app.industry("Health");
        let address = json!({ "country": "VE", "sectorId": around.sector, "regionId": around.region });
        let made = app.prospect().owner(&app.ana).with(json!({ "tagIds": [around.tag], "industryId": health, "addresses": [address] })).create().await;
        let retire = "mutation ($tag: ID!, $industry: ID!, $zone: ID!, $region: ID!) {
            tagRetire(id: $tag) { userErrors { code } } industryRetire(id: $industry) { userErrors { code } }
            zoneRetire(id: $zone) { userErrors { code } } regionRetire(id: $region) { userErrors { code } } }";
        let retired = app.admin.query(retire, json!({ "tag": around.tag, "industry": health, "zone": around.zone, "region": around.region })).await;
        for name in ["tagRetire", "industryRetire", "zoneRetire", "regionRetire"] {
            assert_eq!(retired[name]["userErrors"], json!([]), "{name}");
        }
        let present = profile(&app.ana, &made).await["addresses"][0]["id"].clone();
        let keep = json!({ "tagIds": [around.tag, other_tag], "industryId": health, "rating": 1,
            "addresses": [{ "id": present, "sectorId": around.sector, "zoneId": around.zone, "regionId": around.region, "city": "Caracas" }] });
        assert_eq!(update(&app.ana, &made, keep).await, nothing());
        let seen = profile(&app.ana, &made).await;
        assert_eq!(seen["tags"], json!([{ "name": "VIP", "color": "#112233", "isRetired": true }, { "name": "Otra", "color": "#9E9E9E", "isRetired": false }]));
        assert_eq!((&seen["industry"]["name"], &seen["addresses"][0]["sector"]["name"]), (&json!("Health"), &json!("La Colina")));

        let fresh = app.prospect().owner(&app.ana).create().await;
        let mut errors = update(&app.ana, &fresh, json!({ "tagIds": [around.tag], "industryId": health, "addresses": [
            { "country": "VE", "sectorId": around.sector }, { "country": "VE", "zoneId": around.zone, "regionId": around.region }] })).await;
        errors.sort();
        assert_eq!(errors, [
            "STATE input.addresses.0.sectorId", "STATE input.addresses.1.regionId", "STATE input.addresses.1.zoneId", "STATE input.industryId",
            "STATE input.tagIds.0",
        ]);
        app.assert_sound().await;
    }

    /// A sector says which zone it is of, and lies in no other.
    async fn sectors_lie_in_their_zone(app: TestApp) {
        let around = app.surroundings().await;
        let south = app.entry("Zone", "zone", json!({ "name": "Sur" })).await;
        let valley = app.entry("Sector", "sector", json!({ "name": "El Valle", "zoneId": south })).await;
        let made = app.prospect().owner(&app.ana).with(json!({ "addresses": [{ "country": "VE", "sectorId": around.sector }] })).create().await;
        let id = profile(&app.ana, &made).await["addresses"][0]["id"].clone();
        let seen = async || {
            let address = profile(&app.ana, &made).await["addresses"][0].clone();
            (address["zone"]["name"].clone(), address["sector"]["name"].clone())
        };
        assert_eq!(seen().await, (json!("Norte"), json!("La Colina")));
        let change = async |mut address: Value| {
            address["id"] = id.clone();
            update(&app.ana, &made, json!({ "addresses": [address] })).await
        };
        assert_eq!(change(json!({ "zoneId": south, "sectorId": around.sector })).await, ["INVALID input.addresses.0.sectorId"]);
        assert_eq!(change(json!({ "zoneId": null, "sectorId": around.sector })).await, ["INVALID input.addresses.0.sectorId"]);
        assert_eq!(change(json!({ "zoneId": around.zone })).await, nothing());
        assert_eq!(seen().await, (json!("Norte"), json!("La Colina")));
        assert_eq!(change(json!({ "sectorId": valley })).await, nothing());
        assert_eq!(seen().await, (json!("Sur"), json!("El Valle")));
        assert_eq!(change(json!({ "zoneId": around.zone })).await, nothing());
        assert_eq!(seen().await, (json!("Norte"), Value::Null));
        assert_eq!(change(json!({ "zoneId": south, "sectorId": valley })).await, nothing());
        assert_eq!(change(json!({ "sectorId": null })).await, nothing());
        assert_eq!(seen().await, (json!("Sur"), Value::Null));
        assert_eq!(change(json!({ "sectorId": valley })).await, nothing());
        assert_eq!(change(json!({ "zoneId": null })).await, nothing());
        assert_eq!(seen().await, (Value::Null, Value::Null));
        app.assert_sound().await;
    }

    /// The time runs from when the present owner got it.
    async fn validity_follows_the_owner(app: TestApp) {
        let made = app.prospect().owner(&app.ana).with(json!({ "validityDays": 10 })).create().await;
        let until = async |person: &Person| profile(person, &made).await["validUntil"].clone();
        assert_eq!(until(&app.ana).await, json!(app.time(10 * DAY)));
        app.advance(DAY);
        assert_eq!(until(&app.ana).await, json!(app.time(9 * DAY)));
        app.give(&app.ana, &made, Some(&app.luis)).await;
        assert_eq!(until(&app.luis).await, json!(app.time(10 * DAY)));
        app.give(&app.admin, &made, None).await;
        assert_eq!(until(&app.admin).await, Value::Null);
        let set = async |by: &Person, days: Value| {
            let input = json!({ "validityDays": days });
            by.run(UPDATE, json!({ "id": made.id, "input": input })).await.payload("prospectUpdate");
            app.assert_sound().await;
        };
        set(&app.admin, json!(3)).await;
        assert_eq!(until(&app.admin).await, Value::Null);
        app.give(&app.admin, &made, Some(&app.luis)).await;
        app.advance(DAY);
        set(&app.luis, json!(20)).await;
        assert_eq!(until(&app.luis).await, json!(app.time(19 * DAY)));
        set(&app.luis, Value::Null).await;
        assert_eq!(until(&app.luis).await, Value::Null);
        set(&app.luis, json!(5)).await;
        assert_eq!(until(&app.luis).await, json!(app.time(4 * DAY)));
        // Deactivation transfers it, and then it has no owner.
        for (from, to) in [(&app.luis, Some(&app.ana)), (&app.ana, None)] {
            let leave = "mutation ($id: ID!, $input: UserDeactivateInput!) { userDeactivate(id: $id, input: $input) { userErrors { code } } }";
            let input = json!({ "transferToId": to.map(|to| &to.id), "leaveUnassigned": to.is_none() });
            app.admin.run(leave, json!({ "id": from.id, "input": input })).await.payload("userDeactivate");
            let expected = if to.is_some() { json!(app.time(5 * DAY)) } else { Value::Null };
            assert_eq!(until(&app.admin).await, expected);
            app.assert_sound().await;
        }
    }
}
