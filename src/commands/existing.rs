//! Commands that work on a database that is there, and make none by accident where its name is misspelt.

use std::fs;

use cartera::db::Db;
use cartera::settings::{DatabaseUrl, Settings};

use super::{open, told};

/// Opens the database of the settings if it is one of Cartera's; refuses otherwise, and says which one was looked for.
pub async fn existing(settings: &Settings) -> Result<Db, String> {
    refuse_missing_file(&settings.database)?;
    let db = open(settings).await?;
    let refusal = match db.is_set_up().await {
        Ok(true) => return Ok(db),
        Ok(false) => none_in(&settings.database, "has no tables of Cartera"),
        Err(error) => format!("{}: {}", settings.database, told(&error)),
    };
    db.close().await.map_err(|error| told(&error))?;
    Err(refusal)
}

/// Refuses an SQLite file that is missing, and one that is no database, before SQLite opens it and makes one of it.
pub fn refuse_missing_file(database: &DatabaseUrl) -> Result<(), String> {
    let Some(file) = database.sqlite_file() else { return Ok(()) };
    match fs::metadata(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(none_in(database, "does not exist")),
        Ok(found) if found.is_file() && found.len() == 0 => Err(none_in(database, "is empty")),
        // What else may be wrong with it is told when it is opened.
        _ => Ok(()),
    }
}

fn none_in(database: &DatabaseUrl, reason: &str) -> String {
    format!(
        "there is no database: {} {reason}. --database or CARTERA_DATABASE names another one, and `cartera serve` makes a new one",
        database.place()
    )
}
