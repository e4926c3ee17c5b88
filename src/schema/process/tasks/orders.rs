//! Sort orders of the list of tasks.

use async_graphql::{Enum, InputObject};

use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::error::Result;
use crate::resolvers::lists::page::{Direction, SortColumn};
use crate::resolvers::process::tasks;
use crate::schema::filters::FilterContext;
use crate::schema::records::attributes::filters::order_step;
use crate::schema::records::lists::OrderDirection;

/// Sort keys of a list of tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum TaskOrderField {
    /// Due time of the task.
    DueAt,
    /// Attribute (custom field) of the task, named by `attributeKey`. Tasks without a value come last in both directions.
    Attribute,
}

/// One step of the sort order of tasks.
#[derive(Clone, Debug, InputObject)]
pub struct TaskOrder {
    /// Sort key of this step.
    pub field: TaskOrderField,
    /// Key of the attribute, with the field `ATTRIBUTE` only. `BAD_USER_INPUT` if there is no such attribute, or it is retired, a long text or
    /// multiple. Texts are ordered without accents and case, choices by their keys.
    pub attribute_key: Option<String>,
    /// Sort direction.
    pub direction: OrderDirection,
}

impl TaskOrder {
    pub fn into_step(self, context: &FilterContext) -> Result<(SortColumn, Direction)> {
        let column = match self.field {
            TaskOrderField::DueAt => Some(tasks::DUE_AT),
            TaskOrderField::Attribute => None,
        };
        order_step(context, AttributeEntity::Task, column, self.attribute_key, self.direction.into())
    }
}
