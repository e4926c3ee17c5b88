//! The filterable columns as data: a column, and conditions on it as SQL.

use std::borrow::Cow;

use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use uuid::Uuid;

use super::values::never_null;
use super::{BucketTest, EnumTest, IdTest, IntTest, TextKind, TextTest, TimeTest};
use crate::auth::Permissions;
use crate::ids::Kind;
use crate::rules::search::Words;

/// A column that rows can be filtered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its path in the filter of the API, such as `cycles.some.openedAt`.
    pub path: Cow<'static, str>,
    /// Name in SQL, with its table. Of a flag: the condition under which it is true.
    pub sql: Cow<'static, str>,
    pub column_type: ColumnType,
    pub is_nullable: bool,
    pub index: Index,
    /// Whether the index also finds the rows without a value.
    pub finds_nulls: bool,
    /// Whether its texts are in the search documents.
    pub is_searched: bool,
    /// Values of the API for false and true, if it is not a Boolean there.
    pub called: Option<[&'static str; 2]>,
    /// Further condition on the row for its time to pass.
    pub when: Option<&'static str>,
    /// Whether the filter of the API has it; false for a saved column that has no filter yet.
    pub is_filtered: bool,
    pub permissions: Permissions,
}

/// Type of a column, which determines the possible conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// Ids of one kind.
    Id(Kind),
    /// Texts in the form of their kind, of at most so many characters as they are typed.
    Text(TextKind, usize),
    Integer,
    /// Instants in milliseconds.
    Time,
    /// One of a fixed set of values.
    Value,
    Flag,
}

/// The index that begins with a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Index {
    None,
    Alone,
    /// Rows with the same value follow each other by their creation.
    ThenCreation,
    /// Of the rows with any other value than this.
    Others(&'static str),
}

/// Condition on one column. All parts must hold.
#[derive(Clone, Debug)]
pub enum Test {
    Id(IdTest),
    Text(TextTest),
    Integer(IntTest),
    Time(TimeTest),
    /// The weekday or the hour of the day of an instant.
    Bucket(BucketTest),
    /// Of a fixed set of values, as they are stored.
    Value(EnumTest<String>),
    Flag(bool),
    /// Whether its time has passed at an instant.
    Past(bool, i64),
}

/// Condition on a column of the current row.
#[derive(Clone, Debug)]
pub struct ColumnTest {
    pub column: Cow<'static, Column>,
    pub test: Test,
    /// Number of values in the input.
    pub listed: usize,
}

impl Column {
    pub const fn new(path: &'static str, sql: &'static str, column_type: ColumnType) -> Column {
        Column {
            path: Cow::Borrowed(path),
            sql: Cow::Borrowed(sql),
            column_type,
            is_nullable: false,
            index: Index::None,
            finds_nulls: false,
            is_searched: false,
            called: None,
            when: None,
            is_filtered: true,
            permissions: Permissions::EVERYONE,
        }
    }

    pub const fn nullable(mut self) -> Column {
        self.is_nullable = true;
        self
    }

    pub const fn index(mut self, index: Index) -> Column {
        self.index = index;
        self
    }

    pub const fn finds_nulls(mut self) -> Column {
        self.finds_nulls = true;
        self
    }

    pub const fn searched(mut self) -> Column {
        self.is_searched = true;
        self
    }

    pub const fn called(mut self, names: [&'static str; 2]) -> Column {
        self.called = Some(names);
        self
    }

    pub const fn when(mut self, condition: &'static str) -> Column {
        self.when = Some(condition);
        self
    }

    pub const fn unfiltered(mut self) -> Column {
        self.is_filtered = false;
        self
    }

    pub const fn permitted(mut self, permissions: Permissions) -> Column {
        self.permissions = permissions;
        self
    }

    /// Whether it is a column of the table.
    pub fn is_of(&self, table: &str) -> bool {
        self.sql.contains(&format!("{table}."))
    }

    fn expression(&self) -> SimpleExpr {
        Expr::cust(self.sql.to_string())
    }
}

impl Test {
    fn value_count(&self) -> usize {
        match self {
            Test::Id(test) => test.value_count(),
            Test::Text(test) => test.value_count(),
            Test::Integer(test) => test.value_count(),
            Test::Value(test) => test.value_count(),
            Test::Bucket(test) => test.value_count(),
            Test::Time(_) | Test::Flag(_) | Test::Past(..) => 1,
        }
    }
}

impl ColumnTest {
    pub fn new(column: &'static Column, test: Test) -> ColumnTest {
        ColumnTest::of(Cow::Borrowed(column), test)
    }

    pub fn of(column: Cow<'static, Column>, test: Test) -> ColumnTest {
        ColumnTest {
            column,
            listed: test.value_count(),
            test,
        }
    }

