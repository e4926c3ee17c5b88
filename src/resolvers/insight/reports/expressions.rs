//! SQL of the dimensions and measures of a report, and the tables that they are read from.

/// SQL of the fields of records.
mod fields;

use std::collections::BTreeSet;

use sea_orm::DbBackend;

use super::Compilation;
use super::period::Period;
use crate::resolvers::filter::{accessor, bucket, has_normal_form, is_number};
use crate::rules::attributes::{Definition, index};
use crate::rules::reports::catalogue::{Field, FieldType, MeasureKind};
use crate::rules::reports::{Dimension, Measure, Source};

/// Type of the key of a dimension in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    Id,
    Text,
    Integer,
}

/// Expressions over the records and their prospects, and what they join.
pub struct Expressions<'a> {
    backend: DbBackend,
    compilation: &'a Compilation<'a>,
    period: Period,
    joins: BTreeSet<Join>,
    /// Columns of the addresses by which the report groups.
    places: BTreeSet<&'static str>,
    values: Vec<String>,
}

/// A table beside the records, after those that it is joined by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Join {
    FirstTouch,
    /// The interval in a status at the instant of the report.
    StatusThen,
    /// The interval with an owner at the instant of the report.
    OwnerThen,
    Cycle,
    Status,
    Tags,
    /// The status of the interval that is the record.
    IntervalStatus,
    Interaction,
}

impl KeyType {
    pub fn of(dimension: &Dimension) -> KeyType {
        if dimension.grain.is_some() || !dimension.bands.is_empty() {
            return KeyType::Integer;
        }
        match &dimension.source {
            Source::Field(field) => match field.field_type {
                FieldType::Entry | FieldType::User | FieldType::Record => KeyType::Id,
                FieldType::Choice(_) | FieldType::Flag | FieldType::Text => KeyType::Text,
                FieldType::Integer | FieldType::Time | FieldType::Duration | FieldType::Money => KeyType::Integer,
            },
            Source::Attribute(definition) if is_number(definition.kind()) => KeyType::Integer,
            Source::Attribute(_) => KeyType::Text,
        }
    }

    pub fn sql(self) -> &'static str {
        match self {
            KeyType::Id => "uuid",
            KeyType::Text => "text",
            KeyType::Integer => "bigint",
        }
    }

    /// Whether the key is a normal form, beside which the text is read as it was written.
    pub fn has_text(self, dimension: &Dimension) -> bool {
        match &dimension.source {
            Source::Field(field) => field.field_type == FieldType::Text,
            Source::Attribute(definition) => has_normal_form(definition.kind()),
        }
    }
}

