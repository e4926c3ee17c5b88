//! Reports computed in plain Rust over the rows of a list, as slowly and as obviously as possible.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Days, Timelike};
use chrono_tz::Tz;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};

/// The prospect of a record.
fn prospect_of(record: &Value) -> &Value {
    match &record["prospect"] {
        Value::Null => record,
        prospect => prospect,
    }
}

/// The own value of a record in a dimension or measure. None if the value is one of its prospect.
fn own<'a>(record: &'a Value, asked: &Value) -> Option<&'a Value> {
    let name = match asked["attributeOf"].as_str() {
        Some("OWN") => asked["attributeKey"].as_str(),
        _ => asked["field"].as_str(),
    };
    record["own"].get(name?)
}

/// The keys of a record in a dimension, with `-` for none.
pub fn keys(record: &Value, dimension: &Value, zone: Tz) -> Vec<String> {
    let Some(own) = own(record, dimension) else {
        return keys_of_prospect(prospect_of(record), dimension, zone);
    };
    let key = own.as_str().map(|text| match dimension["grain"].as_str() {
        Some(grain) => bucket(text, grain, zone),
        None => match Decimal::from_str_exact(text) {
            Ok(number) => band(number, dimension),
            Err(_) => text.to_owned(),
        },
    });
    vec![key.unwrap_or("-".to_owned())]
}

/// A time of a record, in milliseconds.
pub fn instant(record: &Value, field: &str) -> Option<i64> {
    let prospect = prospect_of(record);
    let text = match (record["own"].get(field), field) {
        (Some(own), _) => own,
        (None, "CREATED_AT") => &prospect["createdAt"],
        (None, "FIRST_CONTACT_AT") => &prospect["firstContactAt"],
        (None, "LAST_ACTIVITY_AT") => &prospect["lastActivityAt"],
        (None, "CLIENT_SINCE") => &prospect["client"]["since"],
        (None, other) => panic!("no time {other}"),
    };
    Some(DateTime::parse_from_rfc3339(text.as_str()?).expect("an instant").timestamp_millis())
}

/// Whether the prospect of a record is a person.
pub fn is_person(record: &Value) -> bool {
    prospect_of(record)["kind"] == "PERSON"
}

/// The number of prospects of some records.
pub fn prospects(records: &[&Value]) -> usize {
    let ids: BTreeSet<&str> = records
        .iter()
        .map(|record| prospect_of(record)["id"].as_str().expect("an id"))
        .collect();
    ids.len()
}

fn keys_of_prospect(prospect: &Value, dimension: &Value, zone: Tz) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| "-".to_owned(), str::to_owned);
    let one = |value: &Value| vec![text(value)];
    let all = |values: BTreeSet<String>| {
        if values.is_empty() {
            vec!["-".to_owned()]
        } else {
            values.into_iter().collect()
        }
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let grain = dimension["grain"].as_str();
    if let Some(key) = dimension["attributeKey"].as_str() {
        return match key {
            "brand" => one(&prospect["brand"]["choices"][0]["key"]),
            "marks" => all(list(&prospect["marks"]["choices"])
                .iter()
                .map(|choice| text(&choice["key"]))
                .collect()),
            "is_hot" => vec![prospect["isHot"]["boolean"].as_bool().map_or("-".to_owned(), |is| is.to_string())],
            "budget" => vec![number(prospect, "budget").map_or("-".to_owned(), |number| band(number, dimension))],
            "born" => {
                let day = prospect["born"]["text"].as_str().map(|day| format!("{day}T00:00:00Z"));
                vec![day.map_or("-".to_owned(), |day| bucket(&day, grain.expect("a grain"), Tz::UTC))]
            }
            other => panic!("no attribute {other}"),
        };
    }
    let instant = |value: &Value| {
        vec![
            value
                .as_str()
                .map_or("-".to_owned(), |at| bucket(at, grain.expect("a grain"), zone)),
        ]
    };
    match dimension["field"].as_str().expect("a field") {
        "KIND" => one(&prospect["kind"]),
        "CONDITION" => one(&prospect["condition"]),
        "STATUS" => one(&prospect["status"]["id"]),
        "STATUS_CATEGORY" => one(&prospect["status"]["category"]),
        "REASON" => one(&prospect["cycle"]["reason"]["id"]),
        "CYCLE_KIND" => one(&prospect["cycle"]["kind"]),
        "CYCLE_CURRENCY" => one(&prospect["cycle"]["amount"]["currency"]),
        "PROSPECT" => one(&prospect["id"]),
        "CLIENT" if prospect["condition"] == "CLIENT" => one(&prospect["id"]),
        "CLIENT" => vec!["-".to_owned()],
        "CHANNEL" => one(&prospect["channel"]["id"]),
        "SEGMENT" => one(&prospect["segment"]["id"]),
        "SOURCE" => one(&prospect["firstTouch"]["source"]["id"]),
        "OWNER" => one(&prospect["owner"]["id"]),
        "CREATED_BY" => one(&prospect["createdBy"]["id"]),
        "INTEREST" => one(&prospect["interest"]),
        "RATING" => vec![number(prospect, "RATING").map_or("-".to_owned(), |number| band(number, dimension))],
        "VALIDITY_DAYS" => vec![number(prospect, "VALIDITY_DAYS").map_or("-".to_owned(), |number| band(number, dimension))],
        "TAG" => all(list(&prospect["tags"]).iter().map(|tag| text(&tag["id"])).collect()),
        "COUNTRY" => all(list(&prospect["addresses"])
            .iter()
            .map(|address| text(&address["country"]))
            .collect()),
        "CITY" => all(list(&prospect["addresses"])
            .iter()
            .filter_map(|address| address["city"].as_str().map(folded))
            .collect()),
        "ZONE" => all(list(&prospect["addresses"])
            .iter()
            .filter(|address| !address["zone"].is_null())
            .map(|address| text(&address["zone"]["id"]))
            .collect()),
        "SECTOR" => all(list(&prospect["addresses"])
            .iter()
            .filter(|address| !address["sector"].is_null())
            .map(|address| text(&address["sector"]["id"]))
            .collect()),
        "MEDIUM" => one(&prospect["firstTouch"]["medium"]),
        "UTM_SOURCE" => vec![prospect["firstTouch"]["utm"]["source"].as_str().map_or("-".to_owned(), folded)],
        "AD_NETWORK" => one(&prospect["firstTouch"]["ad"]["network"]),
        "CREATED_AT" => instant(&prospect["createdAt"]),
        "FIRST_CONTACT_AT" => instant(&prospect["firstContactAt"]),
        "LAST_ACTIVITY_AT" => instant(&prospect["lastActivityAt"]),
        "CLIENT_SINCE" => instant(&prospect["client"]["since"]),
        other => panic!("no field {other}"),
    }
}

