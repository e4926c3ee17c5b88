//! Measures of other measures, subtotals, and reports as another user.

use serde_json::{Value, json};

use super::{listed, report, rows};
use crate::support::{Person, TestApp};

const DOCUMENT: &str = "query ($input: ReportInput!) { report(input: $input) { columns { key label kind type unit isAdditive }
    rows { cells { key number } comparison { number } level isOthers } totals { number }
    subtotals { cells { key text number } comparison { number } filter list level isOthers } } }";

async fn captured(app: &TestApp, owner: &Person, at: &str, rating: Option<i32>) {
    let input = json!({ "capturedAt": at, "rating": rating });
    app.prospect().owner(owner).with(input).create().await;
}

async fn whole(person: &Person, input: Value) -> Value {
    person.query(DOCUMENT, json!({ "input": input })).await["report"].clone()
}

fn months(measures: Value) -> Value {
    json!({ "dataset": "PROSPECTS", "dimensions": [{ "field": "CREATED_AT", "grain": "MONTH" }], "measures": measures, "timeZone": "UTC" })
}

fn numbers(list: &Value) -> Vec<String> {
    let each = list.as_array().expect("a list").iter();
    each.map(|of| of["number"].as_str().unwrap_or("-").to_owned()).collect()
}

async fn problem(person: &Person, input: Value) -> String {
    let answer = person.run(DOCUMENT, json!({ "input": input })).await;
    assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{}", answer.text);
    let problem = &answer.errors()[0]["extensions"]["problems"][0];
    let path = problem["path"].as_array().expect("a path").iter().filter_map(Value::as_str);
    format!(
        "{} {}",
        problem["code"].as_str().expect("a code"),
        path.collect::<Vec<_>>().join(".")
    )
}

