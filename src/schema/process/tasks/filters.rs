//! Filters of tasks, and their conversion to what resolvers take.

use async_graphql::{Context, InputObject};

use super::TaskState;
use crate::entities::process::task;
use crate::error::Result;
use crate::resolvers::filter::{Filter, Fragment};
use crate::resolvers::process::tasks;
use crate::resolvers::records::filterable;
use crate::schema::custom::{CustomFilter, OfTask};
use crate::schema::cx;
use crate::schema::filters::{DateTimeFilter, FilterContext, IdFilter, Tests, combine, enum_filter};
use crate::schema::records::attributes::filters::{AttributeConditions, AttributeFilter};
use crate::schema::records::lists::ProspectFilter;

enum_filter! {
    /// Condition on the state of a task.
    TaskStateFilter over TaskState
}

/// Conditions on the tasks of a prospect. All conditions given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ProspectTaskFilter {
    /// State of the task.
    pub state: Option<TaskStateFilter>,
    /// Type of task.
    pub r#type: Option<IdFilter>,
    /// Assignee of the task; `isNull: true` matches tasks without one.
    pub assignee: Option<IdFilter>,
    /// Due time of the task.
    pub due_at: Option<DateTimeFilter>,
    /// True matches planned tasks whose due time has passed, false the others.
    pub is_overdue: Option<bool>,
    /// Time of completion; `isNull: true` matches tasks that are not completed.
    pub completed_at: Option<Box<DateTimeFilter>>,
    /// User who completed the task; `isNull: true` matches tasks that no user completed.
    pub completed_by: Option<Box<IdFilter>>,
    /// User who created the task; `isNull: true` matches tasks that no user created.
    pub created_by: Option<Box<IdFilter>>,
    /// Time at which the task was created.
    pub created_at: Option<Box<DateTimeFilter>>,
    /// Attributes (custom fields) of the task.
    pub attributes: Option<Vec<AttributeFilter>>,
    /// Attributes (custom fields) of the task, as typed fields.
    pub custom: Option<Box<CustomFilter<OfTask>>>,
}

/// Conditions on tasks. All conditions given must hold. At most 4 levels, 50 conditions, and 200 values for each `in`.
#[derive(Clone, Debug, Default, InputObject)]
pub struct TaskFilter {
    /// State of the task. Default: all states.
    pub state: Option<TaskStateFilter>,
    /// Type of task.
    pub r#type: Option<IdFilter>,
    /// Assignee of the task; `isNull: true` matches tasks without one.
    pub assignee: Option<IdFilter>,
    /// Due time of the task.
    pub due_at: Option<DateTimeFilter>,
    /// True matches planned tasks whose due time has passed, false the others.
    pub is_overdue: Option<bool>,
    /// Time of completion; `isNull: true` matches tasks that are not completed.
    pub completed_at: Option<Box<DateTimeFilter>>,
    /// User who completed the task; `isNull: true` matches tasks that no user completed.
    pub completed_by: Option<Box<IdFilter>>,
    /// User who created the task; `isNull: true` matches tasks that no user created.
    pub created_by: Option<Box<IdFilter>>,
    /// Time at which the task was created.
    pub created_at: Option<Box<DateTimeFilter>>,
    /// Attributes (custom fields) of the task.
    pub attributes: Option<Vec<AttributeFilter>>,
    /// Attributes (custom fields) of the task, as typed fields.
    pub custom: Option<Box<CustomFilter<OfTask>>>,
    /// Conditions on the prospect of the task.
    pub prospect: Option<Box<ProspectFilter>>,
    /// All of these conditions hold.
    pub and: Option<Vec<TaskFilter>>,
    /// At least one of these conditions holds. An empty list matches nothing.
    pub or: Option<Vec<TaskFilter>>,
    /// The condition does not hold.
    pub not: Option<Box<TaskFilter>>,
}

impl ProspectTaskFilter {
    /// Adds the conditions on one task at the time of the request.
    pub fn add_to(self, tests: &mut Tests<'_>) -> Result<()> {
        tests.value(
            &filterable::TASK_STATE,
            self.state.map(|test| test.into_test::<task::TaskState>().stored()),
        );
        tests.id(&filterable::TASK_TYPE, self.r#type);
        tests.id(&filterable::ASSIGNEE, self.assignee);
        tests.time(&filterable::DUE_AT, self.due_at)?;
        tests.past(&filterable::IS_OVERDUE, self.is_overdue);
        tests.time(&filterable::COMPLETED_AT, self.completed_at.map(|test| *test))?;
        tests.id(&filterable::COMPLETED_BY, self.completed_by.map(|test| *test));
        tests.id(&filterable::TASK_CREATED_BY, self.created_by.map(|test| *test));
        tests.time(&filterable::TASK_CREATED_AT, self.created_at.map(|test| *test))?;
        let attributes = AttributeConditions {
            generic: self.attributes,
            typed: self.custom,
        };
        attributes.add_to(tests)
    }
}

impl TaskFilter {
    /// Resolves the input against the clock of the request: what is overdue, and relative periods.
    pub fn into_filter(self, context: &FilterContext) -> Result<Filter> {
        let each = |filters: Vec<TaskFilter>| filters.into_iter().map(|filter| filter.into_filter(context)).collect();
        let own = ProspectTaskFilter {
            state: self.state,
            r#type: self.r#type,
            assignee: self.assignee,
            due_at: self.due_at,
            is_overdue: self.is_overdue,
            completed_at: self.completed_at,
            completed_by: self.completed_by,
            created_by: self.created_by,
            created_at: self.created_at,
            attributes: self.attributes,
            custom: self.custom,
        };
        let mut tests = Tests::new(context);
        own.add_to(&mut tests)?;
        let mut and: Option<Vec<Filter>> = self.and.map(each).transpose()?;
        if let Some(prospect) = self.prospect {
            and.get_or_insert_default().push(prospect.into_filter(context)?);
        }
        Ok(combine(
            tests.all,
            and,
            self.or.map(each).transpose()?,
            self.not.map(|filter| filter.into_filter(context)).transpose()?,
        ))
    }
}

/// Conditions on the attributes of the tasks of a prospect, whose table has an alias there.
pub fn attributes_of(
    ctx: &Context<'_>,
    generic: Option<Vec<AttributeFilter>>,
    typed: Option<Box<CustomFilter<OfTask>>>,
) -> Result<Option<Fragment>> {
    let context = FilterContext::of(ctx);
    let mut tests = Tests::new(&context);
    AttributeConditions { generic, typed }.add_to_table("t", &mut tests)?;
    tasks::attribute_conditions(cx(ctx), tests.all)
}
