//! The columns of the record of a prospect: how each is filtered, and how it is saved and described, in one line.

use std::ops::RangeInclusive;

use sea_orm::ActiveEnum;
use uuid::Uuid;

use crate::app::catalogs::Catalogs;
use crate::entities::records::prospect::{Interest, Model, ProspectKind};
use crate::entities::setup::potential_level::LevelKind;
use crate::ids::Kind;
use crate::resolvers::filter::{Column, ColumnType, Index, TextKind};
use crate::rules::limits::NAME_LENGTH;
use crate::rules::patch::Patch;
use crate::rules::profile;
use crate::text::fold;

use ColumnType::{Flag, Id, Integer, Text, Time, Value};
use Index::{Alone, ThenCreation};
use TextKind::Folded;

/// A column that clients save: its name in inputs and in the timeline, its value in a row.
pub struct Field {
    /// Type, length, nullability and permissions.
    pub column: &'static Column,
    /// Name in the inputs, and in the path of problems.
    pub input: &'static str,
    /// Name in the changes of the timeline.
    pub label: &'static str,
    pub access: Access,
}

/// Getter and setter of a field. The setter gets checked values.
pub enum Access {
    Text {
        get: fn(&Model) -> Option<&str>,
        set: fn(&mut Model, Option<String>),
    },
    Integer {
        get: fn(&Model) -> Option<i32>,
        set: fn(&mut Model, Option<i32>),
        range: &'static RangeInclusive<i32>,
    },
    Flag {
        get: fn(&Model) -> bool,
        set: fn(&mut Model, bool),
    },
    /// One of a fixed set of values, as they are stored, which is as the API names them.
    Choice {
        get: fn(&Model) -> Option<String>,
        /// False for a value that is none of the set.
        set: fn(&mut Model, Option<&str>) -> bool,
    },
    /// An entry of the catalogue whose identifiers the column holds.
    Entry {
        get: fn(&Model) -> Option<Uuid>,
        set: fn(&mut Model, Option<Uuid>),
        /// Reason to refuse an entry of the catalogue.
        refuse: fn(&Catalogs, Uuid) -> Option<&'static str>,
    },
    /// Addresses of web sites.
    Websites,
}

/// A value of an input, before it is checked.
#[derive(Clone, Debug, PartialEq)]
pub enum InputValue {
    Text(String),
    Integer(i32),
    Flag(bool),
    Choice(String),
    /// Nil where the text was no identifier of the kind.
    Entry(Uuid),
    Texts(Vec<String>),
}

