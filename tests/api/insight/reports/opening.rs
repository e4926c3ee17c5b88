//! What rows open: the prospects behind cycles and intervals, each once, and records by their currency and by conditions on their prospects.

use serde_json::{Value, json};

use super::{listed, report, rows, world};
use crate::support::TestApp;

const HOUR: i64 = 60 * 60 * 1000;

/// Datasets whose rows open prospects, with dimensions.
fn of_prospects() -> Vec<(&'static str, Value)> {
    vec![
        ("STATUS_INTERVALS", json!([])),
        ("STATUS_INTERVALS", json!([{ "field": "INTERVAL_STATUS" }])),
        ("STATUS_INTERVALS", json!([{ "field": "INTERVAL_CATEGORY" }, { "field": "KIND" }])),
        (
            "STATUS_INTERVALS",
            json!([{ "field": "INTERVAL_REASON" }, { "field": "INTERVAL_CATEGORY" }]),
        ),
        ("STATUS_INTERVALS", json!([{ "field": "INTERVAL_ACTOR" }, { "field": "OWNER" }])),
        (
            "STATUS_INTERVALS",
            json!([{ "field": "ENTERED_AT", "grain": "MONTH" }, { "field": "INTERVAL_STATUS" }]),
        ),
        (
            "STATUS_INTERVALS",
            json!([{ "field": "ENTERED_AT", "grain": "DAY" }, { "field": "ENTERED_AT", "grain": "HOUR_OF_DAY" }]),
        ),
        (
            "STATUS_INTERVALS",
            json!([{ "field": "LEFT_AT", "grain": "WEEK" }, { "field": "TAG" }]),
        ),
        ("OWNER_INTERVALS", json!([{ "field": "INTERVAL_OWNER" }])),
        (
            "OWNER_INTERVALS",
            json!([{ "field": "INTERVAL_ACTOR" }, { "field": "INTERVAL_OWNER" }]),
        ),
        (
            "OWNER_INTERVALS",
            json!([{ "field": "ENTERED_AT", "grain": "WEEKDAY" }, { "field": "STATUS_CATEGORY" }]),
        ),
        (
            "OWNER_INTERVALS",
            json!([{ "field": "LEFT_AT", "grain": "QUARTER" }, { "field": "CITY" }]),
        ),
        ("CYCLES", json!([{ "field": "CYCLE_CURRENCY" }])),
        (
            "CYCLES",
            json!([{ "field": "CYCLE_CURRENCY" }, { "field": "CYCLE_CATEGORY" }, { "field": "CYCLE_KIND" }]),
        ),
        (
            "CYCLES",
            json!([{ "field": "OPENED_AT", "grain": "YEAR" }, { "field": "CYCLE_CURRENCY" }]),
        ),
    ]
}

