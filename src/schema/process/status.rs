//! Changes of status in the API.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};

use crate::ids::Kind;
use crate::resolvers::process::status;
use crate::rules::process;
use crate::schema::custom::{self, CustomInput, OfClient, Update};
use crate::schema::error::payload;
use crate::schema::idempotency::Write;
use crate::schema::ids::reference;
use crate::schema::records::attributes::inputs::AttributeValueInput;
use crate::schema::records::prospects::Prospect;

/// Ways in which a closed status is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "process::ReopenKind")]
pub enum ReopenKind {
    /// Correction of a mistake: the same cycle goes on, and a mistaken win is undone together with the client.
    Correction,
    /// Another attempt after losing or discarding: the same cycle goes on.
    Reconsidered,
    /// A client came back: a new cycle begins, earlier wins stay won.
    Returning,
    /// A client may buy something else: a new cycle begins, earlier wins stay won.
    CrossSell,
    /// A client may buy more of the same: a new cycle begins, earlier wins stay won.
    Upsell,
    /// A client may buy again: a new cycle begins, earlier wins stay won.
    Renewal,
}

/// A change of status (pipeline stage), with its reason.
#[derive(InputObject)]
pub struct ProspectStatusChangeInput {
    /// ID of the new status. Optional only if `reopenAs` begins a new cycle, which then starts in the status with `isReentry`.
    pub status_id: Option<ID>,
    /// ID of the reason. Required for lost and discarded, refused otherwise.
    pub reason_id: Option<ID>,
    /// Comment. At most 2,000 characters. Required by some reasons.
    pub note: Option<String>,
    /// Way in which the current status is left. Required if it is closed, refused if it is open.
    pub reopen_as: Option<ReopenKind>,
    /// Values of attributes of the client, for a status of category WON; `INVALID` for another one. At most 500. Default: those that it has, those
    /// that it had when it was a client before, or the default values of the attributes. `REQUIRED` at `input.clientAttributes` and the key for
    /// each that a new client must have.
    pub client_attributes: Option<Vec<AttributeValueInput>>,
    /// Values of attributes of the client as typed fields, each in `clientAttributes` or here. There is no such field as long as no attribute is defined.
    pub client_custom: Option<CustomInput<OfClient, Update>>,
}

payload! {
    /// Payload of `prospectStatusChange`.
    ProspectStatusChangePayload {
        /// The prospect after the change; on a version `CONFLICT`, the current state. Null on other user errors.
        prospect: Prospect,
    }
}

#[derive(Default)]
pub struct StatusChangeMutation;

#[Object]
impl StatusChangeMutation {
    /// Moves a prospect to another status (pipeline stage): forward, closed or reopened. A status of category WON makes it a client.
    async fn prospect_status_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the prospect.")] id: ID,
        #[graphql(desc = "The new status and the reason.")] input: ProspectStatusChangeInput,
        #[graphql(desc = "Expected `version` of the prospect. `CONFLICT` if it has changed. Default: no check.")] expected_version: Option<
            i32,
        >,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<ProspectStatusChangePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::Prospect, &id);
        let change = status::StatusChange {
            status_id: input.status_id.map(|id| reference(Kind::Status, &id)),
            reason_id: input.reason_id.map(|id| reference(Kind::Reason, &id)),
            note: input.note,
            reopen_as: input.reopen_as.map(Into::into),
            client_attributes: custom::drafts(ctx, input.client_attributes, input.client_custom)?,
            expected_version,
        };
        let (prospect, user_errors) = write.edit(id, || status::change(write.cx(), id, change.clone())).await?;
        Ok(Some(ProspectStatusChangePayload {
            prospect: prospect.map(Prospect),
            user_errors,
        }))
    }
}
