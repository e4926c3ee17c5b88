//! Who may come in.

mod sessions;
mod users;
