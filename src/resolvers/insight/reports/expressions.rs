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
        let mut joins = BTreeSet::new();
        joins.extend(compilation.intervals.status.then_some(Join::StatusThen));
        joins.extend(compilation.intervals.owner.then_some(Join::OwnerThen));
        Expressions {
            backend,
            compilation,
            period,
            joins,
            places: BTreeSet::new(),
            values: Vec::new(),
        }
    }

    /// The key of a dimension.
    pub fn key(&mut self, place: usize, dimension: &Dimension) -> String {
        match &dimension.source {
            Source::Field(field) => {
                let value = self.field(field.field);
                self.group(dimension, value)
            }
            Source::Attribute(definition) if definition.row.is_multiple => {
                let group = self.group(dimension, format!("av.{}", value_column(definition)));
                self.groups_of(place, definition, &group)
            }
            Source::Attribute(definition) => self.group(dimension, self.attribute(definition)),
        }
    }

    /// The group of a value: its bucket, its band, or itself.
    fn group(&self, dimension: &Dimension, value: String) -> String {
        if let Some(grain) = dimension.grain {
            let period = if self.compilation.plan.is_of_period(dimension) {
                (self.period.from, self.period.to)
            } else {
                (None, None)
            };
            let calendar = self.compilation.plan.calendar_of(dimension);
            let bucket = bucket(grain, &value, &calendar.segments(grain, period), calendar.first_day, period);
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
        text.push_str(&self.addresses());
        text.push_str(&self.values.concat());
        text
    }

    /// The addresses by whose places the report groups. A record counts once in a group, however many of its addresses are there.
    fn addresses(&self) -> String {
        const TEXT: &str = "city";
        let keys: Vec<&str> = self.places.iter().copied().filter(|column| *column != TEXT).collect();
        if keys.is_empty() {
            return String::new();
        }
        let present: Vec<String> = keys.iter().map(|key| format!("ad.{key} IS NOT NULL")).collect();
        let same: Vec<String> = keys.iter().map(|key| format!("b.{key} IS NOT DISTINCT FROM ad.{key}")).collect();
        let place = |alias: &str| match (self.places.contains(TEXT), self.backend) {
            (false, _) => format!("{alias}.id"),
            (true, DbBackend::Postgres) => format!("(coalesce({alias}.{TEXT}, '') COLLATE \"C\", {alias}.id)"),
            (true, _) => format!("(coalesce({alias}.{TEXT}, ''), {alias}.id)"),
        };
        format!(
            " LEFT JOIN addresses ad ON ad.prospect_id = prospects.id AND ad.deleted_at IS NULL AND ({}) AND NOT EXISTS (SELECT 1 FROM addresses b \
             WHERE b.prospect_id = ad.prospect_id AND b.deleted_at IS NULL AND {} < {} AND {})",
            present.join(" OR "),
            place("b"),
            place("ad"),
            same.join(" AND ")
        )
    }

    /// The groups of the values of an attribute with several, each once.
    fn groups_of(&mut self, place: usize, definition: &Definition, group: &str) -> String {
        let id = match self.backend {
            DbBackend::Postgres => format!("'{}'", definition.id()),
            _ => format!("X'{}'", definition.id().simple()),
        };
        let groups = format!("SELECT DISTINCT av.record_id, {group} AS value FROM attribute_values av WHERE av.definition_id = {id}");
        let join = format!(
            " LEFT JOIN ({groups}) av{place} ON av{place}.record_id = {}.id",
            index::table(definition.row.entity)
        );
        self.values.push(join);
        format!("av{place}.value")
    }
}

/// The column of the values of an attribute with several.
fn value_column(definition: &Definition) -> &'static str {
    if is_number(definition.kind()) {
        "number_value"
    } else {
        "text_value"
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
