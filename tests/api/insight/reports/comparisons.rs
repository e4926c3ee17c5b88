//! What a comparison compares with, and the rows that are there without records: over the ends of months, changes of the clocks, and values that
//! are unset, retired, written in several ways, or of the earlier period only.

use serde_json::{Value, json};

use super::{listed, report, rows};
use crate::support::{Person, TestApp};

const DOCUMENT: &str = "query ($input: ReportInput!) { report(input: $input) { columns { key kind }
    rows { cells { key text number } comparison { number change } filter list isOthers }
    subtotals { cells { key text number } } totals { number comparison { number change } } rowCount isTruncated } }";
const HOUR: i64 = 60 * 60 * 1000;
const DAY: i64 = 24 * HOUR;

async fn captured(app: &TestApp, owner: &Person, days: &[&str]) {
    for at in days {
        let at = if at.contains('T') {
            (*at).to_owned()
        } else {
            format!("{at}T12:00:00Z")
        };
        app.prospect().owner(owner).with(json!({ "capturedAt": at })).create().await;
    }
}

/// Prospects by their times in these grains, from the beginning of one day to that of another.
fn compared(grains: &[&str], [from, to]: [&str; 2], comparison: &str) -> Value {
    let dimensions: Vec<Value> = grains
        .iter()
        .map(|grain| json!({ "field": "CREATED_AT", "grain": grain }))
        .collect();
    json!({ "dataset": "PROSPECTS", "dimensions": dimensions, "measures": [{ "measure": "COUNT" }], "timeZone": "UTC", "compareTo": comparison,
        "prospectFilter": { "createdAt": { "gte": format!("{from}T00:00:00Z"), "lt": format!("{to}T00:00:00Z") } } })
}

async fn whole(person: &Person, input: Value) -> Value {
    person.query(DOCUMENT, json!({ "input": input })).await["report"].clone()
}

/// The keys of each row, its first number, and the one before.
async fn before(person: &Person, input: Value) -> Vec<Vec<String>> {
    let found = report(person, input.clone()).await;
    let count = input["dimensions"].as_array().map_or(0, Vec::len);
    let shown = found["rows"].as_array().expect("rows").iter();
    let earlier = shown.map(|row| row["comparison"][count]["number"].as_str().unwrap_or("-").to_owned());
    let both = rows(&found).into_iter().zip(earlier);
    both.map(|(mut row, earlier)| {
        row.truncate(count + 1);
        row.push(earlier);
        row
    })
    .collect()
}

/// The texts of the cells of a dimension in some rows.
fn texts(rows: &Value, place: usize) -> Vec<&str> {
    let each = rows.as_array().expect("rows").iter();
    each.map(|row| row["cells"][place]["text"].as_str().unwrap_or("-")).collect()
}

