//! An administrator becomes a salesperson: what they were to do for prospects of others goes to the owners of these.

use std::sync::Arc;

use uuid::Uuid;

use super::portfolio::Portfolio;
use super::tasks::follow;
use crate::cx::Cx;
use crate::entities::access::user;
use crate::entities::setup::revision::CachedTable;
use crate::error::Result;
use crate::resolvers::access::users::UserEdit;
use crate::resolvers::access::{revision, users};
use crate::resolvers::records::journal::Journal;
use crate::tx::locks::Locks;

/// Changes a user, also the role. Administrators only.
pub async fn update(cx: &Cx, id: Uuid, edit: UserEdit, expected_version: Option<i32>) -> Result<Arc<user::Model>> {
    cx.account_administrator()?;
    let tx = cx.begin_with(Locks::changing([id]).with_tables([CachedTable::User])).await?;
    let change = users::change(&tx, id, edit, expected_version).await?;
    // A save that changes nothing leaves no trace.
    if change.after == change.before {
        return Ok(Arc::new(change.after));
    }
    let steps_down = change.steps_down();
    if steps_down {
        // Before the user is written: another e-mail locks the row against foreign keys, and a transaction that has locked one of these
        // prospects may still refer to the user.
        Portfolio::lock(&tx, id).await?;
    }
    let journal = Journal::of(cx)?;
    let user = users::write(&tx, change.after, journal.now).await?;
    if steps_down {
        follow::reassign_to_owners(&tx, &user, journal).await?;
    }
    tx.commit_naming([id]).await?;
    revision::take_in(&cx.app, &[CachedTable::User]).await;
    Ok(Arc::new(user))
}
