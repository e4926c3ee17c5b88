//! Work in the background and what it results in, and reports.

/// Jobs: queued, listed, cancelled and retried.
pub mod jobs;
/// Reports: measures by dimensions.
pub mod reports;
