//! `/documents/{id}`: the file of a document, or its thumbnail, at a signed address.

use super::Server;
use super::departing::Departing;
use super::listen::Cut;
use super::ranges::{Selected, select};
use super::signed::{Permitted, Refusal};
use crate::app::signing::Purpose;
use crate::app::transfers::TransferPermit;
use crate::cx::Origin;
use crate::error::chain;
use crate::ids::Kind;
use crate::resolvers::records::documents;
use crate::storage::{self, FileKey, FileStream, StorageError};
use crate::telemetry::files::{Direction, Running, TransferMetrics};
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{
    ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    REFERRER_POLICY,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::ops::Range;
use std::sync::Arc;
use tokio::time::timeout_at;

/// Characters of an extended parameter that stand for themselves (RFC 8187).
const PLAIN: AsciiSet = NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');
/// Pieces of an answer: small enough for the minimum rate to be measured by them.
const PIECE: usize = 64 << 10;
/// More than any thumbnail has.
const THUMBNAIL: usize = 4 << 20;

/// Something to be sent.
struct File {
    source: Source,
    size: u64,
    media_type: String,
    name: String,
    /// A strong entity tag.
    tag: String,
}

enum Source {
    Stored(FileKey),
    Memory(Bytes),
}

/// Sends a file or a part of it.
pub async fn handle(State(server): State<Arc<Server>>, Path(id): Path<String>, origin: Origin, request: Request) -> Response {
    let (request, _) = request.into_parts();
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return (
            StatusCode::METHOD_NOT_ALLOWED,
            [(ALLOW, "GET, HEAD")],
            "files are fetched with GET\n",
        )
            .into_response();
    }
    let answered = answer(&server, &id, &origin, &request).await;
    answered.unwrap_or_else(IntoResponse::into_response)
}

