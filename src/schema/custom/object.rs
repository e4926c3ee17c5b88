//! The object with the typed attributes of a record.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::Field as Selected;
use async_graphql::registry::{Deprecation, EnumBuilder, MetaEnumValue, MetaField, MetaType, MetaTypeId, ObjectBuilder, Registry};
use async_graphql::resolver_utils::resolve_container;
use async_graphql::{ContainerType, Context, ContextSelectionSet, Name, ObjectType, OutputType, Positioned, ServerResult, Value};

use super::fields::in_description;
use super::{Field, Of, Record, fields_of, in_force};
use crate::entities::setup::attribute_definition::AttributeType;
use crate::rules::attributes::{self, Document, enum_name, value};
use crate::schema::access::users::User;
use crate::schema::records::prospects::{Prospect, by_id, user};
use crate::schema::scalars::{CurrencyCode, Date, DateTime, Decimal, Money};
use crate::schema::text::Text;

/// Reason for the deprecation of fields and choices that administrators have retired.
pub(super) const RETIRED: &str = "Retired";

/// The typed attributes of a record, read from its document.
#[derive(Clone, Debug)]
pub struct Custom<R> {
    document: Arc<Document>,
    of: Of<R>,
}

impl<R: Record> Custom<R> {
    pub fn new(document: Arc<Document>) -> Custom<R> {
        Custom {
            document,
            of: Of::default(),
        }
    }
}

impl<R: Record> OutputType for Custom<R> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Custom", R::NAME).into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let fields = in_force();
        if fields.of(R::ENTITY).is_empty() {
            return Self::qualified_type_name();
        }
        registry.create_output_type::<Self, _>(MetaTypeId::Object, |registry| {
            let fields = fields
                .of(R::ENTITY)
                .iter()
                .map(|field| (field.name.clone(), declared::<R>(field, registry)));
            ObjectBuilder::new(Self::type_name(), fields.collect())
                .description(Some(format!(
                    "Custom attributes of the {}, as fields. The generic ones beside them stay when an administrator changes these.",
                    R::NAME.to_lowercase()
                )))
                .rust_typename(std::any::type_name::<Self>())
                .build()
        })
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Selected>) -> ServerResult<Value> {
        resolve_container(ctx, self).await
    }
}

impl<R: Record> ContainerType for Custom<R> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        match fields_of(ctx).find(R::ENTITY, &ctx.item.node.name.node) {
            Some(field) => resolve(ctx, field, &self.document).await.map(Some),
            None => Ok(None),
        }
    }
}

impl<R: Record> ObjectType for Custom<R> {}

/// The declaration of a field.
fn declared<R: Record>(field: &Field, registry: &mut Registry) -> MetaField {
    let row = &field.definition.row;
    let named = named_type::<R>(field, registry);
    let (kind, absent) = if row.is_multiple {
        (format!("[{named}!]!"), "Empty if not set.")
    } else {
        (named, "Null if not set.")
    };
    let mut declared = MetaField::new(field.name.clone(), kind);
    declared.description = Some(format!("{} {absent}", field.description()));
    declared.deprecation = deprecation(field.definition.is_retired());
    declared
}

pub(super) fn deprecation(is_retired: bool) -> Deprecation {
    match is_retired {
        true => Deprecation::Deprecated {
            reason: Some(RETIRED.to_owned()),
        },
        false => Deprecation::NoDeprecated,
    }
}

/// Name of the type of one value in answers.
fn named_type<R: Record>(field: &Field, registry: &mut Registry) -> String {
    let qualified = match field.definition.kind() {
        AttributeType::Text | AttributeType::LongText | AttributeType::Url | AttributeType::Email | AttributeType::Phone => {
            <String as OutputType>::create_type_info(registry)
        }
        AttributeType::Integer => <i32 as OutputType>::create_type_info(registry),
        AttributeType::Decimal => <Decimal as OutputType>::create_type_info(registry),
        AttributeType::Money => <Money as OutputType>::create_type_info(registry),
        AttributeType::Boolean => <bool as OutputType>::create_type_info(registry),
        AttributeType::Date => <Date as OutputType>::create_type_info(registry),
        AttributeType::DateTime => <DateTime as OutputType>::create_type_info(registry),
        AttributeType::Choice => return choice_enum::<R>(field, registry),
        AttributeType::User => <User as OutputType>::create_type_info(registry),
        AttributeType::Prospect => <Prospect as OutputType>::create_type_info(registry),
    };
    qualified.trim_end_matches('!').to_owned()
}

/// Registers the enum of the choices and returns its name.
pub(super) fn choice_enum<R: Record>(field: &Field, registry: &mut Registry) -> String {
    let name = field.enum_name(R::NAME);
    let build = || -> MetaType {
        let values = field.definition.choices.iter().map(|choice| {
            let mut value = MetaEnumValue::new(enum_name(&choice.key));
            value.description = Some(in_description(&format!(
                "Choice `{}`: {}.",
                choice.key,
                choice.label.trim_end_matches('.')
            )));
            value.deprecation = deprecation(choice.is_retired);
            (value.name.clone(), value)
        });
        EnumBuilder::new(name.clone(), values.collect::<IndexMap<_, _>>())
            .description(Some(in_description(&format!(
                "Choices of the attribute {}.",
                field.definition.row.label
            ))))
            .build()
    };
    registry.types.entry(name.clone()).or_insert_with(build);
    name
}

/// The value of a field. What no longer fits the definition is left out.
async fn resolve(ctx: &Context<'_>, field: &Field, document: &Document) -> ServerResult<Value> {
    let definition = &field.definition;
    let values = attributes::value::read(definition, document);
    let mut answers = Vec::with_capacity(values.len());
    for one in values {
        let answer = match one {
            value::Value::Text(text) => answer(ctx, &Text::from(text)).await?,
            value::Value::Number(number) => match definition.kind() {
                AttributeType::Integer => i32::try_from(number).map_or(Value::Null, Value::from),
                AttributeType::Money => {
                    let money = Money {
                        amount: Decimal(value::decimal(definition, number)),
                        currency: CurrencyCode(definition.row.currency.clone().unwrap_or_default()),
                    };
                    answer(ctx, &money).await?
                }
                _ => answer(ctx, &Decimal(value::decimal(definition, number))).await?,
            },
            value::Value::Boolean(is) => Value::Boolean(is),
            value::Value::Date(at) => match value::date(at) {
                Some(date) => answer(ctx, &Date(date)).await?,
                None => Value::Null,
            },
            value::Value::DateTime(at) => answer(ctx, &DateTime(at)).await?,
            value::Value::Choice(key) => Value::Enum(Name::new(enum_name(&key))),
            value::Value::Reference(id) => match definition.kind() {
                AttributeType::User => match user(ctx, Some(id)) {
                    Some(user) => answer(ctx, &user).await?,
                    None => Value::Null,
                },
                _ => match by_id(ctx, id).await {
                    Ok(Some(prospect)) => answer(ctx, &prospect).await?,
                    Ok(None) => Value::Null,
                    Err(error) => return Err(ctx.set_error_path(error.into_server_error(ctx.item.pos))),
                },
            },
        };
        // An invisible prospect, for example.
        if answer != Value::Null {
            answers.push(answer);
        }
    }
    Ok(if definition.row.is_multiple {
        Value::List(answers)
    } else {
        answers.into_iter().next().unwrap_or_default()
    })
}

async fn answer(ctx: &Context<'_>, value: &impl OutputType) -> ServerResult<Value> {
    let set = ctx.with_selection_set(&ctx.item.node.selection_set);
    value.resolve(&set, ctx.item).await
}
