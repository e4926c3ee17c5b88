//! Files of documents between two folders: for backups, restores and moves. Each is linked or copied, and checked by its sum.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use cartera::entities::records::document;
use cartera::settings::Settings;
use cartera::storage::{FileKey, Location};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::restore::schema;

/// A file that a document has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Wanted {
    pub key: FileKey,
    /// In hexadecimal digits; None of a thumbnail, which can be made again.
    pub sha256: Option<String>,
}

/// Outcome of the transfer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transferred {
    pub files: u64,
    /// Documents whose file is in neither folder.
    pub missing: u64,
    /// Files that cannot be read, or whose content is not that of their document.
    pub damaged: Vec<PathBuf>,
}

impl Transferred {
    /// What is wrong with some documents; None if nothing is.
    pub fn fault(&self) -> Option<String> {
        let missing = (self.missing > 0).then(|| format!("{} of them have no file", self.missing));
        let named: Vec<String> = self.damaged.iter().take(NAMED).map(|file| file.display().to_string()).collect();
        let more = match self.damaged.len() {
            count if count > NAMED => format!(" and {} more", count - NAMED),
            _ => String::new(),
        };
        let damaged = (!self.damaged.is_empty()).then(|| {
            format!(
                "{} of them have a damaged file, which cannot be read or whose checksum differs: {}{more}",
                self.damaged.len(),
                named.join(", ")
            )
        });
        let faults: Vec<String> = missing.into_iter().chain(damaged).collect();
        (!faults.is_empty()).then(|| faults.join("; "))
    }
}

/// Rows that are read at once.
const AT_ONCE: u64 = 1_000;
/// So many damaged files are named, and the others counted.
const NAMED: usize = 20;
const PRIVATE_FOLDER: u32 = 0o700;
const PRIVATE_FILE: u32 = 0o600;

/// Where the files of a database are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Folder(PathBuf),
    /// A bucket, by its address.
    Bucket(String),
    /// The database has no storage.
    None,
}

impl Place {
    pub fn of(settings: &Settings) -> Place {
        match (&settings.storage, settings.database.sqlite_file()) {
            (Some(Location::Folder(folder)), _) => Place::Folder(folder.clone()),
            (Some(Location::Bucket(url)), _) => Place::Bucket(url.to_string()),
            (None, Some(file)) => Place::Folder(Location::beside(file)),
            (None, None) => Place::None,
        }
    }
}

/// The files of all documents, deleted ones included, which can be restored. None in tables of a version without documents.
pub async fn wanted(db: &impl ConnectionTrait) -> Result<Vec<Wanted>, DbErr> {
    let mut all = Vec::new();
    if !schema::has_table(db, "documents").await? {
        return Ok(all);
    }
    let mut after = Uuid::nil();
    loop {
        let rows = document::Entity::find()
            .filter(document::Column::Id.gt(after))
            .order_by_asc(document::Column::Id)
            .limit(AT_ONCE)
            .all(db)
            .await?;
        let Some(last) = rows.last() else { return Ok(all) };
        after = last.id;
        for row in &rows {
            all.push(Wanted {
                key: FileKey::File(row.file_key),
                sha256: Some(row.sha256.clone()),
            });
            all.extend(row.thumbnail_key.map(|key| Wanted {
                key: FileKey::Thumbnail(key),
                sha256: None,
            }));
        }
    }
}

/// The folder of documents that belongs to a backup.
pub fn beside_backup(backup: &Path) -> PathBuf {
    let mut name = backup.as_os_str().to_owned();
    name.push(".documents");
    PathBuf::from(name)
}

