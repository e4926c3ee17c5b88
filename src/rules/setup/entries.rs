//! The catalogues as entries: what they share, and what each has of its own.

use uuid::Uuid;

use super::{Entry, MOST_SECTORS, Mark, Shared, SharedMut, texts};
use crate::entities::setup::potential_level::LevelKind;
use crate::entities::setup::reason::ReasonCategory;
use crate::entities::setup::status::StatusCategory;
use crate::entities::setup::{catalogs, potential_level, reason, sector, segment, status, tag};
use crate::error::{Problem, ProblemCode};
use crate::rules::patch::Patch;

/// Fields of segments only.
#[derive(Clone, Debug, Default)]
pub struct SegmentOwn {
    pub color: Patch<String>,
}

/// Fields of statuses only, besides the category, which is fixed.
#[derive(Clone, Debug, Default)]
pub struct StatusOwn {
    pub color: Patch<String>,
    /// The caller looks it up: this floor does not know the other catalogues.
    pub task_type: Patch<Uuid>,
    pub task_due_in_hours: Patch<i32>,
}

/// The most hours until the task of a status is due: a year.
pub const LONGEST_DUE_IN_HOURS: i32 = 366 * 24;

/// Fields of reasons only.
#[derive(Clone, Debug, Default)]
pub struct ReasonOwn {
    pub category: Patch<ReasonCategory>,
    pub requires_note: Patch<bool>,
}

/// Fields of tags only.
#[derive(Clone, Debug, Default)]
pub struct TagOwn {
    pub color: Patch<String>,
}

/// The zone that a sector belongs to for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InZone(pub Uuid);

/// Writes what the models have in common.
macro_rules! shared {
    () => {
        fn shared(&self) -> Shared<'_> {
            Shared {
                id: self.id,
                name_norm: &self.name_norm,
                position: self.position,
                is_default: self.is_default,
                retired_at: self.retired_at,
                version: self.version,
            }
        }

        fn shared_mut(&mut self) -> SharedMut<'_> {
            SharedMut {
                name: &mut self.name,
                name_norm: &mut self.name_norm,
                description: &mut self.description,
                position: &mut self.position,
                is_default: &mut self.is_default,
                retired_at: &mut self.retired_at,
                version: &mut self.version,
                updated_at: &mut self.updated_at,
            }
        }
    };
}
pub(super) use shared;

/// Builds a new model from the common fields and its own.
macro_rules! blank {
    ($id:ident, $now:ident $(, $field:ident: $value:expr)*) => {
        Self {
            id: $id,
            name: String::new(),
            name_norm: String::new(),
            description: None,
            position: 0,
            is_default: false,
            retired_at: None,
            version: 1,
            created_at: $now,
            updated_at: $now,
            $($field: $value,)*
        }
    };
}
pub(super) use blank;

/// Writes the entries of catalogues that have nothing of their own.
macro_rules! plain_entries {
    ([] $($node:ident $module:ident $many:ident $prefix:literal $shape:ident;)+) => {
        $(plain_entries!(@$shape $module);)+
    };
    (@plain $module:ident) => {
        impl Entry for crate::entities::setup::$module::Model {
            type Origin = ();
            type Own = ();

            shared!();

            fn new((): (), id: Uuid, now: i64) -> Self {
                blank!(id, now)
            }

            fn edit_own(&mut self, (): (), _problems: &mut Vec<Problem>) {}
        }
    };
    (@own $module:ident) => {};
}
catalogs!(plain_entries);

impl Entry for segment::Model {
    type Origin = ();
    type Own = SegmentOwn;

    shared!();

    fn new((): (), id: Uuid, now: i64) -> Self {
        blank!(id, now, color: texts::NEUTRAL_COLOR.to_owned())
    }

    fn edit_own(&mut self, own: SegmentOwn, problems: &mut Vec<Problem>) {
        if let Some(color) = own.color.changed() {
            self.color = texts::color(color, problems);
        }
    }
}

impl Entry for tag::Model {
    type Origin = ();
    type Own = TagOwn;

    shared!();

    fn new((): (), id: Uuid, now: i64) -> Self {
        blank!(id, now, color: texts::NEUTRAL_COLOR.to_owned())
    }

    fn edit_own(&mut self, own: TagOwn, problems: &mut Vec<Problem>) {
        if let Some(color) = own.color.changed() {
            self.color = texts::color(color, problems);
        }
    }
}

impl Entry for sector::Model {
    type Origin = InZone;
    type Own = ();

    const MOST: usize = MOST_SECTORS;

    shared!();

