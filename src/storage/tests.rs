//! Both kinds of storage keep the same promises.

use super::*;
use futures_util::stream;
use object_store::memory::InMemory;
use object_store::path::Path as StorePath;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, PutMultipartOptions, PutOptions, PutPayload, PutResult,
};
use std::convert::Infallible;
use std::fmt;
use std::future::pending;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

/// A folder and a bucket, each empty.
fn storages() -> (TempDir, [Storage; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let metrics = Metrics::default();
    let root = folder.path().join("documents");
    let storages = [
        Storage::in_folder(root, &metrics),
        Storage::in_store(Arc::new(InMemory::new()), &metrics),
    ];
    (folder, storages)
}

/// A file in pieces of some bytes.
fn pieces(content: &[u8], size: usize) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let pieces: Vec<_> = content.chunks(size).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces)
}

/// Bytes that are no text and do not repeat soon.
fn content(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 7 + index / 251) as u8).collect()
}

async fn listed(storage: &Storage) -> Vec<Listed> {
    storage.list().try_collect().await.unwrap()
}

async fn read(storage: &Storage, key: FileKey, range: Option<Range<u64>>) -> Vec<u8> {
    let (_, bytes) = storage.read(key, range).await.unwrap();
    bytes.try_collect::<Vec<_>>().await.unwrap().concat()
}

#[tokio::test]
async fn files_are_read_as_they_were_written() {
    let (_folder, storages) = storages();
    for storage in storages {
        // Smaller than a chunk, a chunk, several parts of a bucket, and exactly two of these.
        for length in [0, 1, CHUNK, (11 << 20) + 3, 10 << 20] {
            let content = content(length);
            let key = FileKey::new_file();
            let written = storage.write(key, pieces(&content, 100_000), length as u64).await.unwrap();
            assert_eq!((written.key, written.size), (key, length as i64));
            assert!(read(&storage, key, None).await == content, "{length}");
            let (start, end) = (length / 3, length / 2);
            assert!(
                read(&storage, key, Some(start as u64..end as u64)).await == content[start..end],
                "{length}"
            );
            assert_eq!(storage.head(key).await.unwrap().unwrap().size, length as u64);
        }
        assert_eq!(listed(&storage).await.len(), 5);
    }
}

