//! Definitions of attributes in the API: the type, and the queries.

/// Inputs of the mutations.
pub mod inputs;
pub mod mutations;
/// Enums, and the parts of a definition.
pub mod types;

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, Object, Result, SimpleObject};

use crate::entities::setup::attribute_definition as entity;
use crate::ids::Kind;
use crate::resolvers::records::definitions::{self, RecordKey};
use crate::resolvers::setup::attributes::{self, Written};
use crate::rules::attributes::definition::validation_of;
use crate::rules::attributes::{Definition, Value, value};
use crate::schema::cx;
use crate::schema::error::{UserError, split_user_errors, to_graphql};
use crate::schema::guards::{AdminOnly, SignedIn};
use crate::schema::ids::{decode, encode, reference};
use crate::schema::node::{self, Node};
use crate::schema::records::prospects::ProspectKind;
use crate::schema::scalars::{CurrencyCode, DateTime};
use crate::schema::setup::statuses::Status;
use crate::schema::text::Text;

pub use inputs::AttributeDefinitionUpdateInput;
pub use mutations::AttributeDefinitionMutation;
pub use types::{
    AttributeChoice, AttributeIndex, AttributeIndexState, AttributeTarget, AttributeType, AttributeValidation, AttributeVisibility,
};

/// Definition of a custom attribute: a field that administrators add to a kind of record.
#[derive(Clone)]
pub struct AttributeDefinition(pub Arc<Definition>);

impl From<Arc<Definition>> for AttributeDefinition {
    fn from(definition: Arc<Definition>) -> Self {
        AttributeDefinition(definition)
    }
}

impl From<Written> for AttributeDefinition {
    fn from(written: Written) -> Self {
        AttributeDefinition(written.0)
    }
}

/// Definition of a custom attribute: a field that administrators add to a kind of record.
#[Object]
impl AttributeDefinition {
    /// Permanent ID of the definition.
    pub async fn id(&self) -> ID {
        encode(Kind::AttributeDefinition, self.0.id())
    }

    /// Key in inputs, filters and orders, unique among the attributes of the kind of record. Never changes.
    async fn key(&self) -> Text<'_> {
        Text::from(self.0.key())
    }

    /// Label for users.
    async fn label(&self) -> Text<'_> {
        Text::from(&self.0.row.label)
    }

    /// The description. Null if not set.
    async fn description(&self) -> Option<Text<'_>> {
        self.0.row.description.as_deref().map(Text::from)
    }

    /// Kind of record that has the attribute.
    async fn entity(&self) -> AttributeTarget {
        self.0.row.entity.into()
    }

    /// Type of the values.
    #[graphql(name = "type")]
    async fn kind(&self) -> AttributeType {
        self.0.kind().into()
    }

    /// True if a record may have several values.
    async fn is_multiple(&self) -> bool {
        self.0.row.is_multiple
    }

    /// Number of decimals, of decimals and amounts. Null for all other types.
    async fn scale(&self) -> Option<i32> {
        let has_scale = matches!(self.0.kind(), entity::AttributeType::Decimal | entity::AttributeType::Money);
        has_scale.then_some(self.0.row.scale)
    }

    /// Currency of amounts. Null for all other types.
    async fn currency(&self) -> Option<CurrencyCode> {
        self.0.row.currency.clone().map(CurrencyCode)
    }

    /// The choices in their order, retired ones included. At most 200. Empty unless the type is CHOICE.
    async fn choices(&self) -> Vec<AttributeChoice> {
        self.0.choices.iter().map(AttributeChoice::from).collect()
    }

    /// True if each record has to have a value when it is saved.
    async fn is_required(&self) -> bool {
        self.0.rules.required.always
    }

    /// Kinds of prospects that have to have a value when they are saved. Empty for other kinds of records.
    async fn required_kinds(&self) -> Vec<ProspectKind> {
        self.0.rules.required.kinds.iter().copied().map(ProspectKind::from).collect()
    }

    /// Statuses that a prospect enters only with a value. At most 500. Empty for other kinds of records.
    async fn required_statuses(&self, ctx: &Context<'_>) -> Vec<Status> {
        let catalogs = cx(ctx).catalogs();
        let statuses = self.0.rules.required.statuses.iter();
        statuses
            .filter_map(|id| catalogs.statuses.get(*id).cloned().map(Status::from))
            .collect()
    }

    /// Values of new records whose input has none, as inputs take them: numbers and dates as text, choices by key, users by ID. At most 50. Empty
    /// if there is no default.
    async fn default_values(&self) -> Vec<Text<'_>> {
        let Some(default) = &self.0.rules.default else { return Vec::new() };
        let text = |value: &Value| match value {
            Value::Choice(key) => key.clone(),
            Value::Reference(id) => Kind::User.encode(*id),
            Value::Number(number) => value::decimal(&self.0, *number).to_string(),
            value => value::text(&self.0, std::slice::from_ref(value), &|_| None),
        };
        value::decode(&self.0, default)
            .iter()
            .map(|value| Text::from(text(value)))
            .collect()
    }

    /// True if no two records have the same value.
    async fn is_unique(&self) -> bool {
        self.0.row.is_unique
    }

    /// True if open search finds prospects by the value.
    async fn is_searchable(&self) -> bool {
        self.0.row.is_searchable
    }

    /// True if an index for filters and orders is wanted.
    async fn is_indexed(&self) -> bool {
        self.0.row.is_indexed
    }

    /// Index of the attribute.
    async fn index(&self) -> AttributeIndex {
        AttributeIndex {
            state: self.0.row.index_state.into(),
            progress: self.0.row.index_progress,
        }
    }

    /// Callers who know of the attribute.
    async fn visibility(&self) -> AttributeVisibility {
        self.0.row.visibility.into()
    }

    /// Heading under which forms show the attribute. Null if not set.
    async fn group(&self) -> Option<Text<'_>> {
        self.0.row.group_label.as_deref().map(Text::from)
    }

    /// Rules of the values.
    async fn validation(&self) -> AttributeValidation {
        AttributeValidation::from(validation_of(&self.0))
    }

    /// The position among the attributes of the kind of record, counted from 0. Gaps are possible.
    async fn position(&self) -> i32 {
        self.0.row.position
    }

    /// True if the attribute is retired: no longer offered. Stored values stay.
    async fn is_retired(&self) -> bool {
        self.0.is_retired()
    }

    /// Revision of the definition, incremented by every change. Pass it as `expectedVersion` to detect concurrent changes.
    async fn version(&self) -> i32 {
        self.0.row.version
    }

    /// Time of creation.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.row.created_at)
    }

    /// Time of the last change.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.row.updated_at)
    }
}

