//! Values under a changed definition: those that still fit, converted to the type, and those that do not.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate};
use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::is_recast;
use crate::entities::setup::attribute_definition::AttributeType;
use crate::rules::attributes::value::{self, GivenValues, Terms};
use crate::rules::attributes::{Definition, Given, Value};
use crate::text::fold;

/// The values of a record under a changed definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refit {
    /// Values of the changed definition.
    pub kept: Vec<Value>,
    /// Values of the former definition that do not fit the changed one.
    pub lost: Vec<Value>,
}

/// Whether stored values have to be looked at: the type or scale changes, or a rule becomes narrower. The currency only changes where there
/// are no values.
pub fn is_needed(before: &Definition, after: &Definition) -> bool {
    let (old, new) = (&before.rules, &after.rules);
    let countries = |definition: &Definition| definition.rules.countries.iter().cloned().collect::<BTreeSet<String>>();
    let is_narrower_list = !new.countries.is_empty() && (old.countries.is_empty() || !countries(after).is_superset(&countries(before)));
    is_recast(&before.row, &after.row)
        || new.least.is_some_and(|least| old.least.is_none_or(|old| least > old))
        || new.greatest.is_some_and(|greatest| old.greatest.is_none_or(|old| greatest < old))
        || new.min_length.is_some_and(|length| old.min_length.is_none_or(|old| length > old))
        || new.max_length.is_some_and(|length| old.max_length.is_none_or(|old| length < old))
        || (new.pattern.is_some() && new.pattern != old.pattern)
        || is_narrower_list
}

/// The stored values of a record under the changed definition.
pub fn refit(before: &Definition, after: &Definition, json: &Json, country: &str) -> Refit {
    let mut result = Refit::default();
    let is_same_kind = before.kind() == after.kind();
    // Amounts are not converted. Stored ones keep their currency; those that were saved with an undone win may meet another one.
    if is_same_kind && before.kind() == AttributeType::Money && before.row.currency != after.row.currency {
        result.lost = value::decode(before, json);
        return result;
    }
    for old in value::decode(before, json) {
        let values = given(before, std::slice::from_ref(&old), after.kind(), after);
        let given = values.map(|values| Given {
            values,
            is_list: after.row.is_multiple,
        });
        // A choice that is retired stays where it is.
        let present = value::encode(&old);
        let present = if after.row.is_multiple {
            Json::from(vec![present])
        } else {
            present
        };
        let terms = Terms {
            country,
            present: is_same_kind.then_some(&present),
        };
        match given.and_then(|given| value::check(after, &given, terms, &[], &mut Vec::new())) {
            Some(values) => values.into_iter().for_each(|value| {
                if !result.kept.contains(&value) {
                    result.kept.push(value);
                }
            }),
            None => result.lost.push(old),
        }
    }
    result
}

/// The values as an input of the type would give them. None where one of them has no counterpart.
pub fn given(before: &Definition, values: &[Value], kind: AttributeType, after: &Definition) -> Option<GivenValues> {
    let texts = || values.iter().map(|value| text_of(before, value)).collect::<Option<Vec<String>>>();
    Some(match kind {
        AttributeType::Text | AttributeType::LongText | AttributeType::Url | AttributeType::Email | AttributeType::Phone => {
            GivenValues::Texts(texts()?)
        }
        AttributeType::Integer | AttributeType::Decimal | AttributeType::Money => {
            let number = |value: &Value| match value {
                Value::Number(number) => Some(value::decimal(before, *number)),
                Value::Text(text) => Decimal::from_str_exact(text.trim()).ok(),
                _ => None,
            };
            GivenValues::Numbers(values.iter().map(number).collect::<Option<_>>()?)
        }
        AttributeType::Boolean => match (values, texts()?.first().map(String::as_str)) {
            ([Value::Boolean(is)], _) => GivenValues::Boolean(*is),
            (_, Some("true")) => GivenValues::Boolean(true),
            (_, Some("false")) => GivenValues::Boolean(false),
            _ => return None,
        },
        AttributeType::Date => {
            let date = |value: &Value| match value {
                Value::Date(at) | Value::DateTime(at) => value::date(*at),
                Value::Text(text) => text.trim().parse::<NaiveDate>().ok(),
                _ => None,
            };
            GivenValues::Dates(values.iter().map(date).collect::<Option<_>>()?)
        }
        AttributeType::DateTime => {
            let time = |value: &Value| match value {
                Value::Date(at) | Value::DateTime(at) => Some(*at),
                Value::Text(text) => DateTime::parse_from_rfc3339(text.trim()).ok().map(|at| at.timestamp_millis()),
                _ => None,
            };
            GivenValues::DateTimes(values.iter().map(time).collect::<Option<_>>()?)
        }
        AttributeType::Choice => {
            let choice = |value: &Value| match value {
                Value::Choice(key) => Some(key.clone()),
                Value::Text(text) => {
                    let mut choices = after.choices.iter();
                    let found = choices.find(|choice| choice.key == *text || fold(&choice.label) == fold(text));
                    found.map(|choice| choice.key.clone())
                }
                _ => None,
            };
            GivenValues::Choices(values.iter().map(choice).collect::<Option<_>>()?)
        }
        AttributeType::User | AttributeType::Prospect => {
            let reference = |value: &Value| match value {
                Value::Reference(id) if before.kind() == kind => Some(*id),
                _ => None,
            };
            let ids = values.iter().map(reference).collect::<Option<_>>()?;
            match kind {
                AttributeType::User => GivenValues::Users(ids),
                _ => GivenValues::Prospects(ids),
            }
        }
    })
}

/// A value as text of the same meaning. None for references.
fn text_of(definition: &Definition, value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => Some(value::decimal(definition, *number).to_string()),
        Value::Reference(_) => None,
        value => Some(value::text(definition, std::slice::from_ref(value), &|_| None)),
    }
}
