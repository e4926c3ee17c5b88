//! The storage over the protocol of S3, with failures of the store.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use cartera::storage::{FileKey, Storage, StorageError, WriteError};
use cartera::telemetry::metrics::Metrics;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use hyper::Method;
use serde_json::json;

use super::ANY;
use crate::support::{Bucket, Fault, Form, TestApp, runtime};

/// Larger than two parts of an object.
const LARGE: usize = (11 << 20) + 3;

fn pieces(content: &[u8]) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let pieces: Vec<_> = content.chunks(100_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces)
}

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 7 + index / 251) as u8).collect()
}

fn with_bucket<F: Future<Output = ()>>(body: impl FnOnce(Bucket, Storage) -> F) {
    runtime().block_on(async {
        let bucket = Bucket::start().await;
        let storage = bucket.storage(&Metrics::default());
        body(bucket, storage).await;
    });
}

/// Waits until the store has only what it notes of whole files.
async fn assert_clean(bucket: &Bucket) {
    let mut left = Vec::new();
    for _ in 0..500 {
        left = bucket.files();
        // Open uploads, their parts, and files that are being written.
        left.retain(|file| {
            let name = file.rsplit('/').next().unwrap_or_default();
            [".upload-", ".upload_id-", ".tmp"]
                .iter()
                .any(|beginning| name.starts_with(beginning))
                || name.contains(".upload-")
        });
        if left.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{left:?}");
}

/// Waits until no file is left of what was cut off: what a request leaves is deleted after it.
pub async fn assert_empty(bucket: &Bucket, storage: &Storage) {
    for _ in 0..500 {
        if storage.list().count().await == 0 {
            return assert_clean(bucket).await;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{:?}", bucket.files());
}

#[test]
fn files_in_a_bucket_are_read_as_they_were_written() {
    with_bucket(async |bucket, storage| {
        for length in [0, 1, 1 << 20, LARGE] {
            let content = content(length);
            let key = FileKey::new_file();
            let written = storage
                .write(key, pieces(&content), length as u64)
                .await
                .expect("the file is written");
            assert_eq!(written.size, length as i64);
            let (info, bytes) = storage.read(key, None).await.expect("the file is there");
            assert_eq!(info.size, length as u64);
            assert!(
                bytes.try_collect::<Vec<_>>().await.expect("the file is whole").concat() == content,
                "{length}"
            );
            let (start, end) = (length / 3, length / 2);
            let (_, bytes) = storage.read(key, Some(start as u64..end as u64)).await.expect("the file is there");
            assert!(
                bytes.try_collect::<Vec<_>>().await.expect("the part is whole").concat() == content[start..end],
                "{length}"
            );
        }
        let files: Vec<_> = storage.list().try_collect().await.expect("files can be listed");
        assert_eq!(files.len(), 4);
        for file in files {
            storage.delete(file.key).await.expect("the file is deleted");
            storage.delete(file.key).await.expect("a missing file is no error");
            assert_eq!(storage.head(file.key).await.expect("the store answers"), None);
        }
        assert_clean(&bucket).await;
    });
}

#[test]
fn an_upload_that_breaks_off_leaves_nothing_in_a_bucket() {
    with_bucket(async |bucket, storage| {
        let large = content(LARGE);
        let cut = pieces(&large)
            .map(|piece| piece.map_err(|never| match never {}))
            .chain(stream::iter([Err("cut off")]));
        let broken = storage.write(FileKey::new_file(), cut, 1 << 30).await;
        assert!(matches!(broken, Err(WriteError::Source("cut off"))), "{broken:?}");
        let refused = storage.write(FileKey::new_file(), pieces(&large), (LARGE - 1) as u64).await;
        assert!(matches!(refused, Err(WriteError::TooLarge(_))), "{refused:?}");
        assert_clean(&bucket).await;
        assert_eq!(storage.list().count().await, 0);
    });
}

/// A request that is under way when the upload is cut off may be carried out all the same.
#[test]
fn an_upload_that_is_cut_off_leaves_nothing_in_a_bucket() {
    with_bucket(async |bucket, storage| {
        let large = content(LARGE);
        for (method, small) in [(Method::POST, false), (Method::PUT, false), (Method::PUT, true)] {
            bucket.fault(Some((method.clone(), Fault::Late(400))));
            let length = if small { 1_000 } else { LARGE };
            let written = storage.write(FileKey::new_file(), pieces(&large[..length]), 1 << 30);
            let cut = tokio::time::timeout(Duration::from_millis(200), written).await;
            assert!(cut.is_err(), "{method} {small}: it was written before it could be cut off");
            bucket.fault(None);
            assert_empty(&bucket, &storage).await;
        }
        // The last request, after two whole parts.
        bucket.fault(Some((Method::POST, Fault::Late(300))));
        let written = storage.write(FileKey::new_file(), pieces(&large), 1 << 30);
        // It opens the upload after 300 ms, and is complete after another 300.
        assert!(tokio::time::timeout(Duration::from_millis(550), written).await.is_err());
        bucket.fault(None);
        assert_empty(&bucket, &storage).await;
    });
}

#[test]
fn a_store_that_fails_is_unavailable_and_comes_back() {
    with_bucket(async |bucket, storage| {
        let key = FileKey::new_file();
        for length in [10, LARGE] {
            bucket.fail(Some(Method::PUT));
            let failed = storage.write(key, pieces(&content(length)), 1 << 30).await;
            assert!(
                matches!(failed, Err(WriteError::Storage(StorageError::Unavailable(_)))),
                "{failed:?}"
            );
            bucket.fail(None);
            assert_eq!(storage.head(key).await.expect("the store answers"), None);
        }
        storage.write(key, pieces(b"content"), 10).await.expect("the store is back");
        for method in [Method::GET, Method::HEAD] {
            bucket.fail(Some(method.clone()));
            let read = match method {
                Method::GET => storage.read(key, None).await.map(drop),
                _ => storage.head(key).await.map(drop),
            };
            assert!(matches!(read, Err(StorageError::Unavailable(_))), "{method} {read:?}");
        }
        bucket.fail(None);
        assert!(storage.head(key).await.expect("the store answers").is_some());
        assert_clean(&bucket).await;
    });
}

both! {
    async fn forms_bring_files_to_a_bucket(app: TestApp) {
        let bucket = Bucket::start().await;
        let app = app.with_storage(bucket.storage(app.core.db.metrics())).await;
        let form = || Form::of(ANY, json!({ "file": null }), &[("variables.file", "a", &content(LARGE))]);
        app.ana.send_form(form()).await.data();
        bucket.fail(Some(Method::PUT));
        let answer = app.ana.send_form(form()).await;
        assert_eq!((answer.status, answer.codes()), (503, vec!["UNAVAILABLE"]), "{}", answer.text);
        assert_eq!(answer.headers["retry-after"], "1");
        bucket.fail(None);
        // No mutation took the file.
        assert_empty(&bucket, &app.core.storage).await;
    }
}
