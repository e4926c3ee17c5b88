//! Commands that work on a database that is there, and make none by accident where its name is misspelt.

use std::fs;
use std::io::ErrorKind;

use cartera::db::Db;
use cartera::db::backup::{self, Tables};
use cartera::settings::{DatabaseUrl, Settings};

use super::{error_text, open};

/// Opens the database of the settings if it is one of Cartera's; refuses otherwise, and says which one was looked for.
pub async fn existing(settings: &Settings) -> Result<Db, String> {
    refuse_missing(&settings.database).await?;
    let db = open(settings).await?;
    let refusal = match db.is_set_up().await {
        Ok(true) => return Ok(db),
        Ok(false) => none_in(&settings.database, "has no tables of Cartera"),
        Err(error) => format!("{}: {}", settings.database, error_text(&error)),
    };
    db.close().await.map_err(|error| error_text(&error))?;
    Err(refusal)
}

/// Refuses an SQLite file that is missing, or has no tables of Cartera, before SQLite opens it and makes or changes one.
pub async fn refuse_missing(database: &DatabaseUrl) -> Result<(), String> {
    let Some(file) = database.sqlite_file() else { return Ok(()) };
    match fs::metadata(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(none_in(database, "does not exist")),
        Ok(found) if found.is_file() && found.len() == 0 => return Err(none_in(database, "is empty")),
        _ => {}
    }
    match tables(database).await? {
        Some(Tables::None) => Err(none_in(database, "has no tables of Cartera")),
        Some(Tables::Foreign) => Err(foreign(database)),
        Some(Tables::Cartera) | None => Ok(()),
    }
}

/// Refuses an SQLite file of another program before anything is done with it. One that is missing, or has no tables, may become a database.
pub async fn refuse_foreign(database: &DatabaseUrl) -> Result<(), String> {
    match tables(database).await? {
        Some(Tables::Foreign) => Err(foreign(database)),
        _ => Ok(()),
    }
}

/// `None` if there is no file. Other problems are reported when it is opened.
async fn tables(database: &DatabaseUrl) -> Result<Option<Tables>, String> {
    let Some(file) = database.sqlite_file().filter(|file| file.is_file()) else {
        return Ok(None);
    };
    let found = backup::tables(file).await;
    found
        .map(Some)
        .map_err(|reason| format!("{}: {reason}. Nothing was changed", database.place()))
}

fn none_in(database: &DatabaseUrl, reason: &str) -> String {
    format!(
        "there is no database: {} {reason}. --database or CARTERA_DATABASE names another one, and `cartera serve` makes a new one",
        database.place()
    )
}

/// Without the advice to make a database there: it would be made in what belongs to another program.
fn foreign(database: &DatabaseUrl) -> String {
    format!(
        "{} holds tables of another program, and none of Cartera. Nothing was changed; --database or CARTERA_DATABASE names another file",
        database.place()
    )
}
