//! Plans of reports: those of a salesperson begin at the own prospects, and those of a period at an index of its time.

use sea_orm::DbBackend;
use serde_json::{Value, json};

use super::{Plans, is_scan};
use crate::support::{Person, TestApp};

const REPORT: &str = "query ($filter: ReportInput!) { report(input: $filter) { rowCount } }";
const DATASETS: [(&str, &str); 8] = [
    ("PROSPECTS", "OWNER"),
    ("CLIENTS", "CLIENT_LEVEL"),
    ("CYCLES", "CYCLE_CATEGORY"),
    ("STATUS_INTERVALS", "INTERVAL_CATEGORY"),
    ("OWNER_INTERVALS", "INTERVAL_OWNER"),
    ("TASKS", "TASK_STATE"),
    ("ACTIVITY", "INTERACTION_TYPE"),
    ("DOCUMENTS", "MEDIA_TYPE"),
];

async fn plan(plans: &Plans<'_>, person: &Person, input: &Value) -> Vec<String> {
    let found = plans.of(person, REPORT, input).await;
    assert_eq!(found.len(), 1, "one statement of {input}");
    found.into_iter().flat_map(|(_, plan)| plan).collect()
}

both! {
    async fn a_report_of_a_salesperson_reads_the_own_records(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        app.task(&app.ana, &prospect, json!({})).await;
        let (watched, seen) = app.watched().await;
        let plans = Plans { app: &watched, seen: &seen };
        let period = json!({ "gte": app.time(-86_400_000) });
        for (dataset, field) in DATASETS {
            for period in [&Value::Null, &period] {
                let input = json!({ "dataset": dataset, "dimensions": [{ "field": field }, { "field": "CHANNEL" }],
                    "measures": [{ "measure": "COUNT" }], "period": period });
                let plan = plan(&plans, &watched.ana, &input).await;
                let text = plan.join("\n");
                assert!(!plan.iter().any(|line| is_scan(line)), "{input}\n{text}");
                assert!(text.contains("prospects_owner"), "{input}\n{text}");
            }
        }
    }

    async fn a_report_of_a_period_reads_the_index_of_its_time(app: TestApp) {
        // With so few rows PostgreSQL takes any index.
        if app.core.db.backend() == DbBackend::Postgres {
            return;
        }
        let prospect = app.prospect().owner(&app.ana).create().await;
        app.task(&app.ana, &prospect, json!({})).await;
        let (watched, seen) = app.watched().await;
        let plans = Plans { app: &watched, seen: &seen };
        for (dataset, field, index) in [
            ("PROSPECTS", "CREATED_AT", "prospects_created"),
            ("CYCLES", "OPENED_AT", "cycles_opened"),
            ("CYCLES", "CLOSED_AT", "cycles_closed"),
            ("TASKS", "DUE_AT", "tasks_due"),
            ("ACTIVITY", "OCCURRED_AT", "timeline_entries_time"),
            ("DOCUMENTS", "DOCUMENT_CREATED_AT", "documents_"),
        ] {
            let input = json!({ "dataset": dataset, "measures": [{ "measure": "COUNT" }],
                "period": { "field": field, "gte": app.time(-86_400_000), "lt": app.time(0) } });
            let plan = plan(&plans, &watched.admin, &input).await.join("\n");
            assert!(plan.contains(index), "{input}\n{plan}");
        }
    }

    async fn a_report_of_a_filter_reads_the_index_of_its_condition(app: TestApp) {
        // With so few rows PostgreSQL takes any index.
        if app.core.db.backend() == DbBackend::Postgres {
            return;
        }
        let prospect = app.prospect().owner(&app.ana).create().await;
        app.task(&app.ana, &prospect, json!({})).await;
        let (watched, seen) = app.watched().await;
        let plans = Plans { app: &watched, seen: &seen };
        let source = json!({ "source": { "eq": watched.source("Event") } });
        for (input, index) in [
            (json!({ "dataset": "TASKS", "taskFilter": { "isOverdue": true } }), "tasks_planned_due"),
            (json!({ "dataset": "PROSPECTS", "prospectFilter": source }), "prospects_source"),
        ] {
            let mut input = input;
            input["measures"] = json!([{ "measure": "COUNT" }]);
            let plan = plan(&plans, &watched.admin, &input).await.join("\n");
            assert!(plan.contains(index), "{input}\n{plan}");
        }
    }
}