both! {
    /// Invariant: the list of a row has as many prospects as are counted in it, each once.
    async fn rows_open_the_prospects_behind_their_records(app: TestApp) {
        world::create(&app, 23).await;
        let mut several = 0;
        for person in [&app.admin, &app.ana] {
            for (number, (dataset, dimensions)) in of_prospects().into_iter().enumerate() {
                let mut input = json!({ "dataset": dataset, "dimensions": dimensions, "emptyRows": false, "timeZone": "Europe/Madrid",
                    "measures": [{ "measure": "COUNT" }, { "measure": "DISTINCT_COUNT", "field": "PROSPECT" }] });
                if number % 2 == 1 {
                    input["period"] = json!({ "gte": "2025-06-01T00:00:00Z" });
                    input["prospectFilter"] = json!({ "kind": { "in": ["PERSON", "COMPANY"] } });
                }
                let found = report(person, input.clone()).await;
                let all = found["rows"].as_array().expect("rows");
                assert!(!all.is_empty(), "{input}");
                let place = dimensions.as_array().expect("dimensions").len();
                for (row, cells) in all.iter().zip(rows(&found)).take(15) {
                    assert_eq!(row["list"], "PROSPECTS");
                    assert_eq!(listed(person, row).await.as_ref(), Some(&cells[place + 1]), "{row} of {input}");
                    several += usize::from(cells[place] != cells[place + 1]);
                }
            }
        }
        assert!(several > 10, "{several} rows with several records of a prospect");
    }

    /// Everything that a report can be grouped by opens a list with as many records, or prospects, as are counted.
    async fn every_dimension_opens(app: TestApp) {
        world::create(&app, 5).await;
        let document = "{ reportDatasets { name dimensions { field attributeKey attributeOf grains } } }";
        let data = app.admin.query(document, json!({})).await;
        let datasets = data["reportDatasets"].as_array().expect("datasets");
        let of_prospects = datasets[0]["dimensions"].as_array().expect("dimensions");
        for dataset in datasets {
            let opens_prospects = ["CYCLES", "STATUS_INTERVALS", "OWNER_INTERVALS"].contains(&dataset["name"].as_str().expect("a name"));
            let dimensions = dataset["dimensions"].as_array().expect("dimensions").iter().enumerate();
            // What all datasets have is looked at in one, and here and there.
            let is_own = |(number, dimension): &(usize, &Value)| dataset["name"] == "PROSPECTS" || number % 9 == 0 || !of_prospects.contains(dimension);
            for (number, described) in dimensions.filter(is_own) {
                let mut dimension = json!({});
                for name in ["field", "attributeKey", "attributeOf"] {
                    if !described[name].is_null() {
                        dimension[name] = described[name].clone();
                    }
                }
                let grains = described["grains"].as_array().expect("grains");
                if !grains.is_empty() {
                    dimension["grain"] = grains[number % grains.len()].clone();
                }
                let input = json!({ "dataset": dataset["name"], "dimensions": [dimension], "emptyRows": false, "limit": 4,
                    "measures": [{ "measure": "COUNT" }, { "measure": "DISTINCT_COUNT", "field": "PROSPECT" }] });
                let found = report(&app.admin, input.clone()).await;
                for (row, cells) in found["rows"].as_array().expect("rows").iter().zip(rows(&found)) {
                    let expected = &cells[1 + usize::from(opens_prospects)];
                    assert_eq!(listed(&app.admin, row).await.as_ref(), Some(expected), "{row} of {input}");
                }
            }
        }
    }

    /// Bands open up to what filters can say.
    async fn bands_open(app: TestApp) {
        let made = app.prospect().owner(&app.ana).with(json!({ "validityDays": 30 })).create().await;
        app.document(&app.ana, &made, "scan.txt", b"content").await;
        let bands = json!(["5", "100", "4000000000"]);
        for (dataset, field, expected) in [("DOCUMENTS", "DOCUMENT_SIZE", "5..100"), ("PROSPECTS", "VALIDITY_DAYS", "5..100")] {
            let input = json!({ "dataset": dataset, "dimensions": [{ "field": field, "bands": bands }], "measures": [{ "measure": "COUNT" }] });
            let found = report(&app.ana, input).await;
            let keys: Vec<String> = rows(&found).into_iter().map(|row| row[0].clone()).collect();
            assert_eq!(keys, ["..5", "5..100", "100..4000000000", "4000000000.."], "{dataset}");
            for (row, cells) in found["rows"].as_array().expect("rows").iter().zip(rows(&found)) {
                assert_eq!(cells[1], if cells[0] == expected { "1" } else { "0" });
                let is_writable = !cells[0].contains("4000000000");
                assert_eq!(listed(&app.ana, row).await, is_writable.then_some(cells[1].clone()), "{row}");
            }
        }
    }

    /// All conditions of a row are of one and the same interval.
    async fn an_interval_meets_all_conditions_of_its_row(app: TestApp) {
        let lost = app.prospect().owner(&app.ana).create().await;
        let back = app.prospect().owner(&app.ana).create().await;
        app.advance(HOUR);
        app.move_to(&app.ana, &lost, "Lost").await;
        app.move_to(&app.admin, &back, "Lost").await;
        app.advance(HOUR);
        app.move_as(&app.ana, &back, "Negotiation", json!({ "reopenAs": "RECONSIDERED" })).await;
        let input = json!({ "dataset": "STATUS_INTERVALS", "emptyRows": false, "measures": [{ "measure": "COUNT" }], "timeZone": "America/Caracas",
            "dimensions": [{ "field": "INTERVAL_CATEGORY" }, { "field": "INTERVAL_ACTOR" }, { "field": "LEFT_AT", "grain": "YEAR" }] });
        let found = report(&app.admin, input).await;
        let is_left_by_admin = |row: &&Value| row["cells"][0]["key"] == "LOST" && row["cells"][1]["key"] == json!(app.admin.id);
        let row = found["rows"].as_array().expect("rows").iter().find(is_left_by_admin).expect("a row");
        let interval = json!({ "category": { "eq": "LOST" }, "actor": { "eq": app.admin.id },
            "to": { "gte": "2026-01-01T04:00:00.000Z", "lt": "2027-01-01T04:00:00.000Z" } });
        assert_eq!(row["filter"], json!({ "and": [{ "statusIntervals": { "some": interval } }] }));
        assert_eq!(listed(&app.admin, row).await.as_deref(), Some("1"));
        // Of a salesperson their own.
        assert_eq!(listed(&app.luis, row).await.as_deref(), Some("0"));
    }

    async fn amounts_are_grouped_by_their_currency(app: TestApp) {
        for (amount, currency) in [(Some("10.50"), "USD"), (Some("20"), "USD"), (Some("7"), "EUR"), (None, "")] {
            let made = app.prospect().owner(&app.ana).create().await;
            if let Some(amount) = amount {
                world::set_amount(&app.ana, &made, amount, currency).await;
            }
        }
        let eur = json!({ "measure": "SUM", "field": "OPEN_VALUE", "currency": "EUR" });
        for dataset in ["PROSPECTS", "CYCLES"] {
            let input = json!({ "dataset": dataset, "dimensions": [{ "field": "CYCLE_CURRENCY" }],
                "measures": [{ "measure": "COUNT" }, { "measure": "SUM", "field": "OPEN_VALUE" }, eur] });
            let found = report(&app.ana, input).await;
            assert_eq!(rows(&found), [["EUR", "1", "-", "7"], ["USD", "2", "30.5", "-"], ["-", "1", "-", "-"]], "{dataset}");
            assert_eq!(found["columns"][0]["type"], "TEXT");
            for row in found["rows"].as_array().expect("rows") {
                let count = row["cells"][1]["number"].as_str().map(str::to_owned);
                assert_eq!(listed(&app.ana, row).await, count, "{row}");
            }
        }
        // Of activity it is that of the prospect.
        let input = json!({ "dataset": "ACTIVITY", "dimensions": [{ "field": "CYCLE_CURRENCY" }],
            "measures": [{ "measure": "DISTINCT_COUNT", "field": "PROSPECT" }, { "measure": "DISTINCT_COUNT", "field": "CLIENT" }] });
        assert_eq!(rows(&report(&app.ana, input).await), [["EUR", "1", "0"], ["USD", "2", "0"], ["-", "1", "0"]]);
    }

    /// Conditions on days of the week hold in their own time zone, beside those of a row in that of the report.
    async fn rows_of_weekdays_open_under_conditions_on_weekdays(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        for _ in 0..8 {
            app.advance(5 * HOUR);
            app.note(&app.ana, &made, "hola").await;
        }
        let days = json!(["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY"]);
        for (weekday, opens) in [(json!({ "in": days, "timeZone": "Asia/Kolkata" }), true), (json!({ "in": days }), false)] {
            let input = json!({ "dataset": "ACTIVITY", "timelineFilter": { "occurredAt": { "weekday": weekday } }, "timeZone": "Asia/Kolkata",
                "dimensions": [{ "field": "OCCURRED_AT", "grain": "WEEKDAY" }], "measures": [{ "measure": "COUNT" }], "emptyRows": false });
            let found = report(&app.ana, input).await;
            assert!(found["rows"].as_array().expect("rows").len() > 1);
            for row in found["rows"].as_array().expect("rows") {
                let count = row["cells"][1]["number"].as_str().map(str::to_owned);
                assert_eq!(listed(&app.ana, row).await, count.filter(|_| opens), "{row}");
            }
        }
    }

    /// Conditions on the prospects of entries are as those of the report itself, and both are in what a row opens.
    async fn entries_are_counted_by_their_prospects(app: TestApp) {
        let person = app.prospect().owner(&app.ana).with(json!({ "kind": "PERSON", "rating": 5 })).create().await;
        let other = app.prospect().owner(&app.ana).with(json!({ "kind": "PERSON", "rating": 1 })).create().await;
        let company = app.prospect().owner(&app.ana).with(json!({ "kind": "COMPANY", "rating": 5 })).create().await;
        for made in [&person, &person, &other, &company] {
            app.note(&app.ana, made, "hola").await;
        }
        let input = json!({ "dataset": "ACTIVITY", "dimensions": [{ "field": "ENTRY_KIND" }], "emptyRows": false,
            "timelineFilter": { "kind": { "in": ["NOTE", "TASK"] }, "prospect": { "rating": { "eq": 5 } } },
            "prospectFilter": { "kind": { "eq": "PERSON" } }, "measures": [{ "measure": "COUNT" }] });
        let found = report(&app.ana, input.clone()).await;
        assert_eq!(rows(&found), [["NOTE", "2"]]);
        let row = &found["rows"][0];
        assert_eq!(row["filter"], json!({ "kind": { "in": ["NOTE", "TASK"], "eq": "NOTE" },
            "prospect": { "rating": { "eq": 5 }, "and": [{ "kind": { "eq": "PERSON" } }] } }));
        assert_eq!(listed(&app.ana, row).await.as_deref(), Some("2"));
        assert_eq!(rows(&report(&app.luis, input).await), Vec::<Vec<String>>::new());
        // In the conditions on prospects, too.
        let input = json!({ "dataset": "PROSPECTS", "measures": [{ "measure": "COUNT" }],
            "prospectFilter": { "timeline": { "some": { "kind": { "eq": "NOTE" }, "prospect": { "rating": { "eq": 5 } } } } } });
        let found = report(&app.ana, input).await;
        assert_eq!(rows(&found), [["2"]]);
        assert_eq!(listed(&app.ana, &found["rows"][0]).await.as_deref(), Some("2"));
    }
}
