//! The files of GraphiQL: served by their exact names from the folder of the settings, and nothing else from there.

use reqwest::Method;
use tempfile::TempDir;

use crate::support::{Person, TestApp};

const FILES: [(&str, &str, &str); 4] = [
    ("react.production.min.js", "react/umd", "text/javascript; charset=utf-8"),
    ("react-dom.production.min.js", "react-dom/umd", "text/javascript; charset=utf-8"),
    ("graphiql.min.js", "graphiql", "text/javascript; charset=utf-8"),
    ("graphiql.min.css", "graphiql", "text/css; charset=utf-8"),
];

/// A folder with the file names of npm.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (name, place, _) in FILES {
        let place = folder.path().join(place);
        std::fs::create_dir_all(&place).expect("a folder can be made");
        std::fs::write(place.join(name), format!("content of {name}")).expect("a file can be written");
    }
    std::fs::write(folder.path().join("secret.js"), "secret").expect("a file can be written");
    folder
}

async fn get(person: &Person, path: &str) -> reqwest::Response {
    person.request(Method::GET, path).send().await.expect("the server answers")
}

both! {
    async fn only_the_released_files_are_served(app: TestApp) {
        let folder = folder();
        let path = folder.path().to_owned();
        let app = app.with_settings(|settings| settings.graphiql_dir = Some(path)).await;
        let page = get(&app.anonymous, "/graphiql").await;
        assert_eq!(page.status(), 200);
        let policy = page.headers()["content-security-policy"].to_str().expect("a policy is text").to_owned();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(!page.text().await.expect("a page").contains("//cdn"));
        for (name, _, media) in FILES {
            let file = get(&app.anonymous, &format!("/graphiql/{name}")).await;
            assert_eq!(file.status(), 200, "{name}");
            assert_eq!(file.headers()["content-type"], media);
            assert_eq!(file.headers()["x-content-type-options"], "nosniff");
            assert_eq!(file.text().await.expect("a file"), format!("content of {name}"));
        }
        assert_eq!(get(&app.anonymous, "/graphiql/start.js").await.status(), 200);
        for path in [
            "/graphiql/",
            "/graphiql/secret.js",
            "/graphiql/..%2fsecret.js",
            "/graphiql/%2e%2e%2fsecret.js",
            "/graphiql/graphiql%2fgraphiql.min.js",
            "/graphiql/graphiql/graphiql.min.js",
            "/graphiql/graphiql.min.js%00",
            "/graphiql/%ff",
            "/graphiql/react.production.min.js/..",
        ] {
            // The client itself would tidy up an address with dots, so some of these go out as `/graphiql/`.
            let status = get(&app.anonymous, path).await.status();
            assert!(status == 404 || status == 400, "{path} answered {status}");
        }
    }

    async fn nothing_is_there_without_the_setting(app: TestApp) {
        for path in ["/graphiql", "/graphiql/start.js", "/graphiql/graphiql.min.js"] {
            assert_eq!(get(&app.anonymous, path).await.status(), 404, "{path}");
        }
    }
}
