//! `cartera restore`: a backup in the place of the database, after it has been found whole, ours, not too new, and with nothing in it that
//! Cartera would not have made.

mod postgres;
pub mod schema;
mod sqlite;

use std::path::{Path, PathBuf};

use cartera::error::chain;
use cartera::settings::Settings;
use cartera::storage::{Storage, StorageError};
use cartera::telemetry::metrics::Metrics;
use migration::{Migrator, MigratorTrait};
use uuid::Uuid;

pub use postgres::unknown_entry;

use super::document_files::{self, Place, Wanted};
use super::{Outcome, print};

#[derive(clap::Args)]
pub struct Arguments {
    /// The file that `cartera backup` wrote
    #[arg(value_parser = crate::commands::file)]
    file: PathBuf,
}

/// What a backup held.
pub struct Restored {
    /// Applied migrations.
    pub migrations: usize,
    /// The files of its documents.
    pub files: Vec<Wanted>,
    /// The ID of the database that is no more, if there was one in its place.
    pub replaced: Option<Uuid>,
}

pub async fn run(arguments: &Arguments, settings: &Settings) -> Outcome {
    let file = &arguments.file;
    let restored = match settings.database.sqlite_file() {
        Some(database) => sqlite::restore(file, database).await?,
        None => postgres::restore(file, settings).await?,
    };
    let later = match Migrator::migrations().len() - restored.migrations {
        0 => String::new(),
        count => format!("; the next start brings its tables up to date ({count} migrations)"),
    };
    print(&format!("{} holds what {} held{later}\n", settings.database, file.display()))?;
    // A storage that is away does not undo the restore, and its mark can be changed later.
    match take_over(settings, restored.replaced).await {
        Ok(false) => {}
        Ok(true) => tracing::warn!(
            "the storage of documents belongs to another database, and takes no files of this one: if this one takes its place, run \
             `cartera documents check --adopt`; otherwise give it a storage of its own"
        ),
        Err(error) => tracing::warn!(
            cause = chain(&error),
            "the owner of the storage of documents could not be checked; `cartera documents check` says who it is"
        ),
    }
    let files = restore_files(file, settings, &restored.files);
    files.map_err(|reason| format!("the records are restored, but not all documents: {reason}").into())
}

/// Frees the storage of the database that was replaced, so that the restored one becomes its owner. Whether it still belongs to another one,
/// such as the original that a backup was restored beside.
async fn take_over(settings: &Settings, replaced: Option<Uuid>) -> Result<bool, StorageError> {
    let storage = Storage::open(settings.storage.as_ref(), settings.database.sqlite_file(), &Metrics::default())?;
    if !storage.is_set() {
        return Ok(false);
    }
    if let Some(replaced) = replaced {
        storage.release(replaced).await?;
    }
    storage.is_marked().await
}

/// Puts the files of a backup back; those that are in their place already stay.
fn restore_files(backup: &Path, settings: &Settings, files: &[Wanted]) -> Result<(), String> {
    if files.is_empty() {
        return Ok(());
    }
    let text = match Place::of(settings) {
        Place::Folder(folder) => {
            let done = document_files::transfer(&document_files::beside_backup(backup), &folder, files)?;
            if let Some(fault) = done.fault() {
                return Err(format!("{fault}, in {} or in the backup", folder.display()));
            }
            format!("{} files of documents are in {}\n", done.files, folder.display())
        }
        Place::Bucket(url) => format!("The files of documents are expected in {url}, and were not touched\n"),
        Place::None => "The files of documents are nowhere: the setting `storage` is not set\n".to_owned(),
    };
    print(&text).map_err(|error| error.to_string())
}

/// Number of applied migrations, which are the first ones that this version knows, or the reason why this version cannot use it.
pub fn applied(names: &[String]) -> Result<usize, String> {
    let known = Migrator::migrations();
    if let Some(unknown) = names.iter().find(|name| known.iter().all(|migration| migration.name() != **name)) {
        return Err(format!(
            "it was made by a newer version: this one does not know the migration {unknown}"
        ));
    }
    if names.is_empty() {
        return Err("it has no tables of Cartera".to_owned());
    }
    let missing = known
        .iter()
        .take(names.len())
        .find(|migration| names.iter().all(|name| migration.name() != name));
    match missing {
        Some(missing) => Err(format!("it has not had the migration {}, but later ones", missing.name())),
        None => Ok(names.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_counted_from_the_first_on() {
        let of = |names: &[&str]| applied(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["m0001_access"]), Ok(1));
        assert_eq!(of(&["m0002_setup", "m0001_access"]), Ok(2));
        assert!(of(&["m0001_access", "m9_new"]).unwrap_err().contains("m9_new"));
        assert!(of(&["m0001_access", "m0003_records"]).unwrap_err().contains("m0002_setup"));
        assert!(of(&[]).is_err());
    }
}
