//! Generated reports equal the naive computation on both databases, and rows open to as many records as they count.

use chrono_tz::Tz;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::{listed, naive, records, report, rows, world};
use crate::support::{Person, TestApp};

const REPORTS: usize = 240;
/// The datasets, of prospects in every third report.
const DATASETS: [&str; 12] = [
    "PROSPECTS",
    "CYCLES",
    "TASKS",
    "PROSPECTS",
    "ACTIVITY",
    "STATUS_INTERVALS",
    "PROSPECTS",
    "OWNER_INTERVALS",
    "CLIENTS",
    "PROSPECTS",
    "DOCUMENTS",
    "CYCLES",
];

/// What the records of a dataset have of their own.
struct Own {
    dataset: &'static str,
    dimensions: &'static [&'static str],
    times: &'static [&'static str],
    numbers: &'static [&'static str],
    /// A condition: the member of the input and its value as JSON, the field, and the values that pass.
    filter: Option<(&'static str, &'static str, &'static str, &'static [&'static str])>,
}

const OWN: &[Own] = &[
    Own {
        dataset: "CLIENTS",
        dimensions: &["CLIENT_LEVEL", "CONVERTED_BY"],
        times: &["CLIENT_SINCE"],
        numbers: &["WINS", "TIME_BETWEEN_WINS", "WON_VALUE", "RATING"],
        filter: Some((
            "clientFilter",
            r#"{ "potentialLevel": { "isNull": true } }"#,
            "CLIENT_LEVEL",
            &["-"],
        )),
    },
    Own {
        dataset: "CYCLES",
        dimensions: &["CYCLE_KIND", "CYCLE_STATUS", "CYCLE_CATEGORY", "CYCLE_REASON", "CYCLE_CURRENCY"],
        times: &["OPENED_AT", "CLOSED_AT"],
        numbers: &["CYCLE_AMOUNT", "OPEN_VALUE", "WON_VALUE", "CYCLE_DURATION"],
        filter: Some((
            "cycleFilter",
            r#"{ "category": { "in": ["WON", "LOST"] } }"#,
            "CYCLE_CATEGORY",
            &["WON", "LOST"],
        )),
    },
    Own {
        dataset: "STATUS_INTERVALS",
        dimensions: &["INTERVAL_STATUS", "INTERVAL_CATEGORY", "INTERVAL_REASON", "INTERVAL_ACTOR"],
        times: &["ENTERED_AT", "LEFT_AT"],
        numbers: &["TIME_IN_STATUS"],
        filter: None,
    },
    Own {
        dataset: "OWNER_INTERVALS",
        dimensions: &["INTERVAL_OWNER", "INTERVAL_ACTOR"],
        times: &["ENTERED_AT", "LEFT_AT"],
        numbers: &["TIME_OWNED"],
        filter: None,
    },
    Own {
        dataset: "TASKS",
        dimensions: &[
            "TASK_TYPE",
            "TASK_STATE",
            "TASK_OVERDUE",
            "ASSIGNEE",
            "TASK_CREATED_BY",
            "COMPLETED_BY",
        ],
        times: &["DUE_AT", "COMPLETED_AT", "TASK_CREATED_AT"],
        numbers: &["TIME_TO_COMPLETE"],
        filter: Some((
            "taskFilter",
            r#"{ "state": { "in": ["DONE", "PLANNED"] }, "not": { "assignee": { "isNull": true } } }"#,
            "TASK_STATE",
            &["DONE", "PLANNED"],
        )),
    },
    Own {
        dataset: "ACTIVITY",
        dimensions: &[
            "ENTRY_KIND",
            "ACTOR",
            "INTERACTION_TYPE",
            "INTERACTION_DIRECTION",
            "INTERACTION_OUTCOME",
        ],
        times: &["OCCURRED_AT"],
        numbers: &["INTERACTION_DURATION"],
        filter: Some((
            "timelineFilter",
            r#"{ "kind": { "in": ["NOTE", "INTERACTION"] } }"#,
            "ENTRY_KIND",
            &["NOTE", "INTERACTION"],
        )),
    },
    Own {
        dataset: "DOCUMENTS",
        dimensions: &["DOCUMENT_TYPE", "MEDIA_TYPE", "CARRIER_KIND", "UPLOADED_BY", "DOCUMENT_SIZE"],
        times: &["DOCUMENT_CREATED_AT"],
        numbers: &["DOCUMENT_SIZE"],
        filter: Some((
            "documentFilter",
            r#"{ "carrierKind": { "eq": "PROSPECT" } }"#,
            "CARRIER_KIND",
            &["PROSPECT"],
        )),
    },
];

const ZONES: [&str; 5] = ["America/Caracas", "Europe/Madrid", "Asia/Kolkata", "UTC", "America/New_York"];
const GRAINS: [&str; 8] = ["HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "WEEKDAY", "HOUR_OF_DAY"];
/// Dimensions of fields, one of places at most in each report.
const FIELDS: [&str; 18] = [
    "KIND",
    "CONDITION",
    "STATUS",
    "STATUS_CATEGORY",
    "REASON",
    "CYCLE_KIND",
    "CYCLE_CURRENCY",
    "CHANNEL",
    "SEGMENT",
    "SOURCE",
    "OWNER",
    "CREATED_BY",
    "INTEREST",
    "RATING",
    "TAG",
    "MEDIUM",
    "UTM_SOURCE",
    "AD_NETWORK",
];
const PLACES: [&str; 4] = ["COUNTRY", "CITY", "ZONE", "SECTOR"];
const TIMES: [&str; 4] = ["CREATED_AT", "FIRST_CONTACT_AT", "LAST_ACTIVITY_AT", "CLIENT_SINCE"];
const NUMBERS: [&str; 8] = [
    "RATING",
    "VALIDITY_DAYS",
    "TIME_TO_FIRST_CONTACT",
    "TIME_TO_WIN",
    "INTERACTIONS",
    "WINS",
    "OPEN_VALUE",
    "WON_VALUE",
];

fn own_of(dataset: &str) -> Option<&'static Own> {
    OWN.iter().find(|own| own.dataset == dataset)
}

fn dimension(dice: &mut StdRng, dataset: &str) -> Value {
    if let Some(own) = own_of(dataset)
        && dice.random_range(0..3) > 0
    {
        return match dice.random_range(0..5) {
            0 | 1 => json!({ "field": (own.times.choose(dice)), "grain": (GRAINS.choose(dice)) }),
            2 if dataset == "TASKS" => json!({ "attributeKey": "urgent", "attributeOf": "OWN" }),
            2 if dataset == "CLIENTS" => json!({ "attributeKey": "budget", "attributeOf": "OWN", "bands": ["2", "5.5"] }),
            2 if dataset == "DOCUMENTS" => json!({ "field": "DOCUMENT_SIZE", "bands": ["5", "100"] }),
            _ => json!({ "field": (own.dimensions.choose(dice)) }),
        };
    }
    match dice.random_range(0..10) {
        0..=4 => json!({ "field": (FIELDS.choose(dice)) }),
        5 => json!({ "field": (PLACES.choose(dice)) }),
        6 | 7 => json!({ "field": (TIMES.choose(dice)), "grain": (GRAINS.choose(dice)) }),
        8 => [
            json!({ "attributeKey": "brand" }),
            json!({ "attributeKey": "marks" }),
            json!({ "attributeKey": "is_hot" }),
            json!({ "attributeKey": "budget", "bands": ["-1.5", "0", "100.25"] }),
        ]
        .choose(dice)
        .expect("one")
        .clone(),
        _ => [
            json!({ "attributeKey": "born", "grain": (["DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "WEEKDAY"].choose(dice)) }),
            json!({ "field": "RATING", "bands": ["2", "4"] }),
            json!({ "field": "VALIDITY_DAYS", "bands": ["30"] }),
        ]
        .choose(dice)
        .expect("one")
        .clone(),
    }
}

fn measure(dice: &mut StdRng, dataset: &str) -> Value {
    let is_attribute = dice.random_range(0..4) == 0;
    let number = match (dataset, own_of(dataset)) {
        ("PROSPECTS", _) if is_attribute => json!({ "attributeKey": "budget" }),
        ("TASKS" | "CLIENTS", _) if is_attribute => json!({ "attributeKey": "budget", "attributeOf": "OWN" }),
        (_, Some(own)) => json!({ "field": (own.numbers.choose(dice)) }),
        (_, None) => json!({ "field": (NUMBERS.choose(dice)) }),
    };
    let is_amount = ["OPEN_VALUE", "WON_VALUE", "CYCLE_AMOUNT"].contains(&number["field"].as_str().unwrap_or_default());
    let mut number = number;
    if is_amount && dice.random() {
        number["currency"] = json!("EUR");
    }
    let has_rates = ["PROSPECTS", "CYCLES"].contains(&dataset);
    let of = |measure: &str| {
        let mut all = number.clone();
        all["measure"] = json!(measure);
        all
    };
    match dice.random_range(if has_rates { 0..10 } else { 3..10 }) {
        0 => json!({ "measure": "CONVERSION_RATE" }),
        1 => json!({ "measure": "LOSS_RATE" }),
        2 => json!({ "measure": "DISCARD_RATE" }),
        3 => {
            json!({ "measure": "DISTINCT_COUNT", "field": (["OWNER", "CHANNEL", "KIND", "UTM_SOURCE", "PROSPECT", "CLIENT"].choose(dice)) })
        }
        4 => of("SUM"),
        5 => of("AVERAGE"),
        6 => of("MINIMUM"),
        7 => of("MAXIMUM"),
        _ => {
            let mut all = of("PERCENTILE");
            all["percentile"] = json!(([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0].choose(dice)));
            all
        }
    }
}

fn input(dice: &mut StdRng, dataset: &str) -> Value {
    let mut dimensions: Vec<Value> = (0..dice.random_range(0..4)).map(|_| dimension(dice, dataset)).collect();
    // Two of one kind of child rows would be of one and the same row, which has a test of its own.
    let mut has_place = false;
    dimensions.retain(|dimension| {
        let is_place = dimension["field"].as_str().is_some_and(|field| PLACES.contains(&field));
        !(is_place && std::mem::replace(&mut has_place, true))
    });
    let mut measures = vec![json!({ "measure": "COUNT" })];
    measures.extend((0..dice.random_range(0..5)).map(|_| measure(dice, dataset)));
    let mut input = json!({
        "dataset": dataset, "dimensions": dimensions, "measures": measures, "timeZone": (ZONES.choose(dice)), "totals": true,
        "emptyRows": false, "limit": 10_000,
    });
    let own = own_of(dataset);
    if dice.random_range(0..4) == 0 {
        let times = own.map_or(&TIMES[..1], |own| own.times);
        let field = if dice.random_range(0..4) == 0 {
            TIMES.choose(dice)
        } else {
            times.choose(dice)
        };
        input["period"] = json!({ "field": field, "gte": "2025-10-01T00:00:00Z" });
        if dice.random() {
            input["period"]["lt"] = json!("2026-03-10T16:30:00Z");
        }
    }
    if let Some((member, filter, ..)) = own.and_then(|own| own.filter)
        && dice.random_range(0..4) == 0
    {
        input[member] = serde_json::from_str(filter).expect("a filter");
    }
    if dice.random_range(0..4) == 0 {
        input["prospectFilter"] = json!({ "kind": { "eq": "PERSON" } });
    }
    input
}

/// The records of a report among all that a person sees.
fn counted(records: &[Value], input: &Value) -> Vec<Value> {
    let bound = |name: &str| {
        let text = input["period"][name].as_str()?;
        Some(chrono::DateTime::parse_from_rfc3339(text).expect("an instant").timestamp_millis())
    };
    let filter = own_of(input["dataset"].as_str().expect("a dataset")).and_then(|own| own.filter);
    let passes = |record: &&Value| {
        let is_within = input["period"]["field"].as_str().is_none_or(|field| {
            let at = naive::instant(record, field);
            at.is_some_and(|at| bound("gte").is_none_or(|from| at >= from) && bound("lt").is_none_or(|to| at < to))
        });
        let has_value = filter.is_none_or(|(member, _, field, values)| {
            let value = record["own"][field].as_str().unwrap_or("-");
            input[member].is_null() || (values.contains(&value) && (field != "TASK_STATE" || record["own"]["ASSIGNEE"].is_string()))
        });
        is_within && has_value && (input["prospectFilter"].is_null() || naive::is_person(record))
    };
    records.iter().filter(passes).cloned().collect()
}

async fn compare(person: &Person, records: &[Value], input: &Value, dice: &mut StdRng) {
    let zone: Tz = input["timeZone"].as_str().expect("a zone").parse().expect("a zone");
    let (dimensions, measures) = (
        input["dimensions"].as_array().expect("some"),
        input["measures"].as_array().expect("some"),
    );
    let found = report(person, input.clone()).await;
    let records = counted(records, input);
    let groups = naive::groups(&records, dimensions, zone);
    let mut expected: Vec<Vec<String>> = groups
        .iter()
        .map(|(keys, group)| {
            let numbers = measures.iter().map(|measure| naive::measure(group, measure, zone));
            keys.iter().cloned().chain(numbers).collect()
        })
        .collect();
    let mut sorted = rows(&found);
    sorted.sort();
    expected.sort();
    assert_eq!(sorted, expected, "{input}");
    assert_eq!(found["rowCount"], json!(expected.len()));
    let all: Vec<&Value> = records.iter().collect();
    let totals = found["totals"]
        .as_array()
        .expect("totals")
        .iter()
        .map(|total| total["number"].as_str().unwrap_or("-").to_owned());
    let expected = dimensions
        .iter()
        .map(|_| "-".to_owned())
        .chain(measures.iter().map(|measure| naive::measure(&all, measure, zone)));
    assert_eq!(totals.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "totals of {input}");
    let mut shown: Vec<(Vec<String>, &Value)> = rows(&found)
        .into_iter()
        .map(|row| row[..dimensions.len()].to_vec())
        .zip(found["rows"].as_array().expect("rows"))
        .collect();
    shown.shuffle(dice);
    for (keys, row) in shown.into_iter().take(3) {
        // Of cycles and intervals the prospects behind them are listed, each once.
        let expected = match input["dataset"].as_str() {
            Some("CYCLES" | "STATUS_INTERVALS" | "OWNER_INTERVALS") => naive::prospects(&groups[&keys]),
            _ => groups[&keys].len(),
        };
        if let Some(listed) = listed(person, row).await {
            assert_eq!(listed, expected.to_string(), "{row} of {input}");
        }
    }
}

both! {
    async fn generated_reports_equal_the_naive_computation(app: TestApp) {
        let seed = 20_260_310;
        world::create(&app, seed).await;
        let people = [&app.admin, &app.ana, &app.stranger];
        let mut seen = Vec::new();
        for person in people {
            let prospects = world::read(person).await;
            let mut of_datasets = std::collections::HashMap::new();
            for dataset in DATASETS {
                of_datasets.insert(dataset, records::read(&app, person, &prospects, dataset).await);
            }
            seen.push(of_datasets);
        }
        for dataset in DATASETS {
            let sizes: Vec<usize> = seen.iter().map(|of_datasets| of_datasets[dataset].len()).collect();
            assert!(sizes[0] > sizes[1] && sizes[1] > 2 && sizes[2] == 0, "{dataset} {sizes:?}");
        }
        let mut dice = StdRng::seed_from_u64(seed);
        for number in 0..REPORTS {
            let place = [0, 0, 1, 1, 2][number % 5];
            let dataset = DATASETS[number % DATASETS.len()];
            let input = input(&mut dice, dataset);
            compare(people[place], &seen[place][dataset], &input, &mut dice).await;
        }
    }

    /// Rows of these fields and of all buckets of time carry a filter, the rows without a value included.
    async fn every_row_of_a_field_opens(app: TestApp) {
        world::create(&app, 11).await;
        let fields = FIELDS.iter().map(|field| json!({ "field": field }));
        let times = TIMES.iter().flat_map(|field| GRAINS.iter().map(move |grain| json!({ "field": field, "grain": grain })));
        let born = GRAINS[1..7].iter().map(|grain| json!({ "attributeKey": "born", "grain": grain }));
        let mut unset = 0;
        for (number, dimension) in fields.chain(times).chain(born).enumerate() {
            let input = json!({ "dataset": "PROSPECTS", "dimensions": [dimension], "measures": [{ "measure": "COUNT" }], "emptyRows": false,
                "timeZone": ZONES[number % ZONES.len()] });
            let found = report(&app.admin, input.clone()).await;
            let all = found["rows"].as_array().expect("rows");
            assert!(!all.is_empty(), "{input}");
            for row in all.iter().take(12).chain(all.iter().rev().take(1)) {
                let count = row["cells"][1]["number"].as_str().map(str::to_owned);
                assert_eq!(listed(&app.admin, row).await, count, "{row} of {input}");
                unset += usize::from(row["cells"][0]["key"].is_null());
            }
        }
        assert!(unset > 20, "{unset} rows without a value");
    }

    /// Invariant 6: a report as a salesperson is that of an administrator over the records of that salesperson.
    async fn a_report_is_of_what_the_caller_sees(app: TestApp) {
        world::create(&app, 7).await;
        let mut dice = StdRng::seed_from_u64(7);
        for number in 0..60 {
            let mut input = input(&mut dice, DATASETS[number % DATASETS.len()]);
            let own = report(&app.ana, input.clone()).await;
            input["prospectFilter"]["owner"] = json!({ "eq": app.ana.id });
            let scoped = report(&app.admin, input.clone()).await;
            for part in ["columns", "totals", "rowCount"] {
                assert_eq!(own[part], scoped[part], "{input}");
            }
            assert_eq!(rows(&own), rows(&scoped), "{input}");
        }
    }
}
