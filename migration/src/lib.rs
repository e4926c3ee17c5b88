//! The tables of Cartera: one set of reversible migrations for SQLite and PostgreSQL.

mod ddl;
/// Migration of the canonical forms of rows.
pub mod forms;
mod m0001_access;
mod m0002_setup;
mod m0003_records;
mod m0004_timeline;
mod m0005_record;
mod m0006_tasks;
mod m0007_keepers;
mod m0008_search;
mod m0009_safety;
mod m0010_list_indexes;
mod m0011_planning;
mod m0012_sign_ins;
mod m0013_series;
mod m0014_canonical_forms;
mod m0015_fewer_indexes;
mod m0016_jobs;
mod m0017_catalog_revisions;
mod m0018_recorded_at;
pub mod search;

pub use m0014_canonical_forms::NAME as CANONICAL_FORMS;
pub use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// All migrations in the order in which they run.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_access::Migration),
            Box::new(m0002_setup::Migration),
            Box::new(m0003_records::Migration),
            Box::new(m0004_timeline::Migration),
            Box::new(m0005_record::Migration),
            Box::new(m0006_tasks::Migration),
            Box::new(m0007_keepers::Migration),
            Box::new(m0008_search::Migration),
            Box::new(m0009_safety::Migration),
            Box::new(m0010_list_indexes::Migration),
            Box::new(m0011_planning::Migration),
            Box::new(m0012_sign_ins::Migration),
            Box::new(m0013_series::Migration),
            Box::new(m0014_canonical_forms::Migration),
            Box::new(m0015_fewer_indexes::Migration),
            Box::new(m0016_jobs::Migration),
            Box::new(m0017_catalog_revisions::Migration),
            Box::new(m0018_recorded_at::Migration),
        ]
    }
}
