//! Changes of status: the only way in which a cycle moves, closes, is won, or is reopened.

use std::sync::Arc;

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use super::client_attributes::{self, WonAttributes};
use super::conversion::{self, Win, WonClient};
use super::tasks::follow;
use crate::app::catalogs::Row;
use crate::cx::Cx;
use crate::db::Inserts;
use crate::entities::process::{cycle, status_interval};
use crate::entities::records::prospect;
use crate::entities::records::timeline_entry::EntryKind;
use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::entities::setup::status::StatusCategory;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::ids;
use crate::resolvers::records::attributes;
use crate::resolvers::records::journal::Journal;
use crate::resolvers::records::prospects::{self, Prospect};
use crate::resolvers::records::timeline::Change;
use crate::rules::attributes::merge::{self, AttributeDraft};
use crate::rules::limits::{TEXT_LENGTH, optional_text};
use crate::rules::process::{self, ReopenKind};
use crate::tx::Tx;
use crate::tx::locks::Locks;

#[derive(Clone, Debug, Default)]
pub struct StatusChange {
    /// None: where clients who return start; only together with one of the kinds that open a new cycle.
    pub status_id: Option<Uuid>,
    pub reason_id: Option<Uuid>,
    pub note: Option<String>,
    pub reopen_as: Option<ReopenKind>,
    /// Attributes of the client that a win makes.
    pub client_attributes: Vec<AttributeDraft>,
    pub expected_version: Option<i32>,
}

/// A locked prospect during a change of status.
pub(super) struct Move<'a> {
    pub cx: &'a Cx,
    pub prospect: prospect::Model,
    pub cycle: cycle::Model,
    pub journal: Journal,
    /// The win that was undone by the change.
    pub taken_back: Option<Win>,
}

/// Target of the change, with its reason.
pub(super) struct Target {
    pub status_id: Uuid,
    pub category: StatusCategory,
    pub reason_id: Option<Uuid>,
    pub note: Option<String>,
    pub reopen_as: Option<ReopenKind>,
}

