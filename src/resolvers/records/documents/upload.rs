//! New documents: the row of a file that is in the storage already, with its timeline entry and the job that makes its thumbnail.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use super::thumbnails::make_thumbnail;
use super::{Carrier, Document, check_carrier, check_type, describe, joins, quota, uploads};
use crate::cx::Cx;
use crate::db::Inserts;
use crate::entities::records::document::{self, CarrierKind, ThumbnailState};
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::ids;
use crate::resolvers::queue::enqueue;
use crate::resolvers::records::journal::Journal;
use crate::resolvers::records::prospects::{self, ProspectKey};
use crate::resolvers::records::timeline::notes::not_found_at;
use crate::resolvers::records::timeline::{DocumentAction, touch_activity};
use crate::resolvers::search;
use crate::rules::documents::{self as rules, MOST_DOCUMENTS};
use crate::storage::{FileKey, StorageError, StoredFile};
use crate::text::fold;

/// Fields of a new document.
#[derive(Clone, Debug, Default)]
pub struct NewDocument {
    pub name: Option<String>,
    pub type_id: Option<Uuid>,
    /// None: the prospect. None inside: what the client names cannot carry documents.
    pub carrier: Option<Option<Carrier>>,
}

/// A file in the storage that no document has yet.
#[derive(Clone, Debug)]
pub struct NewFile {
    pub key: Uuid,
    pub size: i64,
    /// In hexadecimal digits.
    pub sha256: String,
    pub media_type: String,
    /// As the client calls it.
    pub name: Option<String>,
    /// The upload in parts that it comes from, if any.
    pub upload_id: Option<Uuid>,
}

impl NewFile {
    /// A file that has just been written, under the name that the client gives it.
    pub fn of(stored: &StoredFile, name: Option<String>) -> NewFile {
        NewFile {
            key: stored.key.id(),
            size: stored.size,
            sha256: stored.sha256_digits(),
            media_type: stored.media_type.clone(),
            name,
            upload_id: None,
        }
    }

    /// The file that the parts of an upload have become. None as long as they have not.
    fn of_upload(upload: uploads::Upload) -> Option<NewFile> {
        Some(NewFile {
            key: upload.file_key?,
            size: upload.size,
            sha256: upload.sha256?,
            media_type: upload.media_type?,
            name: upload.file_name,
            upload_id: Some(upload.id),
        })
    }
}

/// Adds a document with the file to a prospect. `before_commit` is called where the document may be stored from then on, whatever the outcome.
pub async fn create(
    cx: &Cx,
    prospect_id: Uuid,
    new: &NewDocument,
    file: &NewFile,
    before_commit: impl FnOnce() + Send,
) -> Result<Document> {
    let viewer = cx.viewer()?;
    quota::check_whole(cx, file.size).await?;
    let tx = cx.begin().await?;
    prospects::lock(&tx, viewer.scope(), prospect_id)
        .await
        .map_err(|error| not_found_at(error, "prospectId"))?;
    let journal = Journal::of(cx)?;
    let mut problems = Vec::new();
    let file_name = rules::file_name(file.name.as_deref());
    let name = rules::name(new.name.as_deref(), &file_name, &mut problems);
    if let Some(type_id) = new.type_id {
        check_type(&cx.catalogs(), type_id, &mut problems);
    }
    if let Some(carrier) = new.carrier {
        check_carrier(&tx, prospect_id, carrier, &mut problems).await?;
    }
    quota::check_prospect(cx, &tx, prospect_id, file.size, &mut problems).await?;
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    refuse_too_many(&tx, prospect_id, "prospectId").await?;
    if let Some(upload_id) = file.upload_id {
        uploads::remove(&tx, viewer.user_id, upload_id).await?;
    }
    let has_thumbnail = rules::has_thumbnail(&file.media_type);
    let carrier = new.carrier.flatten().unwrap_or(Carrier {
        kind: CarrierKind::Prospect,
        id: prospect_id,
    });
    let document = document::Model {
        id: ids::new(),
        prospect_id,
        carrier_kind: carrier.kind,
        carrier_id: carrier.id,
        type_id: new.type_id,
        name_norm: fold(&name),
        name,
        file_name,
        media_type: file.media_type.clone(),
        size: file.size,
        sha256: file.sha256.clone(),
        file_key: file.key,
        thumbnail_state: if has_thumbnail {
            ThumbnailState::Pending
        } else {
            ThumbnailState::None
        },
        thumbnail_key: None,
        created_by: journal.actor_id(),
        deleted_by: None,
        deleted_at: None,
        version: 1,
        created_at: journal.now,
        updated_at: journal.now,
    };
    let mut inserts = Inserts::default();
    inserts.add(&document);
    describe(&journal, &document, DocumentAction::Uploaded, Vec::new(), &mut inserts)?;
    inserts.write(&tx).await?;
    touch_activity(&tx, prospect_id, journal.now, None).await?;
    search::refresh(&tx, prospect_id).await?;
    if has_thumbnail {
        enqueue(&tx, make_thumbnail(document.id), journal.now).await?;
    }
    before_commit();
    tx.commit_naming([document.id]).await?;
    Ok(document.into())
}

