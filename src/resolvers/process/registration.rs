//! New prospects: the record with its first owner, status and task, in one transaction.

use std::sync::Arc;

use uuid::Uuid;

use super::assignees::{self, Assignees};
use super::tasks::plan::{self, NewTask};
use crate::app::catalogs::{Catalogs, Row};
use crate::auth::{Viewer, visibility};
use crate::cx::Cx;
use crate::db::Inserts;
use crate::entities::process::cycle::CycleKind;
use crate::entities::process::{cycle, owner_interval, status_interval};
use crate::entities::records::prospect;
use crate::entities::setup::status;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::ids;
use crate::resolvers::records::attributes::{self, RecordAttributes};
use crate::resolvers::records::journal::Journal;
use crate::resolvers::records::prospects::Prospect;
use crate::resolvers::records::prospects::save::draft::ProspectDraft;
use crate::resolvers::records::prospects::save::insert::{Begin, NewProspect};
use crate::resolvers::search;
use crate::rules::limits::captured_at;
use crate::rules::patch::Patch;
use crate::tx::locks::Locks;

/// A prospect to be registered. Ids that were malformed are nil.
#[derive(Clone, Debug, Default)]
pub struct Registration {
    pub prospect: ProspectDraft,
    /// Unset: the caller.
    pub owner: Patch<Uuid>,
    /// When the record was captured, where it was offline. None: now.
    pub captured_at: Option<i64>,
    /// The first task.
    pub next_task: Option<NewTask>,
}

/// Creates a prospect with all that is given. The result is None where the caller does not see what was created, having given it to another user.
pub async fn create(cx: &Cx, registration: &Registration) -> Result<Option<Prospect>> {
    let viewer = cx.viewer()?;
    let catalogs = cx.catalogs();
    let journal = Journal::of(cx)?;
    let mut problems = Vec::new();
    let owner_id = owner(viewer, &catalogs, &registration.owner, &mut problems);
    let captured_at = captured_at(registration.captured_at, journal.now, !viewer.is_administrator(), &mut problems);
    let status = first_status(&catalogs)?;
    let begin = Begin {
        owner_id,
        status_id: status.id,
        cycle_id: ids::new(),
        created_at: captured_at,
        journal,
    };
    let mut new = NewProspect::check(cx, &registration.prospect, begin, &mut problems)?;
    if cx.app.settings.require_source_and_task && viewer.is_by_hand() {
        require_source_and_task(registration, &mut problems);
    }
    let next_task = registration
        .next_task
        .clone()
        .map(|task| plan::prepare(&catalogs, journal, &new.row, task, None, &["input", "nextTask"], &mut problems));

    let task_attributes = match next_task.as_ref().zip(registration.next_task.as_ref()) {
        Some((task, new)) => vec![plan::new_attributes(
            cx,
            task.id,
            &new.attributes,
            &["input", "nextTask"],
            &mut problems,
        )?],
        None => Vec::new(),
    };

    if next_task.is_some() {
        // It has an entry of the timeline now, also where the prospect was captured earlier.
        new.row.last_activity_at = journal.now;
    }

    let assignee_id = next_task.as_ref().and_then(|task| task.assignee_id);
    let tx = cx.begin_with(Locks::of(owner_id.into_iter().chain(assignee_id))).await?;
    new.check_claimed(&tx, &mut problems).await?;
    new.check_references(cx, &tx, &mut problems).await?;
    attributes::check_references(cx, &tx, &task_attributes, &mut problems).await?;
    let assignees = Assignees {
        owner: owner_id.map(|id| (id, &["input", "ownerId"][..])),
        assignee: assignee_id
            .filter(|id| owner_id != Some(*id))
            .map(|id| (id, &["input", "nextTask", "assigneeId"][..])),
    };
    assignees::check(&tx, assignees, &mut problems);
    new.check_taken(cx, &tx, &mut problems).await?;
    attributes::check_unique(cx, &tx, &task_attributes, &[], &mut problems).await?;
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }

    let row = new.row.clone();
    let mut inserts = Inserts::default();
    let mut attributes = new.insert(cx, &tx, &mut inserts).await?;
    attributes::write(&tx, &task_attributes, &mut inserts).await?;
    attributes.extend(task_attributes);
    begin_process(&row, status, &mut inserts);
    if let Some(task) = &next_task {
        plan::add(&mut inserts, task, journal)?;
    }
    inserts.write(&tx).await?;
    attributes::write_documents(cx, &tx, &attributes).await?;
    if attributes.iter().any(RecordAttributes::change_search) {
        search::refresh(&tx, row.id).await?;
    }
    tx.commit_naming([row.id]).await?;
    Ok(visibility::allows(viewer.scope(), &row).then(|| Arc::new(row)))
}

/// The creator, unless another user is named; none only if an administrator says so.
fn owner(viewer: &Viewer, catalogs: &Catalogs, patch: &Patch<Uuid>, problems: &mut Vec<Problem>) -> Option<Uuid> {
    let mut refuse = |code, message| problems.push(Problem::new(code, &["input", "ownerId"], message));
    match patch {
        Patch::Keep => Some(viewer.user_id),
        Patch::Clear => {
            if !viewer.can_unassign() {
                let message = "only an administrator may leave a prospect without an owner";
                refuse(ProblemCode::Forbidden, message);
            }
            None
        }
        Patch::Set(id) => {
            if catalogs.users.get(*id).is_none_or(|user| user.is_retired()) {
                refuse(ProblemCode::NotFound, "there is no such active user");
            }
            Some(*id)
        }
    }
}

/// The status in which new prospects start.
fn first_status(catalogs: &Catalogs) -> Result<&status::Model> {
    let mut statuses = catalogs.statuses.all().iter();
    let first = statuses.find(|status| status.is_default && !status.is_retired());
    first
        .map(Arc::as_ref)
        .ok_or_else(|| Error::internal("no status is marked as the one where new prospects start"))
}

/// Adds the first cycle and the first intervals of status and owner to what is inserted.
fn begin_process(row: &prospect::Model, status: &status::Model, inserts: &mut Inserts) {
    inserts.add(&cycle::Model {
        id: row.cycle_id,
        prospect_id: row.id,
        kind: CycleKind::New,
        status_id: status.id,
        category: status.category,
        amount_minor: None,
        amount_currency: None,
        opened_at: row.created_at,
        closed_at: None,
        reason_id: None,
        reason_note: None,
        version: 1,
        updated_at: row.updated_at,
    });
    inserts.add(&status_interval::Model {
        id: ids::new(),
        prospect_id: row.id,
        cycle_id: row.cycle_id,
        status_id: status.id,
        from_at: row.created_at,
        to_at: None,
        actor_id: row.created_by,
        reason_id: None,
        note: None,
    });
    if let Some(owner_id) = row.owner_id {
        inserts.add(&owner_interval::Model {
            id: ids::new(),
            prospect_id: row.id,
            owner_id,
            from_at: row.created_at,
            to_at: None,
            actor_id: row.created_by,
            reason: None,
        });
    }
}

/// If the setting requires it, no prospect is registered with a session without its source and its first task.
fn require_source_and_task(registration: &Registration, problems: &mut Vec<Problem>) {
    let mut missing = |path: &[&str]| problems.push(Problem::new(ProblemCode::Required, path, "must be given"));
    let touch = registration.prospect.first_touch.as_ref();
    if touch.is_none_or(|touch| touch.source.is_keep()) {
        missing(&["input", "firstTouch", "sourceId"]);
    }
    if registration.next_task.is_none() {
        missing(&["input", "nextTask"]);
    }
}
