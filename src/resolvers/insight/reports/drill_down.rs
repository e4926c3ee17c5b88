//! The filter of the list that shows the records behind a row, or behind the others.

/// The columns of filters.
mod columns;
/// The filters of the lists, made of conditions on records and on their prospects.
mod lists;
/// The records of a row.
mod opening;
/// One of several conditions.
mod united;

use chrono::{DateTime, SecondsFormat};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Map, Value, json};

use super::groups::{Group, Key};
use super::labels::{Labels, catalog_of};
use super::period::Period;
use crate::entities::setup::attribute_definition::{AttributeEntity, AttributeType};
use crate::ids::Kind;
use crate::resolvers::filter::{Column, ColumnValue, DEEPEST, DayPart, MOST_PREDICATES, MOST_VALUES};
use crate::rules::attributes::Definition;
use crate::rules::limits::WRITABLE_TIMES;
use crate::rules::reports::catalogue::{Dataset, Field, FieldType, dataset};
use crate::rules::reports::check::decimals;
use crate::rules::reports::{Dimension, Plan, Source};
use columns::column;
use united::united;

pub use lists::Inputs;
pub use opening::{Opening, Source as OpeningSource, Unopened};

/// Lists that show the records of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    Prospects,
    Clients,
    Tasks,
    Timeline,
    Documents,
}

/// The list that shows the records of a dataset, or the prospects behind them.
fn list(dataset: Dataset) -> List {
    match dataset {
        Dataset::Prospects | Dataset::Cycles | Dataset::StatusIntervals | Dataset::OwnerIntervals => List::Prospects,
        Dataset::Clients => List::Clients,
        Dataset::Tasks => List::Tasks,
        Dataset::Activity => List::Timeline,
        Dataset::Documents => List::Documents,
    }
}

/// The filter of the report with the values of the groups of a row: of one, or of several of which each record is in one.
fn filter(plan: &Plan, period: &Period, labels: &Labels, groups: &[Group], inputs: &Inputs) -> Result<Value, Unopened> {
    if groups.len() > MOST_VALUES {
        return Err(Unopened::Limit);
    }
    let (mut of_prospect, mut own) = conditions_of(plan, labels, groups).ok_or(Unopened::Value)?;
    let bounds = bounds_of(period).ok_or(Unopened::Value)?;
    if !bounds.is_empty() {
        let column = column(plan.dataset, plan.time).ok_or(Unopened::Value)?;
        let bounds = named(plan, column, plan.time, Value::Object(bounds));
        match is_own_field(plan, plan.time) {
            true => own.push(bounds),
            false => of_prospect.push(bounds),
        }
    }
    let filter = lists::filter(plan.dataset, inputs, of_prospect, own).ok_or(Unopened::Value)?;
    match leaves(&filter) <= MOST_PREDICATES && lists::levels(&filter) <= DEEPEST {
        true => Ok(filter),
        false => Err(Unopened::Limit),
    }
}

/// Conditions on the prospects, and on the records themselves.
type Conditions = (Vec<Value>, Vec<Value>);

/// The conditions that a record is in one of the groups. None if lists cannot be filtered by them.
fn conditions_of(plan: &Plan, labels: &Labels, groups: &[Group]) -> Option<Conditions> {
    if let [group] = groups {
        return conditions(plan, labels, group);
    }
    let each: Vec<Conditions> = groups.iter().map(|group| conditions(plan, labels, group)).collect::<Option<_>>()?;
    let are_own = each.iter().all(|(of_prospect, _)| of_prospect.is_empty());
    if !are_own && !each.iter().all(|(_, own)| own.is_empty()) {
        return None;
    }
    let all = each.into_iter().map(|(of_prospect, own)| {
        let mut conditions = [of_prospect, own].concat();
        match conditions.len() {
            1 => conditions.pop(),
            _ => Some(json!({ "and": conditions })),
        }
    });
    let united = united(all.collect::<Option<_>>()?)?;
    if !are_own {
        return Some((vec![united], Vec::new()));
    }
    // Not all filters of records combine conditions.
    let is_plain = united.get("or").is_none() && united.get("and").is_none();
    let combines = matches!(
        plan.dataset,
        Dataset::Prospects | Dataset::Clients | Dataset::Tasks | Dataset::Documents
    );
    (is_plain || combines).then(|| (Vec::new(), vec![united]))
}

/// The conditions of a group. None if lists cannot be filtered by one of its values.
fn conditions(plan: &Plan, labels: &Labels, group: &Group) -> Option<Conditions> {
    let mut of_prospect = Vec::new();
    let mut own = Vec::new();
    let mut places = Vec::new();
    for (place, dimension) in plan.dimensions.iter().enumerate().take(group.keys.len()) {
        let condition = condition(plan, labels, place, group)?;
        match &dimension.source {
            Source::Field(field) if is_place(field.field) => places.push((condition, group.keys[place] == Key::Null)),
            source if is_own(plan, source) => own.push(condition),
            _ => of_prospect.push(condition),
        }
    }
    // Several values of addresses are of one address, unless there are none.
    if places.len() > 1 && places.iter().any(|(_, is_null)| !is_null) {
        let mut all = Map::new();
        for (place, _) in places {
            all.extend(place.as_object()?.clone());
        }
        of_prospect.push(json!({ "addresses": { "some": all } }));
    } else {
        of_prospect.extend(places.into_iter().map(|(place, _)| place));
    }
    Some((of_prospect, own))
}

