//! Uploads in parts, over a network that breaks off.

use cartera::entities::records::{upload, upload_part};
use cartera::ids::{self, Kind};
use reqwest::{Client, Method, Response};
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use serde_json::{Value, json};

use super::{assert_stored, upload as send_file};
use crate::support::{Made, Person, TestApp};

const CREATE: &str = "mutation ($input: DocumentUploadCreateInput!) { documentUploadCreate(input: $input) {
    upload { id url offset size minPartSize maxPartSize expiresAt } userErrors { code message path } } }";
const FINISH: &str = "mutation ($prospectId: ID!, $uploadId: ID!, $key: String) {
    documentUpload(prospectId: $prospectId, input: { uploadId: $uploadId }, idempotencyKey: $key) {
        document { id fileName size sha256 } userErrors { code message path } } }";
const NODE: &str = "query ($id: ID!) { node(id: $id) { ... on DocumentUpload { offset size } } }";
const SMALLEST: usize = 256 << 10;

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 7 + index / 251) as u8).collect()
}

async fn create(person: &Person, size: usize) -> Value {
    let answer = person.run(CREATE, json!({ "input": { "size": size, "fileName": "a.bin" } })).await;
    answer.payload("documentUploadCreate")["upload"].clone()
}

fn url(upload: &Value) -> &str {
    upload["url"].as_str().expect("an address")
}

async fn put(app: &TestApp, address: &str, offset: &str, part: Vec<u8>) -> Response {
    let request = Client::new().put(format!("{}{address}", app.url)).header("upload-offset", offset);
    request.body(part).send().await.expect("the server answers")
}

/// Status and offset of an answer.
fn progress(response: &Response) -> (u16, Option<usize>) {
    let offset = response.headers().get("upload-offset");
    let offset = offset.map(|offset| offset.to_str().expect("a text").parse().expect("a number"));
    (response.status().as_u16(), offset)
}

async fn offset(app: &TestApp, address: &str) -> (u16, Option<usize>) {
    let request = Client::new().head(format!("{}{address}", app.url));
    progress(&request.send().await.expect("the server answers"))
}

async fn finish(person: &Person, prospect: &Made, upload: &Value, key: Option<&str>) -> crate::support::Answer {
    let variables = json!({ "prospectId": prospect.id, "uploadId": upload["id"], "key": key });
    person.run(FINISH, variables).await
}

