//! Limits on how much is stored: for a prospect, for all of them, and by the free space of the disk.

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::cx::Cx;
use crate::db::sql::Sql;
use crate::error::{Error, Problem, ProblemCode, Result};

const FILE: &[&str] = &["input", "file"];

/// Refuses a file for which there is no room in the whole. Files that arrive at the same time may exceed it by their own size.
pub async fn check_whole(cx: &Cx, size: i64) -> Result<()> {
    if let Some(most) = cx.app.settings.document_total_bytes {
        let mut sql = Sql::new(cx.db().backend());
        sql.push("SELECT CAST(COALESCE(sum(size), 0) AS BIGINT) FROM documents");
        let stored = sum(cx.db().reader(), sql).await?;
        if stored.saturating_add(size).unsigned_abs() > most {
            let message = format!("all documents together can have at most {most} bytes");
            return Err(Error::problem(ProblemCode::Limit, FILE, message));
        }
    }
    // The file itself is on the disk already.
    let free = cx.app.storage.free_bytes().await?;
    if free.is_some_and(|free| free < cx.app.settings.document_free_bytes) {
        return Err(Error::problem(
            ProblemCode::Limit,
            FILE,
            "the server has no space left for documents",
        ));
    }
    Ok(())
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

async fn sum(db: &impl ConnectionTrait, sql: Sql) -> Result<i64> {
    let row = db.query_one_raw(sql.build()).await?;
    let row = row.ok_or_else(|| Error::internal("a sum has no row"))?;
    Ok(row.try_get_by_index(0)?)
}