both! {
    /// The end of the period is not in it: the last day of a shorter month is in the earlier one nevertheless.
    async fn the_last_day_of_a_month_is_compared(app: TestApp) {
        captured(&app, &app.ana, &["2023-02-28", "2024-02-28", "2024-02-29", "2025-02-28", "2025-03-01", "2025-03-30"]).await;
        let leap = ["2024-02-01", "2024-02-29"];
        assert_eq!(before(&app.ana, compared(&[], leap, "PREVIOUS_YEAR")).await, [["1", "1"]]);
        let days = before(&app.ana, compared(&["DAY"], leap, "PREVIOUS_YEAR")).await;
        assert_eq!((days.len(), &days[27][..]), (28, &["2024-02-28", "1", "1"].map(str::to_owned)[..]));
        // The additional day has the same counterpart as the one before it.
        let days = before(&app.ana, compared(&["DAY"], ["2024-02-28", "2024-03-01"], "PREVIOUS_YEAR")).await;
        assert_eq!(days, [["2024-02-28", "1", "1"], ["2024-02-29", "1", "1"]]);
        let only = before(&app.ana, compared(&["DAY"], ["2024-02-29", "2024-03-01"], "PREVIOUS_YEAR")).await;
        assert_eq!(only, [["2024-02-29", "1", "1"]]);
        for (period, count) in [(["2025-03-01", "2025-03-31"], "2"), (["2025-03-30", "2025-03-31"], "1")] {
            assert_eq!(before(&app.ana, compared(&["MONTH"], period, "PREVIOUS_PERIOD")).await, [["2025-03", count, "1"]]);
        }
    }

    /// Weekdays and hours of the day come again: the period is shifted by the other grain.
    async fn a_period_is_shifted_by_the_grain_that_does_not_come_again(app: TestApp) {
        // Fridays, and a Sunday 52 weeks before the end of a week.
        captured(&app, &app.ana, &["2026-01-02", "2026-01-30", "2026-02-06", "2025-01-12", "2026-01-11"]).await;
        for (grains, friday) in [(["MONTH", "WEEKDAY"], ["2026-02", "5", "1", "2"]), (["WEEKDAY", "MONTH"], ["5", "2026-02", "1", "2"])] {
            let found = before(&app.ana, compared(&grains, ["2026-02-01", "2026-03-01"], "PREVIOUS_PERIOD")).await;
            assert!(found.iter().any(|row| *row == friday), "{grains:?} {found:?}");
        }
        for grains in [["WEEK", "WEEKDAY"], ["WEEKDAY", "WEEK"]] {
            let found = before(&app.ana, compared(&grains, ["2026-01-05", "2026-01-12"], "PREVIOUS_YEAR")).await;
            assert_eq!(found.iter().map(|row| &row[2..]).collect::<Vec<_>>(), [["1", "1"]], "{grains:?}");
        }
    }

    /// In March the clocks of Madrid are an hour behind those of April.
    async fn hours_and_weekdays_are_those_of_the_earlier_period(app: TestApp) {
        captured(&app, &app.ana, &["2025-03-05T14:30:00Z", "2025-04-09T13:30:00Z", "2025-03-10T22:30:00Z"]).await;
        let zoned = |values: Value| json!({ "in": values, "timeZone": "Europe/Madrid" });
        for (part, values, expected) in [
            ("hourOfDay", json!([15]), ["1", "1"]), ("hourOfDay", json!([16]), ["0", "0"]),
            ("weekday", json!(["MONDAY"]), ["0", "1"]), ("weekday", json!(["TUESDAY"]), ["0", "0"]),
        ] {
            let mut created = json!({ "gte": "2025-03-31T22:00:00Z", "lt": "2025-04-30T22:00:00Z" });
            created[part] = zoned(values);
            let mut input = compared(&[], ["2025-04-01", "2025-05-01"], "PREVIOUS_PERIOD");
            input["prospectFilter"]["createdAt"] = created.clone();
            assert_eq!(before(&app.ana, input.clone()).await, [expected], "{created}");
            // The same inside `and`, where bounds are a period as well.
            input["prospectFilter"] = json!({ "and": [{ "createdAt": created }] });
            assert_eq!(before(&app.ana, input).await, [expected], "{created}");
        }
    }

    /// What lies after the report has nothing before it to be compared with.
    async fn a_period_without_an_end_goes_on_and_is_compared_up_to_now(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        for due in [HOUR, 2 * HOUR, 60 * DAY] {
            app.task(&app.ana, &made, json!({ "dueAt": app.time(due) })).await;
        }
        app.advance(HOUR);
        let mut input = json!({ "dataset": "TASKS", "dimensions": [{ "field": "DUE_AT", "grain": "MONTH" }], "measures": [{ "measure": "COUNT" }],
            "timeZone": "UTC", "period": { "gte": "2026-02-01T00:00:00Z" } });
        let found = rows(&report(&app.ana, input.clone()).await);
        assert_eq!(found, [["2026-02", "0"], ["2026-03", "2"], ["2026-04", "0"], ["2026-05", "1"]]);
        input["compareTo"] = json!("PREVIOUS_PERIOD");
        assert_eq!(before(&app.ana, input.clone()).await, [["2026-02", "0", "0"], ["2026-03", "1", "0"]]);
        let found = report(&app.ana, input.clone()).await;
        assert_eq!(listed(&app.ana, &found["rows"][1]).await.as_deref(), Some("1"), "{found}");
        // The month of now is there from its first instant on, and no month of a period that has not begun.
        input["period"]["gte"] = json!(app.time(0));
        assert_eq!(before(&app.ana, input.clone()).await, [["2026-03", "1", "0"]]);
        input["period"]["gte"] = json!(app.time(DAY));
        assert_eq!(before(&app.ana, input).await, [[""; 0]; 0]);
    }

    /// Without those the running totals of the last day would not add up to the total.
    async fn groups_without_a_value_in_use_are_filled(app: TestApp) {
        let industry = app.entry("Industry", "industry", json!({ "name": "Faros" })).await;
        let old = json!({ "capturedAt": "2026-01-01T12:00:00Z", "industryId": industry });
        app.prospect().owner(&app.ana).with(old).create().await;
        app.prospect().owner(&app.ana).with(json!({ "capturedAt": "2026-01-02T12:00:00Z", "interest": "LOW" })).create().await;
        let retire = "mutation ($id: ID!) { industryRetire(id: $id) { userErrors { code message path } } }";
        app.admin.run(retire, json!({ "id": industry })).await.payload("industryRetire");
        for (field, filled) in [("INTEREST", Value::Null), ("INDUSTRY", json!(industry)), ("INDUSTRY", Value::Null)] {
            for is_first in [true, false] {
                let mut dimensions = vec![json!({ "field": field }), json!({ "field": "CREATED_AT", "grain": "DAY" })];
                if !is_first {
                    dimensions.reverse();
                }
                let input = json!({ "dataset": "PROSPECTS", "dimensions": dimensions, "timeZone": "UTC", "totals": true,
                    "measures": [{ "measure": "COUNT" }, { "measure": "RUNNING_TOTAL", "column": "count" }],
                    "prospectFilter": { "createdAt": { "gte": "2026-01-01T00:00:00Z", "lt": "2026-01-04T00:00:00Z" } } });
                let found = report(&app.ana, input).await;
                let (of, day) = if is_first { (0, 1) } else { (1, 0) };
                let all = found["rows"].as_array().expect("rows");
                assert_eq!(all.iter().filter(|row| row["cells"][of]["key"] == filled).count(), 3, "{field} {filled}");
                let last = all.iter().filter(|row| row["cells"][day]["key"] == "2026-01-03");
                let sum: i64 = last.filter_map(|row| row["cells"][3]["number"].as_str()?.parse::<i64>().ok()).sum();
                assert_eq!((sum, &found["totals"][2]["number"]), (2, &json!("2")), "{field}");
            }
        }
    }

    async fn a_normal_form_has_one_text(app: TestApp) {
        let touched = async |at: &str, source: &str| {
            let touch = json!({ "sourceId": app.source("Google Ads"), "medium": "cpc", "utm": { "source": source } });
            app.prospect().owner(&app.ana).with(json!({ "capturedAt": at, "firstTouch": touch })).create().await;
        };
        for (at, source) in [
            ("2025-12-05T12:00:00Z", "Invierno"), ("2025-12-06T12:00:00Z", "INVIERNO"), ("2025-12-07T12:00:00Z", "OTOÑO"),
            ("2026-01-05T12:00:00Z", "otoño"), ("2026-02-05T12:00:00Z", "Otoño"), ("2026-02-06T12:00:00Z", "otono"), ("2026-02-07T12:00:00Z", "Marca"),
        ] {
            touched(at, source).await;
        }
        let mut input = compared(&["MONTH"], ["2026-01-01", "2026-03-01"], "PREVIOUS_PERIOD");
        input["dimensions"] = json!([{ "field": "UTM_SOURCE" }, { "field": "CREATED_AT", "grain": "MONTH" }]);
        input["subtotals"] = json!(true);
        let found = whole(&app.ana, input.clone()).await;
        // That of the earlier period only counts where there is no other.
        assert_eq!(texts(&found["rows"], 0), ["INVIERNO", "INVIERNO", "Marca", "Marca", "Otoño", "Otoño"]);
        assert_eq!(texts(&found["subtotals"], 0), ["Marca", "Otoño"]);
        input["dimensions"].as_array_mut().expect("a list").reverse();
        input["compareTo"] = Value::Null;
        let found = whole(&app.ana, input.clone()).await;
        assert_eq!(texts(&found["rows"], 1), ["Marca", "Otoño", "Marca", "Otoño"]);
        for row in found["rows"].as_array().expect("rows") {
            assert_eq!(listed(&app.ana, row).await.as_deref(), row["cells"][2]["number"].as_str(), "{row}");
        }
        input["emptyRows"] = json!(false);
        assert_eq!(texts(&whole(&app.ana, input).await["rows"], 1), ["Otoño", "Marca", "Otoño"]);
    }

    /// The earlier numbers of all rows are those of the earlier period.
    async fn groups_of_the_earlier_period_only_have_a_row(app: TestApp) {
        captured(&app, &app.luis, &["2026-01-05", "2026-01-20"]).await;
        captured(&app, &app.ana, &["2026-01-06", "2026-02-05"]).await;
        let (ana, luis) = (&*app.ana.id, &*app.luis.id);
        let mut input = compared(&[], ["2026-02-01", "2026-03-01"], "PREVIOUS_PERIOD");
        input["dimensions"] = json!([{ "field": "OWNER" }, { "field": "CREATED_AT", "grain": "MONTH" }]);
        input["totals"] = json!(true);
        input["orderBy"] = json!([{ "column": "count", "direction": "DESC" }]);
        for is_filled in [false, true] {
            input["emptyRows"] = json!(is_filled);
            assert_eq!(before(&app.admin, input.clone()).await, [[ana, "2026-02", "1", "1"], [luis, "2026-02", "0", "2"]]);
            let found = whole(&app.admin, input.clone()).await;
            assert_eq!(found["totals"][2], json!({ "number": "1", "comparison": { "number": "3", "change": "-0.666667" } }));
            assert_eq!(found["totals"][0], json!({ "number": null, "comparison": { "number": null, "change": null } }));
            assert_eq!(listed(&app.admin, &found["rows"][1]).await.as_deref(), Some("0"));
        }
        input["limit"] = json!(1);
        let found = whole(&app.admin, input.clone()).await;
        assert_eq!((&found["rowCount"], &found["isTruncated"]), (&json!(2), &json!(true)));
        input["having"] = json!([{ "column": "count", "gte": "1" }]);
        assert_eq!(before(&app.admin, input.clone()).await, [[ana, "2026-02", "1", "1"]]);
        // Distinct counts do not add up: they are read for the totals.
        input["measures"] = json!([{ "measure": "DISTINCT_COUNT", "field": "OWNER" }]);
        input["having"] = Value::Null;
        input["orderBy"] = Value::Null;
        let found = whole(&app.admin, input.clone()).await;
        assert_eq!(found["totals"][2], json!({ "number": "1", "comparison": { "number": "2", "change": "-0.5" } }));
        input["compareTo"] = Value::Null;
        assert_eq!(whole(&app.admin, input).await["totals"][2], json!({ "number": "1", "comparison": null }));
    }

    /// Buckets without records are before the first one as well.
    async fn running_totals_of_the_earlier_period_begin_at_zero(app: TestApp) {
        captured(&app, &app.ana, &["2025-03-05", "2026-01-05"]).await;
        let mut input = compared(&["MONTH"], ["2026-01-01", "2026-04-01"], "PREVIOUS_YEAR");
        input["measures"] = json!([{ "measure": "RUNNING_TOTAL", "column": "count" }, { "measure": "COUNT" },
            { "measure": "SUM", "field": "RATING" }, { "measure": "RUNNING_TOTAL", "column": "sum_rating" }]);
        assert_eq!(before(&app.ana, input.clone()).await, [["2026-01", "1", "0"], ["2026-02", "1", "0"], ["2026-03", "1", "1"]]);
        let found = report(&app.ana, input).await;
        assert_eq!(found["rows"][0]["comparison"][4]["number"], Value::Null, "no number has been added");
    }
}
