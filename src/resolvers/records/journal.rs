//! The journal of a write: who changes records and when, and what each change of a prospect leaves behind.

use sea_orm::{ActiveModelTrait, ConnectionTrait, IntoActiveModel};
use uuid::Uuid;

use super::timeline::{self, Change, NewEntry};
use crate::auth::Actor;
use crate::cx::Cx;
use crate::db::Inserts;
use crate::entities::records::prospect;
use crate::entities::records::timeline_entry::EntryKind;
use crate::error::Result;
use crate::ids;

/// The author and the time of all changes of one write: whatever it stores has this time.
#[derive(Clone, Copy, Debug)]
pub struct Journal {
    pub actor: Actor,
    /// Milliseconds since 1970 in UTC.
    pub now: i64,
}

impl Journal {
    /// The journal of a write by the caller, with the present time. To be taken once, and where a stored record changes, after it is locked:
    /// writes that wait for each other then have their times in the order in which they happen.
    pub fn of(cx: &Cx) -> Result<Journal> {
        Ok(Journal {
            actor: cx.viewer()?.actor(),
            now: cx.now(),
        })
    }

    /// The user who is stored as the author. None for the system.
    pub fn actor_id(&self) -> Option<Uuid> {
        self.actor.user_id()
    }

    /// An entry about a change that happens now.
    pub fn entry(&self, prospect_id: Uuid, kind: EntryKind) -> NewEntry {
        NewEntry {
            id: ids::new(),
            prospect_id,
            kind,
            occurred_at: self.now,
            recorded_at: self.now,
            actor_id: self.actor_id(),
        }
    }

    /// Saves a changed prospect: raises its version, moves its last activity on, and adds the entry to what is inserted.
    pub async fn save(
        &self,
        tx: &impl ConnectionTrait,
        mut prospect: prospect::Model,
        kind: EntryKind,
        change: Option<Change>,
        mut inserts: Inserts,
    ) -> Result<prospect::Model> {
        prospect.version += 1;
        prospect.updated_at = self.now;
        prospect.last_activity_at = prospect.last_activity_at.max(self.now);
        timeline::add(&mut inserts, self.entry(prospect.id, kind), change)?;
        let prospect = prospect.into_active_model().reset_all().update(tx).await?;
        inserts.write(tx).await?;
        Ok(prospect)
    }

    /// Records a change of what hangs from a prospect: inserts everything together with the entry, and moves the last activity on.
    pub async fn record(&self, tx: &impl ConnectionTrait, entry: NewEntry, change: Option<Change>, mut inserts: Inserts) -> Result<()> {
        let (prospect_id, occurred_at) = (entry.prospect_id, entry.occurred_at);
        timeline::add(&mut inserts, entry, change)?;
        inserts.write(tx).await?;
        timeline::touch_activity(tx, prospect_id, occurred_at, None).await
    }
}
