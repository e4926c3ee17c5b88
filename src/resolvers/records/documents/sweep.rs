//! What the sweep of the storage asks the database: which rows are to be removed, and which files have a row.

use std::collections::HashSet;

use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::db::sql::Sql;
use crate::entities::records::document;
use crate::error::{Error, Result};

/// Files of rows that were removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    pub files: Vec<Uuid>,
    pub thumbnails: Vec<Uuid>,
    /// Uploads with their parts.
    pub parts: Vec<(Uuid, Uuid)>,
    /// How many documents and uploads these were.
    pub rows: u64,
}

/// The keys of the files of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    pub document_id: Uuid,
    pub file_key: Uuid,
    pub thumbnail_key: Option<Uuid>,
}

/// Removes documents that were deleted by then, at most so many. Their files are to be deleted once this is committed.
pub async fn remove_deleted(tx: &impl ConnectionTrait, until: i64, most: u64) -> Result<Removed> {
    let mut sql = Sql::new(tx.get_database_backend());
    let (until, most) = (sql.bind(until), sql.bind(limit(most)?));
    let lock = skip_locked(tx);
    sql.push(&format!(
        "DELETE FROM documents WHERE id IN (SELECT id FROM documents WHERE deleted_at IS NOT NULL AND deleted_at <= {until} \
         ORDER BY deleted_at, id LIMIT {most}{lock}) RETURNING file_key, thumbnail_key"
    ));
    let mut removed = Removed::default();
    for row in tx.query_all_raw(sql.build()).await? {
        removed.rows += 1;
        removed.files.push(row.try_get_by_index(0)?);
        removed.thumbnails.extend(row.try_get_by_index::<Option<Uuid>>(1)?);
    }
    Ok(removed)
}

/// Removes uploads whose time is over, at most so many, with their parts.
pub async fn remove_expired_uploads(tx: &impl ConnectionTrait, now: i64, most: u64) -> Result<Removed> {
    let mut sql = Sql::new(tx.get_database_backend());
    let (now, most) = (sql.bind(now), sql.bind(limit(most)?));
    let lock = skip_locked(tx);
    sql.push(&format!(
        "SELECT id, file_key FROM uploads WHERE expires_at <= {now} ORDER BY expires_at, id LIMIT {most}{lock}"
    ));
    let rows = tx.query_all_raw(sql.build()).await?;
    let mut expired: Vec<Uuid> = Vec::new();
    let mut removed = Removed::default();
    for row in rows {
        removed.rows += 1;
        expired.push(row.try_get_by_index(0)?);
        removed.files.extend(row.try_get_by_index::<Option<Uuid>>(1)?);
    }
    if expired.is_empty() {
        return Ok(removed);
    }
    let mut sql = Sql::new(tx.get_database_backend());
    let these = sql.in_ids(expired.iter().copied());
    sql.push(&format!("DELETE FROM upload_parts WHERE upload_id {these} RETURNING upload_id, id"));
    for row in tx.query_all_raw(sql.build()).await? {
        removed.parts.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    }
    let mut sql = Sql::new(tx.get_database_backend());
    let these = sql.in_ids(expired);
    sql.push(&format!("DELETE FROM uploads WHERE id {these}"));
    tx.execute_raw(sql.build()).await?;
    Ok(removed)
}

/// Which of these files belong to a document, or to an upload that may become one.
pub async fn known_files(db: &impl ConnectionTrait, keys: &[Uuid]) -> Result<HashSet<Uuid>> {
    // In this order, because a file goes from the upload to the document.
    let mut files = known(db, "uploads", "file_key", keys).await?;
    files.extend(known(db, "documents", "file_key", keys).await?);
    Ok(files)
}

/// Which of these thumbnails belong to a document.
pub async fn known_thumbnails(db: &impl ConnectionTrait, keys: &[Uuid]) -> Result<HashSet<Uuid>> {
    known(db, "documents", "thumbnail_key", keys).await
}

/// Which of these parts belong to an upload.
pub async fn known_parts(db: &impl ConnectionTrait, keys: &[Uuid]) -> Result<HashSet<Uuid>> {
    known(db, "upload_parts", "id", keys).await
}

async fn known(db: &impl ConnectionTrait, table: &str, column: &str, keys: &[Uuid]) -> Result<HashSet<Uuid>> {
    let mut sql = Sql::new(db.get_database_backend());
    let these = sql.in_lookup_ids(keys.iter().copied());
    sql.push(&format!("SELECT {column} FROM {table} WHERE {column} {these}"));
    let rows = db.query_all_raw(sql.build()).await?;
    Ok(rows
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<std::result::Result<_, _>>()?)
}

/// The files of documents with greater ids than this, in the order of these; deleted documents have theirs, too.
pub async fn stored_after(db: &impl ConnectionTrait, after: Uuid, most: u64) -> Result<Vec<Stored>> {
    let rows = document::Entity::find()
        .filter(document::Column::Id.gt(after))
        .order_by_asc(document::Column::Id)
        .limit(most)
        .all(db)
        .await?;
    let stored = rows.into_iter().map(|row| Stored {
        document_id: row.id,
        file_key: row.file_key,
        thumbnail_key: row.thumbnail_key,
    });
    Ok(stored.collect())
}

fn limit(most: u64) -> Result<i64> {
    i64::try_from(most).map_err(Error::internal)
}

fn skip_locked(tx: &impl ConnectionTrait) -> &'static str {
    match tx.get_database_backend() {
        DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
        _ => "",
    }
}
