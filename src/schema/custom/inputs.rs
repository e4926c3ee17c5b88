//! The inputs with the typed attributes of a record, and their conversion to the values that resolvers take.

use std::borrow::Cow;

use async_graphql::indexmap::IndexMap;
use async_graphql::registry::{InputObjectBuilder, MetaInputValue, MetaTypeId, Registry};
use async_graphql::{Context, ID, InputObjectType, InputType, InputValueError, InputValueResult, Name, Pos, Result, Value};
use uuid::Uuid;

use super::object::{choice_enum, deprecation};
use super::{Field, Of, Record, fields_of, in_force};
use crate::entities::setup::attribute_definition::AttributeType;
use crate::error::Error;
use crate::ids::Kind;
use crate::rules::attributes::merge::{AttributeDraft, Place};
use crate::rules::attributes::{Given, GivenValues};
use crate::rules::patch::Patch;
use crate::schema::error::to_graphql;
use crate::schema::ids::reference;
use crate::schema::records::attributes::inputs::{self as attributes, AttributeValueInput};
use crate::schema::scalars::{Date, DateTime, Decimal};

/// Use of an input: for new records, or for changes.
pub trait Use: Send + Sync + 'static {
    const NAME: &'static str;
    const DESCRIPTION: &'static str;
    /// Whether required attributes have to be given.
    const IS_COMPLETE: bool;
}

/// Values of a new record.
#[derive(Clone, Copy, Debug)]
pub enum Create {}

/// Changes of the values of a record.
#[derive(Clone, Copy, Debug)]
pub enum Update {}

impl Use for Create {
    const NAME: &'static str = "Create";
    const DESCRIPTION: &'static str =
        "Custom attributes of a new record, as fields. An attribute may be given here or in `attributes`, not in both.";
    const IS_COMPLETE: bool = true;
}

impl Use for Update {
    const NAME: &'static str = "Update";
    const DESCRIPTION: &'static str = "Changes to custom attributes, as fields. Null clears the attribute. An attribute may be given here or in `attributes`, not in both.";
    const IS_COMPLETE: bool = false;
}

/// Typed values as they came: what they mean depends on the definitions, which parsing does not know.
#[derive(Clone, Debug)]
pub struct CustomInput<R, U> {
    values: IndexMap<Name, Value>,
    of: Of<(R, U)>,
}

/// The drafts of the two input fields that take attributes, such as `attributes` and `custom`. Fails where a scalar is malformed, as it would where another field has it.
pub fn drafts<R: Record, U: Use>(
    ctx: &Context<'_>,
    generic: Option<Vec<AttributeValueInput>>,
    typed: Option<CustomInput<R, U>>,
) -> Result<Vec<AttributeDraft>> {
    let mut drafts = attributes::drafts(generic);
    let fields = fields_of(ctx);
    for (name, value) in typed.into_iter().flat_map(|typed| typed.values) {
        if let Some(field) = fields.find(R::ENTITY, &name) {
            drafts.push(AttributeDraft {
                key: field.definition.key().to_owned(),
                value: patch(field, value).map_err(to_graphql)?,
                place: Place::Typed(field.name.clone()),
            });
        }
    }
    Ok(drafts)
}

/// The value of a field.
pub(super) fn patch(field: &Field, value: Value) -> Result<Patch<Given>, Error> {
    let is_list = field.definition.row.is_multiple;
    let all = match value {
        Value::Null => return Ok(Patch::Clear),
        // One value where a list is expected is a list of it.
        Value::List(all) if is_list => all,
        one => vec![one],
    };
    let kind = field.definition.kind();
    let values = match kind {
        AttributeType::Text | AttributeType::LongText | AttributeType::Url | AttributeType::Email | AttributeType::Phone => {
            GivenValues::Texts(parsed(field, all)?)
        }
        AttributeType::Integer => {
            let numbers: Vec<i32> = parsed(field, all)?;
            GivenValues::Numbers(numbers.into_iter().map(rust_decimal::Decimal::from).collect())
        }
        AttributeType::Decimal | AttributeType::Money => {
            let numbers: Vec<Decimal> = parsed(field, all)?;
            GivenValues::Numbers(numbers.into_iter().map(|number| number.0).collect())
        }
        AttributeType::Boolean => {
            let values: Vec<bool> = parsed(field, all)?;
            GivenValues::Boolean(values.first().copied().unwrap_or_default())
        }
        AttributeType::Date => {
            let dates: Vec<Date> = parsed(field, all)?;
            GivenValues::Dates(dates.into_iter().map(|date| date.0).collect())
        }
        AttributeType::DateTime => {
            let times: Vec<DateTime> = parsed(field, all)?;
            GivenValues::DateTimes(times.into_iter().map(|at| at.0).collect())
        }
        AttributeType::Choice => GivenValues::Choices(parsed(field, all.into_iter().map(|one| keys(field, one)).collect())?),
        AttributeType::User => GivenValues::Users(ids(field, all, Kind::User)?),
        AttributeType::Prospect => GivenValues::Prospects(ids(field, all, Kind::Prospect)?),
    };
    Ok(Patch::Set(Given { values, is_list }))
}

