//! Values of attributes in the API: the interface, its types, and how records answer them.

pub mod filters;
pub mod inputs;

use std::slice;
use std::sync::Arc;

use async_graphql::{Context, Interface, Object, Result};
use futures_util::future::try_join_all;
use uuid::Uuid;

use crate::entities::setup::attribute_definition::{AttributeEntity, AttributeType};
use crate::error::Error;
use crate::resolvers::records::prospects::ProspectKey;
use crate::rules::attributes::merge::MOST_ENTRIES;
use crate::rules::attributes::{Definition, Document, Value, value};
use crate::schema::access::users::User;
use crate::schema::error::to_graphql;
use crate::schema::records::prospects::{Prospect, user};
use crate::schema::scalars::{Date, DateTime, Decimal};
use crate::schema::setup::attributes::{AttributeChoice, AttributeDefinition};
use crate::schema::text::Text;
use crate::schema::{cx, loaders};

/// Values of one attribute of a record.
#[derive(Clone)]
pub struct Stored {
    definition: Arc<Definition>,
    values: Vec<Value>,
    /// Those of the referenced prospects that the caller can see.
    prospects: Vec<Prospect>,
}

/// The value of an attribute (custom field) of a record, or its values if the attribute is multiple.
// Clippy takes two fields of one type for duplicates.
#[allow(clippy::duplicated_attributes)]
#[derive(Clone, Interface)]
#[graphql(
    field(name = "definition", ty = "AttributeDefinition", desc = "Definition of the attribute."),
    field(
        name = "text",
        ty = "Text<'static>",
        desc = "The values as text ready to show: labels of choices, names of users and of visible prospects, numbers with the decimals of the definition. Several are separated by commas."
    )
)]
pub enum AttributeValue {
    TextAttributeValue(TextAttributeValue),
    NumberAttributeValue(NumberAttributeValue),
    BooleanAttributeValue(BooleanAttributeValue),
    DateAttributeValue(DateAttributeValue),
    DateTimeAttributeValue(DateTimeAttributeValue),
    ChoiceAttributeValue(ChoiceAttributeValue),
    UserAttributeValue(UserAttributeValue),
    ProspectAttributeValue(ProspectAttributeValue),
}

