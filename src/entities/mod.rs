//! What is stored: one table per file, with its enums beside it. Knows nothing else.

pub mod access;
pub mod process;
pub mod records;
pub mod setup;
