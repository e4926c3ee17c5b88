//! The explorer page, for people who try the API in a browser, and the files that it loads.

use super::Server;
use super::assets::Asset;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

const PAGE: &str = include_str!("explorer/page.html");
/// The link to GraphiQL as it stands in the page, and where GraphiQL is served.
const LINK: (&str, &str) = ("href=\"graphiql\" hidden", "href=\"graphiql\"");

/// Only scripts and styles of this server, and requests to it alone; text is never read as HTML.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
);

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// A file that the page loads, by its name below `/explorer/`.
struct File {
    name: &'static str,
    media_type: &'static str,
    content: &'static str,
}

macro_rules! file {
    ($name:literal, $media_type:expr) => {
        File {
            name: $name,
            media_type: $media_type,
            content: include_str!(concat!("explorer/", $name)),
        }
    };
}

const FILES: [File; 23] = [
    file!("account.js", SCRIPT),
    file!("checks.js", SCRIPT),
    file!("completion.js", SCRIPT),
    file!("docs.js", SCRIPT),
    file!("dom.js", SCRIPT),
    file!("editor.js", SCRIPT),
    file!("files.js", SCRIPT),
    file!("history.js", SCRIPT),
    file!("language.js", SCRIPT),
    file!("main.js", SCRIPT),
    file!("menus.js", SCRIPT),
    file!("panes.js", SCRIPT),
    file!("prettify.js", SCRIPT),
    file!("recipes.graphql", TEXT),
    file!("recipes.js", SCRIPT),
    file!("run.js", SCRIPT),
    file!("schema.js", SCRIPT),
    file!("session.js", SCRIPT),
    file!("skeleton.js", SCRIPT),
    file!("style.css", STYLE),
    file!("syntax.js", SCRIPT),
    file!("variables.js", SCRIPT),
    file!("walk.js", SCRIPT),
];

/// The page of a server, and what it loads.
pub struct Explorer {
    page: Asset,
    /// By their names below `/explorer/`.
    files: Vec<(&'static str, Asset)>,
}

impl Explorer {
    /// With or without a link to GraphiQL.
    pub fn new(has_graphiql: bool) -> Explorer {
        let files = FILES.iter().map(|file| (file.name, Asset::new(file.content, file.media_type)));
        Explorer {
            page: Asset::page(content(has_graphiql), POLICY),
            files: files.collect(),
        }
    }
}

fn content(has_graphiql: bool) -> String {
    if has_graphiql {
        PAGE.replacen(LINK.0, LINK.1, 1)
    } else {
        PAGE.to_owned()
    }
}

/// `/`: the page, or 404 where it is switched off.
pub async fn explorer(State(server): State<Arc<Server>>, request: HeaderMap) -> Response {
    match &server.explorer {
        Some(explorer) => explorer.page.answer(&request),
        None => super::not_found().await.into_response(),
    }
}

/// `/explorer/NAME`: a file of the page, by its exact name.
pub async fn file(State(server): State<Arc<Server>>, Path(name): Path<String>, request: HeaderMap) -> Response {
    let mut files = server.explorer.iter().flat_map(|explorer| &explorer.files);
    match files.find(|(of, _)| *of == name) {
        Some((_, file)) => file.answer(&request),
        None => super::not_found().await.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_page_has_nothing_that_its_policy_refuses() {
        for refused in ["<style", " style=\"", " onclick=", "http://", "https://"] {
            assert!(!PAGE.replace("http://www.w3.org/2000/svg", "").contains(refused), "{refused}");
        }
        assert_eq!(
            PAGE.matches("<script").count(),
            PAGE.matches("<script type=\"module\" src=\"explorer/").count()
        );
        for file in &FILES {
            for refused in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
                assert!(!file.content.contains(refused), "{refused} in {}", file.name);
            }
        }
    }

    #[test]
    fn every_file_of_the_folder_is_served_and_every_file_that_is_asked_for_exists() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/server/explorer");
        let names = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let there: BTreeSet<String> = names.filter(|name| name != "page.html").collect();
        let served: BTreeSet<String> = FILES.iter().map(|file| file.name.to_owned()).collect();
        assert_eq!(served, there);
        let between = |text: &str, open: &str| -> Vec<String> {
            let after = text.split(open).skip(1);
            after.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
        };
        let mut asked_for = between(PAGE, "\"explorer/");
        for file in &FILES {
            asked_for.extend(between(file.content, "from \"./"));
            asked_for.extend(between(file.content, "URL(\"explorer/"));
        }
        assert!(asked_for.len() > FILES.len());
        assert_eq!(asked_for.into_iter().collect::<BTreeSet<_>>(), served);
    }

    #[test]
    fn the_link_to_graphiql_is_shown_only_where_it_is_served() {
        assert_eq!(content(false).matches(LINK.0).count(), 1);
        assert_eq!(content(true).matches(LINK.0).count(), 0);
        assert_eq!(content(true).matches(LINK.1).count(), 1);
    }
}
