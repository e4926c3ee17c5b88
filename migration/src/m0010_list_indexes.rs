//! Filters over the whole record: the end of the validity of a prospect, and indexes for the other conditions.

use sea_orm_migration::prelude::{DbErr, MigrationName, MigrationTrait, SchemaManager};
use sea_orm_migration::sea_orm::DbBackend;

use crate::ddl;

pub struct Migration;

/// Previously they left out the prospects without a value, which filters request too.
const REPLACED: [(&str, &str); 4] = [
    ("prospects_rating", "rating"),
    ("prospects_interest", "interest"),
    ("prospects_industry", "industry_id"),
    ("prospects_customer_type", "customer_type_id"),
];

const ADDED: [(&str, &str); 14] = [
    (
        "prospects_valid_until",
        "prospects (valid_until, id) WHERE deleted_at IS NULL AND valid_until IS NOT NULL",
    ),
    (
        "prospects_validity",
        "prospects (validity_days, id) WHERE deleted_at IS NULL AND validity_days IS NOT NULL",
    ),
    (
        "prospects_websites",
        "prospects (created_at, id) WHERE deleted_at IS NULL AND websites IS NOT NULL",
    ),
    (
        "prospects_silent",
        "prospects (created_at, id) WHERE deleted_at IS NULL AND NOT is_notification_enabled",
    ),
    ("tasks_type", "tasks (type_id, due_at, id)"),
    ("tasks_assignee", "tasks (assignee_id, due_at, id)"),
    ("tasks_planned_type", "tasks (type_id, due_at, id) WHERE state = 'PLANNED'"),
    ("tasks_planned_prospect", "tasks (prospect_id, due_at, id) WHERE state = 'PLANNED'"),
    ("touches_at", "touches (place, at)"),
    ("cycles_reason", "cycles (reason_id) WHERE reason_id IS NOT NULL"),
    ("cycles_status", "cycles (status_id)"),
    (
        "addresses_municipality_name",
        "addresses (municipality_norm) WHERE deleted_at IS NULL AND municipality_norm IS NOT NULL",
    ),
    (
        "addresses_parish_name",
        "addresses (parish_norm) WHERE deleted_at IS NULL AND parish_norm IS NOT NULL",
    ),
    (
        "contact_points_verified",
        "contact_points (kind, prospect_id) WHERE deleted_at IS NULL AND verification = 'VERIFIED'",
    ),
];

/// Of two indexes that look alike without statistics, SQLite takes the newest. These must be preferred to those that include done tasks, so
/// they are created again.
const PREFERRED: [(&str, &str); 2] = [
    ("tasks_planned_assignee", "tasks (assignee_id, due_at, id) WHERE state = 'PLANNED'"),
    ("tasks_planned", "tasks (assignee_id, type_id, due_at, id) WHERE state = 'PLANNED'"),
];

/// The start of the ownership plus the days of validity.
const FILL: &str = "UPDATE prospects SET valid_until = (SELECT i.from_at + CAST(prospects.validity_days AS BIGINT) * 86400000
    FROM owner_intervals i WHERE i.prospect_id = prospects.id AND i.to_at IS NULL)
    WHERE validity_days IS NOT NULL";

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0010_list_indexes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            // Building the indexes takes as long as there are prospects.
            ddl::run(manager, &["SET LOCAL statement_timeout = 0"]).await?;
        }
        ddl::run(manager, &["ALTER TABLE prospects ADD COLUMN valid_until BIGINT", FILL]).await?;
        replace(manager, "").await?;
        let added = ADDED.map(|(name, on)| format!("CREATE INDEX {name} ON {on}"));
        ddl::run(manager, &added.each_ref().map(String::as_str)).await?;
        for (name, on) in PREFERRED {
            ddl::run(manager, &[&format!("DROP INDEX {name}"), &format!("CREATE INDEX {name} ON {on}")]).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let indexes = ADDED.map(|(name, _)| format!("DROP INDEX {name}"));
        ddl::run(manager, &indexes.each_ref().map(String::as_str)).await?;
        replace(manager, " AND {column} IS NOT NULL").await?;
        ddl::run(manager, &["ALTER TABLE prospects DROP COLUMN valid_until"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Creates the older indexes again, over live prospects with a further condition.
async fn replace(manager: &SchemaManager<'_>, more: &str) -> Result<(), DbErr> {
    for (name, column) in REPLACED {
        let more = more.replace("{column}", column);
        let drop = format!("DROP INDEX {name}");
        let create = format!("CREATE INDEX {name} ON prospects ({column}, created_at, id) WHERE deleted_at IS NULL{more}");
        ddl::run(manager, &[&drop, &create]).await?;
    }
    Ok(())
}
