//! Columns for the migration of canonical forms, and the position of each of its steps.

use sea_orm_migration::prelude::{DbErr, MigrationName, MigrationTrait, SchemaManager};
use sea_orm_migration::sea_orm::DbBackend;

use crate::ddl;
use crate::forms::earlier;

pub struct Migration;

/// Its name, by which reverting is recognised.
pub const NAME: &str = "m0014_canonical_forms";

const UP: &[&str] = &[
    "ALTER TABLE contact_points ADD COLUMN match_key {norm}",
    "ALTER TABLE contact_points ADD COLUMN value_folded {norm}",
    "CREATE INDEX contact_points_match_key ON contact_points (kind, match_key) WHERE match_key IS NOT NULL",
    "ALTER TABLE identifier_types ADD COLUMN number_prefix TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE identifier_types ADD COLUMN ignores_leading_zeros BOOLEAN NOT NULL DEFAULT FALSE",
    "ALTER TABLE identifier_types ADD COLUMN repeatable_numbers {json} NOT NULL DEFAULT '[]'",
    "UPDATE identifier_types SET number_prefix = 'V', ignores_leading_zeros = TRUE WHERE country = 'VE' AND pattern = 'V?[0-9]{1,9}'",
    "UPDATE identifier_types SET number_prefix = 'E', ignores_leading_zeros = TRUE WHERE country = 'VE' AND pattern = 'E?[0-9]{1,9}'",
    "UPDATE identifier_types SET ignores_leading_zeros = TRUE
        WHERE (country, check_digit) IN (('CL', 'CL_RUT'), ('PY', 'PY_RUC'), ('UY', 'UY_CI'), ('CO', 'CO_NIT'))
        OR (country, pattern) IN (('AR', '[0-9]{6,9}'), ('CO', '[0-9]{3,10}'), ('CO', '[A-Z0-9]{3,12}'))",
    "UPDATE identifier_types SET repeatable_numbers = '[\"555555555\",\"666666666\"]' WHERE country = 'CL' AND check_digit = 'CL_RUT'",
    "UPDATE identifier_types SET repeatable_numbers = '[\"2222222222227\"]' WHERE country = 'CO' AND check_digit = 'CO_NIT'",
    "UPDATE identifier_types SET repeatable_numbers = '[\"444444017\"]' WHERE country = 'PY' AND check_digit = 'PY_RUC'",
    "UPDATE identifier_types SET repeatable_numbers = '[\"9999999999999\"]' WHERE country = 'EC' AND pattern = '[0-9]{13}'",
    "UPDATE identifier_types SET repeatable_numbers = '[\"XAXX010101000\",\"XEXX010101000\"]', pattern = '[A-ZÑ&]{3,4}[0-9]{6}[A-Z0-9]{3}'
        WHERE country = 'MX' AND pattern = '[A-Z]{2,4}[0-9]{6}[A-Z0-9]{3}'",
    "UPDATE identifier_types SET pattern = '[A-ZÑ]{4}[0-9]{6}[A-ZÑ]{6}[A-Z0-9][0-9]'
        WHERE country = 'MX' AND pattern = '[A-Z]{4}[0-9]{6}[A-Z]{6}[A-Z0-9][0-9]'",
    "ALTER TABLE identifiers ADD COLUMN exemption TEXT",
    "DROP INDEX identifiers_number",
    // Exempt rows are distinguished by their ids. Without them the index would not serve a query for all numbers of a type.
    "CREATE UNIQUE INDEX identifiers_number
        ON identifiers (type_id, country, number_norm, (CASE WHEN exemption IS NULL THEN '' ELSE CAST(id AS TEXT) END)) WHERE deleted_at IS NULL",
    "CREATE TABLE collisions (
        id {id} NOT NULL PRIMARY KEY,
        kind TEXT NOT NULL,
        record_table TEXT NOT NULL,
        record_id {id} NOT NULL,
        kept_id {id} NOT NULL,
        before TEXT NOT NULL,
        after TEXT NOT NULL,
        found_at BIGINT NOT NULL
    )",
    "CREATE TABLE backfills (
        name TEXT NOT NULL PRIMARY KEY,
        step TEXT NOT NULL,
        position {bytes},
        is_finished BOOLEAN NOT NULL
    )",
];

/// Reverts in one transaction: the forms of all rows become those of the previous version, names of catalogues that the upgrade changed are
/// restored, and nothing is removed. Fails if its unique indexes would refuse that: see `forms::earlier::repeated`.
const DOWN: &[&str] = &[
    "CREATE UNIQUE INDEX identifiers_number ON identifiers (type_id, country, number_norm) WHERE deleted_at IS NULL",
    "ALTER TABLE identifiers DROP COLUMN exemption",
    // A later upgrade distinguishes them by these.
    "UPDATE identifier_types SET pattern = '[A-Z]{2,4}[0-9]{6}[A-Z0-9]{3}'
        WHERE country = 'MX' AND pattern = '[A-ZÑ&]{3,4}[0-9]{6}[A-Z0-9]{3}'",
    "UPDATE identifier_types SET pattern = '[A-Z]{4}[0-9]{6}[A-Z]{6}[A-Z0-9][0-9]'
        WHERE country = 'MX' AND pattern = '[A-ZÑ]{4}[0-9]{6}[A-ZÑ]{6}[A-Z0-9][0-9]'",
    "ALTER TABLE identifier_types DROP COLUMN repeatable_numbers",
    "ALTER TABLE identifier_types DROP COLUMN ignores_leading_zeros",
    "ALTER TABLE identifier_types DROP COLUMN number_prefix",
    "DROP TABLE backfills",
    "DROP TABLE collisions",
    "DROP INDEX contact_points_match_key",
    "ALTER TABLE contact_points DROP COLUMN value_folded",
    "ALTER TABLE contact_points DROP COLUMN match_key",
];

/// SQLite's statistics of the new indexes, as in `m0011_planning`.
const EXPECTED: &[&str] = &[
    "DELETE FROM sqlite_stat1 WHERE idx IN ('identifiers_number', 'contact_points_match_key')",
    "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
        ('identifiers', 'identifiers_number', '650000 520 480 1 1'), ('contact_points', 'contact_points_match_key', '50000 25000 1')",
    "ANALYZE sqlite_schema",
];
const EXPECTED_BEFORE: &[&str] = &[
    "DELETE FROM sqlite_stat1 WHERE idx IN ('identifiers_number', 'contact_points_match_key')",
    "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('identifiers', 'identifiers_number', '650000 520 480 1')",
    "ANALYZE sqlite_schema",
];

impl MigrationName for Migration {
    fn name(&self) -> &str {
        NAME
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::take_time(manager).await?;
        ddl::run(manager, UP).await?;
        expect(manager, EXPECTED).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::take_time(manager).await?;
        ddl::run(manager, &["DROP INDEX identifiers_number"]).await?;
        earlier::write(manager.get_connection()).await?;
        ddl::run(manager, DOWN).await?;
        expect(manager, EXPECTED_BEFORE).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

async fn expect(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    match manager.get_database_backend() {
        DbBackend::Sqlite => ddl::run(manager, statements).await,
        _ => Ok(()),
    }
}
