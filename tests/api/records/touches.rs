//! Attribution of the touches: saved, corrected member by member, described in the timeline, filtered, and seen by who sees the record.

use serde_json::{Value, json};

use super::{TIMELINE, UPDATE};
use crate::support::{Answer, Made, Person, TestApp};

const TOUCHES: &str = "query ($id: ID!) { prospect(id: $id) { firstTouch { ...All } lastTouch { ...All } } }
    fragment All on Touch { medium pageUrl pageSection referrer ipAddress utm { source medium campaign term content }
        ad { campaign adGroup keyword network device adId clickId } }";

async fn touches(person: &Person, made: &Made) -> Value {
    person.query(TOUCHES, json!({ "id": made.id })).await["prospect"].clone()
}

async fn update(person: &Person, made: &Made, first_touch: Value) -> Answer {
    person
        .run(UPDATE, json!({ "id": made.id, "input": { "firstTouch": first_touch } }))
        .await
}

/// The changes of the newest entry: field, before, after.
async fn changes(app: &TestApp, made: &Made) -> Value {
    let data = app.ana.query(TIMELINE, json!({ "id": made.id })).await;
    let changes = data["prospect"]["timeline"]["nodes"][0]["changes"]
        .as_array()
        .expect("a change of fields")
        .clone();
    changes
        .iter()
        .map(|change| json!([change["field"], change["before"], change["after"]]))
        .collect()
}

/// How many prospects the caller finds.
async fn count(person: &Person, touch: &str, filter: &Value) -> Value {
    let document = "query ($filter: ProspectFilter) { prospects(filter: $filter) { totalCount } }";
    let data = person.query(document, json!({ "filter": { touch: filter } })).await;
    data["prospects"]["totalCount"].clone()
}

fn whole() -> Value {
    json!({
        "medium": "cpc", "pageUrl": "https://example.com/form", "pageSection": "hero", "referrer": "https://example.com/",
        "ipAddress": "2001:db8::1",
        "utm": { "source": "google", "medium": "cpc", "campaign": "Otoño 2026", "term": "zapatos", "content": "ad-a" },
        "ad": { "campaign": "Marca", "adGroup": "Hogares", "keyword": "zapatos cerca", "network": "SEARCH", "device": "MOBILE",
            "adId": "123456789012", "clickId": "c".repeat(500) },
    })
}

