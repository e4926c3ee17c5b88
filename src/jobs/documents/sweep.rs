//! The daily sweep: documents that were deleted long ago go together with their files, and so does what failed uploads have left.

use super::check::{self, MayDelete};
use crate::app::installation;
use crate::error::Error;
use crate::jobs::context::{JobContext, Stop};
use crate::jobs::handlers::{Finished, Handler};
use crate::resolvers::records::documents::sweep::{self, Removed};
use crate::storage::{FileKey, Storage};

/// Kind of the job.
pub const KIND: &str = "sweep_documents";

/// Handler of the sweep.
pub struct Sweep;

/// Rows that are removed in one slice.
const AT_ONCE: u64 = 100;
const DAY: i64 = 24 * 60 * 60 * 1000;
/// The clock of a storage may differ by so much.
const CLOCKS: i64 = 60 * 60 * 1000;

#[async_trait::async_trait]
impl Handler for Sweep {
    async fn run(&self, job: &JobContext) -> Result<Finished, Stop> {
        let app = job.app();
        let restorable = i64::from(app.settings.document_restore_days) * DAY;
        // A backup that was restored in the place of its database knows nothing of what came after it, and what it says is deleted may have been
        // restored since. So whatever is older than this database can be looked for as long as a deleted document.
        let since = installation::since(&app.db).await?;
        let is_settled = app.clock.now() >= since.saturating_add(restorable);
        let mut done = job.job().progress_done;
        let may_delete = match app.storage.is_set() {
            true => check::may_delete(&app.storage).await.map_err(Error::from)?,
            false => MayDelete::Yes,
        };
        if let MayDelete::No(reason) = &may_delete {
            tracing::error!("no files of documents are deleted: {reason}");
        }
        loop {
            let slice = job.begin_slice().await?;
            let now = app.clock.now();
            let deleted = match is_settled {
                true => sweep::remove_deleted(slice.tx(), now - restorable, AT_ONCE).await?,
                false => Removed::default(),
            };
            let expired = sweep::remove_expired_uploads(slice.tx(), now, AT_ONCE).await?;
            let rows = deleted.rows + expired.rows;
            if rows == 0 {
                break;
            }
            done += i64::try_from(rows).unwrap_or(i64::MAX);
            slice.commit(done, None, None).await?;
            // Otherwise they may be those of another database, which this one was copied from.
            if may_delete == MayDelete::Yes {
                delete_files(&app.storage, &deleted).await;
                delete_files(&app.storage, &expired).await;
            }
        }
        if !app.storage.is_set() || may_delete != MayDelete::Yes {
            return Ok(Finished::default());
        }
        let before = app.clock.now() - DAY;
        app.storage.remove_abandoned(before).await.map_err(Error::from)?;
        let from = if is_settled { i64::MIN } else { since.saturating_add(CLOCKS) };
        let report = check::check(&app.db, &app.storage, from..before, true).await?;
        if report.kept > 0 {
            tracing::warn!(
                files = report.kept,
                days = app.settings.document_restore_days,
                "files without a document are older than this database, which was restored or moved, and are kept for these days since then"
            );
        }
        if report.orphans > 0 {
            tracing::info!(
                files = report.orphans,
                bytes = report.orphan_bytes,
                "files without a document were removed"
            );
        }
        if !report.without_file.is_empty() {
            tracing::error!(
                documents = report.without_file.len(),
                first = ?report.without_file.first(),
                "files of documents are missing; `cartera documents check` lists the documents"
            );
        }
        Ok(Finished::default())
    }
}

/// Deletes files whose rows are gone. One that cannot be deleted now is found without a row by a later sweep.
async fn delete_files(storage: &Storage, removed: &Removed) {
    let files = removed.files.iter().map(|id| FileKey::File(*id));
    let thumbnails = removed.thumbnails.iter().map(|id| FileKey::Thumbnail(*id));
    let parts = removed.parts.iter().map(|(upload_id, part_id)| FileKey::Part {
        upload_id: *upload_id,
        part_id: *part_id,
    });
    for key in files.chain(thumbnails).chain(parts) {
        if let Err(error) = storage.delete(key).await {
            tracing::warn!(cause = ?error, file = %key.path(), "a file could not be deleted");
        }
    }
}
