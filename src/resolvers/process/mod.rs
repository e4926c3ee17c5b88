//! The sales process: status, conversion, cycles, owners and tasks of prospects.

/// Users who may be given a prospect or a task.
mod assignees;
/// Attributes of clients while wins are made and undone.
mod client_attributes;
/// Data of clients: the level and the attributes.
pub mod clients;
/// Conversion: winning a prospect, and undoing a win.
pub mod conversion;
/// Cycles and their amounts.
pub mod cycles;
/// Administrators who become salespeople.
pub mod demotion;
/// Transfer of the records of a user who is deactivated.
pub mod handover;
/// Owners of prospects.
pub mod ownership;
/// The prospects of a user, found and locked.
mod portfolio;
/// New prospects, with their first owner, status and task.
pub mod registration;
/// What a win replaces of a client.
mod replaced;
/// Changes of status.
pub mod status;
/// Tasks.
pub mod tasks;
