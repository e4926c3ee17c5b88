//! The sales process: status, conversion, owners and tasks.

mod client_attributes;
mod conversion;
mod handover;
mod ownership;
mod status;
mod tasks;
mod undone_wins;
