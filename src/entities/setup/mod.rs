//! Catalogues that administrators manage.

pub mod address_type;
pub mod attribute_definition;
pub mod channel;
pub mod customer_type;
pub mod document_type;
pub mod identifier_type;
pub mod industry;
mod list;
pub mod potential_level;
pub mod reason;
pub mod region;
pub mod revision;
pub mod sector;
pub mod segment;
pub mod source;
pub mod status;
pub mod tag;
pub mod task_type;
pub mod zone;

pub(crate) use list::catalogs;
