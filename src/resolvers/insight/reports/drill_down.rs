//! The filter of the list of prospects that matches the records behind a row.

use chrono::DateTime;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::groups::{Group, Key};
use super::labels::{Labels, catalog_of};
use crate::entities::setup::attribute_definition::AttributeType;
use crate::ids::Kind;
use crate::resolvers::filter::{Column, ColumnValue, DayPart, MOST_PREDICATES};
use crate::resolvers::records::filterable;
use crate::rules::attributes::Definition;
use crate::rules::limits::WRITABLE_TIMES;
use crate::rules::reports::catalogue::{Field, FieldType};
use crate::rules::reports::check::decimals;
use crate::rules::reports::{Dimension, Plan, Source};

/// The filter of the report with the values of a row, if lists can be filtered by all of them. None if they cannot, or if it would be too
/// large.
pub fn filter(plan: &Plan, labels: &Labels, group: &Group, input: &Value) -> Option<Value> {
    let mut conditions = Vec::new();
    let mut places = Vec::new();
    for (place, dimension) in plan.dimensions.iter().enumerate().take(group.keys.len()) {
        let condition = condition(plan, labels, place, group)?;
        match &dimension.source {
            Source::Field(field) if is_place(field.field) => places.push((condition, group.keys[place] == Key::Null)),
            _ => conditions.push(condition),
        }
    }
    // Several values of addresses are of one address, unless there are none.
    if places.len() > 1 && places.iter().any(|(_, is_null)| !is_null) {
        let mut all = Map::new();
        for (place, _) in places {
            all.extend(place.as_object()?.clone());
        }
        conditions.push(json!({ "addresses": { "some": all } }));
    } else {
        conditions.extend(places.into_iter().map(|(place, _)| place));
    }
    let mut filter = input.as_object().cloned().unwrap_or_default();
    if !conditions.is_empty() {
        let and = filter.entry("and").or_insert_with(|| json!([]));
        and.as_array_mut()?.extend(conditions);
    }
    let filter = Value::Object(filter);
    (leaves(&filter) <= MOST_PREDICATES).then_some(filter)
}

/// Upper bound of the number of conditions.
fn leaves(value: &Value) -> usize {
    match value {
        Value::Object(members) => members.values().map(leaves).sum::<usize>().max(1),
        Value::Array(items) if items.iter().all(|item| !item.is_object()) => 1,
        Value::Array(items) => items.iter().map(leaves).sum::<usize>().max(1),
        _ => 1,
    }
}

fn is_place(field: Field) -> bool {
    matches!(field, Field::Country | Field::City | Field::Region | Field::Zone | Field::Sector)
}

fn condition(plan: &Plan, labels: &Labels, place: usize, group: &Group) -> Option<Value> {
    let dimension = &plan.dimensions[place];
    let key = &group.keys[place];
    match &dimension.source {
        Source::Attribute(definition) => of_attribute(plan, dimension, definition, key, || labels.cell(plan, place, group).text),
        Source::Field(field) => {
            if let Some(condition) = of_rows(field.field, key, || labels.cell(plan, place, group).text) {
                return Some(condition);
            }
            let column = column(field.field)?;
            let value = match (key, field.field_type) {
                (Key::Null, _) => ColumnValue::Null,
                (Key::Integer(band), FieldType::Integer) if !dimension.bands.is_empty() => {
                    let name = column.path.to_string();
                    return Some(json!({ name: bounds(dimension, *band, |number| json!(number.to_string().parse::<i64>().ok())) }));
                }
                (Key::Id(id), _) => ColumnValue::Id(*id),
                (Key::Text(value), FieldType::Choice(_)) if field.field == Field::Condition => ColumnValue::Flag(value == "CLIENT"),
                (Key::Text(value), FieldType::Choice(_)) => ColumnValue::Text(value.clone()),
                (Key::Text(_), _) => ColumnValue::Text(labels.cell(plan, place, group).text?),
                (Key::Integer(number), FieldType::Integer) => ColumnValue::Integer(i32::try_from(*number).ok()?),
                (Key::Integer(bucket), _) => {
                    let (calendar, grain) = (plan.calendar_of(dimension), dimension.grain?);
                    match DayPart::of(grain) {
                        Some(part) => ColumnValue::DayPart(part, *bucket, calendar.zone),
                        None => {
                            let (from, to) = calendar.range(grain, *bucket)?;
                            ColumnValue::Period(from, to)
                        }
                    }
                }
            };
            column.input(&value)
        }
    }
}

/// Conditions that have a member of their own in the filter.
fn of_rows(field: Field, key: &Key, text: impl FnOnce() -> Option<String>) -> Option<Value> {
    let name = match field {
        Field::StatusCategory => "statusCategory",
        Field::Reason | Field::CycleKind => return of_cycle(field, key),
        Field::Tag => "tag",
        Field::Country => "country",
        Field::City => "city",
        Field::Region => "region",
        Field::Zone => "zone",
        Field::Sector => "sector",
        _ => return None,
    };
    let test = match key {
        Key::Null => json!({ "isNull": true }),
        Key::Id(id) => json!({ "eq": catalog_of(field)?.0.encode(*id) }),
        Key::Text(value) if field == Field::StatusCategory => json!({ "eq": value }),
        Key::Text(_) => json!({ "eq": text()? }),
        Key::Integer(_) => return None,
    };
    Some(json!({ name: test }))
}

