//! Prospects of all sorts, with a value of everything that a report may group by or compute of.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::support::{Made, Person, Surroundings, TestApp};
use cartera::entities::records::document::CarrierKind;
use cartera::ids::Kind;

const DAY: i64 = 24 * HOUR;
const HOUR: i64 = 60 * 60 * 1000;
const SIZE: usize = 75;

/// Instants at which the clocks of a zone change, years and weeks begin, and days have other than 24 hours.
const SPECIAL: [&str; 15] = [
    // Santiago puts its clocks back at midnight, and forward from midnight to one.
    "2025-04-06T02:59:59.999Z",
    "2025-04-06T03:00:00Z",
    "2025-04-06T04:00:00Z",
    "2025-09-07T03:59:59.999Z",
    "2025-09-07T04:00:00Z",
    "2025-03-30T00:59:59.999Z",
    "2025-03-30T01:00:00Z",
    "2025-10-26T00:30:00Z",
    "2025-10-26T01:30:00Z",
    // Apia had no 30 December 2011.
    "2011-12-30T09:59:59.999Z",
    "2011-12-30T10:00:00Z",
    // The week of two years.
    "2024-12-30T12:00:00Z",
    "2025-01-05T22:59:59Z",
    "2024-02-29T18:14:59.999Z",
    "2024-02-29T18:15:00Z",
];

/// Attributes of every type that groups, single and multiple, of prospects, tasks and clients.
fn attributes() -> Value {
    let choices =
        json!([{ "key": "acme", "label": "Acme" }, { "key": "globex", "label": "Globex" }, { "key": "initech", "label": "Initech" }]);
    json!([
        { "key": "brand", "type": "CHOICE", "choices": choices }, { "key": "marks", "type": "CHOICE", "choices": choices, "isMultiple": true },
        { "key": "seats", "type": "INTEGER" }, { "key": "sizes", "type": "INTEGER", "isMultiple": true },
        { "key": "budget", "type": "DECIMAL", "scale": 2 }, { "key": "factors", "type": "DECIMAL", "scale": 1, "isMultiple": true },
        { "key": "worth", "type": "MONEY", "currency": "EUR" }, { "key": "is_hot", "type": "BOOLEAN" },
        { "key": "born", "type": "DATE" }, { "key": "holidays", "type": "DATE", "isMultiple": true },
        { "key": "visited", "type": "DATE_TIME" }, { "key": "calls", "type": "DATE_TIME", "isMultiple": true },
        { "key": "helper", "type": "USER" }, { "key": "helpers", "type": "USER", "isMultiple": true },
        { "key": "motto", "type": "TEXT" }, { "key": "site", "type": "URL" }, { "key": "mail", "type": "EMAIL" }, { "key": "mobile", "type": "PHONE" },
        { "key": "secret", "type": "INTEGER", "visibility": "ADMIN" },
        { "key": "effort", "type": "INTEGER", "entity": "TASK" }, { "key": "urgent", "type": "BOOLEAN", "entity": "TASK" },
        { "key": "labels", "type": "CHOICE", "choices": choices, "isMultiple": true, "entity": "TASK" },
        { "key": "budget", "type": "DECIMAL", "scale": 1, "entity": "CLIENT" }, { "key": "renewal", "type": "DATE", "entity": "CLIENT" },
    ])
}

/// Some of the values of a prospect.
fn values(app: &TestApp, dice: &mut StdRng, number: usize) -> Value {
    let mut one = |some: &[&str]| some.choose(dice).copied().unwrap_or_default().to_owned();
    let (motto, site, mail) = (
        one(&["Ñandú", "nandu", "Otoño"]),
        one(&["https://a.example/", "https://b.example/x"]),
        one(&["A@x.example", "a@x.example"]),
    );
    let (brand, mobile, visited) = (one(&["acme", "globex"]), one(&["+582121234567", "+34915550100"]), one(&SPECIAL));
    let calls = json!([one(&SPECIAL), one(&SPECIAL)]);
    let holidays = json!([one(&["2025-12-31", "2026-01-01"]), one(&["2024-02-29", "2025-06-15"])]);
    let amount = |dice: &mut StdRng| format!("{}.{:02}", dice.random_range(-50..500), dice.random_range(0..100));
    let born = format!(
        "19{}-0{}-1{}",
        dice.random_range(10..99),
        dice.random_range(1..10),
        dice.random_range(0..10)
    );
    let (helper, other) = if dice.random() {
        (&app.ana.id, &app.luis.id)
    } else {
        (&app.admin.id, &app.ana.id)
    };
    let all = [
        json!({ "key": "brand", "value": { "choice": brand } }),
        json!({ "key": "marks", "value": { "choices": ["acme", "initech"] } }),
        json!({ "key": "seats", "value": { "number": (dice.random_range(-3..40)).to_string() } }),
        json!({ "key": "sizes", "value": { "numbers": [(dice.random_range(0..4)).to_string(), (dice.random_range(4..8)).to_string()] } }),
        json!({ "key": "budget", "value": { "number": (amount(dice)) } }),
        json!({ "key": "factors", "value": { "numbers": ["0.5", "2"] } }),
        json!({ "key": "worth", "value": { "number": (amount(dice)) } }),
        json!({ "key": "is_hot", "value": { "boolean": number.is_multiple_of(2) } }),
        json!({ "key": "born", "value": { "date": born } }),
        json!({ "key": "holidays", "value": { "dates": holidays } }),
        json!({ "key": "visited", "value": { "dateTime": visited } }),
        json!({ "key": "calls", "value": { "dateTimes": calls } }),
        json!({ "key": "helper", "value": { "user": helper } }),
        json!({ "key": "helpers", "value": { "users": [helper, other] } }),
        json!({ "key": "motto", "value": { "text": motto } }),
        json!({ "key": "site", "value": { "text": site } }),
        json!({ "key": "mail", "value": { "text": mail } }),
        json!({ "key": "mobile", "value": { "text": mobile } }),
        json!({ "key": "secret", "value": { "number": number.to_string() } }),
    ];
    let given: Vec<Value> = all.into_iter().filter(|_| dice.random_range(0..3) > 0).collect();
    json!(given)
}

