//! What the CRM can do: plain functions `(cx, arguments) -> Result<…>` that own transactions and visibility.

/// Writes under an idempotency key.
pub mod idempotency;

/// Tests that filters put to columns.
pub mod filter;

/// Open text.
pub mod search;

/// What every list does: where it starts, its pages and its length.
pub mod lists;

/// Users, sessions and credentials.
pub mod access;

/// Catalogues, shaped by administrators.
pub mod setup;

/// Prospects, clients and what hangs from them.
pub mod records;

/// Status, cycles, conversion, owners and tasks.
pub mod process;
