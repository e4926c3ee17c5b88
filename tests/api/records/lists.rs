//! Lists: each filter alone and combined, orders, totals.

use sea_orm::DbBackend;
use serde_json::{Value, json};

use crate::support::{Made, TestApp, operations};

const MINUTE: i64 = 60_000;

/// Four prospects of Ana, a minute apart, and one of Luis.
struct Four {
    all: Vec<Made>,
}

impl Four {
    async fn create(app: &TestApp) -> Four {
        let inputs = [
            json!({ "kind": "PERSON", "name": "Álvaro Núñez", "channelId": app.channel("Shop"),
                "emails": [{ "value": "Alvaro@Example.com" }], "addresses": [{ "country": "VE", "city": "Mérida" }],
                "identifiers": [{ "typeId": app.identifier_type("Cédula V"), "number": "V-11.222.333" }] }),
            json!({ "kind": "COMPANY", "name": "Bodega 100%_real", "legalName": "Bodega Real, C.A.", "segmentId": app.segment("Large companies"),
                "phones": [{ "value": "0212 5550100" }], "contacts": [{ "firstName": "José", "lastName": "Pérez", "emails": [{ "value": "jose@bodega.example" }] }] }),
            json!({ "kind": "PERSON", "name": "Carla", "potentialLevelId": null, "firstTouch": { "sourceId": app.source("Event") },
                "addresses": [{ "country": "ES", "city": "Mérida" }, { "country": "VE", "city": "Caracas" }] }),
            json!({ "kind": "PERSON", "name": "david", "segmentId": null }),
        ];
        let mut all = Vec::new();
        for input in inputs {
            app.advance(MINUTE);
            all.push(app.prospect().by(&app.ana).with(input).create().await);
        }
        app.advance(MINUTE);
        app.log(&app.ana, &all[0], json!({})).await;
        app.convert(&app.ana, &all[1]).await;
        app.advance(MINUTE);
        app.move_to(&app.ana, &all[2], "Lost").await;
        all.push(app.prospect().by(&app.luis).name("Otro").create().await);
        Four { all }
    }

    /// The letters of the prospects that the filter finds, in the order of the list.
    async fn find(&self, app: &TestApp, variables: Value) -> String {
        let document = "query ($filter: ProspectFilter, $orderBy: [ProspectOrder!], $first: Int, $last: Int) {
            prospects(filter: $filter, orderBy: $orderBy, first: $first, last: $last) { totalCount nodes { id } } }";
        let data = app.ana.query(document, variables.clone()).await;
        let list = &data["prospects"];
        let nodes = list["nodes"].as_array().expect("a list");
        if variables["first"].is_null() && variables["last"].is_null() {
            assert_eq!(list["totalCount"], json!(nodes.len()), "{variables}");
        }
        let letter = |node: &Value| {
            let place = self.all.iter().position(|made| node["id"] == json!(made.id)).expect("one of them");
            char::from(b'A' + u8::try_from(place).expect("few"))
        };
        nodes.iter().map(letter).collect()
    }

    async fn filtered(&self, app: &TestApp, filter: Value) -> String {
        self.find(app, json!({ "filter": filter })).await
    }
}

