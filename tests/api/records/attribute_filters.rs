//! Lists by custom attributes: every operator of every type, in every list and through relations, and orders with pages in both directions.

use serde_json::{Value, json};

use crate::support::{Answer, Person, TestApp};

const LIST: &str = "query ($filter: ProspectFilter, $opposite: ProspectFilter, $other: ProspectFilter) {
    found: prospects(filter: $filter, first: 100) { totalCount nodes { name } }
    opposite: prospects(filter: $opposite, first: 100) { nodes { name } }
    named: prospects(filter: $filter, first: 100, orderBy: [{ field: NAME, direction: ASC }]) { nodes { name } }
    either: prospects(filter: $other, first: 100) { nodes { name } } }";
const PAGE: &str = "query ($orderBy: [ProspectOrder!], $first: Int, $after: String, $last: Int, $before: String) {
    prospects(orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
        nodes { name } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }";
const CLIENT: &str = "mutation ($id: ID!, $input: ClientUpdateInput!) { clientUpdate(id: $id, input: $input) {
    client { id } userErrors { code message path } } }";

/// One attribute of every type, and some with several values.
async fn define(app: &TestApp) {
    let choices =
        json!([{ "key": "acme", "label": "Acme" }, { "key": "globex", "label": "Globex" }, { "key": "initech", "label": "Initech" }]);
    for input in [
        json!({ "key": "code", "type": "TEXT" }),
        json!({ "key": "story", "type": "LONG_TEXT" }),
        json!({ "key": "size", "type": "INTEGER" }),
        json!({ "key": "budget", "type": "DECIMAL", "scale": 2 }),
        json!({ "key": "price", "type": "MONEY", "currency": "USD" }),
        json!({ "key": "is_hot", "type": "BOOLEAN" }),
        json!({ "key": "born", "type": "DATE" }),
        json!({ "key": "seen", "type": "DATE_TIME" }),
        json!({ "key": "brand", "type": "CHOICE", "choices": choices }),
        json!({ "key": "agent", "type": "USER" }),
        json!({ "key": "parent", "type": "PROSPECT" }),
        json!({ "key": "site", "type": "URL" }),
        json!({ "key": "mail", "type": "EMAIL" }),
        json!({ "key": "phone", "type": "PHONE" }),
        json!({ "key": "brands", "type": "CHOICE", "isMultiple": true, "choices": choices }),
        json!({ "key": "sizes", "type": "DECIMAL", "scale": 1, "isMultiple": true }),
        json!({ "key": "words", "type": "TEXT", "isMultiple": true }),
        json!({ "key": "days", "type": "DATE", "isMultiple": true }),
        json!({ "key": "margin", "type": "INTEGER", "visibility": "ADMIN" }),
    ] {
        app.attribute(input).await;
    }
}

/// An input of values by key.
fn values(values: Value) -> Value {
    let values = values.as_object().expect("an object").iter();
    json!({ "attributes": values.map(|(key, value)| json!({ "key": key, "value": value })).collect::<Vec<_>>() })
}

/// Four prospects of Ana's called by their numbers; the last has no values.
async fn world(app: &TestApp) {
    define(app).await;
    for (name, given) in [
        (
            "0",
            json!({
                "code": { "text": "Ñandú Uno" }, "story": { "text": "one\ntwo" }, "size": { "number": "-5" }, "budget": { "number": "1000" },
                "price": { "number": "0.50" }, "is_hot": { "boolean": true }, "born": { "date": "2026-01-15" },
                "seen": { "dateTime": "2026-01-15T10:00:00Z" }, "brand": { "choice": "acme" }, "agent": { "user": app.ana.id },
                "site": { "text": "https://www.example.com/Página" }, "mail": { "text": "Ana@example.com" },
                "phone": { "text": "0212-5550100" }, "brands": { "choices": ["acme", "globex"] }, "sizes": { "numbers": ["1", "2.5"] },
                "words": { "texts": ["Azul", "Rojo"] }, "days": { "dates": ["2026-01-01", "2026-02-01"] },
            }),
        ),
        (
            "1",
            json!({
                "code": { "text": "nandu dos" }, "story": { "text": "three" }, "size": { "number": "0" }, "budget": { "number": "1000.01" },
                "price": { "number": "90071992547409.91" }, "is_hot": { "boolean": false }, "born": { "date": "2026-02-15" },
                "seen": { "dateTime": "2026-01-15T10:00:00.001Z" }, "brand": { "choice": "globex" }, "agent": { "user": app.luis.id },
                "site": { "text": "https://cartera.example" }, "mail": { "text": "luis@example.com" },
                "phone": { "text": "+34 612345678" }, "brands": { "choices": ["globex"] }, "sizes": { "numbers": ["2.5"] },
                "words": { "texts": ["rojo"] }, "days": { "dates": ["2026-03-01"] },
            }),
        ),
        (
            "2",
            json!({ "size": { "number": "2147483647" }, "budget": { "number": "-0.01" }, "code": { "text": "100%" } }),
        ),
        ("3", json!({})),
    ] {
        app.advance(1_000);
        app.prospect().owner(&app.ana).name(name).with(values(given)).create().await;
    }
}