/// Conditions on the current cycle.
fn of_cycle(field: Field, key: &Key) -> Option<Value> {
    let (name, test) = match (field, key) {
        (Field::Reason, Key::Null) => ("reason", json!({ "isNull": true })),
        (Field::Reason, Key::Id(id)) => ("reason", json!({ "eq": Kind::Reason.encode(*id) })),
        (Field::CycleKind, Key::Text(kind)) => ("kind", json!({ "eq": kind })),
        _ => return None,
    };
    Some(json!({ "currentCycle": { name: test } }))
}

/// The column of a field in the filter of prospects. None if there is none.
fn column(field: Field) -> Option<&'static Column> {
    Some(match field {
        Field::Kind => &filterable::KIND,
        Field::Condition => &filterable::IS_CLIENT,
        Field::Status => &filterable::STATUS,
        Field::Channel => &filterable::CHANNEL,
        Field::Segment => &filterable::SEGMENT,
        Field::PotentialLevel => &filterable::POTENTIAL_LEVEL,
        Field::Source => &filterable::SOURCE,
        Field::Industry => &filterable::INDUSTRY,
        Field::CustomerType => &filterable::CUSTOMER_TYPE,
        Field::Owner => &filterable::OWNER,
        Field::CreatedBy => &filterable::CREATED_BY,
        Field::Interest => &filterable::INTEREST,
        Field::Rating => &filterable::RATING,
        Field::ValidityDays => &filterable::VALIDITY_DAYS,
        Field::Medium => &filterable::MEDIUM,
        Field::UtmSource => &filterable::UTM_SOURCE,
        Field::UtmMedium => &filterable::UTM_MEDIUM,
        Field::UtmCampaign => &filterable::UTM_CAMPAIGN,
        Field::AdCampaign => &filterable::AD_CAMPAIGN,
        Field::AdNetwork => &filterable::AD_NETWORK,
        Field::AdDevice => &filterable::AD_DEVICE,
        Field::CreatedAt => &filterable::CREATED_AT,
        Field::FirstContactAt => &filterable::FIRST_CONTACT_AT,
        Field::LastActivityAt => &filterable::LAST_ACTIVITY_AT,
        Field::ClientSince => &filterable::CLIENT_SINCE,
        Field::ValidUntil => &filterable::VALID_UNTIL,
        _ => return None,
    })
}

fn of_attribute(
    plan: &Plan,
    dimension: &Dimension,
    definition: &Definition,
    key: &Key,
    text: impl FnOnce() -> Option<String>,
) -> Option<Value> {
    let family = match definition.kind() {
        AttributeType::Text | AttributeType::LongText | AttributeType::Url | AttributeType::Email | AttributeType::Phone => "text",
        AttributeType::Integer | AttributeType::Decimal | AttributeType::Money => "number",
        AttributeType::Boolean => "boolean",
        AttributeType::Date => "date",
        AttributeType::DateTime => "dateTime",
        AttributeType::Choice => "choice",
        AttributeType::User => "user",
        AttributeType::Prospect => return None,
    };
    let test = match (key, definition.kind()) {
        (Key::Null, _) => json!({ "isNull": true }),
        (Key::Integer(band), _) if !dimension.bands.is_empty() => bounds(dimension, *band, |number| json!(number.to_string())),
        (Key::Integer(bucket), kind @ (AttributeType::Date | AttributeType::DateTime)) => {
            let (calendar, grain) = (plan.calendar_of(dimension), dimension.grain?);
            match DayPart::of(grain) {
                Some(part) => part.input(*bucket, (kind == AttributeType::DateTime).then_some(calendar.zone))?,
                None => {
                    let (from, to) = calendar.range(grain, *bucket)?;
                    json!({ "gte": written(kind, from)?, "lt": written(kind, to)? })
                }
            }
        }
        (Key::Integer(number), AttributeType::Boolean) => json!({ "eq": *number != 0 }),
        (Key::Integer(number), _) => json!({ "eq": Decimal::new(*number, decimals(&dimension.source)).normalize().to_string() }),
        (Key::Text(id), AttributeType::User) => json!({ "eq": Kind::User.encode(uuid::Uuid::try_parse(id).ok()?) }),
        (Key::Text(value), AttributeType::Choice) => json!({ "eq": value }),
        (Key::Text(_), _) => json!({ "eq": text()? }),
        (Key::Id(_), _) => return None,
    };
    Some(json!({ "attributes": [{ "key": definition.key(), family: test }] }))
}

/// An instant or a calendar day as filters take it. None beyond what can be saved.
fn written(kind: AttributeType, at: i64) -> Option<String> {
    let at = DateTime::from_timestamp_millis(at).filter(|_| WRITABLE_TIMES.contains(&at))?;
    Some(match kind {
        AttributeType::Date => at.date_naive().to_string(),
        _ => at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
    })
}

/// The bounds of a band: the upper one is the largest value below the next band.
fn bounds(dimension: &Dimension, band: i64, write: impl Fn(Decimal) -> Value) -> Value {
    let decimals = decimals(&dimension.source);
    let bound = |place: i64| usize::try_from(place).ok().and_then(|place| dimension.bands.get(place)).copied();
    let mut test = Map::new();
    if let Some(from) = bound(band - 1) {
        test.insert("gte".to_owned(), write(Decimal::new(from, decimals).normalize()));
    }
    if let Some(to) = bound(band) {
        test.insert("lte".to_owned(), write(Decimal::new(to - 1, decimals).normalize()));
    }
    Value::Object(test)
}
