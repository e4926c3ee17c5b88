//! Tasks in the API: one, those of a prospect, and the list of all visible ones.

pub mod filters;
pub mod mutations;
pub mod orders;

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use uuid::Uuid;

use crate::entities::process::task;
use crate::entities::records::document::CarrierKind;
use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::ids::Kind;
use crate::resolvers::lists::page::{Page, PageArgs};
use crate::resolvers::lists::total::Total;
use crate::resolvers::process::tasks::{self, OwnFilter, TaskKey};
use crate::resolvers::records::child_list::{self, ListQuery};
use crate::resolvers::records::children::{Answer, ChildKey, Question, sort};
use crate::resolvers::records::documents::Carrier;
use crate::rules::attributes;
use crate::schema::access::users::User;
use crate::schema::connection::{Count, connection};
use crate::schema::custom::{Custom, OfTask};
use crate::schema::error::to_graphql;
use crate::schema::filters::{FilterContext, request_clock};
use crate::schema::guards::SignedIn;
use crate::schema::ids::{decode, encode};
use crate::schema::process::tasks::filters::{ProspectTaskFilter, TaskFilter, TaskStateFilter, attributes_of};
use crate::schema::process::tasks::orders::TaskOrder;
use crate::schema::records::attributes::{AttributeValue, check_keys, has_key, one, values};
use crate::schema::records::documents::filters::OwnDocumentFilter;
use crate::schema::records::documents::{Document, documents_of};
use crate::schema::records::prospects::{Prospect, by_id, user};
use crate::schema::records::totals;
use crate::schema::scalars::DateTime;
use crate::schema::setup::task_types::TaskType;
use crate::schema::text::Text;
use crate::schema::{cx, largest_page, loaders};

/// States of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "task::TaskState")]
pub enum TaskState {
    /// Still to be done. May change to any other state.
    Planned,
    /// Completed. Final.
    Done,
    /// Cancelled by a user, or because its cycle was closed. Planned again if the closing is undone.
    Cancelled,
    /// Replaced by another task of the sales process. Final. Not used yet.
    Superseded,
}

/// A planned action.
#[derive(Clone)]
pub struct Task(pub Arc<tasks::Task>);

impl From<Arc<tasks::Task>> for Task {
    fn from(row: Arc<tasks::Task>) -> Self {
        Task(row)
    }
}

impl From<tasks::Task> for Task {
    fn from(row: tasks::Task) -> Self {
        Task(Arc::new(row))
    }
}

/// A task (to-do, planned activity) for a prospect, with a due time. Visible to all who can see the prospect.
#[Object]
impl Task {
    /// Permanent ID of the task.
    pub async fn id(&self) -> ID {
        encode(Kind::Task, self.0.id)
    }

