//! Values of attributes: parsed and checked against a definition, encoded for the database, read back, and put in words.
//!
//! A document maps keys to encoded values: texts as they are, numbers scaled to integers, booleans as 0 and 1, days and instants as milliseconds,
//! choices by key, references as UUIDs in text; a list of these where the attribute is multiple. A text has its normal form beside it, and the form
//! by which open search finds it where that is another one.

use chrono::{DateTime, NaiveDate, SecondsFormat};
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::texts;
use super::{Definition, MOST_VALUES};
use crate::entities::setup::attribute_definition::AttributeType;
use crate::error::{Problem, ProblemCode};
use crate::rules::limits::WRITABLE_TIMES;

pub use super::texts::{longest, normal_form, search_form};

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Beyond it a number is not exact everywhere that reads JSON.
const LARGEST: i64 = 9_007_199_254_740_991;

/// The values of a record, by key.
pub type Document = Map<String, Json>;

/// A checked value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Text(String),
    /// An integer, or a decimal scaled by the definition.
    Number(i64),
    Boolean(bool),
    /// Midnight of the day in UTC, in milliseconds.
    Date(i64),
    DateTime(i64),
    /// The key of a choice.
    Choice(String),
    Reference(Uuid),
}

/// The values of an input, before they are checked.
#[derive(Clone, Debug, PartialEq)]
pub enum GivenValues {
    Texts(Vec<String>),
    Numbers(Vec<Decimal>),
    Boolean(bool),
    Dates(Vec<NaiveDate>),
    DateTimes(Vec<i64>),
    Choices(Vec<String>),
    /// Nil where a text was no identifier of a user.
    Users(Vec<Uuid>),
    /// Nil where a text was no identifier of a prospect.
    Prospects(Vec<Uuid>),
}

/// The value of an input: the values, and whether they were given as a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    pub values: GivenValues,
    pub is_list: bool,
}

impl GivenValues {
    fn len(&self) -> usize {
        match self {
            GivenValues::Texts(all) | GivenValues::Choices(all) => all.len(),
            GivenValues::Numbers(all) => all.len(),
            GivenValues::Boolean(_) => 1,
            GivenValues::Dates(all) => all.len(),
            GivenValues::DateTimes(all) => all.len(),
            GivenValues::Users(all) | GivenValues::Prospects(all) => all.len(),
        }
    }
}

/// What the check of a value needs besides the definition.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// Country of phones without a country calling code.
    pub country: &'a str,
    /// Encoded values that the record has already: they stay, also where they no longer fit.
    pub present: Option<&'a Json>,
}

/// The values that a definition accepts; problems are added with the path. None where there is a problem, or nothing is left.
pub fn check(definition: &Definition, given: &Given, terms: Terms<'_>, path: &[&str], problems: &mut Vec<Problem>) -> Option<Vec<Value>> {
    let before = problems.len();
    let kind = definition.kind();
    let fail = |problems: &mut Vec<Problem>, code, message: String| problems.push(Problem::new(code, path, message));
    if given.is_list != definition.row.is_multiple {
        let message = if given.is_list {
            "takes one value, not a list"
        } else {
            "takes a list of values"
        };
        fail(problems, ProblemCode::Invalid, format!("`{}` {message}", definition.key()));
        return None;
    }
    if given.values.len() > MOST_VALUES {
        fail(problems, ProblemCode::Limit, format!("there may be at most {MOST_VALUES} values"));
        return None;
    }
    let present: Vec<Value> = terms.present.map(|json| decode(definition, json)).unwrap_or_default();
    let mut values: Vec<Value> = Vec::new();
    let mut keep = |value: Value| {
        // Each value counts once.
        if !values.contains(&value) {
            values.push(value);
        }
    };
    match (&given.values, kind) {
        (
            GivenValues::Texts(texts),
            AttributeType::Text | AttributeType::LongText | AttributeType::Url | AttributeType::Email | AttributeType::Phone,
        ) => {
            for text in texts {
                if let Some(text) = texts::check(definition, text, terms.country, path, problems) {
                    keep(Value::Text(text));
                }
            }
        }
        (GivenValues::Numbers(numbers), AttributeType::Integer | AttributeType::Decimal | AttributeType::Money) => {
            for number in numbers {
                match scaled(*number, definition.row.scale) {
                    // The typed field is an `Int`.
                    Ok(number) if kind == AttributeType::Integer && i32::try_from(number).is_err() => {
                        fail(problems, ProblemCode::Invalid, "is too large a number".to_owned());
                    }
                    Ok(number) => {
                        check_range(definition, number, path, problems);
                        keep(Value::Number(number));
                    }
                    Err(message) => fail(problems, ProblemCode::Invalid, message),
                }
            }
        }
        (GivenValues::Boolean(is), AttributeType::Boolean) => keep(Value::Boolean(*is)),
        (GivenValues::Dates(dates), AttributeType::Date) => {
            for date in dates {
                let at = date.and_hms_opt(0, 0, 0).unwrap_or_default().and_utc().timestamp_millis();
                check_time(definition, at, path, problems);
                keep(Value::Date(at));
            }
        }
        (GivenValues::DateTimes(times), AttributeType::DateTime) => {
            for at in times {
                check_time(definition, *at, path, problems);
                keep(Value::DateTime(*at));
            }
        }
        (GivenValues::Choices(keys), AttributeType::Choice) => {
            for key in keys {
                let value = Value::Choice(key.clone());
                match definition.choice(key) {
                    None => fail(problems, ProblemCode::NotFound, "there is no such choice".to_owned()),
                    Some(choice) if choice.is_retired && !present.contains(&value) => {
                        fail(problems, ProblemCode::State, format!("the choice `{key}` is retired"));
                    }
                    Some(_) => keep(value),
                }
            }
        }
        (GivenValues::Users(ids), AttributeType::User) | (GivenValues::Prospects(ids), AttributeType::Prospect) => {
            ids.iter().for_each(|id| keep(Value::Reference(*id)));
        }
        _ => fail(
            problems,
            ProblemCode::Invalid,
            format!("`{}` takes {}", definition.key(), expected(kind, definition.row.is_multiple)),
        ),
    }
    (problems.len() == before && !values.is_empty()).then_some(values)
}

