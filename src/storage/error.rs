//! Why the storage could not do something.

use crate::error::Error;
use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

/// A failure of the storage. The causes are for the log alone.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StorageError {
    #[error("the storage has no such file")]
    Missing,
    #[error("the storage has no space left")]
    Full(#[source] Arc<dyn StdError + Send + Sync>),
    #[error("the storage of documents cannot be used")]
    Unavailable(#[source] Arc<dyn StdError + Send + Sync>),
}

/// Why a file was not written. Nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum WriteError<E> {
    /// The source of the bytes failed.
    #[error("the content of the file did not arrive")]
    Source(E),
    #[error("the file has more than {0} bytes")]
    TooLarge(u64),
    #[error(transparent)]
    Storage(StorageError),
}

impl StorageError {
    /// The kind of failure, in metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            StorageError::Missing => "missing",
            StorageError::Full(_) => "full",
            StorageError::Unavailable(_) => "unavailable",
        }
    }

    pub fn full(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> StorageError {
        StorageError::Full(Arc::from(cause.into()))
    }

    pub fn unavailable(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> StorageError {
        StorageError::Unavailable(Arc::from(cause.into()))
    }
}

impl From<io::Error> for StorageError {
    fn from(error: io::Error) -> StorageError {
        match error.kind() {
            io::ErrorKind::NotFound => StorageError::Missing,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => StorageError::Full(Arc::new(error)),
            _ => StorageError::Unavailable(Arc::new(error)),
        }
    }
}

impl From<object_store::Error> for StorageError {
    fn from(error: object_store::Error) -> StorageError {
        match error {
            object_store::Error::NotFound { .. } => StorageError::Missing,
            error => StorageError::Unavailable(Arc::new(error)),
        }
    }
}

/// A missing file is a fault of the storage as well: the database has a row for it.
impl From<StorageError> for Error {
    fn from(error: StorageError) -> Error {
        Error::Unavailable(Arc::new(error))
    }
}

impl<E> From<StorageError> for WriteError<E> {
    fn from(error: StorageError) -> WriteError<E> {
        WriteError::Storage(error)
    }
}
