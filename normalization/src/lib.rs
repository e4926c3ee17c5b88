//! Comparison of values: one normal form of each text, stored next to it and compared bytewise.

/// E-mails and phones as a table keeps them.
pub mod contact_point;
/// Document numbers.
pub mod document_number;
/// The forms before `m0014_canonical_forms`.
pub mod earlier;
/// E-mails.
pub mod email;
/// Phone numbers.
pub mod phone;
/// Names, places, tags and searched words.
pub mod text;
