//! Jobs of documents: thumbnails of new ones, and the sweep of the storage.

/// Compares the storage with the rows.
pub mod check;
/// Removes deleted documents, abandoned uploads and files without a row.
mod sweep;
/// Makes thumbnails.
mod thumbnail;

pub use crate::resolvers::records::documents::thumbnails::KIND as THUMBNAIL;
pub use sweep::{KIND as SWEEP, Sweep};
pub use thumbnail::MakeThumbnail;

use super::schedule::Schedule;

/// The sweep comes once a day.
pub fn schedules() -> Vec<Schedule> {
    vec![Schedule {
        name: SWEEP,
        kind: SWEEP,
        every: 24 * 60 * 60 * 1000,
    }]
}
