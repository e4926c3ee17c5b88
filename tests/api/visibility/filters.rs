//! Filters and orders reveal nothing invisible: each answers a salesperson as it answers an administrator over the salesperson's records.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::schema_text::{Argument, SchemaText};
use super::world::World;
use crate::support::{IDLE_JOB, TestApp};

/// A root list, and the filter by which an administrator gets the records of a salesperson.
struct List {
    name: &'static str,
    filter: &'static str,
}

const LISTS: [List; 7] = [
    List {
        name: "prospects",
        filter: "ProspectFilter",
    },
    List {
        name: "clients",
        filter: "ClientFilter",
    },
    List {
        name: "tasks",
        filter: "TaskFilter",
    },
    List {
        name: "documents",
        filter: "DocumentFilter",
    },
    List {
        name: "jobs",
        filter: "JobFilter",
    },
    List {
        name: "savedReports",
        filter: "SavedReportFilter",
    },
    List {
        name: "dashboards",
        filter: "DashboardFilter",
    },
];

both! {
    async fn filters_see_what_the_caller_sees(app: TestApp) {
        let world = World::create(&app).await;
        let schema = SchemaText::read();
        let secrets = world.secrets_from(&app, &app.ana).await;
        let found: BTreeSet<&str> = schema
            .fields("Query")
            .iter()
            .filter(|field| field.arguments.iter().any(|argument| argument.name == "filter"))
            .map(|field| &field.name[..])
            .collect();
        // The timeline has a test of its own: an administrator cannot filter it to what a salesperson sees.
        let known = LISTS.iter().map(|list| list.name).chain(["timeline"]);
        assert_eq!(found, known.collect(), "the schema walk does not know all lists with a filter");
        for list in &LISTS {
            let (name, kind) = (list.name, list.filter);
            let rows = "{ totalCount pageInfo { hasNextPage } edges { cursor node { id } } }";
            let document = format!("query ($filter: {kind}) {{ list: {name}(filter: $filter, first: 100) {rows} }}");
            let both = format!(
                "query ($filter: {kind}, $own: {kind}) {{ own: {name}(filter: $own, first: 100) {rows} all: {name}(filter: $filter) {{ totalCount }} }}"
            );
            for field in schema.input_fields(list.filter) {
                let mut reaches_others = false;
                for filter in filters(&schema, &app, &world, list.filter, field, 2) {
                    let answer = app.ana.run(&document, json!({ "filter": filter })).await;
                    secrets.assert_kept(&answer.text, &format!("{filter}"));
                    let scoped = json!({ "and": [filter, narrowed(list, &app.ana.id)] });
                    let expected = app.admin.query(&both, json!({ "filter": filter, "own": scoped })).await;
                    assert_eq!(answer.data()["list"], expected["own"], "{} with {filter}", list.name);
                    let nothing = app.stranger.query(&document, json!({ "filter": filter })).await;
                    assert_eq!(nothing["list"]["totalCount"], 0, "{} with {filter}", list.name);
                    reaches_others |= expected["all"]["totalCount"].as_i64() > expected["own"]["totalCount"].as_i64();
                }
                assert!(reaches_others, "no {}.{} was found that would show something of others", list.filter, field.name);
            }
        }
    }

    async fn filters_of_the_history_see_what_the_caller_sees(app: TestApp) {
        let world = World::create(&app).await;
        let schema = SchemaText::read();
        let secrets = world.secrets_from(&app, &app.ana).await;
        let document = "query ($filter: TimelineFilter) { timeline(filter: $filter, first: 100) {
            totalCount pageInfo { hasNextPage } edges { cursor node { id prospect { owner { id } } } } } }";
        for field in schema.input_fields("TimelineFilter") {
            let mut reaches_others = false;
            for filter in filters(&schema, &app, &world, "TimelineFilter", field, 1) {
                let variables = json!({ "filter": filter });
                let answer = app.ana.run(document, variables.clone()).await;
                secrets.assert_kept(&answer.text, &format!("{filter}"));
                let all = app.admin.query(document, variables.clone()).await["timeline"].clone();
                assert_eq!(all["pageInfo"]["hasNextPage"], json!(false));
                let all = all["edges"].as_array().expect("a list");
                let own: Vec<&Value> = all.iter().filter(|edge| edge["node"]["prospect"]["owner"]["id"] == json!(app.ana.id)).collect();
                let seen = &answer.data()["timeline"];
                assert_eq!(seen["edges"], json!(own), "{filter}");
                assert_eq!(seen["totalCount"], json!(own.len()), "{filter}");
                assert_eq!(app.stranger.query(document, variables).await["timeline"]["totalCount"], 0, "{filter}");
                reaches_others |= all.len() > own.len();
            }
            assert!(reaches_others, "no TimelineFilter.{} was found that would show something of others", field.name);
        }
    }

    /// No word matches records of others.
    async fn searches_see_what_the_caller_sees(app: TestApp) {
        let world = World::create(&app).await;
        let secrets = world.secrets_from(&app, &app.ana).await;
        for (list, filter, owner) in [
            ("prospects", "ProspectFilter", json!({ "owner": { "eq": app.ana.id } })),
            ("clients", "ClientFilter", json!({ "prospect": { "owner": { "eq": app.ana.id } } })),
            ("documents", "DocumentFilter", json!({ "prospect": { "owner": { "eq": app.ana.id } } })),
        ] {
            let document = format!(
                "query ($search: String, $filter: {filter}) {{ {list}(search: $search, filter: $filter) {{
                    totalCount isTotalEstimated pageInfo {{ hasNextPage }} edges {{ cursor node {{ id }} }} }} }}"
            );
            for search in ["marca", "luismarca", "anamarca", "sinmarca client", "correo.example", "+58212", "open", "discarded"] {
                let answer = app.ana.run(&document, json!({ "search": search })).await;
                secrets.assert_kept(&answer.text, search);
                let expected = app.admin.query(&document, json!({ "search": search, "filter": owner })).await;
                assert_eq!(*answer.data(), expected, "{search}");
                let nothing = app.stranger.query(&document, json!({ "search": search })).await;
                assert_eq!(nothing[list]["totalCount"], 0, "{search}");
            }
        }
    }

    /// The filters of lists inside a record, on own records and on those of others.
    async fn filters_inside_a_record(app: TestApp) {
        let world = World::create(&app).await;
        let schema = SchemaText::read();
        let secrets = world.secrets_from(&app, &app.ana).await;
        let lists = schema.fields("Prospect").iter().filter_map(|field| {
            let filter = field.arguments.iter().find(|argument| argument.name == "filter")?;
            let rows = if field.named.ends_with("Connection") { "totalCount nodes { id }" } else { "id" };
            Some((field.name.clone(), filter.named.clone(), rows))
        });
        let lists: Vec<(String, String, &str)> = lists.collect();
        assert_eq!(lists.len(), 4, "{lists:?}");
        for (name, filter, rows) in lists {
            let document = format!("query ($id: ID!, $filter: {filter}) {{ prospect(id: $id) {{ {name}(filter: $filter) {{ {rows} }} }} }}");
            for field in schema.input_fields(&filter) {
                for value in filters(&schema, &app, &world, &filter, field, 1) {
                    for made in [&world.ana.open, &world.ana.client] {
                        let variables = json!({ "id": made.id, "filter": value });
                        let seen = app.ana.query(&document, variables.clone()).await;
                        assert_eq!(seen, app.admin.query(&document, variables).await, "{name} with {value}");
                        assert!(!seen["prospect"].is_null());
                    }
                    let answer = app.ana.run(&document, json!({ "id": world.luis.open.id, "filter": value })).await;
                    secrets.assert_kept(&answer.text, &name);
                    assert_eq!(*answer.data(), json!({ "prospect": null }));
                }
            }
        }
    }

    async fn orders_see_what_the_caller_sees(app: TestApp) {
        let world = World::create(&app).await;
        let schema = SchemaText::read();
        let secrets = world.secrets_from(&app, &app.ana).await;
        for (list, many) in LISTS.iter().zip([Some(3), Some(1), None, None]) {
            let (name, kind) = (list.name, list.filter.trim_end_matches("Filter"));
            let document = format!(
                "query ($filter: {kind}Filter, $order: [{kind}Order!]) {{ {name}(filter: $filter, orderBy: $order) {{ totalCount nodes {{ id }} }} }}"
            );
            for field in schema.enum_values(&format!("{kind}OrderField")).expect("an enum") {
                for direction in schema.enum_values("OrderDirection").expect("an enum") {
                    let mut order = json!([{ "field": field, "direction": direction }]);
                    if field == "ATTRIBUTE" {
                        order[0]["attributeKey"] = json!("mark");
                    }
                    let answer = app.ana.run(&document, json!({ "order": order })).await;
                    secrets.assert_kept(&answer.text, field);
                    let own = json!({ "order": order, "filter": narrowed(list, &app.ana.id) });
                    assert_eq!(*answer.data(), app.admin.query(&document, own).await, "{field} {direction}");
                    let total = answer.data()[name]["totalCount"].as_u64();
                    assert!(many.map_or(total > Some(0), |many| total == Some(many)), "{name} by {field}: {total:?}");
                }
            }
        }
    }

    /// A cursor is a position in an order: another caller's cursor shows only own rows.
    async fn cursors_of_others_are_places(app: TestApp) {
        let world = World::create(&app).await;
        let secrets = world.secrets_from(&app, &app.ana).await;
        let all = app.admin.query("{ prospects(first: 100) { edges { cursor node { owner { id } } } } }", json!({})).await;
        let edges = all["prospects"]["edges"].as_array().expect("a list");
        let document = "query ($after: String) { prospects(after: $after) { nodes { id name } } }";
        for edge in edges {
            let answer = app.ana.run(document, json!({ "after": edge["cursor"] })).await;
            secrets.assert_kept(&answer.text, "a cursor");
            answer.data();
        }
        for bad in ["", "nonsense", "AAAA", "🦀"] {
            let answer = app.ana.run(document, json!({ "after": bad })).await;
            assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{bad}: {}", answer.text);
        }
    }
}

