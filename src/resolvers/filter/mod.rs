//! Filters: tests combined by and, or and not, as SQL that means the same on both databases.

mod accessor;
mod attribute_orders;
mod attribute_values;
mod attributes;
mod buckets;
mod columns;
mod fragment;
mod inverse;
mod rows;
mod texts;
mod values;

pub use accessor::{accessor, has_normal_form, is_number};
pub use attribute_orders::attribute_order;
pub use attribute_values::scaled_bounds;
pub use attributes::{AttributeTest, ValueTest, attribute_filters};
pub use buckets::{BucketTest, DayPart, bucket};
pub use columns::{Column, ColumnTest, ColumnType, Index, Test};
pub use fragment::Fragment;
pub use inverse::ColumnValue;
pub use rows::{Quantifier, Rows, RowsTest};
pub use texts::{TextForm, TextKind, TextTest, TypedTest, canonical_forms, contains};
pub use values::{EnumTest, IdTest, IntTest, TimeTest};

use sea_orm::sea_query::{Expr, ExprTrait, Func, SimpleExpr};
use sea_orm::{Condition, DbBackend};

use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::rules::search::Words;

pub const DEEPEST: usize = 4;
pub const MOST_PREDICATES: usize = 50;
pub const MOST_VALUES: usize = 200;
/// Conditions on weekdays and hours: each writes the changes of the clocks of its zone into the statement.
pub const MOST_BUCKET_TESTS: usize = 10;

/// Predicates over rows of one kind, combined.
#[derive(Clone, Debug)]
pub enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Is(Predicate),
}

/// One thing that may hold for a row.
#[derive(Clone, Debug)]
pub enum Predicate {
    Column(Box<ColumnTest>),
    Rows(RowsTest),
    /// All words are in the texts of the prospect.
    Search(Words),
}

/// Conversion of predicates to SQL.
#[derive(Clone, Copy)]
pub struct Compiler {
    pub backend: DbBackend,
    /// Condition for words in the search document of the current prospect.
    pub search: fn(&Words) -> Condition,
}

impl Default for Filter {
    fn default() -> Self {
        Filter::All(Vec::new())
    }
}

impl From<ColumnTest> for Filter {
    fn from(test: ColumnTest) -> Self {
        Filter::Is(Predicate::Column(Box::new(test)))
    }
}

impl From<RowsTest> for Filter {
    fn from(test: RowsTest) -> Self {
        Filter::Is(Predicate::Rows(test))
    }
}

impl Filter {
    pub fn always(outcome: bool) -> Filter {
        if outcome {
            Filter::All(Vec::new())
        } else {
            Filter::Any(Vec::new())
        }
    }

    /// The constant outcome, if its shape determines that it accepts everything or nothing.
    pub fn outcome(&self) -> Option<bool> {
        match self {
            Filter::All(filters) if filters.is_empty() => Some(true),
            Filter::Any(filters) if filters.is_empty() => Some(false),
            _ => None,
        }
    }

