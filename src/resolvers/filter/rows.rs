//! Child rows as data: a table, which of its rows count, and conditions on them as SQL.

use std::borrow::Cow;

use sea_orm::Condition;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, JoinType, Query, SelectStatement, SimpleExpr};

use super::{Filter, Predicate, Test, checked};
use crate::rules::search::Words;

/// Child rows of a parent: a table, and which of its rows count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    pub table: &'static str,
    /// The column that names the parent.
    pub parent: &'static str,
    /// The id of the parent.
    pub of: Cow<'static, str>,
    /// The column that names the prospect, where the parent names its row instead, as a prospect does its current cycle.
    pub prospect: Option<&'static str>,
    /// Condition on all rows, if any.
    pub live: Option<Cow<'static, str>>,
}

/// Quantifier over child rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// One row passes, or more.
    Some,
    /// No row passes.
    None,
    /// No row fails; where there is no row this holds.
    Every,
}

/// A test of child rows.
#[derive(Clone, Debug)]
pub struct RowsTest {
    pub rows: Cow<'static, Rows>,
    pub quantifier: Quantifier,
    /// Has to hold for one and the same row.
    pub filter: Box<Filter>,
}

impl Rows {
    /// The rows with these columns; no parent is named yet.
    fn select(&self) -> SelectStatement {
        let mut rows = Query::select();
        rows.from(Alias::new(self.table));
        if let Some(live) = self.live() {
            rows.and_where(live);
        }
        rows
    }

    fn live(&self) -> Option<SimpleExpr> {
        self.live.as_ref().map(|live| Expr::cust(live.to_string()))
    }

    fn belongs(&self) -> SimpleExpr {
        Expr::cust(format!("{} = {}", self.parent, self.of))
    }
}

impl RowsTest {
    pub fn new(rows: &'static Rows, quantifier: Quantifier, filter: Filter) -> RowsTest {
        RowsTest::of(Cow::Borrowed(rows), quantifier, filter)
    }

    pub fn of(rows: Cow<'static, Rows>, quantifier: Quantifier, filter: Filter) -> RowsTest {
        RowsTest {
            rows,
            quantifier,
            filter: Box::new(filter),
        }
    }

    /// The deciding rows of the current parent: those that match, or for `Every` those that do not.
    pub fn deciding(&self, condition: Condition, is_checked: bool) -> SelectStatement {
        let decides = match self.quantifier {
            Quantifier::Every => Condition::all().add(checked(condition).not()),
            Quantifier::Some | Quantifier::None => condition,
        };
        let mut rows = self.rows.select();
        rows.expr(Expr::val(1)).and_where(self.rows.belongs());
        if !decides.is_empty() {
            match is_checked {
                true => rows.and_where(checked(decides)),
                false => rows.cond_where(decides),
            };
        }
        rows
    }

    /// Whether the parents are prospects, and not other child rows.
    pub fn is_of_prospects(&self) -> bool {
        self.rows.of == "prospects.id" || self.rows.prospect.is_some()
    }

    /// The parents of the rows that pass, some more than once, where an index leads to them. Of rows that a prospect names, such as its
    /// current cycle, all prospects with such a row, of which the condition itself leaves those that pass.
    pub fn parents(&self, condition: &impl Fn(&Filter) -> Condition) -> Option<SelectStatement> {
        if self.quantifier != Quantifier::Some {
            return None;
        }
        let mut rows = self.rows.select();
        let parent = self.rows.prospect.unwrap_or(self.rows.parent);
        rows.expr_as(Expr::cust(parent), Alias::new("id"));
        let inner = self.filter.holding().find_map(|predicate| match predicate {
            Predicate::Rows(inner) if inner.quantifier == Quantifier::Some && inner.has_indexed_test() => Some(inner),
            _ => None,
        });
        match inner.filter(|_| !self.has_indexed_test()) {
            // `CROSS JOIN` keeps SQLite from beginning at the rows in the middle.
            Some(inner) => {
                rows = inner.rows.select();
                rows.expr_as(Expr::cust(parent), Alias::new("id"))
                    .join(JoinType::CrossJoin, Alias::new(self.rows.table), Condition::all())
                    .and_where(inner.rows.belongs())
                    .and_where_option(self.rows.live())
                    .cond_where(condition(&inner.filter));
            }
            None if self.is_indexed() => {}
            None => return None,
        }
        Some(rows.cond_where(condition(&self.filter)).to_owned())
    }

    /// Whether an index leads to rows that pass. Where nothing is tested, the first rows that there are will do.
    fn is_indexed(&self) -> bool {
        self.filter.holding().next().is_none() || self.has_indexed_test()
    }

    fn has_indexed_test(&self) -> bool {
        let is_indexed = |predicate: &Predicate| matches!(predicate, Predicate::Column(test) if test.is_indexed());
        self.filter.holding().any(is_indexed)
    }

    /// Whether it requests specific texts by an index, which few rows have.
    pub fn names_texts(&self) -> bool {
        let names = |predicate: &Predicate| match predicate {
            Predicate::Column(test) => matches!(&test.test, Test::Text(text) if text.is_exact()) && test.is_indexed(),
            Predicate::Rows(rows) => rows.names_texts(),
            Predicate::Search(_) => false,
        };
        self.quantifier == Quantifier::Some && self.filter.holding().any(names)
    }

    /// Words that the search documents of all prospects that pass have in them.
    pub fn words(&self) -> Option<Words> {
        let is_some = self.quantifier == Quantifier::Some;
        let words = |predicate: &Predicate| match predicate {
            Predicate::Column(test) => test.words(),
            Predicate::Rows(rows) => rows.words(),
            Predicate::Search(_) => None,
        };
        is_some.then(|| self.filter.holding().find_map(words)).flatten()
    }
}
