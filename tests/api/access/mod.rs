//! Users, sessions and API keys.

mod authority;
mod keys;
mod repeats;
mod sessions;
mod sign_ins;
mod users;
