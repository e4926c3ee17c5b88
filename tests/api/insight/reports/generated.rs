//! Generated reports equal the naive computation on both databases, and rows open to as many records as they count.

use std::collections::HashSet;

use rand::seq::IndexedRandom;
use serde_json::{Value, json};

use super::buckets::Calendar;
use super::compared::{Caller, compare, open};
use super::expected::Question;
use super::generator::{self, Generator};
use super::{catalogue, naive, report, rows, world};
use crate::support::TestApp;

/// How many reports are generated, another number than `DEFAULT`.
const REPORTS: &str = "CARTERA_TEST_REPORTS";
const DEFAULT: usize = 1_000;
both! {
    /// Reports of everything in the catalogue, for an administrator, a salesperson, one without records, and as a salesperson sees it.
    async fn generated_reports_equal_the_naive_computation(app: TestApp) {
        let seed = 20_260_310;
        let number = std::env::var(REPORTS).map_or(DEFAULT, |number| number.parse().unwrap_or_else(|_| panic!("{REPORTS} is a number")));
        world::create(&app, seed).await;
        let mut callers = Vec::new();
        for (person, as_user) in [(&app.admin, None), (&app.ana, None), (&app.admin, Some(&app.ana)), (&app.stranger, None)] {
            callers.push(Caller::new(&app, person, as_user).await);
        }
        for (dataset, all) in &callers[0].seen {
            let sizes = [all.len(), callers[1].seen[dataset].len(), callers[3].seen[dataset].len()];
            assert!(sizes[0] > sizes[1] && sizes[1] > 2 && sizes[2] == 0, "{dataset} {sizes:?}");
        }
        let mut generator = Generator::new(seed, app.now());
        let mut opened = 0;
        for place in 0..number {
            let caller = &callers[[0, 1, 0, 1, 2, 0, 1, 2, 0, 3][place % 10]];
            let dataset = &caller.catalogue[(place / 10 + place) % caller.catalogue.len()];
            let asked = generator.ask(dataset);
            opened += compare(&app, caller, dataset, asked, &mut generator).await;
        }
        println!("{number} reports, {opened} cells opened");
        if number >= DEFAULT {
            let missing: Vec<String> = catalogue::parts(&callers[0].catalogue).into_iter().filter(|part| !generator.reached.contains_key(part)).collect();
            assert!(missing.is_empty(), "never asked for: {missing:?}");
            assert!(opened > number, "{opened} rows of {number} reports were opened");
        }
    }

    /// Each dimension by itself: rows carry a filter, those without a value included, but for the few that lists have none for.
    async fn every_row_of_a_dimension_opens(app: TestApp) {
        world::create(&app, 11).await;
        let caller = Caller::new(&app, &app.admin, None).await;
        let mut generator = Generator::new(11, app.now());
        let (mut unset, mut closed) = (0, HashSet::new());
        for dataset in &caller.catalogue {
            for entry in dataset["dimensions"].as_array().expect("dimensions") {
                let grains = entry["grains"].as_array().expect("grains");
                let grains: Vec<Value> = if grains.is_empty() { vec![Value::Null] } else { grains.clone() };
                for grain in grains {
                    let dimension = json!({ "field": entry["field"], "attributeKey": entry["attributeKey"], "attributeOf": entry["attributeOf"], "grain": grain });
                    let zone = generator::ZONES.choose(&mut generator.dice).expect("a zone");
                    let input = json!({ "dataset": dataset["name"], "dimensions": [dimension], "measures": [{ "measure": "COUNT" }], "emptyRows": false, "timeZone": zone });
                    let calendar = Calendar { zone: zone.parse().expect("a zone"), first_day: chrono::Weekday::Mon };
                    let (columns, none) = (Vec::new(), |_: &Value| None);
                    let question = Question { input: &input, columns: &columns, calendar, time: "", now: app.now(), domain: &none };
                    let found = caller.answer(&input).await;
                    let all = found["rows"].as_array().expect("rows");
                    assert!(!all.is_empty(), "{input}");
                    let within: Vec<&Value> = caller.seen[dataset["name"].as_str().expect("a name")].iter().collect();
                    open(&caller, &question, &within, all.iter().chain(all.last()), &mut generator).await;
                    unset += all.iter().filter(|row| row["cells"][0]["key"].is_null()).count();
                    if all.iter().any(|row| row["filter"].is_null()) {
                        closed.insert(format!("{} {}", dataset["name"].as_str().expect("a name"), naive::name(entry)));
                    }
                }
            }
        }
        assert!(unset > 100, "{unset} rows without a value");
        closed.retain(|name| !name.contains("_INTERVALS"));
        let mut closed: Vec<String> = closed.into_iter().collect();
        closed.sort();
        assert!(closed.iter().all(|name| ["DOCUMENTS DOCUMENT_SIZE", "TASKS TASK_CREATED_AT"].contains(&&**name)), "rows that open nothing: {closed:?}");
    }

    /// Invariant 6: a report as a salesperson is that of an administrator over the records of that salesperson, and as that salesperson.
    async fn a_report_is_of_what_the_caller_sees(app: TestApp) {
        world::create(&app, 7).await;
        let datasets = catalogue::all(&app.ana).await;
        let mut generator = Generator::new(7, app.now());
        for number in 0..80 {
            let mut input = generator.ask(&datasets[number % datasets.len()]).input;
            let own = report(&app.ana, input.clone()).await;
            let mut seen = input.clone();
            seen["asUser"] = json!(app.ana.id);
            let conditions = [json!({ "owner": { "eq": app.ana.id } }), input["prospectFilter"].clone()];
            let given: Vec<&Value> = conditions.iter().filter(|condition| condition.is_object()).collect();
            input["prospectFilter"] = json!({ "and": given });
            for asked in [seen, input] {
                let found = report(&app.admin, asked.clone()).await;
                for part in ["columns", "totals", "rowCount"] {
                    assert_eq!(own[part], found[part], "{asked}");
                }
                assert_eq!(rows(&own), rows(&found), "{asked}");
            }
        }
    }
}