/// Puts the prospect into another status, with all that follows from it.
pub async fn change(cx: &Cx, id: Uuid, change: StatusChange) -> Result<Prospect> {
    let assignees = match change.reopen_as {
        Some(ReopenKind::Correction) => follow::waiting_assignees(cx, id).await?,
        _ => Vec::new(),
    };
    let tx = cx.begin_with(Locks::of(assignees)).await?;
    let mut step = Move::begin(cx, &tx, id).await?;
    let mut problems = Vec::new();
    crate::rules::limits::check_version(change.expected_version, step.prospect.version, &mut problems);
    let drafts = change.client_attributes.clone();
    let Some(target) = target(&step, change, &mut problems) else {
        return Err(Error::Invalid(problems));
    };
    step.check_attributes(&tx, target.status_id, &mut problems).await?;
    if problems.is_empty() && step.cycle.category == StatusCategory::Won && target.reopen_as == Some(ReopenKind::Correction) {
        step.taken_back = conversion::take_back(&tx, &mut step, target.category == StatusCategory::Won).await?;
    }
    let mut client = WonClient::default();
    if target.category == StatusCategory::Won {
        client.attributes = WonAttributes::check(&tx, &step, &drafts, false, &mut problems).await?;
    } else {
        client_attributes::refuse(&drafts, &mut problems);
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    step.go(&tx, target, client).await?;
    tx.commit_naming([id]).await?;
    Ok(Arc::new(step.prospect))
}

/// Checks the request against the rules.
fn target(step: &Move, change: StatusChange, problems: &mut Vec<Problem>) -> Option<Target> {
    let catalogs = step.cx.catalogs();
    let mut problem = |code, field: &str, message: &str| problems.push(Problem::new(code, &["input", field], message));
    let opens_new = change.reopen_as.is_some_and(|reopen| reopen.new_cycle().is_some());
    let status = match change.status_id {
        Some(id) => catalogs.statuses.get(id),
        None if opens_new => catalogs
            .statuses
            .all()
            .iter()
            .find(|status| status.is_reentry && !status.is_retired()),
        None => {
            problem(
                ProblemCode::Required,
                "statusId",
                "may be left out only where a new cycle is opened",
            );
            return None;
        }
    };
    let Some(status) = status else {
        problem(ProblemCode::NotFound, "statusId", "there is no such status");
        return None;
    };
    if status.is_retired() {
        problem(ProblemCode::State, "statusId", "this status is retired");
    }
    if status.id == step.prospect.status_id && !opens_new {
        problem(ProblemCode::State, "statusId", "the prospect is in this status");
    } else if let Err(refusal) = process::change(
        step.cycle.category,
        status.category,
        change.reopen_as,
        step.prospect.client_since.is_some(),
    ) {
        problem(ProblemCode::State, "reopenAs", refusal.message());
    }
    let reason = change.reason_id.and_then(|id| catalogs.reasons.get(id));
    match (change.reason_id, reason) {
        (None, _) if matches!(status.category, StatusCategory::Lost | StatusCategory::Discarded) => {
            problem(ProblemCode::Required, "reasonId", "a reason is required")
        }
        (None, _) => {}
        (Some(_), None) => problem(ProblemCode::NotFound, "reasonId", "there is no such reason"),
        (Some(_), Some(reason)) => match process::reason_fits(reason.category, status.category) {
            None => problem(ProblemCode::Invalid, "reasonId", "only losing and discarding take a reason"),
            Some(false) => problem(ProblemCode::Invalid, "reasonId", "this reason is not one for this status"),
            Some(true) if reason.is_retired() => problem(ProblemCode::State, "reasonId", "this reason is retired"),
            Some(true) => {}
        },
    }
    let note = optional_text(change.note.as_deref(), TEXT_LENGTH, &["input", "note"], problems);
    if note.is_none() && reason.is_some_and(|reason| reason.requires_note) {
        problems.push(Problem::new(
            ProblemCode::Required,
            &["input", "note"],
            "this reason requires a note",
        ));
    }
    Some(Target {
        status_id: status.id,
        category: status.category,
        reason_id: change.reason_id,
        note,
        reopen_as: change.reopen_as,
    })
}

impl<'a> Move<'a> {
    /// Locks the prospect and reads its cycle.
    pub async fn begin(cx: &'a Cx, tx: &Tx, id: Uuid) -> Result<Move<'a>> {
        let viewer = cx.viewer()?;
        let prospect = prospects::lock(tx, viewer.scope(), id).await?;
        let cycle = cycle::Entity::find_by_id(prospect.cycle_id).one(tx).await?;
        let cycle = cycle.ok_or_else(|| Error::internal("a prospect has no cycle"))?;
        Ok(Move {
            cx,
            prospect,
            cycle,
            journal: Journal::of(cx)?,
            taken_back: None,
        })
    }

    /// A problem for each attribute that the status requires and the prospect does not have.
    pub async fn check_attributes(&self, tx: &Tx, status_id: Uuid, problems: &mut Vec<Problem>) -> Result<()> {
        let (viewer, catalogs) = (self.cx.viewer()?, self.cx.catalogs());
        if merge::is_required_by_status(&catalogs.definitions, status_id, viewer) {
            let document = attributes::document_of(tx, AttributeEntity::Prospect, self.prospect.id).await?;
            problems.extend(merge::missing_for_status(&catalogs.definitions, status_id, viewer, &document));
        }
        Ok(())
    }

    /// Writes cycle, intervals, history and the prospect itself; a win makes a client.
    pub async fn go(&mut self, tx: &Tx, target: Target, client: WonClient) -> Result<()> {
        let from = self.prospect.status_id;
        let is_closed = target.category != StatusCategory::Open;
        let before = match target.reopen_as.and_then(ReopenKind::new_cycle) {
            Some(kind) => {
                self.cycle = cycle::Model {
                    id: ids::new(),
                    prospect_id: self.prospect.id,
                    kind,
                    status_id: target.status_id,
                    category: target.category,
                    amount_minor: None,
                    amount_currency: None,
                    opened_at: self.journal.now,
                    closed_at: is_closed.then_some(self.journal.now),
                    reason_id: None,
                    reason_note: None,
                    version: 1,
                    updated_at: self.journal.now,
                };
                cycle::Entity::insert(self.cycle.clone().into_active_model().reset_all())
                    .exec_without_returning(tx)
                    .await?;
                None
            }
            None => {
                let before = self.cycle.clone();
                self.cycle = cycle::Model {
                    status_id: target.status_id,
                    category: target.category,
                    closed_at: is_closed.then_some(self.journal.now),
                    reason_id: target.reason_id,
                    reason_note: target.reason_id.and(target.note.clone()),
                    version: before.version + 1,
                    updated_at: self.journal.now,
                    ..before.clone()
                };
                self.cycle.clone().into_active_model().reset_all().update(tx).await?;
                self.update_tasks(tx, before.category, target.reopen_as).await?;
                Some(before)
            }
        };
        if target.category == StatusCategory::Won {
            conversion::record_win(tx, self, before.as_ref(), client).await?;
        }
        self.write_change(tx, from, target).await
    }

    /// Planned tasks of a cycle are cancelled with it, and planned again if the closing was a mistake.
    pub async fn update_tasks(&self, tx: &Tx, before: StatusCategory, reopen_as: Option<ReopenKind>) -> Result<()> {
        let (prospect, cycle_id) = (&self.prospect, self.cycle.id);
        match (before, self.cycle.category) {
            (StatusCategory::Open, StatusCategory::Won | StatusCategory::Lost | StatusCategory::Discarded) => {
                follow::cancel_with_cycle(tx, prospect.id, cycle_id, self.journal).await
            }
            (StatusCategory::Won | StatusCategory::Lost | StatusCategory::Discarded, StatusCategory::Open) => match reopen_as {
                Some(ReopenKind::Correction) => follow::restore_with_cycle(tx, prospect, cycle_id, self.journal).await,
                _ => follow::forget_with_cycle(tx, prospect.id, cycle_id).await,
            },
            _ => Ok(()),
        }
    }

    /// Writes what every change of status leaves behind: intervals, the entry of the timeline, the prospect.
    pub async fn write_change(&mut self, tx: &Tx, from: Uuid, target: Target) -> Result<()> {
        status_interval::Entity::update_many()
            .col_expr(status_interval::Column::ToAt, Expr::val(self.journal.now))
            .filter(status_interval::Column::ProspectId.eq(self.prospect.id))
            .filter(status_interval::Column::ToAt.is_null())
            .exec(tx)
            .await?;
        let interval = status_interval::Model {
            id: ids::new(),
            prospect_id: self.prospect.id,
            cycle_id: self.cycle.id,
            status_id: target.status_id,
            from_at: self.journal.now,
            to_at: None,
            actor_id: self.journal.actor_id(),
            reason_id: target.reason_id,
            note: target.note.clone(),
        };
        let mut inserts = Inserts::default();
        inserts.add(&interval);
        let change = Change {
            from: Some(from),
            to: Some(target.status_id),
            reason: target.reason_id.map(|id| id.to_string()),
            note: target.note,
            reopen_as: target.reopen_as.map(|reopen| reopen.name().to_owned()),
            ..Change::default()
        };
        self.prospect.status_id = target.status_id;
        self.prospect.cycle_id = self.cycle.id;
        self.prospect = self
            .journal
            .save(tx, self.prospect.clone(), EntryKind::StatusChange, Some(change), inserts)
            .await?;
        Ok(())
    }
}