fn folded(text: &str) -> String {
    text.to_lowercase().replace('á', "a").replace('é', "e").replace('ñ', "n")
}

fn band(number: Decimal, dimension: &Value) -> String {
    let Some(bounds) = dimension["bands"].as_array() else {
        return number.normalize().to_string();
    };
    let bounds: Vec<&str> = bounds.iter().map(|bound| bound.as_str().expect("a bound")).collect();
    let reached = bounds
        .iter()
        .filter(|bound| number >= Decimal::from_str_exact(bound).expect("a number"))
        .count();
    let bound = |place: Option<usize>| place.and_then(|place| bounds.get(place)).copied().unwrap_or_default();
    format!("{}..{}", bound(reached.checked_sub(1)), bound(Some(reached)))
}

fn bucket(at: &str, grain: &str, zone: Tz) -> String {
    let local = DateTime::parse_from_rfc3339(at).expect("an instant").with_timezone(&zone);
    let day = local.date_naive();
    match grain {
        "HOUR" => local.format("%Y-%m-%dT%H:00%:z").to_string(),
        "DAY" => day.to_string(),
        "WEEK" => (day - Days::new(day.weekday().num_days_from_monday().into())).to_string(),
        "MONTH" => local.format("%Y-%m").to_string(),
        "QUARTER" => format!("{}-Q{}", day.year(), day.month0() / 3 + 1),
        "YEAR" => day.year().to_string(),
        "WEEKDAY" => day.weekday().number_from_monday().to_string(),
        "HOUR_OF_DAY" => format!("{:02}", local.hour()),
        other => panic!("no grain {other}"),
    }
}

/// A number of a record. Amounts are of the currency of the measure, or of that of the server.
fn number_of(record: &Value, measure: &Value) -> Option<Decimal> {
    let name = measure["field"].as_str().or(measure["attributeKey"].as_str()).unwrap_or_default();
    let currency = measure["currency"].as_str().unwrap_or("USD");
    let decimal = |value: &Value| Decimal::from_str_exact(value.as_str()?).ok();
    match own(record, measure) {
        Some(Value::Object(amounts)) => decimal(amounts.get(currency)?),
        Some(value) => decimal(value),
        None if name == "OPEN_VALUE" || name == "WON_VALUE" => {
            let category = if name == "OPEN_VALUE" { "OPEN" } else { "WON" };
            let cycles = prospect_of(record)["cycles"]["nodes"].as_array().expect("cycles").iter();
            let counted = cycles.filter(|cycle| cycle["status"]["category"] == category && cycle["amount"]["currency"] == currency);
            counted
                .filter_map(|cycle| decimal(&cycle["amount"]["amount"]))
                .reduce(|one, other| one + other)
        }
        None => number(prospect_of(record), name),
    }
}

