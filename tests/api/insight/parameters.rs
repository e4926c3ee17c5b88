//! Parameters of saved reports: which conditions of a definition a period replaces, and where problems with a parameter are reported.

use serde_json::{Value, json};

use crate::support::{Made, Person, TestApp};

const TOTAL: &str = "query ($id: ID!, $parameters: ReportParametersInput) { savedReport(id: $id) {
    report(parameters: $parameters) { rows { cells { number } filter } } } }";
const LISTED: &str = "query ($filter: ProspectFilter) { prospects(filter: $filter) { totalCount } }";

/// The number of the only row, with these parameters. The list that the row opens has as many.
async fn total(person: &Person, made: &Made, parameters: Value) -> String {
    let data = person.query(TOTAL, json!({ "id": made.id, "parameters": parameters })).await;
    let row = &data["savedReport"]["report"]["rows"][0];
    let number = row["cells"][0]["number"].as_str().expect("a number").to_owned();
    let listed = person.query(LISTED, json!({ "filter": row["filter"] })).await["prospects"]["totalCount"].clone();
    assert_eq!(listed.to_string(), number, "{parameters}");
    number
}

/// The codes and paths of the problems of a run.
async fn problems(person: &Person, made: &Made, parameters: Value) -> Vec<String> {
    let answer = person.run(TOTAL, json!({ "id": made.id, "parameters": parameters })).await;
    assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{}", answer.text);
    let problems = answer.errors()[0]["extensions"]["problems"].as_array().expect("problems").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    problems
        .map(|problem| {
            let path: Vec<String> = problem["path"].as_array().expect("a path").iter().map(text).collect();
            format!("{} {}", text(&problem["code"]), path.join("."))
        })
        .collect()
}

fn count(prospect_filter: &Value) -> Value {
    json!({ "dataset": "PROSPECTS", "measures": [{ "measure": "COUNT" }], "prospectFilter": prospect_filter })
}

both! {
    /// Bounds of `createdAt` are a condition where the period of the report is another one.
    async fn a_period_replaces_no_condition_beside_it(app: TestApp) {
        for at in ["2025-12-01T12:00:00Z", "2026-03-01T12:00:00Z"] {
            let made = app.prospect().owner(&app.ana).with(json!({ "capturedAt": at })).create().await;
            app.convert(&app.ana, &made).await;
        }
        let mut definition = count(&json!({ "createdAt": { "gte": "2026-01-01T00:00:00Z" } }));
        definition["period"] = json!({ "field": "CLIENT_SINCE", "gte": "2026-01-01T00:00:00Z" });
        let made = app.saved_report(&app.ana, json!({ "definition": definition })).await;
        for (period, expected) in [
            (Value::Null, "1"),
            (json!({ "gte": "2025-01-01T00:00:00Z" }), "1"),
            (json!({}), "1"),
            (json!({ "lt": "2026-01-01T00:00:00Z" }), "0"),
        ] {
            assert_eq!(total(&app.ana, &made, json!({ "period": period })).await, expected, "{period}");
        }
    }

    /// It replaces the bounds that always hold, as deep as they are the period, and nothing else.
    async fn a_period_replaces_the_bounds_of_the_registration(app: TestApp) {
        // Two Tuesdays and a Wednesday.
        for at in ["2025-12-02T12:00:00Z", "2026-03-03T12:00:00Z", "2026-03-04T12:00:00Z"] {
            app.prospect().owner(&app.ana).with(json!({ "capturedAt": at })).create().await;
        }
        let this_year = json!({ "gte": "2026-01-01T00:00:00Z" });
        let tuesdays = json!({ "gte": "2026-01-01T00:00:00Z", "weekday": { "in": ["TUESDAY"], "timeZone": "UTC" } });
        let earlier = json!({ "lt": "2026-01-01T00:00:00Z" });
        for (filter, own, all, before) in [
            (json!({ "createdAt": this_year }), "2", "3", "1"),
            (json!({ "createdAt": tuesdays }), "1", "2", "1"),
            (json!({ "and": [{ "createdAt": this_year }] }), "2", "3", "1"),
            (json!({ "createdAt": this_year, "and": [{ "and": [{ "createdAt": tuesdays }] }] }), "1", "2", "1"),
            (json!({ "createdAt": { "isNull": false, "relative": { "unit": "YEAR" } } }), "2", "3", "1"),
            // Under these they are conditions like others.
            (json!({ "or": [{ "createdAt": this_year }] }), "2", "2", "0"),
            (json!({ "not": { "createdAt": earlier } }), "2", "2", "0"),
        ] {
            let made = app.saved_report(&app.ana, json!({ "definition": count(&filter) })).await;
            let found = [
                total(&app.ana, &made, json!({})).await,
                total(&app.ana, &made, json!({ "period": {} })).await,
                total(&app.ana, &made, json!({ "period": earlier })).await,
            ];
            assert_eq!(found, [own, all, before], "{filter}");
        }
    }

    /// A definition that runs by itself is not blamed for a parameter.
    async fn problems_are_those_of_the_parameter(app: TestApp) {
        let compared = json!({ "dataset": "PROSPECTS", "measures": [{ "measure": "COUNT" }], "compareTo": "PREVIOUS_PERIOD",
            "period": { "relative": { "unit": "MONTH" } } });
        let compared = app.saved_report(&app.ana, json!({ "definition": compared })).await;
        let tasks = json!({ "dataset": "TASKS", "measures": [{ "measure": "COUNT" }] });
        let tasks = app.saved_report(&app.ana, json!({ "definition": tasks })).await;
        let past = "2026-03-01T00:00:00Z";
        for (made, parameters, expected) in [
            (&compared, json!({ "period": {} }), vec!["REQUIRED parameters.period"]),
            (&compared, json!({ "period": { "lt": past } }), vec!["REQUIRED parameters.period"]),
            (&compared, json!({ "asOf": past }), vec!["INVALID parameters.asOf"]),
            (&compared, json!({ "asOf": "2030-01-01T00:00:00Z", "period": {}, "timeZone": "Nowhere" }), vec![
                "INVALID parameters.timeZone", "INVALID parameters.asOf", "INVALID parameters.asOf", "REQUIRED parameters.period",
            ]),
            (&tasks, json!({ "asOf": past }), vec!["INVALID parameters.asOf"]),
            (&tasks, json!({ "period": { "relative": { "unit": "DAY", "count": 0 } } }), vec!["INVALID parameters.period.relative"]),
        ] {
            assert_eq!(problems(&app.ana, made, parameters.clone()).await, expected, "{parameters}");
        }
        let answer = app.ana.run(TOTAL, json!({ "id": compared.id, "parameters": { "period": { "gte": past } } })).await;
        assert_eq!(answer.data()["savedReport"]["report"]["rows"][0]["cells"][0]["number"], "0");
    }
}
