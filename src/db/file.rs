//! The file of an SQLite database and its companion files: names, targets of links, and permissions.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Suffixes of the companion files of a database: SQLite's log, its index and its journal, the lock of the process that works on the
/// database, and the files of a restore.
pub const ENDINGS: [&str; 6] = ["-wal", "-shm", "-journal", ".lock", ".replaced", ".restoring"];

/// Those of them that are SQLite's.
pub const OF_SQLITE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The owner may read and write, and other accounts may do neither.
pub const PRIVATE: u32 = 0o600;

/// Maximum number of links in a path.
const MOST_LINKS: usize = 40;

/// The file with more at the end of its name.
pub fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

/// Every name that the path leads through: its own in the real folder, and those of the links behind it, whether or not the last one exists.
pub fn names(file: &Path) -> Result<Vec<PathBuf>> {
    let failed = |reason: String| Error::internal(format!("{}{reason}", file.display()));
    let mut names = Vec::new();
    let mut next = file.to_owned();
    while names.len() < MOST_LINKS {
        let Some(name) = next.file_name() else {
            return Err(failed(" is a folder".to_owned()));
        };
        let folder = match next.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let folder = folder.canonicalize().map_err(|error| failed(format!(": {error}")))?;
        let name = folder.join(name);
        let link = fs::read_link(&name);
        names.push(name);
        match link {
            Ok(link) => next = folder.join(link),
            Err(_) => return Ok(names),
        }
    }
    Err(failed(" leads through too many links".to_owned()))
}

/// The last of these names: the same for every path to the file, also before the file exists. SQLite keeps its companion files next to it.
pub fn real(file: &Path) -> Result<PathBuf> {
    let last = names(file)?.pop();
    Ok(last.expect("the path has at least its own name"))
}

/// Makes the file if it is missing, so that SQLite finds it readable by its owner alone and gives its log the same mode; else looks at the one
/// that is there.
pub fn prepare(database: &Path) -> Result<()> {
    if database.exists() {
        refuse_second_name(database)?;
        tighten(database);
        return Ok(());
    }
    // Opened only where there is none: closing a file ends all locks that this process has on it, SQLite's included.
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(PRIVATE)
        .open(database)
        .map(drop)
        .map_err(|error| Error::internal(format!("the file cannot be made: {error}")))
}

/// SQLite finds the log of a database by its name, so two names of one file have two logs, and neither knows of the other.
pub fn refuse_second_name(database: &Path) -> Result<()> {
    match fs::metadata(database).map(|found| found.nlink()) {
        Ok(names) if names > 1 => Err(Error::internal(format!(
            "{} has {names} names (hard links), and a program that works under another one would damage it: keep one of them",
            database.display()
        ))),
        _ => Ok(()),
    }
}

/// Removes the permission of others to read the database and its companion files, which earlier versions left.
pub fn tighten(database: &Path) {
    // A path without a target has no companion files.
    let Ok(database) = real(database) else { return };
    for ending in [""].iter().chain(&ENDINGS) {
        let file = beside(&database, ending);
        match make_private(&file) {
            Ok(false) => {}
            Ok(true) => tracing::warn!(file = %file.display(), "others could read it; from now on only its owner can"),
            Err(error) => tracing::warn!(file = %file.display(), %error, "others can read it, and that cannot be changed"),
        }
    }
}

/// Answers whether it was open to others; false for a file that is not there.
fn make_private(file: &Path) -> io::Result<bool> {
    let found = match fs::symlink_metadata(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        found => found?,
    };
    let mode = found.permissions().mode();
    if !found.is_file() || mode & 0o077 == 0 {
        return Ok(false);
    }
    fs::set_permissions(file, Permissions::from_mode(mode & !0o077))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(file: &Path) -> u32 {
        fs::metadata(file).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_file_belongs_to_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new.db");
        prepare(&file).unwrap();
        assert_eq!((mode(&file), fs::metadata(&file).unwrap().len()), (PRIVATE, 0));
        assert!(prepare(&folder.path().join("missing/new.db")).is_err());
    }

    #[test]
    fn what_others_could_read_is_closed_to_them_and_keeps_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("old.db");
        let stranger = folder.path().join("old.db.copy");
        let mut files = vec![stranger.clone()];
        files.extend([""].iter().chain(&ENDINGS).map(|ending| beside(&file, ending)));
        for file in &files {
            fs::write(file, "content").unwrap();
            fs::set_permissions(file, Permissions::from_mode(0o644)).unwrap();
        }
        let link = folder.path().join("link.db");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        prepare(&link).unwrap();
        for file in &files[1..] {
            assert_eq!(mode(file), PRIVATE, "{}", file.display());
            assert_eq!(fs::read_to_string(file).unwrap(), "content");
        }
        assert_eq!(mode(&stranger), 0o644);
    }

    #[test]
    fn links_are_followed_also_to_what_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().canonicalize().unwrap();
        fs::create_dir(home.join("data")).unwrap();
        std::os::unix::fs::symlink("data/new.db", home.join("link")).unwrap();
        std::os::unix::fs::symlink(home.join("link"), home.join("link to the link")).unwrap();
        std::os::unix::fs::symlink("circle", home.join("circle")).unwrap();
        std::os::unix::fs::symlink("missing/new.db", home.join("nowhere")).unwrap();
        for path in ["data/new.db", "data/../data/new.db", "link", "link to the link"] {
            assert_eq!(real(&home.join(path)).unwrap(), home.join("data/new.db"), "{path}");
        }
        assert_eq!(names(&home.join("link to the link")).unwrap().len(), 3);
        for path in ["circle", "nowhere", "missing/new.db", "data/.."] {
            assert!(real(&home.join(path)).is_err(), "{path}");
        }
        prepare(&home.join("link")).unwrap();
        assert_eq!(mode(&home.join("data/new.db")), PRIVATE);
        assert!(home.join("link").is_symlink());
    }

    #[test]
    fn a_file_with_two_names_is_refused_under_each() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one.db"), folder.path().join("other.db"));
        prepare(&one).unwrap();
        fs::hard_link(&one, &other).unwrap();
        for file in [&one, &other] {
            let Err(Error::Internal(cause)) = prepare(file) else {
                panic!("{} is taken", file.display())
            };
            assert!(cause.to_string().contains("hard links"), "{cause}");
        }
        fs::remove_file(&other).unwrap();
        prepare(&one).unwrap();
    }
}
