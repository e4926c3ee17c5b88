//! Pages and scripts that a browser keeps: it asks with their tags whether they are still the same.

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};

use super::values;
use crate::support::{Person, TestApp};

const GRAPHIQL: [(&str, &str); 4] = [
    ("react/umd", "react.production.min.js"),
    ("react-dom/umd", "react-dom.production.min.js"),
    ("graphiql", "graphiql.min.js"),
    ("graphiql", "graphiql.min.css"),
];

/// A folder as npm would make it, with long files.
fn folder(content: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (place, name) in GRAPHIQL {
        let place = folder.path().join(place);
        std::fs::create_dir_all(&place).expect("a folder can be made");
        std::fs::write(place.join(name), format!("{name} {}", content.repeat(500))).expect("a file can be written");
    }
    folder
}

async fn with_graphiql(app: &TestApp, content: &str) -> (TestApp, tempfile::TempDir) {
    let folder = folder(content);
    let path = folder.path().to_owned();
    (app.with_settings(|settings| settings.graphiql_dir = Some(path)).await, folder)
}

async fn ask(person: &Person, method: Method, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Vec<u8>) {
    let request = person.request(method, path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let response = request.send().await.expect("the server answers");
    let (status, headers) = (response.status(), response.headers().clone());
    (status, headers, response.bytes().await.expect("the body arrives").to_vec())
}

const PATHS: [&str; 6] = [
    "/",
    "/explorer/main.js",
    "/explorer/recipes.graphql",
    "/graphiql",
    "/graphiql/start.js",
    "/graphiql/graphiql.min.js",
];

both! {
    async fn a_file_that_is_kept_is_not_sent_again(app: TestApp) {
        let (app, _folder) = with_graphiql(&app, "one").await;
        let mut tags = Vec::new();
        for path in PATHS {
            let (status, first, body) = ask(&app.anonymous, Method::GET, path, &[]).await;
            assert_eq!(status, 200, "{path}");
            assert_eq!(values(&first, "cache-control"), ["no-cache"], "{path}");
            let tag = first["etag"].to_str().expect("a tag is text").to_owned();
            assert_eq!(first["content-length"].to_str().ok(), Some(&*body.len().to_string()), "{path}");
            for asked in [tag.clone(), tag.trim_start_matches("W/").to_owned(), format!("\"other\", {tag}"), "*".to_owned()] {
                let (status, headers, body) = ask(&app.anonymous, Method::GET, path, &[("if-none-match", &asked), ("accept-encoding", "gzip")]).await;
                assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0), "{path} {asked}");
                // A browser takes these over: a policy that is kept follows the server.
                for name in ["etag", "cache-control", "vary", "content-security-policy", "referrer-policy", "x-content-type-options"] {
                    assert_eq!(values(&headers, name), values(&first, name), "{path} {name}");
                }
                assert_eq!(values(&headers, "content-encoding"), [""; 0], "{path}");
                let (status, headers, _) = ask(&app.anonymous, Method::HEAD, path, &[("if-none-match", &asked)]).await;
                assert_eq!((status, values(&headers, "content-length").len()), (StatusCode::NOT_MODIFIED, 0), "{path} {asked}");
            }
            let (status, _, again) = ask(&app.anonymous, Method::GET, path, &[("if-none-match", "\"other\"")]).await;
            assert_eq!((status, again), (StatusCode::OK, body), "{path}");
            tags.push(tag);
        }
        tags.sort();
        tags.dedup();
        assert_eq!(tags.len(), PATHS.len(), "each file has a tag of its own");
    }

    async fn a_file_that_has_changed_is_sent(app: TestApp) {
        let (one, _first) = with_graphiql(&app, "one").await;
        let (two, _second) = with_graphiql(&app, "two").await;
        let (_, headers, _) = ask(&one.anonymous, Method::GET, "/graphiql/graphiql.min.js", &[]).await;
        let tag = headers["etag"].to_str().expect("a tag is text");
        let (status, _, body) = ask(&two.anonymous, Method::GET, "/graphiql/graphiql.min.js", &[("if-none-match", tag)]).await;
        assert_eq!(status, 200);
        assert!(body.ends_with(b"two"), "the new file comes");
    }

    async fn files_are_compressed_and_heads_say_so(app: TestApp) {
        let (app, _folder) = with_graphiql(&app, "one").await;
        for path in ["/", "/graphiql/graphiql.min.js"] {
            let (_, plain, whole) = ask(&app.anonymous, Method::GET, path, &[]).await;
            for accepted in [&[][..], &[("accept-encoding", "gzip")], &[("accept-encoding", "br")]] {
                let (_, got, body) = ask(&app.anonymous, Method::GET, path, accepted).await;
                let encoding: Vec<&str> = accepted.iter().map(|(_, encoding)| *encoding).collect();
                assert_eq!(values(&got, "content-encoding"), encoding, "{path}");
                assert_eq!(values(&got, "etag"), values(&plain, "etag"), "{path}");
                assert_eq!(values(&got, "vary"), ["accept-encoding"], "{path}");
                assert_eq!(body.len() < whole.len(), !encoding.is_empty(), "{path}");
                // The same headers, and nothing behind them.
                let (status, head, nothing) = ask(&app.anonymous, Method::HEAD, path, accepted).await;
                assert_eq!((status, nothing.len()), (StatusCode::OK, 0), "{path}");
                for name in ["content-encoding", "content-length", "content-type", "etag", "vary", "cache-control"] {
                    assert_eq!(values(&head, name), values(&got, name), "{path} {name} {accepted:?}");
                }
            }
        }
    }
}
