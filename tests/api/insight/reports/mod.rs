//! Reports: the documented requests, what rows and columns say, and equality with a computation over the rows of lists.

mod answers;
mod as_of;
mod buckets;
mod catalogue;
mod compared;
mod comparisons;
mod conditions;
mod datasets;
mod derived;
mod expected;
mod faults;
mod filled;
mod generated;
mod generator;
mod hidden;
mod naive;
mod opening;
mod questions;
mod records;
mod refused;
mod viewpoints;
mod world;

use serde_json::{Value, json};

use crate::support::{Person, TestApp, operations};

/// Everything that an answer says.
const DOCUMENT: &str = "query ($input: ReportInput!) { report(input: $input) {
    columns { key label kind type unit isAdditive }
    rows { cells { text number color key } comparison { number change } filter list isOthers }
    totals { number } rowCount isTruncated generatedAt } }";

async fn report(person: &Person, input: Value) -> Value {
    person.query(DOCUMENT, json!({ "input": input })).await["report"].clone()
}

/// The rows as their keys, a dash for none, then their numbers.
fn rows(report: &Value) -> Vec<Vec<String>> {
    let dimensions = report["columns"]
        .as_array()
        .expect("columns")
        .iter()
        .filter(|column| column["kind"] == "DIMENSION")
        .count();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let rows = report["rows"].as_array().expect("rows").iter();
    rows.map(|row| {
        let cells = row["cells"].as_array().expect("cells").iter().enumerate();
        cells
            .map(|(place, cell)| text(&cell[if place < dimensions { "key" } else { "number" }]))
            .collect()
    })
    .collect()
}

/// The number of items that the list of a row has with its filter.
async fn listed(person: &Person, row: &Value) -> Option<String> {
    if row["filter"].is_null() {
        assert!(row["list"].is_null(), "{row}");
        return None;
    }
    let (list, filter) = match row["list"].as_str().expect("a list") {
        "PROSPECTS" => ("prospects", "ProspectFilter"),
        "CLIENTS" => ("clients", "ClientFilter"),
        "TASKS" => ("tasks", "TaskFilter"),
        "TIMELINE" => ("timeline", "TimelineFilter"),
        "DOCUMENTS" => ("documents", "DocumentFilter"),
        other => panic!("no list {other}"),
    };
    let document = format!("query ($filter: {filter}) {{ {list}(filter: $filter) {{ totalCount }} }}");
    let data = person.query(&document, json!({ "filter": row["filter"] })).await;
    Some(data[list]["totalCount"].to_string())
}

both! {
    /// The example variables of the operation.
    async fn the_operation_runs_as_it_stands(app: TestApp) {
        app.attribute(json!({ "key": "brand", "type": "CHOICE", "choices": [{ "key": "acme", "label": "Acme" }] })).await;
        app.attribute(json!({ "key": "budget", "type": "DECIMAL", "scale": 2 })).await;
        let values = json!([{ "key": "brand", "value": { "choice": "acme" } }, { "key": "budget", "value": { "number": "12.50" } }]);
        for _ in 0..2 {
            app.prospect().owner(&app.ana).with(json!({ "attributes": values })).create().await;
        }
        let by_month = json!({ "input": { "dataset": "PROSPECTS",
            "dimensions": [{ "field": "CHANNEL" }, { "field": "CREATED_AT", "grain": "MONTH" }],
            "measures": [{ "measure": "COUNT" }, { "measure": "CONVERSION_RATE" }],
            "prospectFilter": { "createdAt": { "gte": "2026-01-01T00:00:00Z" } },
            "timeZone": "America/Caracas", "totals": true, "compareTo": "PREVIOUS_PERIOD" } });
        let data = app.ana.run_operation(operations::REPORTS, "Report", by_month).await.data()["report"].clone();
        let keys: Vec<&Value> = data["columns"].as_array().expect("columns").iter().map(|column| &column["key"]).collect();
        assert_eq!(keys, ["channel", "created_at_month", "count", "conversion_rate"]);
        assert_eq!(data["totals"], json!([{ "number": null }, { "number": null }, { "number": "2" }, { "number": "0" }]));
        let found: Vec<Vec<String>> = rows(&data).into_iter().filter(|row| row[2] != "0").collect();
        assert_eq!(found.len(), 1, "{data}");
        assert_eq!(found[0][1..], ["2026-03", "2", "0"]);
        // Midnight of the first of January in UTC is still December in Caracas: four months for each channel.
        let channels = app.core.catalogs.snapshot().channels.all().len();
        assert_eq!(data["rowCount"], json!(4 * channels));
        let by_brand = json!({ "input": { "dataset": "PROSPECTS", "dimensions": [{ "attributeKey": "brand" }],
            "measures": [{ "measure": "SUM", "attributeKey": "budget" },
                { "measure": "PERCENTILE", "field": "TIME_TO_FIRST_CONTACT", "percentile": 0.5 }],
            "orderBy": [{ "column": "sum_budget", "direction": "DESC" }], "limit": 10 } });
        let data = app.ana.run_operation(operations::REPORTS, "Report", by_brand).await.data()["report"].clone();
        assert_eq!(rows(&data), [["acme", "25", "-"]]);
        assert_eq!(data["rows"][0]["cells"][0]["text"], "Acme");
        assert_eq!(data["rows"][0]["filter"], json!({ "and": [{ "attributes": [{ "key": "brand", "choice": { "eq": "acme" } }] }] }));
        assert_eq!(data["isTruncated"], false);
    }
}
