//! Files that belong to one request and to no record yet. Those that no mutation takes are deleted with it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use uuid::Uuid;

use crate::storage::{FileKey, Storage, StoredFile};

/// The files of a request, each by its token.
pub struct Uploads {
    storage: Storage,
    staged: Mutex<HashMap<String, StagedFile>>,
}

/// A file in the storage that no record refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedFile {
    pub file: StoredFile,
    /// As the client calls it, neither cleaned nor checked.
    pub file_name: Option<String>,
}

impl Uploads {
    pub fn new(storage: Storage) -> Uploads {
        Uploads {
            storage,
            staged: Mutex::default(),
        }
    }

    /// A new token. It stands for a file in the variables of the request, and cannot be guessed: a client could otherwise use one file
    /// several times.
    pub fn new_token() -> String {
        Uuid::from_u128(rand::random()).simple().to_string()
    }

    /// Keeps a file for the request.
    pub fn add(&self, token: String, staged: StagedFile) {
        self.staged().insert(token, staged);
    }

    /// The file of a token; it stays with the request.
    pub fn get(&self, token: &str) -> Option<StagedFile> {
        self.staged().get(token).cloned()
    }

    /// The file of a token, which the request does not delete any more. To be called before the transaction that refers to the file commits:
    /// if the commit fails, the sweep deletes the file, whereas a record without its file could not be mended.
    pub fn take(&self, token: &str) -> Option<StagedFile> {
        self.staged().remove(token)
    }

    /// Whether there is nothing to delete.
    pub fn is_empty(&self) -> bool {
        self.staged().is_empty()
    }

    fn staged(&self) -> MutexGuard<'_, HashMap<String, StagedFile>> {
        self.staged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Uploads {
    fn drop(&mut self) {
        let keys: Vec<FileKey> = self.staged().drain().map(|(_, staged)| staged.file.key).collect();
        let Some(runtime) = (!keys.is_empty()).then(Handle::try_current).and_then(Result::ok) else {
            return;
        };
        let storage = self.storage.clone();
        runtime.spawn(async move {
            for key in keys {
                if let Err(error) = storage.delete(key).await {
                    tracing::warn!(%error, "a file that no record took was not deleted; the sweep will");
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::metrics::Metrics;
    use futures_util::{StreamExt, stream};
    use std::convert::Infallible;

    #[tokio::test]
    async fn files_that_nothing_took_are_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::in_folder(folder.path().to_owned(), &Metrics::default());
        let uploads = Uploads::new(storage.clone());
        let mut tokens = Vec::new();
        for content in ["taken", "left"] {
            let bytes = stream::iter([Ok::<_, Infallible>(content.into())]);
            let file = storage.write(FileKey::new_file(), bytes, 10).await.unwrap();
            let token = Uploads::new_token();
            let file_name = Some(content.to_owned());
            uploads.add(token.clone(), StagedFile { file, file_name });
            tokens.push(token);
        }
        assert_eq!(uploads.get(&tokens[1]).unwrap().file_name.as_deref(), Some("left"));
        let taken = uploads.take(&tokens[0]).unwrap();
        assert_eq!((uploads.take(&tokens[0]), uploads.get("other")), (None, None));
        drop(uploads);
        let mut files = Vec::new();
        // The deletion runs on its own.
        for _ in 0..200 {
            files = storage.list().map(|file| file.unwrap().key).collect().await;
            if files.len() == 1 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert_eq!(files, [taken.file.key]);
    }
}
