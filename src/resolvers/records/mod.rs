//! Prospects, clients and what hangs from them.

/// What a prospect may have any number of, in pages.
pub mod children;
pub mod collisions;
/// Deleting prospects, and putting them back.
pub mod deletion;
/// Look-alikes of what is about to be registered.
pub mod duplicates;
/// What lists can be filtered by.
pub mod filterable;
/// Document numbers as somebody types them.
pub mod identifiers;
/// What a prospect has a bounded number of.
pub mod parts;
pub mod places;
/// The record itself: reading, listing, saving.
pub mod prospects;
/// Rows declared once for the statement and for the reader.
pub mod rows;
/// The history.
pub mod timeline;