    pub fn condition(&self) -> Condition {
        let (column, is_nullable) = (self.column.expression(), self.column.is_nullable);
        let all = match &self.test {
            Test::Id(test) if is_nullable => test.condition(column),
            Test::Id(test) => test.of_every(column),
            Test::Text(test) if is_nullable => test.condition(column),
            Test::Text(test) => test.of_every(column),
            Test::Integer(test) => test.condition(column),
            Test::Time(test) if is_nullable => test.condition(column),
            Test::Time(test) => test.of_every(column),
            Test::Bucket(test) => test.condition(&self.column.sql),
            Test::Value(test) => values(column, test).add_option((!is_nullable).then(|| never_null(test.is_null)).flatten()),
            Test::Flag(true) => Condition::all().add(column),
            Test::Flag(false) => Condition::all().add(column.not()),
            Test::Past(is_past, now) => {
                let past = Condition::all().add_option(self.column.when.map(Expr::cust)).add(column.lt(*now));
                if *is_past { past } else { past.not() }
            }
        };
        // In the words of the partial index, which is used only where a statement has them too.
        match self.column.index {
            Index::Others(common) if self.leaves_out(common) => all.add(Expr::cust(format!("{} <> '{common}'", self.column.sql))),
            _ => all,
        }
    }

    /// Whether specific values are requested and this one is not one of them.
    fn leaves_out(&self, value: &str) -> bool {
        match &self.test {
            Test::Value(test) if test.eq.is_some() || test.in_.is_some() => !test.accepts(&value.to_owned()),
            _ => false,
        }
    }

    /// The constant outcome, if the condition holds for every row or for none by the definition of the column.
    pub fn outcome(&self) -> Option<bool> {
        let asks_null = match &self.test {
            Test::Id(test) => test.is_null,
            Test::Text(test) => test.is_null,
            Test::Integer(test) => test.is_null,
            Test::Time(test) => test.is_null,
            Test::Value(test) => test.is_null,
            Test::Bucket(_) | Test::Flag(_) | Test::Past(..) => None,
        };
        (asks_null == Some(true) && !self.column.is_nullable).then_some(false)
    }

    /// Whether an index leads to the rows that pass and to few others.
    pub fn is_indexed(&self) -> bool {
        let is_found = |is_null: Option<bool>| match is_null {
            Some(true) => self.column.finds_nulls,
            Some(false) => self.column.is_nullable,
            None => false,
        };
        let is_selective = match &self.test {
            Test::Id(test) => test.is_exact() || is_found(test.is_null),
            Test::Text(test) => test.is_exact(),
            Test::Integer(test) => test.is_exact() || test.gte.is_some() || test.lte.is_some() || is_found(test.is_null),
            Test::Time(test) => test.is_bounded() || is_found(test.is_null),
            Test::Value(test) => test.eq.is_some() || test.in_.is_some(),
            Test::Flag(is) | Test::Past(is, _) => *is,
            Test::Bucket(_) => false,
        };
        is_selective
            && match self.column.index {
                Index::None => false,
                Index::Alone | Index::ThenCreation => true,
                Index::Others(common) => self.leaves_out(common),
            }
    }

    /// Whether it requests specific values for which an index has the rows in the order of their creation.
    pub fn is_by_creation(&self) -> bool {
        let is_exact = match &self.test {
            Test::Id(test) => test.is_exact() || (self.column.finds_nulls && test.is_null == Some(true)),
            Test::Integer(test) => test.is_exact(),
            Test::Value(_) | Test::Flag(_) => true,
            Test::Text(test) => test.is_single(),
            Test::Time(_) | Test::Bucket(_) | Test::Past(..) => false,
        };
        is_exact && self.column.index == Index::ThenCreation
    }

    /// Whether it requests one id, or the rows without one.
    pub fn is_single(&self) -> bool {
        match &self.test {
            Test::Id(test) => test.eq.is_some() || test.is_null == Some(true) || test.in_.as_ref().is_some_and(|ids| ids.len() == 1),
            _ => false,
        }
    }

    /// Words that the search documents of all that pass have in them.
    pub fn words(&self) -> Option<Words> {
        let Test::Text(test) = &self.test else { return None };
        match test.searched.as_deref().filter(|_| self.column.is_searched)? {
            [part] => Words::of_part(part),
            variants => Words::of_variants(variants),
        }
    }

    /// Whether the column may hold this id, if it is ids that are tested.
    pub fn accepts_id(&self, id: Uuid) -> Option<bool> {
        match &self.test {
            Test::Id(test) => Some(test.accepts(id)),
            _ => None,
        }
    }
}

/// The values are written into the text: a partial index is used only where the text names its value, and a planner with statistics knows how
/// many rows have it. They are names of this program, never of a client.
fn values(column: SimpleExpr, test: &EnumTest<String>) -> Condition {
    let quoted = |value: &String| Expr::cust(format!("'{value}'"));
    let mut all = Condition::all().add_option(test.eq.as_ref().map(|value| column.clone().eq(quoted(value))));
    if let Some(values) = &test.in_ {
        // An empty list accepts nothing.
        all = all.add(match values.is_empty() {
            true => Expr::val(1).eq(0),
            false => column.clone().is_in(values.iter().map(quoted)),
        });
    }
    all.add_option(super::values::null_test(column, test.is_null))
}
