//! The object with the typed attributes of a record.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::Field as Selected;
use async_graphql::registry::{Deprecation, EnumBuilder, MetaEnumValue, MetaField, MetaType, MetaTypeId, ObjectBuilder, Registry};
use async_graphql::resolver_utils::resolve_container;
use async_graphql::{ContainerType, Context, ContextSelectionSet, Name, ObjectType, OutputType, Positioned, Result, ServerResult, Value};
use uuid::Uuid;

use super::fields::in_description;
use super::{Field, Of, Record, fields_of, in_force};
use crate::entities::setup::attribute_definition::AttributeType;
use crate::resolvers::records::prospects::ProspectKey;
use crate::rules::attributes::value::Value as Stored;
use crate::rules::attributes::{self, Definition, Document, enum_name, value};
use crate::schema::access::users::User;
use crate::schema::error::to_graphql;
use crate::schema::records::prospects::{Prospect, user};
use crate::schema::scalars::{CurrencyCode, Date, DateTime, Decimal, Money};
use crate::schema::text::Text;
use crate::schema::{cx, loaders};

/// Reason for the deprecation of fields and choices that administrators have retired.
pub(super) const RETIRED: &str = "Retired";

/// The typed attributes of a record, read from its document.
#[derive(Clone, Debug)]
pub struct Custom<R> {
    document: Arc<Document>,
    of: Of<R>,
}

impl<R: Record> Custom<R> {
    pub fn new(document: impl Into<Arc<Document>>) -> Custom<R> {
        Custom {
            document: document.into(),
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

/// The value of a field. What no longer fits the definition is left out, and so are records that the caller cannot see.
async fn resolve(ctx: &Context<'_>, field: &Field, document: &Document) -> ServerResult<Value> {
    // After this schema was built it may have become one for administrators, or of another scale or type.
    let viewer = cx(ctx)
        .viewer()
        .map_err(|error| ctx.set_error_path(to_graphql(error).into_server_error(ctx.item.pos)))?;
    let catalogs = cx(ctx).catalogs();
    let (built, present) = (&field.definition, catalogs.definitions.get(field.definition.id()));
    let is_as_built = |present: &&Arc<Definition>| present.kind() == built.kind() && present.row.is_multiple == built.row.is_multiple;
    let Some(definition) = present.filter(|present| present.is_visible_to(viewer)).filter(is_as_built) else {
        return Ok(shaped(field, Vec::new()));
    };
    let values = attributes::value::read(definition, document).into_iter();
    let number = |value| match value {
        Stored::Number(number) => Some(number),
        _ => None,
    };
    match definition.kind() {
        AttributeType::Text | AttributeType::LongText | AttributeType::Url | AttributeType::Email | AttributeType::Phone => {
            let texts = values.filter_map(|value| match value {
                Stored::Text(text) => Some(Text::from(text)),
                _ => None,
            });
            answer(ctx, field, texts.collect()).await
        }
        AttributeType::Integer => {
            let numbers = values.filter_map(number).filter_map(|number| i32::try_from(number).ok());
            answer(ctx, field, numbers.collect()).await
        }
        AttributeType::Decimal => {
            let numbers = values.filter_map(number).map(|number| Decimal(value::decimal(definition, number)));
            answer(ctx, field, numbers.collect()).await
        }
        AttributeType::Money => {
            let amounts = values.filter_map(number).map(|number| Money {
                amount: Decimal(value::decimal(definition, number)),
                currency: CurrencyCode(definition.row.currency.clone().unwrap_or_default()),
            });
            answer(ctx, field, amounts.collect()).await
        }
        AttributeType::Boolean => {
            let values = values.filter_map(|value| match value {
                Stored::Boolean(is) => Some(is),
                _ => None,
            });
            answer(ctx, field, values.collect()).await
        }
        AttributeType::Date => {
            let dates = values.filter_map(|value| match value {
                Stored::Date(at) => value::date(at).map(Date),
                _ => None,
            });
            answer(ctx, field, dates.collect()).await
        }
        AttributeType::DateTime => {
            let times = values.filter_map(|value| match value {
                Stored::DateTime(at) => Some(DateTime(at)),
                _ => None,
            });
            answer(ctx, field, times.collect()).await
        }
        AttributeType::Choice => {
            let has_choice = |key: &str| built.choices.iter().any(|choice| choice.key == key);
            let names = values.filter_map(|value| match value {
                Stored::Choice(key) if has_choice(&key) => Some(Value::Enum(Name::new(enum_name(&key)))),
                _ => None,
            });
            Ok(shaped(field, names.collect()))
        }
        AttributeType::User => {
            let users = values.filter_map(reference).filter_map(|id| user(ctx, Some(id)));
            answer(ctx, field, users.collect()).await
        }
        AttributeType::Prospect => match prospects(ctx, values.filter_map(reference)).await {
            Ok(prospects) => answer(ctx, field, prospects).await,
            Err(error) => Err(ctx.set_error_path(error.into_server_error(ctx.item.pos))),
        },
    }
}

fn reference(value: Stored) -> Option<Uuid> {
    match value {
        Stored::Reference(id) => Some(id),
        _ => None,
    }
}

/// Those of the prospects that the caller sees, loaded together.
async fn prospects(ctx: &Context<'_>, ids: impl Iterator<Item = Uuid>) -> Result<Vec<Prospect>> {
    let scope = cx(ctx).scope().map_err(to_graphql)?;
    let keys: Vec<ProspectKey> = ids.map(|id| ProspectKey(scope, id)).collect();
    let loaded = loaders(ctx).prospects.load_many(keys).await.map_err(to_graphql)?;
    Ok(loaded.into_iter().flatten().map(Prospect).collect())
}

/// All values where the attribute is multiple; otherwise the one, or null.
async fn answer<T: OutputType>(ctx: &Context<'_>, field: &Field, values: Vec<T>) -> ServerResult<Value> {
    let set = ctx.with_selection_set(&ctx.item.node.selection_set);
    if field.definition.row.is_multiple {
        return values.resolve(&set, ctx.item).await;
    }
    values.into_iter().next().resolve(&set, ctx.item).await
}

fn shaped(field: &Field, values: Vec<Value>) -> Value {
    if field.definition.row.is_multiple {
        return Value::List(values);
    }
    values.into_iter().next().unwrap_or_default()
}