/// A record with values that do not fit a changed definition.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct AttributeMisfit {
    /// The values that do not fit, in words.
    pub text: Text<'static>,
    #[graphql(skip)]
    record: RecordKey,
}

#[ComplexObject]
impl AttributeMisfit {
    /// The record: a prospect, client, contact or task. Null if it is deleted or not visible to the caller.
    async fn record(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        node::record(ctx, self.record.kind, self.record.prospect_id, self.record.id).await
    }
}

/// Effect of a change of a definition on stored values.
#[derive(SimpleObject)]
pub struct AttributeDefinitionChangePreview {
    /// Number of records with values that do not fit the changed definition. Null if there are user errors.
    pub record_count: Option<i32>,
    /// The first 20 of these records. Null if there are user errors.
    pub examples: Option<Vec<AttributeMisfit>>,
    /// Problems with the input, at most 100. Empty if the change can be made.
    pub user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct AttributeDefinitionQuery;

#[Object]
impl AttributeDefinitionQuery {
    /// Definitions of the attributes of a kind of record in the order set by administrators, retired ones last. At most 500. Administrators see
    /// all, other callers those that are not for administrators only.
    #[graphql(guard = "SignedIn")]
    async fn attribute_definitions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Kind of record.")] entity: AttributeTarget,
    ) -> Result<Vec<AttributeDefinition>> {
        let definitions = attributes::list(cx(ctx), entity.into()).map_err(to_graphql)?;
        Ok(definitions.into_iter().map(AttributeDefinition).collect())
    }

    /// A definition of an attribute by its ID. Null if it does not exist or is not visible to the caller.
    #[graphql(guard = "SignedIn")]
    async fn attribute_definition(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the definition.")] id: ID,
    ) -> Result<Option<AttributeDefinition>> {
        let Some(id) = decode(Kind::AttributeDefinition, &id) else {
            return Ok(None);
        };
        let found = attributes::get(cx(ctx), id).map_err(to_graphql)?;
        Ok(found.map(AttributeDefinition))
    }

    /// Effect that `attributeDefinitionUpdate` with the same input would have on stored values. Nothing is changed. Administrators only.
    #[graphql(guard = "AdminOnly")]
    async fn attribute_definition_change_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the definition.")] id: ID,
        #[graphql(desc = "The changes.")] input: AttributeDefinitionUpdateInput,
    ) -> Result<Option<AttributeDefinitionChangePreview>> {
        let id = reference(Kind::AttributeDefinition, &id);
        let draft = input.into_draft();
        let (preview, user_errors) = split_user_errors(definitions::preview(cx(ctx), id, &draft).await)?;
        let examples = preview.as_ref().map(|preview| {
            let examples = preview.examples.iter().map(|misfit| AttributeMisfit {
                text: misfit.text.clone().into(),
                record: misfit.record,
            });
            examples.collect()
        });
        Ok(Some(AttributeDefinitionChangePreview {
            record_count: preview.map(|preview| i32::try_from(preview.count).unwrap_or(i32::MAX)),
            examples,
            user_errors,
        }))
    }
}
