//! Prospects are created and edited.

use async_graphql::{Context, ID, Object, Result};

use super::Prospect;
use super::inputs::{ProspectCreateInput, ProspectUpdateInput};
use crate::ids::Kind;
use crate::resolvers::process::registration::{self, Registration};
use crate::resolvers::records::prospects::save;
use crate::resolvers::records::prospects::save::draft::ProspectDraft;
use crate::schema::error::payload;
use crate::schema::idempotency::Write;
use crate::schema::ids::reference;
use crate::schema::records::duplicates::{PossibleDuplicate, duplicates_of};

payload! {
    /// What came of creating a prospect.
    ProspectCreatePayload {
        /// The prospect as it was saved. Null when there are user errors, and where it was given to somebody whose prospects the caller does not see.
        prospect: Prospect,
        /// Other prospects that share an e-mail, a phone or a document number with it, as in the query `possibleDuplicates`. They are looked for
        /// when this is selected. Null when there are user errors.
        possible_duplicates: Vec<PossibleDuplicate>,
    }
}

payload! {
    /// What came of editing a prospect.
    ProspectUpdatePayload {
        /// The prospect as it is now, also where its version is a `CONFLICT`. Null when there are only other user errors.
        prospect: Prospect,
    }
}

#[derive(Default)]
pub struct ProspectMutation;

#[Object]
impl ProspectMutation {
    /// Creates a prospect with all that belongs to it; nothing is saved unless all of it is.
    async fn prospect_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The whole record.")] input: ProspectCreateInput,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<ProspectCreatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let registration: Registration = input.into();
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

    /// Edits a prospect with all that belongs to it; nothing is saved unless all of it is. What the input leaves out stays as it is, null clears.
    async fn prospect_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which prospect.")] id: ID,
        #[graphql(desc = "What is to change.")] input: ProspectUpdateInput,
        #[graphql(
            desc = "The `version` that the edit is based on. If the prospect has another one by now, the answer is `CONFLICT`; if left out, nothing is compared."
        )]
        expected_version: Option<i32>,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<ProspectUpdatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::Prospect, &id);
        let draft: ProspectDraft = input.into();
        let (prospect, user_errors) = write.edit(id, || save::update(write.cx(), id, &draft, expected_version)).await?;
        Ok(Some(ProspectUpdatePayload {
            prospect: prospect.map(Prospect),
            user_errors,
        }))
    }
}