async fn answer(server: &Server, id: &str, origin: &Origin, request: &Parts) -> Result<Response, Refusal> {
    let permitted = server.permitted(Kind::Document, id, &request.uri, origin).await?;
    let (app, deadline) = (&server.app, server.pipeline.deadline());
    let row = timeout_at(deadline, documents::file_of(&app.db, permitted.viewer.scope(), permitted.id)).await;
    let row = server.found(row.map_err(|_| Refusal::Unavailable)?, origin)?;
    let permit = timeout_at(deadline, app.transfers.download(permitted.viewer.user_id)).await;
    let permit = permit.map_err(|_| Refusal::Unavailable)?.map_err(Refusal::of_queue)?;
    let file = file(server, origin, &permitted, row).await?;
    let selected = match select(&request.headers, &file.tag, file.size) {
        // A range is defined for GET alone.
        Selected::Part(_) | Selected::Unsatisfiable if request.method == Method::HEAD => Selected::Whole,
        selected => selected,
    };
    let part = match &selected {
        Selected::Whole => 0..file.size,
        Selected::Part(part) => part.clone(),
        Selected::NotModified => return Ok(without_body(StatusCode::NOT_MODIFIED, &file)),
        Selected::Failed => return Ok(without_body(StatusCode::PRECONDITION_FAILED, &file)),
        Selected::Unsatisfiable => {
            let mut response = without_body(StatusCode::RANGE_NOT_SATISFIABLE, &file);
            response
                .headers_mut()
                .insert(CONTENT_RANGE, value(&format!("bytes */{}", file.size)));
            return Ok(response);
        }
    };
    let body = match request.method {
        Method::HEAD => Body::empty(),
        _ => body(server, origin, &file, part.clone(), permit, request).await?,
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    describe(headers, &file);
    headers.insert(CONTENT_TYPE, value(&file.media_type));
    headers.insert(CONTENT_DISPOSITION, disposition(&file.name));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(part.end - part.start));
    if let Selected::Part(_) = selected {
        // An inclusive end.
        headers.insert(
            CONTENT_RANGE,
            value(&format!("bytes {}-{}/{}", part.start, part.end - 1, file.size)),
        );
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// What the address leads to.
async fn file(server: &Server, origin: &Origin, permitted: &Permitted, row: documents::Stored) -> Result<File, Refusal> {
    match permitted.grant.purpose {
        Purpose::File => Ok(File {
            source: Source::Stored(FileKey::File(row.file_key)),
            size: row.size.unsigned_abs(),
            media_type: row.media_type,
            name: row.file_name,
            tag: format!("\"{}\"", row.sha256),
        }),
        Purpose::Thumbnail => {
            let key = row.thumbnail_key.ok_or(Refusal::NotFound)?;
            let read = server.app.storage.read_whole(FileKey::Thumbnail(key), THUMBNAIL).await;
            let bytes = read.map_err(|error| unread(server, origin, &error))?.ok_or(Refusal::Failed)?;
            Ok(File {
                size: bytes.len() as u64,
                media_type: storage::media_type(&bytes),
                name: format!("thumbnail of {}", row.file_name),
                tag: format!("\"{}\"", key.simple()),
                source: Source::Memory(bytes.into()),
            })
        }
        Purpose::Upload => Err(Refusal::NotFound),
    }
}

async fn body(
    server: &Server,
    origin: &Origin,
    file: &File,
    part: Range<u64>,
    permit: TransferPermit,
    request: &Parts,
) -> Result<Body, Refusal> {
    let bytes = match &file.source {
        Source::Memory(bytes) => return Ok(Body::from(bytes.slice(part.start as usize..part.end as usize))),
        Source::Stored(key) => {
            let read = server.app.storage.read(*key, Some(part)).await;
            read.map_err(|error| unread(server, origin, &error))?.1
        }
    };
    let metrics = server.app.db.metrics().transfers.clone();
    let slow = metrics.clone();
    let cut = request.extensions.get::<Cut>().map(|cut| cut.0.clone()).unwrap_or_default();
    let download = Download {
        bytes,
        ready: Bytes::new(),
        departing: Departing::watch(cut, move || slow.failed(Direction::Download, "slow")),
        _running: metrics.begin(Direction::Download),
        metrics,
        request_id: origin.request_id.clone(),
        _permit: permit,
    };
    Ok(Body::from_stream(stream::try_unfold(download, Download::next)))
}

/// A file on its way to a client. Dropped when the client has it or is gone.
struct Download {
    bytes: FileStream,
    /// Read, and not sent yet.
    ready: Bytes,
    departing: Departing,
    metrics: TransferMetrics,
    request_id: String,
    _running: Running,
    _permit: TransferPermit,
}

impl Download {
    /// The next piece. The connection asks for it when it has taken the one before.
    async fn next(mut self) -> Result<Option<(Bytes, Download)>, StorageError> {
        while self.ready.is_empty() {
            match self.bytes.next().await {
                Some(Ok(bytes)) => self.ready = bytes,
                Some(Err(error)) => {
                    self.metrics.failed(Direction::Download, error.kind());
                    let (request_id, cause) = (&self.request_id, chain(&error));
                    tracing::warn!(request_id, cause, "the storage broke off a download");
                    return Err(error);
                }
                None => return Ok(None),
            }
        }
        let piece = self.ready.split_to(self.ready.len().min(PIECE));
        self.departing.sent(piece.len());
        self.metrics.bytes(Direction::Download).inc_by(piece.len() as u64);
        Ok(Some((piece, self)))
    }
}

fn unread(server: &Server, origin: &Origin, error: &StorageError) -> Refusal {
    server.app.db.metrics().transfers.failed(Direction::Download, error.kind());
    let (request_id, cause) = (&origin.request_id, chain(error));
    tracing::warn!(request_id, cause, "the file of a document could not be read");
    Refusal::Unavailable
}

fn without_body(status: StatusCode, file: &File) -> Response {
    let mut response = status.into_response();
    describe(response.headers_mut(), file);
    response
}

/// Headers of all answers about a file. It is never shown by a browser as a page of this server, whatever its type.
fn describe(headers: &mut HeaderMap, file: &File) {
    headers.insert(ETAG, value(&file.tag));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
}

/// Names the file for clients that save it: in ASCII for old ones, and whole (RFC 6266).
fn disposition(name: &str) -> HeaderValue {
    // Characters that reverse the order of text make one extension look like another.
    let turns = |letter: char| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_kept = |letter: &char| !letter.is_control() && !turns(*letter);
    let name: String = name.chars().filter(is_kept).collect();
    let ascii: String = name
        .chars()
        .map(|letter| match letter {
            '"' | '\\' | '/' | '%' => '_',
            letter if letter.is_ascii() => letter,
            _ => '_',
        })
        .collect();
    let whole = utf8_percent_encode(&name, &PLAIN);
    value(&format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{whole}"))
}

/// Everything that is put into a header here is ASCII without control characters.
fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_files() {
        for (name, expected) in [
            ("contract.pdf", "filename=\"contract.pdf\"; filename*=UTF-8''contract.pdf"),
            ("Cédula 1.jpg", "filename=\"C_dula 1.jpg\"; filename*=UTF-8''C%C3%A9dula%201.jpg"),
            ("a\"b\\c%20.txt", "filename=\"a_b_c_20.txt\"; filename*=UTF-8''a%22b%5Cc%2520.txt"),
            ("photo\u{202e}gpj.exe", "filename=\"photogpj.exe\"; filename*=UTF-8''photogpj.exe"),
            ("a\r\nx: y", "filename=\"ax: y\"; filename*=UTF-8''ax%3A%20y"),
            ("", "filename=\"\"; filename*=UTF-8''"),
        ] {
            assert_eq!(disposition(name), format!("attachment; {expected}"), "{name:?}");
        }
    }
}
