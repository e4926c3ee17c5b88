//! Files that arrive in parts: created, received part by part, and removed when a document is made of them.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::quota;
use crate::cx::Cx;
use crate::db::Db;
use crate::entities::records::{upload, upload_part};
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::ids;
use crate::resolvers::idempotency::Replayable;
use crate::rules::documents::{MOST_PARTS, MOST_UPLOADS, UPLOAD_LIFETIME_MS, file_name};
use crate::storage::StoredFile;

pub use crate::rules::documents::{LARGEST_PART, SMALLEST_PART};

/// An upload as it is stored.
pub type Upload = upload::Model;

/// A file that is going to arrive.
#[derive(Clone, Debug)]
pub struct NewUpload {
    /// In bytes.
    pub size: i64,
    pub file_name: Option<String>,
}

/// A part whose bytes are in the storage.
#[derive(Clone, Copy, Debug)]
pub struct NewPart {
    /// The key of the bytes.
    pub id: Uuid,
    /// The offset of its first byte in the file.
    pub start: i64,
    pub size: i64,
}

/// Outcome of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// The next part begins here.
    At(i64),
    /// The part does not begin where the last one ended; the next one has to begin here.
    Elsewhere(i64),
    /// There is no such upload of the user any more.
    Gone,
}

impl Replayable for Upload {
    fn ids(&self) -> Vec<Uuid> {
        vec![self.id]
    }

    async fn read(cx: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        match ids.first() {
            Some(id) => get_own(cx, *id).await,
            None => Ok(None),
        }
    }
}

