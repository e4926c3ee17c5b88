//! CORS: origins whose pages may call the API, and the headers that they may read.

use crate::settings::CorsOrigins;
use axum::http::header::{
    ACCEPT, ACCEPT_RANGES, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH,
    IF_RANGE, ORIGIN, RANGE, RETRY_AFTER,
};
use axum::http::{HeaderName, HeaderValue, Method};
use std::time::Duration;
use tower_http::cors::{Any, CorsLayer};

/// Headers that requests may have: those of the API, and those that clients and tracing add by themselves.
const ALLOWED: [HeaderName; 9] = [
    ACCEPT,
    AUTHORIZATION,
    CONTENT_TYPE,
    HeaderName::from_static("apollo-require-preflight"),
    HeaderName::from_static("apollographql-client-name"),
    HeaderName::from_static("apollographql-client-version"),
    HeaderName::from_static("graphql-require-preflight"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
];

/// Headers of requests for files.
const ALLOWED_FOR_FILES: [HeaderName; 6] = [
    CONTENT_TYPE,
    IF_MATCH,
    IF_NONE_MATCH,
    IF_RANGE,
    RANGE,
    HeaderName::from_static("upload-offset"),
];

/// Headers of answers with files that pages may read.
const EXPOSED_OF_FILES: [HeaderName; 9] = [
    ACCEPT_RANGES,
    CONTENT_DISPOSITION,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    ETAG,
    RETRY_AFTER,
    super::REQUEST_ID,
    HeaderName::from_static("upload-length"),
    HeaderName::from_static("upload-offset"),
];

/// Lifetime of a preflight answer in the browser. Chromium caches none for longer.
const MAX_AGE: Duration = Duration::from_secs(2 * 60 * 60);

/// The layer for files at signed addresses.
pub fn files(origins: &CorsOrigins) -> Option<CorsLayer> {
    let layer = layer(origins)?;
    let layer = layer
        .allow_methods([Method::GET, Method::HEAD, Method::PUT])
        .allow_headers(ALLOWED_FOR_FILES);
    Some(layer.expose_headers(EXPOSED_OF_FILES))
}

/// The layer for the routes of the API; none where no other origin may call it. Credentials of the browser are never allowed: the API has no
/// cookies, and a page has to have the token to send it.
pub fn layer(origins: &CorsOrigins) -> Option<CorsLayer> {
    let layer = CorsLayer::new()
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(ALLOWED)
        .expose_headers([RETRY_AFTER, super::REQUEST_ID])
        .max_age(MAX_AGE);
    match origins {
        // One answer for all of them, so it does not vary.
        CorsOrigins::Any => Some(layer.allow_origin(Any).vary([])),
        CorsOrigins::Listed(origins) if origins.is_empty() => None,
        CorsOrigins::Listed(origins) => {
            let values = origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
            Some(layer.allow_origin(values.collect::<Vec<_>>()).vary([ORIGIN]))
        }
    }
}
