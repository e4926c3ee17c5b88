//! The fields of the times that prospects spent in a status and with an owner: a line each.

use super::fields::{Field, FieldEntry, FieldType, dimension, number};
use super::prospects::CATEGORIES;

use FieldType::{Choice, Duration, Entry, Time, User};

/// Of the intervals in a status, in the order of menus.
pub const OF_STATUSES: &[FieldEntry] = &[
    dimension(
        Field::IntervalStatus,
        "interval_status",
        ["Status of the interval", "Estatus del intervalo"],
        Entry,
    ),
    dimension(
        Field::IntervalCategory,
        "interval_category",
        ["Category of the interval", "Categoría del intervalo"],
        Choice(CATEGORIES),
    ),
    dimension(
        Field::IntervalReason,
        "interval_reason",
        ["Reason of the change", "Motivo del cambio"],
        Entry,
    ),
    dimension(Field::IntervalActor, "interval_actor", ["Changed by", "Cambiado por"], User),
    ENTERED_AT,
    LEFT_AT,
    number(
        Field::TimeInStatus,
        "time_in_status",
        ["Time in status", "Tiempo en el estatus"],
        Duration,
    ),
];

/// Of the intervals with an owner, in the order of menus.
pub const OF_OWNERS: &[FieldEntry] = &[
    dimension(
        Field::IntervalOwner,
        "interval_owner",
        ["Owner of the interval", "Propietario del intervalo"],
        User,
    ),
    dimension(Field::IntervalActor, "interval_actor", ["Assigned by", "Asignado por"], User),
    ENTERED_AT,
    LEFT_AT,
    number(
        Field::TimeOwned,
        "time_owned",
        ["Time with the owner", "Tiempo con el propietario"],
        Duration,
    ),
];

const ENTERED_AT: FieldEntry = dimension(
    Field::EnteredAt,
    "entered_at",
    ["Start of the interval", "Inicio del intervalo"],
    Time,
);
const LEFT_AT: FieldEntry = dimension(Field::LeftAt, "left_at", ["End of the interval", "Fin del intervalo"], Time);
