//! The files of documents: in a folder, or in a bucket of an object store.

/// Files in a bucket.
mod bucket;
/// The HTTP client of object stores.
mod connector;
/// What is learnt of a file while it is written.
mod content;
/// Failures.
mod error;
/// Files in a folder.
mod folder;
/// Names of files.
mod key;
/// The setting.
mod location;
/// Whose files these are.
mod owner;

pub use connector::Connector;
pub use error::{StorageError, WriteError};
pub use key::FileKey;
pub use location::Location;
pub use owner::{Ownership, foreign};

use crate::telemetry::files::StorageMetrics;
use crate::telemetry::metrics::Metrics;
use bucket::Bucket;
use bytes::Bytes;
use content::{Content, Summary};
use folder::Folder;
use futures_util::stream::{self, BoxStream, Stream, StreamExt, TryStreamExt};
use object_store::ObjectStore;
use owner::Owner;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// The storage of one database. Copies of this are the same storage.
#[derive(Clone)]
pub struct Storage(Arc<Inner>);

struct Inner {
    place: Place,
    metrics: StorageMetrics,
    owner: Owner,
}

#[derive(Clone)]
enum Place {
    Folder(Folder),
    Bucket(Bucket),
    /// No storage is set: every operation fails.
    None,
}

/// A file that has been written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    pub key: FileKey,
    pub size: i64,
    pub sha256: [u8; 32],
    /// By the content alone, such as `application/pdf`.
    pub media_type: String,
}

impl StoredFile {
    /// The sum in hexadecimal digits.
    pub fn sha256_digits(&self) -> String {
        self.sha256.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileInfo {
    pub size: u64,
    /// Milliseconds since 1970.
    pub modified_at: i64,
}

/// A file found in the storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    pub key: FileKey,
    pub size: u64,
    /// Milliseconds since 1970.
    pub modified_at: i64,
}

/// The bytes of a file as they arrive.
pub type FileStream = BoxStream<'static, Result<Bytes, StorageError>>;

/// The media type of a whole file, by its content.
pub fn media_type(bytes: &[u8]) -> String {
    let mut content = Content::new();
    content.add(bytes);
    content.finish().media_type
}

/// So much is read and written at a time.
const CHUNK: usize = 128 << 10;
/// Deadline of one step: of a disk or a network folder that hangs, and of an object store with all attempts.
const PATIENCE: Duration = Duration::from_secs(60);

impl Storage {
    /// Opens the storage of the setting; without one, the folder `documents` beside the SQLite database. With PostgreSQL there is no such place,
    /// and without the setting there is no storage. Fails if the options of a bucket contradict each other; nothing is read or written yet.
    pub fn open(setting: Option<&Location>, sqlite_file: Option<&Path>, metrics: &Metrics) -> Result<Storage, StorageError> {
        let place = match (setting, sqlite_file) {
            (Some(Location::Folder(folder)), _) => Place::Folder(Folder::new(folder.clone())),
            (Some(Location::Bucket(url)), _) => Place::Bucket(Bucket::open(url)?),
            (None, Some(file)) => Place::Folder(Folder::new(Location::beside(file))),
            (None, None) => Place::None,
        };
        Ok(Storage::at(place, metrics))
    }

    /// A storage in a folder.
    pub fn in_folder(folder: PathBuf, metrics: &Metrics) -> Storage {
        Storage::at(Place::Folder(Folder::new(folder)), metrics)
    }

    /// A storage in a store that is open already.
    pub fn in_store(store: Arc<dyn ObjectStore>, metrics: &Metrics) -> Storage {
        Storage::at(Place::Bucket(Bucket::new(store, object_store::path::Path::default())), metrics)
    }

    fn at(place: Place, metrics: &Metrics) -> Storage {
        let metrics = metrics.storage.clone();
        let owner = Owner::default();
        Storage(Arc::new(Inner { place, metrics, owner }))
    }

    /// Whether there is a storage at all.
    pub fn is_set(&self) -> bool {
        !matches!(self.0.place, Place::None)
    }

    /// The folder that holds the files; None of a bucket.
    pub fn folder(&self) -> Option<&Path> {
        match &self.0.place {
            Place::Folder(folder) => Some(folder.root()),
            Place::Bucket(_) | Place::None => None,
        }
    }