impl<'a> Expressions<'a> {
    pub fn new(backend: DbBackend, compilation: &'a Compilation<'a>, period: Period) -> Expressions<'a> {
        Expressions {
            backend,
            compilation,
            period,
            joins: BTreeSet::new(),
            places: BTreeSet::new(),
            values: Vec::new(),
        }
    }

    /// The key of a dimension.
    pub fn key(&mut self, place: usize, dimension: &Dimension) -> String {
        let value = match &dimension.source {
            Source::Field(field) => self.field(field.field),
            Source::Attribute(definition) if definition.row.is_multiple => self.values_of(place, definition),
            Source::Attribute(definition) => self.attribute(definition),
        };
        if let Some(grain) = dimension.grain {
            let period = if self.compilation.plan.is_of_period(dimension) {
                (self.period.from, self.period.to)
            } else {
                (None, None)
            };
            let calendar = self.compilation.plan.calendar_of(dimension);
            let bucket = bucket(grain, &value, &calendar.segments(grain, period), calendar.first_day);
            return format!("CAST({bucket} AS bigint)");
        }
        if !dimension.bands.is_empty() {
            return format!("CAST({} AS bigint)", band(&value, &dimension.bands));
        }
        match KeyType::of(dimension) {
            KeyType::Integer => format!("CAST({value} AS bigint)"),
            KeyType::Id | KeyType::Text => value,
        }
    }

    /// The text of a dimension as it was written. None where the key is no normal form.
    pub fn text(&mut self, dimension: &Dimension) -> Option<String> {
        if !KeyType::of(dimension).has_text(dimension) {
            return None;
        }
        Some(match &dimension.source {
            Source::Field(field) => match field.field {
                Field::Country => self.address("country"),
                Field::City => self.address_text("city", "city_norm"),
                Field::Medium => self.touch("medium"),
                Field::UtmSource => self.touch("utm_source"),
                Field::UtmMedium => self.touch("utm_medium"),
                Field::UtmCampaign => self.touch("utm_campaign"),
                Field::AdCampaign => self.touch("ad_campaign"),
                _ => self.field(field.field),
            },
            Source::Attribute(definition) => {
                let (table, key) = (index::table(definition.row.entity), definition.key());
                match self.backend {
                    DbBackend::Postgres => format!("{table}.attributes ->> '{key}'"),
                    _ => format!("json_extract({table}.attributes, '$.\"{key}\"')"),
                }
            }
        })
    }

    /// The value of a measure for a record. None of a count.
    pub fn value(&mut self, measure: &Measure) -> Option<String> {
        match (measure.kind, &measure.source) {
            (kind @ (MeasureKind::ConversionRate | MeasureKind::LossRate | MeasureKind::DiscardRate), _) => Some(self.rate(kind)),
            (_, None) => None,
            (MeasureKind::DistinctCount, Some(Source::Field(field))) => Some(self.field(field.field)),
            (_, Some(Source::Attribute(definition))) => Some(self.attribute(definition)),
            (_, Some(Source::Field(field))) => {
                let value = match (field.field_type, measure.currency) {
                    (FieldType::Money, Some(currency)) => self.amount(field.field, currency),
                    _ => self.field(field.field),
                };
                Some(format!("CAST({value} AS bigint)"))
            }
        }
    }

    /// The time that the period of the report bounds.
    pub fn time(&mut self) -> String {
        self.field(self.compilation.plan.time)
    }

    fn attribute(&self, definition: &Definition) -> String {
        accessor(self.backend, index::table(definition.row.entity), definition)
    }

    /// The joins of everything that was asked for.
    pub fn joins(&self) -> String {
        let mut text: String = self.joins.iter().map(|join| self.join(*join)).collect();
        if !self.places.is_empty() {
            let columns: Vec<&str> = self.places.iter().copied().collect();
            // A record counts once in a group, however many of its addresses are there.
            let keys: Vec<&str> = columns.iter().copied().filter(|column| *column != "city").collect();
            let present: Vec<String> = keys.iter().map(|key| format!("a.{key} IS NOT NULL")).collect();
            let selected: Vec<String> = columns
                .iter()
                .map(|column| match (*column, self.backend) {
                    ("city", DbBackend::Postgres) => "min(a.city COLLATE \"C\") AS city".to_owned(),
                    ("city", _) => "min(a.city) AS city".to_owned(),
                    (key, _) => format!("a.{key}"),
                })
                .collect();
            let grouped: Vec<String> = keys.iter().map(|key| format!("a.{key}")).collect();
            text.push_str(&format!(
                " LEFT JOIN (SELECT a.prospect_id, {} FROM addresses a WHERE a.deleted_at IS NULL AND ({}) GROUP BY a.prospect_id, {}) ad \
                 ON ad.prospect_id = prospects.id",
                selected.join(", "),
                present.join(" OR "),
                grouped.join(", ")
            ));
        }
        text.push_str(&self.values.concat());
        text
    }

    /// The values of an attribute with several, each once.
    fn values_of(&mut self, place: usize, definition: &Definition) -> String {
        let column = if is_number(definition.kind()) {
            "number_value"
        } else {
            "text_value"
        };
        let id = match self.backend {
            DbBackend::Postgres => format!("'{}'", definition.id()),
            _ => format!("X'{}'", definition.id().simple()),
        };
        let values = format!("SELECT DISTINCT av.record_id, av.{column} AS value FROM attribute_values av WHERE av.definition_id = {id}");
        let join = format!(
            " LEFT JOIN ({values}) av{place} ON av{place}.record_id = {}.id",
            index::table(definition.row.entity)
        );
        self.values.push(join);
        format!("av{place}.value")
    }
}

/// The band of a number: how many bounds it reaches.
fn band(value: &str, bounds: &[i64]) -> String {
    let mut text = format!("CASE WHEN {value} IS NULL THEN NULL");
    for (place, bound) in bounds.iter().enumerate() {
        text.push_str(&format!(" WHEN {value} < {bound} THEN {place}"));
    }
    format!("{text} ELSE {} END", bounds.len())
}
