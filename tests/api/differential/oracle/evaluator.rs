//! Conditions on attributes and orders by them, evaluated in memory over plain values. It shares no rules with the server.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate};
use serde_json::Value;

use crate::differential::attributes::kind_of_key;

/// A value in the form in which it is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plain {
    Text(String),
    /// Numbers in billionths, days since 1970, and instants in milliseconds.
    Number(i128),
}

/// The values of a record by key; keys without a value are missing.
pub type Values = BTreeMap<String, Vec<Plain>>;

/// Time zone of all people of a test: four hours behind UTC all year.
const ZONE_HOURS: i64 = -4;
const HOUR: i64 = 60 * 60 * 1000;
const BILLION: i128 = 1_000_000_000;

/// The values of an input of attributes.
pub fn values(input: &Value) -> Values {
    let entries = input.as_array().expect("a list").iter();
    let entries = entries.filter(|entry| !entry["value"].is_null());
    entries
        .map(|entry| {
            let key = entry["key"].as_str().expect("a key");
            let content = entry["value"]
                .as_object()
                .and_then(|fields| fields.values().next())
                .expect("a value");
            let listed = content.as_array().cloned().unwrap_or_else(|| vec![content.clone()]);
            (key.to_owned(), listed.iter().map(|value| plain(kind(key), value)).collect())
        })
        .collect()
}

fn kind(key: &str) -> &'static str {
    kind_of_key(key).expect("an attribute").0
}

/// Whether a condition has a meaning here: of parts of phones it depends on the country, and of parts of e-mail addresses on accents.
pub fn is_understood(test: &Value) -> bool {
    let Some((kind, _)) = test["key"].as_str().and_then(kind_of_key) else {
        return false;
    };
    let Some((family, conditions)) = test.as_object().and_then(|fields| fields.iter().find(|(name, _)| *name != "key")) else {
        return false;
    };
    let part = conditions
        .get("contains")
        .or_else(|| conditions.get("startsWith"))
        .and_then(Value::as_str);
    let is_right = crate::differential::attributes::family(kind) == family;
    is_right && part.is_none_or(|part| kind != "PHONE" && (kind != "EMAIL" || part.is_ascii()))
}

/// Whether the values pass a condition of a filter.
pub fn passes(values: &Values, test: &Value, now: i64) -> bool {
    let key = test["key"].as_str().expect("a key");
    let (kind, is_multiple) = kind_of_key(key).expect("an attribute");
    let of_key = values.get(key).map_or(&[][..], Vec::as_slice);
    let fields = test.as_object().expect("an object").iter();
    let conditions = fields
        .filter(|(name, _)| *name != "key")
        .flat_map(|(_, conditions)| conditions.as_object())
        .flatten();
    let conditions: Vec<(&str, &Value)> = conditions.map(|(name, value)| (name.as_str(), value)).collect();
    let listed = |value: &Value| -> Vec<Plain> { value.as_array().expect("a list").iter().map(|one| plain(kind, one)).collect() };
    let (of_values, of_sets): (Vec<_>, Vec<_>) = conditions
        .into_iter()
        .partition(|(name, _)| !["isNull", "any", "all", "none"].contains(name));
    let sets_pass = of_sets.iter().all(|(name, value)| match *name {
        "isNull" => of_key.is_empty() == value.as_bool().expect("a boolean"),
        "any" => listed(value).iter().any(|one| of_key.contains(one)),
        "all" => listed(value).iter().all(|one| of_key.contains(one)),
        _ => !listed(value).iter().any(|one| of_key.contains(one)),
    });
    // All conditions on a value hold for the same one.
    let one_passes = || {
        of_key
            .iter()
            .any(|one| of_values.iter().all(|(name, value)| holds(kind, one, name, value, now)))
    };
    assert!(is_multiple || of_key.len() <= 1);
    sets_pass && (of_values.is_empty() || one_passes())
}

fn holds(kind: &str, one: &Plain, operator: &str, value: &Value, now: i64) -> bool {
    let text = |value: &Value| match kind {
        "EMAIL" => value.as_str().expect("a text").to_lowercase(),
        _ => folded(value.as_str().expect("a text")),
    };
    match (operator, one) {
        ("eq", one) => *one == plain(kind, value),
        ("in", one) => value.as_array().expect("a list").iter().any(|other| *one == plain(kind, other)),
        ("gte", one) => *one >= plain(kind, value),
        ("lte", one) => *one <= plain(kind, value),
        ("lt", one) => *one < plain(kind, value),
        ("contains", Plain::Text(one)) => one.contains(&text(value)),
        ("startsWith", Plain::Text(one)) => one.starts_with(&text(value)),
        ("relative", Plain::Number(at)) => {
            let [start, end] = period(value, now).map(days_since_1970);
            match kind {
                "DATE" => i128::from(start) <= *at && *at < i128::from(end),
                _ => {
                    let instant = |day: i64| i128::from((day * 24 - ZONE_HOURS) * HOUR);
                    instant(start) <= *at && *at < instant(end)
                }
            }
        }
        _ => panic!("{operator} of {one:?}"),
    }
}

