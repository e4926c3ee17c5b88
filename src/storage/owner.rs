//! The mark in a storage that names the database whose files it has. Another database knows none of these files, and would delete them.

use super::error::StorageError;
use super::folder::{FILE_MODE, Folder, INCOMING, make_folders, sync};
use super::{Inner, Place, Storage, not_set};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// Which database a storage belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    Ours,
    /// It has no mark yet.
    Unmarked,
    /// The ID of another database.
    Foreign(Uuid),
}

/// The database that works with the storage.
#[derive(Default)]
pub struct Owner {
    /// None: the program that opened the storage has no database, and the mark does not matter.
    id: Option<Uuid>,
    /// Set once the mark was seen to be ours.
    is_ours: OnceCell<()>,
}

/// The name of the mark. No file of a document can have it.
pub(super) const MARK: &str = "owner";

impl Storage {
    /// The same storage for the database of this ID: it writes only where it is, or becomes, the owner.
    pub fn owned_by(&self, id: Uuid) -> Storage {
        let owner = Owner {
            id: Some(id),
            is_ours: OnceCell::new(),
        };
        Storage(Arc::new(Inner {
            place: self.0.place.clone(),
            metrics: self.0.metrics.clone(),
            owner,
        }))
    }

    /// Reads the mark.
    pub async fn ownership(&self) -> Result<Ownership, StorageError> {
        let mark = self.measured("mark", self.mark()).await?;
        Ok(self.ownership_by(mark))
    }

    /// Marks the storage unless it has a mark. Of two databases that do so at once one succeeds.
    pub async fn claim(&self) -> Result<Ownership, StorageError> {
        let found = self.ownership().await?;
        let (Ownership::Unmarked, Some(id)) = (found, self.0.owner.id) else {
            return Ok(found);
        };
        let made = async {
            match &self.0.place {
                Place::Folder(folder) => in_folder(folder, move |root| create(root, id)).await,
                Place::Bucket(bucket) => bucket.create_mark(id).await,
                Place::None => Err(not_set()),
            }
        };
        self.measured("mark", made).await?;
        self.ownership().await
    }

    /// Marks the storage as that of this database, whatever mark it has.
    pub async fn adopt(&self) -> Result<(), StorageError> {
        let Some(id) = self.0.owner.id else { return Ok(()) };
        let made = async {
            match &self.0.place {
                Place::Folder(folder) => in_folder(folder, move |root| replace(root, id)).await,
                Place::Bucket(bucket) => bucket.replace_mark(id).await,
                Place::None => Err(not_set()),
            }
        };
        self.measured("mark", made).await
    }

    /// Removes the mark if it is that of a database which is no more.
    pub async fn release(&self, former: Uuid) -> Result<(), StorageError> {
        if self.mark().await? != Some(former) {
            return Ok(());
        }
        match &self.0.place {
            Place::Folder(folder) => in_folder(folder, |root| fs::remove_file(root.join(MARK))).await,
            Place::Bucket(bucket) => bucket.remove_mark().await,
            Place::None => Err(not_set()),
        }
    }

    /// Whether the storage has a mark, of whichever database.
    pub async fn is_marked(&self) -> Result<bool, StorageError> {
        Ok(self.mark().await?.is_some())
    }

    /// Refuses a storage of another database, before a file is written or taken over: what one database adds would be deleted by the other.
    pub async fn refuse_foreign(&self) -> Result<(), StorageError> {
        let owner = &self.0.owner;
        if owner.id.is_none() {
            return Ok(());
        }
        let seen = owner.is_ours.get_or_try_init(async || match self.claim().await? {
            Ownership::Foreign(id) => Err(StorageError::unavailable(foreign(id))),
            Ownership::Ours | Ownership::Unmarked => Ok(()),
        });
        seen.await.copied()
    }

    fn ownership_by(&self, mark: Option<Uuid>) -> Ownership {
        match (mark, self.0.owner.id) {
            (None, _) => Ownership::Unmarked,
            (Some(mark), Some(id)) if mark != id => Ownership::Foreign(mark),
            _ => Ownership::Ours,
        }
    }

