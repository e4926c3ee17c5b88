//! Pages of a list by key: a cursor names a row by what the list is sorted by, so that nothing is skipped or repeated while others insert.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::sea_query::{Expr, NullOrdering, SimpleExpr};
use sea_orm::{
    Condition, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, Order, QueryFilter, QueryResult, QuerySelect, QueryTrait, Select,
    Statement,
};
use uuid::Uuid;

use super::access_path::AccessPath;
use super::keyset::{self, Step};
use super::order::ID;
use crate::error::{Error, Result};

pub use super::cursor::{Key, Position};
pub use super::order::{Direction, Sort, SortColumn, SortExpression, checked_order};

/// Default page size.
pub const DEFAULT_SIZE: u64 = 20;
/// Values in a statement: SQLite takes 32,766 in one.
const MAX_VALUES: usize = 32_000;

/// Arguments of a list.
#[derive(Clone, Debug, Default)]
pub struct PageArgs {
    pub first: Option<i32>,
    pub after: Option<String>,
    pub last: Option<i32>,
    pub before: Option<String>,
}

/// The rows of a page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    pub size: u64,
    /// Counted from the end of the list, or backwards from the position.
    pub is_backward: bool,
    pub position: Option<Position>,
}

/// A row that can say where it stands.
pub trait Keyed: Clone {
    /// The value of a column that is no expression.
    fn key(&self, column: &SortColumn) -> Key;
    fn id(&self) -> Uuid;
}

impl<T: Keyed> Keyed for Arc<T> {
    fn key(&self, column: &SortColumn) -> Key {
        T::key(self, column)
    }

    fn id(&self) -> Uuid {
        T::id(self)
    }
}

#[derive(Clone, Debug)]
pub struct Page<T> {
    pub rows: Vec<T>,
    pub has_next: bool,
    pub has_previous: bool,
    pub sort: Arc<Sort>,
    /// The values of the expressions of the order, by the id of the row.
    pub sort_values: Arc<HashMap<Uuid, Vec<Key>>>,
}

impl PageArgs {
    /// The checked arguments.
    pub fn window(&self, sort: &Sort, largest: u64) -> Result<Window> {
        let is_backward = self.last.is_some() || self.before.is_some();
        if is_backward && (self.first.is_some() || self.after.is_some()) {
            return Err(Error::BadInput(
                "`first` and `after` cannot be combined with `last` and `before`".to_owned(),
            ));
        }
        let (size, name, cursor) = if is_backward {
            (self.last, "last", &self.before)
        } else {
            (self.first, "first", &self.after)
        };
        let size = match size {
            None => Ord::min(DEFAULT_SIZE, largest),
            Some(size) => u64::try_from(size)
                .ok()
                .filter(|size| *size <= largest)
                .ok_or_else(|| Error::BadInput(format!("`{name}` must be from 0 to {largest}")))?,
        };
        let position = match cursor {
            None => None,
            Some(text) => Some(Position::parse(text, sort).ok_or_else(|| Error::BadInput("this is not a cursor of this list".to_owned()))?),
        };
        Ok(Window {
            size,
            is_backward,
            position,
        })
    }
}

impl Window {
    /// Number of rows to read: one more than the page, to know whether more follow.
    pub fn limit(&self) -> u64 {
        self.size + 1
    }

    /// Makes the page of the rows that were read in the order of the window.
    pub fn page<T>(&self, mut rows: Vec<T>, sort: Arc<Sort>) -> Page<T> {
        let has_more = rows.len() as u64 > self.size;
        rows.truncate(self.size as usize);
        let (has_next, has_previous) = if self.is_backward {
            rows.reverse();
            (self.position.is_some(), has_more)
        } else {
            (has_more, self.position.is_some())
        };
        Page {
            rows,
            has_next,
            has_previous,
            sort,
            sort_values: Arc::default(),
        }
    }

    /// Reads the page of a query by the access path. One statement, also where the order has expressions.
    pub async fn read<E: EntityTrait, T: Keyed>(
        &self,
        db: &impl ConnectionTrait,
        path: &AccessPath,
        mut select: Select<E>,
        sort: &Arc<Sort>,
        row: impl Fn(E::Model) -> T,
    ) -> Result<Page<T>> {
        let expressions: Vec<&SortColumn> = sort.expressions().collect();
        if expressions.is_empty() {
            let rows = self.apply(select, sort).all(db).await?;
            return Ok(self.page(rows.into_iter().map(row).collect(), sort.clone()));
        }
        for (index, column) in expressions.iter().enumerate() {
            select = select.expr_as(sort.sql(column), sort_alias(index));
        }
        let statement = self.statement(db.get_database_backend(), path, select, sort);
        let mut rows = Vec::new();
        let mut values = HashMap::new();
        for found in db.query_all_raw(statement).await? {
            let row = row(E::Model::from_query_result(&found, "")?);
            let keys: Result<Vec<Key>> = expressions
                .iter()
                .enumerate()
                .map(|(index, column)| read_key(&found, index, column))
                .collect();
            values.insert(row.id(), keys?);
            rows.push(row);
        }
        let mut page = self.page(rows, sort.clone());
        page.sort_values = Arc::new(values);
        Ok(page)
    }

