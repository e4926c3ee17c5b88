//! The fields of clients, beside those of their prospects: a line each.

use super::fields::{Field, FieldEntry, FieldType, dimension, number};

use FieldType::{Duration, Entry, Integer, Time, User};

/// In the order of menus.
pub const FIELDS: &[FieldEntry] = &[
    dimension(Field::ClientSince, "client_since", ["Client since", "Cliente desde"], Time),
    dimension(
        Field::ClientLevel,
        "client_level",
        ["Potential level as a client", "Nivel de potencialidad como cliente"],
        Entry,
    ),
    dimension(Field::ConvertedBy, "converted_by", ["Converted by", "Convertido por"], User),
    number(Field::Wins, "wins", ["Purchases", "Compras"], Integer),
    number(
        Field::TimeBetweenWins,
        "time_between_wins",
        ["Time between purchases", "Tiempo entre compras"],
        Duration,
    ),
];
