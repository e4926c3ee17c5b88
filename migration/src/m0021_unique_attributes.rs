//! Child rows with unique attributes know whether their prospect is deleted: a unique index sees only the columns of its own row.

use sea_orm_migration::prelude::{DbErr, MigrationName, MigrationTrait, SchemaManager};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::ddl;

pub struct Migration;

const UP: &[&str] = &[
    "ALTER TABLE clients ADD COLUMN prospect_deleted_at BIGINT",
    "ALTER TABLE contacts ADD COLUMN prospect_deleted_at BIGINT",
    "ALTER TABLE tasks ADD COLUMN prospect_deleted_at BIGINT",
    "UPDATE clients SET prospect_deleted_at = (SELECT p.deleted_at FROM prospects p WHERE p.id = clients.id) \
     WHERE id IN (SELECT p.id FROM prospects p WHERE p.deleted_at IS NOT NULL)",
    "UPDATE contacts SET prospect_deleted_at = (SELECT p.deleted_at FROM prospects p WHERE p.id = contacts.prospect_id) \
     WHERE prospect_id IN (SELECT p.id FROM prospects p WHERE p.deleted_at IS NOT NULL)",
    "UPDATE tasks SET prospect_deleted_at = (SELECT p.deleted_at FROM prospects p WHERE p.id = tasks.prospect_id) \
     WHERE prospect_id IN (SELECT p.id FROM prospects p WHERE p.deleted_at IS NOT NULL)",
];

const DOWN: &[&str] = &[
    "ALTER TABLE tasks DROP COLUMN prospect_deleted_at",
    "ALTER TABLE contacts DROP COLUMN prospect_deleted_at",
    "ALTER TABLE clients DROP COLUMN prospect_deleted_at",
];

/// The definitions whose unique index has another condition before and after.
const CONCERNED: &str = "is_unique AND entity IN ('CLIENT', 'CONTACT', 'TASK')";

/// Drops the unique indexes of child rows, and has them built again at the next start.
async fn drop_indexes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let backend = connection.get_database_backend();
    let text = format!("SELECT entity, key FROM attribute_definitions WHERE {CONCERNED}");
    for row in connection.query_all_raw(Statement::from_string(backend, text)).await? {
        let (entity, key): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        // The names of the time of this migration; a key that is none has no index.
        if key.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'_') {
            let name = format!("{}s_unique_{key}", entity.to_ascii_lowercase());
            ddl::run(manager, &[&format!("DROP INDEX IF EXISTS {name}")]).await?;
            if backend == DbBackend::Sqlite {
                ddl::run(manager, &[&format!("DELETE FROM sqlite_stat1 WHERE idx = '{name}'")]).await?;
            }
        }
    }
    let again = format!(
        "UPDATE attribute_definitions SET index_state = 'BUILDING', index_progress = 0 WHERE {CONCERNED} AND index_state = 'READY'"
    );
    ddl::run(manager, &[&again]).await
}

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0021_unique_attributes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::take_time(manager).await?;
        drop_indexes(manager).await?;
        ddl::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::take_time(manager).await?;
        drop_indexes(manager).await?;
        ddl::run(manager, DOWN).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
