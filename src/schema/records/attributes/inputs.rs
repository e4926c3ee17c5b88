//! Inputs of attribute values, and their conversion to drafts.

use async_graphql::{ID, InputObject, MaybeUndefined, OneofObject};

use crate::ids::Kind;
use crate::rules::attributes::merge::{AttributeDraft, Place};
use crate::rules::attributes::{Given, GivenValues};
use crate::rules::patch::Patch;
use crate::schema::ids::reference;
use crate::schema::scalars::{Date, DateTime, Decimal};

/// A value of an attribute to save.
#[derive(InputObject)]
pub struct AttributeValueInput {
    /// Key of the attribute; each at most once. `NOT_FOUND` if there is no such attribute, `STATE` if it is retired.
    pub key: String,
    /// The value. Null clears it. Default: unchanged.
    pub value: MaybeUndefined<AttributeContentInput>,
}

/// Content of an attribute: the field that fits the type of the attribute, in the plural if it is multiple. `INVALID` for another field.
#[derive(OneofObject)]
pub enum AttributeContentInput {
    /// A text, URL, e-mail address or phone number.
    Text(String),
    /// Several texts, URLs, e-mail addresses or phone numbers. At most 50.
    Texts(Vec<String>),
    /// A number with at most the decimals of the attribute.
    Number(Decimal),
    /// Several numbers. At most 50.
    Numbers(Vec<Decimal>),
    /// True or false.
    Boolean(bool),
    /// A calendar day.
    Date(Date),
    /// Several calendar days. At most 50.
    Dates(Vec<Date>),
    /// An instant.
    DateTime(DateTime),
    /// Several instants. At most 50.
    DateTimes(Vec<DateTime>),
    /// Key of a choice; one in use, or the present one.
    Choice(String),
    /// Keys of several choices. At most 50.
    Choices(Vec<String>),
    /// ID of a user; an active one, or the present one.
    User(ID),
    /// IDs of several users. At most 50.
    Users(Vec<ID>),
    /// ID of a prospect that is visible to the caller, or of the present one.
    Prospect(ID),
    /// IDs of several prospects. At most 50.
    Prospects(Vec<ID>),
}

impl From<AttributeContentInput> for Given {
    fn from(input: AttributeContentInput) -> Self {
        let users = |ids: &[ID]| GivenValues::Users(ids.iter().map(|id| reference(Kind::User, id)).collect());
        let prospects = |ids: &[ID]| GivenValues::Prospects(ids.iter().map(|id| reference(Kind::Prospect, id)).collect());
        let (values, is_list) = match input {
            AttributeContentInput::Text(text) => (GivenValues::Texts(vec![text]), false),
            AttributeContentInput::Texts(texts) => (GivenValues::Texts(texts), true),
            AttributeContentInput::Number(number) => (GivenValues::Numbers(vec![number.0]), false),
            AttributeContentInput::Numbers(numbers) => (GivenValues::Numbers(numbers.into_iter().map(|number| number.0).collect()), true),
            AttributeContentInput::Boolean(is) => (GivenValues::Boolean(is), false),
            AttributeContentInput::Date(date) => (GivenValues::Dates(vec![date.0]), false),
            AttributeContentInput::Dates(dates) => (GivenValues::Dates(dates.into_iter().map(|date| date.0).collect()), true),
            AttributeContentInput::DateTime(time) => (GivenValues::DateTimes(vec![time.0]), false),
            AttributeContentInput::DateTimes(times) => (GivenValues::DateTimes(times.into_iter().map(|time| time.0).collect()), true),
            AttributeContentInput::Choice(key) => (GivenValues::Choices(vec![key]), false),
            AttributeContentInput::Choices(keys) => (GivenValues::Choices(keys), true),
            AttributeContentInput::User(id) => (users(&[id]), false),
            AttributeContentInput::Users(ids) => (users(&ids), true),
            AttributeContentInput::Prospect(id) => (prospects(&[id]), false),
            AttributeContentInput::Prospects(ids) => (prospects(&ids), true),
        };
        Given { values, is_list }
    }
}

/// The drafts of a list of keys and values.
pub fn drafts(inputs: Option<Vec<AttributeValueInput>>) -> Vec<AttributeDraft> {
    let inputs = inputs.unwrap_or_default().into_iter().enumerate();
    let draft = |(index, input): (usize, AttributeValueInput)| AttributeDraft {
        key: input.key,
        value: Patch::from(input.value).map(Given::from),
        place: Place::Listed(index),
    };
    inputs.map(draft).collect()
}
