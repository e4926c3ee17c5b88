//! Questions of every day: thirty inputs for the documented operation as it stands, answered as the naive computation does.

use chrono::Weekday;
use serde_json::{Value, json};

use super::buckets::Calendar;
use super::compared::{Caller, compare};
use super::generator::{Asked, Generator};
use super::world;
use crate::support::{TestApp, operations};

const QUESTIONS: [(&str, &str); 30] = [
    (
        "Prospects of each channel",
        r#"{ "dataset": "PROSPECTS", "dimensions": [{ "field": "CHANNEL" }], "measures": [{ "measure": "COUNT" }, { "measure": "SHARE", "column": "count" }] }"#,
    ),
    (
        "Registrations of each month, running on",
        r#"{ "dataset": "PROSPECTS", "dimensions": [{ "field": "CREATED_AT", "grain": "MONTH" }], "measures": [{ "measure": "COUNT" }, { "measure": "RUNNING_TOTAL", "column": "count" }], "timeZone": "America/Caracas" }"#,
    ),
    (
        "Registrations of each quarter by kind",
        r#"{ "dataset": "PROSPECTS", "dimensions": [{ "field": "CREATED_AT", "grain": "QUARTER" }, { "field": "KIND" }], "measures": [{ "measure": "COUNT" }], "timeZone": "Europe/Berlin" }"#,
    ),
    (
        "At which hours prospects come, by weekday",
        r#"{ "dataset": "PROSPECTS", "dimensions": [{ "field": "CREATED_AT", "grain": "WEEKDAY" }, { "field": "CREATED_AT", "grain": "HOUR_OF_DAY" }], "measures": [{ "measure": "COUNT" }], "timeZone": "Asia/Kathmandu", "firstDayOfWeek": "SUNDAY", "emptyRows": false }"#,
    ),
    (
        "This quarter beside the year before",
        r#"{ "dataset": "PROSPECTS", "dimensions": [{ "field": "CREATED_AT", "grain": "MONTH" }], "measures": [{ "measure": "COUNT" }, { "measure": "CONVERSION_RATE" }], "period": { "gte": "2026-01-01T04:00:00.000Z", "lt": "2026-04-01T04:00:00.000Z" }, "timeZone": "America/Caracas", "compareTo": "PREVIOUS_YEAR" }"#,
    ),
    (
        "The best sources by conversion",
        r#"{ "dataset": "PROSPECTS", "dimensions": [{ "field": "SOURCE" }], "measures": [{ "measure": "COUNT" }, { "measure": "CONVERSION_RATE" }], "having": [{ "column": "count", "gte": "2" }], "orderBy": [{ "column": "conversion_rate", "direction": "DESC" }] }"#,
    ),
    (
        "Campaigns of search advertisements",
        r#"{ "dataset": "PROSPECTS", "dimensions": [{ "field": "AD_NETWORK" }, { "field": "AD_CAMPAIGN" }, { "field": "AD_DEVICE" }], "measures": [{ "measure": "COUNT" }, { "measure": "LOSS_RATE" }], "subtotals": true, "emptyRows": false }"#,
    ),
    (
        "UTM parameters of those who became clients",
        r#"{ "dataset": "CLIENTS", "dimensions": [{ "field": "UTM_SOURCE" }, { "field": "UTM_MEDIUM" }, { "field": "UTM_CAMPAIGN" }], "measures": [{ "measure": "COUNT" }, { "measure": "SUM", "field": "WON_VALUE" }] }"#,
    ),
    (
        "Owners by open value",
        r#"{ "dataset": "PROSPECTS", "dimensions": [{ "field": "OWNER" }], "measures": [{ "measure": "COUNT" }, { "measure": "SUM", "field": "OPEN_VALUE" }, { "measure": "AVERAGE", "field": "OPEN_VALUE" }], "orderBy": [{ "column": "sum_open_value", "direction": "DESC" }] }"#,
    ),
    (
        "Why prospects are lost and discarded",
        r#"{ "dataset": "PROSPECTS", "dimensions": [{ "field": "STATUS_CATEGORY" }, { "field": "REASON" }, { "field": "MEDIUM" }], "measures": [{ "measure": "COUNT" }], "emptyRows": false }"#,
    ),
    (
        "Median and slowest first contact by owner",
        r#"{ "dataset": "PROSPECTS", "dimensions": [{ "field": "OWNER" }], "measures": [{ "measure": "COUNT" }, { "measure": "PERCENTILE", "field": "TIME_TO_FIRST_CONTACT", "percentile": 0.5 }, { "measure": "PERCENTILE", "field": "TIME_TO_FIRST_CONTACT", "percentile": 0.95 }] }"#,
    ),
    (
        "Who has not been heard of for long",
        r#"{ "dataset": "PROSPECTS", "dimensions": [{ "field": "STATUS" }], "measures": [{ "measure": "COUNT" }, { "measure": "MAXIMUM", "field": "TIME_SINCE_ACTIVITY" }, { "measure": "AVERAGE", "field": "INTERACTIONS" }] }"#,
    ),
    (
        "Zones and sectors",
        r#"{ "dataset": "PROSPECTS", "dimensions": [{ "field": "ZONE" }, { "field": "SECTOR" }], "measures": [{ "measure": "COUNT" }] }"#,
    ),
    (
        "Countries, regions and cities",
        r#"{ "dataset": "PROSPECTS", "dimensions": [{ "field": "COUNTRY" }, { "field": "REGION" }, { "field": "CITY" }], "measures": [{ "measure": "COUNT" }], "subtotals": true }"#,
    ),
    (
        "Tags by interest",
        r#"{ "dataset": "PROSPECTS", "dimensions": [{ "field": "TAG" }, { "field": "INTEREST" }], "measures": [{ "measure": "COUNT" }, { "measure": "AVERAGE", "field": "RATING" }] }"#,
    ),
    (
        "Ratings in bands, persons only",
        r#"{ "dataset": "PROSPECTS", "dimensions": [{ "field": "RATING", "bands": ["2", "4"] }], "measures": [{ "measure": "COUNT" }, { "measure": "SHARE", "column": "count" }], "prospectFilter": { "kind": { "eq": "PERSON" } } }"#,
    ),
    (
        "Segments and levels",
        r#"{ "dataset": "PROSPECTS", "dimensions": [{ "field": "SEGMENT" }, { "field": "POTENTIAL_LEVEL" }], "measures": [{ "measure": "COUNT" }, { "measure": "DISTINCT_COUNT", "field": "OWNER" }] }"#,
    ),
    (
        "Industries and types of customers",
        r#"{ "dataset": "PROSPECTS", "dimensions": [{ "field": "INDUSTRY" }, { "field": "CUSTOMER_TYPE" }], "measures": [{ "measure": "COUNT" }], "emptyRows": false, "orderBy": [{ "column": "count", "direction": "DESC" }, { "column": "industry", "direction": "ASC" }] }"#,
    ),
    (
        "Validity that ends, week by week",
        r#"{ "dataset": "PROSPECTS", "dimensions": [{ "field": "VALID_UNTIL", "grain": "WEEK" }], "measures": [{ "measure": "COUNT" }], "timeZone": "America/Santiago", "emptyRows": false }"#,
    ),
    (
        "Budgets by brand",
        r#"{ "dataset": "PROSPECTS", "dimensions": [{ "attributeKey": "brand" }, { "attributeKey": "is_hot" }], "measures": [{ "measure": "COUNT" }, { "measure": "SUM", "attributeKey": "budget" }, { "measure": "RATIO", "column": "sum_budget", "denominator": "count" }] }"#,
    ),
    (
        "Ages of those who were born",
        r#"{ "dataset": "PROSPECTS", "dimensions": [{ "attributeKey": "born", "grain": "YEAR" }], "measures": [{ "measure": "COUNT" }, { "measure": "MINIMUM", "attributeKey": "worth" }], "emptyRows": false }"#,
    ),
    (
        "Clients of each month, with what they bought",
        r#"{ "dataset": "CLIENTS", "dimensions": [{ "field": "CLIENT_SINCE", "grain": "MONTH" }], "measures": [{ "measure": "COUNT" }, { "measure": "SUM", "field": "WINS" }, { "measure": "AVERAGE", "field": "TIME_BETWEEN_WINS" }, { "measure": "AVERAGE", "field": "TIME_TO_WIN" }] }"#,
    ),
    (
        "Won and lost sales in euros",
        r#"{ "dataset": "CYCLES", "dimensions": [{ "field": "CYCLE_CATEGORY" }, { "field": "CYCLE_KIND" }], "measures": [{ "measure": "COUNT" }, { "measure": "SUM", "field": "CYCLE_AMOUNT", "currency": "EUR" }, { "measure": "CONVERSION_RATE" }], "cycleFilter": { "category": { "in": ["WON", "LOST"] } } }"#,
    ),
    (
        "How long sales take",
        r#"{ "dataset": "CYCLES", "dimensions": [{ "field": "CLOSED_AT", "grain": "DAY" }], "measures": [{ "measure": "COUNT" }, { "measure": "AVERAGE", "field": "CYCLE_DURATION" }, { "measure": "SUM", "field": "WON_VALUE" }], "emptyRows": false }"#,
    ),
    (
        "Time in each status",
        r#"{ "dataset": "STATUS_INTERVALS", "dimensions": [{ "field": "INTERVAL_STATUS" }], "measures": [{ "measure": "COUNT" }, { "measure": "AVERAGE", "field": "TIME_IN_STATUS" }, { "measure": "PERCENTILE", "field": "TIME_IN_STATUS", "percentile": 0.9 }] }"#,
    ),
    (
        "How often prospects change hands",
        r#"{ "dataset": "OWNER_INTERVALS", "dimensions": [{ "field": "INTERVAL_OWNER" }, { "field": "OWNER" }], "measures": [{ "measure": "COUNT" }, { "measure": "SUM", "field": "TIME_OWNED" }] }"#,
    ),
    (
        "Overdue tasks by assignee and type",
        r#"{ "dataset": "TASKS", "dimensions": [{ "field": "TASK_OVERDUE" }, { "field": "ASSIGNEE" }, { "field": "TASK_TYPE" }], "measures": [{ "measure": "COUNT" }, { "measure": "SUM", "attributeKey": "effort", "attributeOf": "OWN" }], "emptyRows": false }"#,
    ),
    (
        "Tasks that are completed, hour by hour",
        r#"{ "dataset": "TASKS", "dimensions": [{ "field": "COMPLETED_AT", "grain": "HOUR" }, { "field": "COMPLETED_BY" }], "measures": [{ "measure": "COUNT" }, { "measure": "AVERAGE", "field": "TIME_TO_COMPLETE" }], "timeZone": "Asia/Kolkata", "emptyRows": false }"#,
    ),
    (
        "Conversations by form and outcome",
        r#"{ "dataset": "ACTIVITY", "dimensions": [{ "field": "INTERACTION_TYPE" }, { "field": "INTERACTION_OUTCOME" }], "measures": [{ "measure": "COUNT" }, { "measure": "SUM", "field": "INTERACTION_DURATION" }], "timelineFilter": { "kind": { "in": ["NOTE", "INTERACTION"] } }, "emptyRows": false }"#,
    ),
    (
        "Documents by media type",
        r#"{ "dataset": "DOCUMENTS", "dimensions": [{ "field": "MEDIA_TYPE" }, { "field": "CARRIER_KIND" }], "measures": [{ "measure": "COUNT" }, { "measure": "SUM", "field": "DOCUMENT_SIZE" }], "emptyRows": false }"#,
    ),
];

