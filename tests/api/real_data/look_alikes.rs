//! Possible duplicates among the records of colleagues: their existence, kind of match and condition, and nothing more; and the notice to
//! the owner.

use cartera::settings::DuplicateHint;
use serde_json::{Value, json};

use super::{UPDATE, create, filtered, identifier_type};
use crate::support::{Made, Person, TestApp, operations};

const DAY: i64 = 86_400_000;

const REGISTER: &str = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) {
    prospect { id } possibleDuplicates { reason condition prospect { id name } } userErrors { code message path } } }";
const ALIKE: &str = "query ($input: PossibleDuplicatesInput!) {
    possibleDuplicates(input: $input) { reason condition prospect { id name } } }";
const HISTORY: &str =
    "query ($id: ID!, $filter: TimelineFilter) { prospect(id: $id) { lastActivityAt timeline(first: 50, filter: $filter) {
    nodes { __typename occurredAt recordedAt actor { name } ... on DuplicateAttemptEntry { reason } } } } }";

/// Look-alikes as `REASON CONDITION name`, with `-` for a record that is not shown.
fn summaries(list: &Value) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let list = list.as_array().unwrap_or_else(|| panic!("{list} is no list"));
    let shown = list.iter().map(|found| {
        let name = &found["prospect"]["name"];
        format!("{} {} {}", word(&found["reason"]), word(&found["condition"]), word(name))
    });
    shown.collect()
}

/// The reported duplicates of a new prospect with these fields; it has been created.
async fn register(person: &Person, fields: Value) -> Vec<String> {
    let mut input = json!({ "kind": "PERSON", "name": "Doble" });
    let object = input.as_object_mut().expect("the input is an object");
    object.extend(fields.as_object().expect("fields are an object").clone());
    let answer = person.run(REGISTER, json!({ "input": input })).await;
    let payload = answer.payload("prospectCreate");
    assert!(payload["prospect"]["id"].is_string(), "{}", answer.text);
    summaries(&payload["possibleDuplicates"])
}

async fn alike(person: &Person, input: Value) -> Vec<String> {
    summaries(&person.query(ALIKE, json!({ "input": input })).await["possibleDuplicates"])
}

async fn anas(app: &TestApp, name: &str, fields: Value) -> Made {
    app.advance(1_000);
    app.prospect().by(&app.ana).name(name).with(fields).create().await
}

fn phone(value: &str) -> Value {
    json!({ "phones": [{ "value": value }] })
}

fn email(value: &str) -> Value {
    json!({ "emails": [{ "value": value }] })
}

/// The last activity of a prospect, and the attempts in its history as `REASON name`, newest first.
async fn attempts(person: &Person, made: &Made) -> (Value, Vec<String>) {
    let data = person.query(HISTORY, json!({ "id": made.id })).await;
    let entries = data["prospect"]["timeline"]["nodes"].as_array().expect("a list");
    let attempts = entries.iter().filter(|entry| entry["__typename"] == "DuplicateAttemptEntry");
    let attempts = attempts.map(|entry| {
        let word = |value: &Value| value.as_str().expect("a text").to_owned();
        format!("{} {}", word(&entry["reason"]), word(&entry["actor"]["name"]))
    });
    (data["prospect"]["lastActivityAt"].clone(), attempts.collect())
}

async fn with_hint(app: &TestApp, hint: DuplicateHint) -> TestApp {
    app.with_settings(|settings| settings.duplicate_hint = hint).await
}

