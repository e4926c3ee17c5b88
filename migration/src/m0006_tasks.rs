//! Tasks of prospects: types, the tasks, and the type that a status suggests.

use sea_orm_migration::prelude::{DbErr, SchemaManager};
use sea_orm_migration::{MigrationName, MigrationTrait};

use crate::ddl;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0006_tasks"
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

/// The columns of statuses name no reference: SQLite could not take away a column that has one.
const UP: &[&str] = &[
    "CREATE TABLE task_types (
        id {id} NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        name_norm {norm} NOT NULL,
        description TEXT,
        position INTEGER NOT NULL,
        is_default BOOLEAN NOT NULL,
        retired_at BIGINT,
        version INTEGER NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL
    )",
    "CREATE UNIQUE INDEX task_types_name ON task_types (name_norm) WHERE retired_at IS NULL",
    "ALTER TABLE statuses ADD COLUMN task_type_id {id}",
    "ALTER TABLE statuses ADD COLUMN task_due_in_hours INTEGER",
    "CREATE TABLE tasks (
        id {id} NOT NULL PRIMARY KEY,
        prospect_id {id} NOT NULL REFERENCES prospects (id),
        cycle_id {id} REFERENCES cycles (id),
        type_id {id} NOT NULL REFERENCES task_types (id),
        assignee_id {id} REFERENCES users (id),
        due_at BIGINT NOT NULL,
        note TEXT,
        state TEXT NOT NULL,
        completed_at BIGINT,
        completed_by {id} REFERENCES users (id),
        closing_note TEXT,
        returns_with_cycle BOOLEAN NOT NULL,
        repeat_rule TEXT,
        repeat_from BIGINT,
        repeat_zone TEXT,
        created_by {id} REFERENCES users (id),
        version INTEGER NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL
    )",
    "CREATE INDEX tasks_prospect ON tasks (prospect_id, due_at, id)",
    "CREATE INDEX tasks_due ON tasks (due_at, id)",
    "CREATE INDEX tasks_planned_due ON tasks (due_at, id) WHERE state = 'PLANNED'",
    "CREATE INDEX tasks_planned_assignee ON tasks (assignee_id, due_at, id) WHERE state = 'PLANNED'",
    "CREATE INDEX tasks_planned ON tasks (assignee_id, type_id, due_at, id) WHERE state = 'PLANNED'",
];

const DOWN: &[&str] = &[
    "DROP TABLE tasks",
    "ALTER TABLE statuses DROP COLUMN task_due_in_hours",
    "ALTER TABLE statuses DROP COLUMN task_type_id",
    "DROP TABLE task_types",
];
