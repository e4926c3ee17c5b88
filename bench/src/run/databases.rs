//! The databases that are measured: filled where they are not there yet, and copied so that creating does not change what the next run reads.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sea_orm::{ConnectionTrait, Database, Statement};

use super::Arguments;
use crate::{Result, process, samples};

/// A copy of the data of this size, which is made when it is not there yet.
pub fn sqlite_copy(arguments: &Arguments, working: &Path) -> Result<PathBuf> {
    let kept = arguments.directory.join(format!("{}-{}.db", arguments.prospects, arguments.users));
    if !kept.exists() {
        let new = working.join("new.db");
        remove(&new)?;
        fill(arguments, &format!("sqlite:{}", new.display()))?;
        // Moved when it is whole, so that an interrupted run leaves no half of it.
        fs::rename(&new, &kept)?;
        remove(&new)?;
    }
    let copy = working.join("bench.db");
    remove(&copy)?;
    fs::copy(kept, &copy)?;
    Ok(copy)
}

/// Removes a database with its companion files.
pub fn remove(database: &Path) -> Result<()> {
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let mut path = database.as_os_str().to_owned();
        path.push(suffix);
        if Path::new(&path).exists() {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Fills an empty database with invented data.
pub fn fill(arguments: &Arguments, database: &str) -> Result<()> {
    let prospects = arguments.prospects.to_string();
    let users = arguments.users.to_string();
    let status = Command::new(&arguments.cartera)
        .args(["demo", "--database", database, "--prospects", &prospects, "--users", &users])
        .args(["--until", samples::LAST_DAY, "--admin-email", samples::ADMINISTRATOR])
        .env("CARTERA_ADMIN_PASSWORD", samples::PASSWORD)
        .env("CARTERA_LOG_LEVEL", "warn")
        .stdout(Stdio::null())
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err("the demo data could not be made".into())
    }
}

pub async fn is_empty(address: &str) -> bool {
    let Ok(db) = Database::connect(address).await else { return true };
    let found = db.execute_unprepared("SELECT 1 FROM prospects LIMIT 1").await;
    found.is_err()
}

/// The process that all others of PostgreSQL descend from.
pub async fn postmaster(address: &str) -> Result<u32> {
    let db = Database::connect(address).await?;
    let statement = Statement::from_string(db.get_database_backend(), "SELECT pg_backend_pid()");
    let row = db.query_one_raw(statement).await?.ok_or("PostgreSQL did not answer")?;
    let backend: i32 = row.try_get_by_index(0)?;
    process::parent(u32::try_from(backend)?)
}
