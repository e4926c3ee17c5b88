//! The sales process: what happens to prospects, and who is responsible for them.

/// Users who may be given a prospect or a task.
mod assignees;
/// Winning a prospect as a client, and taking a win back.
pub mod conversion;
/// Cycles and their amounts.
pub mod cycles;
/// Administrators who become salespeople.
pub mod demotion;
/// What becomes of the records of a user who leaves.
pub mod handover;
/// Owners of prospects.
pub mod ownership;
/// The prospects that concern a user, found and locked.
mod portfolio;
/// New prospects, with their first owner, status and task.
pub mod registration;
/// Changes of status.
pub mod status;
/// What is to be done.
pub mod tasks;
