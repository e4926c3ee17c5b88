//! The tables of Cartera: one set of reversible migrations for SQLite and PostgreSQL.

mod ddl;
/// Migration of the canonical forms of rows.
pub mod forms;
pub mod search;

pub use m0014_canonical_forms::NAME as CANONICAL_FORMS;
pub use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// Declares the migrations, as modules and as the list of the migrator, in the order in which they run.
// `cargo fmt` does not see modules that a macro declares; `scripts/test` names their files to it.
macro_rules! migrations {
    ($($name:ident),+ $(,)?) => {
        $(mod $name;)+

        /// All migrations in the order in which they run.
        pub struct Migrator;

        #[async_trait::async_trait]
        impl MigratorTrait for Migrator {
            fn migrations() -> Vec<Box<dyn MigrationTrait>> {
                vec![$(Box::new($name::Migration)),+]
            }
        }
    };
}

migrations! {
    m0001_access,
    m0002_setup,
    m0003_records,
    m0004_timeline,
    m0005_record,
    m0006_tasks,
    m0007_keepers,
    m0008_search,
    m0009_safety,
    m0010_list_indexes,
    m0011_planning,
    m0012_sign_ins,
    m0013_series,
    m0014_canonical_forms,
    m0015_fewer_indexes,
    m0016_jobs,
    m0017_catalog_revisions,
    m0018_recorded_at,
    m0019_attributes,
    m0020_documents,
    m0021_unique_attributes,
    m0022_attribution,
    m0023_saved_reports,
    m0024_installation,
    m0025_attribute_forms,
    m0026_joined_uploads,
    m0027_medium,
}
