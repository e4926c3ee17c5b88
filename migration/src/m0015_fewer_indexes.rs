//! Fewer indexes of prospects, so that whatever writes one writes less.
//!
//! What is left, and what for: lists in their orders, of all and of one owner (`created`, `activity`, `name`, `clients`, each with its twin
//! `owner_…`); totals and rare values of the columns that every prospect has (`status`, `channel`, `segment`, `level`, `source`, `owner_status`,
//! `owner_channel`); columns that few have, of which only these are in the index (`rating`, `interest`, `industry`, `customer_type`, `legal_name`,
//! `valid_until`); those never contacted (`first_contact`); restoring what was deleted (`deleted`).

use sea_orm_migration::prelude::{DbErr, MigrationName, MigrationTrait, SchemaManager};
use sea_orm_migration::sea_orm::DbBackend;

use crate::ddl;

pub struct Migration;

/// A scan of the list finds matches soon, or hardly any list requests them.
const DROPPED: [(&str, &str, &str); 3] = [
    (
        "prospects_validity",
        "prospects (validity_days, id) WHERE deleted_at IS NULL AND validity_days IS NOT NULL",
        "140000 380 1",
    ),
    (
        "prospects_websites",
        "prospects (created_at, id) WHERE deleted_at IS NULL AND websites IS NOT NULL",
        "220000 1 1",
    ),
    (
        "prospects_silent",
        "prospects (created_at, id) WHERE deleted_at IS NULL AND NOT is_notification_enabled",
        "72000 1 1",
    ),
];

/// A new prospect rarely has a value here, and those without one are found by a scan: the index, its columns, the nullable one, and
/// SQLite's statistics of it, as in `m0011_planning`, before and after.
const NARROWED: [(&str, &str, &str, &str, &str); 5] = [
    (
        "prospects_rating",
        "rating, created_at, id",
        "rating",
        "900000 1700 1 1",
        "440000 880 1 1",
    ),
    (
        "prospects_interest",
        "interest, created_at, id",
        "interest",
        "900000 2500 1 1",
        "490000 1600 1 1",
    ),
    (
        "prospects_industry",
        "industry_id, created_at, id",
        "industry_id",
        "900000 620 1 1",
        "380000 250 1 1",
    ),
    (
        "prospects_customer_type",
        "customer_type_id, created_at, id",
        "customer_type_id",
        "900000 1400 1 1",
        "600000 1000 1 1",
    ),
    (
        "prospects_legal_name",
        "legal_name_norm, id",
        "legal_name_norm",
        "900000 6 1",
        "270000 2 1",
    ),
];

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0015_fewer_indexes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::take_time(manager).await?;
        for (name, ..) in DROPPED {
            ddl::run(manager, &[&format!("DROP INDEX {name}")]).await?;
            forget(manager, name).await?;
        }
        for (name, columns, optional, _, expected) in NARROWED {
            replace(manager, name, columns, &format!(" AND {optional} IS NOT NULL"), expected).await?;
        }
        read_anew(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::take_time(manager).await?;
        for (name, on, expected) in DROPPED {
            ddl::run(manager, &[&format!("CREATE INDEX {name} ON {on}")]).await?;
            expect(manager, name, expected).await?;
        }
        for (name, columns, _, expected, _) in NARROWED {
            replace(manager, name, columns, "", expected).await?;
        }
        read_anew(manager).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Creates an index of live prospects again.
async fn replace(manager: &SchemaManager<'_>, name: &str, columns: &str, more: &str, expected: &str) -> Result<(), DbErr> {
    let drop = format!("DROP INDEX {name}");
    let create = format!("CREATE INDEX {name} ON prospects ({columns}) WHERE deleted_at IS NULL{more}");
    ddl::run(manager, &[&drop, &create]).await?;
    forget(manager, name).await?;
    expect(manager, name, expected).await
}

async fn forget(manager: &SchemaManager<'_>, name: &str) -> Result<(), DbErr> {
    on_sqlite(manager, &format!("DELETE FROM sqlite_stat1 WHERE idx = '{name}'")).await
}

async fn expect(manager: &SchemaManager<'_>, name: &str, expected: &str) -> Result<(), DbErr> {
    on_sqlite(
        manager,
        &format!("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('prospects', '{name}', '{expected}')"),
    )
    .await
}

async fn read_anew(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    on_sqlite(manager, "ANALYZE sqlite_schema").await
}

async fn on_sqlite(manager: &SchemaManager<'_>, statement: &str) -> Result<(), DbErr> {
    match manager.get_database_backend() {
        DbBackend::Sqlite => ddl::run(manager, &[statement]).await,
        _ => Ok(()),
    }
}
