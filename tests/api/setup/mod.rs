//! What administrators shape.

mod catalogs;
mod first_start;