/// The names of the rows, in order.
fn names(page: &Value) -> String {
    let rows = page["nodes"].as_array().expect("a list").iter();
    rows.map(|row| row["name"].as_str().expect("a name")).collect::<Vec<_>>().join("")
}

fn sorted(names: &str) -> String {
    let mut letters: Vec<char> = names.chars().collect();
    letters.sort_unstable();
    letters.into_iter().collect()
}

/// Asserts which of the four prospects pass: as it is, negated, in another order, and as an alternative.
async fn assert_found(app: &TestApp, filter: Value, expected: &str) {
    let variables = json!({ "filter": filter, "opposite": { "not": filter }, "other": { "or": [filter, filter] } });
    let data = app.ana.query(LIST, variables).await;
    let others: String = "0123".chars().filter(|name| !expected.contains(*name)).collect();
    assert_eq!(sorted(&names(&data["found"])), expected, "{filter}");
    assert_eq!(data["found"]["totalCount"], json!(expected.len()), "{filter}");
    assert_eq!(names(&data["named"]), expected, "{filter} by name");
    assert_eq!(sorted(&names(&data["opposite"])), others, "not {filter}");
    assert_eq!(sorted(&names(&data["either"])), expected, "either {filter}");
}

fn by(key: &str, family: &str, test: Value) -> Value {
    json!({ "attributes": [{ "key": key, family: test }] })
}

/// The message of the one error of a request.
fn refusal(answer: &Answer) -> String {
    assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{}", answer.text);
    answer.errors()[0]["message"].as_str().expect("a message").to_owned()
}

async fn refused_filter(person: &Person, filter: Value) -> String {
    let document = "query ($filter: ProspectFilter) { prospects(filter: $filter) { nodes { id } } }";
    refusal(&person.run(document, json!({ "filter": filter })).await)
}

async fn refused_order(person: &Person, order: Value) -> String {
    refusal(&person.run(PAGE, json!({ "orderBy": order })).await)
}

/// Reads all pages of the size, forward or backward; the names in the order of the list.
async fn joined(person: &Person, order: &Value, size: usize, is_forward: bool) -> String {
    let (mut all, mut cursor): (Vec<String>, Value) = (Vec::new(), Value::Null);
    for _ in 0..50 {
        let variables = match is_forward {
            true => json!({ "orderBy": order, "first": size, "after": cursor }),
            false => json!({ "orderBy": order, "last": size, "before": cursor }),
        };
        let data = person.query(PAGE, variables).await;
        let page = &data["prospects"];
        all.push(names(page));
        let (has_more, next) = if is_forward {
            ("hasNextPage", "endCursor")
        } else {
            ("hasPreviousPage", "startCursor")
        };
        cursor = page["pageInfo"][next].clone();
        if page["pageInfo"][has_more] == json!(false) {
            break;
        }
    }
    if !is_forward {
        all.reverse();
    }
    all.concat()
}