both! {
    async fn a_file_arrives_in_parts(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let content = content(2 * SMALLEST + 10);
        let upload = create(&app.ana, content.len()).await;
        assert_eq!(offset(&app, url(&upload)).await, (200, Some(0)));
        let early = finish(&app.ana, &prospect, &upload, None).await;
        assert_eq!(early.user_errors("documentUpload"), ["STATE input.uploadId"]);
        let own = json!({ "node": { "offset": 0, "size": content.len() } });
        assert_eq!(app.ana.query(NODE, json!({ "id": upload["id"] })).await, own);
        assert_eq!(app.luis.query(NODE, json!({ "id": upload["id"] })).await, json!({ "node": null }));
        assert_eq!(app.admin.query(NODE, json!({ "id": upload["id"] })).await, json!({ "node": null }));
        let mut at = 0;
        for part in content.chunks(SMALLEST) {
            let response = put(&app, url(&upload), &at.to_string(), part.to_vec()).await;
            at += part.len();
            assert_eq!(progress(&response), (204, Some(at)));
            assert_eq!(offset(&app, url(&upload)).await, (200, Some(at)));
        }
        let answer = finish(&app.ana, &prospect, &upload, Some("key")).await;
        let document = answer.payload("documentUpload")["document"].clone();
        let sum: String = <sha2::Sha256 as sha2::Digest>::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((&document["size"], &document["sha256"], &document["fileName"]), (&json!(content.len()), &json!(sum), &json!("a.bin")));
        assert_stored(&app, 1).await;
        assert_eq!(offset(&app, url(&upload)).await, (404, None), "it has become a document");
        // The answer was lost, and the call is repeated.
        let again = finish(&app.ana, &prospect, &upload, Some("key")).await;
        assert_eq!(again.payload("documentUpload")["document"], document);
        assert_stored(&app, 1).await;
    }

    async fn parts_have_their_places_and_sizes(app: TestApp) {
        let upload = create(&app.ana, 3 * SMALLEST).await;
        let address = url(&upload);
        let part = || content(SMALLEST);
        for (what, offset, part, expected) in [
            ("a gap", "1", part(), (409, Some(0))),
            ("no number", "x", part(), (400, None)),
            ("a sign", "+0", part(), (400, None)),
            ("a small part", "0", content(SMALLEST - 1), (400, None)),
            ("an empty part", "0", Vec::new(), (400, None)),
            ("a large part", "0", content(3 * SMALLEST + 1), (413, None)),
        ] {
            assert_eq!(progress(&put(&app, address, offset, part).await), expected, "{what}");
        }
        let without = Client::new().put(format!("{}{address}", app.url)).body(part()).send().await.expect("the server answers");
        assert_eq!(without.status(), 400);
        assert_eq!(offset(&app, address).await, (200, Some(0)));
        assert_stored(&app, 0).await;
        // The same part twice, as after a lost answer: the second one is told where to go on.
        assert_eq!(progress(&put(&app, address, "0", part()).await), (204, Some(SMALLEST)));
        assert_eq!(progress(&put(&app, address, "0", part()).await), (409, Some(SMALLEST)));
        // Two at once for one place: one of them.
        let next = SMALLEST.to_string();
        let (one, other) = tokio::join!(put(&app, address, &next, part()), put(&app, address, &next, part()));
        let mut found = [progress(&one), progress(&other)];
        found.sort();
        assert_eq!(found, [(204, Some(2 * SMALLEST)), (409, Some(2 * SMALLEST))]);
        assert_stored(&app, 2).await;
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let request = Client::new().request(method.clone(), format!("{}{address}", app.url));
            assert_eq!(request.send().await.expect("the server answers").status(), 405, "{method}");
        }
    }

    /// Refused before it is read; and of one that is refused later nothing is left.
    async fn an_upload_has_so_many_parts(app: TestApp) {
        let upload = create(&app.ana, SMALLEST).await;
        let id = Kind::Upload.decode(upload["id"].as_str().expect("an id")).expect("an id");
        let size = 1_000 * SMALLEST as i64;
        let parts = (0..1_000).map(|number| upload_part::ActiveModel {
            id: Set(ids::new()),
            upload_id: Set(id),
            start: Set(number * SMALLEST as i64),
            size: Set(SMALLEST as i64),
        });
        upload_part::Entity::insert_many(parts).exec_without_returning(app.core.db.writer()).await.expect("parts are added");
        let grown = upload::ActiveModel { id: Set(id), size: Set(2 * size), received: Set(size), ..Default::default() };
        grown.update(app.core.db.writer()).await.expect("the upload is changed");
        let refused = put(&app, url(&upload), &size.to_string(), content(SMALLEST)).await;
        assert_eq!(progress(&refused), (400, None));
        assert_eq!(refused.text().await.expect("a text"), "the upload has as many parts as it may have\n");
        let grown = upload::ActiveModel { id: Set(id), received: Set(10), ..Default::default() };
        grown.update(app.core.db.writer()).await.expect("the upload is changed");
        assert_eq!(progress(&put(&app, url(&upload), "10", content(SMALLEST)).await), (400, None));
        assert_eq!(offset(&app, url(&upload)).await, (200, Some(10)));
        assert_stored(&app, 0).await;
    }

    async fn parts_leave_the_free_space(app: TestApp) {
        let upload = create(&app.ana, 2 * SMALLEST).await;
        let full = app.with_settings(|settings| settings.document_free_bytes = u64::MAX / 2).await;
        let announce = |person: Person, size: usize| async move {
            person.run(CREATE, json!({ "input": { "size": size } })).await
        };
        assert_eq!(announce(full.ana.clone(), 10).await.user_errors("documentUploadCreate"), ["LIMIT input.size"]);
        assert_eq!(put(&full, url(&upload), "0", content(SMALLEST)).await.status(), 503);
        let prospect = app.prospect().owner(&app.ana).create().await;
        let answer = send_file(&full.ana, &prospect, "a.txt", b"content").await;
        assert_eq!((answer.status, answer.codes()), (503, vec!["UNAVAILABLE"]), "{}", answer.text);
        assert_eq!(offset(&app, url(&upload)).await, (200, Some(0)));
        // What was announced counts, with what is stored.
        let little = app.with_settings(|settings| settings.document_total_bytes = Some(2 * SMALLEST as u64 + 10)).await;
        assert_eq!(announce(little.luis.clone(), 11).await.user_errors("documentUploadCreate"), ["LIMIT input.size"]);
        announce(little.luis.clone(), 10).await.payload("documentUploadCreate");
        assert_eq!(announce(little.luis.clone(), 1).await.user_errors("documentUploadCreate"), ["LIMIT input.size"]);
        app.advance(24 * 60 * 60 * 1000);
        announce(little.luis.clone(), 1).await.payload("documentUploadCreate");
        assert_stored(&app, 0).await;
    }

    async fn a_part_that_breaks_off_leaves_the_offset(app: TestApp) {
        use tokio::io::AsyncWriteExt;
        let upload = create(&app.ana, 2 * SMALLEST).await;
        let address = app.url.trim_start_matches("http://");
        let mut connection = tokio::net::TcpStream::connect(address).await.expect("the server listens");
        let head = format!("PUT {} HTTP/1.1\r\nhost: x\r\nupload-offset: 0\r\ncontent-length: {SMALLEST}\r\n\r\n", url(&upload));
        connection.write_all(head.as_bytes()).await.expect("the head is sent");
        connection.write_all(&content(SMALLEST - 1)).await.expect("most of the part is sent");
        drop(connection);
        assert_stored(&app, 0).await;
        assert_eq!(offset(&app, url(&upload)).await, (200, Some(0)));
    }

    async fn an_upload_belongs_to_its_user(app: TestApp) {
        let prospect = app.prospect().owner(&app.luis).create().await;
        let session = app.with_session(&app.ana).await;
        let upload = create(&session, 10).await;
        assert_eq!(progress(&put(&app, url(&upload), "0", content(10)).await), (204, Some(10)));
        let foreign = finish(&app.luis, &prospect, &upload, None).await;
        assert_eq!(foreign.user_errors("documentUpload"), ["NOT_FOUND input.uploadId"]);
        let changed = format!("{}A", &url(&upload)[..url(&upload).len() - 1]);
        let other = if changed == url(&upload) { changed.replace("=", "=B") } else { changed };
        assert_eq!(offset(&app, &other).await, (404, None));
        session.run("mutation { sessionEnd { userErrors { code } } }", json!({})).await.data();
        assert_eq!(offset(&app, url(&upload)).await, (404, None));
        app.advance(24 * 60 * 60 * 1000);
        let upload = create(&app.luis, 10).await;
        app.advance(24 * 60 * 60 * 1000);
        assert_eq!(offset(&app, url(&upload)).await, (404, None), "after a day");
    }
}
