//! The common parts of all lists.

/// Pages by key.
pub mod page;

/// In its order, or at a test that few rows pass.
pub mod start;

/// Totals.
pub mod total;
