//! Keys and measures of records in plain Rust, as slowly and as obviously as possible.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};

use super::buckets::Calendar;

/// What has several values for each address; those of one report are of one and the same address.
pub const PLACES: [&str; 5] = ["COUNTRY", "CITY", "REGION", "ZONE", "SECTOR"];

/// The name of the values that a dimension or measure is of.
pub fn name(asked: &Value) -> String {
    match (asked["field"].as_str(), asked["attributeKey"].as_str()) {
        (Some(field), _) => field.to_owned(),
        (None, Some(key)) => format!("{}.{key}", asked["attributeOf"].as_str().unwrap_or("PROSPECT")),
        (None, None) => String::new(),
    }
}

/// The value of a record. Attributes without a value are not there; a field that is missing is one that `records` does not read.
fn value<'a>(record: &'a Value, name: &str) -> &'a Value {
    let found = record.get(name).or(name.contains('.').then_some(&Value::Null));
    found.unwrap_or_else(|| panic!("records.rs reads no value `{name}`"))
}

/// A time of a record, in milliseconds.
pub fn instant(record: &Value, name: &str) -> Option<i64> {
    super::records::millis(value(record, name))
}

/// The number of prospects of some records.
pub fn prospects(records: &[&Value]) -> usize {
    let ids: BTreeSet<&str> = records.iter().map(|record| record["ID"].as_str().expect("an id")).collect();
    ids.len()
}

/// The groups of a report: the keys of its dimensions, and the records of each.
pub fn groups<'a>(records: &[&'a Value], dimensions: &[Value], calendar: Calendar) -> BTreeMap<Vec<String>, Vec<&'a Value>> {
    let mut groups: BTreeMap<Vec<String>, Vec<&Value>> = BTreeMap::new();
    if dimensions.is_empty() {
        groups.insert(Vec::new(), records.to_vec());
        return groups;
    }
    for record in records {
        let mut all: BTreeSet<Vec<String>> = BTreeSet::new();
        for address in addresses(record, dimensions) {
            let mut combined: Vec<Vec<String>> = vec![Vec::new()];
            for dimension in dimensions {
                let keys = match address.get(name(dimension)) {
                    Some(place) => vec![place.as_str().unwrap_or("-").to_owned()],
                    None => keys(record, dimension, calendar).into_iter().collect(),
                };
                let with = |before: &Vec<String>| {
                    keys.iter()
                        .map(|key| [&before[..], std::slice::from_ref(key)].concat())
                        .collect::<Vec<_>>()
                };
                combined = combined.iter().flat_map(with).collect();
            }
            all.extend(combined);
        }
        for keys in all {
            groups.entry(keys).or_default().push(record);
        }
    }
    groups
}

/// The addresses of a record, as far as they have a value of the dimensions; one without values if there are none.
fn addresses(record: &Value, dimensions: &[Value]) -> Vec<Value> {
    let places: Vec<&str> = PLACES
        .into_iter()
        .filter(|place| dimensions.iter().any(|dimension| dimension["field"] == *place))
        .collect();
    let of = |address: &Value| {
        places
            .iter()
            .map(|place| ((*place).to_owned(), address[*place].clone()))
            .collect::<serde_json::Map<_, _>>()
    };
    let all = record["ADDRESSES"].as_array().expect("addresses").iter().map(of);
    let some: Vec<Value> = all
        .filter(|address| address.values().any(|value| !value.is_null()))
        .map(Value::Object)
        .collect();
    match some.is_empty() {
        true => vec![Value::Object(of(&Value::Null))],
        false => some,
    }
}

/// The keys of a record in a dimension, each once, with `-` for none.
fn keys(record: &Value, dimension: &Value, calendar: Calendar) -> BTreeSet<String> {
    let value = value(record, &name(dimension));
    let all = match value {
        Value::Array(values) => &values[..],
        Value::Null => &[],
        one => std::slice::from_ref(one),
    };
    let keys: BTreeSet<String> = all
        .iter()
        .map(|value| key(value.as_str().expect("a text"), dimension, calendar))
        .collect();
    if keys.is_empty() { BTreeSet::from(["-".to_owned()]) } else { keys }
}

fn key(text: &str, dimension: &Value, calendar: Calendar) -> String {
    match dimension["grain"].as_str() {
        // A day is the same in all zones.
        Some(grain) if text.len() == 10 => Calendar { zone: Tz::UTC, ..calendar }.bucket(&format!("{text}T00:00:00Z"), grain),
        Some(grain) => calendar.bucket(text, grain),
        None => match (Decimal::from_str_exact(text), dimension["bands"].as_array()) {
            (Ok(number), Some(bounds)) => band(number, bounds),
            (Ok(number), None) if !text.starts_with('+') => number.normalize().to_string(),
            _ => text.to_owned(),
        },
    }
}

