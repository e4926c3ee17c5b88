//! Changes of owner in the API.

use async_graphql::{Context, ID, InputObject, Object, Result};

use crate::ids::Kind;
use crate::resolvers::process::ownership;
use crate::schema::error::payload;
use crate::schema::idempotency::Write;
use crate::schema::ids::reference;
use crate::schema::records::prospects::Prospect;

/// A change of owner.
#[derive(InputObject)]
pub struct ProspectOwnerChangeInput {
    /// ID of the new owner, an active user. Null removes the owner; administrators only.
    pub owner_id: Option<ID>,
    /// Reason for the change. At most 2,000 characters.
    pub reason: Option<String>,
}

payload! {
    /// Payload of `prospectOwnerChange`.
    ProspectOwnerChangePayload {
        /// The prospect after the change; on a version `CONFLICT`, the current state. Null on other user errors, and if the caller can no
        /// longer see it.
        prospect: Prospect,
    }
}

#[derive(Default)]
pub struct OwnershipMutation;

#[Object]
impl OwnershipMutation {
    /// Assigns a prospect to another owner. For its current owner and administrators.
    async fn prospect_owner_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the prospect.")] id: ID,
        #[graphql(desc = "The new owner.")] input: ProspectOwnerChangeInput,
        #[graphql(desc = "Expected `version` of the prospect. `CONFLICT` if it has changed. Default: no check.")] expected_version: Option<
            i32,
        >,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
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
