//! Inputs of the mutations of definitions.

use async_graphql::{ID, InputObject, MaybeUndefined, OneofObject};

use super::{AttributeTarget, AttributeType, AttributeVisibility};
use crate::ids::Kind;
use crate::rules::attributes::definition::{Draft, Origin, Validation};
use crate::rules::attributes::{Choice, Given};
use crate::rules::patch::Patch;
use crate::schema::ids::reference;
use crate::schema::records::attributes::inputs::AttributeContentInput;
use crate::schema::records::prospects::ProspectKind;
use crate::schema::scalars::{CurrencyCode, Date, DateTime, Decimal};

/// A choice of an attribute of type CHOICE.
#[derive(InputObject)]
pub struct AttributeChoiceInput {
    /// Key that records store: 1 to 40 lower-case letters, digits and `_`, beginning with a letter. Unique among the choices.
    pub key: String,
    /// Label for users. 1 to 100 characters.
    pub label: String,
    /// Colour: `#` and six hexadecimal digits. Default: none.
    pub color: Option<String>,
    /// True if new records have it where the input has no value. One choice at most. Default: false.
    pub is_default: Option<bool>,
    /// True if the choice is no longer accepted in inputs. Default: false.
    pub is_retired: Option<bool>,
}

/// Rules of the values of an attribute. Each applies to some types only.
#[derive(InputObject)]
pub struct AttributeValidationInput {
    /// Minimum of an integer, decimal or amount, with at most its decimals.
    pub min: Option<Decimal>,
    /// Maximum of an integer, decimal or amount, with at most its decimals.
    pub max: Option<Decimal>,
    /// Earliest day of a date.
    pub min_date: Option<Date>,
    /// Latest day of a date.
    pub max_date: Option<Date>,
    /// Earliest instant of a date-time.
    pub min_date_time: Option<DateTime>,
    /// Latest instant of a date-time.
    pub max_date_time: Option<DateTime>,
    /// Minimum number of characters of a text, URL or e-mail. At least 1.
    pub min_length: Option<i32>,
    /// Maximum number of characters of a text, URL or e-mail. At most that of the type.
    pub max_length: Option<i32>,
    /// Regular expression that a whole text, URL or e-mail has to match. At most 200 characters, without look-around and references.
    pub pattern: Option<String>,
    /// Countries of phone numbers as ISO 3166-1 alpha-2 codes. At most 300. Default: all.
    pub countries: Option<Vec<String>>,
}

/// Value of new records whose input has none. The field that fits the type of the attribute, in the plural if it is multiple.
#[derive(OneofObject)]
pub enum AttributeDefaultInput {
    /// A text, URL, e-mail or phone.
    Text(String),
    /// Several texts, URLs, e-mails or phones. At most 50.
    Texts(Vec<String>),
    /// A number of any type.
    Number(Decimal),
    /// Several numbers. At most 50.
    Numbers(Vec<Decimal>),
    /// True or false.
    Boolean(bool),
    /// A calendar day.
    Date(Date),
    /// Several days. At most 50.
    Dates(Vec<Date>),
    /// An instant.
    DateTime(DateTime),
    /// Several instants. At most 50.
    DateTimes(Vec<DateTime>),
    /// ID of an active user.
    User(ID),
    /// IDs of active users. At most 50.
    Users(Vec<ID>),
}

/// Input of `attributeDefinitionCreate`. Fields left out are null.
#[derive(InputObject)]
pub struct AttributeDefinitionCreateInput {
    /// Kind of record that has the attribute. Cannot be changed later.
    pub entity: AttributeTarget,
    /// Key in inputs, filters and orders: 1 to 40 lower-case letters, digits and `_`, beginning with a letter. Unique among the attributes of the
    /// kind of record, also in camel case. Cannot be changed later.
    pub key: String,
    /// Label for users. 1 to 100 characters.
    pub label: String,
    /// Type of the values.
    #[graphql(name = "type")]
    pub kind: AttributeType,
    /// True if a record may have several values; not of a boolean or a long text. Cannot be changed later. Null: false.
    pub is_multiple: Option<bool>,
    /// Callers who know of the attribute. Null: EVERYONE.
    pub visibility: Option<AttributeVisibility>,
    #[graphql(flatten)]
    pub properties: AttributePropertiesInput,
}

/// Input of `attributeDefinitionUpdate`. Fields left out stay unchanged.
#[derive(InputObject)]
pub struct AttributeDefinitionUpdateInput {
    /// Label for users. 1 to 100 characters. Cannot be cleared.
    pub label: MaybeUndefined<String>,
    /// Type of the values. Values that do not fit are removed, and remain in the history. Refused while the attribute is indexed or unique. Cannot
    /// be cleared.
    #[graphql(name = "type")]
    pub kind: MaybeUndefined<AttributeType>,
    /// Callers who know of the attribute. Cannot be cleared.
    pub visibility: MaybeUndefined<AttributeVisibility>,
    #[graphql(flatten)]
    pub properties: AttributePropertiesInput,
}

