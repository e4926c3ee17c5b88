//! The typed fields of a schema: which definitions have one, and what of them the schema shows.

use std::collections::HashMap;
use std::sync::Arc;

use super::RECORDS;
use crate::app::App;
use crate::auth::{Permission, Role};
use crate::entities::setup::attribute_definition::{AttributeEntity, AttributeType, AttributeVisibility};
use crate::rules::attributes::value::longest;
use crate::rules::attributes::{Choice, Definition, Definitions, MOST_VALUES, enum_name};

/// Callers who share a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Administrators,
    /// All other callers, and requests without credentials.
    Others,
}

/// The typed fields of all kinds of records for one audience.
#[derive(Debug, Default, PartialEq)]
pub struct Fields {
    ordered: HashMap<AttributeEntity, Vec<Field>>,
    by_name: HashMap<(AttributeEntity, String), usize>,
}

/// The typed field of a definition.
#[derive(Clone, Debug)]
pub struct Field {
    /// In camel case.
    pub name: String,
    pub definition: Arc<Definition>,
}

/// The fields of both audiences as of one revision of the definitions.
#[derive(Clone, Debug, Default)]
pub struct FieldSets {
    pub administrators: Arc<Fields>,
    /// The same set where nothing is for administrators alone.
    pub others: Arc<Fields>,
    /// Time at which the next retired field goes, in milliseconds.
    pub until: Option<i64>,
}

impl Audience {
    /// That of a role; None for requests without credentials.
    pub fn of(role: Option<Role>) -> Audience {
        match role {
            Some(Role::Admin) => Audience::Administrators,
            Some(Role::Sales) | None => Audience::Others,
        }
    }

    fn may_read(self, definition: &Definition) -> bool {
        match definition.permissions.read {
            Permission::Everyone => true,
            Permission::Administrators => self == Audience::Administrators,
        }
    }
}

/// Time for which the field of a retired definition stays, in milliseconds.
pub fn retention(app: &App) -> i64 {
    i64::from(app.settings.retired_field_days) * DAY_MS
}

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl FieldSets {
    /// The fields of the present definitions.
    pub fn of(app: &App) -> FieldSets {
        FieldSets::new(&app.catalogs.snapshot().definitions, app.clock.now(), retention(app))
    }

    /// The fields of the definitions at a time. Those of retired ones stay for `retention` milliseconds.
    pub fn new(definitions: &Definitions, now: i64, retention: i64) -> FieldSets {
        let expiry = |definition: &Definition| definition.row.retired_at.map(|at| at.saturating_add(retention));
        let is_kept = |definition: &Definition| expiry(definition).is_none_or(|at| at > now);
        let set = |audience: Audience| {
            Arc::new(Fields::new(definitions, |definition| {
                audience.may_read(definition) && is_kept(definition)
            }))
        };
        let (administrators, others) = (set(Audience::Administrators), set(Audience::Others));
        let all = RECORDS.iter().flat_map(|(entity, _)| definitions.of(*entity));
        FieldSets {
            others: if administrators == others { administrators.clone() } else { others },
            administrators,
            until: all.filter_map(|definition| expiry(definition)).filter(|at| *at > now).min(),
        }
    }
}

impl Fields {
    fn new(definitions: &Definitions, is_shown: impl Fn(&Definition) -> bool) -> Fields {
        let mut all = Fields::default();
        for (entity, _) in RECORDS {
            // An enum without values cannot be.
            let has_type = |definition: &Definition| definition.kind() != AttributeType::Choice || !definition.choices.is_empty();
            for definition in definitions
                .of(*entity)
                .iter()
                .filter(|definition| is_shown(definition) && has_type(definition))
            {
                let name = definition.field_name();
                let fields = all.ordered.entry(*entity).or_default();
                all.by_name.insert((*entity, name.clone()), fields.len());
                fields.push(Field {
                    name,
                    definition: definition.clone(),
                });
            }
        }
        all
    }

    /// Those of a kind of record, in the order of the definitions.
    pub fn of(&self, entity: AttributeEntity) -> &[Field] {
        self.ordered.get(&entity).map_or(&[], Vec::as_slice)
    }

