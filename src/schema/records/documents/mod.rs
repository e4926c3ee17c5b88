//! Documents in the API: the type, its carrier, and the documents of a record.

pub mod filters;
pub mod mutations;
pub mod query;
pub mod upload;

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, Union};
use uuid::Uuid;

use crate::app::signing::Purpose;
use crate::entities::records::document::{self, CarrierKind};
use crate::ids::Kind;
use crate::resolvers::records::documents::{self, Carrier, DocumentKey};
use crate::resolvers::records::parts;
use crate::resolvers::records::timeline::EntryKey;
use crate::schema::access::users::User;
use crate::schema::error::to_graphql;
use crate::schema::ids::encode;
use crate::schema::process::tasks::{Task, task};
use crate::schema::records::documents::filters::OwnDocumentFilter;
use crate::schema::records::entries::{Interaction, Note};
use crate::schema::records::parts::{AttributesOfContacts, Contact};
use crate::schema::records::prospects::{Prospect, by_id, user};
use crate::schema::scalars::DateTime;
use crate::schema::setup::document_types::DocumentType;
use crate::schema::text::Text;
use crate::schema::{cx, loaders};

/// Kinds of records that carry documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "document::CarrierKind")]
pub enum DocumentCarrierKind {
    /// The prospect itself.
    Prospect,
    /// A contact of the prospect.
    Contact,
    /// A task for the prospect.
    Task,
    /// A note about the prospect.
    Note,
    /// An interaction with the prospect.
    Interaction,
}

/// States of a thumbnail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "document::ThumbnailState")]
pub enum ThumbnailState {
    /// Files of this type have no thumbnail.
    None,
    /// Being made in the background.
    Pending,
    /// Ready to be downloaded.
    Ready,
    /// The file cannot be read as a picture, it is too large, or the last attempt at it has failed.
    Failed,
}

/// The record that carries a document.
#[derive(Union)]
pub enum DocumentCarrier {
    Prospect(Prospect),
    Contact(Contact),
    Task(Task),
    Note(Note),
    Interaction(Interaction),
}

/// A file of a prospect.
#[derive(Clone)]
pub struct Document(pub Arc<documents::Document>);

impl From<Arc<documents::Document>> for Document {
    fn from(row: Arc<documents::Document>) -> Self {
        Document(row)
    }
}

impl From<documents::Document> for Document {
    fn from(row: documents::Document) -> Self {
        Document(Arc::new(row))
    }
}

/// A document (attachment, file) of a prospect, or of one of its contacts, tasks, notes or interactions. Visible to all who can see the
/// prospect.
#[Object]
impl Document {
    /// Permanent ID of the document.
    pub async fn id(&self) -> ID {
        encode(Kind::Document, self.0.id)
    }

    /// Revision of the document, incremented by every change. Pass it as `expectedVersion` to detect concurrent changes.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Name of the document. At most 255 characters.
    async fn name(&self) -> Text<'_> {
        Text::from(&self.0.name)
    }

    /// Name of the file as it was uploaded, without a path. At most 255 characters. It may disagree with `mediaType`.
    async fn file_name(&self) -> Text<'_> {
        Text::from(&self.0.file_name)
    }

    /// Media type, recognised by the content of the file, such as `application/pdf`; `application/octet-stream` if it is not known.
    async fn media_type(&self) -> Text<'_> {
        Text::from(&self.0.media_type)
    }

    /// Size of the file in bytes.
    async fn size(&self) -> i32 {
        i32::try_from(self.0.size).unwrap_or(i32::MAX)
    }

    /// SHA-256 of the file, in hexadecimal digits.
    async fn sha256(&self) -> Text<'_> {
        Text::from(&self.0.sha256)
    }

    /// Type of the document, such as a contract. Null if not set.
    async fn r#type(&self, ctx: &Context<'_>) -> Option<DocumentType> {
        let catalogs = cx(ctx).catalogs();
        catalogs.document_types.get(self.0.type_id?).cloned().map(DocumentType::from)
    }

    /// Kind of the record that carries the document.
    async fn carrier_kind(&self) -> DocumentCarrierKind {
        self.0.carrier_kind.into()
    }

    /// Record that carries the document. Null if it has been removed, or the caller can no longer see the prospect.
    async fn carrier(&self, ctx: &Context<'_>) -> Result<Option<DocumentCarrier>> {
        carrier(ctx, &self.0).await
    }

    /// Prospect of the document. Null if the caller can no longer see it.
    async fn prospect(&self, ctx: &Context<'_>) -> Result<Option<Prospect>> {
        by_id(ctx, self.0.prospect_id).await
    }

    /// Address of the file, relative to that of the server: `GET` and `HEAD` answer it without further credentials, as an attachment, also in
    /// ranges. Valid for 5 to 6 minutes, as long as the caller is signed in and may see the document. Null if the document is deleted.
    async fn download_url(&self, ctx: &Context<'_>) -> Option<Text<'static>> {
        self.address(ctx, Purpose::File)
    }

    /// Address of a picture of at most 320 pixels in either direction, as in `downloadUrl`. Null if there is none: see `thumbnailState`.
    async fn thumbnail_url(&self, ctx: &Context<'_>) -> Option<Text<'static>> {
        let is_ready = self.0.thumbnail_state == document::ThumbnailState::Ready;
        is_ready.then(|| self.address(ctx, Purpose::Thumbnail)).flatten()
    }

    /// State of the thumbnail.
    async fn thumbnail_state(&self) -> ThumbnailState {
        self.0.thumbnail_state.into()
    }

    /// Time of the upload.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// User who uploaded the file. Null if no user did.
    async fn created_by(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.0.created_by)
    }

    /// Time of the last change of the document.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// Time of deletion. Null if the document is not deleted.
    async fn deleted_at(&self) -> Option<DateTime> {
        self.0.deleted_at.map(DateTime)
    }

    /// User who deleted the document. Null if it is not deleted, or no user did.
    async fn deleted_by(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.0.deleted_by)
    }
}

