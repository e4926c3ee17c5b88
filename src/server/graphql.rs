//! GraphQL over HTTP: `POST` with JSON, and `GET` for queries.

use super::Server;
use super::answer::Answer;
use super::body::{BodyError, discard};
use super::compression::Compressible;
use super::credentials::{bearer, in_address};
use super::metrics;
use super::multipart;
use super::negotiate::{acceptable, is_json};
use super::outcome::{Media, Outcome, status};
use super::pipeline::{OperationRequest, TransportRules};
use crate::cx::Origin;
use crate::error::Code;
use crate::limits::repeats::repeats_a_name;
use crate::limits::scan::json_nests_within;
use crate::telemetry::traces;
use async_graphql::Variables;
use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::header::{ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::time::Instant;

/// The parameters of a request, as the specification names them; others are ignored.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parameters {
    query: Option<String>,
    operation_name: Option<String>,
    pub(super) variables: Option<Variables>,
    extensions: Option<Extensions>,
    document_id: Option<String>,
}

/// Whether each is given or null. None is supported.
type Extensions = BTreeMap<String, Option<IgnoredAny>>;

/// The extension by which clients send the hash of a query first, and the query only upon an error.
const PERSISTED_QUERY: &str = "persistedQuery";

/// Answers one request.
pub async fn handle(State(server): State<Arc<Server>>, origin: Origin, request: Request) -> Response {
    let started = Instant::now();
    let span = traces::request(request.method().as_str(), &origin.request_id);
    let (answer, media) = traces::within(span.clone(), answer(&server, &origin, request)).await;
    metrics::answered(&server, &answer, media, started.elapsed(), span.as_ref());
    respond(&answer, media)
}

async fn answer(server: &Arc<Server>, origin: &Origin, request: Request) -> (Answer, Media) {
    let (parts, mut body) = request.into_parts();
    let media = acceptable(&parts.headers);
    let answer = match media {
        Some(_) => answer_acceptable(server, origin, &parts, &mut body).await,
        None => {
            let message = "answers are application/graphql-response+json or application/json";
            Answer::problem(Outcome::NotAcceptable, Code::BadUserInput, message, origin)
        }
    };
    if answer.outcome != Outcome::SlowBody {
        discard(&parts.headers, &mut body).await;
    }
    (answer, media.unwrap_or(Media::Json))
}

/// Answers a request whose client takes one of the media types.
async fn answer_acceptable(server: &Server, origin: &Origin, parts: &Parts, body: &mut Body) -> Answer {
    let in_uri = match in_uri(&parts.uri) {
        Ok(in_uri) => in_uri,
        Err(message) => return Answer::problem(Outcome::Malformed, Code::BadUserInput, message, origin),
    };
    let (method, headers) = (&parts.method, &parts.headers);
    if *method == Method::POST && multipart::is_form(headers) {
        return multipart::answer(server, origin, headers, body).await;
    }
    match read(server, origin, method, &in_uri, headers, body).await {
        Ok(request) => {
            let rules = TransportRules {
                mutations: *method == Method::POST,
            };
            server.pipeline.respond(bearer(headers), origin, request, rules).await
        }
        Err(answer) => answer,
    }
}

/// The parameters in the address, among which there must not be credentials.
fn in_uri(uri: &Uri) -> Result<Vec<(String, String)>, &'static str> {
    let Query(given) = Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(|_| "the parameters in the address are malformed")?;
    if in_address(uri, &given) {
        return Err("credentials belong in the Authorization header, not in the address");
    }
    Ok(given)
}

