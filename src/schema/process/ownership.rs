//! Changes of owner in the API.

use async_graphql::{Context, ID, InputObject, Object, Result};

use crate::ids::Kind;
use crate::resolvers::process::ownership;
use crate::schema::error::payload;
use crate::schema::idempotency::Write;
use crate::schema::ids::reference;
use crate::schema::records::prospects::Prospect;

/// To whom a prospect goes.
#[derive(InputObject)]
pub struct ProspectOwnerChangeInput {
    /// The new owner, an active user. Null: nobody, for administrators only.
    pub owner_id: Option<ID>,
    /// Why: at most 2,000 characters.
    pub reason: Option<String>,
}

payload! {
    /// What came of a change of owner.
    ProspectOwnerChangePayload {
        /// The prospect as it is now, also where its version is a `CONFLICT`. Null when there are only other user errors, and where the caller no
        /// longer sees it.
        prospect: Prospect,
    }
}

#[derive(Default)]
pub struct OwnershipMutation;

#[Object]
impl OwnershipMutation {
    /// Gives a prospect to another owner. Its present owner and administrators may do so.
    async fn prospect_owner_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which prospect.")] id: ID,
        #[graphql(desc = "To whom it goes.")] input: ProspectOwnerChangeInput,
        #[graphql(
            desc = "The `version` of the prospect that this is based on. If it has another one by now, the answer is `CONFLICT`; if left out, nothing is compared."
        )]
        expected_version: Option<i32>,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<ProspectOwnerChangePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::Prospect, &id);
        let change = ownership::OwnerChange {
            owner_id: input.owner_id.map(|id| reference(Kind::User, &id)),
            reason: input.reason,
            expected_version,
        };
        let (prospect, user_errors) = write.edit(id, || ownership::change(write.cx(), id, change.clone())).await?;
        Ok(Some(ProspectOwnerChangePayload {
            prospect: prospect.flatten().map(Prospect),
            user_errors,
        }))
    }
}
