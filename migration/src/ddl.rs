//! Table definitions as text, with the few types that the two databases spell differently filled in.

use sea_orm_migration::prelude::{DbErr, SchemaManager};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// Runs each statement; `{id}`, `{bytes}`, `{norm}`, `{json}` and `{jsonb}` become the types of the database.
///
/// `{norm}` is text compared bytewise, so that both databases order and search it alike. `{jsonb}` is JSON whose values are read by key in queries.
pub async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    let types = match manager.get_database_backend() {
        DbBackend::Postgres => [
            ("{id}", "uuid"),
            ("{bytes}", "bytea"),
            ("{norm}", "text COLLATE \"C\""),
            ("{json}", "json"),
            ("{jsonb}", "jsonb"),
        ],
        _ => [
            ("{id}", "BLOB"),
            ("{bytes}", "BLOB"),
            ("{norm}", "TEXT"),
            ("{json}", "TEXT"),
            ("{jsonb}", "TEXT"),
        ],
    };
    for statement in statements {
        let text = types
            .iter()
            .fold((*statement).to_owned(), |text, (placeholder, name)| text.replace(placeholder, name));
        manager.get_connection().execute_unprepared(&text).await?;
    }
    Ok(())
}

/// Lets the statements of the migration take as long as there are rows.
pub async fn take_time(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Postgres {
        run(manager, &["SET LOCAL statement_timeout = 0"]).await?;
    }
    Ok(())
}

/// Drops the tables in the given order.
pub async fn drop_tables(manager: &SchemaManager<'_>, tables: &[&str]) -> Result<(), DbErr> {
    for table in tables {
        manager.get_connection().execute_unprepared(&format!("DROP TABLE {table}")).await?;
    }
    Ok(())
}

/// Declares a migration that runs `$up` in one transaction, and is reverted by dropping the tables of `drop` or by running `$down`.
macro_rules! migration {
    ($name:literal, drop: [$($table:literal),+ $(,)?], up: [$($up:expr),+ $(,)?]) => {
        $crate::ddl::migration!(@ $name, [$($up),+], $crate::ddl::drop_tables, [$($table),+]);
    };
    ($name:literal, up: [$($up:expr),+ $(,)?], down: [$($down:expr),+ $(,)?]) => {
        $crate::ddl::migration!(@ $name, [$($up),+], $crate::ddl::run, [$($down),+]);
    };
    (@ $name:literal, $up:expr, $take_back:path, $what:expr) => {
        pub struct Migration;

        impl sea_orm_migration::MigrationName for Migration {
            fn name(&self) -> &str {
                $name
            }
        }

        #[async_trait::async_trait]
        impl sea_orm_migration::MigrationTrait for Migration {
            async fn up(&self, manager: &sea_orm_migration::SchemaManager) -> Result<(), sea_orm_migration::prelude::DbErr> {
                $crate::ddl::take_time(manager).await?;
                $crate::ddl::run(manager, &$up).await
            }

            async fn down(&self, manager: &sea_orm_migration::SchemaManager) -> Result<(), sea_orm_migration::prelude::DbErr> {
                $take_back(manager, &$what).await
            }

            fn use_transaction(&self) -> Option<bool> {
                Some(true)
            }
        }
    };
}
pub(crate) use migration;
