//! Work in the background and what it results in, reports and dashboards.

/// Dashboards: saved reports side by side.
pub mod dashboards;
/// Jobs: queued, listed, cancelled and retried.
pub mod jobs;
/// Reports: measures by dimensions.
pub mod reports;
/// Saved reports: found, listed and written.
pub mod saved_reports;