both! {
    async fn each_filter_alone(app: TestApp) {
        let four = Four::create(&app).await;
        let not_evaluated = app.level("Not yet evaluated");
        let (two, three) = (app.time(-3 * MINUTE), app.time(-2 * MINUTE));
        for (filter, found) in [
            (json!({}), "DCBA"),
            (json!({ "id": { "eq": four.all[2].id } }), "C"),
            (json!({ "id": { "in": [four.all[0].id, four.all[3].id, four.all[4].id, "nonsense"] } }), "DA"),
            (json!({ "id": { "in": [] } }), ""),
            (json!({ "kind": { "eq": "COMPANY" } }), "B"),
            (json!({ "kind": { "in": ["COMPANY", "PERSON"] } }), "DCBA"),
            (json!({ "kind": { "in": [] } }), ""),
            (json!({ "name": { "eq": "ALVARO NUNEZ" } }), "A"),
            (json!({ "name": { "contains": "A" } }), "DCBA"),
            (json!({ "name": { "contains": "%" } }), "B"),
            (json!({ "name": { "contains": "_" } }), "B"),
            (json!({ "name": { "contains": "\\" } }), ""),
            (json!({ "name": { "startsWith": "DÁ" } }), "D"),
            (json!({ "name": { "in": ["carla", "David", "unknown"] } }), "DC"),
            (json!({ "legalName": { "isNull": true } }), "DCA"),
            (json!({ "legalName": { "isNull": false } }), "B"),
            (json!({ "legalName": { "contains": "real" } }), "B"),
            (json!({ "condition": { "eq": "CLIENT" } }), "B"),
            (json!({ "condition": { "eq": "PROSPECT" } }), "DCA"),
            (json!({ "condition": { "in": ["CLIENT", "PROSPECT"] } }), "DCBA"),
            (json!({ "status": { "eq": app.status("New") } }), "DA"),
            (json!({ "status": { "in": [app.status("Won"), app.status("Lost")] } }), "CB"),
            (json!({ "status": { "eq": app.channel("Shop") } }), ""),
            (json!({ "statusCategory": { "eq": "OPEN" } }), "DA"),
            (json!({ "statusCategory": { "in": ["LOST", "WON"] } }), "CB"),
            (json!({ "channel": { "eq": app.channel("Shop") } }), "A"),
            (json!({ "segment": { "eq": app.segment("Large companies") } }), "B"),
            (json!({ "segment": { "isNull": true } }), "D"),
            (json!({ "segment": { "isNull": false } }), "CBA"),
            (json!({ "potentialLevel": { "isNull": true } }), "C"),
            (json!({ "potentialLevel": { "eq": not_evaluated } }), "DBA"),
            (json!({ "source": { "eq": app.source("Event") } }), "C"),
            (json!({ "owner": { "eq": app.ana.id } }), "DCBA"),
            (json!({ "owner": { "eq": app.luis.id } }), ""),
            (json!({ "owner": { "isNull": true } }), ""),
            (json!({ "createdAt": { "gte": two } }), "DC"),
            (json!({ "createdAt": { "gte": two, "lt": three } }), "C"),
            (json!({ "createdAt": { "lt": two } }), "BA"),
            (json!({ "firstContactAt": { "isNull": true } }), "DCB"),
            (json!({ "firstContactAt": { "isNull": false } }), "A"),
            (json!({ "firstContactAt": { "lt": app.time(0) } }), "A"),
            (json!({ "lastActivityAt": { "gte": app.time(0) } }), "C"),
            (json!({ "clientSince": { "isNull": false } }), "B"),
            (json!({ "clientSince": { "gte": app.time(-MINUTE) } }), "B"),
            (json!({ "email": { "eq": "ALVARO@example.com" } }), "A"),
            (json!({ "email": { "contains": "bodega" } }), "B"),
            (json!({ "phone": { "eq": "+58 212 555-0100" } }), "B"),
            (json!({ "phone": { "contains": "5550100" } }), "B"),
            (json!({ "identifier": { "eq": "v11222333" } }), "A"),
            (json!({ "identifier": { "startsWith": "V-11" } }), "A"),
            (json!({ "contactName": { "contains": "jose perez" } }), "B"),
            (json!({ "country": { "eq": "ve" } }), "CA"),
            (json!({ "city": { "eq": "merida" } }), "CA"),
        ] {
            assert_eq!(four.filtered(&app, filter.clone()).await, found, "{filter}");
        }
    }

    async fn filters_combined(app: TestApp) {
        let four = Four::create(&app).await;
        for (filter, found) in [
            (json!({ "and": [] }), "DCBA"),
            (json!({ "or": [] }), ""),
            (json!({ "not": {} }), ""),
            (json!({ "and": [{ "kind": { "eq": "PERSON" } }, { "statusCategory": { "eq": "OPEN" } }] }), "DA"),
            (json!({ "or": [{ "name": { "eq": "carla" } }, { "condition": { "eq": "CLIENT" } }] }), "CB"),
            (json!({ "not": { "kind": { "eq": "PERSON" } } }), "B"),
            // What has no legal name does not have this one.
            (json!({ "not": { "legalName": { "eq": "Bodega Real, C.A." } } }), "DCA"),
            (json!({ "not": { "segment": { "eq": app.segment("Large companies") } } }), "DCA"),
            (json!({ "not": { "city": { "eq": "Caracas" } } }), "DBA"),
            (json!({ "not": { "not": { "city": { "eq": "Caracas" } } } }), "C"),
            (json!({ "kind": { "eq": "PERSON" }, "or": [{ "name": { "eq": "david" } }, { "city": { "eq": "Mérida" } }], "not": { "statusCategory": { "eq": "LOST" } } }), "DA"),
            (json!({ "or": [{ "and": [{ "kind": { "eq": "COMPANY" } }, { "condition": { "eq": "CLIENT" } }] }, { "not": { "firstContactAt": { "isNull": true } } }] }), "BA"),
        ] {
            assert_eq!(four.filtered(&app, filter.clone()).await, found, "{filter}");
        }
    }

    async fn lists_are_put_in_order(app: TestApp) {
        let four = Four::create(&app).await;
        let by = |fields: &[(&str, &str)]| {
            let order = fields.iter().map(|(field, direction)| json!({ "field": field, "direction": direction }));
            json!({ "orderBy": order.collect::<Vec<_>>() })
        };
        for (order, found) in [
            (by(&[]), "DCBA"),
            (by(&[("CREATED_AT", "ASC")]), "ABCD"),
            (by(&[("NAME", "ASC")]), "ABCD"),
            (by(&[("NAME", "DESC")]), "DCBA"),
            (by(&[("LAST_ACTIVITY_AT", "DESC"), ("NAME", "ASC")]), "CABD"),
            (by(&[("LAST_ACTIVITY_AT", "DESC"), ("NAME", "DESC")]), "CBAD"),
        ] {
            assert_eq!(four.find(&app, order.clone()).await, found, "{order}");
        }
        assert_eq!(four.find(&app, json!({ "first": 2 })).await, "DC");
        assert_eq!(four.find(&app, json!({ "last": 2 })).await, "BA");
        assert_eq!(four.find(&app, json!({ "first": 0 })).await, "");
    }

    async fn clients_come_newest_first(app: TestApp) {
        let four = Four::create(&app).await;
        app.convert(&app.ana, &four.all[0]).await;
        app.convert(&app.luis, &four.all[4]).await;
        let run = async |filter: Value| -> Vec<Value> {
            let data = app.ana.query(operations::CLIENTS, json!({ "filter": filter })).await;
            let nodes = data["clients"]["nodes"].as_array().expect("a list");
            assert_eq!(data["clients"]["totalCount"], json!(nodes.len()));
            nodes.iter().map(|node| node["prospect"]["id"].clone()).collect()
        };
        let (a, b) = (json!(four.all[0].id), json!(four.all[1].id));
        assert_eq!(run(json!({})).await, [a.clone(), b.clone()]);
        assert_eq!(run(json!({ "since": { "lt": app.time(0) } })).await, std::slice::from_ref(&b));
        assert_eq!(run(json!({ "prospect": { "kind": { "eq": "PERSON" } } })).await, std::slice::from_ref(&a));
        assert_eq!(run(json!({ "potentialLevel": { "eq": app.client_level("Not yet evaluated") } })).await, [a.clone(), b.clone()]);
        assert_eq!(run(json!({ "not": { "prospect": { "kind": { "eq": "PERSON" } } } })).await, std::slice::from_ref(&b));
        assert_eq!(run(json!({ "or": [{ "prospect": { "name": { "contains": "bodega" } } }] })).await, std::slice::from_ref(&b));
        // Whether they are clients is no question here.
        let condition = |test: Value| json!({ "prospect": { "condition": test } });
        for all in [
            condition(json!({ "eq": "CLIENT" })),
            condition(json!({ "in": ["PROSPECT", "CLIENT"] })),
            json!({ "since": { "isNull": false } }),
            json!({ "not": condition(json!({ "eq": "PROSPECT" })) }),
            json!({ "not": { "since": { "isNull": true } } }),
        ] {
            assert_eq!(run(all.clone()).await, [a.clone(), b.clone()], "{all}");
        }
        for none in [
            condition(json!({ "eq": "PROSPECT" })),
            condition(json!({ "eq": "CLIENT", "in": ["PROSPECT"] })),
            condition(json!({ "in": [] })),
            json!({ "since": { "isNull": true } }),
            json!({ "not": condition(json!({ "eq": "CLIENT" })) }),
        ] {
            assert_eq!(run(none.clone()).await, Vec::<Value>::new(), "{none}");
        }
    }

    /// A total is counted only if selected.
    async fn a_total_costs_a_statement(app: TestApp) {
        for _ in 0..2 {
            app.prospect().by(&app.ana).create().await;
        }
        let (without, _) = app.statements(app.ana.query("{ prospects(first: 1) { nodes { id } } }", json!({}))).await;
        let (with, _) = app.statements(app.ana.query("{ prospects(first: 1) { totalCount nodes { id } } }", json!({}))).await;
        assert_eq!((without, with), (2, 3));
    }

    /// Many rows match, after 15,000 others: its pages are those of a list in order.
    async fn what_lies_far_back_is_found_by_its_test(app: TestApp) {
        let old = app.prospect().by(&app.ana).with(json!({ "name": "Antes", "segmentId": app.segment("Large companies") })).create().await;
        app.copies(&old, 5_200).await;
        app.advance(MINUTE);
        let new = app.prospect().by(&app.ana).with(json!({ "name": "Ahora", "segmentId": null })).create().await;
        app.copies(&new, 15_200).await;
        let document = "query ($filter: ProspectFilter, $order: [ProspectOrder!], $first: Int, $after: String, $last: Int, $before: String) {
            prospects(filter: $filter, orderBy: $order, first: $first, after: $after, last: $last, before: $before) {
                totalCount isTotalEstimated edges { cursor node { id name } } pageInfo { hasNextPage hasPreviousPage } } }";
        let large = json!({ "segment": { "eq": app.segment("Large companies") } });
        let checked = json!({ "not": { "not": large } });
        for person in [&app.ana, &app.admin] {
            for order in [json!([{ "field": "CREATED_AT", "direction": "DESC" }]), json!([{ "field": "NAME", "direction": "ASC" }]),
                json!([{ "field": "LAST_ACTIVITY_AT", "direction": "DESC" }, { "field": "NAME", "direction": "DESC" }])] {
                let page = async |filter: &Value, mut variables: Value| {
                    variables["filter"] = filter.clone();
                    variables["order"] = order.clone();
                    person.query(document, variables).await["prospects"].clone()
                };
                for (size, from, outermost) in [("first", "after", 2), ("last", "before", 0)] {
                    let mut variables = json!({ size: 3 });
                    for _ in 0..2 {
                        let found = page(&large, variables.clone()).await;
                        assert_eq!(found, page(&checked, variables.clone()).await, "{order} {variables}");
                        assert_eq!(found["totalCount"], json!(5_201), "{order} {variables}");
                        let edges = found["edges"].as_array().expect("a list");
                        assert_eq!(edges.len(), 3, "{order} {variables}");
                        variables[from] = edges[outermost]["cursor"].clone();
                    }
                }
            }
        }
        let list = "query ($filter: ProspectFilter) { prospects(filter: $filter, first: 3) { nodes { id } } }";
        // On SQLite it is counted first whether they are few.
        let is_counted = u64::from(app.core.db.backend() == DbBackend::Sqlite);
        for (filter, expected) in [(&large, 2 + is_counted), (&checked, 2)] {
            assert_eq!(app.statements(app.ana.query(list, json!({ "filter": filter }))).await.0, expected);
        }
        assert_eq!(app.luis.query(document, json!({ "filter": large })).await["prospects"]["totalCount"], json!(0));
    }

    /// In either direction, and where nothing is there at all.
    async fn a_page_that_is_the_whole_list_is_its_total(app: TestApp) {
        for count in 0..3 {
            for size in ["first: 2", "last: 2"] {
                let document = format!("{{ prospects({size}) {{ totalCount isTotalEstimated nodes {{ id }} }} }}");
                let (statements, data) = app.statements(app.ana.query(&document, json!({}))).await;
                assert_eq!((statements, &data["prospects"]["totalCount"]), (2, &json!(count)));
                assert_eq!(data["prospects"]["isTotalEstimated"], json!(false));
            }
            app.prospect().by(&app.ana).create().await;
        }
        let third = app.ana.query("{ prospects(first: 2) { totalCount pageInfo { endCursor } } }", json!({})).await;
        assert_eq!(third["prospects"]["totalCount"], json!(3));
        let after = json!({ "after": third["prospects"]["pageInfo"]["endCursor"] });
        let last = app.ana.query("query ($after: String) { prospects(first: 2, after: $after) { totalCount nodes { id } } }", after).await;
        assert_eq!(last["prospects"]["totalCount"], json!(3));
    }

    /// Letters and digits are what is compared of numbers, so a text without any finds nothing.
    async fn a_fragment_without_digits_finds_nothing(app: TestApp) {
        let four = Four::create(&app).await;
        for filter in [json!({ "phone": { "contains": "abc" } }), json!({ "identifier": { "startsWith": "--" } })] {
            assert_eq!(four.filtered(&app, filter.clone()).await, "", "{filter}");
        }
    }
}
