//! Saved reports, and the dashboards that show them.
//!
//! A tile of a dashboard names its report without a foreign key: it stays when the report is deleted, and reports that come with the program
//! have no row. The indexes, and what for: the lists in their order (`name`), and what a user has saved (`author`).

use sea_orm_migration::prelude::{DbErr, MigrationName, MigrationTrait, SchemaManager};
use sea_orm_migration::sea_orm::DbBackend;

use crate::ddl;

pub struct Migration;

const UP: &[&str] = &[
    "CREATE TABLE saved_reports (
        id {id} NOT NULL PRIMARY KEY,
        author_id {id} NOT NULL REFERENCES users (id),
        name TEXT NOT NULL,
        name_norm {norm} NOT NULL,
        description TEXT,
        definition {json} NOT NULL,
        is_shared BOOLEAN NOT NULL,
        version INTEGER NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL
    )",
    "CREATE INDEX saved_reports_name ON saved_reports (name_norm, id)",
    "CREATE INDEX saved_reports_author ON saved_reports (author_id)",
    "CREATE TABLE dashboards (
        id {id} NOT NULL PRIMARY KEY,
        author_id {id} NOT NULL REFERENCES users (id),
        name TEXT NOT NULL,
        name_norm {norm} NOT NULL,
        tiles {json} NOT NULL,
        is_shared BOOLEAN NOT NULL,
        version INTEGER NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL
    )",
    "CREATE INDEX dashboards_name ON dashboards (name_norm, id)",
    "CREATE INDEX dashboards_author ON dashboards (author_id)",
];

/// Statistics for SQLite, as in `m0011_planning`.
const EXPECT: &str = "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES \
    ('dashboards', 'dashboards_author', '200 4'), \
    ('dashboards', 'dashboards_name', '200 1 1'), \
    ('dashboards', 'sqlite_autoindex_dashboards_1', '200 1'), \
    ('saved_reports', 'saved_reports_author', '1000 20'), \
    ('saved_reports', 'saved_reports_name', '1000 1 1'), \
    ('saved_reports', 'sqlite_autoindex_saved_reports_1', '1000 1')";

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0023_saved_reports"
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

    /// SQLite removes the statistics of a table together with it.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::drop_tables(manager, &["dashboards", "saved_reports"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
