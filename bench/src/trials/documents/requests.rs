//! Requests of the trial, and their answers.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::file::NewFile;
use super::uploader::{Change, Document};
use crate::client::Connection;
use crate::files::Form;
use crate::trials::writer::{Answer, PATIENCE, exchange, request};

/// A caller, and the records that the requests are about.
pub struct Caller {
    pub address: SocketAddr,
    pub token: String,
    pub prospect: String,
    /// A note about the prospect: the other carrier of its documents.
    pub note: String,
    /// None: there is none yet, or it broke off.
    pub connection: Option<Connection>,
}

/// The answer to a request that is no GraphQL.
pub struct Plain {
    pub status: u16,
    pub upload_offset: Option<usize>,
    pub body: Vec<u8>,
}

/// An upload that is not ready is asked for again.
const READY_TRIES: u32 = 100;
const READY_PAUSE: Duration = Duration::from_millis(100);
const UPLOAD: &str = "mutation Upload($id: ID!, $file: Upload, $uploadId: ID, $key: String) \
    { documentUpload(prospectId: $id, input: { file: $file, uploadId: $uploadId }, idempotencyKey: $key) \
    { document { id name sha256 } userErrors { code message path } } }";
const ANNOUNCE: &str = "mutation Announce($input: DocumentUploadCreateInput!, $key: String) \
    { documentUploadCreate(input: $input, idempotencyKey: $key) { upload { id url } userErrors { code message path } } }";
const DELETE: &str = "mutation Delete($id: ID!) { documentDelete(id: $id) { deletedId userErrors { code message path } } }";
const RESTORE: &str = "mutation Restore($id: ID!) { documentRestore(id: $id) { document { id } userErrors { code message path } } }";
const MOVE: &str = "mutation Move($id: ID!, $carrier: ID) { documentUpdate(id: $id, input: { carrierId: $carrier }) \
    { document { id } userErrors { code message path } } }";
const ADDRESS: &str = "query Address($id: ID!) { document: node(id: $id) { ... on Document { downloadUrl } } }";
const LIVE: &str = "query Live($id: ID!) { prospect(id: $id) { documents { id name sha256 carrierKind downloadUrl } } }";
const DELETED: &str = "query Deleted($id: ID!) { deletedDocuments(prospectId: $id, first: 100) { nodes { id name sha256 carrierKind } } }";

impl Caller {
    /// Asks for the document of a file: with the file, or by the upload whose parts it has arrived in.
    pub async fn upload(&mut self, file: &NewFile, upload_id: Option<&str>) -> Answer {
        let variables = json!({ "id": self.prospect, "key": file.key, "uploadId": upload_id });
        let asked = match upload_id {
            Some(_) => request(&self.token, UPLOAD, &variables),
            None => Form::new(&self.token, UPLOAD, variables, &file.name, file.content.len()).with(&file.content),
        };
        let mut answer = exchange(&mut self.connection, self.address, &asked, "documentUpload").await;
        // The first call after a kill may begin to join the parts.
        for _ in 0..READY_TRIES {
            match &answer {
                Answer::Wrong(words) if words.contains("`isReady`") => sleep(READY_PAUSE).await,
                _ => break,
            }
            answer = exchange(&mut self.connection, self.address, &asked, "documentUpload").await;
        }
        answer
    }

    /// Announces the file of an upload in parts.
    pub async fn announce(&mut self, file: &NewFile) -> Answer {
        let input = json!({ "size": file.content.len(), "fileName": file.name });
        self.ask(ANNOUNCE, json!({ "input": input, "key": file.key }), "documentUploadCreate")
            .await
    }

    pub async fn change(&mut self, document: &Document, change: Change) -> Answer {
        let id = &document.id;
        match change {
            Change::Delete => self.ask(DELETE, json!({ "id": id }), "documentDelete").await,
            Change::Restore => self.ask(RESTORE, json!({ "id": id }), "documentRestore").await,
            Change::Move => {
                let carrier = (!document.place.is_on_note).then_some(&self.note);
                self.ask(MOVE, json!({ "id": id, "carrier": carrier }), "documentUpdate").await
            }
        }
    }

    /// The address of the file of a document.
    pub async fn address_of(&mut self, id: &str) -> Answer {
        self.ask(ADDRESS, json!({ "id": id }), "document").await
    }

    /// The documents of the prospect that are not deleted, or why they cannot be read.
    pub async fn live(&mut self) -> Result<Vec<Value>, String> {
        let answer = self.ask(LIVE, json!({ "id": self.prospect }), "prospect").await;
        list(answer, "documents")
    }

    /// Those that can be restored.
    pub async fn deleted(&mut self) -> Result<Vec<Value>, String> {
        let answer = self.ask(DELETED, json!({ "id": self.prospect }), "deletedDocuments").await;
        list(answer, "nodes")
    }

    /// Sends a request that is no GraphQL. None: there was no answer.
    pub async fn send(&mut self, request: &[u8]) -> Option<Plain> {
        let asked = timeout(PATIENCE, async {
            let open = match self.connection.take() {
                Some(open) => open,
                None => Connection::open(self.address).await?,
            };
            let open = self.connection.insert(open);
            let reply = open.exchange(request).await?;
            Ok::<_, crate::Failure>(Plain {
                status: reply.status,
                upload_offset: reply.upload_offset,
                body: reply.body.to_vec(),
            })
        });
        if let Ok(Ok(answer)) = asked.await {
            return Some(answer);
        }
        self.connection = None;
        None
    }

    async fn ask(&mut self, document: &str, variables: Value, field: &str) -> Answer {
        let asked = request(&self.token, document, &variables);
        exchange(&mut self.connection, self.address, &asked, field).await
    }
}

/// The ID and the address of an announced upload.
pub fn upload_of(payload: &Value) -> (String, String) {
    let text = |field: &str| payload["upload"][field].as_str().unwrap_or_default().to_owned();
    (text("id"), text("url"))
}

fn list(mut answer: Answer, field: &str) -> Result<Vec<Value>, String> {
    match &mut answer {
        Answer::Done(found) => match found[field].take() {
            Value::Array(documents) => Ok(documents),
            other => Err(format!("the list of documents was answered {other}")),
        },
        Answer::Unavailable => Err("the list of documents was refused as UNAVAILABLE".to_owned()),
        Answer::Lost(words) | Answer::Wrong(words) => Err(format!("the list of documents was answered {words}")),
    }
}