/// Creates the prospects of a seed; every third is of ana, every fifth of nobody.
pub async fn create(app: &TestApp, seed: u64) {
    let mut dice = StdRng::seed_from_u64(seed);
    for input in attributes().as_array().expect("a list") {
        app.attribute(input.clone()).await;
    }
    let around = app.surroundings().await;
    let tag = app.entry("Tag", "tag", json!({ "name": "Nuevo", "color": "#445566" })).await;
    for number in 0..SIZE {
        let person = [&app.ana, &app.luis, &app.admin][number % 3];
        let input = prospect(app, &mut dice, number, &around, &tag);
        let builder = app.prospect().name(&format!("Prospect {number}")).with(input);
        let is_unowned = number.is_multiple_of(5);
        let made = if is_unowned { builder.unowned() } else { builder.owner(person) }.create().await;
        let by = if is_unowned { &app.admin } else { person };
        act(app, &mut dice, by, &made).await;
        // A few days in all: sessions do not last longer.
        app.advance(dice.random_range(0..HOUR));
    }
}

fn prospect(app: &TestApp, dice: &mut StdRng, number: usize, around: &Surroundings, tag: &str) -> Value {
    let catalogs = app.core.catalogs.snapshot();
    let channels: Vec<String> = catalogs.channels.all().iter().map(|row| Kind::Channel.encode(row.id)).collect();
    let segments: Vec<String> = catalogs.segments.all().iter().map(|row| Kind::Segment.encode(row.id)).collect();
    let industries: Vec<String> = catalogs.industries.all().iter().map(|row| Kind::Industry.encode(row.id)).collect();
    let types: Vec<String> = catalogs
        .customer_types
        .all()
        .iter()
        .map(|row| Kind::CustomerType.encode(row.id))
        .collect();
    let at = match SPECIAL.get(number) {
        Some(at) => (*at).to_owned(),
        None => time(app.now() - dice.random_range(0..400 * DAY)),
    };
    let place = if dice.random() {
        json!({ "country": "VE", "city": "Caracas", "sectorId": around.sector })
    } else {
        json!({ "country": "CO", "city": "Bogotá", "regionId": around.region })
    };
    let addresses = json!([{ "country": "VE", "city": "CARACAS", "zoneId": around.zone }, { "country": "VE", "city": "Mérida" }, place]);
    let utm = json!({ "source": (["Marca", "marca", "Otoño"].choose(dice)), "medium": (["CPC", "cpc", "Mail"].choose(dice)), "campaign": (["x", "Ñ"].choose(dice)) });
    let ad = json!({ "network": (["SEARCH", "DISPLAY"].choose(dice)), "device": (["MOBILE", "TABLET"].choose(dice)), "campaign": (["Verano", "VERANO"].choose(dice)) });
    let touch = json!({ "sourceId": app.source("Google Ads"), "medium": (["cpc", "social"].choose(dice)), "utm": utm, "ad": ad });
    let fields = [
        ("capturedAt", json!(at)),
        ("segmentId", json!(segments.choose(dice))),
        ("industryId", json!(industries.choose(dice))),
        ("customerTypeId", json!(types.choose(dice))),
        ("potentialLevelId", json!(app.level("Not yet evaluated"))),
        ("interest", json!((["LOW", "HIGH"].choose(dice)))),
        ("rating", json!(dice.random_range(1..=5))),
        ("validityDays", json!(dice.random_range(1..=400))),
        ("tagIds", if dice.random() { json!([around.tag, tag]) } else { json!([tag]) }),
        ("addresses", addresses),
        ("firstTouch", touch),
    ];
    let mut input = json!({ "kind": (if dice.random() { "PERSON" } else { "COMPANY" }), "channelId": (channels.choose(dice)),
        "attributes": (values(app, dice, number)) });
    for (name, value) in fields {
        if dice.random_range(0..3) > 0 {
            input[name] = value;
        }
    }
    input
}

