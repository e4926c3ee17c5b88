//! Saving a prospect: the whole record in one transaction, all problems reported at once.

/// Drafts of a prospect.
pub mod draft;
/// A new prospect: checked, then inserted.
pub mod insert;

mod attributes;
mod columns;
mod contents;
mod nested;
mod tags;
mod touches;

use std::sync::Arc;

use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{Prospect, lock};
use crate::cx::Cx;
use crate::db::Inserts;
use crate::entities::process::owner_interval;
use crate::entities::records::timeline_entry::EntryKind;
use crate::error::{Error, Result};
use crate::resolvers::records::attributes as values;
use crate::resolvers::records::duplicates;
use crate::resolvers::records::journal::Journal;
use crate::resolvers::records::timeline::Change;
use crate::resolvers::search;
use crate::rules::limits::check_version;
use crate::rules::profile;
use attributes::{Attributes, PresentAttributes};
use columns::{described, fields};
use contents::{Lists, Present};
use draft::ProspectDraft;
use nested::{Checks, identifiers};
use touches::{describe_touch, first_touch};

pub use columns::websites_of;
pub(in crate::resolvers) use nested::identifiers::{bring_back, taken_numbers};

/// Changes what the draft mentions; a draft that changes nothing leaves no trace.
pub async fn update(cx: &Cx, id: Uuid, draft: &ProspectDraft, expected_version: Option<i32>) -> Result<Prospect> {
    let viewer = cx.viewer()?;
    let catalogs = cx.catalogs();
    let tx = cx.begin().await?;
    let before = lock(&tx, viewer.scope(), id).await?;
    let journal = Journal::of(cx)?;
    let mut problems = Vec::new();
    check_version(expected_version, before.version, &mut problems);
    let present = Present::read(&tx, id, draft).await?;
    let present_attributes = PresentAttributes::read(cx, &tx, id, draft).await?;
    let mut checks = Checks {
        problems: &mut problems,
        path: vec!["input".to_owned()],
    };
    let mut row = fields(&mut checks, viewer, &catalogs, &draft.values, before.clone(), false);
    let lists = Lists::merge(&mut checks, cx, &catalogs, id, &present, draft, false);
    let attributes = Attributes::merge(&mut checks, cx, present_attributes, draft, &row, &lists.contacts, false)?;
    let touch_before = present.first_touch;
    let touch = match (&draft.first_touch, &touch_before) {
        (Some(draft), Some(present)) => Some(first_touch(&mut checks, &catalogs, draft, Some(present), &mut row, journal.now)),
        _ => None,
    };
    values::check_references(cx, &tx, &attributes.records, checks.problems).await?;
    identifiers::check_taken(cx, &tx, &mut checks, id, &lists.identifiers).await?;
    let removed: Vec<Uuid> = lists.contacts.removed.iter().map(|row| row.id).collect();
    values::check_unique(cx, &tx, &attributes.records, &removed, checks.problems).await?;
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }

    let mut changes = described(&catalogs, &before, &row);
    lists.describe(&catalogs, &mut changes);
    attributes.describe(&catalogs, &lists.contacts, &mut changes);
    let touch = touch.filter(|touch| touch_before.as_ref() != Some(touch));
    if let (Some(before), Some(after)) = (&touch_before, &touch) {
        describe_touch(&catalogs, before, after, &mut changes);
    }
    if changes.is_empty() {
        return Ok(Arc::new(before));
    }
    let keys = lists.match_keys();
    let is_named_anew = row.name_norm != before.name_norm || row.legal_name_norm != before.legal_name_norm;
    let is_found_anew = is_named_anew || lists.change_search() || attributes.change_search();
    if row.validity_days != before.validity_days {
        let owned_since = owned_since(&tx, id).await?;
        row.valid_until = owned_since.and_then(|since| profile::valid_until(since, row.validity_days));
    }
    if let Some(touch) = touch {
        touch.into_active_model().reset_all().update(&tx).await?;
    }
    let mut inserts = Inserts::default();
    lists.write(&tx, id, journal.now, &mut inserts).await?;
    values::write(&tx, &attributes.records, &mut inserts).await?;
    duplicates::notify(cx, &tx, journal, &keys, id, &mut inserts).await?;
    let change = Change {
        changes,
        ..Change::default()
    };
    let row = journal.save(&tx, row, EntryKind::FieldChange, Some(change), inserts).await?;
    values::write_documents(cx, &tx, &attributes.records).await?;
    if is_found_anew {
        search::refresh(&tx, id).await?;
    }
    tx.commit_naming([id]).await?;
    Ok(Arc::new(row))
}

/// Since when the prospect has its present owner. None: it has none.
async fn owned_since(tx: &impl ConnectionTrait, prospect_id: Uuid) -> Result<Option<i64>> {
    let open = owner_interval::Entity::find()
        .select_only()
        .column(owner_interval::Column::FromAt)
        .filter(owner_interval::Column::ProspectId.eq(prospect_id))
        .filter(owner_interval::Column::ToAt.is_null());
    Ok(open.into_tuple().one(tx).await?)
}