/// Reads the operation from the body or from the address.
async fn read(
    server: &Server,
    origin: &Origin,
    method: &Method,
    in_uri: &[(String, String)],
    headers: &HeaderMap,
    body: &mut Body,
) -> Result<OperationRequest, Answer> {
    let malformed = |message: &str| Answer::problem(Outcome::Malformed, Code::BadUserInput, message, origin);
    let parameters = match *method {
        Method::GET => from_address(in_uri, server.limits().json_nesting).map_err(malformed)?,
        Method::POST if is_json(headers) => {
            let received = server.bodies.receive(headers, body).await;
            let bytes = received.map_err(|error| unreceived(error, origin))?;
            from_body(&bytes, server.limits().json_nesting).map_err(malformed)?
        }
        Method::POST => {
            let message = "the body has to be application/json in UTF-8, or multipart/form-data for files, and not compressed";
            return Err(Answer::problem(Outcome::UnsupportedMediaType, Code::BadUserInput, message, origin));
        }
        _ => {
            let message = "requests are sent with POST, queries also with GET";
            return Err(Answer::problem(Outcome::MethodNotAllowed, Code::BadUserInput, message, origin));
        }
    };
    operation(parameters, origin).map_err(|answer| *answer)
}

/// The operation of the parameters.
pub(super) fn operation(parameters: Parameters, origin: &Origin) -> Result<OperationRequest, Box<Answer>> {
    let refusal = |outcome, code, message: &str| Box::new(Answer::problem(outcome, code, message, origin));
    let malformed = |message: &str| refusal(Outcome::Malformed, Code::BadUserInput, message);
    let Parameters {
        query,
        operation_name,
        variables,
        document_id,
        extensions,
    } = parameters;
    let has_hash = extensions.is_some_and(|given| given.get(PERSISTED_QUERY).is_some_and(Option::is_some));
    let query = match (query, document_id) {
        (query, None) if has_hash && query.as_ref().is_none_or(String::is_empty) => {
            // The clients look for this very message, or for the code.
            let message = "PersistedQueryNotSupported";
            return Err(refusal(Outcome::HashOnly, Code::PersistedQueryNotSupported, message));
        }
        (Some(query), None) => query,
        (None, Some(_)) => {
            let message = "no document with this id is stored";
            return Err(refusal(Outcome::Malformed, Code::PersistedQueryNotFound, message));
        }
        (Some(_), Some(_)) => return Err(malformed("`query` and `documentId` exclude each other")),
        (None, None) => return Err(malformed("`query` is missing")),
    };
    let operation_name = operation_name.filter(|name| !name.is_empty());
    Ok(OperationRequest {
        query,
        operation_name,
        variables: variables.unwrap_or_default(),
    })
}

/// Answer to a request whose body was not received.
fn unreceived(error: BodyError, origin: &Origin) -> Answer {
    match error {
        BodyError::TooLarge(most) => {
            let message = format!("the body has more than {most} bytes");
            Answer::problem(Outcome::TooLarge, Code::BadUserInput, message, origin)
        }
        BodyError::Slow => Answer::problem(Outcome::SlowBody, Code::Timeout, "the body did not arrive in time", origin),
        BodyError::Incomplete => Answer::problem(Outcome::Malformed, Code::BadUserInput, "the body broke off", origin),
        BodyError::Busy => Answer::overloaded(origin),
    }
}

pub(super) fn from_body(bytes: &[u8], nesting: usize) -> Result<Parameters, &'static str> {
    let text = str::from_utf8(bytes).map_err(|_| "the body is not UTF-8")?;
    if text.trim_ascii_start().starts_with('[') {
        return Err("several operations in one request are not supported");
    }
    from_json(text, nesting, "the body is not JSON")
}

fn from_address(given: &[(String, String)], nesting: usize) -> Result<Parameters, &'static str> {
    let one = |name: &str| {
        let mut values = given.iter().filter(|(given, _)| given == name).map(|(_, value)| value);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err("a parameter is given twice"),
            // An empty parameter is one left empty.
            (value, None) => Ok(value.filter(|value| !value.is_empty()).cloned()),
        }
    };
    let variables = one("variables")?.map(|text| from_json(&text, nesting, "`variables` is not JSON"));
    let extensions = one("extensions")?.map(|text| from_json(&text, nesting, "`extensions` is not JSON"));
    Ok(Parameters {
        query: one("query")?,
        operation_name: one("operationName")?,
        variables: variables.transpose()?,
        extensions: extensions.transpose()?,
        document_id: one("documentId")?,
    })
}