/// The test of the period, empty where the conditions of the prospects have it. None if clients cannot write its bounds.
fn bounds_of(period: &Period) -> Option<Map<String, Value>> {
    let mut test = Map::new();
    for (name, bound) in [("gte", period.from), ("lt", period.to)] {
        if let Some(at) = bound.filter(|_| !period.is_of_filter) {
            test.insert(name.to_owned(), json!(instant(at)?));
        }
    }
    Some(test)
}

fn instant(at: i64) -> Option<String> {
    let at = DateTime::from_timestamp_millis(at).filter(|_| WRITABLE_TIMES.contains(&at))?;
    Some(at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// Whether a value is one of the record, and not of its prospect.
fn is_own(plan: &Plan, source: &Source) -> bool {
    match source {
        Source::Field(field) => is_own_field(plan, field.field),
        Source::Attribute(definition) => plan.dataset != Dataset::Prospects && definition.row.entity != AttributeEntity::Prospect,
    }
}

/// The time of the first win is a column of the prospect.
fn is_own_field(plan: &Plan, field: Field) -> bool {
    plan.dataset != Dataset::Prospects && field != Field::ClientSince && dataset(plan.dataset).own.iter().any(|own| own.field == field)
}

/// A test of a column, by its path in the filter of prospects, or by its name in that of the records.
fn named(plan: &Plan, column: &Column, field: Field, test: Value) -> Value {
    match is_own_field(plan, field) {
        true => json!({ last_name(column): test }),
        false => column.path.rsplit('.').fold(test, |inner, name| json!({ name: inner })),
    }
}

/// Upper bound of the number of conditions. That on an amount is one on its currency as well.
fn leaves(value: &Value) -> usize {
    match value {
        Value::Object(members) => {
            let each = members.iter().map(|(name, value)| leaves(value) + usize::from(name == "amount"));
            each.sum::<usize>().max(1)
        }
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
            // In its own dataset the kind of a cycle is that of the cycle itself.
            let special = match is_own_field(plan, field.field) {
                true => of_record(field.field, key),
                false => of_rows(field.field, key, || labels.cell(plan, place, group).text),
            };
            if special.is_some() {
                return special;
            }
            let column = column(plan.dataset, field.field)?;
            let value = match (key, field.field_type) {
                (Key::Null, _) => ColumnValue::Null,
                (Key::Integer(band), FieldType::Integer) if !dimension.bands.is_empty() => {
                    let name = column.path.to_string();
                    // The numbers of such a filter have 32 bits.
                    let test = bounds(dimension, *band, |number| Some(json!(number.to_i32()?)))?;
                    return Some(json!({ name: test }));
                }
                (Key::Id(id), _) => ColumnValue::Id(*id),
                (Key::Text(value), FieldType::Choice(_)) if field.field == Field::Condition => ColumnValue::Flag(value == "CLIENT"),
                (Key::Text(value), FieldType::Choice(_)) => ColumnValue::Text(value.clone()),
                (Key::Text(value), FieldType::Flag) => ColumnValue::Flag(value == "true"),
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
            let input = column.input(&value)?;
            match is_own_field(plan, field.field) {
                // Of a path such as `tasks.some.dueAt` the filter of tasks has the last name.
                true => Some(json!({ last_name(column): test_of(column, input)? })),
                false => Some(input),
            }
        }
    }
}

fn last_name(column: &Column) -> &str {
    column.path.rsplit('.').next().unwrap_or_default()
}

/// The test in the input of a column.
fn test_of(column: &Column, input: Value) -> Option<Value> {
    column
        .path
        .split('.')
        .try_fold(input, |mut inner, name| inner.get_mut(name).map(Value::take))
}

/// Conditions that have a member of their own in the filter.
fn of_rows(field: Field, key: &Key, text: impl FnOnce() -> Option<String>) -> Option<Value> {
    let name = match field {
        Field::StatusCategory => "statusCategory",
        Field::Reason | Field::CycleKind | Field::CycleCurrency => return of_cycle(field, key),
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
        (Field::CycleCurrency, key) => ("amount", of_currency(key)?),
        _ => return None,
    };
    Some(json!({ "currentCycle": { name: test } }))
}

/// Conditions in the filter of the records themselves that are not of a column.
fn of_record(field: Field, key: &Key) -> Option<Value> {
    match (field, key) {
        (Field::CycleCurrency, key) => Some(json!({ "amount": (of_currency(key)?) })),
        (Field::IntervalCategory, Key::Text(category)) => Some(json!({ "category": { "eq": category } })),
        _ => None,
    }
}

/// The condition on an amount that it is in a currency, or that there is none.
fn of_currency(key: &Key) -> Option<Value> {
    match key {
        Key::Null => Some(json!({ "isNull": true })),
        Key::Text(code) => Some(json!({ "currency": code })),
        Key::Id(_) | Key::Integer(_) => None,
    }
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
        (Key::Integer(band), _) if !dimension.bands.is_empty() => bounds(dimension, *band, |number| Some(json!(number.to_string())))?,
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

/// The bounds of a band: the upper one is the largest value below the next band. None if one cannot be written.
fn bounds(dimension: &Dimension, band: i64, write: impl Fn(Decimal) -> Option<Value>) -> Option<Value> {
    let decimals = decimals(&dimension.source);
    let bound = |place: i64| usize::try_from(place).ok().and_then(|place| dimension.bands.get(place)).copied();
    let mut test = Map::new();
    if let Some(from) = bound(band - 1) {
        test.insert("gte".to_owned(), write(Decimal::new(from, decimals).normalize())?);
    }
    if let Some(to) = bound(band) {
        test.insert("lte".to_owned(), write(Decimal::new(to.checked_sub(1)?, decimals).normalize())?);
    }
    Some(Value::Object(test))
}
