//! Who may come in.

mod handover;
mod keys;
mod sessions;
mod users;
