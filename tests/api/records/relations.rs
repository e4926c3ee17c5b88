//! Filters over child rows, relative periods, and orders of clients.

use serde_json::{Value, json};

use crate::support::{Made, TestApp};

const DAY: i64 = 86_400_000;

/// Three of Ana's: A with everything twice, B with one of each, C bare and four days younger.
async fn three(app: &TestApp) -> Vec<Made> {
    let cedula = app.identifier_type("Cédula V");
    let inputs = [
        json!({ "name": "Uno", "emails": [{ "value": "uno@example.com" }], "phones": [{ "value": "+58 212 5550100" }],
            "identifiers": [{ "typeId": cedula, "number": "V-111" }],
            "contacts": [{ "firstName": "José", "lastName": "Pérez", "isMain": true, "emails": [{ "value": "jose@example.com" }] },
                         { "firstName": "Eva", "phones": [{ "value": "+58 414 5550101" }] }],
            "addresses": [{ "country": "VE", "city": "Mérida", "municipality": "Libertador" }, { "country": "ES", "city": "Madrid" }],
            "firstTouch": { "sourceId": app.source("Event") } }),
        json!({ "name": "Dos", "emails": [{ "value": "dos@otro.example" }],
            "contacts": [{ "firstName": "Eva" }], "addresses": [{ "country": "VE", "city": "Madrid" }] }),
        json!({ "name": "Tres" }),
    ];
    let mut made = Vec::new();
    for (number, input) in inputs.into_iter().enumerate() {
        app.advance(if number == 2 { 4 * DAY } else { 60_000 });
        made.push(app.prospect().by(&app.ana).with(input).create().await);
    }
    app.log(&app.ana, &made[0], json!({})).await;
    app.move_to(&app.ana, &made[1], "Lost").await;
    made
}

async fn find(app: &TestApp, made: &[Made], filter: Value) -> String {
    let document = "query ($filter: ProspectFilter) { prospects(filter: $filter) { totalCount nodes { id } } }";
    let data = app.ana.query(document, json!({ "filter": filter })).await;
    let nodes = data["prospects"]["nodes"].as_array().expect("a list");
    assert_eq!(data["prospects"]["totalCount"], json!(nodes.len()), "{filter}");
    let letter = |node: &Value| {
        let place = made.iter().position(|made| node["id"] == json!(made.id)).expect("one of them");
        char::from(b'A' + u8::try_from(place).expect("few"))
    };
    nodes.iter().map(letter).collect()
}

