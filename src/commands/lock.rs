//! Who may work on an SQLite file: one server, or one command that replaces it.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// Makes sure that no server works on the same SQLite file: two would each believe their own memory of it.
/// The database file itself cannot carry this lock, because SQLite's own would be lost when it is closed.
pub fn take(database: &Path) -> Result<File, String> {
    let file = take_for_restore(database)?;
    let aside = aside(database);
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
    let path = beside(&real(database), ".lock");
    let shown = path.display();
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| format!("{shown}: {error}"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(format!("another server is running on {} ({shown} is locked)", database.display())),
        Err(TryLockError::Error(error)) => Err(format!("{shown}: {error}")),
    }
}

/// Where a restore keeps the database that it replaces, until it is done.
pub fn aside(database: &Path) -> PathBuf {
    beside(&real(database), ".replaced")
}

/// The same for every path that leads to the file.
pub fn real(database: &Path) -> PathBuf {
    database.canonicalize().unwrap_or_else(|_| database.to_owned())
}

/// The file with more at the end of its name.
pub fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(ending);
    path.into()
}
