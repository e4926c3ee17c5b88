//! Saving a prospect: the whole record in one transaction, all problems reported at once.

use std::sync::Arc;

use sea_orm::{ActiveModelTrait, IntoActiveModel};
use uuid::Uuid;

use super::columns::{check_keepers, default_of, describe_touch, described, fields, first_touch, new_owner};
use super::contents::{Lists, Present};
use super::draft::ProspectDraft;
use super::nested::{Checks, identifiers};
use super::{Prospect, lock};
use crate::app::catalogs::Row;
use crate::auth::visibility;
use crate::cx::Cx;
use crate::db::Inserts;
use crate::entities::records::cycle::CycleKind;
use crate::entities::records::timeline_entry::EntryKind;
use crate::entities::records::touch::TouchPlace;
use crate::entities::records::{cycle, owner_interval, prospect, status_interval, touch};
use crate::entities::setup::potential_level::LevelKind;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::ids;
use crate::resolvers::records::duplicates;
use crate::resolvers::records::ownership;
use crate::resolvers::records::tasks::plan;
use crate::resolvers::records::timeline::{self, Change, NewEntry};
use crate::resolvers::search;
use crate::rules::limits::check_version;
use crate::rules::profile;
use crate::tx::locks::Locks;

/// Creates a prospect with all that the draft holds. The result is None where the caller does not see what was created, having given it to somebody else.
pub async fn create(cx: &Cx, draft: &ProspectDraft) -> Result<Option<Prospect>> {
    let viewer = cx.viewer()?;
    let catalogs = cx.catalogs();
    let now = cx.now();
    let mut problems = Vec::new();
    let mut checks = Checks {
        problems: &mut problems,
        path: vec!["input".to_owned()],
    };
    let id = checks.new_id(draft.id);
    let owner_id = new_owner(&mut checks, viewer, &catalogs, &draft.owner);
    let Some(status) = catalogs
        .statuses
        .all()
        .iter()
        .find(|status| status.is_default && !status.is_retired())
    else {
        return Err(Error::internal("no status is marked as the one where new prospects start"));
    };
    let blank = prospect::Model {
        id,
        kind: prospect::ProspectKind::Person,
        name: String::new(),
        name_norm: String::new(),
        legal_name: None,
        legal_name_norm: None,
        owner_id,
        channel_id: default_of(&catalogs.channels, |row| row.is_default)?,
        segment_id: default_of(&catalogs.segments, |row| row.is_default).ok(),
        potential_level_id: default_of(&catalogs.potential_levels, |row| {
            row.is_default && row.applies_to == LevelKind::Prospect
        })
        .ok(),
        source_id: default_of(&catalogs.sources, |row| row.is_default)?,
        status_id: status.id,
        cycle_id: ids::new(),
        client_since: None,
        first_contact_at: None,
        last_activity_at: now,
        created_by: Some(viewer.user_id),
        version: 1,
        created_at: now,
        updated_at: now,
        deleted_at: None,
        rating: None,
        interest: None,
        industry_id: None,
        customer_type_id: None,
        websites: None,
        validity_days: None,
        is_notification_enabled: true,
        valid_until: None,
    };
    let mut row = fields(&mut checks, &catalogs, draft, blank, true);
    row.valid_until = owner_id.and_then(|_| profile::valid_until(now, row.validity_days));
    let present = Present::default();
    let lists = Lists::merge(&mut checks, cx, &catalogs, id, &present, draft, true);
    if cx.app.settings.require_source_and_task && viewer.is_by_hand() {
        require_source_and_task(checks.problems, draft);
    }
    let first_touch = first_touch(
        &mut checks,
        &catalogs,
        draft.first_touch.clone().unwrap_or_default(),
        None,
        &mut row,
        now,
    );

    let next_task = draft
        .next_task
        .clone()
        .map(|new| plan::prepare(cx, viewer, &row, new, None, &["input", "nextTask"], checks.problems));

    let assignee_id = next_task.as_ref().and_then(|task| task.assignee_id);
    let tx = cx.begin_with(Locks::of(owner_id.into_iter().chain(assignee_id))).await?;
    let claim = draft.id.map(|id| (id, checks.at("id")));
    lists.check_claimed(&tx, claim, &mut checks).await?;
    check_keepers(&tx, &mut checks, owner_id, next_task.as_ref());
    let looked_up = identifiers::check_taken(cx, &tx, &mut checks, id, &lists.identifiers).await?;
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }

    let mut inserts = Inserts::default();
    inserts.add(&row);
    inserts.add(&cycle::Model {
        id: row.cycle_id,
        prospect_id: id,
        kind: CycleKind::New,
        status_id: status.id,
        category: status.category,
        amount_minor: None,
        amount_currency: None,
        opened_at: now,
        closed_at: None,
        reason_id: None,
        reason_note: None,
        version: 1,
        updated_at: now,
    });
    inserts.add(&first_touch);
    inserts.add(&touch::Model {
        id: ids::new(),
        place: TouchPlace::Last,
        ..first_touch
    });
    inserts.add(&status_interval::Model {
        id: ids::new(),
        prospect_id: id,
        cycle_id: row.cycle_id,
        status_id: status.id,
        from_at: now,
        to_at: None,
        actor_id: Some(viewer.user_id),
        reason_id: None,
        note: None,
    });
    if let Some(owner_id) = owner_id {
        inserts.add(&owner_interval::Model {
            id: ids::new(),
            prospect_id: id,
            owner_id,
            from_at: now,
            to_at: None,
            actor_id: Some(viewer.user_id),
            reason: None,
        });
    }
    let entry = NewEntry {
        id: ids::new(),
        prospect_id: id,
        kind: EntryKind::Created,
        occurred_at: now,
        recorded_at: now,
        actor_id: Some(viewer.user_id),
    };
    timeline::add(&mut inserts, entry, None)?;
    inserts.add(&lists.search_document(&row));
    if let Some(task) = &next_task {
        plan::add(&mut inserts, task, viewer.user_id, now)?;
    }
    duplicates::notify(cx, &tx, &lists.likeness(), id, &mut inserts).await?;
    lists.write(&tx, id, now, &mut inserts).await?;
    inserts.write(&tx).await?;
    tx.commit_naming([id]).await?;
    cx.app.identifier_lookups.give_back(viewer.user_id, looked_up);
    Ok(visibility::allows(viewer.scope(), &row).then(|| Arc::new(row)))
}

