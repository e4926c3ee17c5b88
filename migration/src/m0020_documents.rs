//! Documents of prospects: their catalogue of types, the rows of the files, uploads in parts, and the keys by which addresses are signed.
//!
//! The files themselves are in the storage, under the keys of these rows. The indexes, and what for: those of a prospect (`prospect`), of all
//! prospects by time (`created`), deleted ones (`deleted`), and whether a file has a row and how much all of them hold (`file`, `thumbnail`).

use sea_orm_migration::prelude::{DbErr, MigrationName, MigrationTrait, SchemaManager};
use sea_orm_migration::sea_orm::DbBackend;

use crate::ddl;

pub struct Migration;

const UP: &[&str] = &[
    "CREATE TABLE document_types (
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
    "CREATE UNIQUE INDEX document_types_name ON document_types (name_norm) WHERE retired_at IS NULL",
    "CREATE TABLE documents (
        id {id} NOT NULL PRIMARY KEY,
        prospect_id {id} NOT NULL REFERENCES prospects (id),
        carrier_kind TEXT NOT NULL,
        carrier_id {id} NOT NULL,
        type_id {id} REFERENCES document_types (id),
        name TEXT NOT NULL,
        name_norm {norm} NOT NULL,
        file_name TEXT NOT NULL,
        media_type {norm} NOT NULL,
        size BIGINT NOT NULL,
        sha256 TEXT NOT NULL,
        file_key {id} NOT NULL,
        thumbnail_state TEXT NOT NULL,
        thumbnail_key {id},
        created_by {id} REFERENCES users (id),
        deleted_by {id} REFERENCES users (id),
        deleted_at BIGINT,
        version INTEGER NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL
    )",
    "CREATE INDEX documents_prospect ON documents (prospect_id, created_at, id)",
    "CREATE INDEX documents_created ON documents (created_at, id) WHERE deleted_at IS NULL",
    "CREATE INDEX documents_deleted ON documents (deleted_at, id) WHERE deleted_at IS NOT NULL",
    "CREATE INDEX documents_file ON documents (file_key, size)",
    "CREATE INDEX documents_thumbnail ON documents (thumbnail_key) WHERE thumbnail_key IS NOT NULL",
    "CREATE TABLE uploads (
        id {id} NOT NULL PRIMARY KEY,
        user_id {id} NOT NULL REFERENCES users (id),
        file_name TEXT,
        size BIGINT NOT NULL,
        received BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL
    )",
    "CREATE INDEX uploads_user ON uploads (user_id, expires_at, id)",
    "CREATE INDEX uploads_expiry ON uploads (expires_at, id)",
    "CREATE TABLE upload_parts (
        id {id} NOT NULL PRIMARY KEY,
        upload_id {id} NOT NULL REFERENCES uploads (id),
        start BIGINT NOT NULL,
        size BIGINT NOT NULL
    )",
    "CREATE UNIQUE INDEX upload_parts_start ON upload_parts (upload_id, start)",
    "CREATE TABLE signing_keys (
        id {id} NOT NULL PRIMARY KEY,
        secret {bytes} NOT NULL,
        created_at BIGINT NOT NULL
    )",
];

/// Statistics for SQLite, as in `m0011_planning`.
const EXPECT: &str = "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES \
    ('document_types', 'document_types_name', '10 1'), \
    ('document_types', 'sqlite_autoindex_document_types_1', '10 1'), \
    ('documents', 'documents_created', '1000000 1 1'), \
    ('documents', 'documents_deleted', '10000 1 1'), \
    ('documents', 'documents_file', '1000000 1 1'), \
    ('documents', 'documents_prospect', '1000000 3 1 1'), \
    ('documents', 'documents_thumbnail', '300000 1'), \
    ('documents', 'sqlite_autoindex_documents_1', '1000000 1'), \
    ('signing_keys', 'sqlite_autoindex_signing_keys_1', '1 1'), \
    ('upload_parts', 'sqlite_autoindex_upload_parts_1', '1000 1'), \
    ('upload_parts', 'upload_parts_start', '1000 10 1'), \
    ('uploads', 'sqlite_autoindex_uploads_1', '100 1'), \
    ('uploads', 'uploads_expiry', '100 1 1'), \
    ('uploads', 'uploads_user', '100 2 1 1')";

const DOWN: &[&str] = &[
    "DELETE FROM entry_changes WHERE id IN (SELECT id FROM timeline_entries WHERE kind = 'DOCUMENT')",
    "DELETE FROM timeline_entries WHERE kind = 'DOCUMENT'",
    "DROP TABLE signing_keys",
    "DROP TABLE upload_parts",
    "DROP TABLE uploads",
    "DROP TABLE documents",
    "DROP TABLE document_types",
    "DELETE FROM revisions WHERE name = 'document_types'",
];

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0020_documents"
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
        ddl::take_time(manager).await?;
        ddl::run(manager, DOWN).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
