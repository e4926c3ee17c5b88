//! Whether lists may use the indexes of an attribute, apart from the state of all its indexes; and a job that makes what is stored beside the
//! values of attributes again, once: earlier versions left forms of a former type, and had none for open search.

use sea_orm_migration::prelude::{DbErr, MigrationName, MigrationTrait, SchemaManager};
use sea_orm_migration::sea_orm::DbBackend;
use uuid::Uuid;

use crate::ddl;

pub struct Migration;

const UP: &[&str] = &[
    "ALTER TABLE attribute_definitions ADD COLUMN has_list_index BOOLEAN NOT NULL DEFAULT FALSE",
    // Of others the server finds out when it starts.
    "UPDATE attribute_definitions SET has_list_index = TRUE WHERE is_indexed AND index_state = 'READY'",
];

/// The forms for open search stay in the documents, where earlier versions do not see them.
const DOWN: &[&str] = &[
    "DELETE FROM job_row_errors WHERE job_id IN (SELECT id FROM jobs WHERE kind = 'attribute_forms')",
    "DELETE FROM jobs WHERE kind = 'attribute_forms'",
    "ALTER TABLE attribute_definitions DROP COLUMN has_list_index",
];

/// The statement that queues the job where there are attributes. It is due at any time.
fn queue_job(backend: DbBackend) -> String {
    let id = Uuid::now_v7();
    let (id, payload, now) = match backend {
        DbBackend::Postgres => (
            format!("CAST('{id}' AS uuid)"),
            "CAST('{}' AS json)",
            "CAST(extract(epoch FROM now()) * 1000 AS bigint)",
        ),
        _ => (
            format!("X'{}'", id.simple()),
            "'{}'",
            "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
        ),
    };
    format!(
        "INSERT INTO jobs (id, kind, state, payload, progress_done, row_errors, attempts, max_attempts, run_after, created_at, updated_at) \
         SELECT {id}, 'attribute_forms', 'QUEUED', {payload}, 0, 0, 0, 8, 0, {now}, {now} WHERE EXISTS (SELECT 1 FROM attribute_definitions)"
    )
}

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0025_attribute_forms"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, UP).await?;
        ddl::run(manager, &[&queue_job(manager.get_database_backend())]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, DOWN).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
