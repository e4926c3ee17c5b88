//! Files over HTTP: forms with files, downloads, and uploads in parts.

mod buckets;
mod documents;
mod downloads;
mod faults;
mod forms;
mod joins;
mod owners;
mod parts;

use std::time::Duration;

use futures_util::TryStreamExt;

use serde_json::json;

use crate::support::{Answer, Form, Made, Person, TestApp};

/// A document that takes a file for a prospect that is not there, to test the transport alone.
const ANY: &str = "mutation ($file: Upload!) { documentUpload(prospectId: 0, input: { file: $file }) { document { id } userErrors { code message path } } }";
/// The user error of this document.
const REFUSED: [&str; 1] = ["NOT_FOUND prospectId"];

const UPLOAD: &str = "mutation ($prospectId: ID!, $file: Upload!) { documentUpload(prospectId: $prospectId, input: { file: $file }) {
    document { id } userErrors { code message path } } }";

/// Adds a document with the file to a prospect.
pub async fn upload(person: &Person, prospect: &Made, file_name: &str, content: &[u8]) -> Answer {
    let variables = json!({ "prospectId": prospect.id, "file": null });
    person
        .send_form(Form::of(UPLOAD, variables, &[("variables.file", file_name, content)]))
        .await
}

/// The number of files in the storage.
async fn stored(app: &TestApp) -> usize {
    let files: Vec<_> = app.core.storage.list().try_collect().await.expect("files can be listed");
    files.len()
}

/// Waits until the storage has so many files, and nothing unfinished: what a request leaves is deleted after its answer.
#[track_caller]
fn assert_stored(app: &TestApp, count: usize) -> impl Future<Output = ()> {
    let (place, app) = (std::panic::Location::caller(), app.clone());
    async move {
        let mut found = (usize::MAX, usize::MAX);
        for _ in 0..500 {
            found = (stored(&app).await, unfinished(&app));
            if found == (count, 0) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("at {place}: {} files, and {} that are not finished", found.0, found.1);
    }
}

/// The number of files that are being written.
fn unfinished(app: &TestApp) -> usize {
    let folder = app.core.storage.folder().expect("the storage is a folder").join("incoming");
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}
