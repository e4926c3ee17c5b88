//! Reports that are refused: each problem at its path, all at once, and nothing about what the caller may not see.

use serde_json::{Value, json};

use super::DOCUMENT;
use crate::support::{Answer, Person, TestApp};

async fn problems(person: &Person, input: Value) -> Vec<String> {
    let answer = person.run(DOCUMENT, json!({ "input": input })).await;
    assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{}", answer.text);
    assert_eq!(answer.body["data"]["report"], Value::Null);
    of(&answer)
}

fn of(answer: &Answer) -> Vec<String> {
    let problems = answer.errors()[0]["extensions"]["problems"]
        .as_array()
        .unwrap_or_else(|| panic!("{}", answer.text));
    let each = problems.iter().map(|problem| {
        let path: Vec<&str> = problem["path"]
            .as_array()
            .expect("a path")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        format!("{} {}", problem["code"].as_str().expect("a code"), path.join("."))
    });
    each.collect()
}

both! {
    async fn all_problems_come_together(app: TestApp) {
        app.attribute(json!({ "key": "story", "type": "LONG_TEXT" })).await;
        app.attribute(json!({ "key": "secret", "type": "INTEGER", "visibility": "ADMIN" })).await;
        let old = app.attribute(json!({ "key": "old", "type": "INTEGER" })).await;
        let retire = "mutation ($id: ID!) { attributeDefinitionRetire(id: $id) { userErrors { code message path } } }";
        app.admin.run(retire, json!({ "id": old })).await.payload("attributeDefinitionRetire");
        let input = json!({
            "dataset": "PROSPECTS", "limit": 0, "timeZone": "America/Nowhere", "compareTo": "PREVIOUS_YEAR",
            "dimensions": [
                { "field": "CREATED_AT" }, { "field": "CHANNEL", "grain": "MONTH" }, { "attributeKey": "story" }, { "attributeKey": "old" },
                { "attributeKey": "secret" }, { "field": "RATING", "bands": ["2", "1"] },
            ],
            "measures": [
                { "measure": "COUNT", "field": "RATING" }, { "measure": "SUM", "field": "CHANNEL" }, { "measure": "SUM" },
                { "measure": "PERCENTILE", "field": "RATING" }, { "measure": "PERCENTILE", "field": "RATING", "percentile": 1.5 },
                { "measure": "SUM", "field": "RATING", "currency": "EUR" }, { "measure": "SUM", "attributeKey": "'; DROP TABLE prospects" },
            ],
        });
        assert_eq!(problems(&app.ana, input).await, [
            "INVALID input.timeZone", "REQUIRED input.dimensions.0.grain", "INVALID input.dimensions.1.grain", "INVALID input.dimensions.2",
            "STATE input.dimensions.3.attributeKey", "NOT_FOUND input.dimensions.4.attributeKey", "INVALID input.dimensions.5.bands",
            "INVALID input.measures.0", "INVALID input.measures.1", "INVALID input.measures.2", "REQUIRED input.measures.3.percentile",
            "INVALID input.measures.4.percentile", "INVALID input.measures.5.currency", "NOT_FOUND input.measures.6.attributeKey",
            "INVALID input.limit", "REQUIRED input.compareTo",
        ]);
    }

    async fn sizes_are_bounded(app: TestApp) {
        let count = json!({ "measure": "COUNT" });
        let channel = json!({ "field": "CHANNEL" });
        for (input, expected) in [
            (json!({ "dimensions": vec![channel.clone(); 7], "measures": [count] }), "TOO_LONG input.dimensions"),
            (json!({ "measures": vec![count.clone(); 11] }), "TOO_LONG input.measures"),
            (json!({ "measures": [] }), "REQUIRED input.measures"),
            (json!({ "measures": [count], "limit": 10_001 }), "INVALID input.limit"),
            (json!({ "measures": [count], "limit": -1 }), "INVALID input.limit"),
            (json!({ "measures": [count], "orderBy": [{ "column": "sum", "direction": "ASC" }] }), "NOT_FOUND input.orderBy.0.column"),
            (json!({ "measures": [count], "having": [{ "column": "channel", "gte": "1" }], "dimensions": [channel] }), "NOT_FOUND input.having.0.column"),
            (json!({ "measures": [count], "others": true, "dimensions": [{ "field": "TAG" }] }), "INVALID input.others"),
            (json!({ "measures": [{ "measure": "DISTINCT_COUNT", "field": "OWNER" }], "others": true }), "INVALID input.others"),
            (json!({ "measures": [count], "dimensions": [{ "field": "CREATED_AT", "grain": "HOUR" }],
                "prospectFilter": { "createdAt": { "gte": "1900-01-01T00:00:00Z", "lt": "2100-01-01T00:00:00Z" } } }), "LIMIT input.dimensions.0.grain"),
        ] {
            let mut input = input;
            input["dataset"] = json!("PROSPECTS");
            assert_eq!(problems(&app.ana, input.clone()).await, [expected], "{input}");
        }
    }

    async fn datasets_take_what_is_theirs(app: TestApp) {
        app.attribute(json!({ "key": "effort", "type": "INTEGER", "entity": "TASK" })).await;
        let count = json!({ "measure": "COUNT" });
        let own = |key: &str| json!({ "measure": "SUM", "attributeKey": key, "attributeOf": "OWN" });
        for (input, expected) in [
            (json!({ "dataset": "TASKS", "measures": [count], "taskFilter": {}, "clientFilter": {}, "cycleFilter": {} }),
                &["INVALID input.clientFilter", "INVALID input.cycleFilter"][..]),
            (json!({ "dataset": "PROSPECTS", "measures": [count], "timelineFilter": {}, "documentFilter": {} }),
                &["INVALID input.timelineFilter", "INVALID input.documentFilter"]),
            (json!({ "dataset": "TASKS", "measures": [count, { "measure": "CONVERSION_RATE" }, { "measure": "SUM", "field": "RATING" }] }),
                &["INVALID input.measures.1.measure", "INVALID input.measures.2"]),
            (json!({ "dataset": "PROSPECTS", "measures": [count], "dimensions": [{ "field": "TASK_STATE" }, { "field": "RATING", "attributeOf": "OWN" }] }),
                &["INVALID input.dimensions.0.field", "INVALID input.dimensions.1.attributeOf"]),
            (json!({ "dataset": "ACTIVITY", "measures": [own("effort")] }), &["INVALID input.measures.0.attributeOf"]),
            (json!({ "dataset": "CLIENTS", "measures": [own("effort")] }), &["NOT_FOUND input.measures.0.attributeKey"]),
            (json!({ "dataset": "TASKS", "measures": [{ "measure": "SUM", "attributeKey": "effort" }] }), &["NOT_FOUND input.measures.0.attributeKey"]),
            (json!({ "dataset": "TASKS", "measures": [count], "period": {} }), &["REQUIRED input.period"]),
            (json!({ "dataset": "TASKS", "measures": [count], "period": { "field": "TASK_STATE", "lt": "2026-01-01T00:00:00Z" } }),
                &["INVALID input.period.field"]),
            (json!({ "dataset": "TASKS", "measures": [count], "period": { "field": "OCCURRED_AT" }, "compareTo": "PREVIOUS_YEAR" }),
                &["REQUIRED input.period", "INVALID input.period.field", "REQUIRED input.compareTo"]),
            (json!({ "dataset": "TASKS", "measures": [count], "dimensions": [{ "field": "DUE_AT", "grain": "HOUR" }],
                "period": { "gte": "1900-01-01T00:00:00Z", "lt": "2100-01-01T00:00:00Z" } }), &["LIMIT input.dimensions.0.grain"]),
            (json!({ "dataset": "TASKS", "measures": [count], "asOf": "2026-01-01T00:00:00Z" }), &["INVALID input.asOf"]),
            (json!({ "dataset": "PROSPECTS", "measures": [count], "asOf": "2126-01-01T00:00:00Z" }), &["INVALID input.asOf"]),
            (json!({ "dataset": "PROSPECTS", "measures": [count], "asOfOwner": "NOW", "asOfStatus": "NOW" }),
                &["INVALID input.asOfStatus", "INVALID input.asOfOwner"]),
            (json!({ "dataset": "PROSPECTS", "measures": [count], "asOf": "2026-01-01T00:00:00Z", "compareTo": "PREVIOUS_YEAR",
                "period": { "gte": "2025-01-01T00:00:00Z" } }), &["INVALID input.compareTo"]),
        ] {
            assert_eq!(problems(&app.ana, input.clone()).await, expected, "{input}");
        }
        // A period that ends before it begins has no records.
        let backwards = json!({ "dataset": "TASKS", "measures": [count], "dimensions": [{ "field": "DUE_AT", "grain": "DAY" }], "compareTo": "PREVIOUS_PERIOD",
            "period": { "gte": "2026-03-02T00:00:00Z", "lt": "2026-03-01T00:00:00Z" } });
        let data = app.ana.query(DOCUMENT, json!({ "input": backwards })).await;
        assert_eq!(data["report"]["rowCount"], 0);
    }

    /// What is wrong with a report is told at its place, wherever it is asked for or saved, and nothing is left behind.
    async fn a_bad_part_is_named_by_its_path(app: TestApp) {
        let old = app.attribute(json!({ "key": "old", "type": "INTEGER" })).await;
        let retire = "mutation ($id: ID!) { attributeDefinitionRetire(id: $id) { userErrors { code message path } } }";
        app.admin.run(retire, json!({ "id": old })).await.payload("attributeDefinitionRetire");
        app.attribute(json!({ "key": "secret", "type": "INTEGER", "visibility": "ADMIN" })).await;
        let (count, channel) = (json!({ "measure": "COUNT" }), json!({ "field": "CHANNEL" }));
        let by_hour = json!([{ "field": "CREATED_AT", "grain": "HOUR" }]);
        let by_two = json!([{ "field": "CREATED_AT", "grain": "DAY" }, { "field": "CREATED_AT", "grain": "MONTH" }]);
        let centuries = json!({ "gte": "1900-01-01T00:00:00Z", "lt": "2100-01-01T00:00:00Z" });
        let create = "mutation ($input: SavedReportCreateInput!) { savedReportCreate(input: $input) { savedReport { id } userErrors { code message path } } }";
        let before = app.snapshot().await;
        for (change, expected) in [
            (json!({ "dimensions": [{ "attributeKey": "unknown" }] }), "NOT_FOUND dimensions.0.attributeKey"),
            (json!({ "dimensions": [channel, { "attributeKey": "secret" }] }), "NOT_FOUND dimensions.1.attributeKey"),
            (json!({ "dimensions": [{ "attributeKey": "old" }] }), "STATE dimensions.0.attributeKey"),
            (json!({ "measures": [count, { "measure": "SUM", "attributeKey": "old" }] }), "STATE measures.1.attributeKey"),
            (json!({ "dimensions": [{ "field": "TASK_TYPE" }] }), "INVALID dimensions.0.field"),
            (json!({ "dimensions": [{ "field": "CHANNEL", "grain": "MONTH" }] }), "INVALID dimensions.0.grain"),
            (json!({ "dimensions": [{ "field": "CREATED_AT" }] }), "REQUIRED dimensions.0.grain"),
            (json!({ "dimensions": by_two, "compareTo": "PREVIOUS_YEAR", "period": { "gte": "2026-01-01T00:00:00Z" } }), "INVALID compareTo"),
            (json!({ "dimensions": vec![channel.clone(); 7] }), "TOO_LONG dimensions"),
            (json!({ "measures": vec![count.clone(); 11] }), "TOO_LONG measures"),
            (json!({ "timeZone": "America/Nowhere" }), "INVALID timeZone"),
            (json!({ "dimensions": by_hour, "period": centuries }), "LIMIT dimensions.0.grain"),
            (json!({ "limit": 0 }), "INVALID limit"),
        ] {
            let mut input = json!({ "dataset": "PROSPECTS", "measures": [count] });
            input.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
            let (code, path) = expected.split_once(' ').expect("a code and a path");
            assert_eq!(problems(&app.ana, input.clone()).await, [format!("{code} input.{path}")], "{change}");
            let saved = app.ana.run(create, json!({ "input": { "name": "X", "definition": input } })).await;
            assert_eq!(saved.user_errors("savedReportCreate"), [format!("{code} input.definition.{path}")], "{change}");
        }
        before.assert_equal(&app.snapshot().await, "refused reports");
    }

    /// A hidden attribute is answered as one that does not exist, also in the filter, and before anything is read.
    async fn hidden_attributes_do_not_exist(app: TestApp) {
        app.attribute(json!({ "key": "secret", "type": "INTEGER", "visibility": "ADMIN" })).await;
        let by = |key: &str| {
            [
                json!({ "dimensions": [{ "attributeKey": key }], "measures": [{ "measure": "COUNT" }] }),
                json!({ "measures": [{ "measure": "MAXIMUM", "attributeKey": key }] }),
                json!({ "measures": [{ "measure": "COUNT" }], "prospectFilter": { "not": { "attributes": [{ "key": key, "number": { "gte": "5" } }] } } }),
            ]
        };
        for (hidden, absent) in by("secret").into_iter().zip(by("absent")) {
            let run = async |mut input: Value| {
                input["dataset"] = json!("PROSPECTS");
                app.ana.run(DOCUMENT, json!({ "input": input })).await
            };
            let (hidden, absent) = (run(hidden).await, run(absent).await);
            assert_eq!(hidden.comparable(), absent.comparable());
            assert_eq!(hidden.codes(), ["BAD_USER_INPUT"]);
        }
    }

    async fn the_price_is_known_before(app: TestApp) {
        let input = json!({ "dataset": "PROSPECTS", "dimensions": [{ "field": "CHANNEL" }], "measures": [{ "measure": "COUNT" }],
            "prospectFilter": { "kind": { "eq": "PERSON" } } });
        let document = "query ($input: ReportInput!) { report(input: $input) { rowCount } }";
        let answer = app.ana.run(document, json!({ "input": input })).await;
        answer.data();
        assert_eq!(answer.body["extensions"]["cost"]["requestedQueryCost"], json!(1 + 50 + 2 * 10 + 1));
        let (statements, _) = app.statements(app.ana.run(DOCUMENT, json!({ "input": input }))).await;
        assert_eq!(statements, 2, "the look-up of the token and one for the report");
    }
}