    /// Revision of the record, incremented by every change. Pass it as `expectedVersion` to detect concurrent changes.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Type of the task. Null only until a type just created on another server is known to this one.
    async fn r#type(&self, ctx: &Context<'_>) -> Option<TaskType> {
        cx(ctx).catalogs().task_types.get(self.0.type_id).cloned().map(TaskType::from)
    }

    /// Prospect of the task. Null if the caller can no longer see it.
    async fn prospect(&self, ctx: &Context<'_>) -> Result<Option<Prospect>> {
        by_id(ctx, self.0.prospect_id).await
    }

    /// Assignee: the owner of the prospect or an administrator. Null if the prospect was left without an owner.
    async fn assignee(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.0.assignee_id)
    }

    /// Due time of the task.
    async fn due_at(&self) -> DateTime {
        DateTime(self.0.due_at)
    }

    /// True if the task is planned and its due time has passed. Computed when read.
    async fn is_overdue(&self, ctx: &Context<'_>) -> bool {
        self.0.is_overdue(cx(ctx).began_at)
    }

    /// Details, as plain text as entered; escape before display. Null if not set.
    async fn note(&self) -> Option<Text<'_>> {
        self.0.note.as_deref().map(Text::from)
    }

    /// State of the task.
    async fn state(&self) -> TaskState {
        self.0.state.into()
    }

    /// Time of completion. Null if not completed.
    async fn completed_at(&self) -> Option<DateTime> {
        self.0.completed_at.map(DateTime)
    }

    /// User who completed the task. Null if not completed.
    async fn completed_by(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.0.completed_by)
    }

    /// Comment given when the task was completed or cancelled, as entered. Null if not set.
    async fn closing_note(&self) -> Option<Text<'_>> {
        self.0.closing_note.as_deref().map(Text::from)
    }

    /// Recurrence: the value of an RRULE of RFC 5545. Null if the task does not repeat.
    async fn repeat_rule(&self) -> Option<Text<'_>> {
        self.0.repeat_rule.as_deref().map(Text::from)
    }

    /// IANA time zone of the recurrence: that of the user who set the rule. Null if the task does not repeat.
    async fn repeat_time_zone(&self) -> Option<Text<'_>> {
        self.0.repeat_zone.as_deref().map(Text::from)
    }

    /// Value of an attribute. Null if it is not set, or names only prospects that are not visible; also null, with the error
    /// `BAD_USER_INPUT`, if there is no such attribute, or it is retired.
    async fn attribute(&self, ctx: &Context<'_>, #[graphql(desc = "Key of the attribute.")] key: String) -> Result<Option<AttributeValue>> {
        if !has_key(ctx, AttributeEntity::Task, &key) {
            return Ok(None);
        }
        let document = self.document(ctx).await?;
        one(ctx, AttributeEntity::Task, &document, &key).await
    }

    /// Values of attributes as typed fields. There is no such field as long as no attribute is defined.
    async fn custom(&self, ctx: &Context<'_>) -> Result<Custom<OfTask>> {
        Ok(Custom::new(self.document(ctx).await?))
    }

    /// Values of the attributes that are set, in the order of their definitions, without those that name only prospects that are not visible. At
    /// most 500.
    async fn attributes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Keys of attributes, at most 500. Default: all attributes. `BAD_USER_INPUT` if there is no attribute of a key.")]
        keys: Option<Vec<String>>,
    ) -> Result<Vec<AttributeValue>> {
        check_keys(ctx, AttributeEntity::Task, keys.as_deref().unwrap_or_default())?;
        let document = self.document(ctx).await?;
        values(ctx, AttributeEntity::Task, &document, keys.as_deref()).await
    }

    /// Documents of the task, newest first. At most 200.
    async fn documents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Conditions that the items must meet. Default: all items.")] filter: Option<OwnDocumentFilter>,
    ) -> Result<Vec<Document>> {
        let carrier = Carrier {
            kind: CarrierKind::Task,
            id: self.0.id,
        };
        documents_of(ctx, self.0.prospect_id, Some(carrier), filter).await
    }

    /// Creation time of the task.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// User who planned the task. Null if no user did.
    async fn created_by(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.0.created_by)
    }

    /// Time of the last change.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }
}

impl Task {
    async fn document(&self, ctx: &Context<'_>) -> Result<Arc<attributes::Document>> {
        let scope = cx(ctx).scope().map_err(to_graphql)?;
        let key = TaskKey(scope, self.0.id);
        let document = loaders(ctx).task_attributes.load(key).await.map_err(to_graphql)?;
        Ok(document.unwrap_or_default())
    }
}

connection! {
    /// A page of tasks.
    TaskConnection, TaskEdge, Task, Arc<tasks::Task>, "tasks"
}

#[derive(Default)]
pub struct TaskQuery;

#[Object]
impl TaskQuery {
    /// A task by its ID. Null if it does not exist or its prospect is not visible to the caller.
    #[graphql(guard = "SignedIn")]
    async fn task(&self, ctx: &Context<'_>, #[graphql(desc = "ID of the task.")] id: ID) -> Result<Option<Task>> {
        let Some(id) = decode(Kind::Task, &id) else { return Ok(None) };
        task(ctx, id).await
    }