    async fn mark(&self) -> Result<Option<Uuid>, StorageError> {
        let text = match &self.0.place {
            Place::Folder(folder) => in_folder(folder, |root| fs::read(root.join(MARK))).await,
            Place::Bucket(bucket) => bucket.read_mark().await,
            Place::None => Err(not_set()),
        };
        match text {
            Ok(text) => Ok(Some(parse(&text)?)),
            Err(StorageError::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What to do about a storage that belongs to the database of this ID.
pub fn foreign(id: Uuid) -> String {
    format!(
        "the storage belongs to another database ({id}): give each its own by the setting `storage`; if the other one is not used any more, \
         `cartera documents check --adopt` takes the storage over"
    )
}

/// The text of a mark.
pub(super) fn text(id: Uuid) -> String {
    format!("{id}\n")
}

fn parse(text: &[u8]) -> Result<Uuid, StorageError> {
    let id = str::from_utf8(text).ok().and_then(|text| Uuid::try_parse(text.trim_end()).ok());
    let unreadable = || {
        let reason = "the mark `owner` in the storage cannot be read; `cartera documents check --adopt` writes it anew";
        StorageError::unavailable(reason)
    };
    id.ok_or_else(unreadable)
}

async fn in_folder<T: Send + 'static>(
    folder: &Folder,
    work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
) -> Result<T, StorageError> {
    let root = folder.root().to_owned();
    folder.blocking(move || work(&root)).await
}

/// Adds the mark, whole, unless there is one.
fn create(root: &Path, id: Uuid) -> io::Result<()> {
    let (temporary, mark) = (write(root, id)?, root.join(MARK));
    let made = match fs::hard_link(&temporary, &mark) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // Some disks have no links.
        Err(_) if !mark.exists() => fs::rename(&temporary, &mark),
        _ => Ok(()),
    };
    let _ = fs::remove_file(&temporary);
    made?;
    sync(root)
}

fn replace(root: &Path, id: Uuid) -> io::Result<()> {
    let temporary = write(root, id)?;
    fs::rename(&temporary, root.join(MARK))?;
    sync(root)
}

/// A mark under another name.
fn write(root: &Path, id: Uuid) -> io::Result<PathBuf> {
    let incoming = root.join(INCOMING);
    make_folders(&incoming)?;
    let path = incoming.join(Uuid::now_v7().simple().to_string());
    let mut file = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(&path)?;
    file.write_all(text(id).as_bytes())?;
    file.sync_all()?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::metrics::Metrics;
    use object_store::memory::InMemory;

    #[tokio::test]
    async fn a_storage_has_one_owner() {
        let folder = tempfile::tempdir().unwrap();
        let metrics = Metrics::default();
        let root = folder.path().join("documents");
        for storage in [
            Storage::in_folder(root.clone(), &metrics),
            Storage::in_store(Arc::new(InMemory::new()), &metrics),
        ] {
            let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
            let (first, second) = (storage.owned_by(one), storage.owned_by(other));
            assert_eq!(first.ownership().await.unwrap(), Ownership::Unmarked);
            assert_eq!(first.claim().await.unwrap(), Ownership::Ours);
            assert_eq!(first.claim().await.unwrap(), Ownership::Ours, "once more does nothing");
            assert_eq!(second.claim().await.unwrap(), Ownership::Foreign(one));
            assert!(second.refuse_foreign().await.is_err());
            first.refuse_foreign().await.unwrap();
            second.adopt().await.unwrap();
            second.refuse_foreign().await.unwrap();
            assert_eq!(first.ownership().await.unwrap(), Ownership::Foreign(other));
            storage.release(one).await.unwrap();
            assert!(storage.is_marked().await.unwrap());
            storage.release(other).await.unwrap();
            assert!(!storage.is_marked().await.unwrap());
        }
        assert_eq!(fs::read_dir(root.join(INCOMING)).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_mark_that_cannot_be_read_is_no_mark_of_ours() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::in_folder(folder.path().to_owned(), &Metrics::default()).owned_by(Uuid::from_u128(1));
        fs::write(folder.path().join(MARK), "half").unwrap();
        assert!(storage.claim().await.is_err());
        storage.adopt().await.unwrap();
        assert_eq!(storage.ownership().await.unwrap(), Ownership::Ours);
    }
}
