//! Documents that are made of files: of a request or of parts, once for each key, with nothing left of those that are refused.

use std::io::Cursor;

use cartera::entities::records::upload;
use cartera::ids::{self, Kind};
use cartera::jobs::{self, Work};
use cartera::resolvers::records::documents::uploads::{self, NewUpload};
use hyper::Method;
use image::{ImageFormat, RgbImage};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::{Value, json};

use super::assert_stored;
use crate::support::{Answer, Bucket, Form, Made, Person, TestApp, operations};

const UPLOAD: &str = "mutation ($prospectId: ID!, $file: Upload, $uploadId: ID, $key: String) {
    documentUpload(prospectId: $prospectId, input: { file: $file, uploadId: $uploadId }, idempotencyKey: $key) {
        document { id name fileName mediaType size sha256 thumbnailState thumbnailUrl } userErrors { code message path } } }";
const CREATE: &str = "mutation ($input: DocumentUploadCreateInput!) { documentUploadCreate(input: $input) {
    upload { id url offset size minPartSize maxPartSize expiresAt } userErrors { code message path } } }";

/// Sends a file as clients do.
async fn send(person: &Person, prospect: &Made, key: Value, file_name: &str, content: &[u8]) -> Answer {
    let variables = json!({ "prospectId": prospect.id, "file": null, "key": key });
    person
        .send_form(Form::of(UPLOAD, variables, &[("variables.file", file_name, content)]))
        .await
}

async fn of_parts(person: &Person, prospect: &Made, upload_id: &str) -> Answer {
    person
        .run(UPLOAD, json!({ "prospectId": prospect.id, "uploadId": upload_id }))
        .await
}

fn picture() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::new(900, 600).write_to(&mut bytes, ImageFormat::Png).expect("a picture");
    bytes.into_inner()
}

