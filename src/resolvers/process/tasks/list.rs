//! The list of tasks over all prospects that the caller sees, earliest due time first.

use sea_orm::{Condition, Select};

use super::{DUE_AT, Task, joined};
use crate::auth::Scope;
use crate::entities::process::task;
use crate::resolvers::filter::ColumnTest;
use crate::resolvers::lists::page::{Direction, SortColumn};
use crate::resolvers::records::child_list::Listed;
use crate::resolvers::records::filterable;

impl Listed for Task {
    type Entity = task::Entity;
    const TABLE: &'static str = "tasks";
    const ORDER: (SortColumn, Direction) = (DUE_AT, Direction::Ascending);

    fn of(row: task::Model) -> Task {
        Task::from(row)
    }

    fn id() -> task::Column {
        task::Column::Id
    }

    fn joined() -> Select<task::Entity> {
        joined()
    }

    fn live() -> Option<Condition> {
        None
    }

    /// By columns of the tasks. The type is a check for the tasks of one owner: these are few among those of all.
    fn is_found_by(test: &ColumnTest, scope: Scope) -> bool {
        test.column.is_of(Self::TABLE) && (scope == Scope::All || *test.column != filterable::TASK_TYPE)
    }
}