fn ids(field: &Field, all: Vec<Value>, kind: Kind) -> Result<Vec<Uuid>, Error> {
    let ids: Vec<ID> = parsed(field, all)?;
    Ok(ids.iter().map(|id| reference(kind, id)).collect())
}

fn parsed<T: InputType>(field: &Field, all: Vec<Value>) -> Result<Vec<T>, Error> {
    let values = all.into_iter().map(|value| T::parse(Some(value)));
    let values: Result<Vec<T>, _> = values.collect();
    values.map_err(|error| {
        Error::BadInput(format!(
            "invalid value for `custom.{}`: {}",
            field.name,
            error.into_server_error(Pos::default()).message
        ))
    })
}

/// Values of the enum of the choices become keys; all others stay.
pub(super) fn keys(field: &Field, value: Value) -> Value {
    if field.definition.kind() != AttributeType::Choice {
        return value;
    }
    let key = |name: &str| Value::String(field.choice(name).map_or_else(|| name.to_owned(), |choice| choice.key.clone()));
    match value {
        // A text where it came in a variable.
        Value::Enum(name) => key(&name),
        Value::String(name) => key(&name),
        Value::List(all) => Value::List(all.into_iter().map(|one| keys(field, one)).collect()),
        other => other,
    }
}

impl<R: Record, U: Use> InputType for CustomInput<R, U> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        format!("{}Custom{}Input", R::NAME, U::NAME).into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let fields = in_force();
        if fields.of(R::ENTITY).is_empty() {
            return Self::qualified_type_name();
        }
        registry.create_input_type::<Self, _>(MetaTypeId::InputObject, |registry| {
            let fields = fields
                .of(R::ENTITY)
                .iter()
                .map(|field| (field.name.clone(), declared::<R, U>(field, registry)));
            InputObjectBuilder::new(Self::type_name(), fields.collect())
                .description(Some(U::DESCRIPTION.to_owned()))
                .rust_typename(std::any::type_name::<Self>())
                .build()
        })
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        match value {
            Some(Value::Object(values)) => Ok(CustomInput { values, of: Of::default() }),
            other => Err(InputValueError::expected_type(other.unwrap_or_default())),
        }
    }

    fn to_value(&self) -> Value {
        Value::Object(self.values.clone())
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

impl<R: Record, U: Use> InputObjectType for CustomInput<R, U> {}

/// The declaration of a field.
fn declared<R: Record, U: Use>(field: &Field, registry: &mut Registry) -> MetaInputValue {
    let named = named_type::<R>(field, registry);
    let kind = if field.definition.row.is_multiple {
        format!("[{named}!]")
    } else {
        named
    };
    let is_required = U::IS_COMPLETE && field.is_required();
    let mut declared = MetaInputValue::new(field.name.clone(), if is_required { format!("{kind}!") } else { kind });
    declared.description = Some(field.description());
    declared.deprecation = deprecation(field.definition.is_retired());
    declared
}

/// Name of the type of one value in inputs.
fn named_type<R: Record>(field: &Field, registry: &mut Registry) -> String {
    let qualified = match field.definition.kind() {
        AttributeType::Text | AttributeType::LongText | AttributeType::Url | AttributeType::Email | AttributeType::Phone => {
            <String as InputType>::create_type_info(registry)
        }
        AttributeType::Integer => <i32 as InputType>::create_type_info(registry),
        AttributeType::Decimal | AttributeType::Money => <Decimal as InputType>::create_type_info(registry),
        AttributeType::Boolean => <bool as InputType>::create_type_info(registry),
        AttributeType::Date => <Date as InputType>::create_type_info(registry),
        AttributeType::DateTime => <DateTime as InputType>::create_type_info(registry),
        AttributeType::Choice => return choice_enum::<R>(field, registry),
        AttributeType::User | AttributeType::Prospect => <ID as InputType>::create_type_info(registry),
    };
    qualified.trim_end_matches('!').to_owned()
}
