//! Custom attributes: their definitions, one document of values on each record that has them, and the values of multiple attributes as rows.
//!
//! A record without values has no document. Values of multiple attributes are in the document as well; the rows are what filters look at.

use sea_orm_migration::prelude::{DbErr, MigrationName, MigrationTrait, SchemaManager};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::ddl;

pub struct Migration;

const UP: &[&str] = &[
    "CREATE TABLE attribute_definitions (
        id {id} NOT NULL PRIMARY KEY,
        entity TEXT NOT NULL,
        key TEXT NOT NULL,
        label TEXT NOT NULL,
        description TEXT,
        type TEXT NOT NULL,
        is_multiple BOOLEAN NOT NULL,
        scale INTEGER NOT NULL,
        currency TEXT,
        choices {json} NOT NULL,
        rules {json} NOT NULL,
        is_unique BOOLEAN NOT NULL,
        is_searchable BOOLEAN NOT NULL,
        is_indexed BOOLEAN NOT NULL,
        index_state TEXT NOT NULL,
        index_progress INTEGER NOT NULL,
        visibility TEXT NOT NULL,
        group_label TEXT,
        position INTEGER NOT NULL,
        retired_at BIGINT,
        version INTEGER NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL
    )",
    "CREATE UNIQUE INDEX attribute_definitions_key ON attribute_definitions (entity, key)",
    "CREATE TABLE attribute_values (
        definition_id {id} NOT NULL REFERENCES attribute_definitions (id),
        record_id {id} NOT NULL,
        position INTEGER NOT NULL,
        text_value {norm},
        number_value BIGINT,
        PRIMARY KEY (definition_id, record_id, position)
    )",
    "CREATE INDEX attribute_values_text ON attribute_values (definition_id, text_value, record_id) WHERE text_value IS NOT NULL",
    "CREATE INDEX attribute_values_number ON attribute_values (definition_id, number_value, record_id) WHERE number_value IS NOT NULL",
    "CREATE INDEX attribute_values_record ON attribute_values (record_id)",
    "ALTER TABLE prospects ADD COLUMN attributes {jsonb}",
    "ALTER TABLE clients ADD COLUMN attributes {jsonb}",
    "ALTER TABLE contacts ADD COLUMN attributes {jsonb}",
    "ALTER TABLE tasks ADD COLUMN attributes {jsonb}",
];

/// Statistics for SQLite, as in `m0011_planning`.
const EXPECT: &str = "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES \
    ('attribute_definitions', 'attribute_definitions_key', '40 10 1'), \
    ('attribute_definitions', 'sqlite_autoindex_attribute_definitions_1', '40 1'), \
    ('attribute_values', 'attribute_values_number', '100000 50000 50 1'), \
    ('attribute_values', 'attribute_values_record', '200000 2'), \
    ('attribute_values', 'attribute_values_text', '100000 50000 50 1'), \
    ('attribute_values', 'sqlite_autoindex_attribute_values_1', '200000 50000 2 1')";

const DOWN: &[&str] = &[
    "ALTER TABLE tasks DROP COLUMN attributes",
    "ALTER TABLE contacts DROP COLUMN attributes",
    "ALTER TABLE clients DROP COLUMN attributes",
    "ALTER TABLE prospects DROP COLUMN attributes",
    "DROP TABLE attribute_values",
    "DROP TABLE attribute_definitions",
    "DELETE FROM revisions WHERE name = 'attribute_definitions'",
];

/// Drops the indexes of attributes, which were made at run time. SQLite drops no column that an index reads.
async fn drop_indexes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    if connection.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    let text = "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql LIKE '%json_extract(attributes,%'";
    for row in connection.query_all_raw(Statement::from_string(DbBackend::Sqlite, text)).await? {
        let name: String = row.try_get_by_index(0)?;
        ddl::run(
            manager,
            &[
                &format!("DROP INDEX \"{name}\""),
                &format!("DELETE FROM sqlite_stat1 WHERE idx = '{name}'"),
            ],
        )
        .await?;
    }
    Ok(())
}

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0019_attributes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await?;
        match manager.get_database_backend() {
            DbBackend::Sqlite => ddl::run(manager, &[EXPECT, "ANALYZE sqlite_schema"]).await,
            _ => Ok(()),
        }
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
