//! Who may come in.

mod authority;
mod keys;
mod repeats;
mod sessions;
mod sign_ins;
mod users;
