//! What an administrator shapes.

pub mod channel;
pub mod identifier_type;
pub mod potential_level;
pub mod reason;
pub mod revision;
pub mod segment;
pub mod source;
pub mod status;
pub mod task_type;
