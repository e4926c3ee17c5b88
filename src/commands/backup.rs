//! `cartera backup`: the database in one file, taken while a server runs and writes, and checked before it has its name.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use cartera::db::backup::{self, Condition};
use cartera::settings::Settings;

use super::document_files::{self, Place, Transferred, Wanted};
use super::existing::{existing, refuse_missing};
use super::in_use::{self, FileLocks};
use super::postgres_tools::Call;
use super::restore::{self, schema};
use super::{Outcome, error_text, print};
use cartera::db::file::{OF_SQLITE, beside};

#[derive(clap::Args)]
pub struct Arguments {
    /// The file to write; on PostgreSQL a dump in the custom format of pg_dump
    #[arg(value_parser = crate::commands::file)]
    file: PathBuf,
    /// Overwrites the file if there is one
    #[arg(long)]
    force: bool,
    /// Fails if `restore` would refuse the backup, which is kept all the same
    #[arg(long)]
    restorable: bool,
}

pub async fn run(arguments: &Arguments, settings: &Settings) -> Outcome {
    let target = &arguments.file;
    let shown = target.display();
    refuse_missing(&settings.database).await?;
    let locks = may_be_written(target, settings.database.sqlite_file())?;
    if !arguments.force && target.exists() {
        return Err(format!("{shown} exists; --force overwrites it").into());
    }
    let unfinished = Unfinished::create(target).map_err(|error| format!("{shown}: {error}"))?;
    let (refusal, files) = match settings.database.sqlite_file() {
        Some(database) => (
            sqlite(database, &unfinished.0).await?,
            schema::wanted_on_sqlite(&unfinished.0).await?,
        ),
        None => {
            // A document that was added or removed during the dump is in one of the two lists.
            let mut files = wanted(settings).await?;
            let refusal = postgres(settings, &unfinished.0).await?;
            let known: HashSet<Wanted> = files.iter().cloned().collect();
            let now = wanted(settings).await?;
            files.extend(now.into_iter().filter(|file| !known.contains(file)));
            (refusal, files)
        }
    };
    // Before the backup has its name: one that is there has its documents.
    let (documents, fault) = back_up_files(target, settings, &files)?;
    File::open(&unfinished.0)
        .and_then(|file| file.sync_all())
        .map_err(|error| format!("{shown}: {error}"))?;
    // The copy took its time, and a server may have begun meanwhile on a target that had no lock to hold.
    drop(locks);
    let _held = may_be_written(target, settings.database.sqlite_file())?;
    unfinished.publish(target, arguments.force).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => format!("{shown} exists; --force overwrites it"),
        _ => format!("{shown}: {error}"),
    })?;
    print(&format!("{} is backed up in {shown}\n{documents}", settings.database))?;
    if let Some(fault) = fault {
        // The other reason is no less important.
        report_refusal(refusal, false)?;
        return Err(format!("the records are backed up, but not all documents: {fault}").into());
    }
    report_refusal(refusal, arguments.restorable)
}

/// Refuses the files of a database, and paths that cannot be a backup. While the result lives, no server or command starts on a target with a
/// lock file. Not detected are a first start on the target between this check and the renaming, and other programs.
fn may_be_written(target: &Path, database: Option<&Path>) -> Result<FileLocks, String> {
    let shown = target.display();
    if target.is_dir() {
        return Err(format!("{shown} is a folder"));
    }
    if target.exists() && !target.is_file() {
        return Err(format!("{shown} is no file that could be overwritten"));
    }
    let locks = in_use::refuse(target, database)?;
    // SQLite would apply a log that it finds to the new database.
    for ending in OF_SQLITE {
        let log = beside(target, ending);
        if log.symlink_metadata().is_ok() {
            return Err(format!("{} lies beside it: {shown} is a database in use or cut off", log.display()));
        }
    }
    Ok(locks)
}

