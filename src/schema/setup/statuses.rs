//! Statuses in the API.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object};

use super::mutations::mutations;
use crate::entities::setup::status;
use crate::ids::Kind;
use crate::resolvers::setup::catalogs;
use crate::rules::setup::Draft;
use crate::rules::setup::entries::StatusOwn;
use crate::schema::cx;
use crate::schema::guards::SignedIn;
use crate::schema::ids::{encode, reference};
use crate::schema::setup::task_types::TaskType;
use crate::schema::text::Text;

/// A step of the sales process.
#[derive(Clone)]
pub struct Status(Arc<status::Model>);

/// What a status means, whatever it is called, so that any labels report alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "status::StatusCategory")]
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

/// A status that is to be offered from now on.
#[derive(InputObject)]
pub struct StatusCreateInput {
    /// What it is called: 1 to 100 characters, unlike any other status in use, accents and case aside.
    pub name: String,
    /// What it means: at most 1,000 characters.
    pub description: Option<String>,
    /// What reports take it for. This cannot be changed later.
    pub category: StatusCategory,
    /// What it looks like: `#` and six hexadecimal digits. Left out means grey, `#9E9E9E`.
    pub color: Option<String>,
    /// Whether new prospects start here; of category OPEN only. True takes that from the present default; left out means false.
    pub is_default: Option<bool>,
    /// Whether clients who return start here; of category OPEN only. True takes that from the present one; left out means false.
    pub is_reentry: Option<bool>,
    /// What is to be done once a prospect is here: a type of task in use; in statuses of category OPEN only. Clients are told it, so as to offer it
    /// as the next task; no task is planned by itself yet.
    pub task_type_id: Option<ID>,
    /// Hours until that is due: 0 to 8,784. Left out means 0, at once; only together with `taskTypeId`.
    pub task_due_in_hours: Option<i32>,
}

/// What is to change about a status.
#[derive(InputObject)]
pub struct StatusUpdateInput {
    /// What it is called: 1 to 100 characters, unlike any other status in use, accents and case aside. It cannot be cleared.
    pub name: MaybeUndefined<String>,
    /// What it means: at most 1,000 characters. Null clears it.
    pub description: MaybeUndefined<String>,
    /// What it looks like: `#` and six hexadecimal digits. Null makes it grey, `#9E9E9E`.
    pub color: MaybeUndefined<String>,
    /// True lets new prospects start here; of category OPEN only. False is refused for the present default: choose another status instead.
    pub is_default: MaybeUndefined<bool>,
    /// True lets clients who return start here; of category OPEN only. False is refused for the present one: choose another status instead.
    pub is_reentry: MaybeUndefined<bool>,
    /// What is to be done once a prospect is here: a type of task in use; in statuses of category OPEN only. Clients are told it, so as to offer it
    /// as the next task; no task is planned by itself yet. Null: nothing.
    pub task_type_id: MaybeUndefined<ID>,
    /// Hours until that is due: 0 to 8,784. Null means 0, at once; only where the status has a type of task.
    pub task_due_in_hours: MaybeUndefined<i32>,
}

#[derive(Default)]
pub struct StatusQuery;

impl From<Arc<status::Model>> for Status {
    fn from(row: Arc<status::Model>) -> Self {
        Status(row)
    }
}

impl StatusCreateInput {
    fn into_draft(self) -> (status::StatusCategory, Draft<StatusOwn>) {
        let draft = Draft {
            name: Some(Some(self.name)),
            description: Some(self.description),
            is_default: self.is_default.map(Some),
            is_reentry: self.is_reentry.map(Some),
            own: StatusOwn {
                color: self.color.map(Some),
                task_type: self.task_type_id.map(|id| Some(reference(Kind::TaskType, &id))),
                task_due_in_hours: self.task_due_in_hours.map(Some),
            },
        };
        (self.category.into(), draft)
    }
}

impl StatusUpdateInput {
    fn into_draft(self) -> Draft<StatusOwn> {
        Draft {
            name: self.name.into(),
            description: self.description.into(),
            is_default: self.is_default.into(),
            is_reentry: self.is_reentry.into(),
            own: StatusOwn {
                color: self.color.into(),
                task_type: self.task_type_id.map_value(|id| reference(Kind::TaskType, &id)).into(),
                task_due_in_hours: self.task_due_in_hours.into(),
            },
        }
    }
}

/// A step of the sales process: a free label with a fixed category.
#[Object]
impl Status {
    /// Identifies the status for ever.
    pub async fn id(&self) -> ID {
        encode(Kind::Status, self.0.id)
    }

    /// What people call it.
    async fn name(&self) -> Text<'_> {
        Text::from(&self.0.name)
    }

    /// What it means. Null where nobody has said so.
    async fn description(&self) -> Option<Text<'_>> {
        self.0.description.as_deref().map(Text::from)
    }

    /// What reports take it for, for ever.
    async fn category(&self) -> StatusCategory {
        self.0.category.into()
    }

    /// What it looks like: `#` and six hexadecimal digits in upper case.
    async fn color(&self) -> Text<'_> {
        Text::from(&self.0.color)
    }

    /// Where it stands among all statuses, counted from 0; gaps are possible.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Whether new prospects start here. True for exactly one, of category OPEN.
    async fn is_default(&self) -> bool {
        self.0.is_default
    }

    /// Whether clients who return start here. True for exactly one, of category OPEN.
    async fn is_reentry(&self) -> bool {
        self.0.is_reentry
    }

    /// What is to be done once a prospect is here, to be offered as the next task; none is planned by itself yet. Null: nothing.
    async fn task_type(&self, ctx: &Context<'_>) -> Option<TaskType> {
        cx(ctx).catalogs().task_types.get(self.0.task_type_id?).cloned().map(TaskType::from)
    }

    /// Hours until that is due; 0 means at once. Null where nothing is to be done.
    async fn task_due_in_hours(&self) -> Option<i32> {
        self.0.task_due_in_hours
    }

    /// Whether it is no longer offered. It is still shown where it is used.
    async fn is_retired(&self) -> bool {
        self.0.retired_at.is_some()
    }

    /// Grows by one with every change; give it as `expectedVersion` so as not to overwrite what you have not seen.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

#[Object]
impl StatusQuery {
    /// All statuses in the order that administrators gave them, the retired ones last. At most 500.
    #[graphql(guard = "SignedIn")]
    async fn statuses(&self, ctx: &Context<'_>) -> Vec<Status> {
        catalogs::in_order(cx(ctx).catalogs().statuses.all())
            .into_iter()
            .map(Status::from)
            .collect()
    }
}

mutations! {
    StatusMutation: Status, "status", Kind::Status, status::Entity, status, statuses;
    /// Adds a status at the end of the list. Administrators only.
    status_create(StatusCreateInput) -> StatusCreatePayload;
    /// Edits a status, in use or retired. Administrators only.
    status_update(StatusUpdateInput) -> StatusUpdatePayload;
    /// Stops offering a status; prospects that have it keep it. Refused for those where prospects or returning clients start, and for the
    /// last one in use of a category. Administrators only.
    status_retire -> StatusRetirePayload;
    /// Offers a retired status again, unless another one in use has its name by now. Administrators only.
    status_restore -> StatusRestorePayload;
    /// Puts the statuses into another order. Administrators only.
    status_reorder(StatusReorderInput) -> StatusReorderPayload;
}
