//! Names, colours, positions and ranges of the values of dimensions, in the language of the caller.

use std::sync::Arc;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::groups::{Group, Key};
use super::{Cell, language};
use crate::app::catalogs::Catalogs;
use crate::cx::Cx;
use crate::entities::setup::attribute_definition::AttributeType;
use crate::entities::setup::revision::CachedTable;
use crate::ids::Kind;
use crate::rules::attributes::Definition;
use crate::rules::reports::catalogue::{Field, FieldEntry, FieldType, MeasureKind, measure_entry};
use crate::rules::reports::check::decimals;
use crate::rules::reports::{Dimension, Grain, Measure, PERCENTILE_PARTS, Plan, Source};
use crate::text::fold;
use crate::text::language::{Language, Words};

/// What labels are taken from.
pub struct Labels {
    catalogs: Arc<Catalogs>,
    language: Language,
}

/// Place of a value among those of its dimension: a number, and a text where numbers are equal.
pub type Position = (i64, String);

const UNSET: Words = ["Not set", "Sin definir"];
const NO_OWNER: Words = ["No owner", "Sin propietario"];
const OTHERS: Words = ["Others", "Otros"];
const YES: Words = ["Yes", "Sí"];
const NO: Words = ["No", "No"];

impl Labels {
    pub fn new(cx: &Cx) -> Labels {
        Labels {
            catalogs: cx.catalogs(),
            language: language(cx),
        }
    }

    pub fn of_dimension(&self, dimension: &Dimension) -> String {
        let label = self.of_source(&dimension.source);
        match dimension.grain {
            None => label,
            Some(grain) => format!("{label} ({})", self.language.choose(grain_words(grain))),
        }
    }

    pub fn of_measure(&self, plan: &Plan, measure: &Measure) -> String {
        let name = self.language.choose(measure_entry(measure.kind).label);
        if !measure.operands.is_empty() {
            let operands = measure
                .operands
                .iter()
                .map(|operand| self.of_measure(plan, &plan.measures[*operand]));
            return format!("{name}: {}", operands.collect::<Vec<_>>().join(" / "));
        }
        let fraction = match measure.kind {
            MeasureKind::Percentile => {
                let percent = Decimal::new(measure.percentile, 0) * Decimal::ONE_HUNDRED / Decimal::from(PERCENTILE_PARTS);
                format!(" {}", percent.normalize())
            }
            _ => String::new(),
        };
        match &measure.source {
            None => name.to_owned(),
            Some(source) => format!("{name}{fraction}: {}", self.of_source(source)),
        }
    }

    pub fn others(&self) -> String {
        self.language.choose(OTHERS).to_owned()
    }

    fn of_source(&self, source: &Source) -> String {
        match source {
            Source::Field(field) => self.language.choose(field.label).to_owned(),
            Source::Attribute(definition) => definition.row.label.clone(),
        }
    }

    /// The cell of a dimension in a group.
    pub fn cell(&self, plan: &Plan, place: usize, group: &Group) -> Cell {
        let dimension = &plan.dimensions[place];
        let key = &group.keys[place];
        if *key == Key::Null {
            let is_owner = matches!(dimension.source, Source::Field(FieldEntry { field: Field::Owner, .. }));
            let label = if is_owner { NO_OWNER } else { UNSET };
            return Cell {
                text: Some(self.language.choose(label).to_owned()),
                ..Cell::default()
            };
        }
        if let (Some(grain), Key::Integer(bucket)) = (dimension.grain, key) {
            let calendar = plan.calendar_of(dimension);
            return Cell {
                key: calendar.key(grain, *bucket),
                text: calendar.label(grain, *bucket, self.language),
                ..Cell::default()
            };
        }
        match (&dimension.source, key) {
            (_, Key::Integer(band)) if !dimension.bands.is_empty() => {
                let (key, text) = band_texts(dimension, *band);
                Cell {
                    key: Some(key),
                    text: Some(text),
                    ..Cell::default()
                }
            }
            (Source::Field(field), Key::Id(id)) => self.entry(field.field, *id),
            (Source::Field(field), Key::Text(value)) => Cell {
                key: Some(value.clone()),
                text: Some(match field.field_type.values() {
                    Some(values) => self.choice(values, value),
                    None => group.texts[place].clone().unwrap_or_else(|| value.clone()),
                }),
                ..Cell::default()
            },
            (Source::Attribute(definition), Key::Text(value)) => self.attribute_text(definition, value, group.texts[place].as_deref()),
            (Source::Attribute(definition), Key::Integer(number)) if definition.kind() == AttributeType::Boolean => Cell {
                key: Some((*number != 0).to_string()),
                text: Some(self.language.choose(if *number != 0 { YES } else { NO }).to_owned()),
                ..Cell::default()
            },
            (source, Key::Integer(number)) => {
                let number = Decimal::new(*number, decimals(source)).normalize();
                Cell {
                    key: Some(number.to_string()),
                    text: Some(number.to_string()),
                    number: Some(number),
                    ..Cell::default()
                }
            }
            (Source::Attribute(_), Key::Id(_)) | (_, Key::Null) => Cell::default(),
        }
    }

