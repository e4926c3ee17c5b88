//! Users, how they sign in and out, and the keys of their programs.

pub mod attempts;
pub mod authentication;
pub mod keys;
pub mod passwords;
pub mod revision;
pub mod sessions;
pub mod users;