    /// Selective conditions leave few rows, which are sorted. Each range repeats the conditions, and a statement may not have any number of
    /// values.
    fn statement<E: EntityTrait>(&self, backend: DbBackend, path: &AccessPath, select: Select<E>, sort: &Sort) -> Statement {
        let ranges = match path {
            AccessPath::Selective(_) => None,
            AccessPath::Scan | AccessPath::Unselective(_) => self.select_ranges(&select, sort),
        };
        let statement = ranges.map(|ranges| backend.build(&ranges));
        let has_room = |statement: &Statement| statement.values.as_ref().is_none_or(|values| values.0.len() <= MAX_VALUES);
        statement
            .filter(has_room)
            .unwrap_or_else(|| self.apply(select, sort).build(backend))
    }

    /// Restricts, orders and limits a query to the rows of the window and one more.
    pub fn apply<E: EntityTrait>(&self, mut select: Select<E>, sort: &Sort) -> Select<E> {
        if let Some(position) = &self.position {
            select = select.filter(self.beyond(position, sort, 0, sort.sql(&ID)));
        }
        self.order_by(QueryTrait::query(&mut select), sort, 0, sort.sql(&ID));
        select.limit(self.limit())
    }

    /// Whether larger values come later when the rows are read.
    pub fn is_ascending(&self, direction: Direction) -> bool {
        (direction == Direction::Ascending) != self.is_backward
    }

    pub(super) fn order(&self, direction: Direction) -> Order {
        if self.is_ascending(direction) { Order::Asc } else { Order::Desc }
    }

    /// Read backward, what comes last comes first.
    pub(super) fn nulls(&self) -> NullOrdering {
        if self.is_backward {
            NullOrdering::First
        } else {
            NullOrdering::Last
        }
    }

    /// The rows past the position by the columns from one on and the id, where those before are equal.
    pub(super) fn beyond(&self, position: &Position, sort: &Sort, from: usize, id: SimpleExpr) -> Condition {
        let mut steps: Vec<Step> = sort.columns[from..]
            .iter()
            .zip(&position.keys[from..])
            .map(|((column, direction), key)| Step {
                column: sort.sql(column),
                value: key.value(),
                is_ascending: self.is_ascending(*direction),
                nulls_follow: column.is_nullable().then_some(!self.is_backward),
            })
            .collect();
        steps.push(Step {
            column: id,
            value: Some(Expr::val(position.id)),
            is_ascending: self.is_ascending(sort.last_direction()),
            nulls_follow: None,
        });
        keyset::beyond(steps)
    }
}

/// Name of the value of an expression of the order in the rows of a statement.
fn sort_alias(index: usize) -> String {
    format!("sorted_by_{index}")
}

fn read_key(row: &QueryResult, index: usize, column: &SortColumn) -> Result<Key> {
    let name = sort_alias(index);
    let key = match column.is_text {
        true => row.try_get::<Option<String>>("", &name)?.map(Key::Text),
        false => row.try_get::<Option<i64>>("", &name)?.map(Key::Integer),
    };
    Ok(key.unwrap_or(Key::Null))
}

impl<T> Page<T> {
    /// Length of the list, if the page holds all of it.
    pub fn whole(&self) -> Option<u64> {
        (!self.has_next && !self.has_previous).then_some(self.rows.len() as u64)
    }
}

impl<T: Keyed> Page<T> {
    /// The cursor of a row of this page.
    pub fn cursor(&self, row: &T) -> String {
        let id = row.id();
        let mut values = self.sort_values.get(&id).into_iter().flatten().cloned();
        let key = |column: &SortColumn| match column.expression {
            Some(_) => values.next().unwrap_or(Key::Null),
            None => row.key(column),
        };
        let keys = self.sort.columns.iter().map(|(column, _)| column).map(key).collect();
        Position { keys, id }.encode(&self.sort)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sort() -> Sort {
        Sort {
            table: "prospects",
            columns: vec![(SortColumn::integer("created_at"), Direction::Descending)],
        }
    }

    #[test]
    fn sizes_and_directions_are_checked() {
        let asked = |first, last| {
            PageArgs {
                first,
                last,
                ..Default::default()
            }
            .window(&sort(), 100)
        };
        assert_eq!(asked(None, None).expect("default").size, 20);
        assert_eq!(asked(Some(100), None).expect("largest").size, 100);
        assert!(asked(None, Some(3)).expect("backward").is_backward);
        for (first, last) in [(Some(101), None), (Some(-1), None), (None, Some(101)), (Some(1), Some(1))] {
            assert!(asked(first, last).is_err(), "{first:?} {last:?}");
        }
    }
}
