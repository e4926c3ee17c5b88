//! Mutations that add documents: with a file of the request, or with one that arrived in parts.

use async_graphql::{Context, ID, InputObject, Object, Result};
use uuid::Uuid;

use super::Document;
use super::mutations::carrier;
use crate::error::{Error, ProblemCode};
use crate::ids::Kind;
use crate::resolvers::records::documents::upload::{self, NewDocument};
use crate::resolvers::records::documents::uploads::{self, NewUpload};
use crate::rules::documents::{LARGEST_PART, SMALLEST_PART};
use crate::schema::cx;
use crate::schema::error::{payload, to_graphql};
use crate::schema::idempotency::Write;
use crate::schema::ids::{encode, reference};
use crate::schema::scalars::{DateTime, Upload};
use crate::schema::text::Text;

/// A new document. Exactly one of `file` and `uploadId`.
#[derive(InputObject)]
pub struct DocumentUploadInput {
    /// File of the request.
    pub file: Option<Upload>,
    /// ID of a complete `DocumentUpload` of the caller.
    pub upload_id: Option<ID>,
    /// Name, in one line. At most 255 characters. Default: the name of the file.
    pub name: Option<String>,
    /// ID of the type of document; one in use.
    pub type_id: Option<ID>,
    /// ID of the record that carries the document: the prospect, or one of its contacts, tasks, notes or interactions. Default: the prospect.
    pub carrier_id: Option<ID>,
}

/// A file that is going to arrive in parts.
#[derive(InputObject)]
pub struct DocumentUploadCreateInput {
    /// Size of the file in bytes. At least 1, and at most 25 MiB unless the server is set otherwise.
    pub size: i32,
    /// Name of the file. A path is cut off. At most 255 characters are kept.
    pub file_name: Option<String>,
}

/// A file that arrives in parts, for networks on which a whole upload fails. Only the user who created it can send parts and make a document of
/// it, within 24 hours.
pub struct DocumentUpload(uploads::Upload);

/// A file that arrives in parts, for networks on which a whole upload fails. Only the user who created it can send parts and make a document of
/// it, within 24 hours.
#[Object]
impl DocumentUpload {
    /// ID of the upload, for `uploadId` of `documentUpload`.
    pub async fn id(&self) -> ID {
        encode(Kind::Upload, self.0.id)
    }

    /// Address to which parts are sent, relative to that of the server. `PUT` with the header `Upload-Offset` sends the part that begins there;
    /// `HEAD` answers the present offset. No further credentials are needed. Null only for callers without a session or API key.
    async fn url(&self, ctx: &Context<'_>) -> Option<Text<'static>> {
        let cx = cx(ctx);
        cx.show_secret();
        let address = cx.app.signer.upload(cx.caller.as_ref()?, self.0.id, self.0.expires_at);
        address.map(Text::from)
    }

    /// Number of bytes that have arrived: the offset of the next part.
    async fn offset(&self) -> i32 {
        i32::try_from(self.0.received).unwrap_or(i32::MAX)
    }

    /// Size of the file in bytes.
    async fn size(&self) -> i32 {
        i32::try_from(self.0.size).unwrap_or(i32::MAX)
    }

    /// Whether a document can be made of it: all parts have arrived and have become one file, which takes the server some time if it is large.
    async fn is_ready(&self) -> bool {
        self.0.file_key.is_some()
    }

    /// Minimum size of every part but the last, in bytes.
    async fn min_part_size(&self) -> i32 {
        i32::try_from(SMALLEST_PART).unwrap_or(i32::MAX)
    }

    /// Maximum size of a part, in bytes.
    async fn max_part_size(&self) -> i32 {
        i32::try_from(LARGEST_PART).unwrap_or(i32::MAX)
    }

    /// Time after which the upload and its parts are removed.
    async fn expires_at(&self) -> DateTime {
        DateTime(self.0.expires_at)
    }
}

/// An upload of the caller. None where it does not exist, is another user's, or has expired.
pub async fn upload(ctx: &Context<'_>, id: Uuid) -> Result<Option<DocumentUpload>> {
    let found = uploads::get_own(cx(ctx), id).await.map_err(to_graphql)?;
    Ok(found.map(DocumentUpload))
}

payload! {
    /// Payload of `documentUpload`.
    DocumentUploadPayload {
        /// The new document. Null if there are user errors.
        document: Document,
    }
}

payload! {
    /// Payload of `documentUploadCreate`.
    DocumentUploadCreatePayload {
        /// The upload, to which parts can be sent. Null if there are user errors.
        upload: DocumentUpload,
    }
}

#[derive(Default)]
pub struct DocumentUploadMutation;

#[Object]
impl DocumentUploadMutation {
    /// Adds a document to a prospect. `REQUIRED` without a file, `INVALID` with two; `STATE` if parts of an upload are missing, `CONFLICT` as long
    /// as it is not ready: try again once `isReady` is true. `LIMIT` if the prospect has 200 documents, or a limit of size would be exceeded. A
    /// repeated call with the same key compares the content of the file.
    async fn document_upload(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the prospect.")] prospect_id: ID,
        #[graphql(desc = "Fields of the new document.")] input: DocumentUploadInput,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<DocumentUploadPayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let token = input.file.map(Upload::into_token);
        let upload_id = input.upload_id.map(|id| reference(Kind::Upload, &id));
        let prospect_id = reference(Kind::Prospect, &prospect_id);
        let new = NewDocument {
            name: input.name,
            type_id: input.type_id.map(|id| reference(Kind::DocumentType, &id)),
            carrier: input.carrier_id.map(|id| carrier(&id)),
        };
        let work = || async {
            match (&token, upload_id) {
                (Some(token), None) => upload::create_of_staged(write.cx(), prospect_id, &new, token).await,
                (None, Some(upload_id)) => upload::create_of_parts(write.cx(), prospect_id, &new, upload_id).await,
                (None, None) => Err(one_file(ProblemCode::Required)),
                (Some(_), Some(_)) => Err(one_file(ProblemCode::Invalid)),
            }
        };
        let (document, user_errors) = write.run(work).await?;
        Ok(Some(DocumentUploadPayload {
            document: document.map(Document::from),
            user_errors,
        }))
    }

    /// Announces a file that arrives in parts, for bad networks: send them to its `url`, then call `documentUpload` with its ID. `LIMIT` if
    /// there is no room for the file, and at more than 20 at once for each user.
    async fn document_upload_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Size and name of the file.")] input: DocumentUploadCreateInput,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<DocumentUploadCreatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let new = NewUpload {
            size: input.size.into(),
            file_name: input.file_name,
        };
        let (upload, user_errors) = write.run(|| uploads::create(write.cx(), &new)).await?;
        Ok(Some(DocumentUploadCreatePayload {
            upload: upload.map(DocumentUpload),
            user_errors,
        }))
    }
}

fn one_file(code: ProblemCode) -> Error {
    Error::problem(code, &["input", "file"], "give either `file` or `uploadId`")
}
