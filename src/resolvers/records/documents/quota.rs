//! Limits on how much is stored: for a prospect, for all of them, and by the free space of the disk.

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::cx::Cx;
use crate::db::sql::Sql;
use crate::error::{Error, Problem, ProblemCode, Result};

const FILE: &[&str] = &["input", "file"];
const SIZE: &[&str] = &["input", "size"];

/// Refuses a file for which there is no room in the whole. Files that arrive at the same time may exceed it by their own size.
pub async fn check_whole(cx: &Cx, size: i64) -> Result<()> {
    if let Some(most) = cx.app.settings.document_total_bytes
        && stored(cx).await?.saturating_add(size).unsigned_abs() > most
    {
        return Err(over_total(most, FILE));
    }
    // The file itself is on the disk already.
    let free = cx.app.storage.free_bytes().await?;
    if free.is_some_and(|free| free < cx.app.settings.document_free_bytes) {
        return Err(no_space(FILE));
    }
    Ok(())
}

/// Refuses the announcement of a file for which there is no room beside the documents and the files that were announced before. Those that are
/// announced at the same time may exceed it by their own size.
pub async fn check_announced(cx: &Cx, size: i64) -> Result<()> {
    let mut sql = Sql::new(cx.db().backend());
    let now = sql.bind(cx.now());
    sql.push(&format!(
        "SELECT CAST(COALESCE(sum(size), 0) AS BIGINT), CAST(COALESCE(sum(size - received), 0) AS BIGINT) FROM uploads WHERE expires_at > {now}"
    ));
    let (announced, outstanding) = sums(cx.db().reader(), sql).await?;
    if let Some(most) = cx.app.settings.document_total_bytes {
        let all = stored(cx).await?.saturating_add(announced).saturating_add(size);
        if all.unsigned_abs() > most {
            return Err(over_total(most, SIZE));
        }
    }
    let outstanding = outstanding.saturating_add(size).unsigned_abs();
    let least = cx.app.settings.document_free_bytes.saturating_add(outstanding);
    // Where the storage is away, the parts are refused.
    let free = cx.app.storage.free_bytes().await.unwrap_or_default();
    match free.is_some_and(|free| free < least) {
        true => Err(no_space(SIZE)),
        false => Ok(()),
    }
}

fn over_total(most: u64, path: &[&str]) -> Error {
    let message = format!("all documents together can have at most {most} bytes");
    Error::problem(ProblemCode::Limit, path, message)
}

fn no_space(path: &[&str]) -> Error {
    Error::problem(ProblemCode::Limit, path, "the server has no space left for documents")
}

/// The bytes of all documents.
async fn stored(cx: &Cx) -> Result<i64> {
    let mut sql = Sql::new(cx.db().backend());
    sql.push("SELECT CAST(COALESCE(sum(size), 0) AS BIGINT) FROM documents");
    sum(cx.db().reader(), sql).await
}

/// A problem where the files of the prospect, which is locked, would have more bytes than they may. Deleted ones count until they are removed.
pub async fn check_prospect(cx: &Cx, tx: &impl ConnectionTrait, prospect_id: Uuid, size: i64, problems: &mut Vec<Problem>) -> Result<()> {
    let most = cx.app.settings.document_bytes_per_prospect;
    let mut sql = Sql::new(tx.get_database_backend());
    let prospect_id = sql.bind(prospect_id);
    sql.push(&format!(
        "SELECT CAST(COALESCE(sum(size), 0) AS BIGINT) FROM documents WHERE prospect_id = {prospect_id}"
    ));
    let stored = sum(tx, sql).await?;
    if stored.saturating_add(size).unsigned_abs() > most {
        let message = format!("the documents of a prospect can have at most {most} bytes");
        problems.push(Problem::new(ProblemCode::Limit, FILE, message));
    }
    Ok(())
}

async fn sums(db: &impl ConnectionTrait, sql: Sql) -> Result<(i64, i64)> {
    let row = db.query_one_raw(sql.build()).await?;
    let row = row.ok_or_else(|| Error::internal("a sum has no row"))?;
    Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))
}

async fn sum(db: &impl ConnectionTrait, sql: Sql) -> Result<i64> {
    let row = db.query_one_raw(sql.build()).await?;
    let row = row.ok_or_else(|| Error::internal("a sum has no row"))?;
    Ok(row.try_get_by_index(0)?)
}
