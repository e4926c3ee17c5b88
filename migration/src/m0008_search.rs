//! Finding prospects: their search documents with an index of trigrams, and indexes for filters, orders and the whole history.

use sea_orm_migration::prelude::{DbErr, MigrationName, MigrationTrait, SchemaManager};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::ddl;

pub struct Migration;

/// On tables that are older than this migration, by the names under which they are dropped.
const INDEXES: [(&str, &str); 14] = [
    (
        "prospects_owner_status",
        "prospects (owner_id, status_id, created_at, id) WHERE deleted_at IS NULL",
    ),
    (
        "prospects_owner_channel",
        "prospects (owner_id, channel_id, created_at, id) WHERE deleted_at IS NULL",
    ),
    (
        "prospects_first_contact",
        "prospects (first_contact_at, id) WHERE deleted_at IS NULL",
    ),
    ("prospects_legal_name", "prospects (legal_name_norm, id) WHERE deleted_at IS NULL"),
    ("clients_level", "clients (potential_level_id)"),
    ("contacts_name", "contacts (name_norm)"),
    ("addresses_city_name", "addresses (city_norm)"),
    ("touches_source", "touches (source_id, place)"),
    ("cycles_closed", "cycles (closed_at)"),
    ("cycles_opened", "cycles (opened_at)"),
    ("timeline_entries_time", "timeline_entries (occurred_at DESC, id DESC)"),
    ("timeline_entries_actor", "timeline_entries (actor_id, occurred_at DESC, id DESC)"),
    ("timeline_entries_kind", "timeline_entries (kind, occurred_at DESC, id DESC)"),
    (
        "timeline_entries_pinned",
        "timeline_entries (occurred_at DESC, id DESC) WHERE pinned_at IS NOT NULL",
    ),
];

/// The index keeps trigrams without their places, a third of the size: what it finds is compared with the document itself.
const SQLITE: [&str; 5] = [
    "CREATE TABLE search_documents (
        number INTEGER PRIMARY KEY,
        prospect_id BLOB NOT NULL UNIQUE REFERENCES prospects (id),
        document TEXT NOT NULL
    )",
    "CREATE VIRTUAL TABLE search_index USING fts5 (
        document, content = 'search_documents', content_rowid = 'number',
        tokenize = 'trigram case_sensitive 1', detail = 'none', columnsize = 0
    )",
    "CREATE TRIGGER search_documents_added AFTER INSERT ON search_documents BEGIN
        INSERT INTO search_index (rowid, document) VALUES (new.number, new.document);
    END",
    "CREATE TRIGGER search_documents_removed AFTER DELETE ON search_documents BEGIN
        INSERT INTO search_index (search_index, rowid, document) VALUES ('delete', old.number, old.document);
    END",
    "CREATE TRIGGER search_documents_changed AFTER UPDATE ON search_documents BEGIN
        INSERT INTO search_index (search_index, rowid, document) VALUES ('delete', old.number, old.document);
        INSERT INTO search_index (rowid, document) VALUES (new.number, new.document);
    END",
];

const POSTGRES_TABLE: &str = "CREATE TABLE search_documents (
    prospect_id uuid NOT NULL PRIMARY KEY REFERENCES prospects (id),
    document text COLLATE \"C\" NOT NULL
)";
/// Pending entries of the index are searched row by row, so their number is kept small.
const POSTGRES_INDEX: &str = "CREATE INDEX search_documents_trigrams ON search_documents
    USING gin (document gin_trgm_ops) WITH (gin_pending_list_limit = 512)";

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0008_search"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The documents are written with the canonical forms of what they are made of.
        match manager.get_database_backend() {
            DbBackend::Postgres => {
                have_trigrams(manager).await?;
                ddl::run(manager, &[POSTGRES_TABLE, POSTGRES_INDEX]).await?;
            }
            _ => ddl::run(manager, &SQLITE).await?,
        }
        let indexes = INDEXES.map(|(name, on)| format!("CREATE INDEX {name} ON {on}"));
        ddl::run(manager, &indexes.each_ref().map(String::as_str)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let indexes = INDEXES.map(|(name, _)| format!("DROP INDEX {name}"));
        ddl::run(manager, &indexes.each_ref().map(String::as_str)).await?;
        // The extension stays: something else in the database may use it by now.
        match manager.get_database_backend() {
            DbBackend::Postgres => ddl::drop_tables(manager, &["search_documents"]).await,
            _ => ddl::drop_tables(manager, &["search_index", "search_documents"]).await,
        }
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Installs PostgreSQL's extension for trigrams; without the permission, the error has the remedy.
async fn have_trigrams(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let database = manager.get_connection();
    let question = Statement::from_string(DbBackend::Postgres, "SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'");
    if database.query_one_raw(question).await?.is_some() {
        return Ok(());
    }
    let installed = database.execute_unprepared("CREATE EXTENSION pg_trgm").await;
    installed.map(drop).map_err(|error| {
        DbErr::Migration(format!(
            "Cartera needs the extension pg_trgm, which comes with PostgreSQL (on some systems in a package called postgresql-contrib), \
             and could not install it: {error}. Let the owner of the database run `CREATE EXTENSION pg_trgm`, and start again"
        ))
    })
}
