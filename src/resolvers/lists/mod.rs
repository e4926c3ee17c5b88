//! What every list does, whatever its rows are.

/// Pages by key.
pub mod page;

/// In its order, or at a test that few rows pass.
pub mod start;

/// How many rows there are.
pub mod total;
