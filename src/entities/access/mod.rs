//! Users, their sessions, and the keys of their programs.

pub mod api_key;
pub mod idempotency_key;
pub mod installation;
pub mod login_failure;
pub mod session;
pub mod signing_key;
pub mod user;