both! {
    async fn some_none_and_every(app: TestApp) {
        let made = three(&app).await;
        for (filter, found) in [
            (json!({ "contacts": { "some": {} } }), "BA"),
            (json!({ "contacts": { "none": {} } }), "C"),
            (json!({ "contacts": { "every": {} } }), "CBA"),
            (json!({ "contacts": {} }), "CBA"),
            (json!({ "contacts": { "some": { "name": { "eq": "EVA" } } } }), "BA"),
            (json!({ "contacts": { "every": { "name": { "eq": "eva" } } } }), "CB"),
            (json!({ "contacts": { "none": { "name": { "contains": "pérez" } } } }), "CB"),
            (json!({ "contacts": { "some": { "name": { "startsWith": "jo" }, "isMain": true } } }), "A"),
            (json!({ "contacts": { "some": { "name": { "startsWith": "eva" }, "isMain": true } } }), "B"),
            (json!({ "contacts": { "some": { "isMain": false } } }), "A"),
            (json!({ "contacts": { "some": { "email": { "eq": "JOSE@example.com" } } } }), "A"),
            (json!({ "contacts": { "some": { "email": { "contains": "uno@" } } } }), ""),
            (json!({ "contacts": { "some": { "phone": { "contains": "5550101" } }, "none": { "name": { "eq": "rosa" } } } }), "A"),
            // One and the same contact has to pass all.
            (json!({ "contacts": { "some": { "name": { "eq": "eva" }, "email": { "contains": "jose" } } } }), ""),
            (json!({ "addresses": { "some": { "country": { "eq": "es" } } } }), "A"),
            (json!({ "addresses": { "every": { "country": { "eq": "VE" } } } }), "CB"),
            (json!({ "addresses": { "some": { "country": { "eq": "VE" }, "city": { "eq": "madrid" } } } }), "B"),
            (json!({ "addresses": { "some": { "city": { "in": ["MADRID", "Lima"] } } } }), "BA"),
            (json!({ "addresses": { "some": { "municipality": { "isNull": false } } } }), "A"),
            (json!({ "addresses": { "every": { "municipality": { "eq": "libertador" } } } }), "C"),
            (json!({ "identifiers": { "some": { "type": { "eq": app.identifier_type("Cédula V") }, "number": { "startsWith": "v1" } } } }), "A"),
            (json!({ "identifiers": { "none": {} } }), "CB"),
            (json!({ "emails": { "some": { "value": { "contains": "jose" } } } }), "A"),
            (json!({ "emails": { "every": { "value": { "contains": "example" } } } }), "CBA"),
            (json!({ "emails": { "some": { "isVerified": false } } }), "BA"),
            (json!({ "emails": { "some": { "isVerified": true } } }), ""),
            (json!({ "phones": { "some": { "value": { "eq": "+58 414 555 01 01" } } } }), "A"),
            (json!({ "cycles": { "some": { "category": { "eq": "LOST" }, "reason": { "eq": app.reason("No budget") } } } }), "B"),
            (json!({ "cycles": { "every": { "closedAt": { "isNull": true } } } }), "CA"),
            (json!({ "cycles": { "some": { "closedAt": { "relative": { "unit": "DAY" } } } } }), "B"),
            (json!({ "cycles": { "some": { "kind": { "in": ["RENEWAL"] } } } }), ""),
            (json!({ "cycles": { "some": { "status": { "eq": app.status("New") }, "openedAt": { "lt": app.time(-DAY) } } } }), "A"),
            (json!({ "timeline": { "some": { "kind": { "eq": "INTERACTION" }, "actor": { "eq": app.ana.id } } } }), "A"),
            (json!({ "timeline": { "none": { "occurredAt": { "relative": { "unit": "DAY" } } } } }), ""),
            (json!({ "timeline": { "every": { "kind": { "eq": "CREATED" } } } }), "C"),
            (json!({ "timeline": { "some": { "isPinned": true } } }), ""),
            (json!({ "firstTouch": { "source": { "eq": app.source("Event") } } }), "A"),
            (json!({ "lastTouch": { "source": { "in": [app.source("Event")] }, "at": { "lt": app.time(0) } } }), "A"),
            (json!({ "not": { "firstTouch": { "source": { "eq": app.source("Event") } } } }), "CB"),
            (json!({ "or": [{ "emails": { "some": { "value": { "eq": "dos@otro.example" } } } }, { "phone": { "eq": "+582125550100" } }] }), "BA"),
            (json!({ "or": [{ "name": { "eq": "tres" } }, { "contacts": { "some": { "isMain": true } } }], "and": [{ "city": { "eq": "madrid" } }] }), "BA"),
            (json!({ "name": { "startsWith": "d" } }), "B"),
            (json!({ "name": { "startsWith": "" } }), "CBA"),
            (json!({ "statusCategory": { "eq": "LOST" }, "lastActivityAt": { "gte": app.time(-1) } }), "B"),
        ] {
            assert_eq!(find(&app, &made, filter.clone()).await, found, "{filter}");
        }
    }

    /// The clock of the tests says noon in Caracas, where the callers live.
    async fn periods_move_with_the_calendar(app: TestApp) {
        let made = three(&app).await;
        let created = async |unit: &str, offset: i32, count: i32| {
            let relative = json!({ "unit": unit, "offset": offset, "count": count });
            find(&app, &made, json!({ "createdAt": { "relative": relative } })).await
        };
        assert_eq!(created("DAY", 0, 1).await, "C");
        assert_eq!(created("DAY", -4, 1).await, "BA");
        assert_eq!(created("DAY", -4, 4).await, "BA");
        assert_eq!(created("DAY", -3, 3).await, "");
        assert_eq!(created("WEEK", 0, 1).await, "CBA");
        assert_eq!(created("WEEK", -1, 1).await, "");
        assert_eq!(created("MONTH", 0, 1).await, "CBA");
        assert_eq!(created("YEAR", -1, 2).await, "CBA");
        assert_eq!(created("QUARTER", 1, 1).await, "");
        let both = json!({ "createdAt": { "relative": { "unit": "WEEK" }, "lt": app.time(-DAY) } });
        assert_eq!(find(&app, &made, both).await, "BA");
        let document = "query ($filter: ProspectFilter) { prospects(filter: $filter) { totalCount } }";
        for (offset, count) in [(1_001, 1), (-1_001, 1), (0, 0), (0, -5), (0, 1_001)] {
            let filter = json!({ "createdAt": { "relative": { "unit": "YEAR", "offset": offset, "count": count } } });
            assert_eq!(app.ana.run(document, json!({ "filter": filter })).await.codes(), ["BAD_USER_INPUT"]);
        }
    }

    /// Past midnight in Madrid, what was registered in the afternoon is of yesterday; in Caracas it is still the same evening.
    async fn each_caller_has_a_calendar_of_their_own(app: TestApp) {
        app.prospect().owner(&app.ana).create().await;
        app.advance(9 * 60 * 60 * 1000);
        let profile = "mutation { userProfileUpdate(input: { timeZone: \"Europe/Madrid\" }) { userErrors { code } } }";
        app.admin.run(profile, json!({})).await.payload("userProfileUpdate");
        let document = "query ($offset: Int!) { prospects(filter: { createdAt: { relative: { unit: DAY, offset: $offset } } }) { totalCount } }";
        for (person, today, yesterday) in [(&app.ana, 1, 0), (&app.admin, 0, 1)] {
            for (offset, count) in [(0, today), (-1, yesterday)] {
                let found = person.query(document, json!({ "offset": offset })).await;
                assert_eq!(found["prospects"]["totalCount"], json!(count), "{} {offset}", person.name);
            }
        }
    }

    async fn tests_of_relations_are_counted_and_limited(app: TestApp) {
        let document = "query ($filter: ProspectFilter) { prospects(filter: $filter) { totalCount } }";
        let of = |many: usize| {
            let contact = json!({ "contacts": { "some": { "name": { "eq": "a" }, "isMain": true } } });
            json!({ "filter": { "and": vec![contact; many] } })
        };
        app.ana.query(document, of(25)).await;
        assert_eq!(app.ana.run(document, of(26)).await.codes(), ["BAD_USER_INPUT"]);
        let many = json!({ "filter": { "addresses": { "none": { "city": { "in": vec!["a"; 201] } } } } });
        assert_eq!(app.ana.run(document, many).await.codes(), ["BAD_USER_INPUT"]);
    }

    async fn clients_are_ordered_as_asked(app: TestApp) {
        let made = three(&app).await;
        app.convert(&app.ana, &made[0]).await;
        app.advance(60_000);
        app.convert(&app.ana, &made[2]).await;
        app.advance(60_000);
        app.note(&app.ana, &made[0], "later").await;
        let document = "query ($order: [ClientOrder!]) { clients(orderBy: $order) { nodes { prospect { name } } } }";
        let ordered = async |order: Value| -> Vec<Value> {
            let data = app.ana.query(document, json!({ "order": order })).await;
            data["clients"]["nodes"].as_array().expect("a list").iter().map(|node| node["prospect"]["name"].clone()).collect()
        };
        for (field, first) in [("SINCE", "Uno"), ("CREATED_AT", "Uno"), ("NAME", "Tres"), ("LAST_ACTIVITY_AT", "Tres")] {
            let ascending = ordered(json!([{ "field": field, "direction": "ASC" }])).await;
            assert_eq!(ascending.len(), 2);
            assert_eq!(ascending[0], json!(first), "{field}");
            let mut descending = ordered(json!([{ "field": field, "direction": "DESC" }])).await;
            descending.reverse();
            assert_eq!(ascending, descending, "{field}");
        }
        assert_eq!(ordered(json!([])).await, ["Tres", "Uno"]);
    }
}
