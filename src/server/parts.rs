//! `/uploads/{id}`: the parts of a file that is too large for one request over a bad network, at a signed address.
//!
//! The header `Upload-Offset` says where a part begins, and each answer where the next one has to, as in the resumable uploads of the IETF
//! and of tus. A part that breaks off leaves nothing.

use super::Server;
use super::body::discard;
use super::faults::log_absence;
use super::rate::{ArrivalError, Arriving};
use super::signed::{Permitted, Refusal};
use crate::app::signing::Purpose;
use crate::cx::uploads::{StagedFile, Uploads};
use crate::cx::{Cx, Origin};
use crate::ids::Kind;
use crate::resolvers::records::documents::joins;
use crate::resolvers::records::documents::uploads::{self, LARGEST_PART, NewPart, Received, SMALLEST_PART, Upload};
use crate::storage::{FileKey, WriteError};
use crate::telemetry::files::Direction;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::TryStreamExt;
use std::sync::Arc;
use tokio::time::timeout_at;

/// Where a part begins in the file, or where the next one has to.
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
/// The size of the whole file.
const LENGTH: HeaderName = HeaderName::from_static("upload-length");

/// Takes a part, or answers how far the upload is.
pub async fn handle(State(server): State<Arc<Server>>, Path(id): Path<String>, origin: Origin, request: Request) -> Response {
    let (parts, mut body) = request.into_parts();
    let answered = match parts.method {
        Method::HEAD => offset(&server, &id, &origin, &parts).await,
        Method::PUT => take(&server, &id, &origin, &parts, &mut body).await,
        _ => {
            let text = "parts are sent with PUT, and HEAD answers where the next one begins\n";
            Ok((StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "HEAD, PUT")], text).into_response())
        }
    };
    let response = answered.unwrap_or_else(IntoResponse::into_response);
    if response.status() != StatusCode::REQUEST_TIMEOUT {
        discard(&parts.headers, &mut body).await;
    }
    response
}

async fn offset(server: &Server, id: &str, origin: &Origin, parts: &Parts) -> Result<Response, Refusal> {
    let permitted = permitted(server, id, origin, parts).await?;
    let upload = upload(server, origin, &permitted).await?;
    let mut response = progress(StatusCode::OK, upload.received);
    response.headers_mut().insert(LENGTH, HeaderValue::from(upload.size));
    Ok(response)
}