both! {
    async fn both_touches_of_a_new_prospect_have_the_whole_attribution(app: TestApp) {
        let mut input = whole();
        input["ipAddress"] = json!(" 2001:0DB8:0:0:0:0:0:0001 ");
        let made = app.prospect().owner(&app.ana).with(json!({ "firstTouch": input })).create().await;
        let seen = touches(&app.ana, &made).await;
        assert_eq!(seen["firstTouch"], whole());
        assert_eq!(seen["lastTouch"], whole());
        app.assert_sound().await;
    }

    async fn what_has_no_value_is_null(app: TestApp) {
        let nothing = json!({ "medium": null, "pageUrl": null, "pageSection": null, "referrer": null, "ipAddress": null, "utm": null, "ad": null });
        for input in [
            json!({}),
            nothing.clone(),
            json!({ "utm": {}, "ad": {} }),
            json!({ "ipAddress": " ", "pageSection": "", "utm": { "source": "  ", "term": null }, "ad": { "keyword": "", "network": null } }),
        ] {
            let made = app.prospect().owner(&app.ana).with(json!({ "firstTouch": input })).create().await;
            assert_eq!(touches(&app.ana, &made).await["firstTouch"], nothing, "{input}");
        }
        let made = app.prospect().owner(&app.ana).with(json!({ "firstTouch": { "ad": { "device": "TABLET" } } })).create().await;
        let ad = touches(&app.ana, &made).await["firstTouch"]["ad"].clone();
        assert_eq!(ad, json!({ "campaign": null, "adGroup": null, "keyword": null, "network": null, "device": "TABLET", "adId": null, "clickId": null }));
        app.assert_sound().await;
    }

    async fn members_are_changed_and_cleared_one_by_one(app: TestApp) {
        let made = app.prospect().owner(&app.ana).with(json!({ "firstTouch": whole() })).create().await;
        let mut expected = whole();
        let input = json!({
            "pageSection": "footer", "ipAddress": "::ffff:203.0.113.7", "utm": { "campaign": "Invierno", "term": null },
            "ad": { "keyword": null, "network": "DISPLAY", "device": null, "clickId": "new" },
        });
        update(&app.ana, &made, input).await.payload("prospectUpdate");
        expected["pageSection"] = json!("footer");
        expected["ipAddress"] = json!("203.0.113.7");
        expected["utm"]["campaign"] = json!("Invierno");
        expected["utm"]["term"] = Value::Null;
        expected["ad"]["keyword"] = Value::Null;
        expected["ad"]["network"] = json!("DISPLAY");
        expected["ad"]["device"] = Value::Null;
        expected["ad"]["clickId"] = json!("new");
        let seen = touches(&app.ana, &made).await;
        assert_eq!(seen["firstTouch"], expected);
        assert_eq!(seen["lastTouch"], whole(), "the last touch is another one");
        assert_eq!(changes(&app, &made).await, json!([
            ["firstTouch.pageSection", "hero", "footer"],
            ["firstTouch.ipAddress", "2001:db8::1", "203.0.113.7"],
            ["firstTouch.utm.campaign", "Otoño 2026", "Invierno"],
            ["firstTouch.utm.term", "zapatos", null],
            ["firstTouch.ad.keyword", "zapatos cerca", null],
            ["firstTouch.ad.network", "SEARCH", "DISPLAY"],
            ["firstTouch.ad.device", "MOBILE", null],
            ["firstTouch.ad.clickId", "c".repeat(500), "new"],
        ]));
        app.assert_sound().await;

        app.advance(60_000);
        update(&app.ana, &made, json!({ "utm": null, "ad": null, "ipAddress": null })).await.payload("prospectUpdate");
        for member in ["utm", "ad", "ipAddress"] {
            expected[member] = Value::Null;
        }
        assert_eq!(touches(&app.ana, &made).await["firstTouch"], expected);
        assert_eq!(changes(&app, &made).await, json!([
            ["firstTouch.ipAddress", "203.0.113.7", null],
            ["firstTouch.utm.source", "google", null],
            ["firstTouch.utm.medium", "cpc", null],
            ["firstTouch.utm.campaign", "Invierno", null],
            ["firstTouch.utm.content", "ad-a", null],
            ["firstTouch.ad.campaign", "Marca", null],
            ["firstTouch.ad.adGroup", "Hogares", null],
            ["firstTouch.ad.network", "DISPLAY", null],
            ["firstTouch.ad.adId", "123456789012", null],
            ["firstTouch.ad.clickId", "new", null],
        ]));
        app.assert_sound().await;
    }

    async fn the_same_attribution_leaves_no_trace(app: TestApp) {
        let made = app.prospect().owner(&app.ana).with(json!({ "firstTouch": whole() })).create().await;
        let before = app.snapshot().await;
        for input in [
            whole(),
            json!({ "ipAddress": "2001:0db8:0::0:1", "utm": {}, "ad": {} }),
            json!({ "utm": { "source": " google " }, "ad": { "network": "SEARCH" } }),
        ] {
            assert_eq!(update(&app.ana, &made, input).await.payload("prospectUpdate")["prospect"]["version"], 1);
        }
        before.assert_equal(&app.snapshot().await, "an edit that changes nothing");
    }

    async fn all_problems_of_the_attribution_come_at_once(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let before = app.snapshot().await;
        let touch = json!({
            "medium": "a\nb", "pageSection": "x".repeat(201), "ipAddress": "203.0.113.7:80",
            "utm": { "source": "\u{200b}", "campaign": "ñ".repeat(201), "term": "a\tb" },
            "ad": { "keyword": "🙂".repeat(201), "adId": "a\0b", "clickId": "x".repeat(501) },
        });
        // A zero character is refused before anything is looked at.
        assert_eq!(update(&app.ana, &made, touch.clone()).await.codes(), ["BAD_USER_INPUT"]);
        let mut touch = touch;
        touch["ad"]["adId"] = json!("a\u{2028}b");
        let expected = [
            "INVALID input.firstTouch.medium",
            "TOO_LONG input.firstTouch.pageSection",
            "INVALID input.firstTouch.ipAddress",
            "INVALID input.firstTouch.utm.source",
            "TOO_LONG input.firstTouch.utm.campaign",
            "INVALID input.firstTouch.utm.term",
            "TOO_LONG input.firstTouch.ad.keyword",
            "INVALID input.firstTouch.ad.adId",
            "TOO_LONG input.firstTouch.ad.clickId",
        ];
        assert_eq!(update(&app.ana, &made, touch.clone()).await.user_errors("prospectUpdate"), expected);
        let create = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) { userErrors { code path } } }";
        let input = json!({ "kind": "PERSON", "name": "Eva", "firstTouch": touch });
        assert_eq!(app.ana.run(create, json!({ "input": input })).await.user_errors("prospectCreate"), expected);
        for bad in ["203.0.113.007", "203.0.113.256", "203.0.113.0/24", "[2001:db8::1]", "fe80::1%eth0", "localhost", "0"] {
            let answer = update(&app.ana, &made, json!({ "ipAddress": bad })).await;
            assert_eq!(answer.user_errors("prospectUpdate"), ["INVALID input.firstTouch.ipAddress"], "{bad}");
        }
        before.assert_equal(&app.snapshot().await, "refused touches");
    }

    async fn prospects_are_found_by_their_attribution(app: TestApp) {
        let made = app.prospect().owner(&app.ana).with(json!({ "firstTouch": whole() })).create().await;
        app.prospect().owner(&app.ana).with(json!({ "firstTouch": { "ipAddress": "203.0.113.7", "utm": { "source": "bing" },
            "ad": { "network": "OTHER", "device": "COMPUTER" } } })).create().await;
        app.prospect().owner(&app.ana).create().await;
        for (filter, found) in [
            (json!({ "utmSource": { "eq": "GOOGLE" } }), 1),
            (json!({ "utmSource": { "in": ["google", "Bing", "other"] } }), 2),
            (json!({ "utmSource": { "isNull": true } }), 1),
            (json!({ "utmMedium": { "startsWith": "cp" } }), 1),
            (json!({ "utmCampaign": { "eq": "otono  2026" } }), 1),
            (json!({ "utmCampaign": { "contains": "OTOÑO" } }), 1),
            (json!({ "utmCampaign": { "contains": "invierno" } }), 0),
            (json!({ "adCampaign": { "eq": "marca" } }), 1),
            (json!({ "adCampaign": { "isNull": false } }), 1),
            (json!({ "adNetwork": { "eq": "SEARCH" } }), 1),
            (json!({ "adNetwork": { "in": ["SEARCH", "OTHER", "DISPLAY"] } }), 2),
            (json!({ "adNetwork": { "in": [] } }), 0),
            (json!({ "adNetwork": { "isNull": true } }), 1),
            (json!({ "adDevice": { "eq": "MOBILE" } }), 1),
            (json!({ "adDevice": { "eq": "TABLET" } }), 0),
            (json!({ "adDevice": { "isNull": false } }), 2),
            (json!({ "ipAddress": { "eq": "2001:0DB8::0001" } }), 1),
            (json!({ "ipAddress": { "in": ["::ffff:203.0.113.7", "2001:db8::1"] } }), 2),
            (json!({ "ipAddress": { "startsWith": "203.0.113." } }), 1),
            (json!({ "ipAddress": { "startsWith": "2001:DB8:" } }), 1),
            (json!({ "ipAddress": { "eq": "203.0.113.70" } }), 0),
            (json!({ "ipAddress": { "isNull": true } }), 1),
            // One and the same touch has to pass all.
            (json!({ "utmSource": { "eq": "google" }, "adNetwork": { "eq": "OTHER" } }), 0),
        ] {
            for touch in ["firstTouch", "lastTouch"] {
                assert_eq!(count(&app.ana, touch, &filter).await, json!(found), "{touch} {filter}");
            }
        }
        update(&app.ana, &made, json!({ "utm": { "campaign": "Invierno" }, "ad": { "campaign": null } })).await.payload("prospectUpdate");
        for (touch, filter, found) in [
            ("firstTouch", json!({ "utmCampaign": { "eq": "invierno" } }), 1),
            ("lastTouch", json!({ "utmCampaign": { "eq": "invierno" } }), 0),
            ("firstTouch", json!({ "adCampaign": { "isNull": false } }), 0),
            ("lastTouch", json!({ "adCampaign": { "isNull": false } }), 1),
        ] {
            assert_eq!(count(&app.ana, touch, &filter).await, json!(found), "{touch} {filter}");
        }
    }

    async fn the_ip_address_is_seen_by_who_sees_the_record(app: TestApp) {
        let made = app.prospect().owner(&app.ana).with(json!({ "firstTouch": whole() })).create().await;
        let by_address = json!({ "ipAddress": { "eq": "2001:db8::1" } });
        for person in [&app.ana, &app.admin] {
            assert_eq!(touches(person, &made).await["firstTouch"], whole(), "{}", person.name);
            assert_eq!(count(person, "firstTouch", &by_address).await, 1, "{}", person.name);
        }
        assert_eq!(touches(&app.luis, &made).await, Value::Null);
        assert_eq!(count(&app.luis, "firstTouch", &by_address).await, 0);
        assert_eq!(count(&app.luis, "firstTouch", &json!({ "ipAddress": { "isNull": false } })).await, 0);
        let before = app.snapshot().await;
        let refused = update(&app.luis, &made, json!({ "ipAddress": "no address", "utm": null })).await;
        assert_eq!(refused.user_errors("prospectUpdate"), ["NOT_FOUND id"]);
        before.assert_equal(&app.snapshot().await, "an edit of a record of others");
    }
}