    /// Space that is left for files; None of a bucket, and where the system does not say.
    pub async fn free_bytes(&self) -> Result<Option<u64>, StorageError> {
        match &self.0.place {
            Place::Folder(folder) => folder.free_bytes().await,
            Place::Bucket(_) | Place::None => Ok(None),
        }
    }

    /// Refuses a file, before any of it is written, where less than so many bytes are left on the disk. A bucket takes all.
    pub async fn refuse_full(&self, least: u64) -> Result<(), StorageError> {
        match self.free_bytes().await? {
            Some(free) if free < least => Err(StorageError::full(format!(
                "{free} bytes are left on the disk, and `document_free_bytes` keeps {least}"
            ))),
            _ => Ok(()),
        }
    }

    /// Writes a new file of at most `limit` bytes in constant memory. It appears under its key as a whole; after a failure, and if this call is
    /// dropped, nothing is left of it.
    pub async fn write<E>(
        &self,
        key: FileKey,
        content: impl Stream<Item = Result<Bytes, E>>,
        limit: u64,
    ) -> Result<StoredFile, WriteError<E>> {
        let mut spent = Duration::ZERO;
        let written = self.write_timed(key, content, limit, &mut spent).await;
        match &written {
            Ok(file) => {
                self.0.metrics.bytes("write").inc_by(file.size.unsigned_abs());
                self.0.metrics.operation("write", "done", spent);
            }
            Err(WriteError::Storage(error)) => self.0.metrics.operation("write", error.kind(), spent),
            // No fault of the storage.
            Err(WriteError::Source(_) | WriteError::TooLarge(_)) => {}
        }
        written
    }

    /// Adds up the time that was spent waiting for the storage, without that for the source.
    async fn write_timed<E>(
        &self,
        key: FileKey,
        content: impl Stream<Item = Result<Bytes, E>>,
        limit: u64,
        spent: &mut Duration,
    ) -> Result<StoredFile, WriteError<E>> {
        let mut writer = timed(spent, self.begin(key)).await?;
        let mut pieces = pin!(content);
        // What a piece adds to the sum takes microseconds: less than to hand it to another thread.
        let mut content = Content::new();
        while let Some(bytes) = pieces.next().await {
            let bytes = bytes.map_err(WriteError::Source)?;
            content.add(&bytes);
            if content.size() > limit {
                return Err(WriteError::TooLarge(limit));
            }
            timed(spent, writer.add(bytes)).await?;
        }
        timed(spent, writer.finish()).await?;
        let Summary { size, sha256, media_type } = content.finish();
        Ok(StoredFile {
            key,
            size: i64::try_from(size).map_err(|_| WriteError::TooLarge(limit))?,
            sha256,
            media_type,
        })
    }

    /// Writes a new file that consists of others, one after another, and leaves these.
    pub async fn join(&self, key: FileKey, parts: &[FileKey], limit: u64) -> Result<StoredFile, WriteError<StorageError>> {
        let (storage, parts) = (self.clone(), parts.to_vec());
        // Boxed, because the compiler loses its way in the type of this stream within the types of resolvers.
        let content: FileStream = stream::iter(parts)
            .then(move |part: FileKey| {
                let storage = storage.clone();
                async move { Ok::<FileStream, StorageError>(storage.read(part, None).await?.1) }
            })
            .try_flatten()
            .boxed();
        self.write(key, content, limit).await
    }

    /// The bytes of a file, or some of them. A range lies within the file: the caller knows its size.
    pub async fn read(&self, key: FileKey, range: Option<Range<u64>>) -> Result<(FileInfo, FileStream), StorageError> {
        let opened = async {
            match &self.0.place {
                Place::Folder(folder) => folder.read(key, range).await,
                Place::Bucket(bucket) => bucket.read(key, range).await,
                Place::None => Err(not_set()),
            }
        };
        let (info, bytes) = self.measured("read", opened).await?;
        let read = self.0.metrics.bytes("read");
        let counted = bytes.inspect_ok(move |bytes| {
            read.inc_by(bytes.len() as u64);
        });
        Ok((info, counted.boxed()))
    }

