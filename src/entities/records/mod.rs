//! Prospects, clients and their child rows.

pub mod address;
pub mod attribute_value;
pub mod client;
pub mod collision;
pub mod contact;
pub mod contact_point;
pub mod document;
pub mod entry_change;
pub mod identifier;
pub mod interaction;
pub mod note;
pub mod note_version;
pub mod operation;
pub mod prospect;
pub mod prospect_tag;
pub mod search_document;
pub mod timeline_entry;
pub mod touch;
pub mod upload;
pub mod upload_part;
