//! Interactions: calls, e-mails, meetings, visits and chats that happened.

use uuid::Uuid;

use super::notes::{new_entry_id, not_found_at};
use super::{NewEntry, add, touch_activity};
use crate::cx::Cx;
use crate::db::Inserts;
use crate::entities::records::interaction::{self, Direction, InteractionType, Outcome};
use crate::entities::records::timeline_entry::EntryKind;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::resolvers::records::journal::Journal;
use crate::resolvers::records::prospects;
use crate::rules::limits::{BODY_LENGTH, occurred_at, optional_text};

/// Thirty days.
pub const LONGEST_SECONDS: i32 = 30 * 24 * 3600;

#[derive(Clone, Debug)]
pub struct NewInteraction {
    pub id: Option<Uuid>,
    pub kind: InteractionType,
    pub direction: Direction,
    pub occurred_at: Option<i64>,
    pub duration_seconds: Option<i32>,
    pub outcome: Option<Outcome>,
    pub body: Option<String>,
}

/// Logs an interaction; the earliest outgoing one is the first contact. Returns the id of its entry.
pub async fn log(cx: &Cx, prospect_id: Uuid, new: NewInteraction) -> Result<Uuid> {
    let viewer = cx.viewer()?;
    let tx = cx.begin().await?;
    prospects::lock(&tx, viewer.scope(), prospect_id)
        .await
        .map_err(|error| not_found_at(error, "prospectId"))?;
    let journal = Journal::of(cx)?;
    let mut problems = Vec::new();
    let body = optional_text(new.body.as_deref(), BODY_LENGTH, &["input", "body"], &mut problems);
    let occurred_at = occurred_at(new.occurred_at, journal.now, &mut problems);
    if new
        .duration_seconds
        .is_some_and(|seconds| !(0..=LONGEST_SECONDS).contains(&seconds))
    {
        let message = format!("must be from 0 to {LONGEST_SECONDS} seconds");
        problems.push(Problem::new(ProblemCode::Invalid, &["input", "durationSeconds"], message));
    }
    let id = new_entry_id(&tx, new.id, &mut problems).await?;
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let entry = NewEntry {
        id,
        occurred_at,
        ..journal.entry(prospect_id, EntryKind::Interaction)
    };
    let mut inserts = Inserts::default();
    add(&mut inserts, entry, None)?;
    inserts.add(&interaction::Model {
        id,
        r#type: new.kind,
        direction: new.direction,
        duration_seconds: new.duration_seconds,
        outcome: new.outcome,
        body,
    });
    inserts.write(&tx).await?;
    let first_contact_at = (new.direction == Direction::Outgoing).then_some(occurred_at);
    touch_activity(&tx, prospect_id, occurred_at, first_contact_at).await?;
    tx.commit_naming([id]).await?;
    Ok(id)
}