/// Announces a file of the caller.
pub async fn create(cx: &Cx, new: &NewUpload) -> Result<Upload> {
    let viewer = cx.viewer()?;
    let most = i64::try_from(cx.app.settings.document_max_bytes).unwrap_or(i64::MAX);
    let mut problems = Vec::new();
    if new.size < 1 {
        problems.push(Problem::new(ProblemCode::Invalid, &["input", "size"], "must be at least 1 byte"));
    }
    if new.size > most {
        let message = format!("must be at most {most} bytes");
        problems.push(Problem::new(ProblemCode::TooLong, &["input", "size"], message));
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    quota::check_announced(cx, new.size).await?;
    let tx = cx.begin().await?;
    let now = cx.now();
    let open = upload::Entity::find()
        .filter(upload::Column::UserId.eq(viewer.user_id))
        .filter(upload::Column::ExpiresAt.gt(now));
    if open.count(&tx).await? >= MOST_UPLOADS {
        let message = format!("a user can have at most {MOST_UPLOADS} uploads at once");
        return Err(Error::problem(ProblemCode::Limit, &[], message));
    }
    let row = upload::Model {
        id: ids::new(),
        user_id: viewer.user_id,
        file_name: new.file_name.as_deref().map(|name| file_name(Some(name))),
        size: new.size,
        received: 0,
        created_at: now,
        expires_at: now + UPLOAD_LIFETIME_MS,
        file_key: None,
        sha256: None,
        media_type: None,
    };
    row.clone().into_active_model().reset_all().insert(&tx).await?;
    tx.commit_naming([row.id]).await?;
    Ok(row)
}

/// An upload of the caller. None where it does not exist, is another user's, or has expired.
pub async fn get_own(cx: &Cx, id: Uuid) -> Result<Option<Upload>> {
    get(cx.db(), cx.viewer()?.user_id, id, cx.now()).await
}

/// The upload of a user. None where it does not exist, is another user's, or has expired.
pub async fn get(db: &Db, user_id: Uuid, id: Uuid, now: i64) -> Result<Option<Upload>> {
    Ok(of_user(user_id, id)
        .filter(upload::Column::ExpiresAt.gt(now))
        .one(db.reader())
        .await?)
}

/// The parts of an upload in their order, without gaps.
pub async fn parts(db: &impl ConnectionTrait, id: Uuid) -> Result<Vec<upload_part::Model>> {
    let parts = upload_part::Entity::find().filter(upload_part::Column::UploadId.eq(id));
    Ok(parts.order_by_asc(upload_part::Column::Start).all(db).await?)
}

/// Whether an upload may have one more part, before that is read. The number itself is checked with each part that is added.
pub async fn may_have_more_parts(db: &Db, upload: &Upload) -> Result<bool> {
    // Fewer bytes are fewer parts: all but the last have the least size.
    if upload.received.unsigned_abs() < MOST_PARTS * SMALLEST_PART {
        return Ok(true);
    }
    let parts = upload_part::Entity::find().filter(upload_part::Column::UploadId.eq(upload.id));
    Ok(parts.count(db.reader()).await? < MOST_PARTS)
}

/// Adds a part at the end of an upload of the caller, in one transaction: of two parts for the same place one is refused. `before_commit` is
/// called where the part may be stored from then on, whatever the outcome.
pub async fn add_part(cx: &Cx, id: Uuid, part: NewPart, before_commit: impl FnOnce()) -> Result<Received> {
    let user_id = cx.viewer()?.user_id;
    let tx = cx.begin().await?;
    let moved = upload::Entity::update_many()
        .col_expr(upload::Column::Received, Expr::value(part.start + part.size))
        .filter(upload::Column::Id.eq(id))
        .filter(upload::Column::UserId.eq(user_id))
        .filter(upload::Column::ExpiresAt.gt(cx.now()))
        .filter(upload::Column::Received.eq(part.start))
        .filter(upload::Column::Size.gte(part.start + part.size))
        .exec(&tx)
        .await?;
    if moved.rows_affected == 0 {
        let found = of_user(user_id, id).filter(upload::Column::ExpiresAt.gt(cx.now())).one(&tx).await?;
        return Ok(found.map_or(Received::Gone, |row| Received::Elsewhere(row.received)));
    }
    let parts = upload_part::Entity::find().filter(upload_part::Column::UploadId.eq(id));
    if parts.count(&tx).await? >= MOST_PARTS {
        return Err(Error::BadInput(format!("an upload has at most {MOST_PARTS} parts")));
    }
    let row = upload_part::Model {
        id: part.id,
        upload_id: id,
        start: part.start,
        size: part.size,
    };
    row.into_active_model().reset_all().insert(&tx).await?;
    before_commit();
    tx.commit().await?;
    Ok(Received::At(part.start + part.size))
}

/// Gives a complete upload the file that its parts have become; their rows go. False where it is over, or another server was faster.
pub(super) async fn set_file(tx: &impl ConnectionTrait, id: Uuid, file: &StoredFile, now: i64) -> Result<bool> {
    let given = upload::Entity::update_many()
        .col_expr(upload::Column::FileKey, Expr::value(file.key.id()))
        .col_expr(upload::Column::Sha256, Expr::value(file.sha256_digits()))
        .col_expr(upload::Column::MediaType, Expr::value(file.media_type.clone()))
        .filter(upload::Column::Id.eq(id))
        .filter(upload::Column::ExpiresAt.gt(now))
        .filter(upload::Column::Size.eq(file.size))
        .filter(upload::Column::Received.eq(file.size))
        .filter(upload::Column::FileKey.is_null())
        .exec(tx)
        .await?;
    if given.rows_affected == 0 {
        return Ok(false);
    }
    upload_part::Entity::delete_many()
        .filter(upload_part::Column::UploadId.eq(id))
        .exec(tx)
        .await?;
    Ok(true)
}

/// Removes the row of an upload whose file becomes that of a document. A problem where another call was faster.
pub(super) async fn remove(tx: &impl ConnectionTrait, user_id: Uuid, id: Uuid) -> Result<()> {
    let removed = upload::Entity::delete_many()
        .filter(upload::Column::Id.eq(id))
        .filter(upload::Column::UserId.eq(user_id))
        .exec(tx)
        .await?;
    if removed.rows_affected == 0 {
        return Err(no_upload());
    }
    Ok(())
}

/// The upload that a document is to be made of, complete.
pub async fn complete(cx: &Cx, id: Uuid) -> Result<Upload> {
    let found = get(cx.db(), cx.viewer()?.user_id, id, cx.now()).await?.ok_or_else(no_upload)?;
    if found.received != found.size {
        let message = format!("{} of {} bytes have arrived", found.received, found.size);
        return Err(Error::problem(ProblemCode::State, &["input", "uploadId"], message));
    }
    Ok(found)
}

fn no_upload() -> Error {
    Error::problem(ProblemCode::NotFound, &["input", "uploadId"], "there is no such upload")
}

fn of_user(user_id: Uuid, id: Uuid) -> sea_orm::Select<upload::Entity> {
    upload::Entity::find_by_id(id).filter(upload::Column::UserId.eq(user_id))
}
