//! `cartera restore`: a backup in the place of the database, after it has been found whole, ours and not too new.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use cartera::backup::{self, Condition};
use cartera::database_file::beside;
use cartera::db::Db;
use cartera::settings::Settings;
use migration::{Migrator, MigratorTrait};

use super::backup::sync_folder;
use super::lock;
use super::postgres_tools::Call;
use super::{Outcome, open, print, told};

#[derive(clap::Args)]
pub struct Arguments {
    /// The file that `cartera backup` wrote
    file: PathBuf,
}

pub async fn run(arguments: &Arguments, settings: &Settings) -> Outcome {
    let file = &arguments.file;
    let pending = match settings.database.sqlite_file() {
        Some(database) => sqlite(file, database).await?,
        None => postgres(file, settings).await?,
    };
    let later = match pending {
        0 => String::new(),
        count => format!("; the next start brings its tables up to date ({count} migrations)"),
    };
    print(&format!("{} holds what {} held{later}\n", settings.database, file.display()))
}

/// Answers how many migrations the backup has not seen yet.
async fn sqlite(file: &Path, database: &Path) -> Result<usize, String> {
    let database = &lock::real(database);
    let failed = |path: &Path| {
        let shown = path.display().to_string();
        move |error: std::io::Error| format!("{shown}: {error}")
    };
    if fs::metadata(file).map_err(failed(file))?.len() == 0 {
        return Err(format!("{} is empty", file.display()));
    }
    if lock::real(file) == *database {
        return Err("the backup is the database itself".to_owned());
    }
    let log = beside(file, "-wal");
    if fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        return Err(format!(
            "{} lies beside it: this is a database in use or cut off, and no backup",
            log.display()
        ));
    }
    let _lock = lock::take_for_restore(database)?;

    // Whatever is checked below is what will be used: nobody else writes to this copy.
    let copy = Copy(beside(database, ".restoring"));
    fs::copy(file, &copy.0).map_err(failed(&copy.0))?;
    let pending = match backup::inspect(&copy.0).await.map_err(|error| told(&error))? {
        Condition::Ours { migrations } => pending(&migrations).map_err(|reason| format!("{}: {reason}", file.display()))?,
        Condition::Wrong(reason) => return Err(format!("{}: {reason}", file.display())),
    };
    if let Ok(replaced) = fs::metadata(database) {
        fs::set_permissions(&copy.0, replaced.permissions()).map_err(failed(&copy.0))?;
        chown(&copy.0, Some(replaced.uid()), Some(replaced.gid())).map_err(failed(&copy.0))?;
    }
    fs::File::open(&copy.0).and_then(|file| file.sync_all()).map_err(failed(&copy.0))?;

    replace(database, &copy.0).map_err(failed(database))?;
    Ok(pending)
}

/// Puts the new file in the place of the old one. At every moment the old one is whole, under its own name or the one aside.
fn replace(database: &Path, new: &Path) -> std::io::Result<()> {
    let aside = lock::aside(database);
    let (log, kept_log) = (beside(database, "-wal"), beside(&aside, "-wal"));
    // One that is there already was kept by a restore that was interrupted: that is the original.
    if database.exists() && !aside.exists() {
        // The log first, so that a file aside is never without it.
        remove(&kept_log)?;
        if log.exists() {
            fs::hard_link(&log, &kept_log)?;
        }
        fs::hard_link(database, &aside)?;
        sync_folder(database)?;
    }
    // SQLite would write a log that it finds into whatever database lies beside it.
    remove(&log)?;
    remove(&beside(database, "-shm"))?;
    sync_folder(database)?;
    fs::rename(new, database)?;
    sync_folder(database)?;
    remove(&aside)?;
    remove(&kept_log)?;
    sync_folder(database)
}

async fn postgres(file: &Path, settings: &Settings) -> Result<usize, String> {
    let shown = file.display().to_string();
    let contents = Call::new("pg_restore", &["--list"]).with(&shown).run().await?;
    if !contents.contains(" TABLE DATA ") || !contents.contains(" seaql_migrations ") {
        return Err(format!("{shown}: no dump of a Cartera database"));
    }
    let journal = Call::new("pg_restore", &["--data-only", "--table=seaql_migrations", "--file=-"])
        .with(&shown)
        .run()
        .await?;
    let pending = pending(&migrations_in(&journal)).map_err(|reason| format!("{shown}: {reason}"))?;
    let target = open(settings).await?;
    let is_free = is_free(&target).await;
    target.close().await.map_err(|error| told(&error))?;
    is_free?;
    Call::new(
        "pg_restore",
        &["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"],
    )
    .on(&settings.database)?
    .with(&shown)
    .run()
    .await?;
    Ok(pending)
}

async fn is_free(target: &Db) -> Result<(), String> {
    if target.has_servers().await.map_err(|error| told(&error))? {
        return Err("a server is running on the database".to_owned());
    }
    if target.has_tables().await.map_err(|error| told(&error))? {
        return Err("the database is not empty: make a new one, restore into it, and point `database` at it".to_owned());
    }
    Ok(())
}

/// The names in the journal of migrations, from the text that pg_restore writes for it.
fn migrations_in(text: &str) -> Vec<String> {
    let rows = text
        .lines()
        .skip_while(|line| !line.starts_with("COPY "))
        .skip(1)
        .take_while(|line| *line != "\\.");
    rows.filter_map(|row| row.split('\t').next()).map(str::to_owned).collect()
}

/// How many migrations are still to come, or why this version cannot use what has had these.
fn pending(applied: &[String]) -> Result<usize, String> {
    let known = Migrator::migrations();
    if let Some(unknown) = applied.iter().find(|name| known.iter().all(|migration| migration.name() != **name)) {
        return Err(format!(
            "it was made by a newer version: this one does not know the migration {unknown}"
        ));
    }
    if applied.is_empty() {
        return Err("it has no tables of Cartera".to_owned());
    }
    Ok(known.len() - applied.len())
}

fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The copy that becomes the database, or goes away.
struct Copy(PathBuf);

impl Drop for Copy {
    fn drop(&mut self) {
        for ending in ["", "-wal", "-shm", "-journal"] {
            // After it has become the database there is nothing to remove.
            let _ = remove(&beside(&self.0, ending));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_is_read_from_a_dump() {
        let text = "--\nCOPY public.seaql_migrations (version, applied_at) FROM stdin;\nm0001_access\t1\nm9_new\t2\n\\.\n\n";
        assert_eq!(migrations_in(text), ["m0001_access", "m9_new"]);
        assert!(pending(&migrations_in(text)).unwrap_err().contains("m9_new"));
        assert_eq!(pending(&["m0001_access".to_owned()]).unwrap(), Migrator::migrations().len() - 1);
        assert!(pending(&[]).is_err());
    }

    #[test]
    fn a_replaced_database_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("cartera.db");
        for (name, content) in [
            ("cartera.db", "old"),
            ("cartera.db-wal", "stale"),
            ("cartera.db-shm", "stale"),
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
        // The new file is missing, so it stops after the old one was put aside.
        assert!(replace(&database, &folder.path().join("missing")).is_err());
        assert_eq!(fs::read_to_string(lock::aside(&database)).unwrap(), "old");
        assert!(lock::take(&database).unwrap_err().contains("interrupted"));
        fs::write(folder.path().join("new"), "new").unwrap();
        replace(&database, &folder.path().join("new")).unwrap();
        assert!(lock::take(&database).is_ok());
    }
}
