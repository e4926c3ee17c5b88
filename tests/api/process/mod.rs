//! The sales process: status, conversion, owners and tasks.

mod conversion;
mod handover;
mod ownership;
mod status;
mod tasks;
