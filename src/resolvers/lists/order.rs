//! The order of a list: the columns and expressions that its rows are sorted by, ending with the id.

use std::borrow::Cow;
use std::fmt::Write;

use sea_orm::sea_query::{Alias, Expr, ExprTrait, SimpleExpr};

use crate::error::{Error, Result};

/// A column to sort by, or an expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SortColumn {
    /// The column of the table; of an expression its name in cursors.
    pub name: Cow<'static, str>,
    /// Whether the values are text; otherwise they are 64-bit integers.
    pub is_text: bool,
    /// An expression may be null, and the rows do not have its values: a page reads them beside its rows.
    pub expression: Option<SortExpression>,
}

/// An expression to sort by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SortExpression {
    /// SQL over the columns of its table.
    pub sql: String,
    /// The table that has the values: that of the list, or another one, whose row has the same id.
    pub table: &'static str,
    /// Whether an index of the table has the rows with a value in the order of the values and the ids.
    pub is_indexed: bool,
}

impl SortColumn {
    /// A column of integers, never null.
    pub const fn integer(name: &'static str) -> SortColumn {
        SortColumn {
            name: Cow::Borrowed(name),
            is_text: false,
            expression: None,
        }
    }

    /// A column of texts, never null.
    pub const fn text(name: &'static str) -> SortColumn {
        SortColumn {
            name: Cow::Borrowed(name),
            is_text: true,
            expression: None,
        }
    }

    /// An expression, which is null in some rows. These come last in both directions.
    pub fn expression(name: String, is_text: bool, expression: SortExpression) -> SortColumn {
        SortColumn {
            name: Cow::Owned(name),
            is_text,
            expression: Some(expression),
        }
    }

    pub fn is_nullable(&self) -> bool {
        self.expression.is_some()
    }

    /// A condition that holds for every row. It makes SQLite begin at the index of this column instead of sorting all rows by several. None
    /// of an expression, which may be null.
    pub fn holding_for_all(&self, table: &'static str) -> Option<SimpleExpr> {
        let column = Expr::col((Alias::new(table), Alias::new(&*self.name)));
        let is_any = if self.is_text { column.gte("") } else { column.gte(i64::MIN) };
        (!self.is_nullable()).then_some(is_any)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    Ascending,
    Descending,
}

/// The order of a list. The id always comes last, in the direction of the last column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sort {
    pub table: &'static str,
    pub columns: Vec<(SortColumn, Direction)>,
}

/// Steps of an order.
const MOST_STEPS: usize = 3;

/// The steps of an order that a client gives, or the default one if there are none.
pub fn checked_order(mut steps: Vec<(SortColumn, Direction)>, default: (SortColumn, Direction)) -> Result<Vec<(SortColumn, Direction)>> {
    if steps.len() > MOST_STEPS {
        return Err(Error::BadInput(format!("a list may be ordered by at most {MOST_STEPS} fields")));
    }
    let is_repeated = |index: usize| steps[..index].iter().any(|(other, _)| *other == steps[index].0);
    if (0..steps.len()).any(is_repeated) {
        return Err(Error::BadInput("a list may be ordered by each field only once".to_owned()));
    }
    if steps.is_empty() {
        steps.push(default);
    }
    Ok(steps)
}

pub(super) const ID: SortColumn = SortColumn::integer("id");

impl Sort {
    /// The columns whose values are not in the rows.
    pub(super) fn expressions(&self) -> impl Iterator<Item = &SortColumn> {
        self.columns
            .iter()
            .map(|(column, _)| column)
            .filter(|column| column.expression.is_some())
    }

    /// The expression that the order begins with, if an index has its values in order: pages are read by that index, range by range.
    pub fn indexed_expression(&self) -> Option<&SortExpression> {
        let (first, _) = self.columns.first()?;
        first.expression.as_ref().filter(|expression| expression.is_indexed)
    }

    pub fn last_direction(&self) -> Direction {
        self.columns.last().map_or(Direction::Descending, |(_, direction)| *direction)
    }

    /// Distinguishes the cursors of one order from those of another.
    pub(super) fn signature(&self) -> String {
        let mut signature = String::from(self.table);
        for (column, direction) in &self.columns {
            let sign = if *direction == Direction::Ascending { '+' } else { '-' };
            let _ = write!(signature, "{sign}{}", column.name);
        }
        signature
    }

    /// The column or expression in a statement.
    pub(super) fn sql(&self, column: &SortColumn) -> SimpleExpr {
        match &column.expression {
            Some(SortExpression { sql, table, .. }) if *table == self.table => Expr::cust(sql.clone()),
            Some(SortExpression { sql, table, .. }) => {
                Expr::cust(format!("(SELECT {sql} FROM {table} WHERE {table}.id = {}.id)", self.table))
            }
            None => Expr::col((Alias::new(self.table), Alias::new(&*column.name))),
        }
    }
}
