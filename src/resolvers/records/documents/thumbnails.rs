//! Thumbnails of documents: the job that makes one, and its outcome in the row.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::entities::records::document::{self, ThumbnailState};
use crate::error::Result;
use crate::resolvers::queue::NewJob;

/// Kind of the job.
pub const KIND: &str = "make_thumbnail";

/// What the job is given.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Payload {
    pub document: Uuid,
}

/// The job that makes the thumbnail of a new document.
pub fn make_thumbnail(document: Uuid) -> NewJob {
    NewJob {
        payload: json!(Payload { document }),
        ..NewJob::of_system(KIND)
    }
}

/// The states of a document whose thumbnail is still to be made. The last attempt begins with FAILED, and so does one that is retried later.
const WAITING: [ThumbnailState; 2] = [ThumbnailState::Pending, ThumbnailState::Failed];

/// The document if it still waits for its thumbnail; None if it has been removed, or another attempt was faster.
pub async fn waiting(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<document::Model>> {
    let waiting = document::Entity::find_by_id(id).filter(document::Column::ThumbnailState.is_in(WAITING));
    Ok(waiting.one(db).await?)
}

/// Records that the document has no thumbnail, before the last attempt: whatever ends that, even a kill, nothing waits any more.
pub async fn give_up(db: &impl ConnectionTrait, id: Uuid) -> Result<()> {
    document::Entity::update_many()
        .col_expr(document::Column::ThumbnailState, Expr::value(ThumbnailState::Failed))
        .filter(document::Column::Id.eq(id))
        .filter(document::Column::ThumbnailState.eq(ThumbnailState::Pending))
        .exec(db)
        .await?;
    Ok(())
}

/// Records that the thumbnail is in the storage, or with None that the file cannot be read; whether the document still waited for it.
pub async fn finish(tx: &impl ConnectionTrait, id: Uuid, key: Option<Uuid>) -> Result<bool> {
    let state = if key.is_some() {
        ThumbnailState::Ready
    } else {
        ThumbnailState::Failed
    };
    let done = document::Entity::update_many()
        .col_expr(document::Column::ThumbnailState, Expr::value(state))
        .col_expr(document::Column::ThumbnailKey, Expr::value(key))
        .filter(document::Column::Id.eq(id))
        .filter(document::Column::ThumbnailState.is_in(WAITING))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}
