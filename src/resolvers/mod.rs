//! What the CRM can do: plain functions `(cx, arguments) -> Result<…>` that own transactions and visibility.

/// How a write is carried out, and repeated.
pub mod calls;

/// Pages of a list by key.
pub mod page;

/// How many rows a list has.
pub mod total;

/// Tests that filters put to columns.
pub mod filter;

/// Users, sessions and credentials.
pub mod access;

/// Catalogues, shaped by administrators.
pub mod setup;

/// Prospects, clients and what hangs from them.
pub mod records;
