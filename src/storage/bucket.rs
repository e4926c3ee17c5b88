//! Files in a bucket of an object store, such as S3.

use super::connector::{Connector, is_true};
use super::error::StorageError;
use super::key::FileKey;
use super::owner::{self, MARK};
use super::{FileInfo, Listed, PATIENCE, in_time};
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::path::Path;
use object_store::{
    BackoffConfig, ClientConfigKey, GetOptions, GetRange, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutPayload,
    RetryConfig,
};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use url::Url;
use uuid::Uuid;

/// A bucket, and the prefix of all names in it.
#[derive(Clone, Debug)]
pub struct Bucket {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    /// Permits to send a part.
    parts: Arc<Semaphore>,
}

/// One file that is being written. Dropped before its end, it leaves nothing.
pub struct Writer {
    bucket: Bucket,
    path: Path,
    part: Vec<u8>,
    /// The upload of a file of several parts, once it is open and as long as no request has it.
    upload: Option<Box<dyn MultipartUpload>>,
    /// The request that is under way. It is not cut off together with this: an upload whose answer never came could not be aborted.
    running: Option<JoinHandle<Ended>>,
    /// Whether the store may have something of it.
    has_begun: bool,
}

/// Outcome of a request, with the upload that it belongs to.
type Ended = (Option<Box<dyn MultipartUpload>>, object_store::Result<()>);

/// Size of all parts but the last: the least that S3 takes. Some stores want all of them to be of one size.
const PART: usize = 5 << 20;
/// The memory of a file grows up to this size, and is that of a part from there on.
const SMALL: usize = 256 << 10;
/// Number of parts that are sent at once. A part that only arrives has no permit: its client may take as long as the minimum rate lets it, and
/// would hold up all others.
const PARTS_AT_ONCE: usize = 10;
/// Attempts after the first, and the time for all of them: a person waits for the answer.
const RETRIES: RetryConfig = RetryConfig {
    backoff: BackoffConfig {
        init_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_secs(2),
        base: 2.0,
    },
    max_retries: 3,
    retry_timeout: Duration::from_secs(20),
};

impl Bucket {
    /// The bucket of an address, with credentials and further options of the environment under the usual names (`AWS_…`, `GOOGLE_…`, `AZURE_…`).
    pub fn open(url: &Url) -> Result<Bucket, StorageError> {
        let text = url.to_string();
        let store: Arc<dyn ObjectStore> = match url.scheme() {
            "gs" => {
                let builder = GoogleCloudStorageBuilder::from_env().with_url(text);
                let endpoint = builder.get_config_value(&GoogleConfigKey::BaseUrl);
                let connector = Connector::to(endpoint.as_deref());
                Arc::new(builder.with_retry(RETRIES).with_http_connector(connector).build()?)
            }
            "az" | "abfs" => {
                let builder = MicrosoftAzureBuilder::from_env().with_url(text);
                let endpoint = builder.get_config_value(&AzureConfigKey::Endpoint);
                let connector = Connector::to(endpoint.as_deref());
                Arc::new(builder.with_retry(RETRIES).with_http_connector(connector).build()?)
            }
            _ => {
                let builder = AmazonS3Builder::from_env().with_url(text);
                let endpoint = builder.get_config_value(&AmazonS3ConfigKey::S3Endpoint);
                let endpoint = endpoint.or_else(|| builder.get_config_value(&AmazonS3ConfigKey::Endpoint));
                let connector = Connector::to(endpoint.as_deref());
                let allows_http = builder.get_config_value(&AmazonS3ConfigKey::Client(ClientConfigKey::AllowHttp));
                if connector.is_plain() && !is_true(allows_http) {
                    return Err(StorageError::unavailable(
                        "the endpoint of the object store has no TLS; `AWS_ALLOW_HTTP=true` permits that",
                    ));
                }
                // Files are deleted one at a time, and not all stores have the request for many.
                let builder = builder.with_disable_bulk_delete(true);
                Arc::new(builder.with_retry(RETRIES).with_http_connector(connector).build()?)
            }
        };
        let prefix = Path::from_url_path(url.path()).map_err(StorageError::unavailable)?;
        Ok(Bucket::new(store, prefix))
    }

