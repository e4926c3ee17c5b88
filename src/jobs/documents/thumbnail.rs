//! The job that makes the thumbnail of a document.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::stream;
use uuid::Uuid;

use crate::app::App;
use crate::entities::records::document;
use crate::error::Error;
use crate::jobs::context::{JobContext, Stop};
use crate::jobs::handlers::{Finished, Handler};
use crate::resolvers::records::documents::thumbnails::{self, Payload};
use crate::storage::{FileKey, StorageError, WriteError};
use crate::thumbnails::thumbnail;

/// Handler of the job.
pub struct MakeThumbnail;

/// More bytes than a picture of the largest size has.
const LARGEST: usize = 256 << 20;
/// More bytes than a thumbnail has.
const LARGEST_THUMBNAIL: u64 = 4 << 20;

#[async_trait::async_trait]
impl Handler for MakeThumbnail {
    async fn run(&self, job: &JobContext) -> Result<Finished, Stop> {
        let app = job.app();
        let id = job.payload::<Payload>()?.document;
        let Some(document) = thumbnails::waiting(app.db.reader(), id).await? else {
            return Ok(Finished::default());
        };
        if job.job().attempts >= job.job().max_attempts {
            thumbnails::give_up(app.db.writer(), id).await?;
        }
        // Outside of the slice: it takes long, and doing it twice leaves a file that the sweep finds.
        let key = make(app, &document).await?;
        let slice = job.begin_slice().await?;
        let is_shown = thumbnails::finish(slice.tx(), id, key).await?;
        slice.commit(1, Some(1), None).await?;
        if let Some(key) = key.filter(|_| !is_shown) {
            app.storage.delete(FileKey::Thumbnail(key)).await.map_err(Error::from)?;
        }
        Ok(Finished::default())
    }
}

/// Stores the thumbnail; answers its key. None if the file cannot be read as a picture.
async fn make(app: &App, document: &document::Model) -> Result<Option<Uuid>, Error> {
    let picture = match app.storage.read_whole(FileKey::File(document.file_key), LARGEST).await {
        Ok(Some(picture)) => picture,
        Ok(None) | Err(StorageError::Missing) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let small = match thumbnail(picture).await {
        Ok(small) => small,
        Err(reason) => {
            tracing::info!(%reason, document = %document.id, "a document has no thumbnail");
            return Ok(None);
        }
    };
    let key = FileKey::new_thumbnail();
    let content = stream::iter([Ok::<_, Infallible>(Bytes::from(small.bytes))]);
    match app.storage.write(key, content, LARGEST_THUMBNAIL).await {
        Ok(_) => Ok(Some(key.id())),
        Err(WriteError::Storage(error)) => Err(error.into()),
        Err(error) => Err(Error::internal(error.to_string())),
    }
}
