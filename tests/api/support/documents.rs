//! Documents for tests, made without a request.

use bytes::Bytes;
use cartera::entities::records::document::CarrierKind;
use cartera::ids::Kind;
use cartera::resolvers::records::documents::upload::{self, NewDocument, NewFile};
use cartera::resolvers::records::documents::uploads::{self, NewPart, NewUpload, Received};
use cartera::resolvers::records::documents::{Carrier, Document, joins};
use cartera::storage::{FileKey, StorageError};
use futures_util::stream;

use super::{Made, Person, TestApp};

impl TestApp {
    /// A document of a prospect with a file in the storage.
    pub async fn document(&self, by: &Person, prospect: &Made, file_name: &str, content: &'static [u8]) -> Made {
        let document = self.add_document(by, prospect, file_name, content, NewDocument::default()).await;
        Made::new(&Kind::Document.encode(document.expect("the document is added").id))
    }

    /// The same on another carrier.
    pub async fn document_of(&self, by: &Person, prospect: &Made, carrier: (CarrierKind, uuid::Uuid), file_name: &str) -> Made {
        let new = NewDocument {
            carrier: Some(Some(Carrier {
                kind: carrier.0,
                id: carrier.1,
            })),
            ..NewDocument::default()
        };
        let document = self.add_document(by, prospect, file_name, b"content", new).await;
        Made::new(&Kind::Document.encode(document.expect("the document is added").id))
    }

    /// The same with any fields, or the reason why it is refused.
    pub async fn add_document(
        &self,
        by: &Person,
        prospect: &Made,
        file_name: &str,
        content: &'static [u8],
        new: NewDocument,
    ) -> cartera::error::Result<Document> {
        let file = self.stored_file(file_name, content).await;
        upload::create(&self.cx(by), prospect.uuid, &new, &file, || ()).await
    }

    /// A file in the storage that no document has.
    pub async fn stored_file(&self, file_name: &str, content: &'static [u8]) -> NewFile {
        let bytes = stream::iter([Ok::<_, StorageError>(Bytes::from_static(content))]);
        let limit = self.core.settings.document_max_bytes;
        let stored = self.core.storage.write(FileKey::new_file(), bytes, limit).await;
        let stored = stored.expect("the file is stored");
        NewFile::of(&stored, Some(file_name.to_owned()))
    }

    /// A file of a user that has arrived as a whole, in two parts, and can become a document.
    pub async fn ready_upload(&self, by: &Person, file_name: &str) -> Made {
        let made = self.complete_upload(by, file_name).await;
        self.join(by, &made).await;
        made
    }

    /// Has the parts of an upload become one file.
    pub async fn join(&self, by: &Person, upload: &Made) {
        let row = uploads::get_own(&self.cx(by), upload.uuid).await.expect("a query");
        joins::start(&self.core, &row.expect("the upload is there")).expect("no attempt has failed");
        self.core.joins.ended(upload.uuid).await;
    }

    /// A file of a user that has arrived as a whole, in two parts, which have not become one file.
    pub async fn complete_upload(&self, by: &Person, file_name: &str) -> Made {
        let cx = self.cx(by);
        let new = NewUpload {
            size: 5,
            file_name: Some(file_name.to_owned()),
        };
        let upload = uploads::create(&cx, &new).await.expect("an upload is announced");
        for (start, content) in [(0, &b"ab"[..]), (2, &b"cde"[..])] {
            let key = FileKey::new_part(upload.id);
            let bytes = stream::iter([Ok::<_, StorageError>(Bytes::from_static(content))]);
            let stored = self.core.storage.write(key, bytes, 100).await.expect("a part is stored");
            let part = NewPart {
                id: key.id(),
                start,
                size: stored.size,
            };
            let received = uploads::add_part(&cx, upload.id, part, || ()).await.expect("a part is added");
            assert_eq!(received, Received::At(start + stored.size));
        }
        Made::new(&Kind::Upload.encode(upload.id))
    }

    pub fn document_type(&self, name: &str) -> String {
        let catalogs = self.core.catalogs.snapshot();
        let row = catalogs.document_types.all().iter().find(|row| row.name == name);
        Kind::DocumentType.encode(row.unwrap_or_else(|| panic!("no type of document is called {name}")).id)
    }
}
