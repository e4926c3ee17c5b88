//! The rows of documents and the files of the storage, and whether they belong together.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use cartera::entities::records::document::ThumbnailState;
use cartera::entities::records::{document, upload, upload_part};
use cartera::storage::{FileKey, Storage};
use futures_util::TryStreamExt;
use sea_orm::prelude::Uuid;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait, Statement};
use sha2::{Digest, Sha256};

use super::file::PREFIX;
use crate::Result;
use crate::files::hexadecimal;

/// One moment of the database and the storage.
pub struct State {
    documents: Vec<document::Model>,
    uploads: Vec<upload::Model>,
    parts: Vec<upload_part::Model>,
    /// Sizes of the files.
    files: HashMap<FileKey, u64>,
    /// Of a storage in a folder: files that were being written, and empty folders of uploads.
    unfinished: usize,
    /// Entries of documents in the timelines of prospects.
    entries: HashMap<Uuid, u64>,
    /// Idempotency keys that are stored more than once.
    double_keys: Vec<String>,
}

/// Where unfinished files lie, and the folders of uploads with their parts.
const INCOMING: &str = "incoming";
const UPLOADS: &str = "uploads";
/// Media type of the pictures that are uploaded.
const PICTURE: &str = "image/png";

impl State {
    pub async fn read(database: &str, storage: &Storage) -> Result<State> {
        let db = Database::connect(database).await?;
        let files: Vec<_> = storage.list().try_collect().await?;
        let state = State {
            documents: document::Entity::find().all(&db).await?,
            uploads: upload::Entity::find().all(&db).await?,
            parts: upload_part::Entity::find().all(&db).await?,
            files: files.into_iter().map(|file| (file.key, file.size)).collect(),
            unfinished: storage.folder().map_or(0, unfinished),
            entries: entries(&db).await?,
            double_keys: double_keys(&db).await?,
        };
        db.close().await?;
        Ok(state)
    }

    /// What must hold at any moment: every row has its file, and nothing is there twice.
    pub fn faults(&self) -> Vec<String> {
        let mut wrong: Vec<String> = self
            .double_keys
            .iter()
            .map(|key| format!("the key {key} is stored twice"))
            .collect();
        let mut names = HashSet::new();
        for row in &self.documents {
            // The demo gives several documents the same name.
            if row.file_name.starts_with(PREFIX) && !names.insert(&row.file_name) {
                wrong.push(format!("{} exists several times", row.file_name));
            }
            let size = self.files.get(&FileKey::File(row.file_key)).copied();
            if size != Some(row.size.unsigned_abs()) {
                wrong.push(format!(
                    "{} is a row without its file: {} bytes and not {size:?}",
                    row.file_name, row.size
                ));
            }
            let has_thumbnail = row.thumbnail_key.map(|key| self.files.contains_key(&FileKey::Thumbnail(key)));
            if has_thumbnail == Some(false) || has_thumbnail.is_some() != (row.thumbnail_state == ThumbnailState::Ready) {
                wrong.push(format!("{} is {:?} and not with its thumbnail", row.file_name, row.thumbnail_state));
            }
        }
        for upload in &self.uploads {
            let mut parts: Vec<_> = self.parts.iter().filter(|part| part.upload_id == upload.id).collect();
            parts.sort_by_key(|part| part.start);
            let mut end = 0;
            if let Some(key) = upload.file_key {
                let size = self.files.get(&FileKey::File(key)).copied();
                if size != Some(upload.size.unsigned_abs()) || !parts.is_empty() {
                    wrong.push(format!(
                        "the file of an upload of {} bytes has {size:?}, and there are {} parts",
                        upload.size,
                        parts.len()
                    ));
                }
                end = upload.size;
            }
            for part in parts {
                let key = FileKey::Part {
                    upload_id: upload.id,
                    part_id: part.id,
                };
                let size = self.files.get(&key).copied();
                if part.start != end || size != Some(part.size.unsigned_abs()) {
                    wrong.push(format!(
                        "a part at {} of {} bytes, after {end}, has {size:?}",
                        part.start, part.size
                    ));
                }
                end += part.size;
            }
            if end != upload.received {
                wrong.push(format!("an upload of {end} bytes says that it has {}", upload.received));
            }
        }
        wrong
    }

    /// Number of files that no row has, unfinished ones included: what a kill may leave until the sweep.
    pub fn leftovers(&self) -> usize {
        let documents = self.documents.iter();
        let files = documents.clone().map(|row| FileKey::File(row.file_key));
        let thumbnails = documents.filter_map(|row| row.thumbnail_key.map(FileKey::Thumbnail));
        let parts = self.parts.iter().map(|part| FileKey::Part {
            upload_id: part.upload_id,
            part_id: part.id,
        });
        let joined = self.uploads.iter().filter_map(|upload| upload.file_key.map(FileKey::File));
        let known: HashSet<FileKey> = files.chain(thumbnails).chain(parts).chain(joined).collect();
        self.unfinished + self.files.keys().filter(|key| !known.contains(key)).count()
    }

