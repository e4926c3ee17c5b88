//! Maximum length of texts and lists in mutations.

use serde_json::{Value, json};

use crate::support::TestApp;

const CREATE: &str = "mutation ($input: ProspectCreateInput!) {
    prospectCreate(input: $input) { prospect { id } userErrors { code path } } }";
const UPDATE: &str = "mutation ($id: ID!, $input: ProspectUpdateInput!) {
    prospectUpdate(id: $id, input: $input) { prospect { id } userErrors { code path } } }";

/// Paths of the texts of a prospect, and their maximum length.
const TEXTS: [(&str, usize); 31] = [
    ("name", 200),
    ("legalName", 200),
    ("identifiers.0.number", 200),
    ("emails.0.value", 200),
    ("emails.0.label", 200),
    ("phones.0.label", 200),
    ("contacts.0.firstName", 200),
    ("contacts.0.lastName", 200),
    ("contacts.0.description", 2_000),
    ("contacts.0.emails.0.label", 200),
    ("contacts.0.phones.0.label", 200),
    ("addresses.0.city", 200),
    ("addresses.0.municipality", 200),
    ("addresses.0.parish", 200),
    ("addresses.0.postalCode", 200),
    ("addresses.0.line", 2_000),
    ("addresses.0.reference", 2_000),
    ("firstTouch.medium", 200),
    ("firstTouch.pageUrl", 2_000),
    ("firstTouch.pageSection", 200),
    ("firstTouch.referrer", 2_000),
    ("firstTouch.utm.source", 200),
    ("firstTouch.utm.medium", 200),
    ("firstTouch.utm.campaign", 200),
    ("firstTouch.utm.term", 200),
    ("firstTouch.utm.content", 200),
    ("firstTouch.ad.campaign", 200),
    ("firstTouch.ad.adGroup", 200),
    ("firstTouch.ad.keyword", 200),
    ("firstTouch.ad.adId", 200),
    ("firstTouch.ad.clickId", 500),
];

/// Paths of the lists of a prospect, and their maximum length.
const LISTS: [(&str, usize); 7] = [
    ("identifiers", 20),
    ("emails", 20),
    ("phones", 20),
    ("contacts", 50),
    ("addresses", 20),
    ("contacts.0.emails", 10),
    ("contacts.0.phones", 10),
];

/// One of everything.
fn whole(app: &TestApp) -> Value {
    json!({
        "kind": "COMPANY",
        "name": "x",
        "identifiers": [{ "typeId": app.identifier_type("Other document"), "country": "VE", "number": "1" }],
        "emails": [{ "value": "a@correo.example" }],
        "phones": [{ "value": "+582125550100" }],
        "contacts": [{ "firstName": "x", "emails": [{ "value": "b@correo.example" }], "phones": [{ "value": "+582125550101" }] }],
        "addresses": [{ "country": "VE" }],
        "firstTouch": {},
    })
}

/// The value at a path; objects on the path must exist.
fn at<'a>(input: &'a mut Value, path: &str) -> &'a mut Value {
    path.split('.').fold(input, |value, part| match part.parse::<usize>() {
        Ok(index) => &mut value[index],
        Err(_) => &mut value[part],
    })
}

/// A text of that length, most of whose characters take more than one byte; an e-mail or a web address if the path is one.
fn text(path: &str, characters: usize) -> String {
    match path {
        "emails.0.value" => {
            let domain = format!("{0}.{0}.correo.example", "d".repeat(60));
            format!("{}@{domain}", "e".repeat(characters - domain.len() - 1))
        }
        "identifiers.0.number" => "7".repeat(characters),
        "firstTouch.pageUrl" | "firstTouch.referrer" => {
            let site = "https://www.example.com/";
            format!("{site}{}", "ñ".repeat(characters - site.len()))
        }
        _ => "ñ".repeat(characters / 2) + &"🙂".repeat(characters - characters / 2),
    }
}

