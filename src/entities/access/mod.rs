//! Users and their sessions.

pub mod idempotency_key;
pub mod login_failure;
pub mod session;
pub mod user;
