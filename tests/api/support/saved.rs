//! Saved reports and dashboards with good defaults.

use serde_json::{Value, json};

use super::{Made, Person, TestApp};

const CREATE_REPORT: &str = "mutation ($input: SavedReportCreateInput!) {
    savedReportCreate(input: $input) { savedReport { id } userErrors { code message path } } }";
const CREATE_DASHBOARD: &str = "mutation ($input: DashboardCreateInput!) {
    dashboardCreate(input: $input) { dashboard { id } userErrors { code message path } } }";

impl TestApp {
    /// A private report that counts prospects by kind, but for the given members of its input.
    pub async fn saved_report(&self, by: &Person, mut input: Value) -> Made {
        let given = input.as_object_mut().expect("an object");
        given.entry("name").or_insert_with(|| json!("Prospects by kind"));
        given.entry("definition").or_insert_with(count_by_kind);
        let answer = by.run(CREATE_REPORT, json!({ "input": input })).await;
        let made = &answer.payload("savedReportCreate")["savedReport"]["id"];
        Made::new(made.as_str().expect("a report is saved"))
    }

    /// A private dashboard that shows these reports, one below the other.
    pub async fn dashboard(&self, by: &Person, name: &str, reports: &[&Made]) -> Made {
        let tiles: Vec<Value> = (1..).zip(reports).map(|(row, report)| tile(&report.id, row)).collect();
        let input = json!({ "name": name, "tiles": tiles });
        let answer = by.run(CREATE_DASHBOARD, json!({ "input": input })).await;
        let made = &answer.payload("dashboardCreate")["dashboard"]["id"];
        Made::new(made.as_str().expect("a dashboard is saved"))
    }
}

/// The number of prospects by kind.
pub fn count_by_kind() -> Value {
    json!({ "dataset": "PROSPECTS", "dimensions": [{ "field": "KIND" }], "measures": [{ "measure": "COUNT" }] })
}

/// A tile over the whole width in a row of its own.
pub fn tile(report: &str, row: usize) -> Value {
    json!({ "savedReportId": report, "column": 1, "row": row, "width": 12, "height": 1 })
}
