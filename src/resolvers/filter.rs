//! Tests that filters put to columns, with the same meaning on both databases: text without accents and case, null never a surprise.

use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr, SimpleExpr};
use sea_orm::{Condition, Value};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::text::{escape_like, norm};

pub const DEEPEST: usize = 4;
pub const MOST_PREDICATES: usize = 50;
pub const MOST_VALUES: usize = 200;

/// Predicates over rows of one kind, combined.
#[derive(Clone, Debug)]
pub enum Filter<P> {
    All(Vec<Filter<P>>),
    Any(Vec<Filter<P>>),
    Not(Box<Filter<P>>),
    Is(P),
}

impl<P> Default for Filter<P> {
    fn default() -> Self {
        Filter::All(Vec::new())
    }
}

impl<P> Filter<P> {
    /// The same combination of other predicates.
    pub fn map<Q>(self, into: &impl Fn(P) -> Q) -> Filter<Q> {
        match self {
            Filter::All(filters) => Filter::All(filters.into_iter().map(|filter| filter.map(into)).collect()),
            Filter::Any(filters) => Filter::Any(filters.into_iter().map(|filter| filter.map(into)).collect()),
            Filter::Not(filter) => Filter::Not(Box::new(filter.map(into))),
            Filter::Is(predicate) => Filter::Is(into(predicate)),
        }
    }
}

/// A predicate that becomes SQL.
pub trait Predicate {
    fn condition(&self) -> Condition;
    /// How many values it lists.
    fn value_count(&self) -> usize;
}

impl<P: Predicate> Filter<P> {
    /// The filter as SQL; an empty one accepts everything, an empty `Any` nothing.
    pub fn condition(&self) -> Condition {
        match self {
            Filter::All(filters) => filters.iter().fold(Condition::all(), |all, filter| all.add(filter.condition())),
            Filter::Any(filters) if filters.is_empty() => Condition::all().add(Expr::val(1).eq(0)),
            Filter::Any(filters) => filters.iter().fold(Condition::any(), |any, filter| any.add(filter.condition())),
            // What is unknown because of a null does not hold, so its opposite does.
            Filter::Not(filter) => {
                let known = Func::coalesce([SimpleExpr::from(filter.condition()), Expr::val(false)]);
                Condition::all().add(Expr::expr(known).not())
            }
            Filter::Is(predicate) => predicate.condition(),
        }
    }

    /// Refuses what is nested too deeply or too large.
    pub fn check(&self) -> Result<()> {
        let mut predicates = 0;
        self.measure(1, &mut predicates)
    }

    fn measure(&self, level: usize, predicates: &mut usize) -> Result<()> {
        match self {
            Filter::All(filters) | Filter::Any(filters) => filters.iter().try_for_each(|filter| {
                let deeper = usize::from(!matches!(filter, Filter::Is(_)) && !matches!(self, Filter::All(_)));
                filter.measure(level + deeper, predicates)
            }),
            Filter::Not(filter) => filter.measure(level + 1, predicates),
            Filter::Is(predicate) => {
                *predicates += 1;
                if level > DEEPEST {
                    return Err(Error::BadInput(format!("a filter may be at most {DEEPEST} levels deep")));
                }
                if *predicates > MOST_PREDICATES {
                    return Err(Error::BadInput(format!("a filter may have at most {MOST_PREDICATES} predicates")));
                }
                check_values(predicate.value_count())
            }
        }
    }
}

/// Refuses a list of too many values.
pub fn check_values(count: usize) -> Result<()> {
    if count > MOST_VALUES {
        Err(Error::BadInput(format!("`in` may list at most {MOST_VALUES} values")))
    } else {
        Ok(())
    }
}

/// A test of text; several parts have to hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TextTest {
    pub eq: Option<String>,
    pub in_: Option<Vec<String>>,
    pub contains: Option<String>,
    pub starts_with: Option<String>,
    pub is_null: Option<bool>,
}

