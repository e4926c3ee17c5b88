//! The explorer page, for people who try the API in a browser.

use super::Server;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::sync::Arc;

const PAGE: &str = include_str!("explorer.html");

/// `/`: the page, or 404 where it is switched off.
pub async fn explorer(State(server): State<Arc<Server>>) -> Response {
    if !server.app.settings.explorer {
        return super::not_found().await.into_response();
    }
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (CONTENT_SECURITY_POLICY, server.page_policy.clone()),
    ];
    (StatusCode::OK, headers, PAGE).into_response()
}

/// What the page may do: run the scripts and styles written in it, and talk to this server.
pub fn policy() -> HeaderValue {
    let scripts = hashes("script");
    let styles = hashes("style");
    let policy = format!(
        "default-src 'none'; script-src {scripts}; style-src {styles}; connect-src 'self'; img-src 'self' data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).expect("hashes are written in ASCII")
}

/// The hashes of what stands between the tags of a name.
fn hashes(tag: &str) -> String {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let written = PAGE.split(&open).skip(1).filter_map(|rest| rest.split(&close).next());
    let hashes: Vec<String> = written
        .map(|text| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes()))))
        .collect();
    if hashes.is_empty() { "'none'".to_owned() } else { hashes.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_covers_all_that_is_written_in_the_page() {
        let policy = policy();
        let policy = policy.to_str().unwrap();
        for tag in ["script", "style"] {
            let opened = PAGE.matches(&format!("<{tag}")).count();
            assert_eq!(
                opened,
                PAGE.matches(&format!("<{tag}>")).count(),
                "a <{tag}> with attributes is not hashed"
            );
            assert_eq!(
                policy
                    .split(&format!("{tag}-src"))
                    .nth(1)
                    .unwrap()
                    .split(';')
                    .next()
                    .unwrap()
                    .matches("sha256-")
                    .count(),
                opened
            );
        }
        assert!(!PAGE.contains(" style=\""), "style attributes are refused by the policy");
    }
}
