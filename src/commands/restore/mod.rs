//! `cartera restore`: a backup in the place of the database, after it has been found whole, ours, not too new, and with nothing in it that
//! Cartera would not have made.

mod postgres;
pub mod schema;
mod sqlite;

use std::path::PathBuf;

use cartera::settings::Settings;
use migration::{Migrator, MigratorTrait};

pub use postgres::unknown_entry;

use super::{Outcome, print};

#[derive(clap::Args)]
pub struct Arguments {
    /// The file that `cartera backup` wrote
    #[arg(value_parser = crate::commands::file)]
    file: PathBuf,
}

pub async fn run(arguments: &Arguments, settings: &Settings) -> Outcome {
    let file = &arguments.file;
    let applied = match settings.database.sqlite_file() {
        Some(database) => sqlite::restore(file, database).await?,
        None => postgres::restore(file, settings).await?,
    };
    let later = match Migrator::migrations().len() - applied {
        0 => String::new(),
        count => format!("; the next start brings its tables up to date ({count} migrations)"),
    };
    print(&format!("{} holds what {} held{later}\n", settings.database, file.display()))
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
