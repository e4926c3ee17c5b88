//! Catalogues.

mod catalogs;
mod first_start;
mod identifier_types;
mod revisions;
mod zones;
