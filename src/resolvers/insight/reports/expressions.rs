//! SQL of the dimensions and measures of a report, and the tables that they are read from.

use std::collections::BTreeSet;

use sea_orm::DbBackend;

use super::Compilation;
use super::period::{Period, is_of_period};
use crate::resolvers::filter::{accessor, bucket, has_normal_form, is_number};
use crate::rules::attributes::Definition;
use crate::rules::reports::catalogue::{Field, FieldType, MeasureKind};
use crate::rules::reports::{Dimension, Measure, Source};

/// Type of the key of a dimension in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    Id,
    Text,
    Integer,
}

/// Expressions over the prospects, and what they join.
pub struct Expressions<'a> {
    backend: DbBackend,
    compilation: &'a Compilation<'a>,
    period: Period,
    joins: BTreeSet<Join>,
    /// Columns of the addresses by which the report groups.
    places: BTreeSet<&'static str>,
    values: Vec<String>,
}

/// A table beside the prospects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Join {
    FirstTouch,
    Cycle,
    Status,
    Tags,
}

impl KeyType {
    pub fn of(dimension: &Dimension) -> KeyType {
        if dimension.grain.is_some() || !dimension.bands.is_empty() {
            return KeyType::Integer;
        }
        match &dimension.source {
            Source::Field(field) => match field.field_type {
                FieldType::Entry | FieldType::User => KeyType::Id,
                FieldType::Choice(_) | FieldType::Text => KeyType::Text,
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
            Source::Attribute(definition) => accessor(self.backend, "prospects", definition),
        };
        if let Some(grain) = dimension.grain {
            let period = if is_of_period(dimension) {
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
                Field::UtmSource => self.touch("utm_source"),
                Field::UtmMedium => self.touch("utm_medium"),
                Field::UtmCampaign => self.touch("utm_campaign"),
                Field::AdCampaign => self.touch("ad_campaign"),
                _ => self.field(field.field),
            },
            Source::Attribute(definition) => match self.backend {
                DbBackend::Postgres => format!("prospects.attributes ->> '{}'", definition.key()),
                _ => format!("json_extract(prospects.attributes, '$.\"{}\"')", definition.key()),
            },
        })
    }

    /// The value of a measure for a record. None of a count.
    pub fn value(&mut self, measure: &Measure) -> Option<String> {
        let is = |condition: String| Some(format!("CASE WHEN {condition} THEN 1 ELSE 0 END"));
        match (measure.kind, &measure.source) {
            (MeasureKind::ConversionRate, _) => is("prospects.client_since IS NOT NULL".to_owned()),
            (MeasureKind::LossRate, _) => is(format!("{} = 'LOST'", self.field(Field::StatusCategory))),
            (MeasureKind::DiscardRate, _) => is(format!("{} = 'DISCARDED'", self.field(Field::StatusCategory))),
            (_, None) => None,
            (MeasureKind::DistinctCount, Some(Source::Field(field))) => Some(self.field(field.field)),
            (MeasureKind::DistinctCount, Some(Source::Attribute(definition))) => Some(accessor(self.backend, "prospects", definition)),
            (_, Some(Source::Attribute(definition))) => Some(accessor(self.backend, "prospects", definition)),
            (_, Some(Source::Field(field))) => {
                let value = match (field.field, measure.currency) {
                    (Field::OpenValue, Some(currency)) => {
                        let (category, amount) = (self.cycle("category"), self.cycle("amount_minor"));
                        let of = self.cycle("amount_currency");
                        // The code of a known currency has three letters.
                        format!("CASE WHEN {category} = 'OPEN' AND {of} = '{}' THEN {amount} END", currency.code())
                    }
                    (field, _) => self.field(field),
                };
                Some(format!("CAST({value} AS bigint)"))
            }
        }
    }