    /// Those of the IDs that still have a row.
    pub fn kept_of(&self, ids: &HashSet<Uuid>) -> HashSet<Uuid> {
        let kept = self.documents.iter().map(|row| row.id).filter(|id| ids.contains(id));
        kept.collect()
    }

    /// What must hold once all jobs are done: no file is without a row, and every picture has its thumbnail.
    pub fn faults_at_rest(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.leftovers() > 0 {
            wrong.push(format!("{} files are without a row", self.leftovers()));
        }
        // Other files may begin like a picture of another format by chance.
        let is_picture = |row: &&document::Model| row.media_type == PICTURE;
        let without = self
            .documents
            .iter()
            .filter(is_picture)
            .find(|row| row.thumbnail_state != ThumbnailState::Ready);
        wrong.extend(without.map(|row| format!("{} has no thumbnail, but is {:?}", row.file_name, row.thumbnail_state)));
        wrong
    }

    /// Number of entries of documents in the timeline of a prospect.
    pub fn entries_of(&self, prospect_id: Uuid) -> u64 {
        self.entries.get(&prospect_id).copied().unwrap_or_default()
    }

    /// Reads every file, and compares its checksum with that of its row. Documents that a sweep is removing are left out.
    pub async fn compare_sums(&self, storage: &Storage, expiring: &HashSet<Uuid>) -> Result<Vec<String>> {
        let mut wrong = Vec::new();
        for row in self.documents.iter().filter(|row| !expiring.contains(&row.id)) {
            let (_, mut bytes) = storage.read(FileKey::File(row.file_key), None).await?;
            let mut hasher = Sha256::new();
            while let Some(bytes) = bytes.try_next().await? {
                hasher.update(&bytes);
            }
            let sum = hexadecimal(hasher.finalize());
            if sum != row.sha256 {
                wrong.push(format!("the file of {} has the sum {sum} and not {}", row.file_name, row.sha256));
            }
        }
        Ok(wrong)
    }
}

/// Has the server remove these deleted documents as if their time were over, by a sweep that begins with its next start. A new database would
/// keep them, as if it were a restored one.
pub async fn expire(database: &str, ids: &[Uuid]) -> Result<()> {
    let db = Database::connect(database).await?;
    let backend = db.get_database_backend();
    let (id, literal): (_, fn(&Uuid) -> String) = match backend {
        DbBackend::Postgres => ("gen_random_uuid()", |id| format!("'{id}'")),
        _ => ("randomblob(16)", |id| format!("x'{}'", id.simple())),
    };
    if !ids.is_empty() {
        let these: Vec<String> = ids.iter().map(literal).collect();
        db.execute_unprepared(&format!(
            "UPDATE documents SET deleted_at = 1 WHERE deleted_at IS NOT NULL AND id IN ({})",
            these.join(", ")
        ))
        .await?;
    }
    db.execute_unprepared("UPDATE installations SET created_at = 1").await?;
    db.execute_unprepared(&format!(
        "INSERT INTO jobs (id, kind, state, payload, progress_done, row_errors, attempts, max_attempts, run_after, created_at, updated_at) \
         VALUES ({id}, 'sweep_documents', 'QUEUED', '{{}}', 0, 0, 0, 8, 0, 0, 0)"
    ))
    .await?;
    Ok(db.close().await?)
}

/// Number of jobs of documents that have not ended, and of those that have failed or are parked.
pub async fn unfinished_jobs(database: &str) -> Result<(i64, i64)> {
    let db = Database::connect(database).await?;
    let count = |states: &str| {
        format!("(SELECT count(*) FROM jobs WHERE kind IN ('sweep_documents', 'make_thumbnail') AND schedule IS NULL AND state {states})")
    };
    let text = format!(
        "SELECT {}, {}",
        count("IN ('QUEUED', 'RUNNING')"),
        count("NOT IN ('QUEUED', 'RUNNING', 'DONE')")
    );
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), text)).await?;
    let row = row.ok_or("the database did not answer")?;
    let found = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    db.close().await?;
    Ok(found)
}

fn unfinished(folder: &Path) -> usize {
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().filter_map(std::result::Result::ok);
    let is_empty = |upload: &std::fs::DirEntry| entries(&upload.path()).next().is_none();
    entries(&folder.join(INCOMING)).count() + entries(&folder.join(UPLOADS)).filter(is_empty).count()
}

async fn entries(db: &DatabaseConnection) -> Result<HashMap<Uuid, u64>> {
    let text = "SELECT prospect_id, count(*) FROM timeline_entries WHERE kind = 'DOCUMENT' GROUP BY prospect_id";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), text)).await?;
    let mut entries = HashMap::new();
    for row in rows {
        entries.insert(row.try_get_by_index(0)?, row.try_get_by_index::<i64>(1)?.unsigned_abs());
    }
    Ok(entries)
}

async fn double_keys(db: &DatabaseConnection) -> Result<Vec<String>> {
    let text = "SELECT key FROM idempotency_keys GROUP BY user_id, mutation, key HAVING count(*) > 1";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), text)).await?;
    Ok(rows
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<std::result::Result<_, _>>()?)
}