    /// The place of a value in the order of its dimension; None for no value, which comes last.
    pub fn position(&self, plan: &Plan, place: usize, group: &Group) -> Option<Position> {
        let dimension = &plan.dimensions[place];
        let text = || fold(&self.cell(plan, place, group).text.unwrap_or_default());
        match (&group.keys[place], &dimension.source) {
            (Key::Null, _) => None,
            (Key::Integer(bucket), _) => {
                let number = dimension.grain.map_or(*bucket, |grain| plan.calendar.position(grain, *bucket));
                Some((number, String::new()))
            }
            (Key::Id(id), Source::Field(field)) => match catalog_of(field.field) {
                Some((_, table)) if table != CachedTable::User => {
                    let ids = self.catalogs.ids(table);
                    let place = ids.iter().position(|(entry, _)| entry == id).unwrap_or(ids.len());
                    Some((i64::try_from(place).unwrap_or(i64::MAX), id.to_string()))
                }
                _ => Some((0, format!("{} {id}", text()))),
            },
            (Key::Text(value), Source::Field(field)) => match field.field_type.values() {
                Some(values) => Some((index(values.iter().map(|(value, _)| *value), value), value.clone())),
                None => Some((0, value.clone())),
            },
            (Key::Text(value), Source::Attribute(definition)) if definition.kind() == AttributeType::Choice => {
                Some((index(definition.choices.iter().map(|choice| &*choice.key), value), value.clone()))
            }
            (Key::Text(value), Source::Attribute(definition)) if definition.kind() == AttributeType::User => {
                Some((0, format!("{} {value}", text())))
            }
            (Key::Text(value), _) => Some((0, value.clone())),
            (Key::Id(id), Source::Attribute(_)) => Some((0, id.to_string())),
        }
    }

    /// All values that are in use. None if a dimension has no fixed ones, or is of people.
    pub fn domain(&self, dimension: &Dimension) -> Option<Vec<Key>> {
        if !dimension.bands.is_empty() {
            return Some((0..=dimension.bands.len() as i64).map(Key::Integer).collect());
        }
        let text = |value: &str| Key::Text(value.to_owned());
        match &dimension.source {
            Source::Field(field) => match (field.field_type.values(), catalog_of(field.field)) {
                (Some(values), _) => Some(values.iter().map(|(value, _)| text(value)).collect()),
                (None, Some((_, table))) if field.field_type == FieldType::Entry => {
                    let ids = self.catalogs.ids(table).into_iter();
                    let in_use = ids.filter(|(id, is_retired)| !is_retired && self.belongs(field.field, *id));
                    Some(in_use.map(|(id, _)| Key::Id(id)).collect())
                }
                _ => None,
            },
            Source::Attribute(definition) => match definition.kind() {
                AttributeType::Choice => {
                    let choices = definition.choices.iter().filter(|choice| !choice.is_retired);
                    Some(choices.map(|choice| text(&choice.key)).collect())
                }
                AttributeType::Boolean => Some(vec![Key::Integer(0), Key::Integer(1)]),
                _ => None,
            },
        }
    }

    /// Levels are of prospects or of clients.
    fn belongs(&self, field: Field, id: Uuid) -> bool {
        use crate::entities::setup::potential_level::LevelKind;
        let kind = match field {
            Field::PotentialLevel => LevelKind::Prospect,
            Field::ClientLevel => LevelKind::Client,
            _ => return true,
        };
        self.catalogs.potential_levels.get(id).is_none_or(|level| level.applies_to == kind)
    }

    fn entry(&self, field: Field, id: Uuid) -> Cell {
        let kind = catalog_of(field).map_or(Kind::User, |(kind, _)| kind);
        let entry = self.catalogs.entry(kind, id);
        let color = match kind {
            Kind::Status => self.catalogs.statuses.get(id).map(|row| row.color.clone()),
            Kind::Segment => self.catalogs.segments.get(id).map(|row| row.color.clone()),
            Kind::Tag => self.catalogs.tags.get(id).map(|row| row.color.clone()),
            _ => None,
        };
        Cell {
            key: Some(kind.encode(id)),
            text: Some(entry.map_or_else(|| kind.encode(id), |entry| entry.name.to_owned())),
            color,
            number: None,
        }
    }