fn from_json<'a, T: Deserialize<'a>>(text: &'a str, nesting: usize, broken: &'static str) -> Result<T, &'static str> {
    if !json_nests_within(text.as_bytes(), nesting) {
        return Err("the JSON is nested too deeply");
    }
    if repeats_a_name(text) {
        return Err("the JSON gives a name twice in one object");
    }
    serde_json::from_str(text).map_err(|error| match error.is_data() {
        true => "a parameter has the wrong type",
        false => broken,
    })
}

fn respond(answer: &Answer, media: Media) -> Response {
    let mut response = Response::new(Body::from(answer.to_json()));
    *response.status_mut() = status(answer.outcome, media);
    let headers = response.headers_mut();
    let kind = match media {
        Media::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        Media::Json => "application/json; charset=utf-8",
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let more = match answer.outcome {
        Outcome::MethodNotAllowed => Some((ALLOW, "GET, POST")),
        Outcome::MutationOverGet => Some((ALLOW, "POST")),
        Outcome::Unauthenticated => Some((WWW_AUTHENTICATE, "Bearer")),
        // What is left of the body is not waited for.
        Outcome::SlowBody | Outcome::TooLarge => Some((CONNECTION, "close")),
        _ => None,
    };
    if let Some((name, value)) = more {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(seconds) = answer.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if answer.may_be_compressed {
        response.extensions_mut().insert(Compressible);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_objects_with_parameters() {
        let read = from_body(br#" {"query":"{a}","operationName":null,"variables":{"a":[1]},"other":1}"#, 64).unwrap();
        assert_eq!(read.query.as_deref(), Some("{a}"));
        assert_eq!(read.variables.unwrap().len(), 1);
        for body in [
            &b"[]"[..],
            b" [{\"query\":\"{a}\"}]",
            b"{\"query\":1}",
            b"{\"query\":\"{a}\",\"query\":\"{b}\"}",
            b"{\"query\":\"{a}\",\"variables\":{\"a\":1,\"a\":1}}",
            b"{\"query\":\"{a}\",\"variables\":{\"a\":[{\"b\":1,\"\\u0062\":2}]}}",
            b"{\"query\":\"{a}\",\"extensions\":{\"a\":{\"b\":1,\"b\":2}}}",
            b"{\"query\":\"{a}\",\"other\":1,\"other\":1}",
            b"{\"variables\":[]}",
            b"{\"variables\":\"{}\"}",
            b"{\"extensions\":[]}",
            b"{\"operationName\":0}",
            b"{\"query\":\"{a}\"} x",
            b"{\"query\":\"{a}\"",
            b"\"{a}\"",
            b"null",
            b"",
            b"\xff",
            b"\xef\xbb\xbf{}",
        ] {
            assert!(from_body(body, 64).is_err(), "{}", String::from_utf8_lossy(body));
        }
        let deep = |levels: usize| format!("{{\"variables\":{}1{}}}", "{\"a\":".repeat(levels), "}".repeat(levels));
        assert!(from_body(deep(63).as_bytes(), 64).is_ok());
        assert!(from_body(deep(64).as_bytes(), 64).is_err());
    }

    #[test]
    fn addresses_carry_the_same_parameters() {
        let given = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let read = from_address(&given(&[("query", "{a}"), ("variables", "{\"a\":1}"), ("operationName", "")]), 64).unwrap();
        assert_eq!(read.query.as_deref(), Some("{a}"));
        assert_eq!(read.operation_name, None);
        assert_eq!(read.variables.unwrap().len(), 1);
        assert!(from_address(&given(&[("query", "{a}"), ("query", "{b}")]), 64).is_err());
        assert!(from_address(&given(&[("variables", "[1]")]), 64).is_err());
        assert!(from_address(&given(&[("variables", "{\"a\":1,\"a\":1}")]), 64).is_err());
        assert!(from_address(&given(&[("extensions", "{\"a\":{\"b\":1,\"b\":1}}")]), 64).is_err());
        assert!(from_address(&given(&[("extensions", "x")]), 64).is_err());
    }
}
