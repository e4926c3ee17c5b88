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

/// The document if it still waits for its thumbnail; None if it has been removed, or another attempt was faster.
pub async fn pending(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<document::Model>> {
    let waiting = document::Entity::find_by_id(id).filter(document::Column::ThumbnailState.eq(ThumbnailState::Pending));
    Ok(waiting.one(db).await?)
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
        .filter(document::Column::ThumbnailState.eq(ThumbnailState::Pending))
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}
