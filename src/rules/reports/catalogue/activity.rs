//! The fields of timeline entries, beside those of their prospects: a line each.

use super::fields::{Field, FieldEntry, FieldType, dimension, number};
use crate::text::language::Words;

use FieldType::{Choice, Duration, Time, User};

/// In the order of menus.
pub const FIELDS: &[FieldEntry] = &[
    dimension(Field::EntryKind, "entry_kind", ["Kind of entry", "Tipo de entrada"], Choice(KINDS)),
    dimension(Field::Actor, "actor", ["Caused by", "Causada por"], User),
    dimension(Field::OccurredAt, "occurred_at", ["Time", "Momento"], Time),
    dimension(
        Field::InteractionType,
        "interaction_type",
        ["Form of the interaction", "Forma de la interacción"],
        Choice(TYPES),
    ),
    dimension(
        Field::InteractionDirection,
        "interaction_direction",
        ["Direction of the interaction", "Dirección de la interacción"],
        Choice(DIRECTIONS),
    ),
    dimension(
        Field::InteractionOutcome,
        "interaction_outcome",
        ["Outcome of the interaction", "Resultado de la interacción"],
        Choice(OUTCOMES),
    ),
    number(
        Field::InteractionDuration,
        "interaction_duration",
        ["Duration of the interaction", "Duración de la interacción"],
        Duration,
    ),
];

const KINDS: &[(&str, Words)] = &[
    ("CREATED", ["Registration", "Registro"]),
    ("NOTE", ["Note", "Nota"]),
    ("INTERACTION", ["Interaction", "Interacción"]),
    ("STATUS_CHANGE", ["Change of status", "Cambio de estatus"]),
    ("OWNER_CHANGE", ["Change of owner", "Cambio de propietario"]),
    ("FIELD_CHANGE", ["Change of fields", "Cambio de campos"]),
    ("TASK", ["Task", "Tarea"]),
    ("DOCUMENT", ["Document", "Documento"]),
    ("DUPLICATE_ATTEMPT", ["Possible duplicate", "Posible duplicado"]),
    ("DELETED", ["Deletion", "Eliminación"]),
    ("RESTORED", ["Restoration", "Restauración"]),
];
const TYPES: &[(&str, Words)] = &[
    ("CALL", ["Call", "Llamada"]),
    ("EMAIL", ["E-mail", "Correo electrónico"]),
    ("MEETING", ["Meeting", "Reunión"]),
    ("VISIT", ["Visit", "Visita"]),
    ("CHAT", ["Chat", "Chat"]),
];
const DIRECTIONS: &[(&str, Words)] = &[("INCOMING", ["Incoming", "Entrante"]), ("OUTGOING", ["Outgoing", "Saliente"])];
const OUTCOMES: &[(&str, Words)] = &[
    ("REACHED", ["Reached", "Contactado"]),
    ("NO_ANSWER", ["No answer", "Sin respuesta"]),
    ("LEFT_MESSAGE", ["Left a message", "Mensaje dejado"]),
    ("WRONG_CONTACT", ["Wrong contact", "Contacto equivocado"]),
];