both! {
    async fn every_type_has_its_operators(app: TestApp) {
        world(&app).await;
        for (key, family, test, expected) in [
            ("code", "text", json!({ "eq": "NANDU  uno" }), "0"),
            ("code", "text", json!({ "in": ["ñandú dos", "100%", "nobody"] }), "12"),
            ("code", "text", json!({ "in": [] }), ""),
            ("code", "text", json!({ "contains": "ANDÚ" }), "01"),
            ("code", "text", json!({ "contains": "%" }), "2"),
            ("code", "text", json!({ "startsWith": "Nan" }), "01"),
            ("code", "text", json!({ "startsWith": "nan", "contains": "dos" }), "1"),
            ("code", "text", json!({ "isNull": true }), "3"),
            ("code", "text", json!({ "isNull": false }), "012"),
            ("code", "text", json!({}), "0123"),
            ("story", "text", json!({ "contains": "two" }), "0"),
            ("story", "text", json!({ "isNull": true }), "23"),
            ("size", "number", json!({ "eq": "0" }), "1"),
            ("size", "number", json!({ "eq": -5 }), "0"),
            ("size", "number", json!({ "eq": "0.5" }), ""),
            ("size", "number", json!({ "gte": "-0.5" }), "12"),
            ("size", "number", json!({ "lte": "-0.5" }), "0"),
            ("size", "number", json!({ "gte": "2147483647" }), "2"),
            ("size", "number", json!({ "gte": "79228162514264337593543950335" }), ""),
            ("size", "number", json!({ "lte": "79228162514264337593543950335" }), "012"),
            ("size", "number", json!({ "in": ["0", "0.1", "2147483647"] }), "12"),
            ("size", "number", json!({ "isNull": false }), "012"),
            ("budget", "number", json!({ "eq": "1000.00" }), "0"),
            ("budget", "number", json!({ "eq": "1000.001" }), ""),
            ("budget", "number", json!({ "gte": "1000.001" }), "1"),
            ("budget", "number", json!({ "lte": "1000.009" }), "02"),
            ("budget", "number", json!({ "gte": "-0.009", "lte": "1000" }), "0"),
            ("budget", "number", json!({ "gte": 1000 }), "01"),
            ("price", "number", json!({ "eq": "90071992547409.91" }), "1"),
            ("price", "number", json!({ "lte": "0.5" }), "0"),
            ("is_hot", "boolean", json!({ "eq": true }), "0"),
            ("is_hot", "boolean", json!({ "eq": false }), "1"),
            ("is_hot", "boolean", json!({ "isNull": true }), "23"),
            ("born", "date", json!({ "eq": "2026-01-15" }), "0"),
            ("born", "date", json!({ "gte": "2026-01-15", "lte": "2026-01-15" }), "0"),
            ("born", "date", json!({ "gte": "2026-01-16" }), "1"),
            ("born", "date", json!({ "in": ["2026-01-15", "2026-02-15"] }), "01"),
            ("born", "date", json!({ "relative": { "unit": "YEAR", "offset": -1000, "count": 1 } }), ""),
            ("seen", "dateTime", json!({ "eq": "2026-01-15T11:00:00+01:00" }), "0"),
            ("seen", "dateTime", json!({ "gte": "2026-01-15T10:00:00.001Z" }), "1"),
            ("seen", "dateTime", json!({ "lt": "2026-01-15T10:00:00.001Z" }), "0"),
            ("seen", "dateTime", json!({ "isNull": false }), "01"),
            ("brand", "choice", json!({ "eq": "acme" }), "0"),
            ("brand", "choice", json!({ "in": ["acme", "globex", "initech"] }), "01"),
            ("brand", "choice", json!({ "isNull": true }), "23"),
            ("agent", "user", json!({ "eq": app.ana.id }), "0"),
            ("agent", "user", json!({ "in": [app.ana.id, app.luis.id] }), "01"),
            ("agent", "user", json!({ "eq": "nonsense" }), ""),
            ("parent", "prospect", json!({ "isNull": true }), "0123"),
            ("site", "text", json!({ "contains": "pagina" }), "0"),
            ("site", "text", json!({ "startsWith": "HTTPS://" }), "01"),
            ("mail", "text", json!({ "eq": "ANA@Example.com" }), "0"),
            ("mail", "text", json!({ "contains": "@example" }), "01"),
            ("phone", "text", json!({ "eq": "+58 212 555 01 00" }), "0"),
            ("phone", "text", json!({ "startsWith": "0212" }), "0"),
            ("phone", "text", json!({ "contains": "612345" }), "1"),
        ] {
            assert_found(&app, by(key, family, test), expected).await;
        }
    }

    async fn several_values_have_sets(app: TestApp) {
        world(&app).await;
        for (key, family, test, expected) in [
            ("brands", "choice", json!({ "any": ["acme", "initech"] }), "0"),
            ("brands", "choice", json!({ "any": ["acme", "globex"] }), "01"),
            ("brands", "choice", json!({ "any": [] }), ""),
            ("brands", "choice", json!({ "all": ["acme", "globex"] }), "0"),
            ("brands", "choice", json!({ "all": ["globex"] }), "01"),
            ("brands", "choice", json!({ "all": [] }), "0123"),
            ("brands", "choice", json!({ "none": ["acme"] }), "123"),
            ("brands", "choice", json!({ "none": ["acme"], "isNull": false }), "1"),
            ("brands", "choice", json!({ "eq": "globex" }), "01"),
            ("brands", "choice", json!({ "isNull": true }), "23"),
            ("sizes", "number", json!({ "any": ["2.5", "7"] }), "01"),
            ("sizes", "number", json!({ "all": ["1.0", "2.50"] }), "0"),
            ("sizes", "number", json!({ "all": ["2.55"] }), ""),
            ("sizes", "number", json!({ "gte": "0.5", "lte": "2" }), "0"),
            ("words", "text", json!({ "any": ["ROJO"] }), "01"),
            ("words", "text", json!({ "contains": "zu" }), "0"),
            // The conditions on one value hold for the same value.
            ("words", "text", json!({ "startsWith": "az", "contains": "oj" }), ""),
            ("words", "text", json!({ "none": ["azul", "verde"] }), "123"),
            ("days", "date", json!({ "gte": "2026-01-02", "lte": "2026-02-27" }), "0"),
            ("days", "date", json!({ "any": ["2026-03-01"] }), "1"),
        ] {
            assert_found(&app, by(key, family, test), expected).await;
        }
    }

    async fn attributes_combine_with_all_else(app: TestApp) {
        world(&app).await;
        for (filter, expected) in [
            (json!({ "attributes": [{ "key": "brand", "choice": { "eq": "acme" } }, { "key": "brands", "choice": { "any": ["globex"] } }] }), "0"),
            (json!({ "attributes": [{ "key": "brand", "choice": { "eq": "acme" } }, { "key": "size", "number": { "gte": 0 } }] }), ""),
            (json!({ "attributes": [] }), "0123"),
            (json!({ "name": { "eq": "1" }, "attributes": [{ "key": "brand", "choice": { "isNull": false } }] }), "1"),
            (json!({ "or": [by("brand", "choice", json!({ "eq": "acme" })), { "name": { "eq": "3" } }] }), "03"),
            (json!({ "and": [by("size", "number", json!({ "gte": 0 })), { "not": by("size", "number", json!({ "gte": 1 })) }] }), "1"),
        ] {
            assert_found(&app, filter, expected).await;
        }
    }

    async fn a_reference_and_a_period_relative_to_today(app: TestApp) {
        define(&app).await;
        let parent = app.prospect().owner(&app.ana).name("1").create().await;
        let today = &app.time(0)[..10];
        let given = json!({ "parent": { "prospect": parent.id }, "born": { "date": today }, "seen": { "dateTime": app.time(0) } });
        app.prospect().owner(&app.ana).name("0").with(values(given)).create().await;
        for (filter, expected) in [
            (by("parent", "prospect", json!({ "eq": parent.id })), "0"),
            (by("born", "date", json!({ "eq": today })), "0"),
            (by("born", "date", json!({ "relative": { "unit": "MONTH", "offset": -1, "count": 3 } })), "0"),
            (by("seen", "dateTime", json!({ "relative": { "unit": "WEEK", "offset": -1, "count": 3 } })), "0"),
            (by("seen", "dateTime", json!({ "relative": { "unit": "YEAR", "offset": 2 } })), ""),
        ] {
            let data = app.ana.query(LIST, json!({ "filter": filter })).await;
            assert_eq!(names(&data["found"]), expected, "{filter}");
        }
    }

    async fn contacts_tasks_and_clients_have_their_own(app: TestApp) {
        for (entity, key) in [("CONTACT", "role"), ("TASK", "room"), ("CLIENT", "plan")] {
            app.attribute(json!({ "entity": entity, "key": key, "type": "TEXT" })).await;
            app.attribute(json!({ "entity": entity, "key": "marks", "type": "INTEGER", "isMultiple": true })).await;
        }
        let own = |key: &str, text: &str, marks: &[&str]| values(json!({ key: { "text": text }, "marks": { "numbers": marks } }));
        let mut contact = own("role", "Jefe", &["1", "2"]);
        contact["firstName"] = json!("Ana");
        let made = app.prospect().owner(&app.ana).name("0").with(json!({ "contacts": [contact, { "firstName": "Luis" }] })).create().await;
        let other = app.prospect().owner(&app.ana).name("1").with(json!({ "contacts": [{ "firstName": "Eva" }] })).create().await;
        app.task(&app.ana, &made, own("room", "Azul", &["3"])).await;
        app.advance(1_000);
        app.task(&app.ana, &other, own("room", "Rojo", &["4"])).await;
        app.task(&app.ana, &other, json!({})).await;
        for prospect in [&made, &other] {
            app.convert(&app.ana, prospect).await;
        }
        let input = own("plan", "Oro", &["5"]);
        app.ana.run(CLIENT, json!({ "id": made.client_id(), "input": input })).await.payload("clientUpdate");
        for (filter, expected) in [
            (json!({ "contacts": { "some": by("role", "text", json!({ "eq": "jefe" })) } }), "0"),
            (json!({ "contacts": { "some": by("marks", "number", json!({ "all": [1, 2] })) } }), "0"),
            (json!({ "contacts": { "none": by("role", "text", json!({ "eq": "jefe" })) } }), "1"),
            (json!({ "contacts": { "every": by("role", "text", json!({ "isNull": true })) } }), "1"),
            (json!({ "tasks": { "some": by("room", "text", json!({ "startsWith": "ro" })) } }), "1"),
            (json!({ "tasks": { "some": by("marks", "number", json!({ "any": [3] })) } }), "0"),
        ] {
            let data = app.ana.query(LIST, json!({ "filter": filter })).await;
            assert_eq!(names(&data["found"]), expected, "{filter}");
        }
        let clients = "query ($filter: ClientFilter, $orderBy: [ClientOrder!]) { clients(filter: $filter, orderBy: $orderBy) {
            totalCount nodes { prospect { name } } } }";
        let order = json!([{ "field": "ATTRIBUTE", "attributeKey": "plan", "direction": "DESC" }]);
        for (filter, expected) in [
            (json!({}), vec!["0", "1"]),
            (by("plan", "text", json!({ "eq": "ORO" })), vec!["0"]),
            (by("marks", "number", json!({ "any": [5] })), vec!["0"]),
            (json!({ "not": by("plan", "text", json!({ "eq": "ORO" })) }), vec!["1"]),
            (by("plan", "text", json!({ "isNull": true })), vec!["1"]),
        ] {
            let data = app.ana.query(clients, json!({ "filter": filter, "orderBy": order })).await;
            let found: Vec<_> = data["clients"]["nodes"].as_array().expect("a list").iter().map(|row| row["prospect"]["name"].as_str()).collect();
            assert_eq!(found, expected.into_iter().map(Some).collect::<Vec<_>>(), "{filter}");
        }
        let tasks = "query ($filter: TaskFilter, $own: ProspectTaskFilter, $orderBy: [TaskOrder!], $id: ID!) {
            tasks(filter: $filter, orderBy: $orderBy) { totalCount nodes { prospect { name } } }
            prospect(id: $id) { tasks(filter: $own) { totalCount nodes { id } } } }";
        for (filter, direction, expected, of_other) in [
            (json!({}), "ASC", vec!["0", "1", "1"], 2),
            (json!({}), "DESC", vec!["1", "0", "1"], 2),
            (by("room", "text", json!({ "contains": "o" })), "ASC", vec!["1"], 1),
            (by("marks", "number", json!({ "gte": 3 })), "DESC", vec!["1", "0"], 1),
            (by("room", "text", json!({ "isNull": true })), "ASC", vec!["1"], 1),
        ] {
            let order = json!([{ "field": "ATTRIBUTE", "attributeKey": "room", "direction": direction }]);
            let data = app.ana.query(tasks, json!({ "filter": filter, "own": filter, "orderBy": order, "id": other.id })).await;
            let found: Vec<_> = data["tasks"]["nodes"].as_array().expect("a list").iter().map(|row| row["prospect"]["name"].as_str()).collect();
            assert_eq!(found, expected.into_iter().map(Some).collect::<Vec<_>>(), "{filter} {direction}");
            assert_eq!(data["prospect"]["tasks"]["nodes"].as_array().map(Vec::len), Some(of_other), "{filter}");
            assert_eq!(data["prospect"]["tasks"]["totalCount"], json!(of_other), "{filter}");
        }
    }

    async fn what_does_not_fit_is_an_error_of_the_request(app: TestApp) {
        world(&app).await;
        let retired = app.attribute(json!({ "key": "old", "type": "TEXT" })).await;
        let document = "mutation ($id: ID!) { attributeDefinitionRetire(id: $id) { userErrors { code message path } } }";
        app.admin.run(document, json!({ "id": retired })).await.payload("attributeDefinitionRetire");
        let unknown = refused_filter(&app.ana, by("nothing", "number", json!({ "eq": 1 }))).await;
        assert_eq!(unknown, "there is no such attribute");
        for key in ["margin", "", "Budget", "__proto__", "a'b", "role"] {
            assert_eq!(refused_filter(&app.ana, by(key, "number", json!({ "eq": 1 }))).await, unknown, "{key}");
        }
        assert_eq!(refused_filter(&app.ana, json!({ "not": by("margin", "text", json!({})) })).await, unknown);
        app.admin.query(LIST, json!({ "filter": by("margin", "number", json!({ "eq": 1 })) })).await;
        for (filter, message) in [
            (by("old", "text", json!({ "eq": "x" })), "the attribute `old` is retired"),
            (by("budget", "text", json!({ "eq": "x" })), "conditions on the attribute `budget` are given in `number`"),
            (json!({ "attributes": [{ "key": "code" }] }), "conditions on the attribute `code` are given in `text`"),
            (
                json!({ "attributes": [{ "key": "code", "text": {}, "number": {} }] }),
                "conditions on the attribute `code` are given in `text`",
            ),
            (by("brand", "choice", json!({ "eq": "other" })), "the attribute `brand` has no choice `other`"),
            (by("brands", "choice", json!({ "any": ["A B"] })), "the attribute `brands` has no such choice"),
            (
                by("brand", "choice", json!({ "any": ["acme"] })),
                "the attribute `brand` has one value: use `eq` or `in` instead of `any`, `all` and `none`",
            ),
            (by("code", "text", json!({ "contains": "x".repeat(201) })), "a text of `contains` may have at most 200 characters here"),
            (by("size", "number", json!({ "in": vec![1; 201] })), "`in` may list at most 200 values"),
            (by("sizes", "number", json!({ "none": vec![1; 201] })), "`in` may list at most 200 values"),
            (by("sizes", "number", json!({ "all": vec![1; 51] })), "a filter may have at most 50 predicates"),
            (
                json!({ "attributes": vec![json!({ "key": "size", "number": { "eq": 1 } }); 51] }),
                "a filter may have at most 50 predicates",
            ),
            (
                by("born", "date", json!({ "relative": { "unit": "DAY", "count": 0 } })),
                "`count` must be from 1 to 1000",
            ),
        ] {
            assert_eq!(refused_filter(&app.ana, filter.clone()).await, message, "{filter}");
        }
        let step = |key: Option<&str>, field: &str| json!([{ "field": field, "attributeKey": key, "direction": "ASC" }]);
        for (order, message) in [
            (step(None, "ATTRIBUTE"), "the field `ATTRIBUTE` needs an `attributeKey`"),
            (step(Some("size"), "NAME"), "`attributeKey` is for the field `ATTRIBUTE` only"),
            (step(Some("nothing"), "ATTRIBUTE"), "there is no such attribute"),
            (step(Some("margin"), "ATTRIBUTE"), "there is no such attribute"),
            (step(Some("old"), "ATTRIBUTE"), "the attribute `old` is retired"),
            (step(Some("story"), "ATTRIBUTE"), "a list cannot be ordered by the attribute `story`: it is a long text"),
            (step(Some("sizes"), "ATTRIBUTE"), "a list cannot be ordered by the attribute `sizes`: it has several values"),
            (
                json!([step(Some("size"), "ATTRIBUTE")[0], step(Some("size"), "ATTRIBUTE")[0]]),
                "a list may be ordered by each field only once",
            ),
        ] {
            assert_eq!(refused_order(&app.ana, order.clone()).await, message, "{order}");
        }
    }

    async fn orders_put_what_is_not_set_last(app: TestApp) {
        define(&app).await;
        for (name, given) in [
            ("a", json!({ "size": { "number": "2" }, "code": { "text": "Zeta" }, "born": { "date": "2026-01-02" } })),
            ("b", json!({})),
            ("c", json!({ "size": { "number": "-7" }, "code": { "text": "ñu" }, "born": { "date": "2026-01-02" } })),
            ("d", json!({ "size": { "number": "2" }, "code": { "text": "Nube" } })),
            ("e", json!({})),
            ("f", json!({ "size": { "number": "10" }, "born": { "date": "1926-01-02" } })),
            ("g", json!({ "code": { "text": "NUBE" } })),
        ] {
            app.advance(1_000);
            app.prospect().owner(&app.ana).name(name).with(values(given)).create().await;
        }
        let step = |key: &str, direction: &str| json!({ "field": "ATTRIBUTE", "attributeKey": key, "direction": direction });
        let name = |direction: &str| json!({ "field": "NAME", "direction": direction });
        for (order, expected) in [
            (json!([step("size", "ASC")]), "cadfbeg"),
            (json!([step("size", "DESC")]), "fdacgeb"),
            (json!([step("code", "ASC")]), "cdgabef"),
            (json!([step("code", "DESC")]), "agdcfeb"),
            (json!([step("size", "DESC"), name("ASC")]), "fadcbeg"),
            // Of those without a day the one with a size first, then the others in the direction of the last step.
            (json!([step("born", "ASC"), step("size", "DESC")]), "facdgeb"),
            (json!([name("DESC"), step("size", "ASC")]), "gfedcba"),
        ] {
            assert_pages(&app.ana, &order, expected).await;
        }
    }

    async fn a_cursor_outlives_what_it_names(app: TestApp) {
        define(&app).await;
        let old = app.attribute(json!({ "key": "old", "type": "INTEGER" })).await;
        for (name, number) in [("a", 1), ("b", 2), ("c", 3)] {
            app.prospect().owner(&app.ana).name(name).with(values(json!({ "old": { "number": number } }))).create().await;
        }
        let order = json!([{ "field": "ATTRIBUTE", "attributeKey": "old", "direction": "ASC" }]);
        let data = app.ana.query(PAGE, json!({ "orderBy": order, "first": 1 })).await;
        let cursor = &data["prospects"]["pageInfo"]["endCursor"];
        // The row is changed meanwhile: the page goes on at the position, not at the row.
        app.prospect().owner(&app.ana).name("d").with(values(json!({ "old": { "number": 0 } }))).create().await;
        let next = json!({ "orderBy": order, "first": 5, "after": cursor });
        assert_eq!(names(&app.ana.query(PAGE, next.clone()).await["prospects"]), "bc");
        let other = json!([{ "field": "ATTRIBUTE", "attributeKey": "size", "direction": "ASC" }]);
        let answer = app.ana.run(PAGE, json!({ "orderBy": other, "after": cursor })).await;
        assert_eq!(refusal(&answer), "this is not a cursor of this list");
        let (count, _) = app.statements(app.ana.query(PAGE, json!({ "orderBy": order, "first": 5 }))).await;
        let (plain, _) = app.statements(app.ana.query(PAGE, json!({ "first": 5 }))).await;
        assert_eq!(count, plain, "no statement more than by a built-in column");
        let document = "mutation ($id: ID!) { attributeDefinitionRetire(id: $id) { userErrors { code message path } } }";
        app.admin.run(document, json!({ "id": old })).await.payload("attributeDefinitionRetire");
        assert_eq!(refusal(&app.ana.run(PAGE, next).await), "the attribute `old` is retired");
    }
}

/// Asserts the order of the whole list, of its pages, and of the pages from its end.
async fn assert_pages(person: &Person, order: &Value, expected: &str) {
    for size in [1, 2, 3, 100] {
        for is_forward in [true, false] {
            assert_eq!(
                joined(person, order, size, is_forward).await,
                expected,
                "{order}, {size}, forward: {is_forward}"
            );
        }
    }
}
