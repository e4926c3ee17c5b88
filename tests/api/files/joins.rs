//! Parts that become one file: however slow the storage is, once, and with nothing left of what fails.

use cartera::entities::records::upload;
use cartera::jobs::documents::check;
use cartera::jobs::{self, Work};
use cartera::storage::FileKey;
use hyper::Method;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{assert_stored, stored};
use crate::support::{Answer, Bucket, Fault, Made, Person, TestApp};

const FINISH: &str = "mutation ($prospectId: ID!, $uploadId: ID!, $key: String) {
    documentUpload(prospectId: $prospectId, input: { uploadId: $uploadId }, idempotencyKey: $key) {
        document { id fileName size sha256 mediaType } userErrors { code message path } } }";
const READY: &str = "query ($id: ID!) { node(id: $id) { ... on DocumentUpload { isReady offset } } }";
const NOT_READY: [&str; 1] = ["CONFLICT"];
const DAY: i64 = 24 * 60 * 60 * 1000;

async fn finish(person: &Person, prospect: &Made, upload: &Made) -> Answer {
    let variables = json!({ "prospectId": prospect.id, "uploadId": upload.id, "key": upload.id });
    person.run(FINISH, variables).await
}

/// The answer once the parts have become one file, or have failed to. A call may wait that long by itself.
async fn finish_joined(app: &TestApp, prospect: &Made, upload: &Made) -> Answer {
    let answer = finish(&app.ana, prospect, upload).await;
    if answer.text.contains("CONFLICT") {
        assert_eq!(answer.user_errors("documentUpload"), NOT_READY);
        app.core.joins.ended(upload.uuid).await;
        return finish(&app.ana, prospect, upload).await;
    }
    answer
}

async fn is_ready(app: &TestApp, upload: &Made) -> Value {
    app.ana.query(READY, json!({ "id": upload.id })).await["node"]["isReady"].clone()
}

fn assert_whole(answer: &Answer) {
    let document = &answer.payload("documentUpload")["document"];
    // Of `abcde`.
    let sum = "36bbe50ed96841d10443bcb670d6554f0a34b761be67ec9c4a8ad2c0c44ca42c";
    assert_eq!(
        (&document["size"], &document["sha256"], &document["mediaType"]),
        (&json!(5), &json!(sum), &json!("text/plain"))
    );
}

both! {
    /// The storage answers only when the test says so: longer than any request may take.
    async fn a_join_takes_as_long_as_the_storage(app: TestApp) {
        let bucket = Bucket::start().await;
        let app = app.with_storage(bucket.storage(app.core.db.metrics())).await;
        let made = app.prospect().owner(&app.ana).create().await;
        let upload = app.complete_upload(&app.ana, "a.txt").await;
        bucket.fault(Some((Method::PUT, Fault::Hanging)));
        for _ in 0..3 {
            assert_eq!(finish(&app.ana, &made, &upload).await.user_errors("documentUpload"), NOT_READY);
            assert_eq!(is_ready(&app, &upload).await, json!(false));
        }
        bucket.fault(None);
        app.core.joins.ended(upload.uuid).await;
        assert_eq!(is_ready(&app, &upload).await, json!(true));
        assert_eq!(stored(&app).await, 1, "the parts are gone");
        app.assert_sound().await;
        let first = finish(&app.ana, &made, &upload).await;
        assert_whole(&first);
        // After a lost answer.
        assert_eq!(finish(&app.ana, &made, &upload).await.text, first.text);
        assert_eq!(app.sql("SELECT CAST(count(*) AS text) FROM uploads").await, ["0"]);
        assert_eq!(stored(&app).await, 1);
        app.assert_sound().await;
    }

    async fn a_join_that_fails_is_begun_again(app: TestApp) {
        let bucket = Bucket::start().await;
        let app = app.with_storage(bucket.storage(app.core.db.metrics())).await;
        let made = app.prospect().owner(&app.ana).create().await;
        let upload = app.complete_upload(&app.ana, "a.txt").await;
        bucket.fail(Some(Method::PUT));
        let failed = finish_joined(&app, &made, &upload).await;
        assert_eq!((failed.status, failed.codes()), (503, vec!["UNAVAILABLE"]), "{}", failed.text);
        bucket.fail(None);
        // The key does not stand for the failure.
        assert_whole(&finish_joined(&app, &made, &upload).await);
        assert_eq!(stored(&app).await, 1);
    }

    async fn servers_that_join_at_once_leave_one_file(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let other = app.with_settings(|_| {}).await;
        for count in 1..=5 {
            let upload = app.complete_upload(&app.ana, "a.txt").await;
            tokio::join!(app.join(&app.ana, &upload), other.join(&other.ana, &upload));
            assert_eq!(is_ready(&other, &upload).await, json!(true));
            assert_stored(&app, count).await;
            assert_whole(&finish(&app.ana, &made, &upload).await);
            assert_stored(&app, count).await;
            app.assert_sound().await;
        }
    }

    async fn a_file_that_no_document_is_made_of_goes_with_its_upload(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let upload = app.ready_upload(&app.ana, "a.txt").await;
        let report = check::check(&app.core.db, &app.core.storage, i64::MIN..i64::MAX, true).await.expect("the storage is compared");
        assert_eq!((report.files, report.orphans), (1, 0));
        app.advance(DAY);
        assert_eq!(finish(&app.ana, &made, &upload).await.user_errors("documentUpload"), ["NOT_FOUND input.uploadId"]);
        jobs::run_due(&app.core, &Work::standard(2)).await.expect("jobs run");
        assert_stored(&app, 0).await;
        assert_eq!(app.sql("SELECT CAST(count(*) AS text) FROM uploads").await, ["0"]);
    }

    /// As after a move to another storage.
    async fn a_file_that_is_missing_is_no_document(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let upload = app.ready_upload(&app.ana, "a.txt").await;
        let row = upload::Entity::find_by_id(upload.uuid).one(app.core.db.reader()).await.expect("a query");
        let key = row.and_then(|row| row.file_key).expect("the parts have become a file");
        app.core.storage.delete(FileKey::File(key)).await.expect("the file is deleted");
        let answer = finish(&app.ana, &made, &upload).await;
        assert_eq!((answer.status, answer.codes()), (503, vec!["UNAVAILABLE"]), "{}", answer.text);
        assert_eq!(app.sql("SELECT name FROM documents").await, [""; 0]);
    }
}
