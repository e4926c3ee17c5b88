//! The order of a list: the columns and expressions that its rows are sorted by, ending with the id.

use std::borrow::Cow;
use std::fmt::Write;

use sea_orm::sea_query::{Alias, Expr, SimpleExpr};

use crate::error::{Error, Result};

/// A column to sort by, or an expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SortColumn {
    /// The column of the table; of an expression its name in cursors.
    pub name: Cow<'static, str>,
    /// Whether the values are text; otherwise they are 64-bit integers.
    pub is_text: bool,
    /// SQL of an expression. It may be null, and the rows do not have its values: a page reads them beside its rows.
    pub expression: Option<String>,
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
    pub fn expression(name: String, is_text: bool, sql: String) -> SortColumn {
        SortColumn {
            name: Cow::Owned(name),
            is_text,
            expression: Some(sql),
        }
    }

    pub fn is_nullable(&self) -> bool {
        self.expression.is_some()
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
            Some(sql) => Expr::cust(sql.clone()),
            None => Expr::col((Alias::new(self.table), Alias::new(&*column.name))),
        }
    }
}
