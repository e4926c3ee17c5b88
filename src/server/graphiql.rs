//! GraphiQL at `/graphiql`, from the released files in the folder of the settings, and from nowhere else.

use super::Server;
use crate::error::Error;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use std::path::Path as FilePath;
use std::sync::Arc;

/// What the page loads, read once: no request leads to a file.
pub struct Files(Vec<File>);

struct File {
    name: &'static str,
    media_type: &'static str,
    content: Bytes,
}

const PAGE: &str = include_str!("graphiql.html");
const START: &str = include_str!("graphiql.js");

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// The name in the page, where npm puts it, and what it is.
const RELEASED: [(&str, &str, &str); 4] = [
    ("react.production.min.js", "react/umd/react.production.min.js", SCRIPT),
    ("react-dom.production.min.js", "react-dom/umd/react-dom.production.min.js", SCRIPT),
    ("graphiql.min.js", "graphiql/graphiql.min.js", SCRIPT),
    ("graphiql.min.css", "graphiql/graphiql.min.css", STYLE),
];

/// Only scripts of this server run, and they talk to nobody else. Styles may be written in the page, because the editor does so;
/// its fonts lie in its style sheet.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src data:; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

impl Files {
    /// Reads the files from a folder `node_modules`, or says which one is missing.
    pub fn read(folder: &FilePath) -> Result<Files, Error> {
        let mut files = vec![File {
            name: "start.js",
            media_type: SCRIPT,
            content: Bytes::from_static(START.as_bytes()),
        }];
        for (name, place, media_type) in RELEASED {
            let path = folder.join(place);
            let content = std::fs::read(&path).map_err(|error| {
                let path = path.display();
                Error::internal(format!(
                    "graphiql_dir: {path}: {error}; the folder is made by `npm install graphiql@4 react@18 react-dom@18`"
                ))
            })?;
            files.push(File {
                name,
                media_type,
                content: content.into(),
            });
        }
        Ok(Files(files))
    }
}

/// `/graphiql`: the page, or 404 where the settings name no folder.
pub async fn page(State(server): State<Arc<Server>>) -> Response {
    if server.graphiql.is_none() {
        return super::not_found().await.into_response();
    }
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (CONTENT_SECURITY_POLICY, POLICY),
    ];
    (StatusCode::OK, headers, PAGE).into_response()
}

/// `/graphiql/NAME`: one of the files, by its exact name.
pub async fn file(State(server): State<Arc<Server>>, Path(name): Path<String>) -> Response {
    let files = server.graphiql.iter().flat_map(|files| &files.0);
    match files.into_iter().find(|file| file.name == name) {
        Some(file) => {
            let headers = [(CONTENT_TYPE, file.media_type), (CACHE_CONTROL, "private, max-age=3600")];
            (headers, file.content.clone()).into_response()
        }
        None => super::not_found().await.into_response(),
    }
}
