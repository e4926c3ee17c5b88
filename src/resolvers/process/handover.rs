//! Deactivation of a user: their records are transferred, and they can no longer sign in.

use std::sync::Arc;

use uuid::Uuid;

use super::ownership::{self, Parties};
use super::portfolio::Portfolio;
use super::tasks::follow;
use crate::cx::Cx;
use crate::entities::access::user;
use crate::entities::setup::revision::CachedTable;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::resolvers::access::{revision, users};
use crate::resolvers::idempotency::Replayable;
use crate::resolvers::records::journal::Journal;
use crate::tx::Tx;
use crate::tx::locks::Locks;

/// To whom goes what a user is responsible for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Handover {
    /// An active user.
    pub transfer_to: Option<Uuid>,
    /// No new owner; explicit, because only administrators see such prospects.
    pub leave_unassigned: bool,
}

/// Result of the deactivation of a user.
pub struct Deactivation {
    pub user: Arc<user::Model>,
    /// Number of prospects with another owner or none, deleted ones included. None in a replay, which transfers nothing.
    pub transferred: Option<u64>,
}

impl Replayable for Deactivation {
    fn ids(&self) -> Vec<Uuid> {
        self.user.ids()
    }

    async fn read(cx: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        let user = Arc::<user::Model>::read(cx, ids).await?;
        Ok(user.map(|user| Deactivation { user, transferred: None }))
    }
}

/// Hands over what the user is responsible for and lets them sign in no more, all in one transaction. Administrators only.
pub async fn deactivate(cx: &Cx, id: Uuid, handover: Handover) -> Result<Deactivation> {
    cx.account_administrator()?;
    let Handover {
        transfer_to,
        leave_unassigned,
    } = handover;
    let tx = cx
        .begin_with(Locks::changing([id].into_iter().chain(transfer_to)).with_tables([CachedTable::User]))
        .await?;
    let user = tx.user(id).cloned().ok_or(Error::NotFound)?;
    let mut problems = Vec::new();
    users::check_can_leave(&tx, &user, &mut problems).await?;
    if let Some(to) = transfer_to {
        check_receiver(&tx, id, to, &mut problems);
    }
    let portfolio = Portfolio::lock(&tx, id).await?;
    let journal = Journal::of(cx)?;
    match (transfer_to, leave_unassigned) {
        (Some(_), true) => problems.push(Problem::new(
            ProblemCode::Invalid,
            &["input", "leaveUnassigned"],
            "`transferToId` and `leaveUnassigned` exclude each other",
        )),
        (None, false) if !portfolio.owned.is_empty() => problems.push(Problem::new(
            ProblemCode::Required,
            &["input", "transferToId"],
            format!(
                "the user owns {} prospects, {} of them deleted: say to whom they go, or `leaveUnassigned`",
                portfolio.owned.len(),
                portfolio.deleted
            ),
        )),
        _ => {}
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let parties = Parties {
        from: id,
        to: transfer_to,
        journal,
    };
    ownership::transfer(&tx, &portfolio.owned, &parties).await?;
    follow::reassign_to_owners(&tx, &user, journal).await?;
    let user = users::retire(&tx, user, journal.now).await?;
    tx.commit_naming([id]).await?;
    revision::take_in(&cx.app, &[CachedTable::User]).await;
    Ok(Deactivation {
        user: Arc::new(user),
        transferred: Some(portfolio.owned.len() as u64),
    })
}

/// A problem where the receiver cannot take over.
fn check_receiver(tx: &Tx, id: Uuid, to: Uuid, problems: &mut Vec<Problem>) {
    let path = ["input", "transferToId"];
    if to == id {
        problems.push(Problem::new(ProblemCode::Invalid, &path, "this is the user who is deactivated"));
    } else if tx.user(to).is_none_or(|receiver| !receiver.is_active) {
        problems.push(Problem::new(ProblemCode::NotFound, &path, "there is no such active user"));
    }
}