    fn choice(&self, values: &[(&str, Words)], value: &str) -> String {
        let found = values.iter().find(|(known, _)| *known == value);
        found.map_or(value, |(_, words)| self.language.choose(*words)).to_owned()
    }

    fn attribute_text(&self, definition: &Definition, value: &str, text: Option<&str>) -> Cell {
        match definition.kind() {
            AttributeType::Choice => {
                let choice = definition.choice(value);
                Cell {
                    key: Some(value.to_owned()),
                    text: Some(choice.map_or(value, |choice| &choice.label).to_owned()),
                    color: choice.and_then(|choice| choice.color.clone()),
                    number: None,
                }
            }
            AttributeType::User => match Uuid::try_parse(value) {
                Ok(id) => self.entry(Field::Owner, id),
                Err(_) => Cell::default(),
            },
            _ => Cell {
                key: Some(value.to_owned()),
                text: Some(text.unwrap_or(value).to_owned()),
                ..Cell::default()
            },
        }
    }
}

/// Kind and table of the entries of a field.
pub fn catalog_of(field: Field) -> Option<(Kind, CachedTable)> {
    Some(match field {
        Field::Status | Field::CycleStatus | Field::IntervalStatus => (Kind::Status, CachedTable::Status),
        Field::Reason | Field::CycleReason | Field::IntervalReason => (Kind::Reason, CachedTable::Reason),
        Field::Channel => (Kind::Channel, CachedTable::Channel),
        Field::Segment => (Kind::Segment, CachedTable::Segment),
        Field::PotentialLevel | Field::ClientLevel => (Kind::PotentialLevel, CachedTable::PotentialLevel),
        Field::Source => (Kind::Source, CachedTable::Source),
        Field::Industry => (Kind::Industry, CachedTable::Industry),
        Field::CustomerType => (Kind::CustomerType, CachedTable::CustomerType),
        Field::TaskType => (Kind::TaskType, CachedTable::TaskType),
        Field::DocumentType => (Kind::DocumentType, CachedTable::DocumentType),
        Field::Owner
        | Field::CreatedBy
        | Field::ConvertedBy
        | Field::IntervalOwner
        | Field::IntervalActor
        | Field::Assignee
        | Field::TaskCreatedBy
        | Field::CompletedBy
        | Field::Actor
        | Field::UploadedBy => (Kind::User, CachedTable::User),
        Field::Tag => (Kind::Tag, CachedTable::Tag),
        Field::Region => (Kind::Region, CachedTable::Region),
        Field::Zone => (Kind::Zone, CachedTable::Zone),
        Field::Sector => (Kind::Sector, CachedTable::Sector),
        _ => return None,
    })
}

/// Key and text of a band, such as `10..20`, without its upper bound.
fn band_texts(dimension: &Dimension, band: i64) -> (String, String) {
    let decimals = decimals(&dimension.source);
    let bound = |place: i64| {
        let bound = usize::try_from(place).ok().and_then(|place| dimension.bands.get(place));
        bound.map(|bound| Decimal::new(*bound, decimals).normalize().to_string())
    };
    let (from, to) = (bound(band - 1), bound(band));
    let key = format!("{}..{}", from.as_deref().unwrap_or_default(), to.as_deref().unwrap_or_default());
    let text = match (from, to) {
        (Some(from), Some(to)) => format!("{from} – {to}"),
        (Some(from), None) => format!("≥ {from}"),
        (None, Some(to)) => format!("< {to}"),
        (None, None) => key.clone(),
    };
    (key, text)
}

fn index<'a>(mut values: impl ExactSizeIterator<Item = &'a str>, value: &str) -> i64 {
    let count = values.len();
    i64::try_from(values.position(|known| known == value).unwrap_or(count)).unwrap_or(i64::MAX)
}

fn grain_words(grain: Grain) -> Words {
    match grain {
        Grain::Hour => ["hour", "hora"],
        Grain::Day => ["day", "día"],
        Grain::Week => ["week", "semana"],
        Grain::Month => ["month", "mes"],
        Grain::Quarter => ["quarter", "trimestre"],
        Grain::Year => ["year", "año"],
        Grain::Weekday => ["day of the week", "día de la semana"],
        Grain::HourOfDay => ["hour of the day", "hora del día"],
    }
}
