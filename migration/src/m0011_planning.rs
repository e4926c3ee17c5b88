//! Lists with a million prospects: indexes for rare conditions, and SQLite's statistics.
//!
//! Without statistics SQLite takes all indexes for equally selective: of two that begin with an equality it may read all notes rather than
//! the entries of one prospect. Statistics gathered from the records would change its plans from day to day, and statistics of values make
//! it plan again for each of them. So fixed statistics of a database with a million prospects are written once, which is the size at which
//! plans matter.

use sea_orm_migration::prelude::{DbErr, MigrationName, MigrationTrait, SchemaManager};
use sea_orm_migration::sea_orm::DbBackend;

use crate::ddl;

pub struct Migration;

/// Also of addresses without these.
const WIDENED: [(&str, &str); 2] = [
    ("addresses_municipality_name", "municipality_norm"),
    ("addresses_parish_name", "parish_norm"),
];

/// A statement is answered by these only where it has their condition in its own words.
const ADDED: [(&str, &str); 2] = [
    ("cycles_kind", "cycles (kind, prospect_id) WHERE kind <> 'NEW'"),
    ("tasks_state", "tasks (state, due_at, id) WHERE state <> 'PLANNED'"),
];

/// A line for each index of a growing table: the table, the index, its entries, and how many of them share the first column, the first two,
/// and so on. Counted in the demo's data, where 20 people own a million prospects with ten million entries, and rounded.
///
/// Two things differ from the counts. More than a thousand equal values, except of the same owner, are written as a hundredth: SQLite does
/// not take into account that a statement needs only the first few, and would scan a whole table rather than begin at an index. And a tenth
/// of the rows is declared as removed, so that an index of the others is cheaper.
///
/// A later index adds its line in its own migration, and a test checks it.
const EXPECTED: &str = "\
addresses addresses_city 720000 1000 240 1\n\
addresses addresses_city_name 720000 250\n\
addresses addresses_municipality 720000 1000 240 1\n\
addresses addresses_municipality_name 720000 240\n\
addresses addresses_parish 330000 3700 410 1\n\
addresses addresses_parish_name 720000 800\n\
addresses addresses_prospect 800000 2\n\
addresses addresses_region 360000 800 1\n\
addresses addresses_sector 430000 240 1\n\
addresses addresses_type 500000 930 1\n\
addresses addresses_zone 430000 960 1\n\
addresses sqlite_autoindex_addresses_1 800000 1\n\
clients clients_level 200000 500\n\
clients clients_since 200000 1 1\n\
clients sqlite_autoindex_clients_1 200000 1\n\
contact_points contact_points_prospect 3100000 4\n\
contact_points contact_points_value 3100000 16000 1\n\
contact_points contact_points_verified 840000 4700 2\n\
contact_points sqlite_autoindex_contact_points_1 3100000 1\n\
contacts contacts_main 420000 1\n\
contacts contacts_name 630000 2\n\
contacts contacts_prospect 630000 2\n\
contacts sqlite_autoindex_contacts_1 630000 1\n\
cycles cycles_closed 1000000 2\n\
cycles cycles_kind 18000 46 1\n\
cycles cycles_open 430000 1\n\
cycles cycles_opened 1000000 1\n\
cycles cycles_prospect 1000000 1 1 1\n\
cycles cycles_reason 370000 340\n\
cycles cycles_status 1000000 1500\n\
cycles sqlite_autoindex_cycles_1 1000000 1\n\
entry_changes sqlite_autoindex_entry_changes_1 2900000 1\n\
identifiers identifiers_number 650000 520 480 1\n\
identifiers identifiers_number_norm 730000 1\n\
identifiers identifiers_prospect 730000 1\n\
identifiers sqlite_autoindex_identifiers_1 730000 1\n\
interactions sqlite_autoindex_interactions_1 3400000 1\n\
note_versions note_versions_note 83000 1 1\n\
note_versions sqlite_autoindex_note_versions_1 83000 1\n\
notes sqlite_autoindex_notes_1 2800000 1\n\
operations operations_prospect 210000 1 1\n\
operations sqlite_autoindex_operations_1 210000 1\n\
owner_intervals owner_intervals_open 950000 1\n\
owner_intervals owner_intervals_prospect 1000000 1 1\n\
owner_intervals sqlite_autoindex_owner_intervals_1 1000000 1\n\
prospect_tags prospect_tags_tag 770000 640 1\n\
prospect_tags sqlite_autoindex_prospect_tags_1 770000 2 1\n\
prospects prospects_activity 900000 1 1\n\
prospects prospects_channel 900000 2000 1 1\n\
prospects prospects_clients 180000 1 1\n\
prospects prospects_created 900000 1 1\n\
prospects prospects_customer_type 900000 1400 1 1\n\
prospects prospects_deleted 100000 1 1\n\
prospects prospects_first_contact 900000 3 1\n\
prospects prospects_industry 900000 620 1 1\n\
prospects prospects_interest 900000 2500 1 1\n\
prospects prospects_legal_name 900000 6 1\n\
prospects prospects_level 900000 2000 1 1\n\
prospects prospects_name 900000 3 1\n\
prospects prospects_owner_activity 900000 48000 1 1\n\
prospects prospects_owner_channel 900000 48000 95 1 1\n\
prospects prospects_owner_clients 180000 9600 1 1\n\
prospects prospects_owner_created 900000 48000 1 1\n\
prospects prospects_owner_name 900000 48000 2 1\n\
prospects prospects_owner_status 900000 48000 68 1 1\n\
prospects prospects_rating 900000 1700 1 1\n\
prospects prospects_segment 900000 1700 1 1\n\
prospects prospects_silent 72000 1 1\n\
prospects prospects_source 900000 1100 1 1\n\
prospects prospects_status 900000 1400 1 1\n\
prospects prospects_valid_until 130000 1 1\n\
prospects prospects_validity 140000 380 1\n\
prospects prospects_websites 220000 1 1\n\
prospects sqlite_autoindex_prospects_1 1000000 1\n\
search_documents sqlite_autoindex_search_documents_1 1000000 1\n\
status_intervals sqlite_autoindex_status_intervals_1 2600000 1\n\
status_intervals status_intervals_open 1000000 1\n\
status_intervals status_intervals_prospect 2600000 3 1\n\
tasks sqlite_autoindex_tasks_1 510000 1\n\
tasks tasks_assignee 510000 240 1 1\n\
tasks tasks_due 510000 1 1\n\
tasks tasks_planned 150000 72 800 1 1\n\
tasks tasks_planned_assignee 150000 72 1 1\n\
tasks tasks_planned_due 150000 1 1\n\
tasks tasks_planned_prospect 150000 1 1 1\n\
tasks tasks_planned_type 150000 170 1 1\n\
tasks tasks_prospect 510000 2 1 1\n\
tasks tasks_state 350000 1800 1 1\n\
tasks tasks_type 510000 560 1 1\n\
timeline_entries sqlite_autoindex_timeline_entries_1 10000000 1\n\
timeline_entries timeline_entries_actor 10000000 4500 1 1\n\
timeline_entries timeline_entries_kind 10000000 14000 1 1\n\
timeline_entries timeline_entries_pinned 27000 1 1\n\
timeline_entries timeline_entries_prospect 10000000 10 1 1\n\
timeline_entries timeline_entries_time 10000000 1 1\n\
touches sqlite_autoindex_touches_1 2000000 1\n\
touches touches_at 2000000 10000 1\n\
touches touches_prospect 2000000 2 1\n\
touches touches_source 2000000 2200 1100";

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0011_planning"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            // Building the indexes takes as long as there are rows.
            ddl::run(manager, &["SET LOCAL statement_timeout = 0"]).await?;
        }
        widen(manager, "").await?;
        for (name, on) in ADDED {
            ddl::run(manager, &[&format!("CREATE INDEX {name} ON {on}")]).await?;
        }
        if manager.get_database_backend() == DbBackend::Sqlite {
            forget(manager).await?;
            let lines: Vec<String> = EXPECTED.lines().map(line).collect();
            let expect = format!("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES {}", lines.join(", "));
            // Loaded by this connection; the others load it with the new indexes.
            ddl::run(manager, &[&expect, "ANALYZE sqlite_schema"]).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            forget(manager).await?;
        }
        for (name, _) in ADDED {
            ddl::run(manager, &[&format!("DROP INDEX {name}")]).await?;
        }
        widen(manager, " AND {column} IS NOT NULL").await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Deletes all statistics, those of values included, in tables that exist afterwards.
async fn forget(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    ddl::run(
        manager,
        &["ANALYZE sqlite_schema", "DELETE FROM sqlite_stat1", "DELETE FROM sqlite_stat4"],
    )
    .await
}

fn line(text: &str) -> String {
    let mut words = text.splitn(3, ' ');
    let mut word = || words.next().unwrap_or_default();
    format!("('{}', '{}', '{}')", word(), word(), word())
}

/// Creates the older indexes again, over live addresses with a further condition.
async fn widen(manager: &SchemaManager<'_>, more: &str) -> Result<(), DbErr> {
    for (name, column) in WIDENED {
        let more = more.replace("{column}", column);
        let drop = format!("DROP INDEX {name}");
        let create = format!("CREATE INDEX {name} ON addresses ({column}) WHERE deleted_at IS NULL{more}");
        ddl::run(manager, &[&drop, &create]).await?;
    }
    Ok(())
}