#[tokio::test]
async fn failed_files_leave_nothing() {
    let (folder, storages) = storages();
    for storage in storages {
        let large = content(6 << 20);
        let refused = storage.write(FileKey::new_file(), pieces(&large, 1 << 20), (6 << 20) - 1).await;
        assert!(matches!(refused, Err(WriteError::TooLarge(_))), "{refused:?}");
        let cut = pieces(&large, 1 << 20)
            .map(|piece| piece.map_err(|never| match never {}))
            .chain(stream::iter([Err("cut off")]));
        let broken = storage.write(FileKey::new_file(), cut, 1 << 30).await;
        assert!(matches!(broken, Err(WriteError::Source("cut off"))), "{broken:?}");
        // A call that is dropped.
        let stalled = pieces(&large, 1 << 20).chain(stream::pending());
        let dropped = tokio::time::timeout(Duration::from_millis(300), storage.write(FileKey::new_file(), stalled, 1 << 30)).await;
        assert!(dropped.is_err());
        assert_eq!(listed(&storage).await, []);
    }
    // They are removed on another thread.
    let unfinished = || std::fs::read_dir(folder.path().join("documents/incoming")).unwrap().count();
    for _ in 0..500 {
        if unfinished() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(unfinished(), 0);
}

#[tokio::test]
async fn deleted_files_are_gone() {
    let (_folder, storages) = storages();
    for storage in storages {
        let keys = [
            FileKey::new_file(),
            FileKey::new_thumbnail(),
            FileKey::new_part(uuid::Uuid::now_v7()),
        ];
        for key in keys {
            storage.write(key, pieces(b"content", 3), 10).await.unwrap();
        }
        let mut found: Vec<FileKey> = listed(&storage).await.iter().map(|file| file.key).collect();
        found.sort_by_key(|key| key.id());
        assert_eq!(found, keys);
        for key in keys {
            storage.delete(key).await.unwrap();
            storage.delete(key).await.expect("a missing file is no error");
            assert_eq!(storage.head(key).await.unwrap(), None);
            assert!(matches!(storage.read(key, None).await, Err(StorageError::Missing)));
        }
        assert_eq!(listed(&storage).await, []);
    }
}

#[tokio::test]
async fn parts_are_joined_in_their_order() {
    let (_folder, storages) = storages();
    for storage in storages {
        let upload = uuid::Uuid::now_v7();
        let whole = content(700_000);
        let mut parts = Vec::new();
        for piece in whole.chunks(300_000) {
            let key = FileKey::new_part(upload);
            storage.write(key, pieces(piece, 10_000), 300_000).await.unwrap();
            parts.push(key);
        }
        let joined = storage.join(FileKey::new_file(), &parts, 700_000).await.unwrap();
        assert!(read(&storage, joined.key, None).await == whole);
        storage.delete(parts[1]).await.unwrap();
        let broken = storage.join(FileKey::new_file(), &parts, 700_000).await;
        assert!(matches!(broken, Err(WriteError::Source(StorageError::Missing))), "{broken:?}");
        assert_eq!(listed(&storage).await.len(), 3);
    }
}

#[tokio::test]
async fn files_belong_to_the_owner_alone() {
    let (folder, [storage, _]) = storages();
    let key = FileKey::new_file();
    storage.write(key, pieces(b"content", 3), 10).await.unwrap();
    let root = folder.path().join("documents");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = root.join(key.path());
    assert_eq!((mode(&root), mode(file.parent().unwrap()), mode(&file)), (0o700, 0o700, 0o600));
    // Never overwritten.
    let again = storage.write(key, pieces(b"other", 3), 10).await;
    assert!(matches!(again, Err(WriteError::Storage(StorageError::Unavailable(_)))), "{again:?}");
    assert_eq!(read(&storage, key, None).await, b"content");
    assert!(storage.free_bytes().await.unwrap().is_some_and(|bytes| bytes > 0));
}

#[tokio::test]
async fn what_a_killed_process_left_is_removed_later() {
    let (folder, [storage, _]) = storages();
    assert_eq!(storage.remove_abandoned(i64::MAX).await.unwrap(), 0);
    storage.write(FileKey::new_file(), pieces(b"content", 3), 10).await.unwrap();
    let left = folder.path().join("documents/incoming/left");
    std::fs::write(&left, "half").unwrap();
    // The folder of an upload whose last part was deleted, and one with a part.
    let empty = folder
        .path()
        .join("documents/uploads")
        .join(uuid::Uuid::now_v7().simple().to_string());
    std::fs::create_dir_all(&empty).unwrap();
    let part = FileKey::new_part(uuid::Uuid::now_v7());
    storage.write(part, pieces(b"content", 3), 10).await.unwrap();
    assert_eq!(storage.remove_abandoned(1).await.unwrap(), 0);
    assert!(empty.exists());
    assert_eq!(storage.remove_abandoned(i64::MAX).await.unwrap(), 1);
    assert!(!left.exists() && !empty.exists());
    assert_eq!(listed(&storage).await.len(), 2);
}

/// What the system or an operator has put there is none of our business: it may not even be readable.
#[tokio::test]
async fn folders_of_others_are_passed_over() {
    let (folder, [storage, _]) = storages();
    let root = folder.path().join("documents");
    let keys = [
        FileKey::new_file(),
        FileKey::new_thumbnail(),
        FileKey::new_part(uuid::Uuid::now_v7()),
    ];
    for key in keys {
        storage.write(key, pieces(b"content", 3), 10).await.unwrap();
    }
    for other in ["lost+found", "thumbnails/@eaDir", "uploads/.snapshot", ".Trash-1000"] {
        std::fs::create_dir_all(root.join(other)).unwrap();
        std::fs::set_permissions(root.join(other), std::fs::Permissions::from_mode(0o000)).unwrap();
        assert!(!FileKey::may_be_in(other), "{other}");
    }
    let found = listed(&storage).await;
    assert_eq!(found.len(), keys.len());
    assert!(keys.iter().all(|key| found.iter().any(|file| file.key == *key)));
    for other in ["lost+found", "thumbnails/@eaDir", "uploads/.snapshot", ".Trash-1000"] {
        std::fs::set_permissions(root.join(other), std::fs::Permissions::from_mode(0o700)).unwrap();
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_unavailable() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    std::fs::write(&file, "").unwrap();
    let storage = Storage::in_folder(file.join("documents"), &Metrics::default());
    let refused = storage.write(FileKey::new_file(), pieces(b"content", 3), 10).await;
    assert!(
        matches!(refused, Err(WriteError::Storage(StorageError::Unavailable(_)))),
        "{refused:?}"
    );
}

/// A store that never answers.
#[derive(Debug)]
struct Hanging;

impl fmt::Display for Hanging {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("hanging")
    }
}

#[async_trait::async_trait]
impl ObjectStore for Hanging {
    async fn put_opts(&self, _: &StorePath, _: PutPayload, _: PutOptions) -> object_store::Result<PutResult> {
        pending().await
    }

    async fn put_multipart_opts(&self, _: &StorePath, _: PutMultipartOptions) -> object_store::Result<Box<dyn MultipartUpload>> {
        pending().await
    }

    async fn get_opts(&self, _: &StorePath, _: GetOptions) -> object_store::Result<GetResult> {
        pending().await
    }

    fn delete_stream(&self, _: BoxStream<'static, object_store::Result<StorePath>>) -> BoxStream<'static, object_store::Result<StorePath>> {
        stream::pending().boxed()
    }

    fn list(&self, _: Option<&StorePath>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        stream::pending().boxed()
    }

    async fn list_with_delimiter(&self, _: Option<&StorePath>) -> object_store::Result<ListResult> {
        pending().await
    }

    async fn copy_opts(&self, _: &StorePath, _: &StorePath, _: CopyOptions) -> object_store::Result<()> {
        pending().await
    }
}

fn assert_unavailable<T>(outcome: Result<T, StorageError>) {
    match outcome {
        Err(StorageError::Unavailable(cause)) => assert!(cause.to_string().contains("in time"), "{cause}"),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it should have been given up"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_is_given_up() {
    let storage = Storage::in_store(Arc::new(Hanging), &Metrics::default());
    let key = FileKey::new_file();
    // In one request and in parts.
    for length in [10, 6 << 20] {
        let outcome = storage.write(key, pieces(&content(length), 100_000), 1 << 30).await;
        assert_unavailable(outcome.map_err(|error| match error {
            WriteError::Storage(error) => error,
            other => panic!("{other:?}"),
        }));
    }
    assert_unavailable(storage.read(key, None).await);
    assert_unavailable(storage.head(key).await);
    assert_unavailable(storage.delete(key).await);
}

/// Clients that send a part slowly hold up no others, however many they are.
#[tokio::test(start_paused = true)]
async fn slow_clients_of_a_bucket_hold_up_no_others() {
    let storage = Storage::in_store(Arc::new(InMemory::new()), &Metrics::default());
    let begun = content(1 << 20);
    let slow: Vec<_> = (0..40)
        .map(|_| {
            let (storage, begun) = (storage.clone(), begun.clone());
            tokio::spawn(async move {
                let stalled = pieces(&begun, 100_000).chain(stream::pending());
                storage.write(FileKey::new_file(), stalled, 1 << 30).await.map(drop)
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let whole = content(11 << 20);
    let written = tokio::time::timeout(PATIENCE, storage.write(FileKey::new_file(), pieces(&whole, 100_000), 1 << 30));
    assert_eq!(written.await.expect("it does not wait for the others").unwrap().size, 11 << 20);
    slow.iter().for_each(tokio::task::JoinHandle::abort);
}

/// A pipe without a writer: opening it waits, as does a file of a network folder that is away.
#[tokio::test]
async fn a_folder_that_hangs_is_given_up() {
    let (folder, [storage, _]) = storages();
    let key = FileKey::new_file();
    let pipe = folder.path().join("documents").join(key.path());
    std::fs::create_dir_all(pipe.parent().unwrap()).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let reading = tokio::spawn({
        let storage = storage.clone();
        async move { storage.read(key, None).await.map(drop) }
    });
    // The thread waits by now, or will.
    tokio::task::yield_now().await;
    tokio::time::pause();
    tokio::time::advance(PATIENCE * 2).await;
    assert_unavailable(reading.await.unwrap());
    // Ends the thread.
    drop(std::fs::OpenOptions::new().write(true).open(&pipe).unwrap());
}

#[tokio::test]
async fn without_a_setting_postgresql_has_no_storage() {
    let storage = Storage::open(None, None, &Metrics::default()).unwrap();
    assert!(!storage.is_set());
    assert!(matches!(storage.head(FileKey::new_file()).await, Err(StorageError::Unavailable(_))));
    let beside = Storage::open(None, Some(Path::new("/srv/cartera.db")), &Metrics::default()).unwrap();
    assert_eq!(beside.folder(), Some(Path::new("/srv/documents")));
}
