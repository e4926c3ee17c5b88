//! Mutations that create and update prospects.

use async_graphql::{Context, ID, Object, Result};

use super::inputs::{ProspectCreateInput, ProspectUpdateInput};
use super::{Prospect, drafts};
use crate::ids::Kind;
use crate::resolvers::process::registration;
use crate::resolvers::records::prospects::save;
use crate::schema::error::payload;
use crate::schema::idempotency::Write;
use crate::schema::ids::reference;
use crate::schema::records::duplicates::{PossibleDuplicate, duplicates_of};

payload! {
    /// Payload of `prospectCreate`.
    ProspectCreatePayload {
        /// The new prospect. Null if there are user errors, and if it was assigned to another user whose prospects the caller cannot see.
        prospect: Prospect,
        /// Other prospects that share an e-mail address, phone number or document number, as in `possibleDuplicates`. Looked up only if
        /// selected. Null if there are user errors.
        possible_duplicates: Vec<PossibleDuplicate>,
    }
}

payload! {
    /// Payload of `prospectUpdate`.
    ProspectUpdatePayload {
        /// The prospect after the change; on a version `CONFLICT`, the current state. Null on other user errors.
        prospect: Prospect,
    }
}

#[derive(Default)]
pub struct ProspectMutation;

#[Object]
impl ProspectMutation {
    /// Creates a prospect (lead) with its contacts, addresses and other data, all or nothing.
    async fn prospect_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Fields of the new prospect.")] input: ProspectCreateInput,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<ProspectCreatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let registration = drafts::registration(ctx, input)?;
        let (prospect, user_errors) = write.run(|| registration::create(write.cx(), &registration)).await?;
        let prospect = prospect.flatten();
        let created = prospect.as_ref().map(|prospect| prospect.id);
        let is_wanted = ctx.field().selection_set().any(|field| field.name() == "possibleDuplicates");
        let possible_duplicates = match is_wanted && user_errors.is_empty() {
            true => Some(duplicates_of(ctx, &registration.prospect, created).await?),
            false => None,
        };
        Ok(Some(ProspectCreatePayload {
            prospect: prospect.map(Prospect),
            possible_duplicates,
            user_errors,
        }))
    }

    /// Updates a prospect with its contacts, addresses and other data, all or nothing. Fields left out stay unchanged, null clears.
    async fn prospect_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the prospect.")] id: ID,
        #[graphql(desc = "Changes to apply.")] input: ProspectUpdateInput,
        #[graphql(desc = "Expected `version` of the prospect. `CONFLICT` if it has changed. Default: no check.")] expected_version: Option<
            i32,
        >,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<ProspectUpdatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::Prospect, &id);
        let draft = drafts::edit(ctx, input)?;
        let (prospect, user_errors) = write.edit(id, || save::update(write.cx(), id, &draft, expected_version)).await?;
        Ok(Some(ProspectUpdatePayload {
            prospect: prospect.map(Prospect),
            user_errors,
        }))
    }
}
