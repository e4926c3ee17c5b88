//! Catalogues that administrators manage, and the fixed lists.

pub mod catalogs;
pub mod countries;
