//! Work that runs in the background.

pub mod job;
pub mod job_row_error;
