//! Work that the server does by itself: jobs, and what was wrong with single rows of what a job read.
//!
//! The indexes, and what for: the next job that is due (`due`), leases that have expired (`leases`), one's own jobs (`user`), those of all
//! (`created`), those in one state and how many there are (`state`), old ones (`finished`), and one job for each period of a schedule
//! (`schedule`).

crate::ddl::migration!(
    "m0016_jobs",
    drop: ["job_row_errors", "jobs"],
    up: [
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
    ]
);