    pub fn new(store: Arc<dyn ObjectStore>, prefix: Path) -> Bucket {
        Bucket {
            store,
            prefix,
            parts: Arc::new(Semaphore::new(PARTS_AT_ONCE)),
        }
    }

    /// Begins a file. It is not seen under its key before the end.
    pub fn begin(&self, key: FileKey) -> Writer {
        Writer {
            bucket: self.clone(),
            path: self.path(key),
            part: Vec::new(),
            upload: None,
            running: None,
            has_begun: false,
        }
    }

    /// The bytes of a file, or some of them. The range lies within the file, as the caller knows its size.
    pub async fn read(
        &self,
        key: FileKey,
        range: Option<Range<u64>>,
    ) -> Result<(FileInfo, BoxStream<'static, Result<Bytes, StorageError>>), StorageError> {
        // Stores refuse an empty range.
        if range.as_ref().is_some_and(Range::is_empty) {
            return Ok((self.head(key).await?, futures_util::stream::empty().boxed()));
        }
        let options = GetOptions {
            range: range.map(GetRange::Bounded),
            ..GetOptions::default()
        };
        let path = self.path(key);
        let found = in_time(async { Ok(self.store.get_opts(&path, options).await?) }).await?;
        Ok((info(&found.meta), found.into_stream().map_err(StorageError::from).boxed()))
    }

    pub async fn head(&self, key: FileKey) -> Result<FileInfo, StorageError> {
        let path = self.path(key);
        in_time(async { Ok(info(&self.store.head(&path).await?)) }).await
    }

    pub async fn delete(&self, key: FileKey) -> Result<(), StorageError> {
        let path = self.path(key);
        in_time(async { Ok(self.store.delete(&path).await?) }).await
    }

    /// The text of the mark of the owner.
    pub async fn read_mark(&self) -> Result<Vec<u8>, StorageError> {
        in_time(async { Ok(self.store.get(&self.mark()).await?.bytes().await?.to_vec()) }).await
    }

    /// Adds the mark unless there is one.
    pub async fn create_mark(&self, id: Uuid) -> Result<(), StorageError> {
        let text = PutPayload::from(owner::text(id));
        let path = self.mark();
        in_time(async {
            match self.store.put_opts(&path, text.clone(), PutMode::Create.into()).await {
                Ok(_) | Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => Ok(()),
                // Some stores do not know the condition. Of two databases that begin at once the later one is the owner then.
                Err(_) => Ok(self.store.put(&path, text).await.map(drop)?),
            }
        })
        .await
    }

    pub async fn replace_mark(&self, id: Uuid) -> Result<(), StorageError> {
        let path = self.mark();
        in_time(async { Ok(self.store.put(&path, PutPayload::from(owner::text(id))).await.map(drop)?) }).await
    }

    pub async fn remove_mark(&self) -> Result<(), StorageError> {
        let path = self.mark();
        in_time(async { Ok(self.store.delete(&path).await?) }).await
    }

    fn mark(&self) -> Path {
        self.prefix.clone().join(MARK)
    }

    /// All files with a key.
    pub fn list(&self) -> BoxStream<'static, Result<Listed, StorageError>> {
        let prefix = self.prefix.clone();
        let found = self.store.list(Some(&self.prefix));
        let listed = found.try_filter_map(move |meta| {
            let rest: Option<Vec<String>> = meta
                .location
                .prefix_match(&prefix)
                .map(|parts| parts.map(|part| part.as_ref().to_owned()).collect());
            let key = rest.and_then(|parts| FileKey::parse(&parts.join("/")));
            let FileInfo { size, modified_at } = info(&meta);
            std::future::ready(Ok(key.map(|key| Listed { key, size, modified_at })))
        });
        listed.map_err(StorageError::from).boxed()
    }

    fn path(&self, key: FileKey) -> Path {
        let path = key.path();
        path.split('/').fold(self.prefix.clone(), |path, part| path.join(part))
    }
}