both! {
    async fn a_colleagues_record_is_hinted_at_and_not_shown(app: TestApp) {
        let first = anas(&app, "Secreta", json!({ "emails": [{ "value": "secreta@correo.example" }], "phones": [{ "value": "+58 414 5550101" }] })).await;
        let contact = json!({ "contacts": [{ "firstName": "Eva", "phones": [{ "value": "+58 212 5550100" }], "emails": [{ "value": "eva@correo.example" }] }] });
        anas(&app, "Reservada", contact).await;
        let before = app.snapshot().await;
        for (input, expected) in [
            (json!({ "phones": ["0414-555.01.01"] }), vec!["PHONE PROSPECT -"]),
            (json!({ "emails": [" SECRETA@correo.example"] }), vec!["EMAIL PROSPECT -"]),
            // Each kind separately: whether both belong to one record is not revealed.
            (json!({ "emails": ["secreta@correo.example"], "phones": ["0414-5550101"] }), vec!["EMAIL PROSPECT -", "PHONE PROSPECT -"]),
            (json!({ "emails": ["secreta@correo.example"], "phones": ["0212-5550100"] }), vec!["EMAIL PROSPECT -", "PHONE PROSPECT -"]),
            (json!({ "emails": ["eva@correo.example"] }), vec!["EMAIL PROSPECT -"]),
            (json!({ "emails": ["otra@correo.example"], "phones": ["0414-5550102"], "identifiers": ["V-1"] }), vec![]),
            (json!({}), vec![]),
        ] {
            let answer = app.luis.run(ALIKE, json!({ "input": input })).await;
            assert_eq!(summaries(&answer.data()["possibleDuplicates"]), expected, "{input}");
            for secret in ["Secreta", "Reservada", "Eva", "Ana", &first.id, &app.ana.id, "prs_"] {
                assert!(!answer.text.contains(secret), "{secret} in {}", answer.text);
            }
            assert_eq!(alike(&app.stranger, input).await, expected);
        }
        before.assert_equal(&app.snapshot().await, "asking for look-alikes");

        assert_eq!(register(&app.luis, phone("0414-5550101")).await, ["PHONE PROSPECT -"]);
        assert_eq!(register(&app.stranger, email("secreta@correo.example")).await, ["EMAIL PROSPECT -"]);
        // Duplicates visible to Ana are reported with the record, and those of Luis without.
        app.advance(1_000);
        assert_eq!(register(&app.ana, phone("0414-5550101")).await, ["PHONE PROSPECT Secreta", "PHONE PROSPECT -"]);
        // Administrators see all of them.
        let all = alike(&app.admin, json!({ "phones": ["0414-5550101"], "emails": ["secreta@correo.example"] })).await;
        let mut sorted = all.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, ["EMAIL PROSPECT Doble", "EMAIL PROSPECT Secreta", "PHONE PROSPECT Doble", "PHONE PROSPECT Doble"], "{all:?}");
        app.assert_sound().await;
    }

    async fn a_client_among_them_is_reported(app: TestApp) {
        let one = anas(&app, "Uno", phone("+58 414 5550101")).await;
        let two = anas(&app, "Dos", phone("+58 414 5550101")).await;
        let asked = json!({ "phones": ["0414-5550101"] });
        assert_eq!(alike(&app.luis, asked.clone()).await, ["PHONE PROSPECT -"], "once however many there are");
        app.convert(&app.ana, &one).await;
        assert_eq!(alike(&app.luis, asked.clone()).await, ["PHONE CLIENT -"]);
        assert_eq!(register(&app.luis, phone("0414-5550101")).await, ["PHONE CLIENT -"]);
        assert_eq!(alike(&app.ana, asked.clone()).await, ["PHONE PROSPECT Dos", "PHONE CLIENT Uno", "PHONE PROSPECT -"]);
        // Prospects without an owner are hidden like a colleague's, and deleted ones are not matched.
        app.give(&app.admin, &one, None).await;
        assert_eq!(alike(&app.stranger, asked.clone()).await, ["PHONE CLIENT -"]);
        let delete = "mutation ($id: ID!) { prospectDelete(id: $id) { userErrors { code } } }";
        app.admin.run(delete, json!({ "id": one.id })).await.payload("prospectDelete");
        assert_eq!(alike(&app.stranger, asked.clone()).await, ["PHONE PROSPECT -"]);
        app.ana.run(delete, json!({ "id": two.id })).await.payload("prospectDelete");
        assert_eq!(alike(&app.luis, asked).await, ["PHONE PROSPECT Doble"]);
        app.assert_sound().await;
    }

    async fn numbers_are_reported_too(app: TestApp) {
        let cedula = identifier_type(&app, "VE", "Cédula V").await;
        let number = json!({ "identifiers": [{ "typeId": cedula, "number": "V-17.204.618" }], "emails": [{ "value": "rosa@correo.example" }] });
        anas(&app, "Rosa", number).await;
        assert_eq!(alike(&app.luis, json!({ "identifiers": ["17204618"] })).await, ["IDENTIFIER PROSPECT -"]);
        assert_eq!(alike(&app.luis, json!({ "identifiers": ["017.204.618"], "emails": ["rosa@correo.example"] })).await, ["IDENTIFIER PROSPECT -", "EMAIL PROSPECT -"]);
        assert_eq!(alike(&app.ana, json!({ "identifiers": ["17204618"] })).await, ["IDENTIFIER PROSPECT Rosa"]);
        // The same letters and digits of another type are not refused, but reported.
        let passport = json!({ "identifiers": [{ "typeId": identifier_type(&app, "VE", "Passport").await, "number": "V17204618" }] });
        assert_eq!(register(&app.luis, passport).await, ["IDENTIFIER PROSPECT -"]);
        app.assert_sound().await;
    }

    async fn it_can_be_switched_off(app: TestApp) {
        anas(&app, "Secreta", phone("+58 414 5550101")).await;
        let silent = with_hint(&app, DuplicateHint::None).await;
        assert_eq!(alike(&silent.luis, json!({ "phones": ["0414-5550101"] })).await, [] as [&str; 0]);
        assert_eq!(register(&silent.luis, phone("0414-5550101")).await, [] as [&str; 0]);
        // Own records are reported as usual.
        assert_eq!(alike(&silent.luis, json!({ "phones": ["0414-5550101"] })).await, ["PHONE PROSPECT Doble"]);
        assert_eq!(alike(&silent.ana, json!({ "phones": ["0414-5550101"] })).await, ["PHONE PROSPECT Secreta"]);
        assert_eq!(alike(&silent.admin, json!({ "phones": ["0414-5550101"] })).await.len(), 2);
        app.assert_sound().await;
    }

    /// Phones and e-mails cannot be enumerated: each value takes a look-up, and with none left the hint is omitted.
    async fn each_value_of_a_hint_counts(app: TestApp) {
        anas(&app, "Secreta", phone("+58 414 5550101")).await;
        anas(&app, "Reservada", email("reservada@correo.example")).await;
        app.prospect().by(&app.luis).name("Propia").with(phone("+58 414 5550101")).create().await;
        let few = app.with_settings(|settings| settings.identifier_lookups_per_minute = 3).await;
        let two = json!({ "phones": ["0414-5550101"], "emails": ["reservada@correo.example"] });
        let one = json!({ "phones": ["0414-5550101"] });
        assert_eq!(alike(&few.luis, two.clone()).await, ["PHONE PROSPECT Propia", "EMAIL PROSPECT -", "PHONE PROSPECT -"]);
        // Two more are too many, and count for nothing; one is left.
        assert_eq!(alike(&few.luis, two.clone()).await, ["PHONE PROSPECT Propia"]);
        assert_eq!(alike(&few.luis, one.clone()).await, ["PHONE PROSPECT Propia", "PHONE PROSPECT -"]);
        // Nothing to ask about costs nothing, and is not refused.
        assert_eq!(alike(&few.luis, json!({ "phones": ["1"], "emails": ["x"] })).await, [] as [&str; 0]);
        assert_eq!(alike(&few.luis, one.clone()).await, ["PHONE PROSPECT Propia"]);
        app.advance(1_000);
        assert_eq!(register(&few.luis, email("reservada@correo.example")).await, [] as [&str; 0]);
        let lookup = few.luis.run(operations::DOCUMENT_NUMBER_LOOKUP, json!({ "prefix": "V12345" })).await;
        // Look-ups are counted apart.
        assert_eq!(lookup.data()["identifierLookup"], json!([]));
        // Others have their own, and administrators need none.
        assert_eq!(alike(&few.stranger, one.clone()).await, ["PHONE PROSPECT -"]);
        for _ in 0..5 {
            assert_eq!(alike(&few.admin, two.clone()).await.len(), 4);
        }
        app.advance(60_000);
        // Four at once are more than a minute has.
        let four = json!({ "phones": ["0414-5550101", "0414-5550102", "0414-5550103"], "emails": ["reservada@correo.example"] });
        assert_eq!(alike(&few.luis, four).await, ["EMAIL PROSPECT Doble", "PHONE PROSPECT Propia"]);
        let three = json!({ "phones": ["0414-5550101", "0414-5550102", "0414-5550103"] });
        assert_eq!(alike(&few.luis, three).await, ["PHONE PROSPECT Propia", "PHONE PROSPECT -"]);
        assert_eq!(alike(&few.luis, two).await, ["EMAIL PROSPECT Doble", "PHONE PROSPECT Propia"]);
        // With no look-ups left there are no hints.
        for _ in 0..3 {
            let found = few.stranger.run(operations::DOCUMENT_NUMBER_LOOKUP, json!({ "prefix": "V12345" })).await;
            assert_eq!(found.data()["identifierLookup"], json!([]));
        }
        let three = json!({ "phones": ["0414-5550101", "0414-5550102", "0414-5550103"] });
        assert_eq!(alike(&few.stranger, three).await, [] as [&str; 0]);
        app.assert_sound().await;
    }

    async fn the_owner_is_notified_of_an_attempt(app: TestApp) {
        let first = anas(&app, "Primera", json!({ "phones": [{ "value": "+58 414 5550101" }], "emails": [{ "value": "primera@correo.example" }] })).await;
        let second = anas(&app, "Segunda", email("segunda@correo.example")).await;
        let unconcerned = anas(&app, "Otra", phone("+58 414 5550109")).await;
        let before = attempts(&app.ana, &first).await;
        assert_eq!(before.1, [] as [&str; 0]);
        let app = with_hint(&app, DuplicateHint::ExistsAndNotify).await;
        app.advance(60_000);
        // A query adds no entry, nor does a refused call, nor one by an administrator.
        assert_eq!(alike(&app.luis, json!({ "phones": ["0414-5550101"] })).await, ["PHONE PROSPECT -"]);
        let refused = json!({ "name": "", "phones": [{ "value": "0414-5550101" }] });
        assert_eq!(create(&app.luis, refused).await.user_errors("prospectCreate"), ["REQUIRED input.name"]);
        assert_eq!(register(&app.admin, phone("0414-5550101")).await, ["PHONE PROSPECT Primera"]);
        assert_eq!(attempts(&app.ana, &first).await, before);

        assert_eq!(register(&app.luis, phone("0414-555.01.01")).await, ["PHONE PROSPECT -"]);
        assert_eq!(attempts(&app.ana, &first).await, (before.0.clone(), vec!["PHONE Luis Vendedor".to_owned()]));
        let only = json!({ "id": first.id, "filter": { "kind": { "eq": "DUPLICATE_ATTEMPT" } } });
        let entries = app.ana.query(HISTORY, only).await["prospect"]["timeline"]["nodes"].clone();
        let time = app.time(0);
        assert_eq!(entries, json!([{ "__typename": "DuplicateAttemptEntry", "occurredAt": time, "recordedAt": time,
            "actor": { "name": "Luis Vendedor" }, "reason": "PHONE" }]));

        // Once a day of each caller, whatever is in common.
        app.advance(1_000);
        register(&app.luis, json!({ "phones": [{ "value": "0414-5550101" }], "emails": [{ "value": "primera@correo.example" }, { "value": "segunda@correo.example" }] })).await;
        assert_eq!(attempts(&app.ana, &first).await.1, ["PHONE Luis Vendedor"]);
        assert_eq!(attempts(&app.ana, &second).await.1, ["EMAIL Luis Vendedor"]);
        // Nothing of it is seen by the one who tried.
        assert_eq!(app.luis.query(HISTORY, json!({ "id": first.id })).await, json!({ "prospect": null }));
        let whole = app.luis.query("{ timeline(first: 100) { nodes { __typename } } }", json!({})).await;
        assert!(!whole.to_string().contains("DuplicateAttemptEntry"), "{whole}");
        app.advance(1_000);
        register(&app.stranger, email("primera@correo.example")).await;
        assert_eq!(attempts(&app.ana, &first).await.1, ["EMAIL Eva Extraña", "PHONE Luis Vendedor"]);
        app.advance(DAY - 2_001);
        register(&app.luis, phone("0414-5550101")).await;
        assert_eq!(attempts(&app.ana, &first).await.1.len(), 2, "the day is not over");
        app.advance(1);
        register(&app.luis, json!({ "contacts": [{ "firstName": "Ana", "phones": [{ "value": "0414-5550101" }] }] })).await;
        let (activity, seen) = attempts(&app.ana, &first).await;
        assert_eq!(seen, ["PHONE Luis Vendedor", "EMAIL Eva Extraña", "PHONE Luis Vendedor"]);
        assert_eq!(activity, before.0, "an attempt is no activity");
        assert_eq!(attempts(&app.ana, &unconcerned).await.1, [] as [&str; 0]);

        // Owners get no notice about their own records.
        let own = app.prospect().by(&app.luis).name("Propia").with(phone("+58 414 5550107")).create().await;
        register(&app.luis, phone("0414-5550107")).await;
        assert_eq!(attempts(&app.luis, &own).await.1, [] as [&str; 0]);
        app.assert_sound().await;
    }

    /// A record may become a look-alike later: what is new to it counts, and what it has already does not.
    async fn the_owner_is_notified_of_an_update(app: TestApp) {
        let kind = identifier_type(&app, "VE", "Cédula V").await;
        let phones = anas(&app, "Primera", phone("+58 414 5550101")).await;
        let emails = anas(&app, "Segunda", email("segunda@correo.example")).await;
        let numbers = anas(&app, "Tercera", json!({ "identifiers": [{ "typeId": identifier_type(&app, "VE", "Passport").await, "number": "V17204618" }] })).await;
        let own = app.prospect().by(&app.luis).name("Propia").with(phone("+58 414 5550199")).create().await;
        let app = with_hint(&app, DuplicateHint::ExistsAndNotify).await;
        let update = async |person: &Person, input: Value| {
            person.run(UPDATE, json!({ "id": own.id, "input": input })).await.user_errors("prospectUpdate")
        };
        let ids = app.luis.query("query ($id: ID!) { prospect(id: $id) { phones { id } } }", json!({ "id": own.id })).await;
        let id = ids["prospect"]["phones"][0]["id"].clone();
        app.advance(1_000);
        // Refused, it is no attempt; nor is what an administrator does.
        let refused = json!({ "name": "", "phones": [{ "value": "0414-5550101" }] });
        assert_eq!(update(&app.luis, refused).await, ["REQUIRED input.name"]);
        assert_eq!(update(&app.admin, email("segunda@correo.example")).await, [""; 0]);
        for made in [&phones, &emails, &numbers] {
            assert_eq!(attempts(&app.ana, made).await.1, [] as [&str; 0]);
        }
        assert_eq!(update(&app.luis, json!({ "phones": [{ "id": id, "value": "0414-5550101" }] })).await, [""; 0]);
        assert_eq!(attempts(&app.ana, &phones).await.1, ["PHONE Luis Vendedor"]);
        let contact = json!({ "contacts": [{ "firstName": "Eva", "emails": [{ "value": "Segunda@correo.example" }] }] });
        assert_eq!(update(&app.luis, contact).await, [""; 0]);
        assert_eq!(attempts(&app.ana, &emails).await.1, ["EMAIL Luis Vendedor"]);
        assert_eq!(update(&app.luis, json!({ "identifiers": [{ "typeId": kind, "number": "17.204.618" }] })).await, [""; 0]);
        assert_eq!(attempts(&app.ana, &numbers).await.1, ["IDENTIFIER Luis Vendedor"]);
        // The next day the record is what it was.
        app.advance(DAY + 1);
        assert_eq!(update(&app.luis, json!({ "name": "Otro nombre", "phones": [{ "id": id, "label": "Casa", "value": "+58 414 5550101" }] })).await, [""; 0]);
        assert_eq!(attempts(&app.ana, &phones).await.1, ["PHONE Luis Vendedor"]);
        app.assert_sound().await;
    }

    async fn without_the_setting_no_owner_is_notified(app: TestApp) {
        let first = anas(&app, "Primera", phone("+58 414 5550101")).await;
        for hint in [DuplicateHint::Exists, DuplicateHint::None] {
            let quiet = with_hint(&app, hint).await;
            register(&quiet.luis, phone("0414-5550101")).await;
        }
        assert_eq!(attempts(&app.ana, &first).await.1, [] as [&str; 0]);
        app.assert_sound().await;
    }

    /// Numbers whose spelling changed with a country's plan, and extensions of one number.
    async fn other_numbers_of_one_phone_are_alike(app: TestApp) {
        let groups: [&[&str]; 4] = [
            &["+52 1 55 1234 5678", "+52 55 1234 5678"],
            &["+55 11 8765-4321", "+55 11 98765-4321"],
            &["+58 212 5550142", "0212-5550142 ext. 101", "+582125550142;ext=102"],
            &["+54 11 15 2345-6789", "+54 9 11 2345-6789"],
        ];
        for group in groups {
            for kept in group {
                let made = anas(&app, "Secreta", phone(kept)).await;
                for typed in group {
                    let asked = json!({ "phones": [typed] });
                    assert_eq!(alike(&app.ana, asked.clone()).await, ["PHONE PROSPECT Secreta"], "{kept} and {typed}");
                    assert_eq!(alike(&app.admin, asked).await, ["PHONE PROSPECT Secreta"], "{kept} and {typed}");
                }
                let delete = "mutation ($id: ID!) { prospectDelete(id: $id) { userErrors { code } } }";
                app.ana.run(delete, json!({ "id": made.id })).await.payload("prospectDelete");
            }
        }
        // As phones they stay distinct, and a colleague's matches all of them.
        anas(&app, "Mexicana", phone("+52 1 55 1234 5678")).await;
        anas(&app, "Brasileña", phone("+55 11 8765-4321")).await;
        assert_eq!(filtered(&app.ana, json!({ "phone": { "eq": "+52 55 1234 5678" } })).await, [] as [&str; 0]);
        assert_eq!(filtered(&app.ana, json!({ "phone": { "eq": "+55 11 98765-4321" } })).await, [] as [&str; 0]);
        assert_eq!(register(&app.luis, phone("+52 55 1234 5678")).await, ["PHONE PROSPECT -"]);
        assert_eq!(register(&app.luis, phone("+55 11 98765-4321")).await, ["PHONE PROSPECT -"]);
        // Others of the same area are not.
        assert_eq!(alike(&app.luis, json!({ "phones": ["+52 55 1234 5679", "+55 11 98765-4322"] })).await, [] as [&str; 0]);
        app.assert_sound().await;
    }

    /// What a salesperson registers for a colleague is not like itself.
    async fn a_record_for_a_colleague_is_no_look_alike_of_its_own(app: TestApp) {
        let app = with_hint(&app, DuplicateHint::ExistsAndNotify).await;
        let input = json!({ "kind": "PERSON", "name": "Regalo", "ownerId": app.ana.id, "phones": [{ "value": "+58 414 5550177" }] });
        let answer = app.luis.run(REGISTER, json!({ "input": input })).await;
        let payload = answer.payload("prospectCreate");
        assert_eq!((&payload["prospect"], &payload["possibleDuplicates"]), (&Value::Null, &json!([])), "{}", answer.text);
        assert_eq!(app.sql("SELECT kind FROM timeline_entries WHERE kind = 'DUPLICATE_ATTEMPT'").await, [""; 0]);
        app.advance(1_000);
        assert_eq!(alike(&app.luis, json!({ "phones": ["0414-5550177"] })).await, ["PHONE PROSPECT -"]);
    }

    async fn collisions_are_for_administrators(app: TestApp) {
        let document = "{ collisions { kind record { id } kept { id } value replacement foundAt } }";
        assert_eq!(app.admin.query(document, json!({})).await, json!({ "collisions": [] }));
        assert_eq!(app.ana.run(document, json!({})).await.codes(), ["FORBIDDEN"]);
        assert_eq!(app.anonymous.run(document, json!({})).await.codes(), ["UNAUTHENTICATED"]);
        for (arguments, is_fine) in [("first: 500, skip: 3", true), ("first: 0", true), ("first: 501", false), ("first: -1", false), ("skip: -1", false)] {
            let answer = app.admin.run(&format!("{{ collisions({arguments}) {{ kind }} }}"), json!({})).await;
            if is_fine {
                assert_eq!(answer.data()["collisions"], json!([]), "{arguments}");
            } else {
                assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{arguments}: {}", answer.text);
            }
        }
    }
}
