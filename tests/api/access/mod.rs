//! Who may come in.

mod handover;
mod keys;
mod repeats;
mod sessions;
mod users;