/// The keys of all bands.
pub fn bands(bounds: &[Value]) -> Vec<String> {
    let bound = |place: Option<usize>| {
        place
            .and_then(|place| bounds.get(place))
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    (0..=bounds.len())
        .map(|place| format!("{}..{}", bound(place.checked_sub(1)), bound(Some(place))))
        .collect()
}

fn band(number: Decimal, bounds: &[Value]) -> String {
    let number_of = |bound: &Value| Decimal::from_str_exact(bound.as_str().expect("a bound")).expect("a number");
    let reached = bounds.iter().filter(|bound| number >= number_of(bound)).count();
    bands(bounds)[reached].clone()
}

/// A number of a record. Amounts are of the currency of the measure, or of that of the server.
fn number(record: &Value, measure: &Value) -> Option<Decimal> {
    let text = match value(record, &name(measure)) {
        Value::Object(amounts) => amounts.get(measure["currency"].as_str().unwrap_or("USD"))?,
        value => value,
    };
    Some(Decimal::from_str_exact(text.as_str()?).expect("a number"))
}

/// The decimals with which the values of a measure are kept.
fn decimals(measure: &Value) -> u32 {
    match &*name(measure) {
        "PROSPECT.budget" | "PROSPECT.worth" | "OPEN_VALUE" | "WON_VALUE" | "CYCLE_AMOUNT" => 2,
        "OWN.budget" => 1,
        name if name.contains("TIME") || name.contains("DURATION") => 3,
        _ => 0,
    }
}

/// A quotient with so many decimals, rounded half away from zero.
pub fn quotient(dividend: Decimal, divisor: Decimal, places: u32) -> Option<Decimal> {
    let quotient = dividend.checked_div(divisor)?;
    Some(
        quotient
            .round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
            .normalize(),
    )
}

/// The part of the records that count, with so many decimals or all.
fn rate(records: &[&Value], condition: &str, category: &str, places: Option<u32>) -> Option<Decimal> {
    let counted: Vec<bool> = records
        .iter()
        .filter_map(|record| match record["CYCLE_CATEGORY"].as_str() {
            // Of cycles the closed ones are counted.
            Some("OPEN") => None,
            Some(own) => Some(own == category),
            None if condition.is_empty() => Some(record["STATUS_CATEGORY"] == category),
            None => Some(record["CONDITION"] == condition),
        })
        .collect();
    let count = counted.iter().filter(|is| **is).count();
    let (count, all) = (Decimal::from(count), Decimal::from(counted.len()));
    match places {
        Some(places) => quotient(count, all, places),
        None => count.checked_div(all),
    }
}

/// The same with all digits that a number has.
pub fn unrounded(records: &[&Value], asked: &Value, calendar: Calendar) -> Option<Decimal> {
    let numbers = || records.iter().filter_map(|record| number(record, asked)).collect::<Vec<_>>();
    match asked["measure"].as_str().expect("a measure") {
        "AVERAGE" => numbers().into_iter().sum::<Decimal>().checked_div(Decimal::from(numbers().len())),
        "CONVERSION_RATE" => rate(records, "CLIENT", "WON", None),
        "LOSS_RATE" => rate(records, "", "LOST", None),
        "DISCARD_RATE" => rate(records, "", "DISCARDED", None),
        _ => measure(records, asked, calendar),
    }
}

/// The value of a measure over some records. None also for measures of other measures.
pub fn measure(records: &[&Value], measure: &Value, calendar: Calendar) -> Option<Decimal> {
    let numbers = || records.iter().filter_map(|record| number(record, measure)).collect::<Vec<_>>();
    let found = match measure["measure"].as_str().expect("a measure") {
        "COUNT" => Some(Decimal::from(records.len())),
        "DISTINCT_COUNT" => {
            let values: BTreeSet<String> = records
                .iter()
                .flat_map(|record| keys(record, &json!({ "field": measure["field"], "attributeKey": measure["attributeKey"], "attributeOf": measure["attributeOf"] }), calendar))
                .filter(|key| key != "-")
                .collect();
            Some(Decimal::from(values.len()))
        }
        "SUM" => numbers().into_iter().reduce(|one, other| one + other),
        "AVERAGE" => quotient(numbers().into_iter().sum(), Decimal::from(numbers().len()), decimals(measure) + 6),
        "MINIMUM" => numbers().into_iter().min(),
        "MAXIMUM" => numbers().into_iter().max(),
        "PERCENTILE" => {
            let mut sorted = numbers();
            sorted.sort();
            let part = measure["percentile"].as_f64().expect("a fraction");
            let rank = ((part * 10_000.0).round() as usize * sorted.len()).div_ceil(10_000).max(1);
            sorted.get(rank - 1).copied()
        }
        "CONVERSION_RATE" => rate(records, "CLIENT", "WON", Some(6)),
        "LOSS_RATE" => rate(records, "", "LOST", Some(6)),
        "DISCARD_RATE" => rate(records, "", "DISCARDED", Some(6)),
        "RATIO" | "SHARE" | "RUNNING_TOTAL" => None,
        other => panic!("naive.rs knows no measure {other}"),
    };
    found.map(|number| number.normalize())
}
