//! Prospects, clients and their child rows.

/// Values of attributes: read, checked against what is stored, and written.
pub mod attributes;
/// Lists of child rows over all visible prospects.
pub mod child_list;
/// Unbounded child rows of a prospect, in pages.
pub mod children;
pub mod collisions;
/// Changes of definitions that concern stored values.
pub mod definitions;
/// Deletion and restoration of prospects.
pub mod deletion;
/// Files of prospects.
pub mod documents;
/// Possible duplicates of a record that is being entered.
pub mod duplicates;
/// The filterable columns of lists.
pub mod filterable;
/// Look-up of document numbers while they are typed.
pub mod identifiers;
/// Author and time of changes, and what they leave behind.
pub mod journal;
/// Bounded child rows of a prospect.
pub mod parts;
pub mod places;
/// The record itself: reading, listing, saving.
pub mod prospects;
/// Rows declared once for the statement and for the reader.
pub mod rows;
/// The timeline.
pub mod timeline;