    /// A whole file of at most `limit` bytes; None if it is larger.
    pub async fn read_whole(&self, key: FileKey, limit: usize) -> Result<Option<Vec<u8>>, StorageError> {
        let (info, mut bytes) = self.read(key, None).await?;
        if info.size > limit as u64 {
            return Ok(None);
        }
        let mut whole = Vec::with_capacity(info.size as usize);
        while let Some(bytes) = bytes.try_next().await? {
            whole.extend_from_slice(&bytes);
        }
        Ok(Some(whole))
    }

    /// None: there is no such file.
    pub async fn head(&self, key: FileKey) -> Result<Option<FileInfo>, StorageError> {
        let found = async {
            match &self.0.place {
                Place::Folder(folder) => folder.head(key).await,
                Place::Bucket(bucket) => bucket.head(key).await,
                Place::None => Err(not_set()),
            }
        };
        let found = async {
            match found.await {
                Err(StorageError::Missing) => Ok(None),
                found => found.map(Some),
            }
        };
        self.measured("head", found).await
    }

    /// Deletes a file; one that is missing is no error.
    pub async fn delete(&self, key: FileKey) -> Result<(), StorageError> {
        let deleted = async {
            let deleted = match &self.0.place {
                Place::Folder(folder) => folder.delete(key).await,
                Place::Bucket(bucket) => bucket.delete(key).await,
                Place::None => Err(not_set()),
            };
            match deleted {
                Err(StorageError::Missing) => Ok(()),
                deleted => deleted,
            }
        };
        self.measured("delete", deleted).await
    }

    /// All files, in no order. Anything else in the storage is passed over.
    pub fn list(&self) -> BoxStream<'static, Result<Listed, StorageError>> {
        match &self.0.place {
            Place::Folder(folder) => folder.list(),
            Place::Bucket(bucket) => bucket.list(),
            Place::None => stream::once(async { Err(not_set()) }).boxed(),
        }
    }

    /// Removes what killed processes have left of unfinished files before that instant, and answers their number. A bucket needs a rule of its
    /// own for these.
    pub async fn remove_abandoned(&self, before: i64) -> Result<u64, StorageError> {
        match &self.0.place {
            Place::Folder(folder) => self.measured("sweep", folder.remove_abandoned(before)).await,
            Place::Bucket(_) | Place::None => Ok(0),
        }
    }

    async fn begin(&self, key: FileKey) -> Result<Writer, StorageError> {
        self.refuse_foreign().await?;
        match &self.0.place {
            Place::Folder(folder) => Ok(Writer::Folder(Box::new(folder.begin(key).await?))),
            Place::Bucket(bucket) => Ok(Writer::Bucket(Box::new(bucket.begin(key)))),
            Place::None => Err(not_set()),
        }
    }

    async fn measured<T>(&self, operation: &'static str, work: impl Future<Output = Result<T, StorageError>>) -> Result<T, StorageError> {
        let mut spent = Duration::ZERO;
        let done = timed(&mut spent, work).await;
        let result = done.as_ref().map_or_else(StorageError::kind, |_| "done");
        self.0.metrics.operation(operation, result, spent);
        done
    }
}

enum Writer {
    Folder(Box<folder::Writer>),
    Bucket(Box<bucket::Writer>),
}

impl Writer {
    async fn add(&mut self, bytes: Bytes) -> Result<(), StorageError> {
        match self {
            Writer::Folder(writer) => writer.add(bytes).await,
            Writer::Bucket(writer) => writer.add(bytes).await,
        }
    }

    async fn finish(self) -> Result<(), StorageError> {
        match self {
            Writer::Folder(writer) => writer.finish().await,
            Writer::Bucket(writer) => writer.finish().await,
        }
    }
}

fn not_set() -> StorageError {
    StorageError::unavailable("the setting `storage` is needed with PostgreSQL")
}

/// The outcome of a step, or that it took too long. The step itself may go on where it cannot be stopped.
async fn in_time<T>(step: impl Future<Output = Result<T, StorageError>>) -> Result<T, StorageError> {
    let ended = timeout(PATIENCE, step).await;
    ended.unwrap_or_else(|_| Err(StorageError::unavailable("the storage did not answer in time")))
}

async fn timed<T>(spent: &mut Duration, work: impl Future<Output = T>) -> T {
    let started = Instant::now();
    let done = work.await;
    *spent += started.elapsed();
    done
}

#[cfg(test)]
mod tests;
