//! GraphQL over `multipart/form-data`, by the GraphQL multipart request specification: `operations`, then `map`, then the files.
//!
//! The form is read in this order and no other, so that everything is known about a request before the first byte of a file is.

use super::Server;
use super::answer::Answer;
use super::credentials::bearer;
use super::faults::log_absence;
use super::graphql::{self, Parameters};
use super::outcome::Outcome;
use super::pipeline::{Credentials, TransportRules};
use super::rate::{ArrivalError, Arriving};
use crate::auth::Viewer;
use crate::cx::Origin;
use crate::cx::uploads::{StagedFile, Uploads};
use crate::error::Code;
use crate::limits::repeats::repeats_a_name;
use crate::schema::scalars::Upload;
use crate::storage::{FileKey, StorageError, WriteError};
use crate::telemetry::files::Direction;
use async_graphql::{Name, Value, Variables};
use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName};
use bytes::Bytes;
use futures_util::stream::{self, Stream, TryStreamExt};
use multer::{Field, Multipart};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::timeout;

/// A page of another origin cannot send this header without asking first, and that is refused. It could send a form.
const PREFLIGHT: HeaderName = HeaderName::from_static("graphql-require-preflight");
/// Files of a request.
const MOST_FILES: usize = 10;
/// Deadline of everything before the files.
const HEAD: Duration = Duration::from_secs(10);
/// Bytes of the headers of a part, of its boundary, and of what stands before the first part.
const PART_HEAD: i64 = 8 << 10;
/// Longest boundary, as RFC 2046 has it.
const BOUNDARY: usize = 70;
/// Characters of the name of a part, and of a path in the variables.
const NAME: usize = 200;

/// Which file goes where: the name of the part, and the path of its variable.
type FileMap = BTreeMap<String, Vec<String>>;

/// What is wrong with a form.
struct Wrong {
    outcome: Outcome,
    code: Code,
    message: String,
    /// Of a transfer that failed, in metrics.
    reason: &'static str,
    /// Of the storage, for the log.
    cause: Option<StorageError>,
}

/// Whether a body has the media type of forms.
pub fn is_form(headers: &HeaderMap) -> bool {
    let mut kinds = headers.get_all(CONTENT_TYPE).iter();
    let (Some(kind), None) = (kinds.next(), kinds.next()) else {
        return false;
    };
    let kind = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("multipart/form-data")
}

/// Answers a request with files. What is cheap to refuse is refused before the body is read.
pub async fn answer(server: &Server, origin: &Origin, headers: &HeaderMap, body: &mut Body) -> Answer {
    let refused = |wrong: Wrong| wrong.answer(server, origin);
    if headers.get(PREFLIGHT).is_none_or(|value| value.is_empty()) {
        let message = format!("forms are sent with the header `{PREFLIGHT}`");
        return Answer::problem(Outcome::Forbidden, Code::Forbidden, message, origin);
    }
    if headers.contains_key(CONTENT_ENCODING) {
        let message = "the body must not be compressed";
        return Answer::problem(Outcome::UnsupportedMediaType, Code::BadUserInput, message, origin);
    }
    let boundary = match boundary(headers) {
        Some(boundary) => boundary,
        None => return refused(malformed("the media type has no boundary that can be used")),
    };
    let pipeline = &server.pipeline;
    let credentials = bearer(headers);
    let caller = match pipeline.authenticate(credentials, origin, pipeline.deadline()).await {
        Ok(Some(caller)) => caller,
        Ok(None) => {
            let message = "sign in first: files are taken from users only";
            return Answer::problem(Outcome::Unauthenticated, Code::Unauthenticated, message, origin);
        }
        Err(answer) => return answer,
    };
    let permit = timeout(HEAD, server.app.transfers.upload(caller.user_id)).await;
    let _permit = match permit {
        Ok(Ok(permit)) => permit,
        Ok(Err(full)) => return pipeline.full(full, origin),
        Err(_) => return Answer::overloaded(origin),
    };
    let form = Form::new(body, boundary);
    respond(server, origin, caller, credentials, form).await
}

