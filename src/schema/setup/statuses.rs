//! Statuses in the API.

use async_graphql::{Context, Enum, ID, MaybeUndefined};

use super::catalog::catalog;
use super::task_types::TaskType;
use crate::entities::setup::status as entity;
use crate::ids::Kind;
use crate::rules::setup::entries::StatusOwn;
use crate::schema::cx;
use crate::schema::ids::reference;
use crate::schema::text::Text;

/// The fixed meaning of a status, by which reports count it, independent of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::StatusCategory")]
pub enum StatusCategory {
    /// The sales process is under way.
    Open,
    /// The sale was made, and the prospect is a client.
    Won,
    /// The sale was worked on and not made.
    Lost,
    /// The prospect left the process before it was worth working on.
    Discarded,
}

catalog! {
    /// A status (pipeline stage): a step of the sales process, with a free label and a fixed category.
    Status status statuses "status", "a status";
    ordered: "statuses", listed everywhere; unique: "statuses";
    create status_create "", update status_update "",
    retire status_retire
        "Prospects that have it keep it. Refused for those where prospects or returning clients start, and for the last one in use of a category. ",
    restore status_restore, reorder status_reorder;
    new(input) {
        /// The category. Cannot be changed later.
        pub category: StatusCategory,
        /// The colour: `#` and six hexadecimal digits. Default: grey, `#9E9E9E`.
        pub color: Option<String>,
        /// True to let new prospects start here, in the place of the present default; category OPEN only. Default: false.
        pub is_default: Option<bool>,
        /// True to let returning clients start here, in the place of the present status for them; category OPEN only. Default: false.
        pub is_reentry: Option<bool>,
        /// The type of task that clients of the API offer as the next one once a prospect is here; one in use, in category OPEN only. No task is
        /// planned by itself. Default: none.
        pub task_type_id: Option<ID>,
        /// The hours until that task is due: 0 to 8,784; together with `taskTypeId` only. Default: 0, at once.
        pub task_due_in_hours: Option<i32>,
    } from input.category.into(), {
        is_default: input.is_default.into(),
        is_reentry: input.is_reentry.into(),
        own: StatusOwn {
            color: input.color.into(),
            task_type: input.task_type_id.map(|id| reference(Kind::TaskType, &id)).into(),
            task_due_in_hours: input.task_due_in_hours.into(),
        },
    };
    changes(input) {
        /// The colour: `#` and six hexadecimal digits. Null makes it grey, `#9E9E9E`.
        pub color: MaybeUndefined<String>,
        /// True to let new prospects start here; category OPEN only. False is refused for the present default: another one has to take its place.
        pub is_default: MaybeUndefined<bool>,
        /// True to let returning clients start here; category OPEN only. False is refused for the present one: another one has to take its place.
        pub is_reentry: MaybeUndefined<bool>,
        /// The type of task that clients of the API offer as the next one once a prospect is here; one in use, in category OPEN only. No task is
        /// planned by itself. Null removes it.
        pub task_type_id: MaybeUndefined<ID>,
        /// The hours until that task is due: 0 to 8,784; in statuses with a type of task only. Null means 0, at once.
        pub task_due_in_hours: MaybeUndefined<i32>,
    } {
        is_default: input.is_default.into(),
        is_reentry: input.is_reentry.into(),
        own: StatusOwn {
            color: input.color.into(),
            task_type: input.task_type_id.map_value(|id| reference(Kind::TaskType, &id)).into(),
            task_due_in_hours: input.task_due_in_hours.into(),
        },
    };
    fields {
        /// The category. It never changes.
        async fn category(&self) -> StatusCategory {
            self.0.category.into()
        }

        /// The colour: `#` and six hexadecimal digits in upper case.
        async fn color(&self) -> Text<'_> {
            Text::from(&self.0.color)
        }

        /// True for the status where new prospects start. Exactly one is, of category OPEN.
        async fn is_default(&self) -> bool {
            self.0.is_default
        }

        /// True for the status where returning clients start. Exactly one is, of category OPEN.
        async fn is_reentry(&self) -> bool {
            self.0.is_reentry
        }

        /// The type of task to offer as the next one once a prospect is here. None is planned by itself. Null if not set.
        async fn task_type(&self, ctx: &Context<'_>) -> Option<TaskType> {
            cx(ctx).catalogs().task_types.get(self.0.task_type_id?).cloned().map(TaskType::from)
        }

        /// The hours until that task is due; 0 means at once. Null if there is no type of task.
        async fn task_due_in_hours(&self) -> Option<i32> {
            self.0.task_due_in_hours
        }
    }
}