    /// The joins of everything that was asked for.
    pub fn joins(&self) -> String {
        let mut text = String::new();
        for join in &self.joins {
            text.push_str(match join {
                Join::FirstTouch => " LEFT JOIN touches ft ON ft.prospect_id = prospects.id AND ft.place = 'FIRST'",
                Join::Cycle => " LEFT JOIN cycles cy ON cy.id = prospects.cycle_id",
                Join::Status => " LEFT JOIN statuses st ON st.id = prospects.status_id",
                Join::Tags => " LEFT JOIN prospect_tags pt ON pt.prospect_id = prospects.id",
            });
        }
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

    fn field(&mut self, field: Field) -> String {
        let own = |column: &str| format!("prospects.{column}");
        match field {
            Field::Kind => own("kind"),
            Field::Condition => "CASE WHEN prospects.client_since IS NULL THEN 'PROSPECT' ELSE 'CLIENT' END".to_owned(),
            Field::Status => own("status_id"),
            Field::StatusCategory => {
                self.joins.insert(Join::Status);
                "st.category".to_owned()
            }
            Field::Reason => self.cycle("reason_id"),
            Field::CycleKind => self.cycle("kind"),
            Field::Channel => own("channel_id"),
            Field::Segment => own("segment_id"),
            Field::PotentialLevel => own("potential_level_id"),
            Field::Source => own("source_id"),
            Field::Industry => own("industry_id"),
            Field::CustomerType => own("customer_type_id"),
            Field::Owner => own("owner_id"),
            Field::CreatedBy => own("created_by"),
            Field::Interest => own("interest"),
            Field::Rating => own("rating"),
            Field::ValidityDays => own("validity_days"),
            Field::Tag => {
                self.joins.insert(Join::Tags);
                "pt.tag_id".to_owned()
            }
            Field::Country => self.address("country"),
            Field::City => self.address("city_norm"),
            Field::Region => self.address("region_id"),
            Field::Zone => self.address("zone_id"),
            Field::Sector => self.address("sector_id"),
            Field::Medium => self.touch("medium"),
            Field::UtmSource => self.touch("utm_source_norm"),
            Field::UtmMedium => self.touch("utm_medium_norm"),
            Field::UtmCampaign => self.touch("utm_campaign_norm"),
            Field::AdCampaign => self.touch("ad_campaign_norm"),
            Field::AdNetwork => self.touch("ad_network"),
            Field::AdDevice => self.touch("ad_device"),
            Field::CreatedAt => own("created_at"),
            Field::FirstContactAt => own("first_contact_at"),
            Field::LastActivityAt => own("last_activity_at"),
            Field::ClientSince => own("client_since"),
            Field::ValidUntil => own("valid_until"),
            Field::TimeToFirstContact => "prospects.first_contact_at - prospects.created_at".to_owned(),
            Field::TimeToWin => "prospects.client_since - prospects.created_at".to_owned(),
            Field::TimeSinceActivity => format!("{} - prospects.last_activity_at", self.compilation.cx.began_at),
            Field::Interactions => {
                "(SELECT count(*) FROM timeline_entries te WHERE te.prospect_id = prospects.id AND te.kind = 'INTERACTION')".to_owned()
            }
            Field::Wins => "(SELECT count(*) FROM cycles wo WHERE wo.prospect_id = prospects.id AND wo.category = 'WON')".to_owned(),
            Field::OpenValue => self.cycle("amount_minor"),
        }
    }

    /// A column of the current cycle.
    fn cycle(&mut self, column: &str) -> String {
        self.joins.insert(Join::Cycle);
        format!("cy.{column}")
    }

    fn touch(&mut self, column: &str) -> String {
        self.joins.insert(Join::FirstTouch);
        format!("ft.{column}")
    }

    fn address(&mut self, column: &'static str) -> String {
        self.places.insert(column);
        format!("ad.{column}")
    }

    fn address_text(&mut self, text: &'static str, key: &'static str) -> String {
        self.places.extend([text, key]);
        format!("ad.{text}")
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
        let join = format!(" LEFT JOIN ({values}) av{place} ON av{place}.record_id = prospects.id");
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
