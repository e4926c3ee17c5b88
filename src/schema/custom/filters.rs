//! The filters by the typed attributes of a record, and their conversion to generic ones.

use std::borrow::Cow;

use async_graphql::indexmap::IndexMap;
use async_graphql::registry::{InputObjectBuilder, MetaInputValue, MetaType, MetaTypeId, MetaTypeName, Registry};
use async_graphql::{InputObjectType, InputType, InputValueError, InputValueResult, Name, Pos, Value};

use super::inputs::keys;
use super::object::{choice_enum, deprecation};
use super::{Field, Fields, Of, Record, in_force};
use crate::entities::setup::attribute_definition::AttributeType;
use crate::error::{Error, Result};

/// Name of the generic filter. Its members declare the conditions that there are; those of typed fields are the same.
const GENERIC: &str = "AttributeFilter";
/// Conditions on the values of multiple attributes.
const QUANTIFIERS: [&str; 3] = ["any", "all", "none"];

/// Conditions on typed attributes as they came.
#[derive(Clone, Debug)]
pub struct CustomFilter<R> {
    conditions: IndexMap<Name, Value>,
    of: Of<R>,
}

impl<R: Record> CustomFilter<R> {
    /// Values of `AttributeFilter`, such as `{ key: "budget", number: { gte: "1000" } }`. A condition that is null is none.
    pub(super) fn into_values(self, fields: &Fields) -> Vec<Value> {
        let named = self.conditions.into_iter().filter_map(|(name, condition)| {
            let field = fields.find(R::ENTITY, &name)?;
            let condition = match condition {
                Value::Null => return None,
                Value::Object(members) => Value::Object(members.into_iter().map(|(name, value)| (name, keys(field, value))).collect()),
                other => other,
            };
            let key = Value::String(field.definition.key().to_owned());
            Some(object([("key", key), (member(field.definition.kind()), condition)]))
        });
        named.collect()
    }
}

/// The generic conditions of a filter, and the typed ones in their form. Fails where a scalar is malformed.
pub fn conditions<T: InputType, R: Record>(
    fields: &Fields,
    generic: Option<Vec<T>>,
    typed: Option<Box<CustomFilter<R>>>,
) -> Result<Option<Vec<T>>> {
    let Some(typed) = typed else { return Ok(generic) };
    let mut all = generic.unwrap_or_default();
    for value in typed.into_values(fields) {
        let parsed = T::parse(Some(value));
        all.push(parsed.map_err(|error| Error::BadInput(error.into_server_error(Pos::default()).message))?);
    }
    Ok(Some(all))
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (Name::new(name), value)).collect())
}

/// The member of the generic filter for a type.
fn member(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::Text | AttributeType::LongText | AttributeType::Url | AttributeType::Email | AttributeType::Phone => "text",
        AttributeType::Integer | AttributeType::Decimal | AttributeType::Money => "number",
        AttributeType::Boolean => "boolean",
        AttributeType::Date => "date",
        AttributeType::DateTime => "dateTime",
        AttributeType::Choice => "choice",
        AttributeType::User => "user",
        AttributeType::Prospect => "prospect",
    }
}

impl<R: Record> InputType for CustomFilter<R> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        format!("{}CustomFilter", R::NAME).into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let fields = in_force();
        if fields.of(R::ENTITY).is_empty() || !registry.types.contains_key(GENERIC) {
            return Self::qualified_type_name();
        }
        registry.create_input_type::<Self, _>(MetaTypeId::InputObject, |registry| {
            let fields = fields.of(R::ENTITY).iter();
            let declared = fields.filter_map(|field| Some((field.name.clone(), declared::<R>(field, registry)?)));
            InputObjectBuilder::new(Self::type_name(), declared.collect())
                .description(Some(
                    "Conditions on custom attributes, as fields. All conditions given must hold.".to_owned(),
                ))
                .rust_typename(std::any::type_name::<Self>())
                .build()
        })
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        match value {
            Some(Value::Object(conditions)) => Ok(CustomFilter {
                conditions,
                of: Of::default(),
            }),
            other => Err(InputValueError::expected_type(other.unwrap_or_default())),
        }
    }

    fn to_value(&self) -> Value {
        Value::Object(self.conditions.clone())
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

impl<R: Record> InputObjectType for CustomFilter<R> {}

/// The declaration of a field; None where the generic filter has no such member.
fn declared<R: Record>(field: &Field, registry: &mut Registry) -> Option<MetaInputValue> {
    let generic = input_fields(registry, GENERIC)?.get(member(field.definition.kind()))?;
    let generic = MetaTypeName::concrete_typename(&generic.ty).to_owned();
    let kind = match field.definition.kind() {
        AttributeType::Choice => choice_filter::<R>(field, &generic, registry)?,
        _ => generic,
    };
    let mut declared = MetaInputValue::new(field.name.clone(), kind);
    declared.description = Some(field.description());
    declared.deprecation = deprecation(field.definition.is_retired());
    Some(declared)
}

/// Registers the filter of a choice: the generic one with values of the enum instead of keys.
fn choice_filter<R: Record>(field: &Field, generic: &str, registry: &mut Registry) -> Option<String> {
    let values = choice_enum::<R>(field, registry);
    let name = format!("{values}Filter");
    if registry.types.contains_key(&name) {
        return Some(name);
    }
    let mut members = input_fields(registry, generic)?.clone();
    members.retain(|operator, _| field.definition.row.is_multiple || !QUANTIFIERS.contains(&operator.as_str()));
    for member in members.values_mut() {
        if MetaTypeName::concrete_typename(&member.ty) == "String" {
            member.ty = member.ty.replace("String", &values);
        }
    }
    let description = format!("Condition on values of `{values}`. All conditions given must hold.");
    let built = InputObjectBuilder::new(name.clone(), members)
        .description(Some(description))
        .build();
    registry.types.insert(name.clone(), built);
    Some(name)
}

fn input_fields<'r>(registry: &'r Registry, name: &str) -> Option<&'r IndexMap<String, MetaInputValue>> {
    match registry.types.get(name)? {
        MetaType::InputObject { input_fields, .. } => Some(input_fields),
        _ => None,
    }
}
