//! The stored tables: one per file, with its enums. Depends on nothing else.

pub mod access;
pub mod insight;
pub mod process;
pub mod records;
pub mod setup;