impl Writer {
    /// Takes the next bytes of the file.
    pub async fn add(&mut self, bytes: Bytes) -> Result<(), StorageError> {
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (taken, others) = rest.split_at(rest.len().min(PART - self.part.len()));
            if self.part.len() + taken.len() > SMALL {
                self.part.reserve_exact(PART - self.part.len());
            }
            self.part.extend_from_slice(taken);
            rest = others;
            if self.part.len() == PART {
                self.send_part().await?;
            }
        }
        Ok(())
    }

    /// Gives the file its name.
    pub async fn finish(mut self) -> Result<(), StorageError> {
        if self.upload.is_some() {
            if !self.part.is_empty() {
                self.send_part().await?;
            }
            self.run(|_, _, upload| {
                async move {
                    let Some(mut upload) = upload else { return (None, Ok(())) };
                    let completed = upload.complete().await.map(drop);
                    (Some(upload), completed)
                }
                .boxed()
            })
            .await?;
        } else {
            let whole = PutPayload::from(std::mem::take(&mut self.part));
            self.run(|store, path, upload| async move { (upload, store.put(&path, whole).await.map(drop)) }.boxed())
                .await?;
        }
        self.has_begun = false;
        Ok(())
    }

    async fn send_part(&mut self) -> Result<(), StorageError> {
        let part = PutPayload::from(std::mem::take(&mut self.part));
        self.run(|store, path, upload| {
            async move {
                let mut upload = match upload {
                    Some(upload) => upload,
                    None => match store.put_multipart(&path).await {
                        Ok(upload) => upload,
                        Err(error) => return (None, Err(error)),
                    },
                };
                let sent = upload.put_part(part).await;
                (Some(upload), sent)
            }
            .boxed()
        })
        .await
    }

    /// Runs a request to its end, whatever becomes of this call. It has a permit meanwhile.
    async fn run(
        &mut self,
        request: impl FnOnce(Arc<dyn ObjectStore>, Path, Option<Box<dyn MultipartUpload>>) -> BoxFuture<'static, Ended>,
    ) -> Result<(), StorageError> {
        let permit = self.bucket.parts.clone();
        let permit = in_time(async { permit.acquire_owned().await.map_err(StorageError::unavailable) }).await?;
        self.has_begun = true;
        let request = request(self.bucket.store.clone(), self.path.clone(), self.upload.take());
        let running = self.running.insert(tokio::spawn(holding(permit, request)));
        let (upload, done) = in_time(async { running.await.map_err(StorageError::unavailable) }).await?;
        self.running = None;
        self.upload = upload;
        Ok(done?)
    }
}

impl Drop for Writer {
    /// Takes back what the store has of an unfinished file.
    fn drop(&mut self) {
        let Some(runtime) = self.has_begun.then(Handle::try_current).and_then(Result::ok) else {
            return;
        };
        let (bucket, path) = (self.bucket.clone(), self.path.clone());
        let (mut upload, running) = (self.upload.take(), self.running.take());
        runtime.spawn(async move {
            if let Some(mut running) = running {
                match timeout(PATIENCE, &mut running).await {
                    Ok(ended) => upload = ended.ok().and_then(|(upload, _)| upload),
                    Err(_) => running.abort(),
                }
            }
            let aborted = match upload {
                Some(mut upload) => upload.abort().await,
                None => Ok(()),
            };
            // The last request may have succeeded without an answer.
            let deleted = bucket.store.delete(&path).await;
            for error in [aborted.err(), deleted.err()].into_iter().flatten() {
                if !matches!(error, object_store::Error::NotFound { .. }) {
                    tracing::warn!(%error, "an unfinished file was not removed");
                }
            }
        });
    }
}

/// A request with its permit. It may go on after its writer is gone, with the part in memory.
async fn holding(permit: OwnedSemaphorePermit, request: BoxFuture<'static, Ended>) -> Ended {
    let ended = request.await;
    drop(permit);
    ended
}

fn info(meta: &ObjectMeta) -> FileInfo {
    FileInfo {
        size: meta.size,
        modified_at: meta.last_modified.timestamp_millis(),
    }
}
