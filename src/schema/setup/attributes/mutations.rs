//! Mutations of definitions, for administrators.

use async_graphql::{Context, ID, Object, Result};

use super::AttributeDefinition;
use super::inputs::{AttributeDefinitionCreateInput, AttributeDefinitionReorderInput, AttributeDefinitionUpdateInput};
use crate::ids::Kind;
use crate::resolvers::records::definitions;
use crate::resolvers::setup::attributes;
use crate::schema::error::payload;
use crate::schema::guards::AdminOnly;
use crate::schema::idempotency::Write;
use crate::schema::ids::reference;

payload! {
    /// Payload of `attributeDefinitionCreate`.
    AttributeDefinitionCreatePayload {
        /// The new definition. Null if there are user errors.
        attribute_definition: AttributeDefinition,
    }
}

payload! {
    /// Payload of `attributeDefinitionUpdate`.
    AttributeDefinitionUpdatePayload {
        /// The definition as it is now, also if its version is a `CONFLICT`. Null if there are other user errors.
        attribute_definition: AttributeDefinition,
    }
}

payload! {
    /// Payload of `attributeDefinitionRetire`.
    AttributeDefinitionRetirePayload {
        /// The definition as it is now. Null if there are user errors.
        attribute_definition: AttributeDefinition,
    }
}

payload! {
    /// Payload of `attributeDefinitionRestore`.
    AttributeDefinitionRestorePayload {
        /// The definition as it is now. Null if there are user errors.
        attribute_definition: AttributeDefinition,
    }
}

payload! {
    /// Payload of `attributeDefinitionReorder`.
    AttributeDefinitionReorderPayload {
        /// All definitions of the kind of record in their new order, retired ones last. Null if there are user errors.
        attribute_definitions: Vec<AttributeDefinition>,
    }
}

#[derive(Default)]
pub struct AttributeDefinitionMutation;

#[Object]
impl AttributeDefinitionMutation {
    /// Adds a custom attribute to a kind of record, the last one in order. It can be used at once. Administrators only.
    #[graphql(guard = "AdminOnly")]
    async fn attribute_definition_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new definition.")] input: AttributeDefinitionCreateInput,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<AttributeDefinitionCreatePayload>> {
        let (origin, draft) = input.into_draft();
        let write = Write::new(ctx, idempotency_key)?;
        let (written, user_errors) = write.run(|| attributes::create(write.cx(), &origin, &draft)).await?;
        Ok(Some(AttributeDefinitionCreatePayload {
            attribute_definition: written.map(AttributeDefinition::from),
            user_errors,
        }))
    }

    /// Changes a definition, in use or retired. Stored values that do not fit a changed type or rule are removed and remain in the history;
    /// `attributeDefinitionChangePreview` counts them beforehand. `TIMEOUT`, with nothing changed, if that takes longer than a request may;
    /// `STATE` at `id` if the records are in use, such as by the build of an index. Administrators only.
    #[graphql(guard = "AdminOnly")]
    async fn attribute_definition_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the definition.")] id: ID,
        #[graphql(desc = "Changes to apply. Fields left out stay unchanged.")] input: AttributeDefinitionUpdateInput,
        #[graphql(desc = "Expected `version` of the definition. `CONFLICT` if it has changed. Default: no check.")]
        expected_version: Option<i32>,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<AttributeDefinitionUpdatePayload>> {
        let id = reference(Kind::AttributeDefinition, &id);
        let draft = input.into_draft();
        let write = Write::new(ctx, idempotency_key)?;
        let work = || definitions::update(write.cx(), id, &draft, expected_version);
        let (written, user_errors) = write.edit(id, work).await?;
        Ok(Some(AttributeDefinitionUpdatePayload {
            attribute_definition: written.map(AttributeDefinition::from),
            user_errors,
        }))
    }

    /// Retires a definition, which is not offered any more. Stored values stay. Administrators only.
    #[graphql(guard = "AdminOnly")]
    async fn attribute_definition_retire(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the definition.")] id: ID,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<AttributeDefinitionRetirePayload>> {
        let id = reference(Kind::AttributeDefinition, &id);
        let write = Write::new(ctx, idempotency_key)?;
        let (written, user_errors) = write.run(|| definitions::retire(write.cx(), id)).await?;
        Ok(Some(AttributeDefinitionRetirePayload {
            attribute_definition: written.map(AttributeDefinition::from),
            user_errors,
        }))
    }

    /// Restores a definition that was retired, with the values that records have. Administrators only.
    #[graphql(guard = "AdminOnly")]
    async fn attribute_definition_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the definition.")] id: ID,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<AttributeDefinitionRestorePayload>> {
        let id = reference(Kind::AttributeDefinition, &id);
        let write = Write::new(ctx, idempotency_key)?;
        let (written, user_errors) = write.run(|| definitions::restore(write.cx(), id)).await?;
        Ok(Some(AttributeDefinitionRestorePayload {
            attribute_definition: written.map(AttributeDefinition::from),
            user_errors,
        }))
    }

    /// Changes the order of all definitions in use of a kind of record. Administrators only.
    #[graphql(guard = "AdminOnly")]
    async fn attribute_definition_reorder(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new order.")] input: AttributeDefinitionReorderInput,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<AttributeDefinitionReorderPayload>> {
        let ids: Vec<_> = input.ids.iter().map(|id| reference(Kind::AttributeDefinition, id)).collect();
        let write = Write::new(ctx, idempotency_key)?;
        let (written, user_errors) = write.run(|| attributes::reorder(write.cx(), input.entity.into(), &ids)).await?;
        Ok(Some(AttributeDefinitionReorderPayload {
            attribute_definitions: written.map(|written| written.0.into_iter().map(AttributeDefinition::from).collect()),
            user_errors,
        }))
    }
}
