//! GraphiQL at `/graphiql`, from the released files in the folder of the settings, and from nowhere else.

use super::Server;
use super::assets::Asset;
use crate::error::Error;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use std::path::Path as FilePath;
use std::sync::Arc;

/// What the page loads, read once: no request leads to a file.
pub struct Files {
    page: Asset,
    /// By their names in the page.
    files: Vec<(&'static str, Asset)>,
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
        let mut files = vec![("start.js", Asset::new(START, SCRIPT))];
        for (name, place, media_type) in RELEASED {
            let path = folder.join(place);
            let content = std::fs::read(&path).map_err(|error| {
                let path = path.display();
                Error::internal(format!(
                    "graphiql_dir: {path}: {error}; the folder is made by `npm install graphiql@4 react@18 react-dom@18`"
                ))
            })?;
            files.push((name, Asset::new(content, media_type)));
        }
        Ok(Files {
            page: Asset::page(PAGE, POLICY),
            files,
        })
    }
}

/// `/graphiql`: the page, or 404 where the settings name no folder.
pub async fn page(State(server): State<Arc<Server>>, request: HeaderMap) -> Response {
    match &server.graphiql {
        Some(graphiql) => graphiql.page.answer(&request),
        None => super::not_found().await.into_response(),
    }
}

/// `/graphiql/NAME`: one of the files, by its exact name.
pub async fn file(State(server): State<Arc<Server>>, Path(name): Path<String>, request: HeaderMap) -> Response {
    let mut files = server.graphiql.iter().flat_map(|graphiql| &graphiql.files);
    match files.find(|(of, _)| *of == name) {
        Some((_, file)) => file.answer(&request),
        None => super::not_found().await.into_response(),
    }
}
