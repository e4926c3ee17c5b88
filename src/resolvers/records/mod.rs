//! Prospects, clients and what hangs from them.

/// What concerns somebody who leaves, found and locked.
mod charge;
/// What a prospect may have any number of, in pages.
pub mod children;
pub mod collisions;
/// Winning, and taking a win back.
pub mod conversion;
/// The sales process over a prospect: cycles and their amounts.
pub mod cycles;
/// Deleting prospects, and putting them back.
pub mod deletion;
/// Look-alikes of what is about to be registered.
pub mod duplicates;
/// What lists can be filtered by.
pub mod filterable;
/// What becomes of the records of somebody who leaves.
pub mod handover;
/// Document numbers as somebody types them.
pub mod identifiers;
/// Whoever is given a prospect or a task.
mod keepers;
/// Who is responsible for a prospect.
pub mod ownership;
/// What a prospect has a bounded number of.
pub mod parts;
pub mod places;
/// The record itself: reading, listing, saving.
pub mod prospects;
/// Rows declared once for the statement and for the reader.
pub mod rows;
/// Changes of status.
pub mod status;
/// What becomes of the tasks of somebody who is an administrator no more.
pub mod step_down;
/// What is to be done.
pub mod tasks;
/// The history.
pub mod timeline;