/// First day of a period relative to today, and the first one after it.
fn period(value: &Value, now: i64) -> [NaiveDate; 2] {
    let today = DateTime::from_timestamp_millis(now + ZONE_HOURS * HOUR)
        .expect("a time")
        .date_naive();
    let first_of_month = |month: u32| NaiveDate::from_ymd_opt(today.year(), month, 1).expect("a day");
    let (start, days, months) = match value["unit"].as_str().expect("a unit") {
        "DAY" => (today, 1, 0),
        "WEEK" => (today - Days::new(today.weekday().num_days_from_monday().into()), 7, 0),
        "MONTH" => (first_of_month(today.month()), 0, 1),
        "QUARTER" => (first_of_month((today.month() - 1) / 3 * 3 + 1), 0, 3),
        _ => (first_of_month(1), 0, 12),
    };
    let shifted = |units: i64| {
        let (days, months) = (days * units, months * units);
        let day = match days {
            0.. => start + Days::new(days.unsigned_abs()),
            _ => start - Days::new(days.unsigned_abs()),
        };
        let months_count = Months::new(u32::try_from(months.unsigned_abs()).expect("few months"));
        if months < 0 { day - months_count } else { day + months_count }
    };
    let offset = value["offset"].as_i64().unwrap_or(0);
    [shifted(offset), shifted(offset + value["count"].as_i64().unwrap_or(1))]
}

fn days_since_1970(day: NaiveDate) -> i64 {
    (day - NaiveDate::default()).num_days()
}

/// The order of two records by one attribute: those without a value last in both directions.
pub fn compare(one: &Values, other: &Values, key: &str, is_descending: bool) -> Ordering {
    let value = |values: &Values| values.get(key).and_then(|all| all.first()).cloned();
    match (value(one), value(other)) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(one), Some(other)) if is_descending => other.cmp(&one),
        (Some(one), Some(other)) => one.cmp(&other),
    }
}

fn plain(kind: &str, value: &Value) -> Plain {
    let text = || value.as_str().expect("a text");
    match kind {
        "INTEGER" | "DECIMAL" | "MONEY" => Plain::Number(billionths(value)),
        "BOOLEAN" => Plain::Number(i128::from(value.as_bool().expect("a boolean"))),
        "DATE" => Plain::Number(i128::from(days_since_1970(text().parse().expect("a day")))),
        "DATE_TIME" => {
            let at = DateTime::parse_from_rfc3339(text()).expect("an instant");
            Plain::Number(i128::from(at.timestamp_millis()))
        }
        "CHOICE" | "USER" | "PROSPECT" => Plain::Text(text().to_owned()),
        "EMAIL" => Plain::Text(text().to_lowercase()),
        "PHONE" => Plain::Text(phone(text()).to_owned()),
        _ => Plain::Text(folded(text())),
    }
}

/// A number that is given as an integer or as a decimal text.
fn billionths(value: &Value) -> i128 {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (sign, digits) = text.strip_prefix('-').map_or((1, &text[..]), |digits| (-1, digits));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let decimals = format!("{decimals:0<9}");
    sign * (whole.parse::<i128>().expect("digits") * BILLION + decimals.parse::<i128>().expect("at most nine digits"))
}

/// Phones of the generator in their international form.
fn phone(typed: &str) -> &'static str {
    match typed {
        "+58 212 5550100" => "+582125550100",
        "0414-5550101" => "+584145550101",
        "+34 612345678" => "+34612345678",
        _ => panic!("an unknown phone: {typed}"),
    }
}

/// The texts of the generator without case, accents and repeated blanks.
fn folded(text: &str) -> String {
    let letter = |letter: char| match letter {
        'Ñ' | 'ñ' => 'n',
        'ú' | 'Ú' => 'u',
        'ë' | 'Ë' => 'e',
        'İ' => 'i',
        other => other.to_ascii_lowercase(),
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().map(letter).collect()
}
