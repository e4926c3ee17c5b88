//! Locks of an SQLite file: for one server, or one command that replaces it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use cartera::db::file::{self, PRIVATE, beside};

use super::error_text;

/// Makes sure that no server works on the same SQLite file: two would each believe their own memory of it.
/// The database file itself cannot carry this lock, because SQLite's own would be lost when it is closed.
pub fn take(database: &Path) -> Result<File, String> {
    let file = take_for_restore(database)?;
    let aside = aside(&real(database)?);
    if aside.exists() {
        return Err(format!(
            "a restore of {} was interrupted: run `cartera restore` again, or put {} back in its place",
            database.display(),
            aside.display()
        ));
    }
    Ok(file)
}

/// The same for the command that ends an interrupted restore.
pub fn take_for_restore(database: &Path) -> Result<File, String> {
    let database = real(database)?;
    let path = beside(&database, ".lock");
    let shown = path.display();
    let file = make(&path, &database)
        .or_else(|error| match error.kind() {
            ErrorKind::AlreadyExists => OpenOptions::new().write(true).open(&path),
            _ => Err(error),
        })
        .map_err(|error| format!("{shown}: {error}"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(format!("another server is running on {} ({shown} is locked)", database.display())),
        Err(TryLockError::Error(error)) => Err(format!("{shown}: {error}")),
    }
}

/// A new lock file. One that root makes would keep out the account that the database belongs to, so it is given to that one.
fn make(lock: &Path, database: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(lock)?;
    if let Ok(database) = database.metadata() {
        // Only root can; the file of another account is its own already, or stays as it is.
        let _ = fchown(&file, Some(database.uid()), Some(database.gid()));
    }
    Ok(file)
}

/// Path under which a restore keeps the replaced database until it is done; next to the real file, not to a link.
pub fn aside(database: &Path) -> PathBuf {
    beside(database, ".replaced")
}

/// The same for every path that leads to the file, also before the file exists. A server makes it where the last link points to.
pub fn real(database: &Path) -> Result<PathBuf, String> {
    file::real(database).map_err(|error| error_text(&error))
}