/// The name of the input field that a type takes.
pub fn expected(kind: AttributeType, is_multiple: bool) -> &'static str {
    match (kind, is_multiple) {
        (AttributeType::Text | AttributeType::LongText | AttributeType::Url | AttributeType::Email | AttributeType::Phone, false) => {
            "`text`"
        }
        (AttributeType::Text | AttributeType::LongText | AttributeType::Url | AttributeType::Email | AttributeType::Phone, true) => {
            "`texts`"
        }
        (AttributeType::Integer | AttributeType::Decimal | AttributeType::Money, false) => "`number`",
        (AttributeType::Integer | AttributeType::Decimal | AttributeType::Money, true) => "`numbers`",
        (AttributeType::Boolean, _) => "`boolean`",
        (AttributeType::Date, false) => "`date`",
        (AttributeType::Date, true) => "`dates`",
        (AttributeType::DateTime, false) => "`dateTime`",
        (AttributeType::DateTime, true) => "`dateTimes`",
        (AttributeType::Choice, false) => "`choice`",
        (AttributeType::Choice, true) => "`choices`",
        (AttributeType::User, false) => "`user`",
        (AttributeType::User, true) => "`users`",
        (AttributeType::Prospect, false) => "`prospect`",
        (AttributeType::Prospect, true) => "`prospects`",
    }
}

/// A decimal as an integer; the message where it has more decimals, or is too large.
pub fn scaled(number: Decimal, scale: i32) -> Result<i64, String> {
    let factor = Decimal::from(10_i64.pow(u32::try_from(scale).unwrap_or_default().min(9)));
    let too_large = || "is too large a number".to_owned();
    let product = number.checked_mul(factor).ok_or_else(too_large)?;
    if !product.fract().is_zero() {
        return Err(match scale {
            0 => "must be a whole number".to_owned(),
            1 => "must have at most 1 decimal".to_owned(),
            scale => format!("must have at most {scale} decimals"),
        });
    }
    let whole = i64::try_from(product.trunc()).map_err(|_| too_large())?;
    // The least integer has no absolute value.
    if whole.unsigned_abs() > LARGEST.unsigned_abs() {
        return Err(too_large());
    }
    Ok(whole)
}

/// A day or an instant. A text that becomes one may be in any year.
fn check_time(definition: &Definition, at: i64, path: &[&str], problems: &mut Vec<Problem>) {
    if WRITABLE_TIMES.contains(&at) {
        check_range(definition, at, path, problems);
    } else {
        problems.push(Problem::new(ProblemCode::Invalid, path, "must be in the years 0 to 9999"));
    }
}

fn check_range(definition: &Definition, number: i64, path: &[&str], problems: &mut Vec<Problem>) {
    let words = |bound: i64| words_of(definition, &bound_value(definition.kind(), bound), &|_| None);
    if let Some(least) = definition.rules.least.filter(|least| number < *least) {
        problems.push(Problem::new(
            ProblemCode::Invalid,
            path,
            format!("must be at least {}", words(least)),
        ));
    }
    if let Some(greatest) = definition.rules.greatest.filter(|greatest| number > *greatest) {
        problems.push(Problem::new(
            ProblemCode::Invalid,
            path,
            format!("must be at most {}", words(greatest)),
        ));
    }
}

