//! A storage that is away, full or slow: what needs it is refused, and records go on.

use std::time::Duration;

use cartera::storage::Storage;
use hyper::Method;
use reqwest::Client;
use serde_json::json;

use super::buckets::assert_empty;
use super::{assert_stored, stored, upload};
use crate::support::{Answer, Bucket, Fault, Made, Person, TestApp};

const CREATE: &str = "mutation { documentUploadCreate(input: { size: 7 }) { upload { url } userErrors { code } } }";
const NOTE: &str =
    "mutation ($id: ID!) { noteCreate(prospectId: $id, input: { body: \"Called back\" }) { entry { id } userErrors { code } } }";

/// Both ways to send a file are refused, nothing of it is recorded, and another write is carried out at once.
async fn assert_away(app: &TestApp, prospect: &Made) {
    let answer = upload(&app.ana, prospect, "a.txt", b"content").await;
    assert_refused(&answer);
    let created = app.ana.run(CREATE, json!({})).await;
    let address = created.payload("documentUploadCreate")["upload"]["url"]
        .as_str()
        .expect("an address")
        .to_owned();
    let part = Client::new().put(format!("{}{address}", app.url)).header("upload-offset", "0");
    let part = part.body("content").send().await.expect("the server answers");
    assert_eq!(part.status(), 503);
    assert_works(&app.ana, prospect).await;
    assert_eq!(app.sql("SELECT name FROM documents").await, [""; 0]);
    assert_eq!(app.sql("SELECT CAST(size AS text) FROM upload_parts").await, [""; 0]);
}

fn assert_refused(answer: &Answer) {
    assert_eq!((answer.status, answer.codes()), (503, vec!["UNAVAILABLE"]), "{}", answer.text);
    assert_eq!(answer.headers["retry-after"], "1");
}

async fn assert_works(person: &Person, prospect: &Made) {
    let noted = tokio::time::timeout(Duration::from_secs(5), person.run(NOTE, json!({ "id": prospect.id }))).await;
    noted.expect("the note does not wait for the storage").payload("noteCreate");
}

both! {
    async fn a_folder_that_is_away_costs_files_alone(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let folder = tempfile::tempdir().expect("a folder can be made");
        // A file in the place of the folder, as of a disk that is not mounted.
        let place = folder.path().join("place");
        std::fs::write(&place, "").expect("a file can be written");
        let app = app.with_storage(Storage::in_folder(place.join("documents"), app.core.db.metrics())).await;
        assert_away(&app, &prospect).await;
        std::fs::remove_file(&place).expect("the file is removed");
        upload(&app.ana, &prospect, "a.txt", b"content").await.payload("documentUpload");
        assert_stored(&app, 1).await;
    }

    async fn a_bucket_that_refuses_or_is_full_costs_files_alone(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let bucket = Bucket::start().await;
        let app = app.with_storage(bucket.storage(app.core.db.metrics())).await;
        for fault in [Fault::Refused, Fault::Full] {
            bucket.fault(Some((Method::PUT, fault)));
            assert_away(&app, &prospect).await;
            bucket.fault(None);
            assert_empty(&bucket, &app.core.storage).await;
        }
        upload(&app.ana, &prospect, "a.txt", b"content").await.payload("documentUpload");
        assert_eq!(stored(&app).await, 1);
    }

    async fn a_bucket_that_hangs_holds_up_its_own_requests_alone(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let bucket = Bucket::start().await;
        let app = app.with_storage(bucket.storage(app.core.db.metrics())).await;
        bucket.fault(Some((Method::PUT, Fault::Hanging)));
        let uploads = futures_util::future::join_all((0..8).map(|_| upload(&app.ana, &prospect, "a.txt", b"content")));
        let others = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            for _ in 0..5 {
                assert_works(&app.ana, &prospect).await;
            }
            assert_eq!(app.sql("SELECT name FROM documents").await, [""; 0]);
            bucket.fault(None);
        };
        let (answers, ()) = futures_util::future::join(uploads, others).await;
        for answer in answers {
            answer.payload("documentUpload");
        }
        assert_eq!(stored(&app).await, 8);
    }
}