    /// Tasks of all prospects visible to the caller, of all assignees. Default order: earliest due time first, ties by ID. Null if the list
    /// failed; the reason is in `errors`.
    #[graphql(guard = "SignedIn")]
    #[allow(clippy::too_many_arguments)]
    async fn tasks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Conditions that the items must meet. Default: all items, in any state.")] filter: Option<TaskFilter>,
        #[graphql(desc = "Sort order; at most 3 steps.")] order_by: Option<Vec<TaskOrder>>,
        #[graphql(desc = "Number of items from the start of the list, or after `after`. 0 to 100; default 20.")] first: Option<i32>,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`. 0 to 100. Not allowed together with `first` or `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<Option<TaskConnection>> {
        let context = FilterContext::of(ctx);
        let filter = filter.unwrap_or_default().into_filter(&context).map_err(to_graphql)?;
        let steps = order_by.unwrap_or_default().into_iter().map(|step| step.into_step(&context));
        let order = steps.collect::<Result<_, _>>().map_err(to_graphql)?;
        let viewer = cx(ctx).viewer().map_err(to_graphql)?;
        let query = Arc::new(ListQuery::new(viewer, None, filter, order).map_err(to_graphql)?);
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = child_list::page(cx(ctx), cx(ctx).db().reader(), &query, &args)
            .await
            .map_err(to_graphql)?;
        let count = totals::of_children(query);
        Ok(Some(TaskConnection { page, count }))
    }
}

/// The task, if visible to the caller.
pub async fn task(ctx: &Context<'_>, id: Uuid) -> Result<Option<Task>> {
    let scope = cx(ctx).scope().map_err(to_graphql)?;
    let task = loaders(ctx).tasks.load(TaskKey(scope, id)).await.map_err(to_graphql)?;
    Ok(task.map(Task))
}

/// A page of the tasks of a prospect.
pub async fn tasks_of(ctx: &Context<'_>, prospect_id: Uuid, filter: Option<ProspectTaskFilter>, args: PageArgs) -> Result<TaskConnection> {
    let window = args.window(&sort::<tasks::Task>(), largest_page(ctx)).map_err(to_graphql)?;
    let filter = filter.unwrap_or_default();
    let clock = request_clock(ctx);
    let due_at = filter.due_at.map(|test| test.into_test(&clock)).transpose();
    let completed_at = filter.completed_at.map(|test| test.into_test(&clock)).transpose();
    let created_at = filter.created_at.map(|test| test.into_test(&clock)).transpose();
    let filter = OwnFilter {
        state: filter.state.map(TaskStateFilter::into_test),
        task_type: filter.r#type.map(|test| test.into_test(Kind::TaskType)),
        assignee: filter.assignee.map(|test| test.into_test(Kind::User)),
        due_at: due_at.map_err(to_graphql)?,
        is_overdue: filter.is_overdue.map(|is_overdue| (is_overdue, cx(ctx).began_at)),
        completed_at: completed_at.map_err(to_graphql)?,
        completed_by: filter.completed_by.map(|test| test.into_test(Kind::User)),
        created_by: filter.created_by.map(|test| test.into_test(Kind::User)),
        created_at: created_at.map_err(to_graphql)?,
        attributes: attributes_of(ctx, filter.attributes, filter.custom).map_err(to_graphql)?,
    };
    filter.check().map_err(to_graphql)?;
    let scope = cx(ctx).scope().map_err(to_graphql)?;
    let question = Question::Page {
        window: window.clone(),
        filter: filter.clone(),
    };
    let key = ChildKey {
        scope,
        parent_id: prospect_id,
        question: Arc::new(question),
    };
    let page = match loaders(ctx).prospect_tasks.load(key).await.map_err(to_graphql)? {
        Some(Answer::Page(page)) => Page::clone(&page),
        _ => window.page(Vec::new(), Arc::new(sort::<tasks::Task>())),
    };
    let loader = loaders(ctx).prospect_tasks.clone();
    let question = Arc::new(Question::Count { filter });
    let count = Count::new(move |cx| {
        let (loader, question) = (loader.clone(), question.clone());
        async move {
            let key = ChildKey {
                scope: cx.scope()?,
                parent_id: prospect_id,
                question,
            };
            Ok(Total::exact(match loader.load(key).await? {
                Some(Answer::Count(count)) => count,
                _ => 0,
            }))
        }
    });
    Ok(TaskConnection { page, count })
}