/// What an input says about the fields; those that it does not mention are kept.
#[derive(Clone, Debug, Default)]
pub struct Values(Vec<(&'static str, Patch<InputValue>)>);

impl Values {
    pub fn set(&mut self, field: &Field, value: Patch<InputValue>) {
        self.0.push((field.input, value));
    }

    pub fn get(&self, field: &Field) -> &Patch<InputValue> {
        let given = self.0.iter().find(|(input, _)| *input == field.input);
        given.map_or(&Patch::Keep, |(_, value)| value)
    }
}

/// Declares the columns. Those with `=> …` are saved; those with `unfiltered` have no member in the filters.
macro_rules! columns {
    ($($name:ident = $path:literal, $sql:literal, $type:expr $(, $option:ident $(($argument:expr))?)*
        $(=> $access:ident($input:literal $(, $given:tt)*))?;)+) => {
        /// The columns by their names.
        pub mod table {
            use super::*;

            /// All columns.
            pub static OF_PROSPECTS: &[&Column] = &[$(&$name),+];
            $(pub static $name: Column = Column::new($path, $sql, $type)$(.$option($($argument)?))*;)+
        }

        /// All columns of the record that clients save, in the order in which the timeline describes them.
        pub static FIELDS: &[Field] = &[$($(
            Field {
                column: &table::$name,
                input: $input,
                label: label!($access, $path),
                access: $access!($($given),*),
            },
        )?)+];
    };
}

macro_rules! label {
    (websites, $path:literal) => {
        "websites"
    };
    ($access:ident, $path:literal) => {
        $path
    };
}

/// A text beside its normal form, which lists are ordered and filtered by.
macro_rules! text {
    ($field:ident, $norm:ident) => {
        Access::Text {
            get: |row| Some(&row.$field),
            set: |row, text| {
                row.$field = text.unwrap_or_default();
                row.$norm = fold(&row.$field);
            },
        }
    };
}

macro_rules! optional_text {
    ($field:ident, $norm:ident) => {
        Access::Text {
            get: |row| row.$field.as_deref(),
            set: |row, text| {
                row.$norm = text.as_deref().map(fold);
                row.$field = text;
            },
        }
    };
}

macro_rules! integer {
    ($field:ident, $range:ident) => {
        Access::Integer {
            get: |row| row.$field,
            set: |row, number| row.$field = number,
            range: &profile::$range,
        }
    };
}

macro_rules! flag {
    ($field:ident) => {
        Access::Flag {
            get: |row| row.$field,
            set: |row, is| row.$field = is,
        }
    };
}

macro_rules! choice {
    ($field:ident, $kind:ident) => {
        Access::Choice {
            get: |row| Some(row.$field.into_value()),
            set: |row, value| match value.and_then(|value| $kind::try_from_value(&value.to_owned()).ok()) {
                Some(value) => {
                    row.$field = value;
                    true
                }
                None => false,
            },
        }
    };
}

macro_rules! optional_choice {
    ($field:ident, $kind:ident) => {
        Access::Choice {
            get: |row| row.$field.map(ActiveEnum::into_value),
            set: |row, value| {
                row.$field = value.and_then(|value| $kind::try_from_value(&value.to_owned()).ok());
                row.$field.is_some() == value.is_some()
            },
        }
    };
}

macro_rules! entry {
    ($field:ident) => {
        Access::Entry {
            get: |row| Some(row.$field),
            set: |row, id| row.$field = id.unwrap_or(row.$field),
            refuse: |_, _| None,
        }
    };
}

macro_rules! optional_entry {
    ($field:ident) => {
        optional_entry!($field, refuse_none)
    };
    ($field:ident, $refuse:ident) => {
        Access::Entry {
            get: |row| row.$field,
            set: |row, id| row.$field = id,
            refuse: $refuse,
        }
    };
}

macro_rules! websites {
    () => {
        Access::Websites
    };
}

columns! {
    ID = "id", "prospects.id", Id(Kind::Prospect), index(Alone);
    KIND = "kind", "prospects.kind", Value => choice("kind", kind, ProspectKind);
    NAME = "name", "prospects.name_norm", Text(Folded, NAME_LENGTH), index(Alone), searched => text("name", name, name_norm);
    LEGAL_NAME = "legalName", "prospects.legal_name_norm", Text(Folded, NAME_LENGTH), nullable, index(Alone), searched
        => optional_text("legalName", legal_name, legal_name_norm);
    IS_CLIENT = "condition", "prospects.client_since IS NOT NULL", Flag, called(["PROSPECT", "CLIENT"]), index(Alone);
    STATUS = "status", "prospects.status_id", Id(Kind::Status), index(ThenCreation);
    CHANNEL = "channel", "prospects.channel_id", Id(Kind::Channel), index(ThenCreation) => entry("channelId", channel_id);
    SEGMENT = "segment", "prospects.segment_id", Id(Kind::Segment), nullable, index(ThenCreation), finds_nulls
        => optional_entry("segmentId", segment_id);
    POTENTIAL_LEVEL = "potentialLevel", "prospects.potential_level_id", Id(Kind::PotentialLevel), nullable, index(ThenCreation), finds_nulls
        => optional_entry("potentialLevelId", potential_level_id, refuse_level);
    SOURCE = "source", "prospects.source_id", Id(Kind::Source), index(ThenCreation);
    OWNER = "owner", "prospects.owner_id", Id(Kind::User), nullable, index(ThenCreation), finds_nulls;
    CREATED_BY = "createdBy", "prospects.created_by", Id(Kind::User), nullable;
    INDUSTRY = "industry", "prospects.industry_id", Id(Kind::Industry), nullable, index(ThenCreation)
        => optional_entry("industryId", industry_id);
    CUSTOMER_TYPE = "customerType", "prospects.customer_type_id", Id(Kind::CustomerType), nullable, index(ThenCreation)
        => optional_entry("customerTypeId", customer_type_id);
    RATING = "rating", "prospects.rating", Integer, nullable, index(ThenCreation) => integer("rating", rating, RATING);
    INTEREST = "interest", "prospects.interest", Value, nullable, index(ThenCreation) => optional_choice("interest", interest, Interest);
    HAS_WEBSITES = "hasWebsites", "prospects.websites IS NOT NULL", Flag => websites("websites");
    VALIDITY_DAYS = "validityDays", "prospects.validity_days", Integer, nullable => integer("validityDays", validity_days, VALIDITY_DAYS);
    VALID_UNTIL = "validUntil", "prospects.valid_until", Time, nullable, index(Alone);
    IS_NOTIFICATION_ENABLED = "isNotificationEnabled", "prospects.is_notification_enabled", Flag
        => flag("isNotificationEnabled", is_notification_enabled);
    CREATED_AT = "createdAt", "prospects.created_at", Time, index(Alone);
    FIRST_CONTACT_AT = "firstContactAt", "prospects.first_contact_at", Time, nullable, index(Alone), finds_nulls;
    LAST_ACTIVITY_AT = "lastActivityAt", "prospects.last_activity_at", Time, index(Alone);
    CLIENT_SINCE = "clientSince", "prospects.client_since", Time, nullable, index(Alone);
}

fn refuse_none(_: &Catalogs, _: Uuid) -> Option<&'static str> {
    None
}

/// Levels are of prospects or of clients.
fn refuse_level(catalogs: &Catalogs, id: Uuid) -> Option<&'static str> {
    let level = catalogs.potential_levels.get(id)?;
    (level.applies_to != LevelKind::Prospect).then_some("this level is one of clients")
}

impl Field {
    /// The value in words, for the timeline. None if it is not set.
    pub fn words(&self, catalogs: &Catalogs, row: &Model) -> Option<String> {
        match self.access {
            Access::Text { get, .. } => get(row).map(str::to_owned),
            Access::Integer { get, .. } => get(row).map(|number| number.to_string()),
            Access::Flag { get, .. } => Some(get(row).to_string()),
            Access::Choice { get, .. } => get(row),
            Access::Entry { get, .. } => catalogs.entry(self.kind()?, get(row)?).map(|entry| entry.name.to_owned()),
            Access::Websites => {
                let all: Vec<&str> = super::websites_of(row).collect();
                (!all.is_empty()).then(|| all.join(", "))
            }
        }
    }

    /// The kind of identifiers of an entry.
    pub fn kind(&self) -> Option<Kind> {
        match self.column.column_type {
            Id(kind) => Some(kind),
            _ => None,
        }
    }

    /// Whether a row always has a value.
    pub fn is_required(&self) -> bool {
        !self.column.is_nullable && !matches!(self.access, Access::Websites)
    }
}