async fn take(server: &Server, id: &str, origin: &Origin, parts: &Parts, body: &mut Body) -> Result<Response, Refusal> {
    let permitted = permitted(server, id, origin, parts).await?;
    let upload = upload(server, origin, &permitted).await?;
    if parts.headers.contains_key(CONTENT_ENCODING) {
        return Err(Refusal::Status(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "parts must not be compressed\n",
        ));
    }
    let start = number(&parts.headers, &OFFSET).ok_or(Refusal::Status(
        StatusCode::BAD_REQUEST,
        "the header `Upload-Offset` has to say where the part begins\n",
    ))?;
    if start != upload.received {
        return Ok(progress(StatusCode::CONFLICT, upload.received));
    }
    let most = (LARGEST_PART as i64).min(upload.size - upload.received);
    if number(&parts.headers, &CONTENT_LENGTH).is_some_and(|length| length > most) {
        return Err(Refusal::TOO_LARGE);
    }
    let has_room = timeout_at(server.pipeline.deadline(), uploads::may_have_more_parts(&server.app.db, &upload)).await;
    let has_room = has_room.map_err(|_| Refusal::Unavailable)?;
    if !server.found(has_room.map(Some), origin)? {
        return Err(Refusal::Status(
            StatusCode::BAD_REQUEST,
            "the upload has as many parts as it may have\n",
        ));
    }
    let (app, metrics) = (&server.app, &server.app.db.metrics().transfers);
    let permit = timeout_at(server.pipeline.deadline(), app.transfers.upload(permitted.viewer.user_id)).await;
    let permit = permit.map_err(|_| Refusal::Unavailable)?.map_err(Refusal::of_queue)?;
    let in_flight = metrics.begin(Direction::Upload);
    let received = metrics.bytes(Direction::Upload);
    let content = Arriving::new(body).inspect_ok(|bytes| {
        received.inc_by(bytes.len() as u64);
    });
    app.storage.refuse_full(app.settings.document_free_bytes).await.map_err(|error| {
        let (refusal, reason) = unwritten(error.into(), origin);
        metrics.failed(Direction::Upload, reason);
        refusal
    })?;
    let key = FileKey::new_part(permitted.id);
    let file = app.storage.write(key, content, most.unsigned_abs()).await.map_err(|error| {
        let (refusal, reason) = unwritten(error, origin);
        metrics.failed(Direction::Upload, reason);
        refusal
    })?;
    let end = start + file.size;
    // From here on the part is removed unless the upload has it.
    let staged = Uploads::new(app.storage.clone());
    staged.add(String::new(), StagedFile { file, file_name: None });
    if end == start || (end - start < SMALLEST_PART as i64 && end != upload.size) {
        let text = "each part but the last one has at least 256 KiB\n";
        return Err(Refusal::Status(StatusCode::BAD_REQUEST, text));
    }
    let deadline = server.pipeline.deadline();
    let running = timeout_at(deadline, app.permits.for_request(Some(permitted.viewer.user_id))).await;
    let running = running.map_err(|_| Refusal::Unavailable)?.map_err(Refusal::of_queue)?;
    let cx = Cx::with_db(app.clone(), running.db.clone(), Some(permitted.viewer.clone()), origin.clone());
    let part = NewPart {
        id: key.id(),
        start,
        size: end - start,
    };
    // Only the commit can give it to the upload.
    let is_given = || drop(staged.take(""));
    let added = timeout_at(deadline, uploads::add_part(&cx, permitted.id, part, is_given)).await;
    let added = added.map_err(|_| Refusal::Unavailable)?.map(Some);
    let received = server.found(added, origin)?;
    if received == Received::At(upload.size) {
        drop((cx, running, permit, in_flight));
        joined(server, &upload).await;
    }
    match received {
        Received::At(offset) => Ok(progress(StatusCode::NO_CONTENT, offset)),
        Received::Elsewhere(offset) => Ok(progress(StatusCode::CONFLICT, offset)),
        Received::Gone => Err(Refusal::NotFound),
    }
}

/// Has the parts of a complete upload become one file, and waits for that as long as a request may take: most clients find it ready when they
/// ask for the document next. A failure is answered to them.
async fn joined(server: &Server, upload: &Upload) {
    let app = &server.app;
    if joins::start(app, upload).is_ok() {
        let _ = timeout_at(server.pipeline.deadline(), app.joins.ended(upload.id)).await;
    }
}

/// An address of an upload, of a user who may write.
async fn permitted(server: &Server, id: &str, origin: &Origin, parts: &Parts) -> Result<Permitted, Refusal> {
    let permitted = server.permitted(Kind::Upload, id, &parts.uri, origin).await?;
    if permitted.grant.purpose != Purpose::Upload || !permitted.viewer.can_write() {
        return Err(Refusal::NotFound);
    }
    Ok(permitted)
}

async fn upload(server: &Server, origin: &Origin, permitted: &Permitted) -> Result<Upload, Refusal> {
    let app = &server.app;
    let found = uploads::get(&app.db, permitted.viewer.user_id, permitted.id, app.clock.now());
    let found = timeout_at(server.pipeline.deadline(), found).await;
    server.found(found.map_err(|_| Refusal::Unavailable)?, origin)
}

fn progress(status: StatusCode, offset: i64) -> Response {
    let headers = [
        (OFFSET, HeaderValue::from(offset)),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers).into_response()
}

/// Digits alone.
fn number(headers: &HeaderMap, name: &HeaderName) -> Option<i64> {
    let text = headers.get(name)?.to_str().ok()?;
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

fn unwritten(error: WriteError<ArrivalError>, origin: &Origin) -> (Refusal, &'static str) {
    match error {
        WriteError::Source(ArrivalError::Slow) => {
            let refusal = Refusal::Status(StatusCode::REQUEST_TIMEOUT, "the part arrives too slowly\n");
            (refusal, "slow")
        }
        WriteError::Source(ArrivalError::Broken) => (Refusal::Status(StatusCode::BAD_REQUEST, "the part broke off\n"), "broken"),
        WriteError::TooLarge(_) => (Refusal::TOO_LARGE, "too_large"),
        WriteError::Storage(error) => {
            log_absence(&error, origin);
            (Refusal::Unavailable, error.kind())
        }
    }
}
