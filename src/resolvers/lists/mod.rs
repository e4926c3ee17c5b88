//! The common parts of all lists.

/// Pages by key.
pub mod access_path;
pub mod page;

/// In its order, or at a test that few rows pass.

/// Totals.
pub mod total;