    /// The predicates each of which has to hold.
    pub fn holding(&self) -> Box<dyn Iterator<Item = &Predicate> + '_> {
        match self {
            Filter::Is(predicate) => Box::new(std::iter::once(predicate)),
            Filter::All(filters) => Box::new(filters.iter().flat_map(Filter::holding)),
            Filter::Any(_) | Filter::Not(_) => Box::new(std::iter::empty()),
        }
    }

    /// The same filter without the tests of which is known beforehand whether they hold.
    pub fn decided(self, known: &dyn Fn(&ColumnTest) -> Option<bool>) -> Filter {
        let each = |filters: Vec<Filter>| filters.into_iter().map(|filter| filter.decided(known));
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
            Filter::Is(Predicate::Column(test)) => match known(&test).or_else(|| test.outcome()) {
                Some(outcome) => Filter::always(outcome),
                None => Filter::Is(Predicate::Column(test)),
            },
            Filter::Is(Predicate::Rows(test)) => {
                let test = RowsTest {
                    filter: Box::new(test.filter.decided(&|_| None)),
                    ..test
                };
                match (test.quantifier, test.filter.outcome()) {
                    (Quantifier::Some, Some(false)) => Filter::always(false),
                    (Quantifier::None, Some(false)) | (Quantifier::Every, Some(true)) => Filter::always(true),
                    _ => test.into(),
                }
            }
            search => search,
        }
    }

    /// Refuses a filter that is too deep or too large, and columns that the viewer may not filter by. An empty part counts as a predicate: it,
    /// too, becomes a part of the statement.
    pub fn check(&self, viewer: &Viewer) -> Result<()> {
        self.measure(1, Group::Object, &mut 0)?;
        if self.bucket_tests() > MOST_BUCKET_TESTS {
            return Err(Error::BadInput(format!(
                "a filter may have at most {MOST_BUCKET_TESTS} conditions on weekdays and hours of the day"
            )));
        }
        self.check_permissions(viewer)
    }

    fn bucket_tests(&self) -> usize {
        let each = self.predicates().map(|predicate| match predicate {
            Predicate::Column(test) => usize::from(matches!(test.test, Test::Bucket(_))),
            Predicate::Rows(test) => test.filter.bucket_tests(),
            Predicate::Search(_) => 0,
        });
        each.sum()
    }

    fn check_permissions(&self, viewer: &Viewer) -> Result<()> {
        self.predicates().try_for_each(|predicate| match predicate {
            Predicate::Column(test) if !test.column.permissions.filter.allows(viewer) => Err(Error::Forbidden(format!(
                "only an administrator may filter by `{}`",
                test.column.path
            ))),
            Predicate::Rows(test) => test.filter.check_permissions(viewer),
            Predicate::Column(_) | Predicate::Search(_) => Ok(()),
        })
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

impl Predicate {
    /// Number of listed values.
    fn value_count(&self) -> usize {
        match self {
            Predicate::Column(test) => test.listed,
            Predicate::Rows(test) => test.filter.predicates().map(Predicate::value_count).max().unwrap_or(0),
            Predicate::Search(_) => 1,
        }
    }

    /// Number of conditions.
    fn test_count(&self) -> usize {
        match self {
            Predicate::Rows(test) => test.filter.predicates().map(Predicate::test_count).sum::<usize>().max(1),
            Predicate::Column(_) | Predicate::Search(_) => 1,
        }
    }
}

impl Compiler {
    /// The filter as SQL; an empty one accepts everything, an empty `Any` nothing.
    pub fn condition(&self, filter: &Filter) -> Condition {
        match filter {
            Filter::All(filters) => filters.iter().fold(Condition::all(), |all, filter| all.add(self.condition(filter))),
            Filter::Any(filters) if filters.is_empty() => Condition::all().add(Expr::val(1).eq(0)),
            Filter::Any(filters) => filters.iter().fold(Condition::any(), |any, filter| any.add(self.condition(filter))),
            Filter::Not(filter) => Condition::all().add(checked(self.condition(filter)).not()),
            Filter::Is(predicate) => self.predicate(predicate),
        }
    }

    fn predicate(&self, predicate: &Predicate) -> Condition {
        match predicate {
            Predicate::Column(test) => test.condition(),
            Predicate::Rows(test) => Condition::all().add(self.rows(test)),
            Predicate::Search(words) => (self.search)(words),
        }
    }

    /// PostgreSQL may begin at the child rows, by its statistics. SQLite stays at the current parent: it would otherwise scan all matching
    /// rows if an index exists for that.
    fn rows(&self, test: &RowsTest) -> SimpleExpr {
        let condition = self.condition(&test.filter);
        let is_some = test.quantifier == Quantifier::Some;
        match self.backend {
            DbBackend::Postgres => {
                let exists = Expr::exists(test.deciding(condition, false));
                if is_some { exists } else { exists.not() }
            }
            _ => {
                let first = Expr::from(test.deciding(condition, true).limit(1).to_owned());
                if is_some { first.is_not_null() } else { first.is_null() }
            }
        }
    }
}

impl Filter {
    /// All predicates, in any combination.
    fn predicates(&self) -> Box<dyn Iterator<Item = &Predicate> + '_> {
        match self {
            Filter::Is(predicate) => Box::new(std::iter::once(predicate)),
            Filter::All(filters) | Filter::Any(filters) => Box::new(filters.iter().flat_map(Filter::predicates)),
            Filter::Not(filter) => filter.predicates(),
        }
    }
}

/// Kind of a group: the fields of a filter object, which hold together, or the list of its `and` or `or`.
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
    use crate::auth::{Credential, Permissions, Role};
    use uuid::Uuid;

    static SECRET: Column = Column::new("secret", "t.secret", ColumnType::Flag).permitted(Permissions::ADMINISTRATORS);

    #[test]
    fn columns_of_administrators_are_filtered_by_administrators() {
        let salesperson = Viewer {
            user_id: Uuid::nil(),
            role: Role::Sales,
            credential: Credential::Session(Uuid::nil()),
        };
        let by_secret = || Filter::from(ColumnTest::new(&SECRET, Test::Flag(true)));
        for filter in [
            by_secret(),
            Filter::Not(Box::new(Filter::Any(vec![test(Some(true)), by_secret()]))),
            RowsTest::new(&CHILDREN, Quantifier::None, by_secret()).into(),
        ] {
            assert!(filter.check(&Viewer::system()).is_ok());
            assert!(matches!(filter.check(&salesperson), Err(Error::Forbidden(_))), "{filter:?}");
        }
        assert!(test(Some(true)).check(&salesperson).is_ok());
    }

    static CHILDREN: Rows = Rows {
        table: "children",
        parent: "children.t_id",
        of: std::borrow::Cow::Borrowed("t.id"),
        prospect: None,
        live: None,
    };

    static KNOWN: Column = Column::new("known", "t.known", ColumnType::Integer);

    /// A test of which is known that it holds or not, or of which nothing is known.
    fn test(outcome: Option<bool>) -> Filter {
        ColumnTest::new(
            &KNOWN,
            Test::Integer(IntTest {
                eq: outcome.map(i64::from),
                ..IntTest::default()
            }),
        )
        .into()
    }

    fn known(test: &ColumnTest) -> Option<bool> {
        match &test.test {
            Test::Integer(test) => test.eq.map(|outcome| outcome == 1),
            _ => None,
        }
    }

    #[test]
    fn what_is_known_is_left_out() {
        let (yes, no, open) = (|| test(Some(true)), || test(Some(false)), || test(None));
        let not = |filter: Filter| Filter::Not(Box::new(filter));
        let (all, any) = (Filter::All, Filter::Any);
        for (filter, decided) in [
            (all(vec![yes(), open()]), all(vec![open()])),
            (all(vec![open(), any(vec![no()])]), any(vec![])),
            (any(vec![no(), open()]), any(vec![open()])),
            (any(vec![open(), yes()]), all(vec![])),
            (any(vec![]), any(vec![])),
            (not(no()), all(vec![])),
            (not(all(vec![yes()])), any(vec![])),
            (not(open()), not(open())),
        ] {
            assert_eq!(format!("{:?}", filter.decided(&known)), format!("{decided:?}"));
        }
    }
}
