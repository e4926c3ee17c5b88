//! Collisions: unique values that became equal, stored for administrators to resolve.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr, Statement};
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CollisionKind {
    /// The later entry got another name.
    CatalogName,
    /// Both rows keep the number.
    DocumentNumber,
}

/// A row whose value is also that of an older one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collision {
    pub kind: CollisionKind,
    /// Table of both rows.
    pub table: String,
    pub record_id: Uuid,
    /// The row that keeps the value for itself.
    pub kept_id: Uuid,
    pub before: String,
    /// The name that the later entry got; of a number its canonical form.
    pub after: String,
}

impl CollisionKind {
    fn as_str(self) -> &'static str {
        match self {
            CollisionKind::CatalogName => "CATALOG_NAME",
            CollisionKind::DocumentNumber => "DOCUMENT_NUMBER",
        }
    }
}

pub async fn keep(tx: &impl ConnectionTrait, found: &Collision, now: i64) -> Result<(), DbErr> {
    let text = "INSERT INTO collisions (id, kind, record_table, record_id, kept_id, before, after, found_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = [
        Uuid::now_v7().into(),
        found.kind.as_str().into(),
        found.table.as_str().into(),
        found.record_id.into(),
        found.kept_id.into(),
        found.before.as_str().into(),
        found.after.as_str().into(),
        now.into(),
    ];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), text, values))
        .await?;
    Ok(())
}

/// The collisions that were found, in their order, at most so many.
pub async fn of(db: &impl ConnectionTrait, most: u64) -> Result<Vec<Collision>, DbErr> {
    let text = format!("SELECT kind, record_table, record_id, kept_id, before, after FROM collisions ORDER BY id LIMIT {most}");
    let mut found = Vec::new();
    for row in db.query_all_raw(Statement::from_string(db.get_database_backend(), text)).await? {
        let kind: String = row.try_get_by_index(0)?;
        found.push(Collision {
            kind: if kind == "CATALOG_NAME" {
                CollisionKind::CatalogName
            } else {
                CollisionKind::DocumentNumber
            },
            table: row.try_get_by_index(1)?,
            record_id: row.try_get_by_index(2)?,
            kept_id: row.try_get_by_index(3)?,
            before: row.try_get_by_index(4)?,
            after: row.try_get_by_index(5)?,
        });
    }
    Ok(found)
}
