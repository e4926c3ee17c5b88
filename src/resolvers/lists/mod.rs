//! The common parts of all lists.

/// Access paths: the scan of the index of an order, or a condition that few rows pass.
pub mod access_path;
mod cursor;
mod keyset;
mod order;
/// Pages by key.
pub mod page;
mod ranges;
/// Totals.
pub mod total;
