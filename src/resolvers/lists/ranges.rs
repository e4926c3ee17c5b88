//! Ranges of an order that begins with an expression: an index has each of them in order, though none has them all.
//!
//! The index of an attribute has only the rows with a value, while those without one come last in both directions. So the ranges of a page
//! are read one after the other in one statement. Both databases stop at its limit, before they read a range that the page does not reach.

use sea_orm::sea_query::{Alias, Asterisk, Expr, ExprTrait, JoinType, Query, SelectStatement, SimpleExpr, UnionType};
use sea_orm::{EntityTrait, QueryTrait, Select};

use super::cursor::{Key, Position};
use super::order::{ID, Sort, SortExpression};
use super::page::Window;

/// Adjacent rows of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Range<'a> {
    /// The rows with a value.
    Valued,
    /// The rows with the value of the position, past the position.
    Equal(&'a Position),
    /// The rows with values past that of the position.
    Past(&'a Position),
    /// The rows without a value, past the position if it is among them.
    Null(Option<&'a Position>),
}

impl Window {
    /// The rows of the window and one more, range by range in the order of reading. None if the order has no such ranges.
    pub(super) fn select_ranges<E: EntityTrait>(&self, select: &Select<E>, sort: &Sort) -> Option<SelectStatement> {
        let expression = sort.indexed_expression()?;
        let ranges = self.ranges().into_iter().enumerate().map(|(number, range)| {
            let rows = self.range(select.clone().into_query(), sort, expression, range);
            Query::select()
                .column(Asterisk)
                .from_subquery(rows, Alias::new(format!("range_{number}")))
                .to_owned()
        });
        let mut all = ranges.reduce(|mut all, range| {
            all.union(UnionType::All, range);
            all
        })?;
        all.limit(self.limit());
        Some(all)
    }

    fn ranges(&self) -> Vec<Range<'_>> {
        let has_value = |position: &Position| !matches!(position.keys.first(), Some(Key::Null) | None);
        match (&self.position, self.is_backward) {
            (None, false) => vec![Range::Valued, Range::Null(None)],
            (None, true) => vec![Range::Null(None), Range::Valued],
            (Some(position), false) if has_value(position) => vec![Range::Equal(position), Range::Past(position), Range::Null(None)],
            (Some(position), true) if has_value(position) => vec![Range::Equal(position), Range::Past(position)],
            (Some(position), false) => vec![Range::Null(Some(position))],
            (Some(position), true) => vec![Range::Null(Some(position)), Range::Valued],
        }
    }

    fn range(&self, mut rows: SelectStatement, sort: &Sort, expression: &SortExpression, range: Range) -> SelectStatement {
        let (first, direction) = &sort.columns[0];
        let is_null = matches!(range, Range::Null(_));
        // Where another table has the values, the index is one of that table, and the ids in it are of that table.
        let of_other = !is_null && expression.table != sort.table;
        let table = if of_other { expression.table } else { sort.table };
        let column = if of_other {
            Expr::cust(expression.sql.clone())
        } else {
            sort.sql(first)
        };
        let id = Expr::col((Alias::new(table), Alias::new(&*ID.name)));
        if of_other {
            let same_row = id.clone().eq(sort.sql(&ID));
            rows.join(JoinType::InnerJoin, Alias::new(table), same_row);
        }
        let value = |position: &Position| position.keys.first().and_then(Key::value);
        match range {
            Range::Valued => rows.and_where(column.clone().is_not_null()),
            Range::Equal(position) => rows.and_where_option(value(position).map(|value| column.clone().eq(value))),
            Range::Past(position) => rows.and_where_option(value(position).map(|value| match self.is_ascending(*direction) {
                true => column.clone().gt(value),
                false => column.clone().lt(value),
            })),
            Range::Null(_) => rows.and_where(column.clone().is_null()),
        };
        match range {
            Range::Valued | Range::Past(_) => rows.order_by_expr(column, self.order(*direction)),
            Range::Equal(position) | Range::Null(Some(position)) => rows.cond_where(self.beyond(position, sort, 1, id.clone())),
            Range::Null(None) => &mut rows,
        };
        if is_null && let [_, (next, _), _, ..] = &sort.columns[..] {
            rows.and_where_option(next.holding_for_all(sort.table));
        }
        self.order_by(&mut rows, sort, 1, id);
        rows.limit(self.limit());
        rows
    }

    /// Orders a query by the columns from one on, and by the id.
    pub(super) fn order_by(&self, rows: &mut SelectStatement, sort: &Sort, from: usize, id: SimpleExpr) {
        for (column, direction) in &sort.columns[from..] {
            let (expression, order) = (sort.sql(column), self.order(*direction));
            match column.is_nullable() {
                true => rows.order_by_expr_with_nulls(expression, order, self.nulls()),
                false => rows.order_by_expr(expression, order),
            };
        }
        rows.order_by_expr(id, self.order(sort.last_direction()));
    }
}
