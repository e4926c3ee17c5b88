//! Prospects of all sorts, and everything that a report may group them by, read through the lists of the API.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::support::{Made, Person, TestApp};

const DAY: i64 = 24 * HOUR;
const HOUR: i64 = 60 * 60 * 1000;
const SIZE: usize = 70;

const LIST: &str = "query ($after: String) { prospects(first: 25, after: $after) { pageInfo { hasNextPage endCursor } nodes {
    id kind condition status { id category } channel { id } segment { id } owner { id } createdBy { id }
    interest rating validityDays tags { id } createdAt firstContactAt lastActivityAt client { since }
    cycle { kind reason { id } amount { amount currency } }
    firstTouch { source { id } medium utm { source campaign } ad { network device } } addresses { country city zone { id } sector { id } }
    brand: attribute(key: \"brand\") { ... on ChoiceAttributeValue { choices { key } } }
    marks: attribute(key: \"marks\") { ... on ChoiceAttributeValue { choices { key } } }
    budget: attribute(key: \"budget\") { text } isHot: attribute(key: \"is_hot\") { ... on BooleanAttributeValue { boolean } }
    born: attribute(key: \"born\") { text }
    cycles(first: 5) { nodes { kind status { id category } reason { id } openedAt closedAt amount { amount currency } } } timeline(first: 20, filter: { kind: { eq: INTERACTION } }) { nodes { occurredAt } }
} } }";

/// Creates the prospects of a seed; every third is of ana, every fifth of nobody.
pub async fn create(app: &TestApp, seed: u64) {
    let mut dice = StdRng::seed_from_u64(seed);
    let choices =
        json!([{ "key": "acme", "label": "Acme" }, { "key": "globex", "label": "Globex" }, { "key": "initech", "label": "Initech" }]);
    for input in [
        json!({ "key": "brand", "type": "CHOICE", "choices": choices }),
        json!({ "key": "marks", "type": "CHOICE", "choices": choices, "isMultiple": true }),
        json!({ "key": "budget", "type": "DECIMAL", "scale": 2 }),
        json!({ "key": "is_hot", "type": "BOOLEAN" }),
        json!({ "key": "born", "type": "DATE" }),
        json!({ "key": "budget", "type": "INTEGER", "entity": "TASK" }),
        json!({ "key": "urgent", "type": "BOOLEAN", "entity": "TASK" }),
        json!({ "key": "budget", "type": "DECIMAL", "scale": 1, "entity": "CLIENT" }),
    ] {
        app.attribute(input).await;
    }
    let around = app.surroundings().await;
    let tag = app.entry("Tag", "tag", json!({ "name": "Nuevo", "color": "#445566" })).await;
    let catalogs = app.core.catalogs.snapshot();
    let channels: Vec<_> = catalogs
        .channels
        .all()
        .iter()
        .map(|row| cartera::ids::Kind::Channel.encode(row.id))
        .collect();
    let segments: Vec<_> = catalogs
        .segments
        .all()
        .iter()
        .map(|row| cartera::ids::Kind::Segment.encode(row.id))
        .collect();
    for number in 0..SIZE {
        let person = [&app.ana, &app.luis, &app.admin][number % 3];
        let mut input = json!({ "kind": (if dice.random() { "PERSON" } else { "COMPANY" }), "channelId": (channels.choose(&mut dice)) });
        let mut set = |dice: &mut StdRng, name: &str, value: Value| {
            if dice.random_range(0..3) > 0 {
                input[name] = value;
            }
        };
        let at = app.now() - dice.random_range(0..400 * DAY);
        set(&mut dice, "capturedAt", json!(time(at)));
        let segment = json!(segments.choose(&mut dice));
        set(&mut dice, "segmentId", segment);
        let interest = json!((["LOW", "HIGH"].choose(&mut dice)));
        set(&mut dice, "interest", interest);
        let rating = json!(dice.random_range(1..=5));
        set(&mut dice, "rating", rating);
        let days = json!(dice.random_range(1..=400));
        set(&mut dice, "validityDays", days);
        let tags = if dice.random() { json!([around.tag, tag]) } else { json!([tag]) };
        set(&mut dice, "tagIds", tags);
        let place = if dice.random() {
            json!({ "country": "VE", "city": "Caracas", "sectorId": around.sector })
        } else {
            json!({ "country": "CO", "city": "Bogotá" })
        };
        set(
            &mut dice,
            "addresses",
            json!([{ "country": "VE", "city": "CARACAS", "zoneId": around.zone }, { "country": "VE", "city": "Mérida" }, place]),
        );
        let utm = ["Marca", "marca", "Otoño"].choose(&mut dice);
        set(
            &mut dice,
            "firstTouch",
            json!({ "sourceId": app.source("Google Ads"), "medium": "cpc", "utm": { "source": utm, "campaign": "x" }, "ad": { "network": "SEARCH" } }),
        );
        let brand = json!((["acme", "globex"].choose(&mut dice)));
        let budget = format!("{}.{:02}", dice.random_range(-50..500), dice.random_range(0..100));
        let born = format!(
            "19{}-0{}-1{}",
            dice.random_range(10..99),
            dice.random_range(1..10),
            dice.random_range(0..10)
        );
        set(
            &mut dice,
            "attributes",
            json!([
                { "key": "brand", "value": { "choice": brand } }, { "key": "budget", "value": { "number": budget } },
                { "key": "marks", "value": { "choices": ["acme", "initech"] } }, { "key": "is_hot", "value": { "boolean": number % 2 == 0 } },
                { "key": "born", "value": { "date": born } },
            ]),
        );
        let builder = app.prospect().name(&format!("Prospect {number}")).with(input);
        let made = if number % 5 == 0 {
            builder.unowned()
        } else {
            builder.owner(person)
        }
        .create()
        .await;
        let by = if number % 5 == 0 { &app.admin } else { person };
        act(app, &mut dice, by, &made).await;
        // A few days in all: sessions do not last longer.
        app.advance(dice.random_range(0..HOUR));
    }
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
        app.note(by, made, "Note").await;
        app.document(by, made, ["scan.txt", "letter.txt"].choose(dice).expect("one"), b"content")
            .await;
    }
    if dice.random_range(0..2) == 0 {
        let currency = *["USD", "USD", "EUR"].choose(dice).expect("one");
        set_amount(
            by,
            made,
            &format!("{}.{:02}", dice.random_range(0..500), dice.random_range(0..100)),
            currency,
        )
        .await;
    }
    app.advance(dice.random_range(0..HOUR));
    match dice.random_range(0..6) {
        0 | 1 => {
            app.convert(by, made).await;
            let client = json!({ "attributes": [{ "key": "budget", "value": { "number": format!("{}.5", dice.random_range(0..9)) } }],
                "potentialLevelId": (app.client_level("Not yet evaluated")) });
            let document = "mutation ($id: ID!, $input: ClientUpdateInput!) { clientUpdate(id: $id, input: $input) { userErrors { code message path } } }";
            by.run(document, json!({ "id": made.client_id(), "input": client }))
                .await
                .payload("clientUpdate");
        }
        2 => app.move_to(by, made, "Lost").await,
        3 => app.move_to(by, made, "Discarded").await,
        4 => app.move_to(by, made, "Negotiation").await,
        _ => {
            let other = if by.id == app.luis.id { &app.ana } else { &app.luis };
            app.give(&app.admin, made, Some(other)).await;
        }
    }
}

/// Plans tasks, some of which are completed, and some soon overdue.
async fn plan(app: &TestApp, dice: &mut StdRng, by: &Person, made: &Made) {
    for _ in 0..dice.random_range(0..3) {
        let attributes = json!([{ "key": "budget", "value": { "number": (dice.random_range(0..50)).to_string() } },
            { "key": "urgent", "value": { "boolean": (dice.random::<bool>()) } }]);
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

/// Every prospect that a person sees.
pub async fn read(person: &Person) -> Vec<Value> {
    pages(person, LIST, "prospects").await
}

/// All items of a list.
pub async fn pages(person: &Person, document: &str, list: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = person.query(document, json!({ "after": after })).await[list].clone();
        all.extend(page["nodes"].as_array().expect("nodes").iter().cloned());
        if page["pageInfo"]["hasNextPage"] != json!(true) {
            return all;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

/// An instant as the API writes it.
pub fn time(at: i64) -> String {
    chrono::DateTime::from_timestamp_millis(at)
        .expect("an instant")
        .to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
