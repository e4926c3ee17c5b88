//! Changes of status in the API.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};

use crate::ids::Kind;
use crate::resolvers::process::status;
use crate::rules::process;
use crate::schema::error::payload;
use crate::schema::idempotency::Write;
use crate::schema::ids::reference;
use crate::schema::records::prospects::Prospect;

/// How a closed status is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "process::ReopenKind")]
pub enum ReopenKind {
    /// It was closed by mistake: the same cycle goes on, and a mistaken win is taken back with the client.
    Correction,
    /// A discarded or lost prospect is worth another try: the same cycle goes on.
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

/// Where a prospect goes in the sales process, and why.
#[derive(InputObject)]
pub struct ProspectStatusChangeInput {
    /// The status to go to. It may be left out only where `reopenAs` begins a new cycle, which then starts in the status with `isReentry`.
    pub status_id: Option<ID>,
    /// Why it is lost or discarded: required for these, refused for others.
    pub reason_id: Option<ID>,
    /// What else there is to say: at most 2,000 characters. Required by some reasons.
    pub note: Option<String>,
    /// How the present status is left: required where it is closed, refused where it is open.
    pub reopen_as: Option<ReopenKind>,
}

payload! {
    /// What came of a change of status.
    ProspectStatusChangePayload {
        /// The prospect as it is now, also where its version is a `CONFLICT`. Null when there are only other user errors.
        prospect: Prospect,
    }
}

#[derive(Default)]
pub struct StatusMutation;

#[Object]
impl StatusMutation {
    /// Moves a prospect to another status: onwards, closed, or opened again. A status of category WON makes it a client.
    async fn prospect_status_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which prospect.")] id: ID,
        #[graphql(desc = "Where it goes, and why.")] input: ProspectStatusChangeInput,
        #[graphql(
            desc = "The `version` of the prospect that this is based on. If it has another one by now, the answer is `CONFLICT`; if left out, nothing is compared."
        )]
        expected_version: Option<i32>,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
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
            expected_version,
        };
        let (prospect, user_errors) = write.edit(id, || status::change(write.cx(), id, change.clone())).await?;
        Ok(Some(ProspectStatusChangePayload {
            prospect: prospect.map(Prospect),
            user_errors,
        }))
    }
}
