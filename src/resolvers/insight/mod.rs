//! Work in the background, and what it results in.

/// Jobs: queued, listed, cancelled and retried.
pub mod jobs;
