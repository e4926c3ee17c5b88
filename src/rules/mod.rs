//! Pure decisions: is this value legal, may this status follow that one. No database, no async.

/// Rules of accounts.
pub mod access;
/// Custom attributes: what a definition means, and what values it accepts.
pub mod attributes;
/// IP addresses and click IDs of touches.
pub mod attribution;
/// Check digits of document numbers.
pub mod check_digits;
/// Dashboards: tiles on a grid.
pub mod dashboards;
/// Names and thumbnails of documents.
pub mod documents;
/// The life of a job.
pub mod jobs;
/// Lengths and ranges of what people type.
pub mod limits;
/// Money as integer minor units.
pub mod money;
/// A value of an update: kept, cleared, or set.
pub mod patch;
/// Periods counted from today.
pub mod periods;
/// E-mails and phones.
pub mod points;
/// Transitions of statuses.
pub mod process;
/// Rules of the profile of a prospect: rating, validity, web sites.
pub mod profile;
/// Tasks that repeat.
pub mod recurrence;
/// Reports: what can be asked, and whether a request may be.
pub mod reports;
/// Parsing of search texts.
pub mod search;
/// Rules of catalogue entries.
pub mod setup;