    pub fn find(&self, entity: AttributeEntity, name: &str) -> Option<&Field> {
        let index = self.by_name.get(&(entity, name.to_owned()))?;
        self.of(entity).get(*index)
    }

    /// Fields of objects that may hold long texts: type, field, and the most characters.
    pub fn long_texts(&self) -> Vec<(String, String, u64)> {
        let of_record = |(entity, name): &(AttributeEntity, &str)| {
            let texts = self
                .of(*entity)
                .iter()
                .filter(|field| matches!(field.definition.kind(), AttributeType::LongText | AttributeType::Url));
            let owner = format!("{name}Custom");
            let priced = texts.map(|field| (owner.clone(), field.name.clone(), longest(field.definition.kind()) as u64));
            priced.collect::<Vec<_>>()
        };
        RECORDS.iter().flat_map(of_record).collect()
    }
}

impl Field {
    /// Description in the schema: the label, what administrators say of it, the type, the bound of several values and the permission.
    pub fn description(&self) -> String {
        let row = &self.definition.row;
        let mut text = sentence(&row.label);
        if let Some(description) = &row.description {
            text.push_str(&format!(" {}", sentence(description)));
        }
        text.push_str(&format!(" {}.", self.type_words()));
        if row.is_multiple {
            text.push_str(&format!(" At most {MOST_VALUES} values."));
        }
        if row.visibility == AttributeVisibility::Admin {
            text.push_str(" Administrators only.");
        }
        in_description(&text)
    }

    /// The type of a value, with the unit where there is one.
    fn type_words(&self) -> String {
        let row = &self.definition.row;
        let words = match row.kind {
            AttributeType::Text => "Text of one line",
            AttributeType::LongText => "Text of several lines",
            AttributeType::Integer => "Whole number",
            AttributeType::Decimal => return format!("Number with {} decimals", row.scale),
            AttributeType::Money => return format!("Amount in {}", row.currency.as_deref().unwrap_or_default()),
            AttributeType::Boolean => "Yes or no",
            AttributeType::Date => "Calendar day",
            AttributeType::DateTime => "Instant",
            AttributeType::Choice => "One of the choices of the attribute",
            AttributeType::User => "User",
            AttributeType::Prospect => "Prospect",
            AttributeType::Url => "Address of a web page",
            AttributeType::Email => "E-mail address",
            AttributeType::Phone => "Phone number",
        };
        words.to_owned()
    }

    /// Whether a new record has to have a value.
    pub fn is_required(&self) -> bool {
        let has_default = self.definition.rules.default.is_some() || self.definition.choices.iter().any(|choice| choice.is_default);
        self.definition.rules.required.always && !has_default && !self.definition.is_retired()
    }

    /// Name of the enum of the choices.
    pub fn enum_name(&self, record: &str) -> String {
        let mut letters = self.name.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        format!("{record}{}{}Choice", first.map(String::from).unwrap_or_default(), letters.as_str())
    }

    /// The choice with the name of an enum value.
    pub fn choice(&self, value: &str) -> Option<&Choice> {
        self.definition.choices.iter().find(|choice| enum_name(&choice.key) == value)
    }
}

/// A text of an administrator with a mark at its end.
fn sentence(text: &str) -> String {
    let end = if text.ends_with(['.', '!', '?', '…', ':']) { "" } else { "." };
    format!("{text}{end}")
}

/// A text of an administrator as part of a description. The library prints descriptions between `"""` and does not escape them.
pub(super) fn in_description(text: &str) -> String {
    let printable = text.replace(|letter: char| letter.is_control() && letter != '\n', " ");
    printable.replace("\"\"\"", "\u{201d}")
}

/// Fields are equal if the schema and what it reads are: progress of an index, for example, changes neither.
impl PartialEq for Field {
    fn eq(&self, other: &Field) -> bool {
        let of = |field: &Field| {
            let row = field.definition.row.clone();
            let shown = (row.id, row.kind, row.is_multiple, row.scale, row.visibility);
            let texts = (row.label.clone(), row.description.clone(), row.currency.clone());
            (shown, texts, field.definition.is_retired(), field.is_required())
        };
        self.name == other.name && of(self) == of(other) && self.definition.choices == other.definition.choices
    }
}