both! {
    /// The operations that clients send, word for word.
    async fn files_are_uploaded_and_deleted(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let variables = json!({ "prospectId": made.id, "file": null, "name": "Contrato" });
        let head = json!({ "query": operations::FILES, "operationName": "DocumentUpload", "variables": variables });
        let form = Form::default().text("operations", &head.to_string()).text("map", r#"{"0":["variables.file"]}"#);
        let answer = app.ana.send_form(form.file("0", "..\\contrato final.pdf", b"%PDF-1.7\n")).await;
        let document = answer.payload("documentUpload")["document"].clone();
        assert_eq!(
            (&document["name"], &document["fileName"], &document["mediaType"], &document["size"]),
            (&json!("Contrato"), &json!("contrato final.pdf"), &json!("application/pdf"), &json!(9))
        );
        let id = Made::new(document["id"].as_str().expect("an id"));
        assert!(document["downloadUrl"].as_str().expect("an address").starts_with(&format!("/documents/{}?signature=", id.id)));
        assert_stored(&app, 1).await;
        let deleted = app.ana.run_operation(operations::FILES, "DocumentDelete", json!({ "id": id.id })).await;
        assert_eq!(deleted.payload("documentDelete")["deletedId"], json!(id.id));
        app.assert_sound().await;
    }

    async fn a_repeat_brings_its_own_copy_and_changes_nothing(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let first = send(&app.ana, &made, json!("one"), "a.txt", b"content").await;
        first.payload("documentUpload");
        let before = app.snapshot().await;
        for _ in 0..2 {
            assert_eq!(send(&app.ana, &made, json!("one"), "a.txt", b"content").await.text, first.text);
        }
        for (name, content) in [("b.txt", &b"content"[..]), ("a.txt", b"contend"), ("a.txt", b"content ")] {
            let other = send(&app.ana, &made, json!("one"), name, content).await;
            assert_eq!(other.user_errors("documentUpload"), ["CONFLICT idempotencyKey"], "{name}");
        }
        before.assert_equal(&app.snapshot().await, "repeats");
        assert_stored(&app, 1).await;
    }

    async fn nothing_is_left_of_a_refused_file(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let before = app.snapshot().await;
        for (person, prospect) in [(&app.luis, made.id.clone()), (&app.ana, Kind::Prospect.encode(ids::new())), (&app.ana, "nonsense".to_owned())] {
            let prospect = Made { id: prospect, ..made.clone() };
            let answer = send(person, &prospect, Value::Null, "a.txt", b"content").await;
            assert_eq!(answer.user_errors("documentUpload"), ["NOT_FOUND prospectId"]);
        }
        let none = app.ana.run(UPLOAD, json!({ "prospectId": made.id })).await;
        assert_eq!(none.user_errors("documentUpload"), ["REQUIRED input.file"]);
        let variables = json!({ "prospectId": made.id, "file": null, "uploadId": Kind::Upload.encode(ids::new()) });
        let both = app.ana.send_form(Form::of(UPLOAD, variables, &[("variables.file", "a", b"a")])).await;
        assert_eq!(both.user_errors("documentUpload"), ["INVALID input.file"]);
        // A text is no file, also if it stands where one is asked for.
        let text = app.ana.run(UPLOAD, json!({ "prospectId": made.id, "file": "content" })).await;
        assert_eq!(text.codes(), ["BAD_USER_INPUT"], "{}", text.text);
        before.assert_equal(&app.snapshot().await, "refused files");
        assert_stored(&app, 0).await;
    }

    /// Whatever the failure: before the commit nothing can have been stored.
    async fn nothing_is_left_of_what_fails_before_the_commit(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let whole = app.ready_upload(&app.ana, "a.txt").await;
        let rename = async |from: &str, to: &str| {
            let statement = format!("ALTER TABLE {from} RENAME TO {to}");
            app.core.db.writer().execute_unprepared(&statement).await.expect("a table is renamed");
        };
        rename("timeline_entries", "gone").await;
        let answer = send(&app.ana, &made, Value::Null, "a.txt", b"content").await;
        assert_eq!(answer.codes(), ["INTERNAL"], "{}", answer.text);
        let answer = of_parts(&app.ana, &made, &whole.id).await;
        assert_eq!(answer.codes(), ["INTERNAL"], "{}", answer.text);
        // That of the upload.
        assert_stored(&app, 1).await;
        rename("gone", "timeline_entries").await;
        of_parts(&app.ana, &made, &whole.id).await.payload("documentUpload");
        assert_stored(&app, 1).await;
    }

    async fn parts_become_one_file(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let upload = app.complete_upload(&app.ana, "../voz.txt").await;
        assert_stored(&app, 2).await;
        assert_eq!(of_parts(&app.luis, &made, &upload.id).await.user_errors("documentUpload"), ["NOT_FOUND prospectId"]);
        assert_eq!(of_parts(&app.admin, &made, &upload.id).await.user_errors("documentUpload"), ["NOT_FOUND input.uploadId"]);
        app.join(&app.ana, &upload).await;
        assert_stored(&app, 1).await;
        let answer = of_parts(&app.ana, &made, &upload.id).await;
        let document = &answer.payload("documentUpload")["document"];
        assert_eq!((&document["fileName"], &document["size"]), (&json!("voz.txt"), &json!(5)));
        // Of `abcde`.
        assert_eq!(document["sha256"], "36bbe50ed96841d10443bcb670d6554f0a34b761be67ec9c4a8ad2c0c44ca42c");
        assert_stored(&app, 1).await;
        assert_eq!(of_parts(&app.ana, &made, &upload.id).await.user_errors("documentUpload"), ["NOT_FOUND input.uploadId"]);

        let begun = uploads::create(&app.cx(&app.ana), &NewUpload { size: 5, file_name: None }).await.expect("an upload");
        let begun = Kind::Upload.encode(begun.id);
        assert_eq!(of_parts(&app.ana, &made, &begun).await.user_errors("documentUpload"), ["STATE input.uploadId"]);
        app.advance(24 * 60 * 60 * 1000);
        assert_eq!(of_parts(&app.ana, &made, &begun).await.user_errors("documentUpload"), ["NOT_FOUND input.uploadId"]);
        app.assert_sound().await;
    }

    async fn uploads_are_announced(app: TestApp) {
        let most = app.core.settings.document_max_bytes;
        let run = async |input: Value| app.ana.run(CREATE, json!({ "input": input })).await;
        let answer = run(json!({ "size": most, "fileName": "a/b.txt" })).await;
        let upload = &answer.payload("documentUploadCreate")["upload"];
        assert_eq!(
            (&upload["offset"], &upload["size"], &upload["minPartSize"], &upload["maxPartSize"], &upload["expiresAt"]),
            (&json!(0), &json!(most), &json!(262_144), &json!(8_388_608), &json!(app.time(24 * 60 * 60 * 1000)))
        );
        let id = upload["id"].as_str().expect("an id");
        assert!(upload["url"].as_str().expect("an address").starts_with(&format!("/uploads/{id}?signature=")));
        assert_eq!(run(json!({ "size": most + 1 })).await.user_errors("documentUploadCreate"), ["TOO_LONG input.size"]);
        assert_eq!(run(json!({ "size": 0 })).await.user_errors("documentUploadCreate"), ["INVALID input.size"]);
        for _ in 1..20 {
            run(json!({ "size": 1 })).await.payload("documentUploadCreate");
        }
        assert_eq!(run(json!({ "size": 1 })).await.user_errors("documentUploadCreate"), ["LIMIT"]);
        assert_eq!(upload::Entity::find().all(app.core.db.reader()).await.expect("a query").len(), 20);
    }

    async fn pictures_get_thumbnails_in_the_background(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let whole = picture();
        let mut ids = Vec::new();
        for (content, state) in [(&whole[..], "PENDING"), (&whole[..60], "PENDING"), (b"words", "NONE")] {
            let answer = send(&app.ana, &made, Value::Null, "a.png", content).await;
            let document = &answer.payload("documentUpload")["document"];
            assert_eq!((&document["thumbnailState"], &document["thumbnailUrl"]), (&json!(state), &Value::Null));
            ids.push(document["id"].clone());
        }
        let work = Work { schedules: Vec::new(), ..Work::standard(1) };
        assert_eq!(jobs::run_due(&app.core, &work).await.expect("jobs run"), 2);
        let read = "query ($id: ID!) { document(id: $id) { version thumbnailState thumbnailUrl } }";
        let seen = async |id: &Value| app.ana.query(read, json!({ "id": id })).await["document"].clone();
        let ready = seen(&ids[0]).await;
        assert_eq!((&ready["version"], &ready["thumbnailState"]), (&json!(1), &json!("READY")));
        assert!(ready["thumbnailUrl"].as_str().expect("an address").starts_with("/documents/"));
        assert_eq!(seen(&ids[1]).await, json!({ "version": 1, "thumbnailState": "FAILED", "thumbnailUrl": null }));
        assert_eq!(seen(&ids[2]).await["thumbnailState"], "NONE");
        assert_stored(&app, 4).await;
        app.assert_sound().await;
    }

    async fn a_thumbnail_is_given_up_with_the_last_attempt(app: TestApp) {
        let bucket = Bucket::start().await;
        let app = app.with_storage(bucket.storage(app.core.db.metrics())).await;
        let made = app.prospect().owner(&app.ana).create().await;
        let answer = send(&app.ana, &made, Value::Null, "a.png", &picture()).await;
        let id = answer.payload("documentUpload")["document"]["id"].clone();
        let work = Work { schedules: Vec::new(), ..Work::standard(1) };
        let seen = async || {
            let read = "query ($id: ID!) { document(id: $id) { thumbnailState } }";
            app.ana.query(read, json!({ "id": id })).await["document"]["thumbnailState"].clone()
        };
        bucket.fail(Some(Method::GET));
        for attempt in 1..=8 {
            assert_eq!(seen().await, "PENDING", "{attempt}");
            assert_eq!(jobs::run_due(&app.core, &work).await.expect("jobs run"), 1, "{attempt}");
            app.advance(60 * 60 * 1000);
        }
        assert_eq!(seen().await, "FAILED");
        let jobs = app.admin.query("{ jobs(first: 1) { nodes { id state } } }", json!({})).await;
        let job = &jobs["jobs"]["nodes"][0];
        assert_eq!(job["state"], "PARKED");
        // Once the storage is back.
        bucket.fail(None);
        let retry = "mutation ($id: ID!) { jobRetry(id: $id) { job { id } userErrors { code } } }";
        app.admin.run(retry, json!({ "id": job["id"] })).await.payload("jobRetry");
        assert_eq!(jobs::run_due(&app.core, &work).await.expect("jobs run"), 1);
        assert_eq!(seen().await, "READY");
    }
}
