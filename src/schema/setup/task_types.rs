//! Types of tasks in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};

use super::mutations::mutations;
use crate::entities::setup::task_type;
use crate::ids::Kind;
use crate::resolvers::setup::catalogs;
use crate::rules::setup::Draft;
use crate::schema::cx;
use crate::schema::guards::SignedIn;
use crate::schema::ids::encode;
use crate::schema::text::Text;

/// A kind of thing to be done.
#[derive(Clone)]
pub struct TaskType(Arc<task_type::Model>);

/// A type of task that is to be offered from now on.
#[derive(InputObject)]
pub struct TaskTypeCreateInput {
    /// What it is called: 1 to 100 characters, unlike any other type of task in use, accents and case aside.
    pub name: String,
    /// What it is for: at most 1,000 characters.
    pub description: Option<String>,
}

/// What is to change about a type of task.
#[derive(InputObject)]
pub struct TaskTypeUpdateInput {
    /// What it is called: 1 to 100 characters, unlike any other type of task in use, accents and case aside. It cannot be cleared.
    pub name: MaybeUndefined<String>,
    /// What it is for: at most 1,000 characters. Null clears it.
    pub description: MaybeUndefined<String>,
}

#[derive(Default)]
pub struct TaskTypeQuery;

impl From<Arc<task_type::Model>> for TaskType {
    fn from(row: Arc<task_type::Model>) -> Self {
        TaskType(row)
    }
}

impl TaskTypeCreateInput {
    fn into_draft(self) -> ((), Draft<()>) {
        let draft = Draft {
            name: Some(Some(self.name)),
            description: Some(self.description),
            ..Draft::default()
        };
        ((), draft)
    }
}

impl TaskTypeUpdateInput {
    fn into_draft(self) -> Draft<()> {
        Draft {
            name: self.name.into(),
            description: self.description.into(),
            ..Draft::default()
        }
    }
}

/// What kind of thing is to be done for a prospect, such as a call or a proposal.
#[Object]
impl TaskType {
    /// Identifies the type of task for ever.
    pub async fn id(&self) -> ID {
        encode(Kind::TaskType, self.0.id)
    }

    /// What people call it.
    async fn name(&self) -> Text<'_> {
        Text::from(&self.0.name)
    }

    /// What it is for. Null where nobody has said so.
    async fn description(&self) -> Option<Text<'_>> {
        self.0.description.as_deref().map(Text::from)
    }

    /// Where it stands among all types of tasks, counted from 0; gaps are possible.
    async fn position(&self) -> i32 {
        self.0.position
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
impl TaskTypeQuery {
    /// All types of tasks in the order that administrators gave them, the retired ones last. At most 500.
    #[graphql(guard = "SignedIn")]
    async fn task_types(&self, ctx: &Context<'_>) -> Vec<TaskType> {
        catalogs::in_order(cx(ctx).catalogs().task_types.all())
            .into_iter()
            .map(TaskType::from)
            .collect()
    }
}

mutations! {
    TaskTypeMutation: TaskType, "task type", Kind::TaskType, task_type::Entity, task_type, task_types;
    /// Adds a type of task at the end of the list. Administrators only.
    task_type_create(TaskTypeCreateInput) -> TaskTypeCreatePayload;
    /// Edits a type of task, in use or retired. Administrators only.
    task_type_update(TaskTypeUpdateInput) -> TaskTypeUpdatePayload;
    /// Stops offering a type of task; tasks and statuses that have it keep it. Administrators only.
    task_type_retire -> TaskTypeRetirePayload;
    /// Offers a retired type of task again, unless another one in use has its name by now. Administrators only.
    task_type_restore -> TaskTypeRestorePayload;
    /// Puts the types of tasks into another order. Administrators only.
    task_type_reorder(TaskTypeReorderInput) -> TaskTypeReorderPayload;
}
