//! Work that runs in the background, saved reports and dashboards.

pub mod dashboard;
pub mod job;
pub mod job_row_error;
pub mod saved_report;