/// Properties of a definition with the same meaning in both inputs. The schema lists them as members of each.
#[derive(InputObject)]
pub struct AttributePropertiesInput {
    /// The description. At most 1,000 characters. Null: none.
    pub description: MaybeUndefined<String>,
    /// Heading under which forms show the attribute. At most 100 characters. Null: none.
    pub group: MaybeUndefined<String>,
    /// Number of decimals of a decimal, 0 to 9. Null: 2.
    pub scale: MaybeUndefined<i32>,
    /// Currency of amounts. Null: the currency of the server. `STATE` if it would change while a record has a value, because amounts are not
    /// converted.
    pub currency: MaybeUndefined<CurrencyCode>,
    /// All choices in their order, of type CHOICE only. 1 to 200. A stored choice cannot be removed, but retired.
    pub choices: MaybeUndefined<Vec<AttributeChoiceInput>>,
    /// True if each record has to have a value when it is saved. Null: false.
    pub is_required: MaybeUndefined<bool>,
    /// Kinds of prospects that have to have a value when they are saved. Attributes of prospects only. Null: none.
    pub required_kinds: MaybeUndefined<Vec<ProspectKind>>,
    /// IDs of statuses that a prospect enters only with a value. At most 500. Attributes of prospects only. Null: none.
    pub required_status_ids: MaybeUndefined<Vec<ID>>,
    /// Value of new records whose input has none; of type CHOICE the default choice instead. Null: none.
    pub default: MaybeUndefined<AttributeDefaultInput>,
    /// True if no two records may have the same value; not of a boolean, a long text or a multiple attribute. Null: false.
    pub is_unique: MaybeUndefined<bool>,
    /// True if open search finds prospects by the value, of the prospect itself, its client data or a contact; texts, URLs, e-mails and phones
    /// only, and not of tasks or for administrators only. Null: false.
    pub is_searchable: MaybeUndefined<bool>,
    /// True to build an index for filters and orders. At most 16 indexed or unique attributes for each kind of record. Null: false.
    pub is_indexed: MaybeUndefined<bool>,
    /// Rules of the values, in the place of all present ones. Values that do not fit are removed, and remain in the history. Null: none.
    pub validation: MaybeUndefined<AttributeValidationInput>,
}

/// Input of `attributeDefinitionReorder`.
#[derive(InputObject)]
pub struct AttributeDefinitionReorderInput {
    /// Kind of record.
    pub entity: AttributeTarget,
    /// IDs of all definitions in use of the kind of record, each once, in the new order. At most 500.
    pub ids: Vec<ID>,
}

impl AttributeDefinitionCreateInput {
    /// The fixed properties, and all others.
    pub fn into_draft(self) -> (Origin, Draft) {
        let origin = Origin {
            entity: self.entity.into(),
            key: self.key,
            is_multiple: self.is_multiple.unwrap_or_default(),
        };
        let draft = Draft {
            label: Patch::Set(self.label),
            kind: Patch::Set(self.kind.into()),
            visibility: Patch::from(self.visibility).map(Into::into),
            ..self.properties.into_draft()
        };
        (origin, draft)
    }
}

impl AttributeDefinitionUpdateInput {
    pub fn into_draft(self) -> Draft {
        Draft {
            label: self.label.into(),
            kind: Patch::from(self.kind).map(Into::into),
            visibility: Patch::from(self.visibility).map(Into::into),
            ..self.properties.into_draft()
        }
    }
}

impl AttributePropertiesInput {
    fn into_draft(self) -> Draft {
        Draft {
            description: self.description.into(),
            group: self.group.into(),
            scale: self.scale.into(),
            currency: Patch::from(self.currency).map(|code| code.0),
            choices: Patch::from(self.choices).map(choices),
            is_required: self.is_required.into(),
            required_kinds: Patch::from(self.required_kinds).map(kinds),
            required_statuses: Patch::from(self.required_status_ids).map(statuses),
            default: Patch::from(self.default).map(Given::from),
            is_unique: self.is_unique.into(),
            is_searchable: self.is_searchable.into(),
            is_indexed: self.is_indexed.into(),
            validation: Patch::from(self.validation).map(Validation::from),
            ..Draft::default()
        }
    }
}

fn choices(inputs: Vec<AttributeChoiceInput>) -> Vec<Choice> {
    let choice = |input: AttributeChoiceInput| Choice {
        key: input.key,
        label: input.label,
        color: input.color,
        is_default: input.is_default.unwrap_or_default(),
        is_retired: input.is_retired.unwrap_or_default(),
    };
    inputs.into_iter().map(choice).collect()
}

fn kinds(kinds: Vec<ProspectKind>) -> Vec<crate::entities::records::prospect::ProspectKind> {
    kinds.into_iter().map(Into::into).collect()
}

fn statuses(ids: Vec<ID>) -> Vec<uuid::Uuid> {
    ids.iter().map(|id| reference(Kind::Status, id)).collect()
}

impl From<AttributeValidationInput> for Validation {
    fn from(input: AttributeValidationInput) -> Self {
        Validation {
            min: input.min.map(|number| number.0),
            max: input.max.map(|number| number.0),
            min_date: input.min_date.map(|date| date.0),
            max_date: input.max_date.map(|date| date.0),
            min_date_time: input.min_date_time.map(|time| time.0),
            max_date_time: input.max_date_time.map(|time| time.0),
            min_length: input.min_length,
            max_length: input.max_length,
            pattern: input.pattern,
            countries: input.countries.unwrap_or_default(),
        }
    }
}

impl From<AttributeDefaultInput> for Given {
    fn from(input: AttributeDefaultInput) -> Self {
        use AttributeContentInput as Content;
        Given::from(match input {
            AttributeDefaultInput::Text(text) => Content::Text(text),
            AttributeDefaultInput::Texts(texts) => Content::Texts(texts),
            AttributeDefaultInput::Number(number) => Content::Number(number),
            AttributeDefaultInput::Numbers(numbers) => Content::Numbers(numbers),
            AttributeDefaultInput::Boolean(is) => Content::Boolean(is),
            AttributeDefaultInput::Date(date) => Content::Date(date),
            AttributeDefaultInput::Dates(dates) => Content::Dates(dates),
            AttributeDefaultInput::DateTime(time) => Content::DateTime(time),
            AttributeDefaultInput::DateTimes(times) => Content::DateTimes(times),
            AttributeDefaultInput::User(id) => Content::User(id),
            AttributeDefaultInput::Users(ids) => Content::Users(ids),
        })
    }
}
