//! Mutations of documents: update, delete and restore.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};

use super::Document;
use crate::entities::records::document::CarrierKind;
use crate::ids::{self, Kind};
use crate::resolvers::records::documents::Carrier;
use crate::resolvers::records::documents::edit::{self, DocumentEdit};
use crate::rules::patch::Patch;
use crate::schema::error::payload;
use crate::schema::idempotency::{Write, beside, is_outdated};
use crate::schema::ids::{encode, reference};
use crate::schema::patch::id_patch;
use crate::schema::records::documents::document;

/// Changes to a document.
#[derive(InputObject)]
pub struct DocumentUpdateInput {
    /// Name. 1 to 255 characters in one line. Cannot be cleared.
    pub name: MaybeUndefined<String>,
    /// ID of the type of document; one in use. Null clears it.
    pub type_id: MaybeUndefined<ID>,
    /// ID of the record that carries the document: the prospect, or one of its contacts, tasks, notes or interactions. Null means the
    /// prospect.
    pub carrier_id: MaybeUndefined<ID>,
}

payload! {
    /// Payload of `documentUpdate`.
    DocumentUpdatePayload {
        /// The document after the change; on a version `CONFLICT`, the current state. Null on other user errors.
        document: Document,
    }
}

payload! {
    /// Payload of `documentDelete`.
    DocumentDeletePayload {
        /// ID of the deleted document. Null if there are user errors.
        deleted_id: ID,
        /// Current state of the document on a version `CONFLICT`. Null otherwise.
        document: Document,
    }
}

payload! {
    /// Payload of `documentRestore`.
    DocumentRestorePayload {
        /// The restored document. Null if there are user errors.
        document: Document,
    }
}

#[derive(Default)]
pub struct DocumentMutation;

#[Object]
impl DocumentMutation {
    /// Renames a document, changes its type, or moves it to another record of the same prospect. Fields left out stay unchanged, null clears.
    async fn document_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the document.")] id: ID,
        #[graphql(desc = "Changes to apply.")] input: DocumentUpdateInput,
        #[graphql(desc = "Expected `version` of the document. `CONFLICT` if it has changed. Default: no check.")] expected_version: Option<
            i32,
        >,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<DocumentUpdatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let changes = DocumentEdit {
            name: Patch::from(input.name),
            type_id: id_patch(Kind::DocumentType, input.type_id),
            carrier: Patch::from(input.carrier_id).map(|id| carrier(&id)),
        };
        let id = reference(Kind::Document, &id);
        let (document, user_errors) = write.edit(id, || edit::update(write.cx(), id, &changes, expected_version)).await?;
        Ok(Some(DocumentUpdatePayload {
            document: document.map(Document::from),
            user_errors,
        }))
    }

    /// Deletes a document. It can be restored within 30 days, or as many as the server is set to; then it is removed together with its file.
    async fn document_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the document.")] id: ID,
        #[graphql(desc = "Expected `version` of the document. `CONFLICT` if it has changed. Default: no check.")] expected_version: Option<
            i32,
        >,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<DocumentDeletePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::Document, &id);
        let (deleted, user_errors) = write.run(|| edit::delete(write.cx(), id, expected_version)).await?;
        let document = match is_outdated(&user_errors) {
            true => beside(document(ctx, id).await),
            false => None,
        };
        Ok(Some(DocumentDeletePayload {
            deleted_id: deleted.map(|id| encode(Kind::Document, id)),
            document,
            user_errors,
        }))
    }

    /// Restores a deleted document. `NOT_FOUND` once it has been removed for good; `LIMIT` if the prospect has 200 documents by now.
    async fn document_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the document.")] id: ID,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<DocumentRestorePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::Document, &id);
        let (document, user_errors) = write.run(|| edit::restore(write.cx(), id)).await?;
        Ok(Some(DocumentRestorePayload {
            document: document.map(Document::from),
            user_errors,
        }))
    }
}

/// The record that an id names, if one of its kind carries documents. The kind is not fixed, so the id has its prefix.
pub fn carrier(id: &ID) -> Option<Carrier> {
    let (kind, id) = ids::parse(id)?;
    let kind = match kind {
        Kind::Prospect => CarrierKind::Prospect,
        Kind::Contact => CarrierKind::Contact,
        Kind::Task => CarrierKind::Task,
        Kind::Note => CarrierKind::Note,
        Kind::Interaction => CarrierKind::Interaction,
        _ => return None,
    };
    Some(Carrier { kind, id })
}
