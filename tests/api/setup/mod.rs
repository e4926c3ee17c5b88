//! Catalogues and definitions of attributes.

mod attribute_changes;
mod attribute_forms;
mod attribute_index_jobs;
mod attribute_indexes;
mod attribute_races;
mod attributes;
mod catalogs;
mod first_start;
mod identifier_types;
mod revisions;
mod typed_attributes;
mod zones;
