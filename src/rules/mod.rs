//! Pure decisions: is this value legal, may this status follow that one. No database, no async.

/// What an account may look like.
pub mod access;
/// Check digits of document numbers.
pub mod check_digits;
/// Lengths and ranges of what people type.
pub mod limits;
/// Money as integer minor units.
pub mod money;
/// Periods counted from today.
pub mod periods;
/// E-mails and phones.
pub mod points;
/// Which status may follow which.
pub mod process;
/// What a prospect may be given beside its name: stars, days, web sites.
pub mod profile;
/// Tasks that repeat.
pub mod recurrence;
/// What somebody searches for.
pub mod search;
/// What an entry of a catalogue may look like.
pub mod setup;