impl Document {
    fn address(&self, ctx: &Context<'_>, purpose: Purpose) -> Option<Text<'static>> {
        let cx = cx(ctx);
        let viewer = cx.caller.as_ref().filter(|_| self.0.deleted_at.is_none())?;
        // The address gives access to the file without further credentials.
        cx.show_secret();
        cx.app.signer.document(viewer, purpose, self.0.id, cx.began_at).map(Text::from)
    }
}

/// The document, if it is not deleted and visible to the caller.
pub async fn document(ctx: &Context<'_>, id: Uuid) -> Result<Option<Document>> {
    let scope = cx(ctx).scope().map_err(to_graphql)?;
    let document = loaders(ctx).documents.load(DocumentKey(scope, id)).await.map_err(to_graphql)?;
    Ok(document.map(Document))
}

/// The documents of a prospect that pass; with a carrier, those of this one alone. They are read together with its other bounded child rows.
pub async fn documents_of(
    ctx: &Context<'_>,
    prospect_id: Uuid,
    carrier: Option<Carrier>,
    filter: Option<OwnDocumentFilter>,
) -> Result<Vec<Document>> {
    let filter = filter.unwrap_or_default().into_filter(ctx).map_err(to_graphql)?;
    filter.check().map_err(to_graphql)?;
    let scope = cx(ctx).scope().map_err(to_graphql)?;
    let all: Vec<documents::Document> = loaders(ctx).part(scope, prospect_id).await.map_err(to_graphql)?;
    let is_carried = |document: &documents::Document| {
        carrier.is_none_or(|carrier| (document.carrier_kind, document.carrier_id) == (carrier.kind, carrier.id))
    };
    let passing = all.into_iter().filter(|document| is_carried(document) && filter.accepts(document));
    Ok(passing.map(Document::from).collect())
}

async fn carrier(ctx: &Context<'_>, document: &documents::Document) -> Result<Option<DocumentCarrier>> {
    let id = document.carrier_id;
    Ok(match document.carrier_kind {
        CarrierKind::Prospect => by_id(ctx, id).await?.map(DocumentCarrier::Prospect),
        CarrierKind::Contact => contact(ctx, document.prospect_id, id).await?.map(DocumentCarrier::Contact),
        CarrierKind::Task => task(ctx, id).await?.map(DocumentCarrier::Task),
        CarrierKind::Note | CarrierKind::Interaction => {
            let scope = cx(ctx).scope().map_err(to_graphql)?;
            let entry = loaders(ctx).single_entries.load(EntryKey(scope, id)).await.map_err(to_graphql)?;
            entry.and_then(|entry| match document.carrier_kind {
                CarrierKind::Note => Note::of(entry).map(DocumentCarrier::Note),
                _ => Interaction::of(&entry).map(DocumentCarrier::Interaction),
            })
        }
    })
}

async fn contact(ctx: &Context<'_>, prospect_id: Uuid, id: Uuid) -> Result<Option<Contact>> {
    let scope = cx(ctx).scope().map_err(to_graphql)?;
    let contacts: Vec<parts::Contact> = loaders(ctx).part(scope, prospect_id).await.map_err(to_graphql)?;
    let Some(row) = contacts.into_iter().find(|contact| contact.id == id) else {
        return Ok(None);
    };
    let points = Arc::new(loaders(ctx).part(scope, prospect_id).await.map_err(to_graphql)?);
    Ok(Some(Contact {
        prospect_id,
        row,
        points,
        documents: AttributesOfContacts::default(),
    }))
}
