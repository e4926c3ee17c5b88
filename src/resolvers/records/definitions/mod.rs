//! Changes of definitions that concern records: what a change would do to stored values, the change, and what open search finds.

/// What is stored beside values.
pub mod forms;
/// Stored values under a changed definition.
mod refit;
/// The lock under which a change concerns all records of a kind.
mod tables;

use sea_orm::EntityTrait;
use uuid::Uuid;

use crate::cx::Cx;
use crate::entities::setup::attribute_definition::{self, Model};
use crate::error::{Error, Result};
use crate::resolvers::search;
use crate::resolvers::setup::attribute_indexes::{drop_indexes, drop_unique_index, enqueue_search};
use crate::resolvers::setup::attributes::{Surroundings, Written, begin, commit, parsed, store};
use crate::rules::attributes::Definition;
use crate::rules::attributes::definition::{self as rules, Draft};
use crate::rules::attributes::index::is_enforced;
use crate::tx::Tx;

pub use refit::{Misfit, Preview, RecordKey};

/// Search documents that are written in the transaction of a change; a job writes more. The indexes of their trigrams take about 0.1 ms for
/// each, and a request has 10 s for all.
const MOST_DOCUMENTS: u64 = 10_000;

/// Edits a definition, in use or retired. Stored values that do not fit it any more are removed in the same transaction, and remain in the
/// history. Administrators only.
pub async fn update(cx: &Cx, id: Uuid, draft: &Draft, expected_version: Option<i32>) -> Result<Written> {
    let tx = begin(cx, draft).await?;
    let rows = attribute_definition::Entity::find().all(&tx).await?;
    let mut surroundings = Surroundings::read(cx, &tx, draft).await?;
    if let Some(before) = rows.iter().find(|row| row.id == id && may_change_currency(row, draft)) {
        // No value of the former currency comes in between.
        tables::lock(&tx, before.entity).await?;
        surroundings.has_values = refit::has_values(&tx, &parsed(before.clone())).await?;
    }
    let row = rules::update(&rows, id, draft, expected_version, surroundings.terms(cx))?;
    let before = find(&rows, id)?;
    let row = store(cx, &tx, before, row).await?;
    take_effect(cx, &tx, before, &row).await?;
    commit(cx, tx, row).await
}

/// Takes a definition out of use; stored values stay. Administrators only.
pub async fn retire(cx: &Cx, id: Uuid) -> Result<Written> {
    let now = cx.now();
    edit(cx, id, move |rows| rules::retire(rows, id, now)).await
}

/// Puts a retired definition back into use. Administrators only.
pub async fn restore(cx: &Cx, id: Uuid) -> Result<Written> {
    edit(cx, id, move |rows| rules::restore(rows, id)).await
}

/// The effect of an update on stored values, without making it. Administrators only.
pub async fn preview(cx: &Cx, id: Uuid, draft: &Draft) -> Result<Preview> {
    cx.administrator()?;
    let reader = cx.db().reader();
    let rows = attribute_definition::Entity::find().all(reader).await?;
    let mut surroundings = Surroundings::of_memory(cx);
    if let Some(before) = rows.iter().find(|row| row.id == id && may_change_currency(row, draft)) {
        surroundings.has_values = refit::has_values(reader, &parsed(before.clone())).await?;
    }
    let row = rules::update(&rows, id, draft, None, surroundings.terms(cx))?;
    refit::preview(cx, &parsed(find(&rows, id)?.clone()), &parsed(row)).await
}

async fn edit(cx: &Cx, id: Uuid, decide: impl FnOnce(&[Model]) -> Result<Model>) -> Result<Written> {
    let tx = begin(cx, &Draft::default()).await?;
    let rows = attribute_definition::Entity::find().all(&tx).await?;
    let row = decide(&rows)?;
    let before = find(&rows, id)?;
    let row = store(cx, &tx, before, row).await?;
    take_effect(cx, &tx, before, &row).await?;
    commit(cx, tx, row).await
}

/// Brings stored values, search documents and uniqueness into line with the changed definition. Writes that began under the former one end before
/// the lock is taken, so that none of them is missed, also not by the job.
async fn take_effect(cx: &Cx, tx: &Tx, before: &Model, after: &Model) -> Result<()> {
    if is_enforced(before) && !is_enforced(after) {
        // Values may be repeated at once, not only when the job gets its turn.
        tables::stop_builds(tx, before.entity).await?;
        drop_unique_index(tx, before).await.map_err(tables::busy)?;
    }
    let (before, after) = (parsed(before.clone()), parsed(after.clone()));
    let is_refitted = rules::refit::is_needed(&before, &after);
    if !is_refitted && before.is_searched() == after.is_searched() {
        return Ok(());
    }
    let is_recast = rules::is_recast(&before.row, &after.row);
    if is_recast {
        tables::lock_type(tx, before.row.entity).await?;
    }
    tables::lock(tx, before.row.entity).await?;
    if is_recast {
        // The job may not have dropped them yet.
        drop_indexes(tx, &before.row).await.map_err(tables::busy)?;
    }
    if is_refitted {
        // It also brings the documents of these records up to date.
        return refit::apply(cx, tx, &before, &after).await;
    }
    if search::are_more_than(tx, &after, MOST_DOCUMENTS).await? {
        return enqueue_search(tx, after.id(), cx.now()).await;
    }
    search::refresh_values(tx, &after).await
}

fn may_change_currency(row: &Model, draft: &Draft) -> bool {
    row.currency.is_some() && !draft.currency.is_keep()
}

fn find(rows: &[Model], id: Uuid) -> Result<&Model> {
    rows.iter().find(|row| row.id == id).ok_or(Error::NotFound)
}

/// Whether open search finds records by values of the definition, or did before.
fn is_in_search(before: &Definition, after: &Definition) -> bool {
    before.is_searched() || after.is_searched()
}
