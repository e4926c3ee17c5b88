//! Tasks in the API: one, those of a prospect, and the list over all that the caller sees.

pub mod mutations;

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use uuid::Uuid;

use crate::entities::process::task;
use crate::ids::Kind;
use crate::resolvers::filter::Filter;
use crate::resolvers::lists::page::{Page, PageArgs};
use crate::resolvers::lists::total::Total;
use crate::resolvers::process::tasks::list::ListQuery;
use crate::resolvers::process::tasks::{self, OwnFilter, TaskKey};
use crate::resolvers::records::children::{Answer, ChildKey, Question, sort};
use crate::resolvers::records::filterable;
use crate::schema::access::users::User;
use crate::schema::connection::{Count, connection};
use crate::schema::error::to_graphql;
use crate::schema::filters::{DateTimeFilter, IdFilter, Reading, Tests, combine, enum_filter, moment};
use crate::schema::guards::SignedIn;
use crate::schema::ids::{decode, encode};
use crate::schema::records::lists::ProspectFilter;
use crate::schema::records::prospects::{Prospect, by_id, user};
use crate::schema::scalars::DateTime;
use crate::schema::setup::task_types::TaskType;
use crate::schema::text::Text;
use crate::schema::{cx, largest_page, loaders};

/// What became of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "task::TaskState")]
pub enum TaskState {
    /// It is still to be done. From here it goes to any of the others.
    Planned,
    /// It was done, for good.
    Done,
    /// It is not to be done any more: somebody said so, or its cycle was closed. If closing the cycle is taken back, it is planned again.
    Cancelled,
    /// Another task took its place in the sales process, for good. Nothing does that yet.
    Superseded,
}

enum_filter! {
    /// A test of what became of a task.
    TaskStateFilter over TaskState
}

/// Which tasks of a prospect: all tests that are given have to hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ProspectTaskFilter {
    /// What became of them.
    pub state: Option<TaskStateFilter>,
    /// What kind of thing is to be done.
    pub r#type: Option<IdFilter>,
    /// Who is to do them; `isNull: true` finds those of nobody.
    pub assignee: Option<IdFilter>,
    /// When they are due.
    pub due_at: Option<DateTimeFilter>,
    /// Whether they are planned and their due time has passed.
    pub is_overdue: Option<bool>,
}

/// Which tasks a list holds: all tests that are given have to hold. At most 4 levels, 50 tests and 200 values for each `in`.
#[derive(Clone, Debug, Default, InputObject)]
pub struct TaskFilter {
    /// What became of them; without this test the list holds all, planned or not.
    pub state: Option<TaskStateFilter>,
    /// What kind of thing is to be done.
    pub r#type: Option<IdFilter>,
    /// Who is to do them; `isNull: true` finds those of nobody.
    pub assignee: Option<IdFilter>,
    /// When they are due.
    pub due_at: Option<DateTimeFilter>,
    /// Whether they are planned and their due time has passed.
    pub is_overdue: Option<bool>,
    /// What holds for the prospect that they are for.
    pub prospect: Option<Box<ProspectFilter>>,
    /// All of these hold.
    pub and: Option<Vec<TaskFilter>>,
    /// At least one of these holds; an empty list accepts nothing.
    pub or: Option<Vec<TaskFilter>>,
    /// This does not hold.
    pub not: Option<Box<TaskFilter>>,
}

/// Something to be done.
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

/// Something to be done for a prospect until a certain time. It is seen by whoever sees the prospect.
#[Object]
impl Task {
    /// Identifies the task for ever.
    pub async fn id(&self) -> ID {
        encode(Kind::Task, self.0.id)
    }

