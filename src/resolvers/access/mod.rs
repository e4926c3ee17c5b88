//! Users, and how they sign in and out.

pub mod attempts;
pub mod revision;
pub mod sessions;
pub mod users;
