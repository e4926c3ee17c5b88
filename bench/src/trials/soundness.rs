//! Whether all that is written belongs together: a quick look after each failure, and the complete one that Cartera brings along.

use cartera::db::Db;
use cartera::demo;
use cartera::settings::Settings;
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use uuid::Uuid;

use crate::Result;

/// Traces of a partial write, and queries that find them.
const HALVES: &[(&str, &str)] = &[
    (
        "a prospect without exactly one entry of its creation",
        "SELECT p.id FROM prospects p WHERE 1 <> (SELECT count(*) FROM timeline_entries e WHERE e.prospect_id = p.id AND e.kind = 'CREATED')",
    ),
    (
        "a prospect without its cycle",
        "SELECT p.id FROM prospects p WHERE NOT EXISTS (SELECT 1 FROM cycles c WHERE c.id = p.cycle_id AND c.prospect_id = p.id)",
    ),
    (
        "a prospect whose status is not the one that it is in by its history",
        "SELECT p.id FROM prospects p LEFT JOIN status_intervals i ON i.prospect_id = p.id AND i.to_at IS NULL \
         WHERE p.status_id IS DISTINCT FROM i.status_id",
    ),
    (
        "a prospect whose owner is not the one that it has by its history",
        "SELECT p.id FROM prospects p LEFT JOIN owner_intervals i ON i.prospect_id = p.id AND i.to_at IS NULL \
         WHERE p.owner_id IS DISTINCT FROM i.owner_id",
    ),
    (
        "a prospect without its search document",
        "SELECT p.id FROM prospects p WHERE p.deleted_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM search_documents d WHERE d.prospect_id = p.id)",
    ),
    (
        "an entry of a note without the note, or the other way round",
        "SELECT e.id FROM timeline_entries e LEFT JOIN notes n ON n.id = e.id WHERE (e.kind = 'NOTE') <> (n.id IS NOT NULL)",
    ),
    (
        "an entry of a change without the change, or the other way round",
        "SELECT e.id FROM timeline_entries e LEFT JOIN entry_changes c ON c.id = e.id WHERE (e.kind = 'STATUS_CHANGE') AND c.id IS NULL",
    ),
    ("a key without an outcome", "SELECT id FROM idempotency_keys WHERE outcome IS NULL"),
];

/// Looks for halves of writes.
pub async fn quick(database: &str) -> Vec<String> {
    found(look_for_halves(database).await)
}

/// Checks every rule of the records, and on SQLite the file itself. There must be no writes meanwhile.
pub async fn complete(database: &str) -> Vec<String> {
    found(look_at_all(database).await)
}

/// Data that cannot be checked is not sound either.
fn found(looked: Result<Vec<String>>) -> Vec<String> {
    looked.unwrap_or_else(|error| vec![format!("the records could not be looked at: {error:?}")])
}

async fn look_for_halves(database: &str) -> Result<Vec<String>> {
    let db = Database::connect(database).await?;
    let mut broken = Vec::new();
    for (words, search) in HALVES {
        let statement = Statement::from_string(db.get_database_backend(), format!("{search} LIMIT 1"));
        if let Some(row) = db.query_one_raw(statement).await? {
            let example: Uuid = row.try_get_by_index(0)?;
            broken.push(format!("there is {words} (such as {example})"));
        }
    }
    db.close().await?;
    Ok(broken)
}

async fn look_at_all(database: &str) -> Result<Vec<String>> {
    let settings = Settings {
        database: database.parse()?,
        ..Settings::default()
    };
    let db = Db::open(&settings).await?;
    let mut broken = demo::check(&db).await?;
    if db.backend() == DbBackend::Sqlite {
        let statement = Statement::from_string(db.backend(), "PRAGMA integrity_check");
        for row in db.reader().query_all_raw(statement).await? {
            let words: String = row.try_get_by_index(0)?;
            if words != "ok" {
                broken.push(format!("the file is damaged: {words}"));
            }
        }
    }
    db.close().await?;
    Ok(broken)
}

/// Damages the database as requested.
pub async fn damage(database: &str, statement: Option<&str>) -> Result<()> {
    if let Some(statement) = statement {
        let db = Database::connect(database).await?;
        db.execute_unprepared(statement).await?;
        db.close().await?;
    }
    Ok(())
}