/// Where it is set so, nobody is registered without saying where they came from and what is to be done.
fn require_source_and_task(problems: &mut Vec<Problem>, draft: &ProspectDraft) {
    let mut missing = |path: &[&str]| problems.push(Problem::new(ProblemCode::Required, path, "must be given"));
    if draft.first_touch.as_ref().is_none_or(|touch| touch.source.is_keep()) {
        missing(&["input", "firstTouch", "sourceId"]);
    }
    if draft.next_task.is_none() {
        missing(&["input", "nextTask"]);
    }
}

/// Changes what the draft mentions; a draft that changes nothing leaves no trace.
pub async fn update(cx: &Cx, id: Uuid, draft: &ProspectDraft, expected_version: Option<i32>) -> Result<Prospect> {
    let viewer = cx.viewer()?;
    let catalogs = cx.catalogs();
    let now = cx.now();
    let tx = cx.begin().await?;
    let before = lock(&tx, viewer.scope(), id).await?;
    let mut problems = Vec::new();
    check_version(expected_version, before.version, &mut problems);
    let present = Present::read(&tx, id, draft).await?;
    let mut checks = Checks {
        problems: &mut problems,
        path: vec!["input".to_owned()],
    };
    let mut row = fields(&mut checks, &catalogs, draft, before.clone(), false);
    let lists = Lists::merge(&mut checks, cx, &catalogs, id, &present, draft, false);
    let touch_before = present.first_touch;
    let touch = match (draft.first_touch.clone(), &touch_before) {
        (Some(draft), Some(present)) => Some(first_touch(&mut checks, &catalogs, draft, Some(present), &mut row, now)),
        _ => None,
    };
    let looked_up = identifiers::check_taken(cx, &tx, &mut checks, id, &lists.identifiers).await?;
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }

    let mut changes = described(&catalogs, &before, &row);
    lists.describe(&catalogs, &mut changes);
    let touch = touch.filter(|touch| touch_before.as_ref() != Some(touch));
    if let (Some(before), Some(after)) = (&touch_before, &touch) {
        describe_touch(&catalogs, before, after, &mut changes);
    }
    if changes.is_empty() {
        return Ok(Arc::new(before));
    }
    let likeness = lists.likeness();
    let is_named_anew = row.name_norm != before.name_norm || row.legal_name_norm != before.legal_name_norm;
    let is_found_anew = is_named_anew || lists.change_search();
    if row.validity_days != before.validity_days {
        let owned_since = ownership::since(&tx, id).await?;
        row.valid_until = owned_since.and_then(|since| profile::valid_until(since, row.validity_days));
    }
    row.version += 1;
    row.updated_at = now;
    row.last_activity_at = row.last_activity_at.max(now);
    let row = row.into_active_model().reset_all().update(&tx).await?;
    let mut inserts = Inserts::default();
    lists.write(&tx, id, now, &mut inserts).await?;
    if let Some(touch) = touch {
        touch.into_active_model().reset_all().update(&tx).await?;
    }
    let entry = NewEntry {
        id: ids::new(),
        prospect_id: id,
        kind: EntryKind::FieldChange,
        occurred_at: now,
        recorded_at: now,
        actor_id: Some(viewer.user_id),
    };
    let change = Change {
        changes,
        ..Change::default()
    };
    timeline::add(&mut inserts, entry, Some(change))?;
    duplicates::notify(cx, &tx, &likeness, id, &mut inserts).await?;
    inserts.write(&tx).await?;
    if is_found_anew {
        search::refresh(&tx, id).await?;
    }
    tx.commit_naming([id]).await?;
    cx.app.identifier_lookups.give_back(viewer.user_id, looked_up);
    Ok(Arc::new(row))
}
