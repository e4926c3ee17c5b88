//! Idempotency keys with their stored outcomes, and an index of deleted prospects.

use sea_orm_migration::prelude::*;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0009_safety"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statements = [
            "CREATE TABLE idempotency_keys (
                id {id} NOT NULL PRIMARY KEY,
                user_id {id} NOT NULL REFERENCES users (id),
                mutation TEXT NOT NULL,
                key TEXT NOT NULL,
                arguments {bytes} NOT NULL,
                outcome {json},
                created_at BIGINT NOT NULL
            )",
            "CREATE UNIQUE INDEX idempotency_keys_key ON idempotency_keys (user_id, mutation, key)",
            "CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at)",
            "CREATE INDEX prospects_deleted ON prospects (deleted_at, id) WHERE deleted_at IS NOT NULL",
        ];
        crate::ddl::run(manager, &statements).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::ddl::run(manager, &["DROP INDEX prospects_deleted", "DROP TABLE idempotency_keys"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
