//! What the list of tasks, joined with their prospects, can be narrowed by.

use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, Condition};

use crate::entities::records::task::{Column, TaskState};
use crate::resolvers::filter::{EnumTest, Filter, IdTest, Predicate, TimeTest};
use crate::resolvers::records::prospects::filter::ProspectPredicate;

pub type TaskFilter = Filter<TaskPredicate>;

#[derive(Clone, Debug)]
pub enum TaskPredicate {
    /// Something about the task itself.
    Task(TaskTest),
    /// Something about its prospect.
    Prospect(ProspectPredicate),
}

#[derive(Clone, Debug)]
pub enum TaskTest {
    State(EnumTest<TaskState>),
    Type(IdTest),
    Assignee(IdTest),
    DueAt(TimeTest),
    /// Whether it is overdue, and at which moment.
    Overdue(bool, i64),
}

impl Predicate for TaskPredicate {
    fn condition(&self) -> Condition {
        match self {
            TaskPredicate::Task(test) => test.condition(),
            TaskPredicate::Prospect(predicate) => predicate.condition(),
        }
    }

    fn value_count(&self) -> usize {
        match self {
            TaskPredicate::Task(test) => test.value_count(),
            TaskPredicate::Prospect(predicate) => predicate.value_count(),
        }
    }

    fn test_count(&self) -> usize {
        match self {
            TaskPredicate::Task(_) => 1,
            TaskPredicate::Prospect(predicate) => predicate.test_count(),
        }
    }
}

impl TaskTest {
    pub fn condition(&self) -> Condition {
        use TaskTest as T;
        match self {
            T::State(test) => {
                let states = test.in_.as_ref().map(|states| {
                    // An empty list accepts nothing.
                    let listed: Vec<SimpleExpr> = states.iter().map(|state| Expr::cust(quoted(*state))).collect();
                    if listed.is_empty() {
                        Expr::val(1).eq(0)
                    } else {
                        column(Column::State).is_in(listed)
                    }
                });
                let all = Condition::all().add_option(test.eq.map(is_in)).add_option(states);
                // In the words of the index of those that are over.
                all.add_option(is_over(test).then(|| Expr::cust("tasks.state <> 'PLANNED'")))
            }
            T::Type(test) => test.of_every(column(Column::TypeId)),
            T::Assignee(test) => test.condition(column(Column::AssigneeId)),
            T::DueAt(test) => test.of_every(column(Column::DueAt)),
            T::Overdue(is_overdue, moment) => {
                let overdue = Condition::all().add(is_in(TaskState::Planned)).add(Column::DueAt.lt(*moment));
                if *is_overdue { overdue } else { overdue.not() }
            }
        }
    }

    pub fn value_count(&self) -> usize {
        use TaskTest as T;
        match self {
            T::State(test) => test.value_count(),
            T::Type(test) | T::Assignee(test) => test.value_count(),
            T::DueAt(_) | T::Overdue(..) => 1,
        }
    }

    /// Whether an index leads to the tasks that pass.
    pub fn is_indexed(&self) -> bool {
        use TaskTest as T;
        match self {
            T::State(test) => test.eq == Some(TaskState::Planned) || is_over(test),
            T::Type(test) | T::Assignee(test) => test.is_exact() || test.is_null == Some(true),
            T::DueAt(test) => test.is_bounded() || test.is_null == Some(true),
            T::Overdue(is_overdue, _) => *is_overdue,
        }
    }
}

/// Whether it asks for certain states, of tasks that are not planned any more.
fn is_over(test: &EnumTest<TaskState>) -> bool {
    let is_over = |state: &TaskState| *state != TaskState::Planned;
    test.eq.as_ref().is_some_and(is_over) || test.in_.as_ref().is_some_and(|states| states.iter().all(is_over))
}

/// The state as SQL writes it. An index over the planned ones is used only where the text of a statement says so, and a parameter does not.
pub(super) fn quoted(state: TaskState) -> &'static str {
    match state {
        TaskState::Planned => "'PLANNED'",
        TaskState::Done => "'DONE'",
        TaskState::Cancelled => "'CANCELLED'",
        TaskState::Superseded => "'SUPERSEDED'",
    }
}

/// That a task is in the state.
pub fn is_in(state: TaskState) -> SimpleExpr {
    column(Column::State).eq(Expr::cust(quoted(state)))
}

fn column(column: Column) -> SimpleExpr {
    Expr::col(column.as_column_ref())
}