async fn respond(server: &Server, origin: &Origin, caller: Viewer, credentials: Credentials<'_>, mut form: Form<'_>) -> Answer {
    let head = timeout(HEAD, form.head(server.limits().body_bytes, server.limits().json_nesting)).await;
    let (mut parameters, files) = match head.unwrap_or_else(|_| Err(slow())) {
        Ok(head) => head,
        Err(wrong) => return wrong.answer(server, origin),
    };
    let mut tokens = BTreeMap::new();
    let variables = parameters.variables.get_or_insert_default();
    for (part, path) in &files {
        let token = Uploads::new_token();
        if let Err(wrong) = put(variables, path, &token) {
            return wrong.answer(server, origin);
        }
        tokens.insert(part.clone(), token);
    }
    let request = match graphql::operation(parameters, origin) {
        Ok(request) => request,
        Err(answer) => return *answer,
    };
    let admitted = match server.pipeline.admit(request, origin) {
        Ok(admitted) => admitted,
        Err(answer) => return *answer,
    };
    let arrival = async {
        // A sweep would take the first files of a form that lasts for days for abandoned.
        let arrived = timeout(server.app.settings.upload_timeout, form.files(server, tokens)).await;
        arrived
            .unwrap_or_else(|_| Err(slow()))
            .map_err(|wrong| wrong.answer(server, origin))
    };
    let rules = TransportRules { mutations: true };
    server
        .pipeline
        .run_with_files(caller, credentials, origin, admitted, rules, arrival)
        .await
}

/// A form that is being read.
struct Form<'a> {
    parts: Multipart<'a>,
    allowance: Allowance,
}

impl<'a> Form<'a> {
    fn new(body: &'a mut Body, boundary: String) -> Form<'a> {
        let allowance = Allowance::default();
        let stream = Allowed {
            body: Arriving::new(body),
            allowance: allowance.clone(),
            has_given: false,
        };
        Form {
            parts: Multipart::new(stream, boundary),
            allowance,
        }
    }

    /// The parameters of the operation and the places of its files.
    async fn head(&mut self, bytes: usize, nesting: usize) -> Result<(Parameters, FileMap), Wrong> {
        let operations = self.json("operations", bytes).await?;
        let parameters = graphql::from_body(&operations, nesting).map_err(malformed)?;
        let map = self.json("map", bytes).await?;
        let map = str::from_utf8(&map).map_err(|_| malformed("`map` is not UTF-8"))?;
        if repeats_a_name(map) {
            return Err(malformed("`map` gives a name twice"));
        }
        let map: FileMap = serde_json::from_str(map).map_err(|_| malformed("`map` is no object with a list of paths for each file"))?;
        if map.len() > MOST_FILES {
            return Err(malformed(format!("a request has at most {MOST_FILES} files")));
        }
        if map.values().any(|paths| paths.len() != 1) {
            return Err(malformed("each file has exactly one path"));
        }
        Ok((parameters, map))
    }

    /// The next part, which has this name, whole.
    async fn json(&mut self, name: &str, bytes: usize) -> Result<Vec<u8>, Wrong> {
        let expected = || malformed(format!("the form has `operations`, then `map`, then the files; expected `{name}`"));
        let mut part = self.next().await?.ok_or_else(expected)?;
        if part.name() != Some(name) || part.file_name().is_some() {
            return Err(expected());
        }
        self.allowance.set(bytes as i64 + PART_HEAD);
        let mut whole = Vec::new();
        while let Some(piece) = part.chunk().await.map_err(unread)? {
            if whole.len() + piece.len() > bytes {
                return Err(too_large(format!("`{name}` has more than {bytes} bytes")));
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }

    /// Stores the files, one after another.
    async fn files(&mut self, server: &Server, mut tokens: BTreeMap<String, String>) -> Result<Uploads, Wrong> {
        let (storage, metrics) = (&server.app.storage, &server.app.db.metrics().transfers);
        let limit = server.app.settings.document_max_bytes;
        let uploads = Uploads::new(storage.clone());
        while let Some(part) = self.next().await? {
            let _running = metrics.begin(Direction::Upload);
            let name = part.name().filter(|name| name.len() <= NAME).unwrap_or_default();
            let token = tokens
                .remove(name)
                .ok_or_else(|| malformed("a part of the form is not in `map`, or comes twice"))?;
            let file_name = part.file_name().map(str::to_owned);
            self.allowance
                .set(i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(PART_HEAD));
            let received = metrics.bytes(Direction::Upload);
            let content = stream::try_unfold(part, |mut part| async move {
                let piece = part.chunk().await?;
                Ok::<_, multer::Error>(piece.map(|piece| (piece, part)))
            });
            let counted = content.inspect_ok(|piece| {
                received.inc_by(piece.len() as u64);
            });
            let has_room = storage.refuse_full(server.app.settings.document_free_bytes).await;
            has_room.map_err(|error| unwritten(error.into()))?;
            let written = storage.write(FileKey::new_file(), counted, limit).await;
            let file = written.map_err(unwritten)?;
            uploads.add(token, StagedFile { file, file_name });
        }
        if tokens.is_empty() {
            return Ok(uploads);
        }
        Err(malformed("`map` has a file that is not in the form"))
    }

    async fn next(&mut self) -> Result<Option<Field<'a>>, Wrong> {
        self.allowance.set(PART_HEAD);
        self.parts.next_field().await.map_err(unread)
    }
}

/// How many bytes of a form may still be read. The library takes whatever arrives, and keeps headers whole however long they are.
#[derive(Clone, Default)]
struct Allowance(Arc<AtomicI64>);

impl Allowance {
    fn set(&self, bytes: i64) {
        self.0.store(bytes, Ordering::Relaxed);
    }

    /// False where nothing was left.
    fn take(&self, bytes: usize) -> bool {
        self.0.fetch_sub(bytes as i64, Ordering::Relaxed) > 0
    }
}

/// The body, piece by piece: after each, the library has to look at it before there is another.
struct Allowed<'a> {
    body: Arriving<&'a mut Body>,
    allowance: Allowance,
    has_given: bool,
}

#[derive(Debug, thiserror::Error)]
enum Unread {
    #[error(transparent)]
    Arrival(ArrivalError),
    #[error("a part has too many headers")]
    TooLong,
}

impl Stream for Allowed<'_> {
    type Item = Result<Bytes, Unread>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.has_given) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Pin::new(&mut self.body).poll_next(context).map(|next| {
            let piece = match next? {
                Ok(piece) => piece,
                Err(error) => return Some(Err(Unread::Arrival(error))),
            };
            self.has_given = true;
            Some(if self.allowance.take(piece.len()) {
                Ok(piece)
            } else {
                Err(Unread::TooLong)
            })
        })
    }
}