/// The files of the documents on PostgreSQL.
async fn wanted(settings: &Settings) -> Result<Vec<Wanted>, String> {
    let db = existing(settings).await?;
    let found = document_files::wanted(db.reader()).await.map_err(|error| error.to_string());
    db.close().await.map_err(|error| error_text(&error))?;
    found
}

/// Puts the files of documents beside the backup; answers what became of them, and what is wrong with some.
fn back_up_files(target: &Path, settings: &Settings, files: &[Wanted]) -> Result<(String, Option<String>), String> {
    if files.is_empty() {
        return Ok((String::new(), None));
    }
    let text = match Place::of(settings) {
        Place::Folder(folder) => {
            let copies = document_files::beside_backup(target);
            let done = document_files::transfer(&folder, &copies, files)?;
            let text = format!("{} files of documents are in {}\n", done.files, copies.display());
            // Those that are missing were missing before.
            if done.missing > 0 {
                tracing::warn!("{} documents have no file in {}", done.missing, folder.display());
            }
            let damaged = Transferred { missing: 0, ..done };
            return Ok((text, damaged.fault()));
        }
        Place::Bucket(url) => format!("The files of documents are in {url}, which is not part of the backup\n"),
        Place::None => "The files of documents are not part of the backup: the setting `storage` is not set\n".to_owned(),
    };
    Ok((text, None))
}

/// Answers why a restore would refuse the copy.
async fn sqlite(database: &Path, copy: &Path) -> Result<Option<String>, String> {
    backup::copy(database, copy).await.map_err(|error| error_text(&error))?;
    let migrations = match backup::inspect(copy).await.map_err(|error| error_text(&error))? {
        Condition::Ours { migrations } => migrations,
        Condition::Wrong(reason) => return Err(format!("the copy is not sound, and was not kept: {reason}")),
    };
    match restore::applied(&migrations) {
        Ok(count) => Ok(schema::reason(&schema::differences_on_sqlite(copy, count).await?)),
        Err(reason) => Ok(Some(reason)),
    }
}

/// Answers why a restore would refuse the dump.
async fn postgres(settings: &Settings, copy: &Path) -> Result<Option<String>, String> {
    existing(settings).await?.close().await.map_err(|error| error_text(&error))?;
    let file = copy.display();
    Call::new("pg_dump", &["--format=custom", "--no-owner", "--no-privileges"])
        .with(&format!("--file={file}"))
        .on(&settings.database)?
        .run()
        .await?;
    // It reads all of the dump, down to the last row, as a restore would.
    Call::new("pg_restore", &["--file=/dev/null"]).with(&file.to_string()).run().await?;
    let contents = Call::new("pg_restore", &["--list"]).with(&file.to_string()).run().await?;
    Ok(restore::unknown_entry(&contents).unwrap_or_else(Some))
}

/// Reports that a restore would refuse the backup, although it has all records: as an error or a warning, long before it is needed.
fn report_refusal(refusal: Option<String>, must_be_restorable: bool) -> Outcome {
    let Some(reason) = refusal else { return Ok(()) };
    let message = format!("`cartera restore` will refuse this backup: {reason}");
    if must_be_restorable {
        return Err(message.into());
    }
    tracing::warn!("{message}");
    Ok(())
}

/// A temporary file next to the target, readable by its owner alone, and deleted unless it is published.
struct Unfinished(PathBuf);

impl Unfinished {
    fn create(target: &Path) -> std::io::Result<Unfinished> {
        let path = beside(target, &format!(".unfinished-{}", std::process::id()));
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Unfinished(path))
    }

    /// Gives it its name, in one step that survives a power cut.
    fn publish(self, target: &Path, may_overwrite: bool) -> std::io::Result<()> {
        if may_overwrite {
            std::fs::rename(&self.0, target)?;
        } else {
            // Unlike a renaming it fails if another process was faster.
            std::fs::hard_link(&self.0, target)?;
        }
        sync_folder(target)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After a renaming there is nothing to remove.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Makes new and changed names in the folder of a file last.
pub fn sync_folder(file: &Path) -> std::io::Result<()> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}
