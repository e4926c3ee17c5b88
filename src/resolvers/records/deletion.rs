//! Deletion and restoration of a prospect: all rows stay, marked, and are hidden meanwhile.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, LockType};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::attributes::unique;
use super::journal::Journal;
use super::prospects::{self, Prospect};
use crate::cx::Cx;
use crate::db::Inserts;
use crate::db::sql::Sql;
use crate::entities::records::timeline_entry::EntryKind;
use crate::entities::records::{identifier, prospect};
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::resolvers::lists::page::{Direction, Key, Keyed, Page, PageArgs, Sort, SortColumn};
use crate::resolvers::search;
use crate::rules::limits::check_version;

/// A prospect that was deleted: what is needed to recognise it. The rest shows again when it is restored.
#[derive(Clone, Debug)]
pub struct DeletedProspect {
    pub prospect: Prospect,
    /// None where no user did.
    pub deleted_by: Option<Uuid>,
}

const DELETED_AT: SortColumn = SortColumn::integer("deleted_at");

impl Keyed for DeletedProspect {
    fn key(&self, column: &SortColumn) -> Key {
        self.prospect.key(column)
    }

    fn id(&self) -> Uuid {
        self.prospect.id
    }
}

/// Takes a visible prospect out of sight; its document numbers are free from then on. Returns its id.
pub async fn delete(cx: &Cx, id: Uuid, expected_version: Option<i32>) -> Result<Uuid> {
    let viewer = cx.viewer()?;
    let tx = cx.begin().await?;
    let mut prospect = prospects::lock(&tx, viewer.scope(), id).await?;
    let journal = Journal::of(cx)?;
    let mut problems = Vec::new();
    check_version(expected_version, prospect.version, &mut problems);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let removed_before: Option<Option<i64>> = identifier::Entity::find()
        .select_only()
        .column_as(identifier::Column::DeletedAt.max(), "latest")
        .filter(identifier::Column::ProspectId.eq(id))
        .into_tuple()
        .one(&tx)
        .await?;
    // No number that was removed for itself has this time, so that restoring brings back those that went with the prospect and no others.
    let deleted_at = removed_before
        .flatten()
        .map_or(journal.now, |latest| Ord::max(journal.now, latest + 1));
    identifier::Entity::update_many()
        .col_expr(identifier::Column::DeletedAt, Expr::val(deleted_at))
        .filter(identifier::Column::ProspectId.eq(id))
        .filter(identifier::Column::DeletedAt.is_null())
        .exec(&tx)
        .await?;
    mark_child_rows(&tx, id, Some(deleted_at)).await?;
    prospect.deleted_at = Some(deleted_at);
    journal.save(&tx, prospect, EntryKind::Deleted, None, Inserts::default()).await?;
    search::forget(&tx, id).await?;
    tx.commit_naming([id]).await?;
    Ok(id)
}

