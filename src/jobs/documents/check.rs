//! Compares the storage of documents with the rows of the database: files without a row, and documents without their file.

use std::collections::HashSet;
use std::ops::Range;

use futures_util::StreamExt;
use uuid::Uuid;

use crate::db::Db;
use crate::error::Result;
use crate::resolvers::records::documents::sweep::{self, Stored};
use crate::storage::{FileKey, Listed, Ownership, Storage, StorageError, foreign};

/// Result of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Files in the storage.
    pub files: u64,
    /// Files that belong to no row, and their bytes.
    pub orphans: u64,
    pub orphan_bytes: u64,
    /// Files that belong to no row and are older than those that are looked at.
    pub kept: u64,
    /// Documents, deleted ones included, whose file is missing.
    pub without_file: Vec<Uuid>,
}

/// Whether files without a row may be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MayDelete {
    Yes,
    /// The storage is that of another database, and so may the files be; the text says what to do.
    No(String),
}

/// Files whose rows are looked up together.
const FILES_AT_ONCE: usize = 500;
/// Documents that are looked at together.
const ROWS_AT_ONCE: u64 = 1_000;

/// Whether the storage is that of this database. One with files and without a mark becomes so.
pub async fn may_delete(storage: &Storage) -> std::result::Result<MayDelete, StorageError> {
    let ownership = match storage.ownership().await? {
        // There is nothing to delete, and the first file that is written brings the mark.
        Ownership::Unmarked if storage.list().next().await.transpose()?.is_none() => Ownership::Ours,
        Ownership::Unmarked => storage.claim().await?,
        known => known,
    };
    Ok(match ownership {
        Ownership::Foreign(id) => MayDelete::No(foreign(id)),
        Ownership::Ours | Ownership::Unmarked => MayDelete::Yes,
    })
}

/// Compares all files with all rows. Files without a row are passed over if they were not written within these times: a younger one may belong to
/// an upload that still runs. With `repairs` the others are deleted. The ids of all files are kept in memory meanwhile, 16 bytes each.
pub async fn check(db: &Db, storage: &Storage, written: Range<i64>, repairs: bool) -> Result<Report> {
    let mut report = Report::default();
    let mut present: HashSet<Uuid> = HashSet::new();
    let mut files = storage.list().chunks(FILES_AT_ONCE);
    while let Some(some) = files.next().await {
        let some: Vec<Listed> = some.into_iter().collect::<std::result::Result<_, _>>()?;
        report.files += some.len() as u64;
        present.extend(some.iter().filter_map(|file| match file.key {
            FileKey::File(id) => Some(id),
            FileKey::Thumbnail(_) | FileKey::Part { .. } => None,
        }));
        let known = known(db, &some).await?;
        for file in some.iter().filter(|file| !known.contains(&file.key)) {
            if !written.contains(&file.modified_at) {
                report.kept += u64::from(file.modified_at < written.start);
                continue;
            }
            report.orphans += 1;
            report.orphan_bytes += file.size;
            if repairs {
                storage.delete(file.key).await?;
            }
        }
    }
    let mut after = Uuid::nil();
    loop {
        let rows = sweep::stored_after(db.reader(), after, ROWS_AT_ONCE).await?;
        let Some(last) = rows.last() else { return Ok(report) };
        after = last.document_id;
        let unseen = rows.iter().filter(|row| !present.contains(&row.file_key));
        report.without_file.extend(without_file(db, storage, unseen).await?);
    }
}

/// Those of the documents whose file is missing. Their files were not there when the storage was listed, but may have been added since then, or
/// removed with their rows.
async fn without_file(db: &Db, storage: &Storage, unseen: impl Iterator<Item = &Stored>) -> Result<Vec<Uuid>> {
    let mut missing = Vec::new();
    for row in unseen {
        if storage.head(FileKey::File(row.file_key)).await?.is_none() {
            missing.push(row);
        }
    }
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<Uuid> = missing.iter().map(|row| row.file_key).collect();
    let known = sweep::known_files(db.reader(), &keys).await?;
    let missing = missing.into_iter().filter(|row| known.contains(&row.file_key));
    Ok(missing.map(|row| row.document_id).collect())
}

/// The keys that a row has.
async fn known(db: &Db, files: &[Listed]) -> Result<HashSet<FileKey>> {
    let of = |is_wanted: fn(FileKey) -> bool| -> Vec<Uuid> {
        let wanted = files.iter().map(|file| file.key).filter(|key| is_wanted(*key));
        wanted.map(FileKey::id).collect()
    };
    let reader = db.reader();
    let documents = sweep::known_files(reader, &of(|key| matches!(key, FileKey::File(_)))).await?;
    let thumbnails = sweep::known_thumbnails(reader, &of(|key| matches!(key, FileKey::Thumbnail(_)))).await?;
    let parts = sweep::known_parts(reader, &of(|key| matches!(key, FileKey::Part { .. }))).await?;
    let is_known = |key: &FileKey| match key {
        FileKey::File(id) => documents.contains(id),
        FileKey::Thumbnail(id) => thumbnails.contains(id),
        FileKey::Part { part_id, .. } => parts.contains(part_id),
    };
    Ok(files.iter().map(|file| file.key).filter(is_known).collect())
}