/// So many different entries of a list.
fn entries(app: &TestApp, path: &str, many: usize) -> Value {
    let entry = |number: usize| match path.rsplit('.').next().expect("a path has a last part") {
        "identifiers" => json!({ "typeId": app.identifier_type("Other document"), "country": "VE", "number": format!("{}", number + 1) }),
        "emails" => json!({ "value": format!("m{number}@correo.example") }),
        "phones" => json!({ "value": format!("+58212555{:04}", 1_000 + number) }),
        "contacts" => json!({ "firstName": format!("x{number}") }),
        _ => json!({ "country": "VE", "city": format!("x{number}") }),
    };
    (0..many).map(entry).collect()
}

both! {
    async fn texts_of_a_prospect_are_bounded(app: TestApp) {
        let mut largest = whole(&app);
        for (path, most) in TEXTS {
            *at(&mut largest, path) = json!(text(path, most));
        }
        let before = app.snapshot().await;
        for (path, most) in TEXTS {
            let mut input = largest.clone();
            *at(&mut input, path) = json!(text(path, most + 1));
            let answer = app.ana.run(CREATE, json!({ "input": input })).await;
            assert_eq!(answer.user_errors("prospectCreate"), [format!("TOO_LONG input.{path}")]);
        }
        let mut input = largest.clone();
        for (path, most) in TEXTS {
            *at(&mut input, path) = json!(text(path, most + 1));
        }
        let answer = app.ana.run(CREATE, json!({ "input": input })).await;
        let mut errors = answer.user_errors("prospectCreate");
        let mut expected: Vec<String> = TEXTS.iter().map(|(path, _)| format!("TOO_LONG input.{path}")).collect();
        errors.sort();
        expected.sort();
        assert_eq!(errors, expected);
        before.assert_equal(&app.snapshot().await, "a refused prospect");
        app.ana.run(CREATE, json!({ "input": largest })).await.payload("prospectCreate");
        app.assert_sound().await;
    }

    async fn lists_of_a_prospect_are_bounded(app: TestApp) {
        let mut largest = whole(&app);
        for (path, most) in LISTS {
            *at(&mut largest, path) = entries(&app, path, most);
        }
        let before = app.snapshot().await;
        for (path, most) in LISTS {
            let mut input = largest.clone();
            *at(&mut input, path) = entries(&app, path, most + 1);
            if path == "contacts" {
                let first = input["contacts"][0].as_object_mut().expect("a contact is an object");
                first.insert("emails".to_owned(), entries(&app, "emails", 1));
            }
            let answer = app.ana.run(CREATE, json!({ "input": input })).await;
            assert_eq!(answer.user_errors("prospectCreate"), [format!("LIMIT input.{path}")]);
        }
        before.assert_equal(&app.snapshot().await, "a refused prospect");
        app.ana.run(CREATE, json!({ "input": largest })).await.payload("prospectCreate");
        app.assert_sound().await;
    }

    async fn lists_far_too_long_are_refused_as_soon(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let before = app.snapshot().await;
        for (path, _) in LISTS {
            for nothing in [json!({}), entries(&app, path, 1)[0].clone()] {
                let of = |many: usize| {
                    let mut input = whole(&app);
                    *at(&mut input, path) = json!(vec![nothing.clone(); many]);
                    input
                };
                let answer = app.ana.run(CREATE, json!({ "input": of(1_000) })).await;
                assert_eq!(answer.user_errors("prospectCreate"), [format!("LIMIT input.{path}")]);
                if !path.contains('.') {
                    let input = json!({ path: vec![nothing.clone(); 1_000] });
                    let answer = app.ana.run(UPDATE, json!({ "id": made.id, "input": input })).await;
                    assert_eq!(answer.user_errors("prospectUpdate"), [format!("LIMIT input.{path}")]);
                }
                let answer = app.ana.run(CREATE, json!({ "input": of(1_001) })).await;
                assert_eq!((answer.status, answer.codes()), (400, vec!["BAD_USER_INPUT"]), "{}", answer.text);
            }
        }
        before.assert_equal(&app.snapshot().await, "refused prospects");
        // The number of reported problems is bounded, also in the stored outcome of the key.
        let contact = json!({ "firstName": "", "emails": vec![json!({}); 10], "phones": vec![json!({}); 10] });
        let document = CREATE.replacen("($input: ProspectCreateInput!)", "($input: ProspectCreateInput!, $key: String)", 1)
            .replacen("(input: $input)", "(input: $input, idempotencyKey: $key)", 1);
        for _ in 0..2 {
            let input = json!({ "kind": "PERSON", "name": "", "contacts": vec![contact.clone(); 50] });
            let answer = app.ana.run(&document, json!({ "input": input, "key": "many" })).await;
            assert_eq!(answer.user_errors("prospectCreate").len(), 100);
        }
    }

    async fn edits_cannot_grow_a_list_past_its_bound(app: TestApp) {
        let made = app.prospect().owner(&app.ana).with(json!({ "addresses": entries(&app, "addresses", 20) })).create().await;
        let read = "query ($id: ID!) { prospect(id: $id) { addresses { id } } }";
        let data = app.ana.query(read, json!({ "id": made.id })).await;
        let first = data["prospect"]["addresses"][0]["id"].clone();
        let update = async |input: Value| app.ana.run(UPDATE, json!({ "id": made.id, "input": input })).await;
        let before = app.snapshot().await;
        let more = json!([{ "country": "CO" }]);
        let answer = update(json!({ "addresses": more })).await;
        assert_eq!(answer.user_errors("prospectUpdate"), ["LIMIT input.addresses"]);
        let answer = update(json!({ "name": "ñ".repeat(201), "legalName": "🙂".repeat(201) })).await;
        assert_eq!(answer.user_errors("prospectUpdate"), ["TOO_LONG input.name", "TOO_LONG input.legalName"]);
        before.assert_equal(&app.snapshot().await, "a refused edit");
        update(json!({ "addresses": more, "removeAddressIds": [first] })).await.payload("prospectUpdate");
        app.assert_sound().await;
    }

    async fn texts_of_what_happens_are_bounded(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let won = app.prospect().owner(&app.ana).create().await;
        app.convert(&app.ana, &won).await;
        let note = app.note(&app.ana, &made, "hola").await;
        let note = note.id.replace("tle_", "not_");
        let notes = app.ana.query(
            "query ($id: ID!) { prospect(id: $id) { timeline(first: 5) { nodes { ... on NoteEntry { note { id } } } } } }",
            json!({ "id": made.id }),
        );
        let notes = notes.await;
        let note = notes["prospect"]["timeline"]["nodes"][0]["note"]["id"].as_str().unwrap_or(&note).to_owned();
        let lost = json!({ "statusId": app.status("Lost"), "reasonId": app.reason("No budget") });
        // The mutation, its subject, its input without the text, where the text stands, and how long it may be.
        let texts = [
            ("noteCreate", "prospectId", &made.id, "NoteCreateInput", json!({}), "body", 20_000),
            ("noteUpdate", "id", &note, "NoteUpdateInput", json!({}), "body", 20_000),
            ("interactionLog", "prospectId", &made.id, "InteractionLogInput",
                json!({ "type": "CALL", "direction": "INCOMING" }), "body", 20_000),
            ("prospectOwnerChange", "id", &made.id, "ProspectOwnerChangeInput", json!({ "ownerId": app.luis.id }), "reason", 2_000),
            ("prospectStatusChange", "id", &made.id, "ProspectStatusChangeInput", lost, "note", 2_000),
            ("clientUnconvert", "id", &won.client_id(), "ClientUnconvertInput", json!({}), "reason", 2_000),
        ];
        for (mutation, subject, id, kind, input, field, most) in texts {
            let document = format!(
                "mutation ($id: ID!, $input: {kind}!) {{ {mutation}({subject}: $id, input: $input) {{ userErrors {{ code path }} }} }}"
            );
            let of = |characters: usize| {
                let mut input = input.clone();
                input[field] = json!(text(field, characters));
                json!({ "id": id, "input": input })
            };
            let before = app.snapshot().await;
            let answer = app.admin.run(&document, of(most + 1)).await;
            assert_eq!(answer.user_errors(mutation), [format!("TOO_LONG input.{field}")]);
            before.assert_equal(&app.snapshot().await, mutation);
            app.admin.run(&document, of(most)).await.payload(mutation);
        }
        app.assert_sound().await;
    }

    async fn texts_of_the_catalogues_are_bounded(app: TestApp) {
        for (name, more) in [
            ("channel", json!({})),
            ("segment", json!({})),
            ("source", json!({})),
            ("potentialLevel", json!({ "appliesTo": "CLIENT" })),
            ("status", json!({ "category": "OPEN" })),
            ("reason", json!({ "category": "LOST" })),
        ] {
            let kind = format!("{}{}CreateInput", name[..1].to_uppercase(), &name[1..]);
            let mutation = format!("{name}Create");
            let document = format!("mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ userErrors {{ code path }} }} }}");
            let of = |name: usize, description: usize| {
                let mut input = more.clone();
                input["name"] = json!(text("name", name));
                input["description"] = json!(text("description", description));
                json!({ "input": input })
            };
            let before = app.snapshot().await;
            let answer = app.admin.run(&document, of(101, 1_001)).await;
            assert_eq!(answer.user_errors(&mutation), ["TOO_LONG input.name", "TOO_LONG input.description"]);
            before.assert_equal(&app.snapshot().await, &mutation);
            app.admin.run(&document, of(100, 1_000)).await.payload(&mutation);
        }
    }

    async fn numbers_are_bounded(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let call = "mutation ($id: ID!, $input: InteractionLogInput!) {
            interactionLog(prospectId: $id, input: $input) { userErrors { code path } } }";
        let cycle = "mutation ($id: ID!, $input: CycleUpdateInput!) { cycleUpdate(id: $id, input: $input) { userErrors { code path } } }";
        let data = app.ana.query("query ($id: ID!) { prospect(id: $id) { cycle { id } } }", json!({ "id": made.id })).await;
        let cycle_id = data["prospect"]["cycle"]["id"].clone();
        let of = |seconds: i64| json!({ "id": made.id, "input": { "type": "CALL", "direction": "INCOMING", "durationSeconds": seconds } });
        let worth = |amount: &str| json!({ "id": cycle_id, "input": { "amount": { "amount": amount, "currency": "USD" } } });
        let place = |latitude: f64, longitude: f64| {
            let address = json!({ "country": "VE", "location": { "latitude": latitude, "longitude": longitude } });
            json!({ "id": made.id, "input": { "addresses": [address] } })
        };
        let before = app.snapshot().await;
        for seconds in [-1, 2_592_001] {
            let answer = app.ana.run(call, of(seconds)).await;
            assert_eq!(answer.user_errors("interactionLog"), ["INVALID input.durationSeconds"]);
        }
        for amount in ["-0.01", "0.001", "92233720368547758.08"] {
            let answer = app.ana.run(cycle, worth(amount)).await;
            assert_eq!(answer.user_errors("cycleUpdate"), ["INVALID input.amount"], "{amount}");
        }
        for (latitude, longitude) in [(90.01, 0.0), (-90.01, 0.0), (0.0, 180.01), (0.0, -180.01), (1e300, 0.0)] {
            let answer = app.ana.run(UPDATE, place(latitude, longitude)).await;
            assert_eq!(answer.user_errors("prospectUpdate"), ["INVALID input.addresses.0.location"], "{latitude} {longitude}");
        }
        before.assert_equal(&app.snapshot().await, "a refused number");
        for seconds in [0, 2_592_000] {
            app.ana.run(call, of(seconds)).await.payload("interactionLog");
        }
        for amount in ["0", "92233720368547758.07"] {
            app.ana.run(cycle, worth(amount)).await.payload("cycleUpdate");
        }
        app.ana.run(UPDATE, place(-90.0, 180.0)).await.payload("prospectUpdate");
        app.assert_sound().await;
    }
}
