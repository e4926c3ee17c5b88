//! Work that the server does by itself: jobs, and what was wrong with single rows of what a job read.
//!
//! The indexes, and what for: the next job that is due (`due`), leases that have expired (`leases`), one's own jobs (`user`), those of all
//! (`created`), those in one state and how many there are (`state`), old ones (`finished`), and one job for each period of a schedule
//! (`schedule`).

use sea_orm_migration::prelude::{DbErr, MigrationName, MigrationTrait, SchemaManager};
use sea_orm_migration::sea_orm::DbBackend;

use crate::ddl;

pub struct Migration;

const UP: &[&str] = &[
    "CREATE TABLE jobs (
        id {id} NOT NULL PRIMARY KEY,
        kind TEXT NOT NULL,
        user_id {id} REFERENCES users (id),
        state TEXT NOT NULL,
        payload {json} NOT NULL,
        checkpoint {json},
        progress_done BIGINT NOT NULL,
        progress_total BIGINT,
        row_errors BIGINT NOT NULL,
        result_url TEXT,
        error_code TEXT,
        error_message TEXT,
        attempts INTEGER NOT NULL,
        max_attempts INTEGER NOT NULL,
        run_after BIGINT NOT NULL,
        lease_owner {id},
        lease_until BIGINT,
        cancel_requested_at BIGINT,
        schedule TEXT,
        period BIGINT,
        created_at BIGINT NOT NULL,
        started_at BIGINT,
        finished_at BIGINT,
        updated_at BIGINT NOT NULL
    )",
    "CREATE INDEX jobs_due ON jobs (run_after, id) WHERE state = 'QUEUED'",
    "CREATE INDEX jobs_leases ON jobs (lease_until, id) WHERE state = 'RUNNING'",
    "CREATE INDEX jobs_user ON jobs (user_id, created_at, id)",
    "CREATE INDEX jobs_created ON jobs (created_at, id)",
    "CREATE INDEX jobs_state ON jobs (state, created_at, id)",
    "CREATE INDEX jobs_finished ON jobs (finished_at, id) WHERE finished_at IS NOT NULL",
    "CREATE UNIQUE INDEX jobs_schedule ON jobs (schedule, period) WHERE schedule IS NOT NULL",
    "CREATE TABLE job_row_errors (
        id {id} NOT NULL PRIMARY KEY,
        job_id {id} NOT NULL REFERENCES jobs (id),
        row_number BIGINT NOT NULL,
        column_name TEXT,
        code TEXT NOT NULL,
        message TEXT NOT NULL
    )",
    "CREATE INDEX job_row_errors_job ON job_row_errors (job_id, row_number, id)",
];

/// Statistics for SQLite, as in `m0011_planning`: without them it would look for due jobs among all that were ever queued.
const EXPECT: &str = "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES \
    ('job_row_errors', 'job_row_errors_job', '100000 100 1 1'), \
    ('job_row_errors', 'sqlite_autoindex_job_row_errors_1', '100000 1'), \
    ('jobs', 'jobs_created', '10000 1 1'), \
    ('jobs', 'jobs_due', '20 1 1'), \
    ('jobs', 'jobs_finished', '10000 1 1'), \
    ('jobs', 'jobs_leases', '5 1 1'), \
    ('jobs', 'jobs_schedule', '3000 800 1'), \
    ('jobs', 'jobs_state', '10000 3000 1 1'), \
    ('jobs', 'jobs_user', '10000 100 1 1'), \
    ('jobs', 'sqlite_autoindex_jobs_1', '10000 1')";

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0016_jobs"
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
        ddl::drop_tables(manager, &["job_row_errors", "jobs"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
