//! The fields of documents, beside those of their prospects: a line each.

use super::fields::{Field, FieldEntry, FieldType, both, dimension};
use crate::text::language::Words;

use FieldType::{Choice, Entry, Integer, Text, Time, User};

/// In the order of menus.
pub const FIELDS: &[FieldEntry] = &[
    dimension(
        Field::DocumentType,
        "document_type",
        ["Type of document", "Tipo de documento"],
        Entry,
    ),
    dimension(Field::MediaType, "media_type", ["Media type", "Tipo de archivo"], Text),
    dimension(Field::CarrierKind, "carrier_kind", ["Carried by", "Adjunto a"], Choice(CARRIERS)),
    dimension(Field::UploadedBy, "uploaded_by", ["Uploaded by", "Subido por"], User),
    dimension(Field::DocumentCreatedAt, "document_created_at", ["Upload", "Carga"], Time),
    both(Field::DocumentSize, "document_size", ["Size", "Tamaño"], Integer),
];

const CARRIERS: &[(&str, Words)] = &[
    ("PROSPECT", ["Prospect", "Prospecto"]),
    ("CONTACT", ["Contact", "Contacto"]),
    ("TASK", ["Task", "Tarea"]),
    ("NOTE", ["Note", "Nota"]),
    ("INTERACTION", ["Interaction", "Interacción"]),
];