/// Restores a deleted prospect, unless another record has one of its document numbers, or the value of a unique attribute of it, of its client,
/// its contacts or its tasks.
/// Administrators only.
pub async fn restore(cx: &Cx, id: Uuid, expected_version: Option<i32>) -> Result<Prospect> {
    cx.administrator()?;
    let tx = cx.begin().await?;
    let deleted = prospect::Entity::find_by_id(id)
        .filter(prospect::Column::DeletedAt.is_not_null())
        .lock(LockType::NoKeyUpdate);
    let mut prospect = deleted.one(&tx).await?.ok_or(Error::NotFound)?;
    let mut problems = Vec::new();
    check_version(expected_version, prospect.version, &mut problems);
    // Whether a number is in use is reported only if nothing else is wrong, as when a prospect is saved.
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let numbers = identifier::Entity::find()
        .filter(identifier::Column::ProspectId.eq(id))
        .filter(identifier::Column::DeletedAt.eq(prospect.deleted_at))
        .order_by_asc(identifier::Column::Position)
        .order_by_asc(identifier::Column::Id)
        .all(&tx)
        .await?;
    for taken in prospects::taken_numbers(&tx, id, &numbers).await? {
        let message = format!("another record has the number {} by now", taken.number);
        problems.push(Problem::new(ProblemCode::Taken, &["id"], message));
    }
    for label in unique::taken_meanwhile(&tx, &cx.catalogs().definitions, id).await? {
        let message = format!("another record has the value of {label} by now");
        problems.push(Problem::new(ProblemCode::Taken, &["id"], message));
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    prospects::bring_back(&tx, numbers).await?;
    mark_child_rows(&tx, id, None).await?;
    prospect.deleted_at = None;
    let prospect = Journal::of(cx)?
        .save(&tx, prospect, EntryKind::Restored, None, Inserts::default())
        .await?;
    search::refresh(&tx, id).await?;
    tx.commit_naming([id]).await?;
    Ok(Arc::new(prospect))
}

/// Stores in the child rows with attributes whether their prospect is deleted: the unique indexes of attributes leave them out meanwhile. A value
/// that another record has taken at the same time fails here, as a conflict.
async fn mark_child_rows(tx: &impl ConnectionTrait, id: Uuid, deleted_at: Option<i64>) -> Result<()> {
    for (table, prospect) in [("clients", "id"), ("contacts", "prospect_id"), ("tasks", "prospect_id")] {
        let mut sql = Sql::new(tx.get_database_backend());
        let (deleted_at, id) = (sql.bind(deleted_at), sql.bind(id));
        sql.push(&format!(
            "UPDATE {table} SET prospect_deleted_at = {deleted_at} WHERE {prospect} = {id}"
        ));
        tx.execute_raw(sql.build()).await?;
    }
    Ok(())
}

/// One page of the deleted prospects, latest first. Administrators only.
pub async fn list(cx: &Cx, args: &PageArgs) -> Result<Page<DeletedProspect>> {
    cx.administrator()?;
    let sort = Arc::new(Sort {
        table: "prospects",
        columns: vec![(DELETED_AT, Direction::Descending)],
    });
    let window = args.window(&sort, cx.app.settings.limits.page_size)?;
    let deleted = prospect::Entity::find().filter(prospect::Column::DeletedAt.is_not_null());
    let rows = window.apply(deleted, &sort).all(cx.db().reader()).await?;
    Ok(window.page(with_deleters(cx, rows).await?, sort))
}

/// One deleted prospect; None where there is none by this id. Administrators only.
pub async fn get(cx: &Cx, id: Uuid) -> Result<Option<DeletedProspect>> {
    cx.administrator()?;
    let deleted = prospect::Entity::find_by_id(id).filter(prospect::Column::DeletedAt.is_not_null());
    let rows = deleted.all(cx.db().reader()).await?;
    Ok(with_deleters(cx, rows).await?.pop())
}

/// Number of deleted prospects. Administrators only.
pub async fn count(cx: &Cx) -> Result<u64> {
    cx.administrator()?;
    let deleted = prospect::Entity::find().filter(prospect::Column::DeletedAt.is_not_null());
    let count: Option<i64> = deleted
        .select_only()
        .expr(Expr::col(Asterisk).count())
        .into_tuple()
        .one(cx.db().reader())
        .await?;
    Ok(count.unwrap_or_default().unsigned_abs())
}

async fn with_deleters(cx: &Cx, rows: Vec<prospect::Model>) -> Result<Vec<DeletedProspect>> {
    let deleters = deleters(cx, &rows).await?;
    let rows = rows.into_iter().map(|row| DeletedProspect {
        deleted_by: deleters.get(&row.id).copied().flatten(),
        prospect: Arc::new(row),
    });
    Ok(rows.collect())
}

/// The user of the latest deletion of each of them.
async fn deleters(cx: &Cx, rows: &[prospect::Model]) -> Result<HashMap<Uuid, Option<Uuid>>> {
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = Sql::new(cx.db().backend());
    let (kind, ids) = (sql.bind(EntryKind::Deleted), sql.in_ids(rows.iter().map(|row| row.id)));
    // It is among the latest entries: the scan of the index begins there and stops at once.
    sql.push(&format!(
        "SELECT p.id, (SELECT e.actor_id FROM timeline_entries e WHERE e.prospect_id = p.id AND e.kind = {kind} \
         ORDER BY e.occurred_at DESC, e.id DESC LIMIT 1) FROM prospects p WHERE p.id {ids}"
    ));
    let mut deleters = HashMap::new();
    for row in cx.db().reader().query_all_raw(sql.build()).await? {
        deleters.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    }
    Ok(deleters)
}