    /// Grows by one with every change; give it as `expectedVersion` so as not to overwrite what you have not seen.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// What kind of thing is to be done.
    async fn r#type(&self, ctx: &Context<'_>) -> Option<TaskType> {
        cx(ctx).catalogs().task_types.get(self.0.type_id).cloned().map(TaskType::from)
    }

    /// For whom it is to be done. Null where the caller no longer sees them.
    async fn prospect(&self, ctx: &Context<'_>) -> Result<Option<Prospect>> {
        by_id(ctx, self.0.prospect_id).await
    }

    /// Who is to do it: the owner of the prospect or an administrator. Null where the prospect was left without an owner.
    async fn assignee(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.0.assignee_id)
    }

    /// Until when.
    async fn due_at(&self) -> DateTime {
        DateTime(self.0.due_at)
    }

    /// Whether it is planned and its due time has passed; computed when it is read.
    async fn is_overdue(&self, ctx: &Context<'_>) -> bool {
        self.0.is_overdue(cx(ctx).began_at)
    }

    /// What exactly, as it was written: escape it where you show it. Null where nobody has said so.
    async fn note(&self) -> Option<Text<'_>> {
        self.0.note.as_deref().map(Text::from)
    }

    /// What became of it.
    async fn state(&self) -> TaskState {
        self.0.state.into()
    }

    /// When it was done. Null unless it was.
    async fn completed_at(&self) -> Option<DateTime> {
        self.0.completed_at.map(DateTime)
    }

    /// Who did it. Null unless it was done.
    async fn completed_by(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.0.completed_by)
    }

    /// What was said when it was completed or cancelled, as it was written. Null where nothing was.
    async fn closing_note(&self) -> Option<Text<'_>> {
        self.0.closing_note.as_deref().map(Text::from)
    }

    /// How it repeats: the value of an RRULE of RFC 5545. Null where it does not.
    async fn repeat_rule(&self) -> Option<Text<'_>> {
        self.0.repeat_rule.as_deref().map(Text::from)
    }

    /// The time zone in which the rule is read, by its IANA name: that of whoever gave the rule. Null where it does not repeat.
    async fn repeat_time_zone(&self) -> Option<Text<'_>> {
        self.0.repeat_zone.as_deref().map(Text::from)
    }

    /// When it was planned.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Who planned it. Null where no user did.
    async fn created_by(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.0.created_by)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
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
    /// One task. Null where it does not exist or the caller may not see its prospect.
    #[graphql(guard = "SignedIn")]
    async fn task(&self, ctx: &Context<'_>, #[graphql(desc = "Which task.")] id: ID) -> Result<Option<Task>> {
        let Some(id) = decode(Kind::Task, &id) else { return Ok(None) };
        task(ctx, id).await
    }

    /// The tasks of all prospects that the caller may see, whoever is to do them; earliest due time first, equal ones by id.
    /// Null where the list could not be answered: the reason is in `errors`, with the path of the field.
    #[graphql(guard = "SignedIn")]
    async fn tasks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all if left out, whatever became of them.")] filter: Option<TaskFilter>,
        #[graphql(desc = "How many from the start of the list or after `after`: 0 to 100, 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "How many from the end of the list or before `before`: 0 to 100. Not together with `first` or `after`.")]
        last: Option<i32>,
        #[graphql(desc = "The cursor before which the page ends.")] before: Option<String>,
    ) -> Result<Option<TaskConnection>> {
        let filter = filter.unwrap_or_default().into_filter(&Reading::of(ctx)).map_err(to_graphql)?;
        let scope = cx(ctx).scope().map_err(to_graphql)?;
        let query = ListQuery::new(scope, filter).map_err(to_graphql)?;
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = tasks::list::page(cx(ctx), &query, &args).await.map_err(to_graphql)?;
        let query = Arc::new(query);
        let count = Count::new(move |cx| {
            let query = query.clone();
            async move { tasks::list::count(&cx, &query).await }
        });
        Ok(Some(TaskConnection { page, count }))
    }
}

impl ProspectTaskFilter {
    /// What has to hold for one task at the moment.
    pub fn add_to(self, tests: &mut Tests<'_>) -> crate::error::Result<()> {
        tests.value(
            &filterable::TASK_STATE,
            self.state.map(|test| test.into_test::<task::TaskState>().stored()),
        );
        tests.id(&filterable::TASK_TYPE, self.r#type);
        tests.id(&filterable::ASSIGNEE, self.assignee);
        tests.time(&filterable::DUE_AT, self.due_at)?;
        tests.past(&filterable::IS_OVERDUE, self.is_overdue);
        Ok(())
    }
}

impl TaskFilter {
    /// What it means at the moment: what is overdue by then, with relative periods settled.
    fn into_filter(self, reading: &Reading) -> crate::error::Result<Filter> {
        let each = |filters: Vec<TaskFilter>| filters.into_iter().map(|filter| filter.into_filter(reading)).collect();
        let own = ProspectTaskFilter {
            state: self.state,
            r#type: self.r#type,
            assignee: self.assignee,
            due_at: self.due_at,
            is_overdue: self.is_overdue,
        };
        let mut tests = Tests::new(reading);
        own.add_to(&mut tests)?;
        let mut and: Option<Vec<Filter>> = self.and.map(each).transpose()?;
        if let Some(prospect) = self.prospect {
            and.get_or_insert_default().push(prospect.into_filter(reading)?);
        }
        Ok(combine(
            tests.all,
            and,
            self.or.map(each).transpose()?,
            self.not.map(|filter| filter.into_filter(reading)).transpose()?,
        ))
    }
}

/// The task as the caller sees it.
pub async fn task(ctx: &Context<'_>, id: Uuid) -> Result<Option<Task>> {
    let scope = cx(ctx).scope().map_err(to_graphql)?;
    let task = loaders(ctx).tasks.load(TaskKey(scope, id)).await.map_err(to_graphql)?;
    Ok(task.map(Task))
}

/// A page of the tasks of a prospect.
pub async fn tasks_of(ctx: &Context<'_>, prospect_id: Uuid, filter: Option<ProspectTaskFilter>, args: PageArgs) -> Result<TaskConnection> {
    let window = args.window(&sort::<tasks::Task>(), largest_page(ctx)).map_err(to_graphql)?;
    let filter = filter.unwrap_or_default();
    let due_at = filter.due_at.map(|test| test.into_test(&moment(ctx))).transpose();
    let filter = OwnFilter {
        state: filter.state.map(TaskStateFilter::into_test),
        task_type: filter.r#type.map(|test| test.into_test(Kind::TaskType)),
        assignee: filter.assignee.map(|test| test.into_test(Kind::User)),
        due_at: due_at.map_err(to_graphql)?,
        is_overdue: filter.is_overdue.map(|is_overdue| (is_overdue, cx(ctx).began_at)),
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