fn bound_value(kind: AttributeType, bound: i64) -> Value {
    match kind {
        AttributeType::Date => Value::Date(bound),
        AttributeType::DateTime => Value::DateTime(bound),
        _ => Value::Number(bound),
    }
}

/// Writes checked values into a document, or removes those that it has.
pub fn put(document: &mut Document, definition: &Definition, values: Option<&[Value]>) {
    let keys = definition.stored_keys();
    for key in &keys {
        document.remove(key);
    }
    let Some(values) = values.filter(|values| !values.is_empty()) else {
        return;
    };
    let [key, norm_key, search_key] = keys;
    let forms = |form_of: fn(AttributeType, &str) -> Option<String>| -> Vec<Json> {
        let texts = values.iter().filter_map(|value| match value {
            Value::Text(text) => form_of(definition.kind(), text).map(Json::from),
            _ => None,
        });
        texts.collect()
    };
    let (norms, searched) = (forms(normal_form), forms(search_form));
    let shaped = |mut all: Vec<Json>| {
        if definition.row.is_multiple {
            Json::from(all)
        } else {
            all.swap_remove(0)
        }
    };
    document.insert(key, shaped(values.iter().map(encode).collect()));
    if !searched.is_empty() && searched != norms {
        document.insert(search_key, shaped(searched));
    }
    if !norms.is_empty() {
        document.insert(norm_key, shaped(norms));
    }
}

/// A value as it is stored.
pub fn encode(value: &Value) -> Json {
    match value {
        Value::Text(text) | Value::Choice(text) => Json::from(text.clone()),
        Value::Number(number) | Value::Date(number) | Value::DateTime(number) => Json::from(*number),
        Value::Boolean(is) => Json::from(i64::from(*is)),
        Value::Reference(id) => Json::from(id.to_string()),
    }
}

/// The values in a document; those that no longer fit the type are left out.
pub fn read(definition: &Definition, document: &Document) -> Vec<Value> {
    document
        .get(definition.key())
        .map(|json| decode(definition, json))
        .unwrap_or_default()
}

/// Encoded values.
pub fn decode(definition: &Definition, json: &Json) -> Vec<Value> {
    let one = |json: &Json| match definition.kind() {
        AttributeType::Text | AttributeType::LongText | AttributeType::Url | AttributeType::Email | AttributeType::Phone => {
            json.as_str().map(|text| Value::Text(text.to_owned()))
        }
        AttributeType::Integer | AttributeType::Decimal | AttributeType::Money => json.as_i64().map(Value::Number),
        AttributeType::Boolean => json.as_i64().map(|number| Value::Boolean(number != 0)),
        AttributeType::Date => json.as_i64().map(Value::Date),
        AttributeType::DateTime => json.as_i64().map(Value::DateTime),
        AttributeType::Choice => json
            .as_str()
            .filter(|key| definition.choice(key).is_some())
            .map(|key| Value::Choice(key.to_owned())),
        AttributeType::User | AttributeType::Prospect => json.as_str().and_then(|text| text.parse().ok()).map(Value::Reference),
    };
    match json {
        Json::Array(all) if definition.row.is_multiple => all.iter().filter_map(one).collect(),
        Json::Array(_) => Vec::new(),
        single => one(single).into_iter().collect(),
    }
}

/// The values in words, ready to show. `name_of` gives the name of a user or a prospect, if the caller may see it.
pub fn text(definition: &Definition, values: &[Value], name_of: &dyn Fn(Uuid) -> Option<String>) -> String {
    let words: Vec<String> = values.iter().map(|value| words_of(definition, value, name_of)).collect();
    words.join(", ")
}

fn words_of(definition: &Definition, value: &Value, name_of: &dyn Fn(Uuid) -> Option<String>) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => {
            let number = decimal(definition, *number);
            match &definition.row.currency {
                Some(currency) if definition.kind() == AttributeType::Money => format!("{number} {currency}"),
                _ => number.to_string(),
            }
        }
        Value::Boolean(is) => is.to_string(),
        Value::Date(at) => date(*at).map(|date| date.to_string()).unwrap_or_default(),
        Value::DateTime(at) => DateTime::from_timestamp_millis(*at)
            .map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
            .unwrap_or_default(),
        Value::Choice(key) => definition.choice(key).map_or_else(|| key.clone(), |choice| choice.label.clone()),
        Value::Reference(id) => name_of(*id).unwrap_or_default(),
    }
}

/// A stored number with the decimals of the definition.
pub fn decimal(definition: &Definition, number: i64) -> Decimal {
    Decimal::new(number, u32::try_from(definition.row.scale).unwrap_or_default())
}

/// The day of a stored date.
pub fn date(at: i64) -> Option<NaiveDate> {
    DateTime::from_timestamp_millis(at.div_euclid(DAY_MS) * DAY_MS).map(|at| at.date_naive())
}
