//! Files at signed addresses: whole and in parts, for as long as their user may see them, and never as a page.

use cartera::entities::access::signing_key;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, Response};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::upload;
use crate::support::{Bucket, Made, Person, TestApp};

const ADDRESSES: &str = "query ($id: ID!) { node(id: $id) { ... on Document { downloadUrl thumbnailUrl thumbnailState } } }";
const MINUTE: i64 = 60 * 1000;

/// Any bytes that are longer than a piece of an answer.
fn content() -> Vec<u8> {
    (0..300_000).map(|index| (index * 7 + index / 251) as u8).collect()
}

/// The address of a document's file for a person.
async fn address(person: &Person, document: &str) -> String {
    let data = person.query(ADDRESSES, json!({ "id": document })).await;
    data["node"]["downloadUrl"].as_str().expect("an address").to_owned()
}

/// Sends a request without any credentials.
async fn send(app: &TestApp, method: Method, address: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Client::new().request(method, format!("{}{address}", app.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("the server answers")
}

async fn status(app: &TestApp, address: &str) -> u16 {
    let response = send(app, Method::GET, address, &[]).await;
    let status = response.status().as_u16();
    if status != 200 {
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(
            response.text().await.expect("a text"),
            "not found\n",
            "nothing is said of the document"
        );
    }
    status
}

#[track_caller]
fn text(headers: &HeaderMap, name: &str) -> String {
    let value = headers.get(name).unwrap_or_else(|| panic!("{name} is missing: {headers:?}"));
    value.to_str().expect("a text").to_owned()
}

async fn document(app: &TestApp, prospect: &Made, name: &str, content: &[u8]) -> String {
    let answer = upload(&app.ana, prospect, name, content).await;
    let document = &answer.payload("documentUpload")["document"];
    document["id"].as_str().expect("an ID").to_owned()
}

both! {
    async fn a_file_is_fetched_by_its_address_alone(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let content = content();
        let id = document(&app, &prospect, "Contrato «1».pdf", &content).await;
        let address = address(&app.ana, &id).await;
        for method in [Method::GET, Method::HEAD] {
            let response = send(&app, method.clone(), &address, &[]).await;
            assert_eq!(response.status(), 200);
            let headers = response.headers().clone();
            for (name, value) in [
                ("content-type", "application/octet-stream"),
                ("content-length", "300000"),
                ("accept-ranges", "bytes"),
                ("cache-control", "private, no-store"),
                ("x-content-type-options", "nosniff"),
                ("content-security-policy", "sandbox; default-src 'none'"),
                ("content-disposition", "attachment; filename=\"Contrato _1_.pdf\"; filename*=UTF-8''Contrato%20%C2%AB1%C2%BB.pdf"),
            ] {
                assert_eq!(text(&headers, name), value);
            }
            let bytes = response.bytes().await.expect("the file arrives");
            let expected = if method == Method::GET { &content[..] } else { &[] };
            assert!(bytes == expected, "{method}: {} bytes", bytes.len());
        }
        let response = send(&app, Method::POST, &address, &[]).await;
        assert_eq!((response.status().as_u16(), &*text(response.headers(), "allow")), (405, "GET, HEAD"));
    }

    async fn parts_of_a_file_are_fetched(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let content = content();
        let id = document(&app, &prospect, "a", &content).await;
        let address = address(&app.ana, &id).await;
        let tag = text(send(&app, Method::HEAD, &address, &[]).await.headers(), "etag");
        assert_eq!(tag.len(), 66, "{tag}");
        for (range, expected) in [("bytes=0-9", 0..10), ("bytes=100000-", 100_000..300_000), ("bytes=-7", 299_993..300_000)] {
            let response = send(&app, Method::GET, &address, &[("range", range), ("if-range", &tag)]).await;
            assert_eq!(response.status(), 206, "{range}");
            let shown = format!("bytes {}-{}/300000", expected.start, expected.end - 1);
            assert_eq!(text(response.headers(), "content-range"), shown);
            assert!(response.bytes().await.expect("the part arrives") == content[expected], "{range}");
        }
        for range in ["bytes=0-9", "bytes=300000-"] {
            let response = send(&app, Method::HEAD, &address, &[("range", range)]).await;
            assert_eq!((response.status().as_u16(), &*text(response.headers(), "content-length")), (200, "300000"), "a range of HEAD");
            assert!(!response.headers().contains_key("content-range"));
        }
        let response = send(&app, Method::GET, &address, &[("range", "bytes=300000-")]).await;
        assert_eq!((response.status().as_u16(), &*text(response.headers(), "content-range")), (416, "bytes */300000"));
        let response = send(&app, Method::GET, &address, &[("range", "bytes=0-9"), ("if-range", "\"other\"")]).await;
        assert_eq!((response.status().as_u16(), response.content_length()), (200, Some(300_000)));
        let response = send(&app, Method::GET, &address, &[("if-none-match", &tag)]).await;
        assert_eq!((response.status().as_u16(), text(response.headers(), "etag")), (304, tag));
    }

    async fn a_changed_address_leads_nowhere(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let id = document(&app, &prospect, "a", b"content").await;
        let other = document(&app, &prospect, "b", b"content").await;
        let address = address(&app.ana, &id).await;
        assert_eq!(status(&app, &address).await, 200);
        let (path, signature) = address.split_once("?signature=").expect("a signed address");
        for place in (0..signature.len()).step_by(7).chain([signature.len() - 1]) {
            let mut changed = signature.as_bytes().to_vec();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("a text");
            assert_eq!(status(&app, &format!("{path}?signature={changed}")).await, 404, "{place}");
        }
        for changed in [
            path.to_owned(),
            format!("{path}?signature="),
            format!("{path}?signature={signature}&more=1"),
            format!("{path}?more=1&signature={signature}"),
            format!("/documents/{}?signature={signature}", id.to_lowercase()),
            format!("/documents/{other}?signature={signature}"),
            format!("/documents/{}?signature={signature}", app.ana.id),
            format!("/documents/x?signature={signature}"),
            format!("/uploads/{id}?signature={signature}"),
        ] {
            let response = send(&app, Method::GET, &changed, &[]).await;
            assert_ne!(response.status(), 200, "{changed}");
        }
    }

    async fn an_address_ends_with_what_it_was_given_for(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let id = document(&app, &prospect, "a", b"content").await;
        let of_ana = address(&app.ana, &id).await;
        let of_admin = address(&app.admin, &id).await;
        app.advance(5 * MINUTE - 1);
        assert_eq!((status(&app, &of_ana).await, status(&app, &of_admin).await), (200, 200));
        app.advance(MINUTE + 1);
        assert_eq!((status(&app, &of_ana).await, status(&app, &of_admin).await), (404, 404), "after its time");

        let of_ana = address(&app.ana, &id).await;
        let delete = "mutation ($id: ID!) { documentDelete(id: $id) { deletedId userErrors { code } } }";
        app.ana.run(delete, json!({ "id": id })).await.payload("documentDelete");
        assert_eq!(status(&app, &of_ana).await, 404, "the document is deleted");
        let restore = "mutation ($id: ID!) { documentRestore(id: $id) { document { id } userErrors { code } } }";
        app.ana.run(restore, json!({ "id": id })).await.payload("documentRestore");
        assert_eq!(status(&app, &of_ana).await, 200);

        let session = app.with_session(&app.ana).await;
        let of_session = address(&session, &id).await;
        session.run("mutation { sessionEnd { userErrors { code } } }", json!({})).await.data();
        assert_eq!(status(&app, &of_session).await, 404, "the session has ended");
        assert_eq!(status(&app, &of_ana).await, 200);

        let of_admin = address(&app.admin, &id).await;
        let give = "mutation ($id: ID!, $to: ID!) { prospectOwnerChange(id: $id, input: { ownerId: $to }) { userErrors { code } } }";
        app.admin.run(give, json!({ "id": prospect.id, "to": app.luis.id })).await.payload("prospectOwnerChange");
        assert_eq!(status(&app, &of_ana).await, 404, "the prospect is a colleague's");
        assert_eq!(status(&app, &of_admin).await, 200);
        let of_luis = address(&app.luis, &id).await;
        assert_eq!(status(&app, &of_luis).await, 200);
        app.deactivate(&app.luis).await;
        assert_eq!(status(&app, &of_luis).await, 404, "the user is deactivated");
    }

    async fn colleagues_have_no_address(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let id = document(&app, &prospect, "a", b"content").await;
        let data = app.luis.query(ADDRESSES, json!({ "id": id })).await;
        assert_eq!(data["node"], Value::Null);
        // One that is signed for the colleague is checked when it is used.
        let viewer = app.cx(&app.luis).caller.expect("signed in");
        let uuid = cartera::ids::Kind::Document.decode(&id).expect("an ID");
        let forged = app.core.signer.document(&viewer, cartera::app::signing::Purpose::File, uuid, app.now());
        assert_eq!(status(&app, &forged.expect("an address")).await, 404);
    }

    async fn all_servers_take_the_addresses_of_each(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let id = document(&app, &prospect, "a", b"content").await;
        let other = app.with_settings(|_| {}).await;
        let of_first = address(&app.ana, &id).await;
        assert_eq!(of_first, address(&other.ana, &id).await);
        assert_eq!(status(&other, &of_first).await, 200);
        // A restored database has no keys, and gets a new one.
        let deleted = signing_key::Entity::delete_many().exec(app.core.db.writer()).await;
        assert_eq!(deleted.expect("keys are deleted").rows_affected, 1);
        let restored = app.with_settings(|_| {}).await;
        assert_eq!(status(&restored, &of_first).await, 404);
        let new = address(&restored.ana, &id).await;
        assert_eq!(status(&restored, &new).await, 200);
        app.advance(2_000);
        assert_eq!(status(&app, &new).await, 200, "a server reads the keys again for an unknown one");
    }

    async fn pages_and_scripts_are_files_like_others(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        for (name, content) in [
            ("page.html", &b"<!doctype html><script>alert(1)</script>"[..]),
            ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
            ("../../etc/passwd", b"root"),
            ("a\u{202e}fdp.exe", b"MZ"),
        ] {
            let id = document(&app, &prospect, name, content).await;
            let response = send(&app, Method::GET, &address(&app.ana, &id).await, &[]).await;
            let headers = response.headers();
            assert!(text(headers, "content-disposition").starts_with("attachment; "), "{name}");
            assert!(!text(headers, "content-disposition").contains(['\u{202e}', '/']), "{name}: {headers:?}");
            assert!(text(headers, "content-security-policy").starts_with("sandbox;"), "{name}");
            assert_eq!(text(headers, "x-content-type-options"), "nosniff", "{name}");
            assert!(!headers.contains_key("set-cookie"), "{name}");
        }
    }

    async fn answers_with_addresses_are_not_compressed(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let id = document(&app, &prospect, "a", b"content").await;
        let long: Vec<String> = (0..40).map(|number| format!("long_name_of_a_field_in_the_answer_{number}: name")).collect();
        for (field, is_compressed) in [("fileName", true), ("downloadUrl", false)] {
            let query = format!("query ($id: ID!) {{ document(id: $id) {{ {field} {} }} }}", long.join(" "));
            let request = app.ana.request(Method::POST, "/graphql").header("accept-encoding", "gzip");
            let response = request.json(&json!({ "query": query, "variables": { "id": id } })).send().await.expect("the server answers");
            assert_eq!(response.status(), 200);
            assert_eq!(response.headers().contains_key("content-encoding"), is_compressed, "{field}");
        }
    }

    async fn files_in_a_bucket_are_fetched_as_well(app: TestApp) {
        let bucket = Bucket::start().await;
        let app = app.with_storage(bucket.storage(app.core.db.metrics())).await;
        let prospect = app.prospect().owner(&app.ana).create().await;
        let content = content();
        let id = document(&app, &prospect, "a", &content).await;
        let address = address(&app.ana, &id).await;
        let response = send(&app, Method::GET, &address, &[]).await;
        assert!(response.bytes().await.expect("the file arrives") == content);
        let response = send(&app, Method::GET, &address, &[("range", "bytes=1000-1999")]).await;
        assert!(response.bytes().await.expect("the part arrives") == content[1000..2000]);
        bucket.fail(Some(hyper::Method::GET));
        let response = send(&app, Method::GET, &address, &[]).await;
        assert_eq!((response.status().as_u16(), &*text(response.headers(), "retry-after")), (503, "1"));
    }

    async fn a_file_that_is_gone_is_unavailable(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let id = document(&app, &prospect, "a", b"content").await;
        let address = address(&app.ana, &id).await;
        let folder = app.core.storage.folder().expect("a folder").to_owned();
        std::fs::rename(&folder, folder.with_extension("away")).expect("the folder is moved");
        let response = send(&app, Method::GET, &address, &[]).await;
        assert_eq!(response.status(), 503);
        // Records go on.
        let data = app.ana.query("query ($id: ID!) { prospect(id: $id) { documents { id } } }", json!({ "id": prospect.id })).await;
        assert_eq!(data["prospect"]["documents"], json!([{ "id": id }]));
        std::fs::rename(folder.with_extension("away"), &folder).expect("the folder is back");
        assert_eq!(status(&app, &address).await, 200);
    }
}
