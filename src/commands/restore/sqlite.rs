//! Replaces an SQLite file by a backup; one of the two is complete at every time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use cartera::db::backup::{self, Condition, Tables};
use cartera::db::file::{self, OF_SQLITE, PRIVATE, beside};

use super::{Restored, applied, schema};
use crate::commands::backup::sync_folder;
use crate::commands::{error_text, in_use, lock};

/// Files that SQLite would apply to, or roll back in, the database next to them.
const LOGS: [&str; 2] = ["-wal", "-journal"];

/// Answers what the backup held.
pub async fn restore(file: &Path, database: &Path) -> Result<Restored, String> {
    let found = fs::metadata(file).map_err(failed(file))?;
    if !found.is_file() {
        return Err(format!("{} is no file", file.display()));
    }
    if found.len() == 0 {
        return Err(format!("{} is empty", file.display()));
    }
    // A file that cannot be read may be the very reason for the restore.
    if database.is_file() && backup::tables(database).await == Ok(Tables::Foreign) {
        return Err(format!(
            "{} holds tables of another program, and is not replaced",
            database.display()
        ));
    }
    let _locks = in_use::refuse(file, Some(database))?;
    in_use::refuse_unfinished(file)?;
    let database = &lock::real(database)?;
    let _lock = lock::take_for_restore(database)?;
    file::tighten(database);

    // Whatever is checked below is what will be used: no other program writes to this copy.
    let (copy, content) = Copy::of(file, beside(database, ".restoring"))?;
    let count = match backup::inspect(&copy.0).await.map_err(|error| error_text(&error))? {
        Condition::Ours { migrations } => applied(&migrations).map_err(|reason| format!("{}: {reason}", file.display()))?,
        Condition::Wrong(reason) => return Err(format!("{}: {reason}", file.display())),
    };
    let unknown = schema::differences_on_sqlite(&copy.0, count).await?;
    if let Some(reason) = schema::reason(&unknown) {
        return Err(format!("{}: {reason}", file.display()));
    }
    let files = schema::prepare_on_sqlite(&copy.0).await?;
    if let Ok(replaced) = fs::metadata(database) {
        fchown(&content, Some(replaced.uid()), Some(replaced.gid())).map_err(failed(&copy.0))?;
    }
    content.sync_all().map_err(failed(&copy.0))?;

    let replaced = match database.is_file() {
        true => schema::id_on_sqlite(database).await,
        false => None,
    };
    replace(database, &copy.0).map_err(failed(database))?;
    Ok(Restored {
        migrations: count,
        files,
        replaced,
    })
}

fn failed(path: &Path) -> impl Fn(io::Error) -> String {
    let shown = path.display().to_string();
    move |error| format!("{shown}: {error}")
}

/// Replaces the old file by the new one. The old one is complete at every time, under its own name or the temporary one.
fn replace(database: &Path, new: &Path) -> std::io::Result<()> {
    let aside = lock::aside(database);
    // One that is there already was kept by a restore that was interrupted: that is the original.
    if database.exists() && !aside.exists() {
        // The logs first, so that a file aside is never without them.
        for ending in LOGS {
            let (log, kept) = (beside(database, ending), beside(&aside, ending));
            remove(&kept)?;
            if log.exists() {
                fs::hard_link(&log, &kept)?;
            }
        }
        fs::hard_link(database, &aside)?;
        sync_folder(database)?;
    }
    for ending in OF_SQLITE {
        remove(&beside(database, ending))?;
    }
    sync_folder(database)?;
    fs::rename(new, database)?;
    sync_folder(database)?;
    remove(&aside)?;
    for ending in LOGS {
        remove(&beside(&aside, ending))?;
    }
    sync_folder(database)
}

fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The copy that becomes the database, or goes away.
struct Copy(PathBuf);

impl Copy {
    /// A new file, never one that a link with its name leads to.
    fn of(file: &Path, path: PathBuf) -> Result<(Copy, File), String> {
        let mut source = File::open(file).map_err(failed(file))?;
        let copy = Copy(path);
        // A restore that was interrupted may have left its own.
        copy.remove().map_err(failed(&copy.0))?;
        let made = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(&copy.0);
        let mut content = made.map_err(failed(&copy.0))?;
        io::copy(&mut source, &mut content).map_err(failed(&copy.0))?;
        Ok((copy, content))
    }

    fn remove(&self) -> io::Result<()> {
        [""].iter()
            .chain(&OF_SQLITE)
            .try_for_each(|ending| remove(&beside(&self.0, ending)))
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // After it has become the database there is nothing to remove.
        let _ = self.remove();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_copy_is_a_new_private_file_whatever_lies_there() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        for name in ["backup", "precious"] {
            fs::write(place(name), name).unwrap();
        }
        fs::set_permissions(place("backup"), fs::Permissions::from_mode(0o666)).unwrap();
        symlink(place("precious"), place("copy")).unwrap();
        symlink(place("precious"), place("copy-wal")).unwrap();
        let (copy, _content) = Copy::of(&place("backup"), place("copy")).unwrap();
        let made = fs::symlink_metadata(&copy.0).unwrap();
        assert!(made.is_file());
        assert_eq!(made.permissions().mode() & 0o777, PRIVATE);
        assert_eq!(fs::read_to_string(&copy.0).unwrap(), "backup");
        assert_eq!(fs::read_to_string(place("precious")).unwrap(), "precious");
        drop(copy);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_replaced_database_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("cartera.db");
        for (name, content) in [
            ("cartera.db", "old"),
            ("cartera.db-wal", "stale"),
            ("cartera.db-shm", "stale"),
            ("cartera.db-journal", "stale"),
            ("new", "new"),
        ] {
            fs::write(folder.path().join(name), content).unwrap();
        }
        replace(&database, &folder.path().join("new")).unwrap();
        assert_eq!(fs::read_to_string(&database).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_interrupted_restore_keeps_the_original() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("cartera.db");
        fs::write(&database, "old").unwrap();
        for ending in LOGS {
            fs::write(beside(&database, ending), ending).unwrap();
        }
        // The new file is missing, so it stops after the old one was put aside.
        assert!(replace(&database, &folder.path().join("missing")).is_err());
        assert_eq!(fs::read_to_string(lock::aside(&database)).unwrap(), "old");
        for ending in LOGS {
            assert_eq!(fs::read_to_string(beside(&lock::aside(&database), ending)).unwrap(), ending);
        }
        assert!(lock::take(&database).unwrap_err().contains("interrupted"));
        fs::write(folder.path().join("new"), "new").unwrap();
        replace(&database, &folder.path().join("new")).unwrap();
        assert!(lock::take(&database).is_ok());
    }
}