/// Adds a document with a file of the caller that arrived in parts. `Error::Conflict` as long as these have not become one file, which begins at
/// the latest with this call: unlike a refusal it is not stored with an idempotency key.
pub async fn create_of_parts(cx: &Cx, prospect_id: Uuid, new: &NewDocument, upload_id: Uuid) -> Result<Document> {
    let key = ProspectKey(cx.scope()?, prospect_id);
    if prospects::by_keys(cx.db(), &[key]).await?.is_empty() {
        return Err(not_found_at(Error::NotFound, "prospectId"));
    }
    let upload = uploads::complete(cx, upload_id).await?;
    if upload.file_key.is_none() {
        joins::start(&cx.app, &upload)?;
    }
    let Some(file) = NewFile::of_upload(upload) else {
        let message = "the parts are becoming one file; try again once `isReady` of the upload is true";
        return Err(Error::Conflict(message.to_owned()));
    };
    // The database may have moved to another storage meanwhile.
    let storage = &cx.app.storage;
    storage.refuse_foreign().await?;
    if storage.head(FileKey::File(file.key)).await?.is_none() {
        return Err(StorageError::Missing.into());
    }
    create(cx, prospect_id, new, &file, || ()).await
}

/// Adds a document with a file of this request. The request deletes the file unless the document may be stored.
pub async fn create_of_staged(cx: &Cx, prospect_id: Uuid, new: &NewDocument, token: &str) -> Result<Document> {
    let Some(staged) = cx.uploads().get(token) else {
        return Err(Error::problem(
            ProblemCode::NotFound,
            &["input", "file"],
            "another field of the request has taken the file",
        ));
    };
    let file = NewFile::of(&staged.file, staged.file_name.clone());
    let mut taken = None;
    // Taken before the commit: a request that is cut off during it deletes what it still has.
    let created = create(cx, prospect_id, new, &file, || taken = cx.uploads().take(token)).await;
    if let Some(staged) = taken.filter(|_| !may_be_stored(&created)) {
        cx.uploads().add(token.to_owned(), staged);
    }
    created
}

/// Whether the row of a new document may be in the database after its commit has begun: also if the answer to that did not arrive. Its file is
/// left to the sweep then, which deletes it if there is no row.
fn may_be_stored<T>(created: &Result<T>) -> bool {
    matches!(created, Ok(_) | Err(Error::Unavailable(_) | Error::Timeout | Error::Internal(_)))
}

/// Refuses one more document where the prospect, which is locked, has as many as it may have.
pub(super) async fn refuse_too_many(tx: &impl ConnectionTrait, prospect_id: Uuid, argument: &str) -> Result<()> {
    let live = document::Entity::find()
        .filter(document::Column::ProspectId.eq(prospect_id))
        .filter(document::Column::DeletedAt.is_null());
    if live.count(tx).await? < MOST_DOCUMENTS as u64 {
        return Ok(());
    }
    let message = format!("a prospect can have at most {MOST_DOCUMENTS} documents");
    Err(Error::Invalid(vec![Problem::new(ProblemCode::Limit, &[argument], message)]))
}
