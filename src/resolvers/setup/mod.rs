//! Catalogues that administrators manage, and the fixed lists.

pub mod attribute_indexes;
pub mod attributes;
pub mod catalogs;
pub mod countries;
