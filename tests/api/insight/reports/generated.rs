//! Generated reports equal the naive computation on both databases, and rows open to as many records as they count.

use chrono_tz::Tz;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::{listed, naive, report, rows, world};
use crate::support::{Person, TestApp};

const REPORTS: usize = 120;
const ZONES: [&str; 5] = ["America/Caracas", "Europe/Madrid", "Asia/Kolkata", "UTC", "America/New_York"];
const GRAINS: [&str; 8] = ["HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "WEEKDAY", "HOUR_OF_DAY"];
/// Dimensions of fields, one of places at most in each report.
const FIELDS: [&str; 17] = [
    "KIND",
    "CONDITION",
    "STATUS",
    "STATUS_CATEGORY",
    "REASON",
    "CYCLE_KIND",
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
const NUMBERS: [&str; 6] = [
    "RATING",
    "VALIDITY_DAYS",
    "TIME_TO_FIRST_CONTACT",
    "TIME_TO_WIN",
    "INTERACTIONS",
    "WINS",
];

fn dimension(dice: &mut StdRng) -> Value {
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

fn measure(dice: &mut StdRng) -> Value {
    let number = if dice.random_range(0..4) == 0 {
        json!({ "attributeKey": "budget" })
    } else {
        json!({ "field": (NUMBERS.choose(dice)) })
    };
    let of = |measure: &str| {
        let mut all = number.clone();
        all["measure"] = json!(measure);
        all
    };
    match dice.random_range(0..10) {
        0 => json!({ "measure": "CONVERSION_RATE" }),
        1 => json!({ "measure": "LOSS_RATE" }),
        2 => json!({ "measure": "DISCARD_RATE" }),
        3 => json!({ "measure": "DISTINCT_COUNT", "field": (["OWNER", "CHANNEL", "KIND", "UTM_SOURCE"].choose(dice)) }),
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

fn input(dice: &mut StdRng) -> Value {
    let mut dimensions: Vec<Value> = (0..dice.random_range(0..4)).map(|_| dimension(dice)).collect();
    // Two of one kind of child rows would be of one and the same row, which has a test of its own.
    let mut has_place = false;
    dimensions.retain(|dimension| {
        let is_place = dimension["field"].as_str().is_some_and(|field| PLACES.contains(&field));
        !(is_place && std::mem::replace(&mut has_place, true))
    });
    let mut measures = vec![json!({ "measure": "COUNT" })];
    measures.extend((0..dice.random_range(0..5)).map(|_| measure(dice)));
    json!({
        "dataset": "PROSPECTS", "dimensions": dimensions, "measures": measures, "timeZone": (ZONES.choose(dice)), "totals": true,
        "emptyRows": false, "limit": 10_000,
    })
}

async fn compare(person: &Person, prospects: &[Value], input: &Value, dice: &mut StdRng) {
    let zone: Tz = input["timeZone"].as_str().expect("a zone").parse().expect("a zone");
    let (dimensions, measures) = (
        input["dimensions"].as_array().expect("some"),
        input["measures"].as_array().expect("some"),
    );
    let found = report(person, input.clone()).await;
    let expected: Vec<Vec<String>> = naive::groups(prospects, dimensions, zone)
        .into_iter()
        .map(|(keys, group)| {
            keys.into_iter()
                .chain(measures.iter().map(|measure| naive::measure(&group, measure, zone)))
                .collect()
        })
        .collect();
    let mut sorted = rows(&found);
    sorted.sort();
    let mut expected_rows = expected.clone();
    expected_rows.sort();
    assert_eq!(sorted, expected_rows, "{input}");
    assert_eq!(found["rowCount"], json!(expected.len()));
    let all: Vec<&Value> = prospects.iter().collect();
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
    let mut shown: Vec<&Value> = found["rows"].as_array().expect("rows").iter().collect();
    shown.shuffle(dice);
    for row in shown.into_iter().take(3) {
        let count = row["cells"][dimensions.len()]["number"].as_str().expect("a count").to_owned();
        if let Some(listed) = listed(person, row).await {
            assert_eq!(listed, count, "{row} of {input}");
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
            seen.push(world::read(person).await);
        }
        assert!(seen[0].len() > 60 && seen[1].len() > 10 && seen[2].is_empty());
        let mut dice = StdRng::seed_from_u64(seed);
        for number in 0..REPORTS {
            let place = [0, 0, 1, 1, 2][number % 5];
            let input = input(&mut dice);
            compare(people[place], &seen[place], &input, &mut dice).await;
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
        for _ in 0..30 {
            let mut input = input(&mut dice);
            let own = report(&app.ana, input.clone()).await;
            input["prospectFilter"] = json!({ "owner": { "eq": app.ana.id } });
            let scoped = report(&app.admin, input.clone()).await;
            for part in ["columns", "totals", "rowCount"] {
                assert_eq!(own[part], scoped[part], "{input}");
            }
            assert_eq!(rows(&own), rows(&scoped), "{input}");
        }
    }
}
