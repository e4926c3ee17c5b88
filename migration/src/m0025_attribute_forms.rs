//! Whether lists may use the indexes of an attribute, apart from the state of all its indexes.

use sea_orm_migration::prelude::{DbErr, MigrationName, MigrationTrait, SchemaManager};

use crate::ddl;

pub struct Migration;

const UP: &[&str] = &[
    "ALTER TABLE attribute_definitions ADD COLUMN has_list_index BOOLEAN NOT NULL DEFAULT FALSE",
    // Of others the server finds out when it starts.
    "UPDATE attribute_definitions SET has_list_index = TRUE WHERE is_indexed AND index_state = 'READY'",
];

const DOWN: &[&str] = &[
    "ALTER TABLE attribute_definitions DROP COLUMN has_list_index",
];

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0025_attribute_forms"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, DOWN).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
