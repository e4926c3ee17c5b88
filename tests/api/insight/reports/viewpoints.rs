//! Reports from another point of view: as of an instant, as another user, and what opens the others.

use serde_json::{Value, json};

use super::{listed, report, rows};
use crate::support::TestApp;

const HOUR: i64 = 60 * 60 * 1000;
const DAY: i64 = 24 * HOUR;

const UNAVAILABLE: &str = "query ($input: ReportInput!) { report(input: $input) { rows { isOthers filter list filterUnavailable } } }";

const UPDATE: &str =
    "mutation ($id: ID!, $input: ProspectUpdateInput!) { prospectUpdate(id: $id, input: $input) { userErrors { code path } } }";

both! {
    /// Conditions on what a report shows as of then are conditions on the values of then.
    async fn conditions_hold_as_of_the_instant(app: TestApp) {
        let count = |filter: &Value, now: &str| json!({ "dataset": "PROSPECTS", "asOf": (app.time(-HOUR)), "asOfStatus": now, "asOfOwner": now,
            "measures": [{ "measure": "COUNT" }], "prospectFilter": filter });
        let moved = app.prospect().owner(&app.ana).create().await;
        app.prospect().owner(&app.luis).create().await;
        app.advance(2 * HOUR);
        app.give(&app.admin, &moved, Some(&app.luis)).await;
        app.convert(&app.luis, &moved).await;
        for (filter, then, now) in [
            (json!({ "owner": { "eq": app.ana.id } }), "1", "0"),
            (json!({ "owner": { "eq": app.luis.id } }), "1", "2"),
            (json!({ "not": { "owner": { "eq": app.luis.id } } }), "1", "0"),
            (json!({ "statusCategory": { "eq": "OPEN" } }), "2", "1"),
            (json!({ "statusCategory": { "eq": "WON" } }), "0", "1"),
            (json!({ "condition": { "eq": "CLIENT" } }), "0", "1"),
            (json!({ "condition": { "eq": "PROSPECT" } }), "2", "1"),
            (json!({ "or": [{ "condition": { "eq": "CLIENT" } }, { "owner": { "eq": app.ana.id } }] }), "1", "1"),
        ] {
            for (moment, expected) in [("THEN", then), ("NOW", now)] {
                let found = rows(&report(&app.admin, count(&filter, moment)).await);
                assert_eq!(found, [[expected]], "{moment} {filter}");
            }
        }
    }

    /// A row of a report as another user opens what that user sees.
    async fn rows_as_another_user_open_their_records(app: TestApp) {
        for owner in [&app.ana, &app.ana, &app.luis] {
            let prospect = app.prospect().owner(owner).create().await;
            app.task(owner, &prospect, json!({})).await;
        }
        for (dataset, field) in [("PROSPECTS", "KIND"), ("TASKS", "TASK_STATE"), ("ACTIVITY", "ENTRY_KIND"), ("CYCLES", "CYCLE_CATEGORY")] {
            let input = json!({ "dataset": dataset, "asUser": app.ana.id, "dimensions": [{ "field": field }], "emptyRows": false,
                "measures": [{ "measure": "COUNT" }], "prospectFilter": { "kind": { "eq": "PERSON" } } });
            let found = report(&app.admin, input.clone()).await;
            let all = rows(&found);
            assert!(!all.is_empty(), "{input}");
            for (row, cells) in found["rows"].as_array().expect("rows").iter().zip(all) {
                assert_eq!(listed(&app.admin, row).await.as_ref(), Some(&cells[1]), "{row} of {input}");
            }
        }
    }

    /// An administrator who asks as another user counts by no entry that is hidden from that user, and opens no list that shows it.
    async fn entries_hidden_from_another_user_are_not_counted(app: TestApp) {
        app.attribute(json!({ "key": "margin", "type": "INTEGER", "visibility": "ADMIN" })).await;
        let prospect = app.prospect().owner(&app.ana).create().await;
        let attributes = json!([{ "key": "margin", "value": { "number": "5" } }]);
        let data = app.admin.query(UPDATE, json!({ "id": prospect.id, "input": { "attributes": attributes } })).await;
        assert_eq!(data["prospectUpdate"]["userErrors"], json!([]));
        let filter = json!({ "timeline": { "some": { "kind": { "eq": "FIELD_CHANGE" } } } });
        let input = |user: Option<&str>| json!({ "dataset": "PROSPECTS", "asUser": user, "measures": [{ "measure": "COUNT" }], "prospectFilter": filter });
        assert_eq!(rows(&report(&app.ana, input(None)).await), [["0"]]);
        assert_eq!(rows(&report(&app.admin, input(None)).await), [["1"]]);
        assert_eq!(rows(&report(&app.admin, input(Some(&app.ana.id))).await), [["0"]]);
        let entries = json!({ "dataset": "ACTIVITY", "asUser": app.ana.id, "measures": [{ "measure": "COUNT" }] });
        let found = app.admin.query(UNAVAILABLE, json!({ "input": entries })).await;
        assert_eq!(found["report"]["rows"][0]["filterUnavailable"], json!("VALUE"), "{found}");
    }

    /// The others open the records of all rows that were left out.
    async fn the_others_open_their_records(app: TestApp) {
        for (channel, interest) in [("Web site", Some("LOW")), ("Web site", None), ("Shop", Some("HIGH")), ("Shop", None), ("Shop", Some("LOW"))] {
            let prospect = json!({ "channelId": app.channel(channel), "interest": interest });
            app.prospect().owner(&app.ana).with(prospect).create().await;
        }
        for dimensions in [
            json!([{ "field": "CHANNEL" }]),
            json!([{ "field": "INTEREST" }]),
            json!([{ "field": "CHANNEL" }, { "field": "INTEREST" }]),
            json!([{ "field": "CREATED_AT", "grain": "WEEKDAY" }]),
        ] {
            for person in [&app.admin, &app.ana] {
                let input = json!({ "dataset": "PROSPECTS", "dimensions": dimensions, "emptyRows": false, "limit": 1, "others": true,
                    "measures": [{ "measure": "COUNT" }] });
                let found = report(person, input.clone()).await;
                for (row, cells) in found["rows"].as_array().expect("rows").iter().zip(rows(&found)) {
                    assert_eq!(listed(person, row).await.as_ref(), cells.last(), "{row} of {input}");
                }
            }
        }
    }

    /// What opens no list says why.
    async fn rows_without_a_filter_say_why(app: TestApp) {
        for days in 0..60 {
            let at = app.time(-days * DAY);
            app.prospect().owner(&app.ana).by(&app.admin).with(json!({ "capturedAt": at })).create().await;
        }
        let of = async |input: Value| {
            let mut input = input;
            input["measures"] = json!([{ "measure": "COUNT" }]);
            app.admin.query(UNAVAILABLE, json!({ "input": input })).await["report"]["rows"].clone()
        };
        let found = of(json!({ "dataset": "PROSPECTS" })).await;
        assert_eq!(found[0]["filterUnavailable"], Value::Null);
        let found = of(json!({ "dataset": "PROSPECTS", "asOf": app.time(0) })).await;
        assert_eq!((&found[0]["filter"], &found[0]["filterUnavailable"]), (&Value::Null, &json!("AS_OF")));
        let days = json!([{ "field": "CREATED_AT", "grain": "DAY" }]);
        let found = of(json!({ "dataset": "PROSPECTS", "dimensions": days, "emptyRows": false, "limit": 1, "others": true })).await;
        assert_eq!(found[0]["filterUnavailable"], Value::Null);
        assert_eq!((&found[1]["isOthers"], &found[1]["filterUnavailable"]), (&json!(true), &json!("LIMIT")));
    }

    /// A record counts once in a bucket or band, however many of its values are there.
    async fn several_values_of_a_group_count_once(app: TestApp) {
        app.attribute(json!({ "key": "visits", "type": "DATE", "isMultiple": true })).await;
        app.attribute(json!({ "key": "scores", "type": "INTEGER", "isMultiple": true })).await;
        let values = |visits: Value, scores: Value| json!({ "attributes": [
            { "key": "visits", "value": { "dates": visits } }, { "key": "scores", "value": { "numbers": scores } }] });
        app.prospect().owner(&app.ana).with(values(json!(["2026-01-05", "2026-01-20"]), json!(["1", "2"]))).create().await;
        app.prospect().owner(&app.ana).with(values(json!(["2026-01-07", "2026-02-01"]), json!(["2", "30"]))).create().await;
        for (dimension, expected) in [
            (json!({ "attributeKey": "visits", "grain": "MONTH" }), vec!["2", "1"]),
            (json!({ "attributeKey": "visits", "grain": "YEAR" }), vec!["2"]),
            (json!({ "attributeKey": "scores", "bands": ["10"] }), vec!["2", "1"]),
            (json!({ "attributeKey": "scores" }), vec!["1", "2", "1"]),
        ] {
            let input = json!({ "dataset": "PROSPECTS", "dimensions": [dimension], "emptyRows": false, "measures": [{ "measure": "COUNT" }] });
            let found = report(&app.admin, input.clone()).await;
            let counts: Vec<String> = rows(&found).into_iter().filter_map(|mut row| row.pop()).collect();
            assert_eq!(counts, expected, "{input}");
            for (row, count) in found["rows"].as_array().expect("rows").iter().zip(&counts) {
                assert_eq!(listed(&app.admin, row).await.as_ref(), Some(count), "{row} of {input}");
            }
        }
    }

    /// A ratio divides what was measured, not what is shown of it.
    async fn ratios_divide_exact_numbers(app: TestApp) {
        for rating in [1, 3, 3, 4, 4, 4, 5] {
            app.prospect().owner(&app.ana).with(json!({ "rating": rating })).create().await;
        }
        let input = json!({ "dataset": "PROSPECTS", "measures": [{ "measure": "COUNT" }, { "measure": "AVERAGE", "field": "RATING" },
            { "measure": "RATIO", "column": "count", "denominator": "average_rating" }] });
        // 7 / (24 / 7); of the rounded average it would be 2.041667 as well, of a thousand times as many records no longer.
        assert_eq!(rows(&report(&app.admin, input).await), [["7", "3.428571", "2.041667"]]);
    }
}
