//! Winning a prospect as a client, and taking a win back: a row comes and goes, and nothing else moves.

use std::sync::Arc;

use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, Set};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::client_attributes::{self, WonAttributes};
use super::replaced::{self, ReplacedLevel};
use super::status::{Move, Target};
use super::tasks::follow;
use crate::app::catalogs::{Catalogs, Row};
use crate::cx::Cx;
use crate::entities::process::cycle;
use crate::entities::records::client;
use crate::entities::records::operation::{self, OperationKind};
use crate::entities::setup::potential_level::LevelKind;
use crate::entities::setup::status::StatusCategory;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::ids;
use crate::resolvers::records::prospects::Prospect;
use crate::resolvers::search;
use crate::rules::attributes::merge::AttributeDraft;
use crate::rules::attributes::replaced::ReplacedValues;
use crate::rules::attributes::saved::SavedValues;
use crate::rules::limits::{TEXT_LENGTH, required_text};
use crate::rules::process::ReopenKind;
use crate::tx::Tx;
use crate::tx::locks::Locks;

/// The client data that a win is given.
#[derive(Clone, Debug, Default)]
pub struct ClientDraft {
    /// None: the default level of clients, or the present one.
    pub level: Option<Uuid>,
    pub attributes: Vec<AttributeDraft>,
}

/// The checked client data of a win.
#[derive(Default)]
pub(super) struct WonClient {
    pub level: Option<Uuid>,
    /// None where the win saves none.
    pub attributes: Option<WonAttributes>,
}

/// State that the inverse of a win needs; stored in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Win {
    pub cycle_id: Uuid,
    /// The cycle as it was; None where the win began it.
    pub before: Option<CycleState>,
    /// The level that the client had, where the win gave it another one.
    #[serde(default)]
    pub replaced_level: Option<ReplacedLevel>,
    /// The attributes of the client that the win changed.
    #[serde(default, skip_serializing_if = "ReplacedValues::is_empty")]
    pub replaced_values: ReplacedValues,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CycleState {
    pub status_id: Uuid,
    pub category: StatusCategory,
    pub closed_at: Option<i64>,
    pub reason_id: Option<Uuid>,
    pub reason_note: Option<String>,
}

impl CycleState {
    fn of(cycle: &cycle::Model) -> CycleState {
        CycleState {
            status_id: cycle.status_id,
            category: cycle.category,
            closed_at: cycle.closed_at,
            reason_id: cycle.reason_id,
            reason_note: cycle.reason_note.clone(),
        }
    }
}

/// State that was undone with a win.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TakenBack {
    cycle_id: Uuid,
    /// The client that was removed; None where another win stands.
    pub client: Option<RemovedClient>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RemovedClient {
    since: i64,
    potential_level_id: Option<Uuid>,
    converted_by: Option<Uuid>,
    /// The attributes of the client, which come back with a later win.
    #[serde(flatten)]
    pub values: SavedValues,
}

/// Wins the prospect: an open cycle as it is, a lost or discarded one as reconsidered.
pub async fn convert(cx: &Cx, id: Uuid, draft: &ClientDraft) -> Result<Prospect> {
    let catalogs = cx.catalogs();
    let tx = cx.begin().await?;
    let mut step = Move::begin(cx, &tx, id).await?;
    let mut problems = Vec::new();
    if let Some(level) = draft.level {
        check_level(&catalogs, level, &mut problems);
    }
    if step.cycle.category == StatusCategory::Won {
        problems.push(Problem::new(ProblemCode::State, &["id"], "the prospect is won already"));
    }
    let Some(status) = catalogs
        .statuses
        .all()
        .iter()
        .find(|status| status.category == StatusCategory::Won && !status.is_retired())
    else {
        return Err(Error::internal("no status of category WON is in use"));
    };
    step.check_attributes(&tx, status.id, &mut problems).await?;
    let attributes = WonAttributes::check(&tx, &step, &draft.attributes, draft.level.is_some(), &mut problems).await?;
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let reopen_as = (step.cycle.category != StatusCategory::Open).then_some(ReopenKind::Reconsidered);
    let target = Target {
        status_id: status.id,
        category: status.category,
        reason_id: None,
        note: None,
        reopen_as,
    };
    let client = WonClient {
        level: draft.level,
        attributes,
    };
    step.go(&tx, target, client).await?;
    tx.commit_naming([id]).await?;
    Ok(Arc::new(step.prospect))
}