both! {
    async fn thirty_questions_are_answered_as_they_stand(app: TestApp) {
        world::create(&app, 30).await;
        let mut generator = Generator::new(30, app.now());
        for person in [&app.admin, &app.ana] {
            let caller = Caller::new(&app, person, None).await;
            for (question, text) in QUESTIONS {
                let mut input: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{question}: {error}"));
                let answer = person.run_operation(operations::REPORTS, "Report", json!({ "input": input })).await;
                let found = answer.data()["report"].clone();
                assert!(!found["rows"].as_array().expect("rows").is_empty(), "{question}");
                // The whole answer, with what the operation does not ask for.
                let columns = found["columns"].as_array().expect("columns").iter();
                let columns: Vec<String> = columns.filter_map(|column| Some(column["key"].as_str()?.to_owned())).collect();
                let zone = input["timeZone"].as_str().unwrap_or("America/Caracas").parse().expect("a zone");
                let first_day = if input["firstDayOfWeek"] == "SUNDAY" { Weekday::Sun } else { Weekday::Mon };
                let dataset = caller.catalogue.iter().find(|dataset| dataset["name"] == input["dataset"]).expect("a dataset");
                let time = dataset["timeField"].as_str().expect("a time").to_owned();
                (input["totals"], input["limit"]) = (json!(true), json!(10_000));
                let asked = Asked { input, columns, calendar: Calendar { zone, first_day }, time };
                compare(&app, &caller, dataset, asked, &mut generator).await;
            }
        }
    }
}
