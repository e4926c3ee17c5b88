//! GraphiQL at `/graphiql`, from the released files in the folder of the settings, and from nowhere else.

use super::Server;
use super::assets::Asset;
use crate::error::Error;
use crate::settings::GRAPHIQL_FILES;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use std::path::Path as FilePath;
use std::sync::Arc;

/// The files of the page, read once at the start: no request leads to a file.
pub struct Files {
    page: Asset,
    /// By their names in the page.
    files: Vec<(&'static str, Asset)>,
}

const PAGE: &str = include_str!("graphiql.html");
const START: &str = include_str!("graphiql.js");

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// Only scripts of this server run, and they connect to no other one. Inline styles are permitted, because the editor uses them; its fonts
/// are in its style sheet.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src data:; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

impl Files {
    /// Reads the files from a folder `node_modules`, or says which one is missing.
    pub fn read(folder: &FilePath) -> Result<Files, Error> {
        let mut files = vec![("start.js", Asset::new(START, SCRIPT))];
        for place in GRAPHIQL_FILES {
            let path = folder.join(place);
            let content = std::fs::read(&path).map_err(|error| Error::internal(format!("graphiql_dir: {}: {error}", path.display())))?;
            files.push((name_of(place), Asset::new(content, media_type(place))));
        }
        Ok(Files {
            page: Asset::page(PAGE, POLICY),
            files,
        })
    }
}

/// The name in the page: that of the file.
fn name_of(place: &'static str) -> &'static str {
    place.rsplit_once('/').map_or(place, |(_, name)| name)
}

fn media_type(place: &str) -> &'static str {
    if place.ends_with(".css") { STYLE } else { SCRIPT }
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
