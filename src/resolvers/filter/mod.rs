//! Filters: tests combined by and, or and not, as SQL that means the same on both databases.

mod columns;
mod texts;

pub use columns::{EnumTest, IdTest, IntTest, TimeTest};
pub use texts::{TextForm, TextTest, TypedTest, canonical_forms, contains};

use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait, Func, SimpleExpr};

use crate::error::{Error, Result};

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

impl<P> Filter<P> {
    /// The same filter without the tests of which is known beforehand whether they hold.
    pub fn decided(self, known: &impl Fn(&P) -> Option<bool>) -> Filter<P> {
        let each = |filters: Vec<Filter<P>>| filters.into_iter().map(|filter| filter.decided(known));
        match self {
            Filter::All(filters) => {
                let open: Vec<_> = each(filters).filter(|filter| filter.outcome() != Some(true)).collect();
                let fails = open.iter().any(|filter| filter.outcome() == Some(false));
                if fails { Filter::always(false) } else { Filter::All(open) }
            }
            Filter::Any(filters) => {
                let open: Vec<_> = each(filters).filter(|filter| filter.outcome() != Some(false)).collect();
                let holds = open.iter().any(|filter| filter.outcome() == Some(true));
                if holds { Filter::always(true) } else { Filter::Any(open) }
            }
            Filter::Not(filter) => {
                let filter = filter.decided(known);
                match filter.outcome() {
                    Some(outcome) => Filter::always(!outcome),
                    None => Filter::Not(Box::new(filter)),
                }
            }
            Filter::Is(predicate) => match known(&predicate) {
                Some(outcome) => Filter::always(outcome),
                None => Filter::Is(predicate),
            },
        }
    }

    fn always(outcome: bool) -> Filter<P> {
        if outcome {
            Filter::All(Vec::new())
        } else {
            Filter::Any(Vec::new())
        }
    }

    /// Whether it accepts everything or nothing, if that can be told from its shape.
    fn outcome(&self) -> Option<bool> {
        match self {
            Filter::All(filters) if filters.is_empty() => Some(true),
            Filter::Any(filters) if filters.is_empty() => Some(false),
            _ => None,
        }
    }
}

/// A predicate that becomes SQL.
pub trait Predicate {
    fn condition(&self) -> Condition;
    /// How many values it lists.
    fn value_count(&self) -> usize;
    /// How many tests it consists of.
    fn test_count(&self) -> usize {
        1
    }
}

impl<P: Predicate> Filter<P> {
    /// The filter as SQL; an empty one accepts everything, an empty `Any` nothing.
    pub fn condition(&self) -> Condition {
        self.condition_by(&P::condition)
    }

    /// The same, with predicates put into SQL in another way.
    pub fn condition_by(&self, render: &impl Fn(&P) -> Condition) -> Condition {
        match self {
            Filter::All(filters) => filters
                .iter()
                .fold(Condition::all(), |all, filter| all.add(filter.condition_by(render))),
            Filter::Any(filters) if filters.is_empty() => Condition::all().add(Expr::val(1).eq(0)),
            Filter::Any(filters) => filters
                .iter()
                .fold(Condition::any(), |any, filter| any.add(filter.condition_by(render))),
            Filter::Not(filter) => Condition::all().add(checked(filter.condition_by(render)).not()),
            Filter::Is(predicate) => render(predicate),
        }
    }

    /// Refuses what is nested too deeply or too large. What is empty counts as a predicate: it, too, becomes a part of the statement.
    pub fn check(&self) -> Result<()> {
        self.measure(1, Group::Object, &mut 0)
    }

    fn measure(&self, level: usize, group: Group, predicates: &mut usize) -> Result<()> {
        let (tests, values) = match self {
            Filter::Is(predicate) => (predicate.test_count(), predicate.value_count()),
            Filter::All(filters) | Filter::Any(filters) if filters.is_empty() => (1, 0),
            Filter::All(_) | Filter::Any(_) | Filter::Not(_) => (0, 0),
        };
        *predicates += tests;
        if level > DEEPEST {
            return Err(Error::BadInput(format!("a filter may be at most {DEEPEST} levels deep")));
        }
        if *predicates > MOST_PREDICATES {
            return Err(Error::BadInput(format!("a filter may have at most {MOST_PREDICATES} predicates")));
        }
        check_values(values)?;
        match (self, group) {
            (Filter::Is(_), _) => Ok(()),
            (Filter::Not(filter), _) => filter.measure(level + 1, Group::Object, predicates),
            (Filter::All(filters) | Filter::Any(filters), Group::Object) => {
                filters.iter().try_for_each(|filter| filter.measure(level, Group::List, predicates))
            }
            (Filter::All(filters) | Filter::Any(filters), Group::List) => filters
                .iter()
                .try_for_each(|filter| filter.measure(level + 1, Group::Object, predicates)),
        }
    }
}

/// What a group stands for: the fields of a filter object, which hold together, or the list behind its `and` or `or`.
#[derive(Clone, Copy)]
enum Group {
    Object,
    List,
}

/// The condition for rows that are found by other means: no index is looked for to find them by it.
/// What is unknown because of a null does not hold, so its opposite does.
pub fn checked(condition: Condition) -> SimpleExpr {
    Func::coalesce([SimpleExpr::from(condition), Expr::cust("FALSE")]).into()
}

/// Refuses a list of too many values.
pub fn check_values(count: usize) -> Result<()> {
    if count > MOST_VALUES {
        Err(Error::BadInput(format!("`in` may list at most {MOST_VALUES} values")))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts that say whether they hold, and `?`.
    type Told = Filter<&'static str>;

    fn known(test: &&'static str) -> Option<bool> {
        match *test {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        }
    }

    #[test]
    fn what_is_known_is_left_out() {
        let is = |test| Told::Is(test);
        let not = |filter: Told| Told::Not(Box::new(filter));
        for (filter, decided) in [
            (Told::All(vec![is("yes"), is("?")]), "All([Is(\"?\")])"),
            (Told::All(vec![is("?"), Told::Any(vec![is("no")])]), "Any([])"),
            (Told::Any(vec![is("no"), is("?")]), "Any([Is(\"?\")])"),
            (Told::Any(vec![is("?"), is("yes")]), "All([])"),
            (Told::Any(vec![]), "Any([])"),
            (not(is("no")), "All([])"),
            (not(Told::All(vec![is("yes")])), "Any([])"),
            (not(is("?")), "Not(Is(\"?\"))"),
        ] {
            assert_eq!(format!("{:?}", filter.decided(&known)), decided);
        }
    }
}
