//! What rows, totals, comparisons and the catalogue of datasets say.

use serde_json::{Value, json};

use super::{listed, report, rows};
use crate::support::{Person, TestApp};

const HOUR: i64 = 60 * 60 * 1000;

/// A prospect captured at an instant.
async fn captured(app: &TestApp, owner: &Person, at: &str) {
    app.prospect().owner(owner).with(json!({ "capturedAt": at })).create().await;
}

fn by_time(grain: &str, zone: &str) -> Value {
    json!({ "dataset": "PROSPECTS", "dimensions": [{ "field": "CREATED_AT", "grain": grain }], "measures": [{ "measure": "COUNT" }],
        "timeZone": zone, "emptyRows": false })
}

both! {
    async fn buckets_follow_the_clocks_of_the_zone(app: TestApp) {
        for at in [
            // The two hours after two of the night in which the clocks are put back in Madrid.
            "2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z",
            // The day with 23 hours, and the one after it.
            "2025-03-30T21:59:59.999Z", "2025-03-30T22:00:00Z",
            // The week of two years.
            "2024-12-30T12:00:00Z", "2025-01-05T22:59:59Z",
        ] {
            captured(&app, &app.ana, at).await;
        }
        let of = async |grain: &str| rows(&report(&app.ana, by_time(grain, "Europe/Madrid")).await);
        let one = |key: &str| vec![key.to_owned(), "1".to_owned()];
        let two = |key: &str| vec![key.to_owned(), "2".to_owned()];
        assert_eq!(of("HOUR").await[4..], [one("2025-10-26T02:00+02:00"), one("2025-10-26T02:00+01:00")]);
        assert_eq!(of("DAY").await, [one("2024-12-30"), one("2025-01-05"), one("2025-03-30"), one("2025-03-31"), two("2025-10-26")]);
        assert_eq!(of("WEEK").await, [two("2024-12-30"), one("2025-03-24"), one("2025-03-31"), two("2025-10-20")]);
        assert_eq!(of("YEAR").await, [one("2024"), vec!["2025".to_owned(), "5".to_owned()]]);
        assert_eq!(of("HOUR_OF_DAY").await, [one("00"), two("02"), one("13"), two("23")]);
        let weeks = report(&app.ana, by_time("WEEK", "Europe/Madrid")).await;
        assert_eq!(weeks["rows"][0]["cells"][0]["text"], "2025-W01");
        let mut from_sunday = by_time("WEEK", "Europe/Madrid");
        from_sunday["firstDayOfWeek"] = json!("SUNDAY");
        assert_eq!(rows(&report(&app.ana, from_sunday).await)[..2], [one("2024-12-29"), one("2025-01-05")]);
        for grain in ["HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"] {
            let found = report(&app.ana, by_time(grain, "Europe/Madrid")).await;
            for row in found["rows"].as_array().expect("rows") {
                let count = row["cells"][1]["number"].as_str().map(str::to_owned);
                assert_eq!(listed(&app.ana, row).await, count, "{grain} {row}");
            }
        }
    }

    /// The arithmetic of months holds beyond the years in which each fourth is a leap year.
    async fn days_are_of_any_century(app: TestApp) {
        app.attribute(json!({ "key": "day", "type": "DATE" })).await;
        let days = ["0000-01-01", "0099-12-31", "1582-10-15", "1899-12-31", "1900-02-28", "1900-03-01", "1900-03-03", "1969-12-31", "2000-02-29",
            "2100-02-26", "2100-02-28", "2100-03-01", "2400-02-29", "9999-12-31"];
        for day in days {
            let attributes = json!([{ "key": "day", "value": { "date": day } }]);
            app.prospect().owner(&app.ana).with(json!({ "attributes": attributes })).create().await;
        }
        let key = |grain: &str, day: &str| match grain {
            "DAY" => day.to_owned(),
            "MONTH" => day[..7].to_owned(),
            "QUARTER" => format!("{}-Q{}", &day[..4], day[5..7].parse::<u32>().expect("a month").div_ceil(3)),
            _ => day[..4].to_owned(),
        };
        for grain in ["DAY", "MONTH", "QUARTER", "YEAR"] {
            let input = json!({ "dataset": "PROSPECTS", "dimensions": [{ "attributeKey": "day", "grain": grain }], "measures": [{ "measure": "COUNT" }],
                "emptyRows": false });
            let found = report(&app.ana, input).await;
            let mut expected: Vec<String> = days.iter().map(|day| key(grain, day)).collect();
            expected.dedup();
            assert_eq!(rows(&found).into_iter().map(|row| row[0].clone()).collect::<Vec<_>>(), expected, "{grain}");
            for row in found["rows"].as_array().expect("rows").iter().take(12) {
                if let Some(listed) = listed(&app.ana, row).await {
                    assert_eq!(row["cells"][1]["number"], listed, "{row}");
                }
            }
        }
    }

    async fn empty_rows_are_filled_for_time_and_catalogues_and_not_for_people(app: TestApp) {
        captured(&app, &app.ana, "2026-01-10T12:00:00Z").await;
        captured(&app, &app.luis, "2026-03-10T12:00:00Z").await;
        let mut input = by_time("MONTH", "UTC");
        input["emptyRows"] = json!(true);
        input["dimensions"].as_array_mut().expect("a list").push(json!({ "field": "OWNER" }));
        let found = rows(&report(&app.admin, input.clone()).await);
        let row = |month: &str, owner: &Person, count: &str| vec![month.to_owned(), owner.id.clone(), count.to_owned()];
        let (ana, luis) = (&app.ana, &app.luis);
        assert_eq!(found, [
            row("2026-01", ana, "1"), row("2026-01", luis, "0"), row("2026-02", ana, "0"), row("2026-02", luis, "0"),
            row("2026-03", ana, "0"), row("2026-03", luis, "1"),
        ]);
        input["having"] = json!([{ "column": "count", "gte": "1" }]);
        assert_eq!(rows(&report(&app.admin, input).await).len(), 2);
        let by_interest = json!({ "dataset": "PROSPECTS", "dimensions": [{ "field": "INTEREST" }],
            "measures": [{ "measure": "COUNT" }, { "measure": "SUM", "field": "RATING" }] });
        let found = report(&app.admin, by_interest).await;
        let expected = [["LOW", "0", "-"], ["MEDIUM", "0", "-"], ["HIGH", "0", "-"], ["-", "2", "-"]];
        assert_eq!(rows(&found), expected);
        assert_eq!(found["rows"][3]["cells"][0]["key"], Value::Null);
        assert!(found["rows"][3]["cells"][0]["text"].is_string());
        assert_eq!(listed(&app.admin, &found["rows"][3]).await.as_deref(), Some("2"));
    }

    async fn the_rest_of_the_rows_is_added_up(app: TestApp) {
        for number in 1..=4_i32 {
            for _ in 0..number {
                app.prospect().owner(&app.ana).with(json!({ "rating": number })).create().await;
            }
        }
        let input = json!({ "dataset": "PROSPECTS", "dimensions": [{ "field": "RATING" }], "limit": 2, "others": true, "totals": true,
            "measures": [{ "measure": "COUNT" }, { "measure": "SUM", "field": "RATING" }, { "measure": "AVERAGE", "field": "RATING" },
                { "measure": "MINIMUM", "field": "RATING" }],
            "orderBy": [{ "column": "count", "direction": "DESC" }] });
        let found = report(&app.ana, input).await;
        assert_eq!(rows(&found), [["4", "4", "16", "4", "4"], ["3", "3", "9", "3", "3"], ["-", "3", "5", "1.666667", "1"]]);
        assert_eq!((&found["rowCount"], &found["isTruncated"]), (&json!(4), &json!(true)));
        let others: Vec<&Value> = found["rows"].as_array().expect("rows").iter().map(|row| &row["isOthers"]).collect();
        assert_eq!(others, [false, false, true]);
        assert_eq!(listed(&app.ana, &found["rows"][2]).await.as_deref(), Some("3"));
        assert_eq!(found["totals"], json!([{ "number": null }, { "number": "10" }, { "number": "30" }, { "number": "3" }, { "number": "1" }]));
    }

    async fn periods_are_compared_bucket_by_bucket(app: TestApp) {
        for at in ["2025-03-31T23:00:00Z", "2025-12-05T00:00:00Z", "2025-12-06T00:00:00Z", "2026-02-05T00:00:00Z", "2026-03-05T00:00:00Z",
            "2026-03-06T00:00:00Z", "2026-03-07T00:00:00Z"] {
            captured(&app, &app.ana, at).await;
        }
        let input = |comparison: &str| {
            let mut input = by_time("MONTH", "UTC");
            input["prospectFilter"] = json!({ "createdAt": { "gte": "2026-01-01T00:00:00Z", "lt": "2026-04-01T00:00:00Z" } });
            input["compareTo"] = json!(comparison);
            input["emptyRows"] = json!(true);
            input
        };
        let compared = async |comparison: &str| {
            let found = report(&app.ana, input(comparison)).await;
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            let rows = found["rows"].as_array().expect("rows").iter();
            rows.map(|row| [text(&row["cells"][0]["key"]), text(&row["cells"][1]["number"]), text(&row["comparison"][1]["number"]), text(&row["comparison"][1]["change"])])
                .collect::<Vec<_>>()
        };
        assert_eq!(compared("PREVIOUS_PERIOD").await, [["2026-01", "0", "0", "-"], ["2026-02", "1", "0", "-"], ["2026-03", "3", "2", "0.5"]]);
        assert_eq!(compared("PREVIOUS_YEAR").await, [["2026-01", "0", "0", "-"], ["2026-02", "1", "0", "-"], ["2026-03", "3", "1", "2"]]);
    }

    async fn durations_are_seconds_and_amounts_are_of_one_currency(app: TestApp) {
        let amount = "mutation ($id: ID!, $input: CycleUpdateInput!) { cycleUpdate(id: $id, input: $input) { cycle { id } userErrors { code message path } } }";
        for (currency, value) in [("USD", "10.50"), ("USD", "0.25"), ("EUR", "7")] {
            let made = app.prospect().owner(&app.ana).create().await;
            let data = app.ana.query("query ($id: ID!) { prospect(id: $id) { cycle { id } } }", json!({ "id": made.id })).await;
            let input = json!({ "id": data["prospect"]["cycle"]["id"], "input": { "amount": { "amount": value, "currency": currency } } });
            app.ana.run(amount, input).await.payload("cycleUpdate");
            app.advance(HOUR / 2 + 1);
            app.log(&app.ana, &made, json!({})).await;
        }
        let input = json!({ "dataset": "PROSPECTS", "measures": [
            { "measure": "SUM", "field": "OPEN_VALUE" }, { "measure": "AVERAGE", "field": "OPEN_VALUE", "currency": "EUR" },
            { "measure": "PERCENTILE", "field": "TIME_TO_FIRST_CONTACT", "percentile": 0.5 }, { "measure": "SUM", "field": "INTERACTIONS" }] });
        let found = report(&app.ana, input).await;
        assert_eq!(rows(&found), [["10.75", "7", "1800.001", "3"]]);
        let units: Vec<&Value> = found["columns"].as_array().expect("columns").iter().map(|column| &column["unit"]).collect();
        assert_eq!(json!(units), json!(["USD", "EUR", "SECONDS", null]));
        let types: Vec<&Value> = found["columns"].as_array().expect("columns").iter().map(|column| &column["type"]).collect();
        assert_eq!(types, ["MONEY", "MONEY", "DURATION", "INTEGER"]);
    }

    /// Of several places the values are of one address.
    async fn zones_and_sectors_belong_together(app: TestApp) {
        let around = app.surroundings().await;
        let other = app.entry("Zone", "zone", json!({ "name": "Sur" })).await;
        let addresses = json!([{ "country": "VE", "sectorId": around.sector }, { "country": "VE", "zoneId": other }, { "country": "CO" }]);
        app.prospect().owner(&app.ana).with(json!({ "addresses": addresses })).create().await;
        app.prospect().owner(&app.ana).create().await;
        let input = json!({ "dataset": "PROSPECTS", "dimensions": [{ "field": "ZONE" }, { "field": "SECTOR" }], "measures": [{ "measure": "COUNT" }] });
        let found = report(&app.ana, input).await;
        let expected = [vec![&around.zone[..], &around.sector[..], "1"], vec![&other[..], "-", "1"], vec!["-", "-", "1"]];
        assert_eq!(rows(&found), expected);
        for row in found["rows"].as_array().expect("rows") {
            assert_eq!(listed(&app.ana, row).await.as_deref(), Some("1"), "{row}");
        }
        assert_eq!(found["columns"][0]["isAdditive"], false);
    }

    /// A record with several values in one band, or in one bucket, counts once there, as in the list that the row opens.
    async fn several_values_count_once_in_a_group(app: TestApp) {
        app.attribute(json!({ "key": "sizes", "type": "INTEGER", "isMultiple": true })).await;
        app.attribute(json!({ "key": "days", "type": "DATE", "isMultiple": true })).await;
        let values = json!([{ "key": "sizes", "value": { "numbers": ["1", "2", "30"] } }, { "key": "days", "value": { "dates": ["2025-01-05", "2025-12-31", "2026-01-01"] } }]);
        app.prospect().owner(&app.ana).with(json!({ "attributes": values, "rating": 4 })).create().await;
        let measures = json!([{ "measure": "COUNT" }, { "measure": "SUM", "field": "RATING" }]);
        for (dimension, expected) in [
            (json!({ "attributeKey": "sizes", "bands": ["10"] }), [["..10", "1", "4"], ["10..", "1", "4"]]),
            (json!({ "attributeKey": "days", "grain": "YEAR" }), [["2025", "1", "4"], ["2026", "1", "4"]]),
        ] {
            let found = report(&app.ana, json!({ "dataset": "PROSPECTS", "dimensions": [dimension], "measures": measures })).await;
            assert_eq!(rows(&found), expected);
            for row in found["rows"].as_array().expect("rows") {
                assert_eq!(listed(&app.ana, row).await.as_deref(), Some("1"), "{row}");
            }
        }
    }

    async fn the_catalogue_has_what_the_caller_may_ask_for(app: TestApp) {
        app.attribute(json!({ "key": "budget", "type": "DECIMAL", "scale": 2, "label": "Budget" })).await;
        app.attribute(json!({ "key": "secret", "type": "INTEGER", "visibility": "ADMIN" })).await;
        let document = "{ reportDatasets { name label labels { en es } timeField filter hasAsOf measures { measure takesNumber takesDimension takesMeasures isAdditive }
            dimensions { field attributeKey attributeOf labels { en es } grains hasBands isMultiple isCountable }
            countables { field label labels { en es } } numbers { field attributeKey attributeOf hasCurrency } } }";
        let all = async |person: &Person| person.query(document, json!({})).await["reportDatasets"].as_array().expect("datasets").clone();
        let of = async |person: &Person| all(person).await[0].clone();
        let own = of(&app.ana).await;
        let keys = |dataset: &Value, list: &str| -> Vec<String> {
            let entries = dataset[list].as_array().expect("a list").iter();
            entries.filter_map(|entry| entry["attributeKey"].as_str().map(str::to_owned)).collect()
        };
        assert_eq!((keys(&own, "dimensions"), keys(&own, "numbers")), (vec!["budget".to_owned()], vec!["budget".to_owned()]));
        assert_eq!(keys(&of(&app.admin).await, "numbers"), ["budget", "secret"]);
        assert_eq!(own["labels"], json!({ "en": "Prospects", "es": "Prospectos" }));
        let countables: Vec<&str> = own["countables"].as_array().expect("a list").iter().filter_map(|entry| entry["field"].as_str()).collect();
        assert_eq!(countables, ["PROSPECT", "CLIENT"]);
        // Everything that the catalogue has can be asked for.
        for dataset in all(&app.ana).await {
            let name = &dataset["name"];
            let named = |entry: &Value| match entry["field"].as_str() {
                Some(field) => json!({ "field": field }),
                None => json!({ "attributeKey": entry["attributeKey"], "attributeOf": entry["attributeOf"] }),
            };
            for dimension in dataset["dimensions"].as_array().expect("a list") {
                let mut measures = vec![json!({ "measure": "COUNT" })];
                if dimension["isCountable"] == json!(true) && dimension["grains"] == json!([]) {
                    let mut distinct = named(dimension);
                    distinct["measure"] = json!("DISTINCT_COUNT");
                    measures.push(distinct);
                }
                let mut asked = named(dimension);
                let mut dimensions = Vec::new();
                for grain in dimension["grains"].as_array().expect("a list") {
                    asked["grain"] = grain.clone();
                    dimensions.push(asked.clone());
                }
                if dimensions.is_empty() {
                    dimensions.push(asked);
                }
                for some in dimensions.chunks(4) {
                    report(&app.ana, json!({ "dataset": name, "dimensions": some, "measures": measures })).await;
                }
            }
            for countable in dataset["countables"].as_array().expect("a list") {
                let mut distinct = named(countable);
                distinct["measure"] = json!("DISTINCT_COUNT");
                report(&app.ana, json!({ "dataset": name, "measures": [distinct] })).await;
            }
            for number in dataset["numbers"].as_array().expect("a list") {
                let of = |measure: &str| {
                    let mut all = named(number);
                    all["measure"] = json!(measure);
                    all
                };
                let mut percentile = of("PERCENTILE");
                percentile["percentile"] = json!(0.9);
                let measures = [of("SUM"), of("AVERAGE"), of("MINIMUM"), of("MAXIMUM"), percentile];
                report(&app.ana, json!({ "dataset": name, "measures": measures })).await;
            }
            let records = dataset["measures"].as_array().expect("a list").iter();
            let of_records: Vec<Value> = records
                .filter(|measure| ["takesNumber", "takesDimension", "takesMeasures"].iter().all(|takes| measure[takes] == json!(false)))
                .map(|measure| json!({ "measure": measure["measure"] }))
                .collect();
            let mut input = json!({ "dataset": name, "measures": of_records, "period": { "field": dataset["timeField"], "gte": "2026-01-01T00:00:00Z" } });
            if let Some(filter) = dataset["filter"].as_str() {
                input[filter] = json!({});
            }
            if dataset["hasAsOf"] == json!(true) {
                input["asOf"] = json!("2026-01-02T00:00:00Z");
            }
            report(&app.ana, input).await;
        }
    }
}
