//! What an administrator shapes, and the lists that nobody does.

pub mod catalogs;
pub mod countries;
