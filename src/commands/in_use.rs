//! Whether a file, by whatever path, is a database that a server or a command works on, or belongs to one.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, ErrorKind, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use cartera::db::file::{self, ENDINGS, beside};

use super::error_text;

/// The locks of the databases that a file may be or belong to. While it lives, no server or command begins to work on one of them that had a
/// lock file when the file was checked; a database without one, on which none has been started before, is not locked.
pub struct FileLocks {
    _files: Vec<File>,
}

/// Refuses a file that is the database `own` or belongs to it, whether or not it exists, and one that is or belongs to a database in use by
/// a server or a command. Paths are compared by their targets, and files by their content.
pub fn refuse(file: &Path, own: Option<&Path>) -> Result<FileLocks, String> {
    let names = names(file)?;
    if let Some(own) = own {
        refuse_own(file, &names, own)?;
    }
    let mut locks = Vec::new();
    for name in &names {
        for database in databases(name) {
            if database != *name && database.is_file() {
                return Err(belongs(file, &database));
            }
            locks.extend(lock_of(file, name, &database)?);
        }
    }
    Ok(FileLocks { _files: locks })
}

/// Refuses to read a file that is not a complete database by itself: SQLite's log beside it has later changes, or a journal would roll some
/// back.
pub fn refuse_unfinished(file: &Path) -> Result<(), String> {
    for name in names(file)? {
        for (ending, may_be_done) in [("-wal", false), ("-journal", true)] {
            let log = beside(&name, ending);
            let shown = log.display();
            if is_pending(&log, may_be_done).map_err(|error| format!("{shown}: {error}"))? {
                return Err(format!(
                    "{shown} lies beside it: this is a database in use or cut off, and no backup"
                ));
            }
        }
    }
    Ok(())
}

/// Whether SQLite would read it together with the database. It may keep a journal that it is done with, and then zeroes the start.
fn is_pending(log: &Path, may_be_done: bool) -> io::Result<bool> {
    if !fs::metadata(log).is_ok_and(|found| found.is_file() && found.len() > 0) {
        return Ok(false);
    }
    let mut first = [0];
    File::open(log)?.read_exact(&mut first)?;
    Ok(!may_be_done || first != [0])
}

/// Whether both paths lead to one file, also by hard links.
pub fn is_same(left: &Path, right: &Path) -> bool {
    match (fs::metadata(left), fs::metadata(right)) {
        (Ok(left), Ok(right)) => identity(&left) == identity(&right),
        _ => false,
    }
}

fn refuse_own(file: &Path, names: &[PathBuf], own: &Path) -> Result<(), String> {
    for database in self::names(own)? {
        if names.contains(&database) || is_same(file, &database) {
            return Err(format!("{} is the database itself", file.display()));
        }
        let is_beside = names.iter().any(|name| databases(name).contains(&database));
        if is_beside || ENDINGS.iter().any(|ending| is_same(file, &beside(&database, ending))) {
            return Err(belongs(file, &database));
        }
    }
    Ok(())
}

/// The lock of a database if there is one and it is free. One that is missing is not made: the folder may belong to another program.
fn lock_of(file: &Path, name: &Path, database: &Path) -> Result<Option<File>, String> {
    let path = beside(database, ".lock");
    let lock = match File::open(&path) {
        Ok(lock) => lock,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(format!(
                "{}: whether it is in use cannot be determined: {}: {error}",
                file.display(),
                path.display()
            ));
        }
    };
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) if database == name => Err(format!(
            "{} is a database in use: a server or a command is running on it ({} is locked)",
            file.display(),
            path.display()
        )),
        Err(TryLockError::WouldBlock) => Err(belongs(file, database)),
        Err(TryLockError::Error(error)) => Err(format!("{}: {error}", path.display())),
    }
}

fn belongs(file: &Path, database: &Path) -> String {
    format!("{} belongs to the database {}", file.display(), database.display())
}

fn names(file: &Path) -> Result<Vec<PathBuf>, String> {
    file::names(file).map_err(|error| error_text(&error))
}

/// The databases that a file of this name would belong to, itself among them.
fn databases(name: &Path) -> Vec<PathBuf> {
    let mut found = vec![name.to_owned()];
    let mut index = 0;
    while let Some(name) = found.get(index).map(|path| path.as_os_str().as_bytes().to_owned()) {
        let shorter = ENDINGS.iter().filter_map(|ending| name.strip_suffix(ending.as_bytes()));
        found.extend(
            shorter
                .filter(|name| !name.ends_with(b"/"))
                .map(|name| PathBuf::from(OsStr::from_bytes(name))),
        );
        index += 1;
    }
    found
}

fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::commands::lock;

    fn refused(file: &Path, own: Option<&Path>) -> String {
        refuse(file, own).err().unwrap_or_else(|| panic!("{} is taken", file.display()))
    }

    #[test]
    fn a_database_is_found_by_every_path_that_leads_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        fs::create_dir(place("data")).unwrap();
        let own = place("data/cartera.db");
        fs::write(&own, "records").unwrap();
        symlink(place("data"), place("linked")).unwrap();
        symlink("data/cartera.db", place("link")).unwrap();
        symlink("link", place("link to the link")).unwrap();
        fs::hard_link(&own, place("hard")).unwrap();
        for path in [
            "data/cartera.db",
            "data/./cartera.db",
            "data/../data/cartera.db",
            "linked/cartera.db",
            "link",
            "link to the link",
            "hard",
        ] {
            assert!(refused(&place(path), Some(&own)).contains("the database itself"), "{path}");
            assert!(refused(&own, Some(&place(path))).contains("the database itself"), "{path}");
        }
        for free in ["data/other", "cartera.db", "data/cartera.db2", "data/cartera.db-wal.old"] {
            assert!(refuse(&place(free), Some(&own)).is_ok(), "{free}");
        }
        assert!(refused(&place("data/.."), Some(&own)).contains("folder"));
        assert!(refused(&place("missing/file"), Some(&own)).contains("No such file"));
    }

    #[test]
    fn files_beside_a_database_belong_to_it_even_before_they_exist() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("cartera.db");
        fs::write(&own, "records").unwrap();
        let alias = folder.path().join("alias.db");
        symlink(&own, &alias).unwrap();
        let mut endings: Vec<String> = ENDINGS.iter().map(|ending| (*ending).to_owned()).collect();
        endings.push(".replaced-wal".to_owned());
        for ending in &endings {
            let file = beside(&own, ending);
            // By its name, through a link that leads nowhere yet, beside a link to the database, and without knowing of the database.
            let link = beside(&folder.path().join("link"), ending);
            symlink(&file, &link).unwrap();
            for (file, own) in [(&file, Some(&own)), (&link, Some(&own)), (&file, Some(&alias)), (&file, None)] {
                assert!(
                    refused(file, own.map(PathBuf::as_path)).contains("belongs to"),
                    "{}",
                    file.display()
                );
            }
            assert!(refused(&beside(&alias, ending), Some(&alias)).contains("belongs to"), "{ending}");
            if ENDINGS.contains(&ending.as_str()) {
                fs::write(&file, "").unwrap();
                let hard = folder.path().join("hard");
                fs::hard_link(&file, &hard).unwrap();
                assert!(refused(&hard, Some(&own)).contains("belongs to"), "{ending}");
                fs::remove_file(&hard).unwrap();
                fs::remove_file(&file).unwrap();
            }
        }
    }

    #[test]
    fn a_database_in_use_is_found_by_its_lock_and_is_free_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("other.db");
        // It need not exist yet: the process that holds the lock is about to make it.
        let lock = lock::take(&database).unwrap();
        assert!(refused(&database, None).contains("in use"));
        for ending in ENDINGS {
            assert!(refused(&beside(&database, ending), None).contains("belongs to"), "{ending}");
        }
        drop(lock);
        let locks = refuse(&database, None).unwrap();
        assert!(lock::take(&database).is_err());
        drop(locks);
        assert!(lock::take(&database).is_ok());
        // Nothing was made that was not there.
        let free = folder.path().join("free.db");
        drop(refuse(&free, None).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
    #[test]
    fn a_file_with_pending_changes_beside_it_is_not_whole() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        fs::write(place("backup.db"), "records").unwrap();
        symlink("backup.db", place("link")).unwrap();
        for (ending, content, is_refused) in [
            ("-wal", &b""[..], false),
            ("-wal", b"frames", true),
            ("-wal", &[0; 32], true),
            ("-journal", b"", false),
            ("-journal", b"\xd9\xd5\x05\xf9 pages", true),
            ("-journal", &[0; 512], false),
            ("-shm", b"index", false),
        ] {
            let log = beside(&place("backup.db"), ending);
            fs::write(&log, content).unwrap();
            for file in ["backup.db", "link"] {
                assert_eq!(refuse_unfinished(&place(file)).is_err(), is_refused, "{file} {ending} {content:?}");
            }
            fs::remove_file(&log).unwrap();
        }
    }
}