/// Undoes the latest win and restores the previous state of its cycle. While another win stands the record stays a client.
pub async fn unconvert(cx: &Cx, id: Uuid, reason: &str) -> Result<Prospect> {
    let mut problems = Vec::new();
    let note = required_text(reason, TEXT_LENGTH, &["input", "reason"], &mut problems);
    let assignees = follow::waiting_assignees(cx, id).await?;
    let tx = cx.begin_with(Locks::of(assignees)).await?;
    let mut step = Move::begin(cx, &tx, id).await?;
    if step.prospect.client_since.is_none() {
        return Err(Error::NotFound);
    }
    if step.cycle.category == StatusCategory::Open {
        problems.push(Problem::new(ProblemCode::State, &["id"], "a later cycle is open: close it first"));
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let won = cycle::Entity::find()
        .filter(cycle::Column::ProspectId.eq(id))
        .filter(cycle::Column::Category.eq(StatusCategory::Won))
        .order_by_desc(cycle::Column::ClosedAt)
        .order_by_desc(cycle::Column::Id)
        .one(&tx)
        .await?;
    let latest = std::mem::replace(&mut step.cycle, won.ok_or_else(|| Error::internal("a client has no won cycle"))?);
    let win = take_back(&tx, &mut step, false).await?;
    let state = win.and_then(|win| win.before).map_or_else(|| reentry(&cx.catalogs()), Ok)?;
    // The cycle enters its earlier status again, which may require more by now.
    step.check_attributes(&tx, state.status_id, &mut problems).await?;
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    step.cycle = cycle::Model {
        status_id: state.status_id,
        category: state.category,
        closed_at: state.closed_at,
        reason_id: state.reason_id,
        reason_note: state.reason_note,
        version: step.cycle.version + 1,
        updated_at: step.journal.now,
        ..step.cycle
    };
    step.cycle.clone().into_active_model().reset_all().update(&tx).await?;
    step.update_tasks(&tx, StatusCategory::Won, Some(ReopenKind::Correction)).await?;
    // An open cycle is the current one, else the latest stays so.
    if step.cycle.category != StatusCategory::Open && latest.id != step.cycle.id {
        step.cycle = latest;
    }
    let from = step.prospect.status_id;
    let target = Target {
        status_id: step.cycle.status_id,
        category: step.cycle.category,
        reason_id: step.cycle.reason_id,
        note: Some(note),
        reopen_as: Some(ReopenKind::Correction),
    };
    step.write_change(&tx, from, target).await?;
    tx.commit_naming([id]).await?;
    Ok(Arc::new(step.prospect))
}

/// Journals a win, and makes a client of the prospect if it is none yet.
pub(super) async fn record_win(tx: &Tx, step: &mut Move<'_>, before: Option<&cycle::Model>, won: WonClient) -> Result<()> {
    let present = match step.prospect.client_since {
        Some(_) => client::Entity::find_by_id(step.prospect.id).one(tx).await?,
        None => None,
    };
    let mut win = match step.taken_back.take() {
        // One win corrected into another: what was before the first is before the second.
        Some(win) => win,
        None => Win {
            cycle_id: step.cycle.id,
            before: before.map(CycleState::of),
            replaced_level: None,
            replaced_values: ReplacedValues::default(),
        },
    };
    win.add_replaced(&step.cx.catalogs(), present.as_ref(), &won);
    journal(tx, step, OperationKind::Convert, &win).await?;
    match present {
        Some(client) => {
            let is_change = won.level.is_some() || won.attributes.as_ref().is_some_and(WonAttributes::is_change);
            if is_change {
                let level = won.level.or(client.potential_level_id);
                set_level(tx, &client, level, step.journal.now).await?;
            }
        }
        None => {
            let client = client::Model {
                id: step.prospect.id,
                since: step.journal.now,
                potential_level_id: won.level.or_else(|| default_level(&step.cx.catalogs())),
                converted_by: step.journal.actor_id(),
                version: 1,
                updated_at: step.journal.now,
            };
            client::Entity::insert(client.into_active_model().reset_all())
                .exec_without_returning(tx)
                .await?;
            step.prospect.client_since = Some(step.journal.now);
        }
    }
    match won.attributes {
        Some(attributes) => attributes.write(tx, step).await,
        None => Ok(()),
    }
}

/// The level of new clients. None if there is none.
fn default_level(catalogs: &Catalogs) -> Option<Uuid> {
    let mut levels = catalogs.potential_levels.all().iter();
    levels
        .find(|level| level.is_default && level.applies_to == LevelKind::Client)
        .map(|level| level.id)
}

/// Undoes the win of the step's cycle: marks it in the journal, and removes the client unless another win stands. Then the client gets back what
/// the win replaced, unless the same change wins the cycle again. Returns what was journalled.
pub(super) async fn take_back(tx: &Tx, step: &mut Move<'_>, is_won_again: bool) -> Result<Option<Win>> {
    let wins = operation::Entity::find()
        .filter(operation::Column::ProspectId.eq(step.prospect.id))
        .filter(operation::Column::Kind.eq(OperationKind::Convert))
        .filter(operation::Column::UndoneAt.is_null())
        .order_by_desc(operation::Column::At)
        .order_by_desc(operation::Column::Id)
        .all(tx)
        .await?;
    let win = wins.into_iter().find_map(|row| {
        let win: Win = serde_json::from_value(row.data.clone()).ok()?;
        (win.cycle_id == step.cycle.id).then_some((row.id, win))
    });
    if let Some((id, _)) = &win {
        operation::ActiveModel {
            id: Set(*id),
            undone_at: Set(Some(step.journal.now)),
            ..Default::default()
        }
        .update(tx)
        .await?;
    }
    let others = cycle::Entity::find()
        .filter(cycle::Column::ProspectId.eq(step.prospect.id))
        .filter(cycle::Column::Category.eq(StatusCategory::Won))
        .filter(cycle::Column::Id.ne(step.cycle.id))
        .count(tx)
        .await?;
    let mut removed = None;
    if others == 0 {
        if let Some(client) = client::Entity::find_by_id(step.prospect.id).one(tx).await? {
            let values = client_attributes::save(tx, step).await?;
            let may_be_found = !values.is_empty();
            removed = Some(RemovedClient {
                since: client.since,
                potential_level_id: client.potential_level_id,
                converted_by: client.converted_by,
                values,
            });
            client::Entity::delete_by_id(client.id).exec(tx).await?;
            if may_be_found {
                // Open search has found the prospect by the attributes of the client.
                search::refresh(tx, client.id).await?;
            }
        }
        step.prospect.client_since = None;
    } else if let Some((_, win)) = win.as_ref().filter(|_| !is_won_again) {
        replaced::put_back(tx, step, win).await?;
    }
    journal(
        tx,
        step,
        OperationKind::Unconvert,
        &TakenBack {
            cycle_id: step.cycle.id,
            client: removed,
        },
    )
    .await?;
    Ok(win.map(|(_, win)| win))
}

/// Stores the level of a client, as a new version of it.
pub(super) async fn set_level(tx: &Tx, client: &client::Model, level: Option<Uuid>, now: i64) -> Result<()> {
    let row = client::ActiveModel {
        id: Set(client.id),
        potential_level_id: Set(level),
        version: Set(client.version + 1),
        updated_at: Set(now),
        ..Default::default()
    };
    row.update(tx).await?;
    Ok(())
}

async fn journal(tx: &Tx, step: &Move<'_>, kind: OperationKind, data: &impl Serialize) -> Result<()> {
    let row = operation::Model {
        id: ids::new(),
        prospect_id: step.prospect.id,
        kind,
        actor_id: step.journal.actor_id(),
        at: step.journal.now,
        undone_at: None,
        data: serde_json::to_value(data).map_err(Error::internal)?,
    };
    operation::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// A cycle that began with its win continues in the status for re-entry.
fn reentry(catalogs: &Catalogs) -> Result<CycleState> {
    let status = catalogs
        .statuses
        .all()
        .iter()
        .find(|status| status.is_reentry && !status.is_retired());
    let status = status.ok_or_else(|| Error::internal("no status is marked as the one where clients who return start"))?;
    Ok(CycleState {
        status_id: status.id,
        category: status.category,
        closed_at: None,
        reason_id: None,
        reason_note: None,
    })
}

pub(super) fn check_level(catalogs: &Catalogs, level: Uuid, problems: &mut Vec<Problem>) {
    let mut problem = |code, message: &str| problems.push(Problem::new(code, &["input", "potentialLevelId"], message));
    match catalogs.potential_levels.get(level) {
        None => problem(ProblemCode::NotFound, "there is no such level"),
        Some(level) if level.applies_to != LevelKind::Client => problem(ProblemCode::Invalid, "this level is one of prospects"),
        Some(level) if level.is_retired() => problem(ProblemCode::State, "this level is retired"),
        Some(_) => {}
    }
}