async fn act(app: &TestApp, dice: &mut StdRng, by: &Person, made: &Made) {
    if dice.random_range(0..2) == 0 {
        app.advance(dice.random_range(1..4 * HOUR));
        let kind = ["CALL", "EMAIL", "CHAT"].choose(dice);
        let outcome = ["REACHED", "NO_ANSWER"].choose(dice);
        let fields = if dice.random() {
            json!({ "type": kind, "direction": "INCOMING", "durationSeconds": (dice.random_range(0..4000)) })
        } else {
            json!({ "type": kind, "outcome": outcome })
        };
        app.log(by, made, fields).await;
    }
    plan(app, dice, by, made).await;
    if dice.random_range(0..3) == 0 {
        let note = app.note(by, made, "Note").await;
        app.document(by, made, ["scan.txt", "letter.txt"].choose(dice).expect("one"), b"a longer content")
            .await;
        app.document_of(by, made, (CarrierKind::Note, note.uuid), "note.txt").await;
    }
    if dice.random_range(0..2) == 0 {
        let currency = *["USD", "USD", "EUR"].choose(dice).expect("one");
        let amount = format!("{}.{:02}", dice.random_range(0..500), dice.random_range(0..100));
        set_amount(by, made, &amount, currency).await;
    }
    app.advance(dice.random_range(0..HOUR));
    match dice.random_range(0..6) {
        0 | 1 => become_client(app, dice, by, made).await,
        2 => app.move_to(by, made, "Lost").await,
        3 => app.move_to(by, made, "Discarded").await,
        4 => app.move_to(by, made, "Negotiation").await,
        _ => {
            let other = if by.id == app.luis.id { &app.ana } else { &app.luis };
            app.give(&app.admin, made, Some(other)).await;
        }
    }
}

/// A win, some values as a client, and for some a second purchase.
async fn become_client(app: &TestApp, dice: &mut StdRng, by: &Person, made: &Made) {
    app.convert(by, made).await;
    let mut client = json!({ "attributes": [{ "key": "budget", "value": { "number": format!("{}.5", dice.random_range(0..9)) } },
        { "key": "renewal", "value": { "date": "2026-12-31" } }] });
    if dice.random() {
        client["potentialLevelId"] = json!(app.client_level("Not yet evaluated"));
    }
    let document =
        "mutation ($id: ID!, $input: ClientUpdateInput!) { clientUpdate(id: $id, input: $input) { userErrors { code message path } } }";
    by.run(document, json!({ "id": made.client_id(), "input": client }))
        .await
        .payload("clientUpdate");
    if dice.random_range(0..3) == 0 {
        app.move_as(by, made, "New", json!({ "reopenAs": "RENEWAL" })).await;
        set_amount(by, made, "80.08", "USD").await;
        app.advance(dice.random_range(1..HOUR));
        if dice.random() {
            app.convert(by, made).await;
        }
    }
}

/// Plans tasks, some of which are completed, and some soon overdue.
async fn plan(app: &TestApp, dice: &mut StdRng, by: &Person, made: &Made) {
    for _ in 0..dice.random_range(0..3) {
        let attributes = json!([{ "key": "effort", "value": { "number": (dice.random_range(0..50)).to_string() } },
            { "key": "urgent", "value": { "boolean": (dice.random::<bool>()) } }, { "key": "labels", "value": { "choices": ["globex", "acme"] } }]);
        let mut fields = json!({ "typeId": (app.task_type(["Call", "Meeting"].choose(dice).expect("one"))),
            "dueAt": (app.time(dice.random_range(1..20 * HOUR))) });
        if dice.random() {
            fields["attributes"] = attributes;
        }
        let task = app.task(by, made, fields).await;
        if dice.random_range(0..3) == 0 {
            app.advance(dice.random_range(0..HOUR));
            let document = "mutation ($id: ID!) { taskComplete(id: $id, input: {}) { userErrors { code message path } } }";
            by.run(document, json!({ "id": task.id })).await.payload("taskComplete");
        }
    }
}

/// Says what the open cycle of a prospect is worth.
pub async fn set_amount(by: &Person, made: &Made, amount: &str, currency: &str) {
    let data = by
        .query("query ($id: ID!) { prospect(id: $id) { cycle { id } } }", json!({ "id": made.id }))
        .await;
    let input = json!({ "id": data["prospect"]["cycle"]["id"], "input": { "amount": { "amount": amount, "currency": currency } } });
    let document = "mutation ($id: ID!, $input: CycleUpdateInput!) { cycleUpdate(id: $id, input: $input) { cycle { id } userErrors { code message path } } }";
    by.run(document, input).await.payload("cycleUpdate");
}

/// An instant as the API writes it.
pub fn time(at: i64) -> String {
    chrono::DateTime::from_timestamp_millis(at)
        .expect("an instant")
        .to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