    fn new(InZone(zone_id): InZone, id: Uuid, now: i64) -> Self {
        blank!(id, now, zone_id: zone_id)
    }

    fn edit_own(&mut self, (): (), _problems: &mut Vec<Problem>) {}

    fn is_beside(&self, other: &Self) -> bool {
        self.zone_id == other.zone_id
    }

    fn is_in_line_with(&self, other: &Self) -> bool {
        self.zone_id == other.zone_id
    }
}

impl Entry for potential_level::Model {
    type Origin = LevelKind;
    type Own = ();

    shared!();

    fn new(applies_to: LevelKind, id: Uuid, now: i64) -> Self {
        blank!(id, now, applies_to: applies_to)
    }

    fn edit_own(&mut self, (): (), _problems: &mut Vec<Problem>) {}

    fn is_beside(&self, other: &Self) -> bool {
        self.applies_to == other.applies_to
    }
}

impl Entry for status::Model {
    type Origin = StatusCategory;
    type Own = StatusOwn;

    shared!();

    fn new(category: StatusCategory, id: Uuid, now: i64) -> Self {
        blank!(
            id,
            now,
            color: texts::NEUTRAL_COLOR.to_owned(),
            category: category,
            is_reentry: false,
            task_type_id: None,
            task_due_in_hours: None
        )
    }

    fn edit_own(&mut self, own: StatusOwn, problems: &mut Vec<Problem>) {
        if let Some(color) = own.color.changed() {
            self.color = texts::color(color, problems);
        }
        edit_task(self, own.task_type, own.task_due_in_hours, problems);
    }

    fn task_type_of(own: &StatusOwn) -> Option<Uuid> {
        own.task_type.set().cloned()
    }

    fn has(&self, mark: Mark) -> bool {
        match mark {
            Mark::Default => self.is_default,
            Mark::Reentry => self.is_reentry,
        }
    }

    fn put(&mut self, mark: Mark, is_put: bool) {
        match mark {
            Mark::Default => self.is_default = is_put,
            Mark::Reentry => self.is_reentry = is_put,
        }
    }

    fn refuses_marks(&self) -> Option<&'static str> {
        (self.category != StatusCategory::Open).then_some("the sales process starts in a status of category OPEN")
    }

    fn is_needed(&self, rows: &[Self]) -> Option<&'static str> {
        let others = rows
            .iter()
            .any(|row| row.id != self.id && row.category == self.category && row.retired_at.is_none());
        (!others).then_some("each category needs a status in use, and this is the last one of its category")
    }
}

impl Entry for reason::Model {
    type Origin = ();
    type Own = ReasonOwn;

    shared!();

    fn new((): (), id: Uuid, now: i64) -> Self {
        blank!(id, now, category: ReasonCategory::Both, requires_note: false)
    }

    fn edit_own(&mut self, own: ReasonOwn, problems: &mut Vec<Problem>) {
        replace(&mut self.category, own.category, "category", problems);
        replace(&mut self.requires_note, own.requires_note, "requiresNote", problems);
    }
}

/// The suggested task of a status and its due time, by default at once. Without a type there is no time.
fn edit_task(status: &mut status::Model, task_type: Patch<Uuid>, due_in_hours: Patch<i32>, problems: &mut Vec<Problem>) {
    let mut problem = |field, message: &str| problems.push(Problem::new(ProblemCode::Invalid, &["input", field], message));
    if let Some(task_type_id) = task_type.clone().changed() {
        status.task_type_id = task_type_id;
        status.task_due_in_hours = task_type_id.and(status.task_due_in_hours.or(Some(0)));
    }
    if task_type.set().is_some() && status.category != StatusCategory::Open {
        problem("taskTypeId", "only in statuses of category OPEN is something to be done");
    }
    match due_in_hours {
        Patch::Set(hours) if !(0..=LONGEST_DUE_IN_HOURS).contains(&hours) => problem("taskDueInHours", "must be from 0 to 8784 hours"),
        Patch::Set(_) if status.task_type_id.is_none() => problem("taskDueInHours", "there is no type of task that it could be for"),
        Patch::Set(hours) => status.task_due_in_hours = Some(hours),
        Patch::Clear if status.task_type_id.is_some() => status.task_due_in_hours = Some(0),
        Patch::Clear | Patch::Keep => {}
    }
}

/// For what has no empty value.
fn replace<T>(place: &mut T, value: Patch<T>, field: &str, problems: &mut Vec<Problem>) {
    match value {
        Patch::Keep => {}
        Patch::Set(value) => *place = value,
        Patch::Clear => problems.push(Problem::new(ProblemCode::Required, &["input", field], "this cannot be cleared")),
    }
}