both! {
    async fn measures_are_computed_of_others(app: TestApp) {
        captured(&app, &app.ana, "2026-01-10T12:00:00Z", Some(2)).await;
        captured(&app, &app.ana, "2026-01-11T12:00:00Z", Some(4)).await;
        captured(&app, &app.ana, "2026-03-01T12:00:00Z", Some(5)).await;
        captured(&app, &app.luis, "2026-03-02T12:00:00Z", None).await;
        let mut input = months(json!([
            { "measure": "RUNNING_TOTAL", "column": "count" }, { "measure": "COUNT" }, { "measure": "SUM", "field": "RATING" },
            { "measure": "SHARE", "column": "count" }, { "measure": "RATIO", "column": "sum_rating", "denominator": "count" },
            { "measure": "RUNNING_TOTAL", "column": "sum_rating" },
        ]));
        input["totals"] = json!(true);
        let found = whole(&app.admin, input.clone()).await;
        assert_eq!(rows(&found), [
            ["2026-01", "2", "2", "6", "0.5", "3", "6"], ["2026-02", "2", "0", "-", "0", "-", "6"], ["2026-03", "4", "2", "5", "0.5", "2.5", "11"],
        ]);
        assert_eq!(numbers(&found["totals"]), ["-", "-", "4", "11", "1", "2.75", "-"]);
        let columns = found["columns"].as_array().expect("columns");
        let keys: Vec<&str> = columns.iter().filter_map(|column| column["key"].as_str()).collect();
        assert_eq!(keys[3..], ["sum_rating", "share_count", "ratio_sum_rating_by_count", "running_total_sum_rating"]);
        assert_eq!(keys[1], "running_total_count");
        let types: Vec<&str> = columns.iter().filter_map(|column| column["type"].as_str()).collect();
        assert_eq!(types[1..], ["INTEGER", "INTEGER", "INTEGER", "RATE", "DECIMAL", "INTEGER"]);
        // What is left out counts on.
        input["having"] = json!([{ "column": "ratio_sum_rating_by_count", "lte": "2.9" }]);
        input["orderBy"] = json!([{ "column": "running_total_count", "direction": "DESC" }]);
        assert_eq!(rows(&whole(&app.admin, input).await), [["2026-03", "4", "2", "5", "0.5", "2.5", "11"]]);
        let mut by_owner = months(json!([{ "measure": "COUNT" }, { "measure": "RUNNING_TOTAL", "column": "count" }]));
        by_owner["dimensions"].as_array_mut().expect("a list").push(json!({ "field": "OWNER" }));
        let found = rows(&whole(&app.admin, by_owner).await);
        let mut running: Vec<[&str; 3]> = found.iter().map(|row| [&*row[0], &*row[2], &*row[3]]).collect();
        running.sort_unstable_by_key(|row| (row[0], std::cmp::Reverse(row[2])));
        assert_eq!(running, [
            ["2026-01", "2", "2"], ["2026-01", "0", "0"], ["2026-02", "0", "2"], ["2026-02", "0", "0"], ["2026-03", "1", "3"], ["2026-03", "1", "1"],
        ]);
        let mut others = json!({ "dataset": "PROSPECTS", "dimensions": [{ "field": "RATING" }], "limit": 1, "others": true,
            "measures": [{ "measure": "COUNT" }, { "measure": "SHARE", "column": "count" }, { "measure": "SUM", "field": "RATING" },
                { "measure": "RATIO", "column": "sum_rating", "denominator": "count" }] });
        assert_eq!(rows(&whole(&app.admin, others.clone()).await), [["2", "1", "0.25", "2", "2"], ["-", "3", "0.75", "9", "3"]]);
        others["measures"] = json!([{ "measure": "COUNT" }, { "measure": "RUNNING_TOTAL", "column": "count" }]);
        assert_eq!(problem(&app.admin, others).await, "INVALID input.measures.1");
    }

    async fn measures_of_others_are_compared(app: TestApp) {
        for at in ["2025-01-05T00:00:00Z", "2025-03-05T00:00:00Z", "2025-03-06T00:00:00Z", "2025-03-07T00:00:00Z", "2026-01-05T00:00:00Z",
            "2026-01-06T00:00:00Z", "2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z"] {
            captured(&app, &app.ana, at, None).await;
        }
        let mut input = months(json!([{ "measure": "COUNT" }, { "measure": "RUNNING_TOTAL", "column": "count" }, { "measure": "SHARE", "column": "count" }]));
        input["prospectFilter"] = json!({ "createdAt": { "gte": "2026-01-01T00:00:00Z", "lt": "2026-04-01T00:00:00Z" } });
        input["compareTo"] = json!("PREVIOUS_YEAR");
        let found = whole(&app.ana, input).await;
        let before: Vec<Vec<String>> = found["rows"].as_array().expect("rows").iter().map(|row| numbers(&row["comparison"])).collect();
        assert_eq!(before, [["-", "1", "1", "0.25"], ["-", "0", "1", "0"], ["-", "3", "4", "0.75"]]);
        assert_eq!(rows(&found)[2], ["2026-03", "2", "4", "0.5"]);
    }

    async fn subtotals_are_apart_from_the_rows(app: TestApp) {
        captured(&app, &app.ana, "2026-01-10T12:00:00Z", Some(2)).await;
        captured(&app, &app.ana, "2026-02-10T12:00:00Z", Some(4)).await;
        captured(&app, &app.luis, "2026-02-11T12:00:00Z", Some(4)).await;
        let input = json!({ "dataset": "PROSPECTS", "timeZone": "UTC", "subtotals": true, "limit": 1, "emptyRows": false,
            "dimensions": [{ "field": "OWNER" }, { "field": "CREATED_AT", "grain": "MONTH" }, { "field": "RATING" }],
            "measures": [{ "measure": "COUNT" }, { "measure": "SHARE", "column": "count" }, { "measure": "RUNNING_TOTAL", "column": "count" }],
            "orderBy": [{ "column": "rating", "direction": "DESC" }, { "column": "count", "direction": "DESC" }] });
        let found = whole(&app.admin, input).await;
        assert_eq!(found["rows"].as_array().expect("rows").len(), 1);
        assert_eq!(found["rows"][0]["level"], 3);
        let subtotals = found["subtotals"].as_array().expect("subtotals");
        let shown: Vec<(i64, Vec<&str>)> = subtotals
            .iter()
            .map(|row| {
                let cells = row["cells"].as_array().expect("cells").iter().enumerate();
                let texts = cells.map(|(place, cell)| cell[if place < 3 { "key" } else { "number" }].as_str().unwrap_or("-"));
                (row["level"].as_i64().expect("a level"), texts.collect())
            })
            .collect();
        let (ana, luis) = (&*app.ana.id, &*app.luis.id);
        assert_eq!(shown, [
            (1, vec![ana, "-", "-", "2", "0.666667", "-"]), (1, vec![luis, "-", "-", "1", "0.333333", "-"]),
            (2, vec![ana, "2026-01", "-", "1", "0.333333", "1"]), (2, vec![ana, "2026-02", "-", "1", "0.333333", "2"]),
            (2, vec![luis, "2026-02", "-", "1", "0.333333", "1"]),
        ]);
        for row in subtotals {
            assert_eq!(listed(&app.admin, row).await.as_deref(), row["cells"][3]["number"].as_str(), "{row}");
            assert_eq!(row["cells"][2]["text"], Value::Null);
        }
    }

    async fn administrators_ask_as_a_salesperson_sees_it(app: TestApp) {
        app.attribute(json!({ "key": "secret", "type": "INTEGER", "visibility": "ADMIN" })).await;
        captured(&app, &app.ana, "2026-01-10T12:00:00Z", Some(2)).await;
        captured(&app, &app.luis, "2026-02-10T12:00:00Z", Some(4)).await;
        captured(&app, &app.luis, "2026-02-11T12:00:00Z", Some(2)).await;
        let mut input = json!({ "dataset": "PROSPECTS", "dimensions": [{ "field": "RATING" }], "measures": [{ "measure": "COUNT" }] });
        let own = report(&app.ana, input.clone()).await;
        input["asUser"] = json!(app.ana.id);
        for person in [&app.admin, &app.ana] {
            let mut found = report(person, input.clone()).await;
            found["generatedAt"] = own["generatedAt"].clone();
            // The names of columns and values are in the language of the caller.
            assert_eq!(rows(&found), rows(&own));
            // Rows open the records of that user, also where the administrator sees more.
            assert_eq!(listed(person, &found["rows"][0]).await.as_deref(), Some("1"));
        }
        assert_eq!(problem(&app.luis, input.clone()).await, "FORBIDDEN input.asUser");
        input["measures"] = json!([{ "measure": "SUM", "attributeKey": "secret" }]);
        assert_eq!(problem(&app.admin, input.clone()).await, "NOT_FOUND input.measures.0.attributeKey");
        input["asUser"] = json!("usr_00000000000000000000000000");
        assert_eq!(problem(&app.admin, input.clone()).await, "NOT_FOUND input.asUser");
        input["asUser"] = Value::Null;
        report(&app.admin, input).await;
    }

    async fn what_cannot_be_computed_of_others_is_refused(app: TestApp) {
        let count = json!({ "measure": "COUNT" });
        for (measure, expected) in [
            (json!({ "measure": "SHARE" }), "REQUIRED input.measures.1.column"),
            (json!({ "measure": "RATIO", "column": "count" }), "REQUIRED input.measures.1.denominator"),
            (json!({ "measure": "SHARE", "column": "count", "denominator": "count" }), "INVALID input.measures.1.denominator"),
            (json!({ "measure": "SHARE", "column": "sum_rating" }), "NOT_FOUND input.measures.1.column"),
            (json!({ "measure": "SHARE", "column": "share_share" }), "NOT_FOUND input.measures.1.column"),
            (json!({ "measure": "RUNNING_TOTAL", "column": "conversion_rate" }), "INVALID input.measures.1.column"),
            (json!({ "measure": "RATIO", "column": "share_count", "denominator": "count" }), "INVALID input.measures.1.column"),
            (json!({ "measure": "SUM", "field": "RATING", "column": "count" }), "INVALID input.measures.1.column"),
            (json!({ "measure": "RATIO", "column": "count", "denominator": "count", "field": "RATING" }), "INVALID input.measures.1"),
        ] {
            let mut input = months(json!([count, measure, { "measure": "CONVERSION_RATE" }, { "measure": "SHARE", "column": "count" }]));
            assert_eq!(problem(&app.ana, input.clone()).await, expected, "{input}");
            input["measures"] = json!([count, { "measure": "RUNNING_TOTAL", "column": "count" }]);
            input["dimensions"].as_array_mut().expect("a list").push(json!({ "field": "CLIENT_SINCE", "grain": "DAY" }));
            assert_eq!(problem(&app.ana, input).await, "INVALID input.measures.1");
        }
    }
}