fn narrowed(list: &List, owner: &str) -> Value {
    match list.name {
        "clients" | "tasks" | "documents" => json!({ "prospect": { "owner": { "eq": owner } } }),
        "jobs" => json!({ "user": { "eq": owner } }),
        "savedReports" | "dashboards" => json!({ "author": { "eq": owner } }),
        _ => json!({ "owner": { "eq": owner } }),
    }
}

/// Filters that use one field of a filter type in every form; fails for an unknown one.
fn filters(schema: &SchemaText, app: &TestApp, world: &World, filter: &str, field: &Argument, depth: usize) -> Vec<Value> {
    let wrap = |value: Value| json!({ &field.name[..]: value });
    let inner = |name: &str| -> Vec<Value> {
        if depth == 0 {
            return Vec::new();
        }
        schema
            .input_fields(name)
            .iter()
            .flat_map(|field| filters(schema, app, world, name, field, depth - 1).into_iter().take(2))
            .collect()
    };
    let values: Vec<Value> = match &field.named[..] {
        _ if field.named == filter && field.is_list => inner(filter).into_iter().map(|value| json!([value])).collect(),
        "ProspectFilter" | "ClientFilter" | "TaskFilter" | "DocumentFilter" | "JobFilter" => inner(&field.named),
        "AttributeFilter" => {
            let tests = [
                json!({ "contains": "luismarca" }),
                json!({ "isNull": true }),
                json!({ "isNull": false }),
            ];
            tests.map(|test| json!([{ "key": "mark", "text": test }])).to_vec()
        }
        "Boolean" => vec![json!(true), json!(false)],
        "StringFilter" => {
            let known = [
                "luismarca",
                "LUISMARCA",
                "VE",
                "sinmarca city",
                "Vluismarca",
                "+58212",
                "correo.example",
                "application/pdf",
            ];
            let tests = known.iter().map(|text| json!({ "contains": text }));
            tests
                .chain([
                    json!({ "startsWith": known[0] }),
                    json!({ "eq": "VE" }),
                    json!({ "in": known }),
                    json!({ "isNull": true }),
                    json!({ "isNull": false }),
                ])
                .collect()
        }
        "ExactStringFilter" => {
            let known = ["luismarca", "cpc", "organic"];
            let tests = known.iter().map(|text| json!({ "eq": text }));
            tests
                .chain([json!({ "in": known }), json!({ "isNull": true }), json!({ "isNull": false })])
                .collect()
        }
        "AmountFilter" => vec![
            json!({ "gte": "0" }),
            json!({ "lte": "1000000", "currency": "USD" }),
            json!({ "isNull": true }),
            json!({ "isNull": false }),
        ],
        "JobKindFilter" => vec![json!({ "eq": IDLE_JOB }), json!({ "in": [IDLE_JOB, "none"] })],
        "IdFilter" => {
            let ids = ids(app, world);
            let tests = ids.iter().map(|id| json!({ "eq": id }));
            tests
                .chain([json!({ "in": ids }), json!({ "isNull": true }), json!({ "isNull": false })])
                .collect()
        }
        "IntFilter" => vec![
            json!({ "gte": 1 }),
            json!({ "lte": 30 }),
            json!({ "eq": 4 }),
            json!({ "in": [4, 30] }),
            json!({ "isNull": true }),
            json!({ "isNull": false }),
        ],
        // A relation, or what is tested of one row of it.
        name if is_nested(schema, name) => inner(name),
        "DateTimeFilter" => vec![
            json!({ "relative": { "unit": "YEAR" } }),
            json!({ "relative": { "unit": "DAY", "offset": 1, "count": 7 } }),
            json!({ "gte": app.time(-86_400_000) }),
            json!({ "lt": app.time(86_400_000) }),
            json!({ "weekday": { "in": ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"], "timeZone": "Asia/Kolkata" } }),
            json!({ "hourOfDay": { "in": (0..24).collect::<Vec<_>>() } }),
            json!({ "isNull": true }),
            json!({ "isNull": false }),
        ],
        name => {
            let values = schema
                .input_fields(name)
                .iter()
                .find(|field| field.name == "eq")
                .and_then(|eq| schema.enum_values(&eq.named));
            let values = values.unwrap_or_else(|| panic!("the schema walk does not know how to fill {filter}.{}", field.name));
            let mut tests: Vec<Value> = values.iter().map(|value| json!({ "eq": value })).collect();
            tests.push(json!({ "in": values }));
            if schema.input_fields(name).iter().any(|field| field.name == "isNull") {
                tests.extend([json!({ "isNull": true }), json!({ "isNull": false })]);
            }
            tests
        }
    };
    values.into_iter().map(wrap).collect()
}

/// Whether the type is one whose fields are filters themselves.
fn is_nested(schema: &SchemaText, name: &str) -> bool {
    let tests = ["eq", "gte"];
    !schema.input_fields(name).iter().any(|field| tests.contains(&field.name.as_str()))
}

/// Ids of what records of others refer to, and of these themselves.
fn ids(app: &TestApp, world: &World) -> Vec<String> {
    let default = "Not yet evaluated";
    vec![
        world.luis.open.id.clone(),
        app.luis.id.clone(),
        app.admin.id.clone(),
        app.channel(default),
        app.segment(default),
        app.level(default),
        app.client_level(default),
        app.source("Google Ads"),
        app.status("Lost"),
        app.status("Discarded"),
        app.task_type("Call"),
        app.other_admin.id.clone(),
        app.industry("Health"),
        app.customer_type("Retailer"),
        app.document_type("Contract"),
        app.address_type("Office"),
        world.around.tag.clone(),
        world.around.region.clone(),
        world.around.zone.clone(),
        world.around.sector.clone(),
    ]
}
