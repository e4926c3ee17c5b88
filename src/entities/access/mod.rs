//! Users and their sessions.

pub mod login_failure;
pub mod session;
pub mod user;
