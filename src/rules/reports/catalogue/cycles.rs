//! The fields of sales cycles, beside those of their prospects: a line each.

use super::fields::{Field, FieldEntry, FieldType, dimension, number};
use super::prospects::{CATEGORIES, CYCLE_KINDS};

use FieldType::{Choice, Duration, Entry, Money, Text, Time};

/// In the order of menus. The kind, the currency, the open value and the won value are those of the cycle, not of its prospect.
pub const FIELDS: &[FieldEntry] = &[
    dimension(
        Field::CycleKind,
        "cycle_kind",
        ["Kind of cycle", "Tipo de ciclo"],
        Choice(CYCLE_KINDS),
    ),
    dimension(
        Field::CycleStatus,
        "cycle_status",
        ["Status of the cycle", "Estatus del ciclo"],
        Entry,
    ),
    dimension(
        Field::CycleCategory,
        "cycle_category",
        ["Category of the cycle", "Categoría del ciclo"],
        Choice(CATEGORIES),
    ),
    dimension(
        Field::CycleReason,
        "cycle_reason",
        ["Reason of the cycle", "Motivo del ciclo"],
        Entry,
    ),
    dimension(
        Field::CycleCurrency,
        "cycle_currency",
        ["Currency of the cycle", "Moneda del ciclo"],
        Text,
    ),
    dimension(Field::OpenedAt, "opened_at", ["Start of the cycle", "Inicio del ciclo"], Time),
    dimension(Field::ClosedAt, "closed_at", ["End of the cycle", "Cierre del ciclo"], Time),
    number(Field::CycleAmount, "cycle_amount", ["Amount", "Monto"], Money),
    number(Field::OpenValue, "open_value", ["Open value", "Valor abierto"], Money),
    number(Field::WonValue, "won_value", ["Won value", "Valor ganado"], Money),
    number(
        Field::CycleDuration,
        "cycle_duration",
        ["Duration of the cycle", "Duración del ciclo"],
        Duration,
    ),
];