/// Puts each file into the other folder, as a link if both are on one disk and as a copy if not. One that is there already stays. A file that is
/// missing or damaged is left out, and the others are not.
pub fn transfer(from: &Path, to: &Path, files: &[Wanted]) -> Result<Transferred, String> {
    let mut done = Transferred::default();
    let mut touched = BTreeSet::new();
    for file in files {
        let path = file.key.path();
        let (source, target) = (from.join(&path), to.join(&path));
        let is_there = target.is_file();
        if !is_there {
            match place(&source, &target) {
                Ok(true) => {}
                Ok(false) => {
                    done.missing += u64::from(file.sha256.is_some());
                    continue;
                }
                // The disk of the source has lost it. Otherwise it is that of the target, which takes no other file either.
                Err(_) if sum(&source).is_err() => {
                    done.damaged.push(source);
                    continue;
                }
                Err(error) => return Err(format!("{}: {error}", target.display())),
            }
        }
        if let Some(expected) = &file.sha256
            && sum(&target).ok().as_ref() != Some(expected)
        {
            if is_there {
                done.damaged.push(target);
            } else {
                let _ = fs::remove_file(&target);
                done.damaged.push(source);
            }
            continue;
        }
        touched.extend(
            target
                .ancestors()
                .skip(1)
                .take_while(|folder| folder.starts_with(to))
                .map(Path::to_owned),
        );
        done.files += 1;
    }
    // A name is durable once its folder is.
    for folder in touched {
        let synced = File::open(&folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    Ok(done)
}

/// Whether there was such a file.
fn place(source: &Path, target: &Path) -> io::Result<bool> {
    if !source.is_file() {
        return Ok(false);
    }
    if let Some(folder) = target.parent() {
        DirBuilder::new().recursive(true).mode(PRIVATE_FOLDER).create(folder)?;
    }
    match fs::hard_link(source, target) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(true),
        Err(_) => copy(source, target).map(|()| true),
    }
}

/// A copy that has its name only when it is whole.
fn copy(source: &Path, target: &Path) -> io::Result<()> {
    let mut name = target.as_os_str().to_owned();
    name.push(format!(".copying-{}", std::process::id()));
    let unfinished = PathBuf::from(name);
    let copied = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(PRIVATE_FILE)
        .open(&unfinished)
        .and_then(|mut file| {
            io::copy(&mut File::open(source)?, &mut file)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&unfinished, target));
    if copied.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    copied
}

fn sum(file: &Path) -> io::Result<String> {
    let mut file = File::open(file)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            let digits = hasher.finalize();
            return Ok(digits.iter().map(|byte| format!("{byte:02x}")).collect());
        }
        hasher.update(&buffer[..read]);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn file(content: &[u8], folder: &Path) -> Wanted {
        let key = FileKey::new_file();
        let path = folder.join(key.path());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        Wanted {
            key,
            sha256: Some(sum(&path).unwrap()),
        }
    }

    #[test]
    fn files_are_linked_and_checked() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        let one = file(b"one", &from);
        let absent = Wanted {
            key: FileKey::new_file(),
            ..one.clone()
        };
        let done = transfer(&from, &to, &[one.clone(), absent]).unwrap();
        assert_eq!((done.files, done.missing, &done.damaged[..]), (1, 1, &[][..]));
        assert_eq!(done.fault().as_deref(), Some("1 of them have no file"));
        let linked = to.join(one.key.path());
        assert_eq!(fs::read(&linked).unwrap(), b"one");
        assert_eq!(fs::metadata(&linked).unwrap().nlink(), 2);
        assert_eq!(fs::metadata(&to).unwrap().mode() & 0o777, PRIVATE_FOLDER);
        // Once more does nothing, also without the source.
        fs::remove_dir_all(&from).unwrap();
        let again = transfer(&from, &to, &[one]).unwrap();
        assert_eq!((again.files, again.fault()), (1, None));
    }

    #[test]
    fn a_damaged_file_is_left_out_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        let (one, other) = (file(b"one", &from), file(b"other", &from));
        let damaged = from.join(one.key.path());
        fs::write(&damaged, b"changed").unwrap();
        let done = transfer(&from, &to, &[one.clone(), other.clone()]).unwrap();
        assert_eq!((done.files, &done.damaged[..]), (1, std::slice::from_ref(&damaged)));
        let fault = done.fault().unwrap();
        assert!(
            fault.contains("1 of them have a damaged file") && fault.contains(&damaged.display().to_string()),
            "{fault}"
        );
        assert!(!to.join(one.key.path()).exists());
        assert_eq!(fs::read(to.join(other.key.path())).unwrap(), b"other");
        // In the place where it belongs it stays, and is named all the same.
        let place = to.join(other.key.path());
        fs::remove_file(&place).unwrap();
        fs::write(&place, b"changed").unwrap();
        let done = transfer(&from, &to, &[other]).unwrap();
        assert_eq!((done.files, done.damaged), (0, vec![place]));
    }
}
