//! The parts of an upload become one file: in the background, because it takes as long as the storage needs, and a request may not.

use std::sync::Arc;

use tokio::time::timeout;
use uuid::Uuid;

use super::uploads::{self, Upload};
use crate::app::App;
use crate::app::joins::Join;
use crate::error::{Error, Result};
use crate::storage::{FileKey, StoredFile, WriteError};

/// Has this server join the parts of a complete upload, unless it does so already. If the last attempt has failed, that is the answer, once, and
/// the next call begins another one.
///
/// Nothing is lost with the server: the parts stay until the row of the upload has the file, and the next call begins again. What a killed
/// server leaves is a file without a row, or parts without, which the sweep removes.
pub fn start(app: &Arc<App>, upload: &Upload) -> Result<()> {
    let Some(join) = app.joins.begin(upload.id)? else {
        return Ok(());
    };
    let (app, upload) = (app.clone(), upload.clone());
    tokio::spawn(async move {
        if let Err(error) = run(&app, &upload, &join).await {
            let id = upload.id;
            tracing::warn!(cause = ?error, upload = %id, "the parts of an upload could not be joined");
            join.fail(error);
        }
    });
    Ok(())
}

async fn run(app: &App, upload: &Upload, join: &Join) -> Result<()> {
    let _permit = join.permit().await?;
    let parts = parts_of(app, upload.id).await?;
    if parts.is_empty() {
        // Another server was faster.
        return Ok(());
    }
    let storage = &app.storage;
    let size = upload.size.unsigned_abs();
    let joined = timeout(app.settings.upload_timeout, storage.join(FileKey::new_file(), &parts, size)).await;
    let file = match joined {
        Ok(Ok(file)) => file,
        Ok(Err(WriteError::TooLarge(_))) => return Err(Error::internal("the parts of an upload have more bytes than it")),
        Ok(Err(WriteError::Source(error) | WriteError::Storage(error))) => {
            // Another server may have been faster and have removed the parts.
            return match parts_of(app, upload.id).await? == parts {
                true => Err(error.into()),
                false => Ok(()),
            };
        }
        Err(_) => return Err(Error::Timeout),
    };
    // If this fails, the commit may have come through all the same: the sweep deletes what has no row.
    let obsolete = match give(app, upload, &file).await? {
        true => parts,
        false => vec![file.key],
    };
    for key in obsolete {
        if let Err(error) = storage.delete(key).await {
            tracing::warn!(cause = ?error, file = %key.path(), "a file could not be deleted; the sweep will do it");
        }
    }
    Ok(())
}

async fn parts_of(app: &App, upload_id: Uuid) -> Result<Vec<FileKey>> {
    let parts = uploads::parts(app.db.reader(), upload_id).await?.into_iter();
    Ok(parts
        .map(|part| FileKey::Part {
            upload_id,
            part_id: part.id,
        })
        .collect())
}

/// Whether the upload has the file now.
async fn give(app: &App, upload: &Upload, file: &StoredFile) -> Result<bool> {
    let tx = app.db.begin().await?;
    let is_given = uploads::set_file(&tx, upload.id, file, app.clock.now()).await?;
    tx.commit().await?;
    Ok(is_given)
}