/// Puts the token of a file in the place of the null that the path leads to.
fn put(variables: &mut Variables, path: &[String], token: &str) -> Result<(), Wrong> {
    let path = path
        .first()
        .filter(|path| path.len() <= NAME)
        .map(String::as_str)
        .unwrap_or_default();
    let wrong = || malformed("a path in `map` leads to no null in `variables`");
    let mut steps = path.split('.');
    let (Some("variables"), Some(name)) = (steps.next(), steps.next()) else {
        return Err(wrong());
    };
    let mut value = variables.get_mut(&Name::new(name)).ok_or_else(wrong)?;
    for step in steps {
        value = match value {
            Value::Object(fields) => fields.get_mut(step),
            // No signs and no leading zeros, so that a place has one path.
            Value::List(items) => {
                let index = step.parse::<usize>().ok().filter(|index| index.to_string() == step);
                index.and_then(|index| items.get_mut(index))
            }
            _ => None,
        }
        .ok_or_else(wrong)?;
    }
    if *value != Value::Null {
        return Err(wrong());
    }
    *value = Upload::value(token);
    Ok(())
}

fn boundary(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let boundary = multer::parse_boundary(kind).ok()?;
    (1..=BOUNDARY).contains(&boundary.len()).then_some(boundary)
}

impl Wrong {
    fn answer(self, server: &Server, origin: &Origin) -> Answer {
        let metrics = &server.app.db.metrics().transfers;
        metrics.failed(Direction::Upload, self.reason);
        if let Some(cause) = &self.cause {
            log_absence(cause, origin);
        }
        Answer::problem(self.outcome, self.code, self.message, origin)
    }
}

fn malformed(message: impl Into<String>) -> Wrong {
    Wrong {
        outcome: Outcome::Malformed,
        code: Code::BadUserInput,
        message: message.into(),
        reason: "malformed",
        cause: None,
    }
}

fn too_large(message: String) -> Wrong {
    Wrong {
        outcome: Outcome::TooLarge,
        reason: "too_large",
        ..malformed(message)
    }
}

fn slow() -> Wrong {
    Wrong {
        outcome: Outcome::SlowBody,
        code: Code::Timeout,
        reason: "slow",
        ..malformed("the body arrives too slowly")
    }
}

fn unread(error: multer::Error) -> Wrong {
    let cut = |message: &str| Wrong {
        reason: "broken",
        ..malformed(message)
    };
    match error {
        multer::Error::StreamReadFailed(cause) => match cause.downcast_ref::<Unread>() {
            Some(Unread::Arrival(ArrivalError::Slow)) => slow(),
            Some(Unread::TooLong) => malformed("the head of a part is too long"),
            _ => cut("the body broke off"),
        },
        multer::Error::IncompleteFieldData { .. } | multer::Error::IncompleteStream => cut("the form is not complete"),
        _ => malformed("the form is malformed"),
    }
}

fn unwritten(error: WriteError<multer::Error>) -> Wrong {
    match error {
        WriteError::Source(error) => unread(error),
        WriteError::TooLarge(limit) => too_large(format!("a file has more than {limit} bytes")),
        WriteError::Storage(cause) => Wrong {
            outcome: Outcome::Unavailable,
            code: Code::Unavailable,
            reason: cause.kind(),
            cause: Some(cause),
            ..malformed("the file cannot be stored now; try again")
        },
    }
}
