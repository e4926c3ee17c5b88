//! What belongs to single datasets: their periods, comparisons, attributes, amounts, and what does not exist for the caller.

use serde_json::{Value, json};

use super::{listed, report, rows, world};
use crate::support::{Person, TestApp};

const HOUR: i64 = 60 * 60 * 1000;

fn count(dataset: &str) -> Value {
    json!({ "dataset": dataset, "measures": [{ "measure": "COUNT" }] })
}

async fn counted(person: &Person, dataset: &str) -> String {
    rows(&report(person, count(dataset)).await)[0][0].clone()
}

both! {
    async fn deleted_prospects_and_documents_do_not_count(app: TestApp) {
        let datasets = ["PROSPECTS", "CLIENTS", "CYCLES", "STATUS_INTERVALS", "OWNER_INTERVALS", "TASKS", "ACTIVITY", "DOCUMENTS"];
        let made = app.prospect().owner(&app.ana).create().await;
        app.task(&app.ana, &made, json!({})).await;
        let document = app.document(&app.ana, &made, "scan.txt", b"content").await;
        app.convert(&app.ana, &made).await;
        for dataset in datasets {
            assert_ne!(counted(&app.ana, dataset).await, "0", "{dataset}");
            assert_eq!(counted(&app.luis, dataset).await, "0", "{dataset}");
        }
        let delete = "mutation ($id: ID!) { documentDelete(id: $id) { userErrors { code message path } } }";
        app.ana.run(delete, json!({ "id": document.id })).await.payload("documentDelete");
        assert_eq!(counted(&app.ana, "DOCUMENTS").await, "0");
        let delete = "mutation ($id: ID!) { prospectDelete(id: $id) { userErrors { code message path } } }";
        app.ana.run(delete, json!({ "id": made.id })).await.payload("prospectDelete");
        for dataset in datasets {
            assert_eq!(counted(&app.admin, dataset).await, "0", "{dataset}");
        }
    }

    /// Invariant: what the timeline does not show, a report does not count.
    async fn entries_about_hidden_attributes_do_not_count(app: TestApp) {
        app.attribute(json!({ "key": "secret", "type": "INTEGER", "visibility": "ADMIN" })).await;
        let made = app.prospect().owner(&app.ana).create().await;
        let update = "mutation ($id: ID!, $input: ProspectUpdateInput!) { prospectUpdate(id: $id, input: $input) { userErrors { code message path } } }";
        let secret = json!({ "attributes": [{ "key": "secret", "value": { "number": "7" } }] });
        app.admin.run(update, json!({ "id": made.id, "input": secret })).await.payload("prospectUpdate");
        let by_kind = json!({ "dataset": "ACTIVITY", "dimensions": [{ "field": "ENTRY_KIND" }], "measures": [{ "measure": "COUNT" }], "emptyRows": false });
        let of = async |person: &Person| rows(&report(person, by_kind.clone()).await);
        assert_eq!(of(&app.ana).await, [["CREATED", "1"]]);
        assert_eq!(of(&app.admin).await, [["CREATED", "1"], ["FIELD_CHANGE", "1"]]);
    }

    /// A period is of any time, and compared bucket by bucket.
    async fn periods_are_of_any_time_of_the_records(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        for hours in [1, 2, 25, 26, 27, 49] {
            app.task(&app.ana, &made, json!({ "dueAt": (app.time(hours * HOUR)) })).await;
        }
        let start = app.time(24 * HOUR);
        let input = json!({ "dataset": "TASKS", "dimensions": [{ "field": "TASK_OVERDUE" }], "measures": [{ "measure": "COUNT" }],
            "period": { "gte": start, "lt": (app.time(48 * HOUR)) }, "compareTo": "PREVIOUS_PERIOD" });
        let found = report(&app.ana, input).await;
        assert_eq!(rows(&found), [["false", "3"], ["true", "0"]]);
        assert_eq!(found["columns"][0]["type"], "BOOLEAN");
        assert_eq!(found["rows"][0]["cells"][0]["text"], "No");
        assert_eq!(found["rows"][0]["comparison"][1], json!({ "number": "2", "change": "0.5" }));
        let filter = json!({ "and": [{ "isOverdue": false }, { "dueAt": { "gte": start, "lt": (app.time(48 * HOUR)) } }] });
        assert_eq!((&found["rows"][0]["filter"], &found["rows"][0]["list"]), (&filter, &json!("TASKS")));
        // The time of another kind of record, and one with buckets.
        let mut input = count("TASKS");
        input["period"] = json!({ "field": "CREATED_AT", "lt": (app.time(0)) });
        assert_eq!(rows(&report(&app.ana, input.clone()).await), [["0"]]);
        input["period"] = json!({ "field": "TASK_CREATED_AT", "relative": { "unit": "DAY" } });
        assert_eq!(rows(&report(&app.ana, input).await), [["6"]]);
        let by_day = json!({ "dataset": "ACTIVITY", "dimensions": [{ "field": "OCCURRED_AT", "grain": "DAY" }], "measures": [{ "measure": "COUNT" }],
            "period": { "relative": { "unit": "DAY", "offset": -2, "count": 3 } }, "compareTo": "PREVIOUS_PERIOD" });
        let days = rows(&report(&app.ana, by_day).await);
        assert_eq!(days.iter().map(|row| &*row[1]).collect::<Vec<_>>(), ["0", "0", "7"], "days without entries are filled");
    }

    /// Both a prospect and a task may have an attribute of the same key.
    async fn attributes_are_of_the_record_or_of_its_prospect(app: TestApp) {
        for entity in ["PROSPECT", "TASK"] {
            app.attribute(json!({ "key": "budget", "type": "INTEGER", "entity": entity })).await;
        }
        let value = |number: &str| json!([{ "key": "budget", "value": { "number": number } }]);
        let made = app.prospect().owner(&app.ana).with(json!({ "attributes": value("100") })).create().await;
        for number in ["1", "2"] {
            app.task(&app.ana, &made, json!({ "attributes": value(number) })).await;
        }
        let own = json!({ "attributeKey": "budget", "attributeOf": "OWN" });
        let sum = json!({ "measure": "SUM", "attributeKey": "budget", "attributeOf": "OWN" });
        let input = json!({ "dataset": "TASKS", "dimensions": [{ "attributeKey": "budget" }, own], "measures": [{ "measure": "COUNT" }, sum] });
        let found = report(&app.ana, input).await;
        assert_eq!(rows(&found), [["100", "1", "1", "1"], ["100", "2", "1", "2"]]);
        let of = |number: &str| json!({ "attributes": [{ "key": "budget", "number": { "eq": number } }] });
        assert_eq!(found["rows"][1]["filter"], json!({ "and": [of("2")], "prospect": { "and": [of("100")] } }));
        assert_eq!(listed(&app.ana, &found["rows"][1]).await.as_deref(), Some("1"));
    }

    /// Sums of the amounts of cycles are exact beyond 64 bits.
    async fn amounts_add_up_exactly(app: TestApp) {
        let most = "92233720368547758.07";
        for currency in ["USD", "USD", "EUR"] {
            let made = app.prospect().owner(&app.ana).create().await;
            world::set_amount(&app.ana, &made, most, currency).await;
            app.convert(&app.ana, &made).await;
        }
        let made = app.prospect().owner(&app.ana).create().await;
        world::set_amount(&app.ana, &made, "0.03", "USD").await;
        let measures = json!([
            { "measure": "SUM", "field": "CYCLE_AMOUNT" }, { "measure": "SUM", "field": "WON_VALUE" }, { "measure": "SUM", "field": "OPEN_VALUE" },
            { "measure": "AVERAGE", "field": "WON_VALUE", "currency": "EUR" }, { "measure": "CONVERSION_RATE" }, { "measure": "LOSS_RATE" },
        ]);
        let found = report(&app.ana, json!({ "dataset": "CYCLES", "measures": measures })).await;
        assert_eq!(rows(&found), [["184467440737095516.17", "184467440737095516.14", "0.03", most, "1", "0"]]);
        let value = json!([{ "measure": "MAXIMUM", "field": "WON_VALUE" }, { "measure": "SUM", "field": "WON_VALUE" }]);
        for dataset in ["PROSPECTS", "CLIENTS"] {
            let found = report(&app.ana, json!({ "dataset": dataset, "measures": value })).await;
            assert_eq!(rows(&found), [[most, "184467440737095516.14"]]);
        }
    }

    /// Purchases of a client, and the time from one to the next.
    async fn clients_buy_again(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        app.convert(&app.ana, &made).await;
        for hours in [1, 3] {
            app.move_as(&app.ana, &made, "New", json!({ "reopenAs": "RENEWAL" })).await;
            app.advance(hours * HOUR);
            app.convert(&app.ana, &made).await;
        }
        app.prospect().owner(&app.ana).create().await;
        let measures = json!([{ "measure": "COUNT" }, { "measure": "SUM", "field": "WINS" }, { "measure": "AVERAGE", "field": "TIME_BETWEEN_WINS" }]);
        let found = report(&app.ana, json!({ "dataset": "CLIENTS", "measures": measures })).await;
        assert_eq!(rows(&found), [["1", "3", "7200"]]);
        assert_eq!(found["columns"][1]["label"], "Suma: Compras");
        let by_kind = json!({ "dataset": "CYCLES", "dimensions": [{ "field": "CYCLE_KIND" }], "emptyRows": false,
            "measures": [{ "measure": "COUNT" }, { "measure": "SUM", "field": "CYCLE_DURATION" }] });
        assert_eq!(rows(&report(&app.ana, by_kind).await), [["NEW", "2", "0"], ["RENEWAL", "2", "14400"]]);
    }
}