impl TextTest {
    /// Over a normalised column; `normalise` brings the values into its form.
    pub fn condition(&self, column: SimpleExpr, normalise: fn(&str) -> String) -> Condition {
        let like = |pattern: String| column.clone().like(LikeExpr::new(pattern).escape('\\'));
        let mut all = Condition::all();
        if let Some(value) = &self.eq {
            all = all.add(column.clone().eq(normalise(value)));
        }
        if let Some(values) = &self.in_ {
            all = all.add(among(column.clone(), values.iter().map(|value| Value::from(normalise(value)))));
        }
        for (value, lead) in [(&self.contains, "%"), (&self.starts_with, "")] {
            let Some(value) = value else { continue };
            let part = normalise(value);
            // What has nothing in it that counts is found nowhere.
            let is_hopeless = part.is_empty() && !value.is_empty();
            all = all.add(if is_hopeless {
                Expr::val(1).eq(0)
            } else {
                like(format!("{lead}{}%", escape_like(&part)))
            });
        }
        all.add_option(null_test(column, self.is_null))
    }

    /// The same over names.
    pub fn named(&self, column: SimpleExpr) -> Condition {
        self.condition(column, norm)
    }

    pub fn value_count(&self) -> usize {
        self.in_.as_ref().map_or(1, Vec::len)
    }
}

/// A test of an id that another row is referred to by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct IdTest {
    pub eq: Option<Uuid>,
    pub in_: Option<Vec<Uuid>>,
    pub is_null: Option<bool>,
}

impl IdTest {
    pub fn condition(&self, column: SimpleExpr) -> Condition {
        let mut all = Condition::all();
        if let Some(id) = self.eq {
            all = all.add(column.clone().eq(id));
        }
        if let Some(ids) = &self.in_ {
            all = all.add(among(column.clone(), ids.iter().map(|id| Value::from(*id))));
        }
        all.add_option(null_test(column, self.is_null))
    }

    pub fn value_count(&self) -> usize {
        self.in_.as_ref().map_or(1, Vec::len)
    }
}

/// A test of an instant, in milliseconds: from `gte` on, before `lt`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TimeTest {
    pub gte: Option<i64>,
    pub lt: Option<i64>,
    pub is_null: Option<bool>,
}

impl TimeTest {
    pub fn condition(&self, column: SimpleExpr) -> Condition {
        let mut all = Condition::all();
        if let Some(from) = self.gte {
            all = all.add(column.clone().gte(from));
        }
        if let Some(to) = self.lt {
            all = all.add(column.clone().lt(to));
        }
        all.add_option(null_test(column, self.is_null))
    }
}

/// A test of a fixed set of values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EnumTest<E> {
    pub eq: Option<E>,
    pub in_: Option<Vec<E>>,
}

impl<E: Copy + Into<Value>> EnumTest<E> {
    pub fn condition(&self, column: SimpleExpr) -> Condition {
        let mut all = Condition::all();
        if let Some(value) = self.eq {
            all = all.add(column.clone().eq(value.into()));
        }
        if let Some(values) = &self.in_ {
            all = all.add(among(column, values.iter().map(|value| (*value).into())));
        }
        all
    }
}

impl<E> EnumTest<E> {
    pub fn value_count(&self) -> usize {
        self.in_.as_ref().map_or(1, Vec::len)
    }
}

/// `IN` whose text does not depend on how many values there are: the list is filled up to a power of two by its last value.
fn among(column: SimpleExpr, values: impl Iterator<Item = Value>) -> SimpleExpr {
    let mut values: Vec<Value> = values.collect();
    let Some(last) = values.last().cloned() else {
        return Expr::val(1).eq(0);
    };
    values.resize(values.len().next_power_of_two(), last);
    column.is_in(values)
}

fn null_test(column: SimpleExpr, is_null: Option<bool>) -> Option<SimpleExpr> {
    is_null.map(|is_null| if is_null { column.is_null() } else { column.is_not_null() })
}