/// A number of a prospect.
fn number(prospect: &Value, name: &str) -> Option<Decimal> {
    let instant = |value: &Value| Some(DateTime::parse_from_rfc3339(value.as_str()?).ok()?.timestamp_millis());
    let seconds = |to: &Value| Some(Decimal::new(instant(to)? - instant(&prospect["createdAt"])?, 3));
    let many = |value: &Value| Decimal::from(value.as_array().map_or(0, Vec::len));
    match name {
        "RATING" => prospect["rating"].as_i64().map(Decimal::from),
        "VALIDITY_DAYS" => prospect["validityDays"].as_i64().map(Decimal::from),
        "TIME_TO_FIRST_CONTACT" => seconds(&prospect["firstContactAt"]),
        "TIME_TO_WIN" => seconds(&prospect["client"]["since"]),
        "INTERACTIONS" => Some(many(&prospect["timeline"]["nodes"])),
        "WINS" => {
            let cycles = prospect["cycles"]["nodes"].as_array().expect("cycles").iter();
            Some(Decimal::from(cycles.filter(|cycle| cycle["status"]["category"] == "WON").count()))
        }
        "budget" => Decimal::from_str_exact(prospect["budget"]["text"].as_str()?).ok(),
        other => panic!("no number {other}"),
    }
}

/// The value of a measure over some records, a dash for none.
pub fn measure(records: &[&Value], measure: &Value, zone: Tz) -> String {
    let name = measure["field"].as_str().or(measure["attributeKey"].as_str()).unwrap_or_default();
    let numbers = || records.iter().filter_map(|record| number_of(record, measure)).collect::<Vec<_>>();
    let decimals = match (name, measure["attributeOf"].as_str()) {
        ("budget", Some("OWN")) if records.iter().any(|record| record["own"].get("CLIENT_SINCE").is_some()) => 1,
        ("budget", Some("OWN")) => 0,
        ("budget", _) => 2,
        ("OPEN_VALUE" | "WON_VALUE" | "CYCLE_AMOUNT", _) => 2,
        (name, _) if name.contains("TIME") || name.contains("DURATION") => 3,
        _ => 0,
    };
    let quotient = |sum: Decimal, count: usize, decimals: u32| {
        let places = decimals + 6;
        (count > 0).then(|| (sum / Decimal::from(count)).round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero))
    };
    let rate = |condition: &str, category: &str| {
        let is_counted = |record: &&&Value| match own(record, &json!({ "field": "CYCLE_CATEGORY" })) {
            Some(category) => category != "OPEN",
            None => true,
        };
        let is = |record: &&Value| match own(record, &json!({ "field": "CYCLE_CATEGORY" })) {
            Some(own) => own == category,
            None if condition.is_empty() => record["status"]["category"] == category,
            None => record["condition"] == condition,
        };
        let parts: Vec<&&Value> = records.iter().filter(is_counted).collect();
        let count = parts.iter().filter(|record| is(record)).count();
        quotient(Decimal::from(count), parts.len(), 0)
    };
    let found = match measure["measure"].as_str().expect("a measure") {
        "COUNT" => Some(Decimal::from(records.len())),
        "DISTINCT_COUNT" => {
            let values: BTreeSet<String> = records
                .iter()
                .flat_map(|record| keys(record, measure, zone))
                .filter(|key| key != "-")
                .collect();
            Some(Decimal::from(values.len()))
        }
        "SUM" => numbers().into_iter().reduce(|one, other| one + other),
        "AVERAGE" => quotient(numbers().into_iter().sum(), numbers().len(), decimals),
        "MINIMUM" => numbers().into_iter().min(),
        "MAXIMUM" => numbers().into_iter().max(),
        "PERCENTILE" => {
            let mut sorted = numbers();
            sorted.sort();
            let part = measure["percentile"].as_f64().expect("a fraction");
            let rank = ((part * 100.0).round() as usize * sorted.len()).div_ceil(100).max(1);
            sorted.get(rank - 1).copied()
        }
        "CONVERSION_RATE" => rate("CLIENT", "WON"),
        "LOSS_RATE" => rate("", "LOST"),
        "DISCARD_RATE" => rate("", "DISCARDED"),
        other => panic!("no measure {other}"),
    };
    found.map_or("-".to_owned(), |number| number.normalize().to_string())
}

/// The rows of a report: the keys of its dimensions, and the records of each. Addresses are of one place.
pub fn groups<'a>(records: &'a [Value], dimensions: &[Value], zone: Tz) -> BTreeMap<Vec<String>, Vec<&'a Value>> {
    let mut groups: BTreeMap<Vec<String>, Vec<&Value>> = BTreeMap::new();
    if dimensions.is_empty() {
        groups.insert(Vec::new(), records.iter().collect());
        return groups;
    }
    for record in records {
        let mut all: Vec<Vec<String>> = vec![Vec::new()];
        for dimension in dimensions {
            let values = keys(record, dimension, zone);
            all = all
                .iter()
                .flat_map(|before| values.iter().map(move |value| [&before[..], std::slice::from_ref(value)].concat()))
                .collect();
        }
        for keys in all {
            groups.entry(keys).or_default().push(record);
        }
    }
    groups
}
