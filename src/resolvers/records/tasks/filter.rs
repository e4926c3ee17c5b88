//! What the list of tasks, joined with their prospects, can be narrowed by.

use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, Condition};

use crate::entities::records::task::{Column, TaskState};
use crate::resolvers::filter::{EnumTest, Filter, IdTest, Predicate, TimeTest};
use crate::resolvers::records::prospects::filter::ProspectPredicate;

pub type TaskFilter = Filter<TaskPredicate>;

#[derive(Clone, Debug)]
pub enum TaskPredicate {
    State(EnumTest<TaskState>),
    Type(IdTest),
    Assignee(IdTest),
    DueAt(TimeTest),
    /// Whether it is overdue, and at which moment.
    Overdue(bool, i64),
    /// Something about its prospect.
    Prospect(ProspectPredicate),
}

impl Predicate for TaskPredicate {
    fn condition(&self) -> Condition {
        use TaskPredicate as P;
        match self {
            P::State(test) => {
                let mut all = Condition::all();
                if let Some(state) = test.eq {
                    all = all.add(is(state));
                }
                if let Some(states) = &test.in_ {
                    // An empty list accepts nothing.
                    let nothing = Condition::any().add(Expr::val(1).eq(0));
                    all = all.add(states.iter().fold(nothing, |any, state| any.add(is(*state))));
                }
                all
            }
            P::Type(test) => test.condition(column(Column::TypeId)),
            P::Assignee(test) => test.condition(column(Column::AssigneeId)),
            P::DueAt(test) => test.condition(column(Column::DueAt)),
            P::Overdue(is_overdue, moment) => {
                let overdue = Condition::all().add(is(TaskState::Planned)).add(Column::DueAt.lt(*moment));
                if *is_overdue { overdue } else { overdue.not() }
            }
            P::Prospect(predicate) => predicate.condition(),
        }
    }

    fn value_count(&self) -> usize {
        use TaskPredicate as P;
        match self {
            P::State(test) => test.value_count(),
            P::Type(test) | P::Assignee(test) => test.value_count(),
            P::DueAt(_) | P::Overdue(..) => 1,
            P::Prospect(predicate) => predicate.value_count(),
        }
    }
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

fn is(state: TaskState) -> SimpleExpr {
    column(Column::State).eq(Expr::cust(quoted(state)))
}

fn column(column: Column) -> SimpleExpr {
    Expr::col(column.as_column_ref())
}
