//! The fields of tasks, beside those of their prospects: a line each.

use super::fields::{Field, FieldEntry, FieldType, dimension, number};
use crate::text::language::Words;

use FieldType::{Choice, Duration, Entry, Flag, Time, User};

/// In the order of menus.
pub const FIELDS: &[FieldEntry] = &[
    dimension(Field::TaskType, "task_type", ["Type of task", "Tipo de tarea"], Entry),
    dimension(
        Field::TaskState,
        "task_state",
        ["State of the task", "Estado de la tarea"],
        Choice(STATES),
    ),
    dimension(Field::TaskOverdue, "task_overdue", ["Overdue", "Vencida"], Flag),
    dimension(Field::Assignee, "assignee", ["Assignee", "Asignado"], User),
    dimension(Field::TaskCreatedBy, "task_created_by", ["Planned by", "Planificada por"], User),
    dimension(Field::CompletedBy, "completed_by", ["Completed by", "Completada por"], User),
    dimension(Field::TaskCreatedAt, "task_created_at", ["Planning", "Planificación"], Time),
    dimension(Field::DueAt, "due_at", ["Due time", "Vencimiento"], Time),
    dimension(Field::CompletedAt, "completed_at", ["Completion", "Realización"], Time),
    number(
        Field::TimeToComplete,
        "time_to_complete",
        ["Time to complete", "Tiempo hasta realizarla"],
        Duration,
    ),
];

const STATES: &[(&str, Words)] = &[
    ("PLANNED", ["Planned", "Planificada"]),
    ("DONE", ["Done", "Realizada"]),
    ("CANCELLED", ["Cancelled", "Cancelada"]),
    ("SUPERSEDED", ["Superseded", "Reemplazada"]),
];