/// Declares a type of value: the common fields and its own.
macro_rules! value_type {
    ($(#[doc = $doc:literal])+ $name:ident { $($own:tt)* }) => {
        $(#[doc = $doc])+
        #[derive(Clone)]
        pub struct $name(Arc<Stored>);

        $(#[doc = $doc])+
        #[Object]
        impl $name {
            /// Definition of the attribute.
            pub async fn definition(&self) -> AttributeDefinition {
                AttributeDefinition::from(self.0.definition.clone())
            }

            /// The values as text ready to show: labels of choices, names of users and of visible prospects, numbers with the decimals of the
            /// definition. Several are separated by commas.
            pub async fn text(&self, ctx: &Context<'_>) -> Text<'static> {
                self.0.text(ctx)
            }

            $($own)*
        }
    };
}

value_type! {
    /// The value of an attribute of type TEXT, LONG_TEXT, URL, EMAIL or PHONE.
    TextAttributeValue {
        /// The texts, in order. At most 50.
        async fn strings(&self) -> Vec<Text<'_>> {
            self.0.each(|value| match value {
                Value::Text(text) => Some(Text::from(text)),
                _ => None,
            })
        }
    }
}

value_type! {
    /// The value of an attribute of type INTEGER, DECIMAL or MONEY.
    NumberAttributeValue {
        /// The numbers with the decimals of the definition, in order. At most 50.
        async fn numbers(&self) -> Vec<Decimal> {
            self.0.each(|one| match one {
                Value::Number(number) => Some(Decimal(value::decimal(&self.0.definition, *number))),
                _ => None,
            })
        }
    }
}

value_type! {
    /// The value of an attribute of type BOOLEAN.
    BooleanAttributeValue {
        /// True or false.
        async fn boolean(&self) -> bool {
            self.0.values.contains(&Value::Boolean(true))
        }
    }
}

value_type! {
    /// The value of an attribute of type DATE.
    DateAttributeValue {
        /// The calendar days, in order. At most 50.
        async fn dates(&self) -> Vec<Date> {
            self.0.each(|one| match one {
                Value::Date(at) => value::date(*at).map(Date),
                _ => None,
            })
        }
    }
}

value_type! {
    /// The value of an attribute of type DATE_TIME.
    DateTimeAttributeValue {
        /// The instants, in order. At most 50.
        async fn date_times(&self) -> Vec<DateTime> {
            self.0.each(|one| match one {
                Value::DateTime(at) => Some(DateTime(*at)),
                _ => None,
            })
        }
    }
}

value_type! {
    /// The value of an attribute of type CHOICE.
    ChoiceAttributeValue {
        /// The choices, in the order given. At most 50.
        async fn choices(&self) -> Vec<AttributeChoice> {
            self.0.each(|one| match one {
                Value::Choice(key) => self.0.definition.choice(key).map(AttributeChoice::from),
                _ => None,
            })
        }
    }
}

value_type! {
    /// The value of an attribute of type USER.
    UserAttributeValue {
        /// The users, in the order given. At most 50.
        async fn users(&self, ctx: &Context<'_>) -> Vec<User> {
            self.0.references().into_iter().filter_map(|id| user(ctx, Some(id))).collect()
        }
    }
}

value_type! {
    /// The value of an attribute of type PROSPECT.
    ProspectAttributeValue {
        /// The prospects that are visible to the caller, in the order given; others are left out. At most 50 of those that one user sees and
        /// writes.
        async fn prospects(&self) -> Vec<Prospect> {
            self.0.prospects.clone()
        }
    }
}

impl Stored {
    fn each<'a, T>(&'a self, convert: impl Fn(&'a Value) -> Option<T>) -> Vec<T> {
        self.values.iter().filter_map(convert).collect()
    }

    fn references(&self) -> Vec<Uuid> {
        self.each(|value| match value {
            Value::Reference(id) => Some(*id),
            _ => None,
        })
    }

    fn text(&self, ctx: &Context<'_>) -> Text<'static> {
        if self.definition.kind() == AttributeType::Prospect {
            let names: Vec<&str> = self.prospects.iter().map(|prospect| prospect.0.name.as_str()).collect();
            return Text::from(names.join(", "));
        }
        let catalogs = cx(ctx).catalogs();
        let name_of = |id| catalogs.users.get(id).map(|user| user.name.clone());
        Text::from(value::text(&self.definition, &self.values, &name_of))
    }

    /// Loads the referenced prospects; whether the caller sees any value.
    async fn load(&mut self, ctx: &Context<'_>) -> Result<bool> {
        let scope = cx(ctx).scope().map_err(to_graphql)?;
        let keys = self.references().into_iter().map(|id| ProspectKey(scope, id));
        let loaded = loaders(ctx).prospects.load_many(keys).await.map_err(to_graphql)?;
        self.prospects = loaded.into_iter().flatten().map(Prospect).collect();
        Ok(!self.prospects.is_empty())
    }
}

impl AttributeValue {
    /// The values in a document. None where there are none, or none that fit the definition and that the caller sees.
    async fn read(ctx: &Context<'_>, definition: &Arc<Definition>, document: &Document) -> Result<Option<AttributeValue>> {
        let values = value::read(definition, document);
        if values.is_empty() {
            return Ok(None);
        }
        let mut stored = Stored {
            definition: definition.clone(),
            values,
            prospects: Vec::new(),
        };
        if definition.kind() == AttributeType::Prospect && !stored.load(ctx).await? {
            return Ok(None);
        }
        let stored = Arc::new(stored);
        Ok(Some(match definition.kind() {
            AttributeType::Text | AttributeType::LongText | AttributeType::Url | AttributeType::Email | AttributeType::Phone => {
                AttributeValue::TextAttributeValue(TextAttributeValue(stored))
            }
            AttributeType::Integer | AttributeType::Decimal | AttributeType::Money => {
                AttributeValue::NumberAttributeValue(NumberAttributeValue(stored))
            }
            AttributeType::Boolean => AttributeValue::BooleanAttributeValue(BooleanAttributeValue(stored)),
            AttributeType::Date => AttributeValue::DateAttributeValue(DateAttributeValue(stored)),
            AttributeType::DateTime => AttributeValue::DateTimeAttributeValue(DateTimeAttributeValue(stored)),
            AttributeType::Choice => AttributeValue::ChoiceAttributeValue(ChoiceAttributeValue(stored)),
            AttributeType::User => AttributeValue::UserAttributeValue(UserAttributeValue(stored)),
            AttributeType::Prospect => AttributeValue::ProspectAttributeValue(ProspectAttributeValue(stored)),
        }))
    }
}

/// Checks that the caller knows of the attributes; an attribute that is unknown, retired or for administrators alone is refused alike.
pub fn check_keys(ctx: &Context<'_>, entity: AttributeEntity, keys: &[String]) -> Result<()> {
    let viewer = cx(ctx).viewer().map_err(to_graphql)?;
    let catalogs = cx(ctx).catalogs();
    if keys.len() > MOST_ENTRIES {
        return Err(to_graphql(Error::BadInput(format!("`keys` may have at most {MOST_ENTRIES} keys"))));
    }
    let is_known = |key: &String| {
        let definition = catalogs.definitions.find(entity, key, viewer);
        definition.is_some_and(|definition| !definition.is_retired())
    };
    match keys.iter().all(is_known) {
        true => Ok(()),
        false => Err(to_graphql(Error::BadInput("there is no such attribute".to_owned()))),
    }
}

/// Whether there is an attribute of the key. Where there is none, the error is that of the field alone: the library would null the record around
/// the field, and with it what installed apps still read.
pub fn has_key(ctx: &Context<'_>, entity: AttributeEntity, key: &String) -> bool {
    let checked = check_keys(ctx, entity, slice::from_ref(key));
    checked
        .map_err(|error| ctx.add_error(ctx.set_error_path(error.into_server_error(ctx.item.pos))))
        .is_ok()
}

/// The attributes of a document that the caller may read, in the order of their definitions; only those of the keys, where these are given.
pub async fn values(
    ctx: &Context<'_>,
    entity: AttributeEntity,
    document: &Document,
    keys: Option<&[String]>,
) -> Result<Vec<AttributeValue>> {
    let viewer = cx(ctx).viewer().map_err(to_graphql)?;
    let catalogs = cx(ctx).catalogs();
    let of = catalogs.definitions.of(entity).iter();
    let shown = of.filter(|definition| {
        let is_wanted = keys.is_none_or(|keys| keys.iter().any(|key| key == definition.key()));
        is_wanted && !definition.is_retired() && definition.is_visible_to(viewer)
    });
    let read = try_join_all(shown.map(|definition| AttributeValue::read(ctx, definition, document))).await?;
    Ok(read.into_iter().flatten().collect())
}

/// The value of one attribute of a document. None if it is not set.
pub async fn one(ctx: &Context<'_>, entity: AttributeEntity, document: &Document, key: &str) -> Result<Option<AttributeValue>> {
    let viewer = cx(ctx).viewer().map_err(to_graphql)?;
    let catalogs = cx(ctx).catalogs();
    let definition = catalogs.definitions.find(entity, key, viewer);
    match definition {
        Some(definition) => AttributeValue::read(ctx, definition, document).await,
        None => Ok(None),
    }
}
