//! Enums of definitions, and the parts of a definition: choices, index and validation.

use async_graphql::{Enum, SimpleObject};

use crate::entities::setup::attribute_definition as entity;
use crate::rules::attributes as rules;
use crate::rules::attributes::definition::Validation;
use crate::schema::scalars::{Date, DateTime, Decimal};
use crate::schema::text::Text;

/// Kinds of records that have attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::AttributeEntity")]
pub enum AttributeTarget {
    /// Prospects, also while they are clients.
    Prospect,
    /// The client data of prospects.
    Client,
    /// Contacts of prospects.
    Contact,
    /// Tasks of prospects.
    Task,
}

/// Types of the values of attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::AttributeType")]
pub enum AttributeType {
    /// One line of text. At most 200 characters.
    Text,
    /// Text of several lines. At most 20,000 characters. Never multiple.
    LongText,
    /// A whole number of 32 bits: -2,147,483,648 to 2,147,483,647.
    Integer,
    /// A decimal number with the scale of the definition.
    Decimal,
    /// An amount in the currency of the definition.
    Money,
    /// True or false. Never multiple.
    Boolean,
    /// A calendar day.
    Date,
    /// An instant.
    DateTime,
    /// One of the choices of the definition.
    Choice,
    /// A user who is active.
    User,
    /// A prospect that the caller sees.
    Prospect,
    /// URL of a web page. At most 2,000 characters.
    Url,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
}

/// Callers who know of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::AttributeVisibility")]
pub enum AttributeVisibility {
    /// All signed-in callers, on the records that they see.
    Everyone,
    /// Administrators only. For all others the attribute does not exist.
    Admin,
}

/// States of the indexes of an attribute. One that is both indexed and unique has a state for both together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::IndexState")]
pub enum AttributeIndexState {
    /// No index, and none is wanted.
    None,
    /// An index is being built. Queries work meanwhile, and use those that are complete.
    Building,
    /// Queries use the index, and uniqueness is enforced.
    Ready,
    /// An index could not be built, for example because values are not unique. Queries use those that are complete.
    Failed,
}

/// A choice of an attribute of type CHOICE.
#[derive(Clone, Debug, SimpleObject)]
pub struct AttributeChoice {
    /// Key that records store, unique among the choices of the attribute. Never changes.
    pub key: Text<'static>,
    /// Label for users.
    pub label: Text<'static>,
    /// Colour: `#` and six hexadecimal digits. Null if not set.
    pub color: Option<Text<'static>>,
    /// True if new records have it where the input has no value.
    pub is_default: bool,
    /// True if the choice is retired: no longer accepted, and still shown where it is used.
    pub is_retired: bool,
}

impl From<&rules::Choice> for AttributeChoice {
    fn from(choice: &rules::Choice) -> Self {
        AttributeChoice {
            key: choice.key.clone().into(),
            label: choice.label.clone().into(),
            color: choice.color.clone().map(Text::from),
            is_default: choice.is_default,
            is_retired: choice.is_retired,
        }
    }
}

/// Index of an attribute.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct AttributeIndex {
    /// State of the index.
    pub state: AttributeIndexState,
    /// Progress of the build in percent, 0 to 100.
    pub progress: i32,
}

/// Rules of the values of an attribute. Rules that do not apply to its type are null.
#[derive(Clone, Debug, SimpleObject)]
pub struct AttributeValidation {
    /// Minimum of a number. Null if not set.
    pub min: Option<Decimal>,
    /// Maximum of a number. Null if not set.
    pub max: Option<Decimal>,
    /// Earliest day of a date. Null if not set.
    pub min_date: Option<Date>,
    /// Latest day of a date. Null if not set.
    pub max_date: Option<Date>,
    /// Earliest instant of a date-time. Null if not set.
    pub min_date_time: Option<DateTime>,
    /// Latest instant of a date-time. Null if not set.
    pub max_date_time: Option<DateTime>,
    /// Minimum number of characters of a text. Null if not set.
    pub min_length: Option<i32>,
    /// Maximum number of characters of a text. Null if it is that of the type.
    pub max_length: Option<i32>,
    /// Regular expression that a whole text has to match. Null if not set.
    pub pattern: Option<Text<'static>>,
    /// Countries of phone numbers as ISO 3166-1 alpha-2 codes. At most 300. Empty if all are accepted.
    pub countries: Vec<Text<'static>>,
}

impl From<Validation> for AttributeValidation {
    fn from(validation: Validation) -> Self {
        AttributeValidation {
            min: validation.min.map(Decimal),
            max: validation.max.map(Decimal),
            min_date: validation.min_date.map(Date),
            max_date: validation.max_date.map(Date),
            min_date_time: validation.min_date_time.map(DateTime),
            max_date_time: validation.max_date_time.map(DateTime),
            min_length: validation.min_length,
            max_length: validation.max_length,
            pattern: validation.pattern.map(Text::from),
            countries: validation.countries.into_iter().map(Text::from).collect(),
        }
    }
}
