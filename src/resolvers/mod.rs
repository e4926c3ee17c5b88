//! The behaviour of the CRM: plain functions `(cx, arguments) -> Result<…>` that own transactions and visibility.

/// Writes under an idempotency key.
pub mod idempotency;

/// Tests that filters put to columns.
pub mod filter;

/// Open text.
pub mod search;

/// The common parts of all lists: access path, pages and totals.
pub mod lists;

/// Jobs that are queued in the transaction of their cause.
pub mod queue;

/// Users, sessions and credentials.
pub mod access;

/// Catalogues, shaped by administrators.
pub mod setup;

/// Prospects, clients and their child rows.
pub mod records;

/// Work in the background.
pub mod insight;
/// Status, cycles, conversion, owners and tasks.
pub mod process;
