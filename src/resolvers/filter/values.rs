//! Tests of single values: of ids, instants, numbers and enums, with the same meaning on both databases: null never a surprise.

use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ActiveEnum, Condition, Value};
use uuid::Uuid;

use super::BucketTest;
use crate::db::sql::Sql;

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
            all = all.add(value_in(column.clone(), ids.iter().map(|id| Value::from(*id))));
        }
        all.add_option(null_test(column, self.is_null))
    }

    /// Over a column that is never null.
    pub fn of_every(&self, column: SimpleExpr) -> Condition {
        let named = IdTest {
            is_null: None,
            ..self.clone()
        };
        named.condition(column).add_option(never_null(self.is_null))
    }

    /// Adds the same to a statement written by hand.
    pub fn write_conditions(&self, column: &str, sql: &mut Sql, text: &mut String) {
        if let Some(id) = self.eq {
            text.push_str(&format!(" AND {column} = {}", sql.bind(id)));
        }
        if let Some(ids) = &self.in_ {
            text.push_str(&format!(" AND {column} {}", sql.in_ids(ids.iter().copied())));
        }
        write_null_condition(column, self.is_null, text);
    }

    /// Whether a column that holds this id passes.
    pub fn accepts(&self, id: Uuid) -> bool {
        self.eq.is_none_or(|eq| eq == id) && self.in_.as_ref().is_none_or(|ids| ids.contains(&id)) && self.is_null != Some(true)
    }

    /// The same of a column that may be null.
    pub fn accepts_any(&self, id: Option<Uuid>) -> bool {
        match id {
            Some(id) => self.accepts(id),
            None => !self.is_exact() && self.is_null != Some(false),
        }
    }

    pub fn value_count(&self) -> usize {
        self.in_.as_ref().map_or(1, Vec::len)
    }

    /// Whether specific ones are requested.
    pub fn is_exact(&self) -> bool {
        self.eq.is_some() || self.in_.is_some()
    }
}

/// A test of an instant, in milliseconds: from `gte` on, before `lt`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TimeTest {
    pub gte: Option<i64>,
    pub lt: Option<i64>,
    pub is_null: Option<bool>,
    /// On the weekday and the hour of the day. A column test has them beside it.
    pub buckets: Vec<BucketTest>,
}

impl TimeTest {
    pub fn condition(&self, column: SimpleExpr) -> Condition {
        let mut all = Condition::all();
        if let Some(from) = self.gte {
            all = all.add(column.clone().gte(from));
        }
        if let Some(to) = self.lt {
            all = all.add(column.clone().lt(to));
            // Says nothing new, but SQLite would count what is null among what is smaller, and leave the index for the whole table.
            if self.gte.is_none() && self.is_null.is_none() {
                all = all.add(column.clone().is_not_null());
            }
        }
        all.add_option(number_test(column, self.is_null))
    }

    /// Over a column that is never null.
    pub fn of_every(&self, column: SimpleExpr) -> Condition {
        let named = TimeTest {
            is_null: None,
            ..self.clone()
        };
        named.condition(column).add_option(never_null(self.is_null))
    }

    /// Adds the same to a statement written by hand.
    pub fn write_conditions(&self, column: &str, sql: &mut Sql, text: &mut String) {
        if let Some(from) = self.gte {
            text.push_str(&format!(" AND {column} >= {}", sql.bind(from)));
        }
        if let Some(to) = self.lt {
            text.push_str(&format!(" AND {column} < {}", sql.bind(to)));
        }
        for test in &self.buckets {
            test.write_conditions(column, sql, text);
        }
        write_null_condition(column, self.is_null, text);
    }

    /// Whether a column that holds this instant passes.
    pub fn accepts(&self, at: i64) -> bool {
        let is_within = self.gte.is_none_or(|from| at >= from) && self.lt.is_none_or(|to| at < to);
        is_within && self.is_null != Some(true) && self.buckets.iter().all(|test| test.accepts(at))
    }

    /// Whether it requests a period.
    pub fn is_bounded(&self) -> bool {
        self.gte.is_some() || self.lt.is_some()
    }
}

/// A test of a whole number of 64 bits: from `gte` on, up to `lte`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct IntTest {
    pub eq: Option<i64>,
    pub in_: Option<Vec<i64>>,
    pub gte: Option<i64>,
    pub lte: Option<i64>,
    pub is_null: Option<bool>,
}

impl IntTest {
    /// Whether specific numbers are requested.
    pub fn is_exact(&self) -> bool {
        self.eq.is_some() || self.in_.is_some()
    }

    pub fn condition(&self, column: SimpleExpr) -> Condition {
        let mut all = Condition::all();
        if let Some(number) = self.eq {
            all = all.add(column.clone().eq(number));
        }
        if let Some(numbers) = &self.in_ {
            all = all.add(value_in(column.clone(), numbers.iter().map(|number| Value::from(*number))));
        }
        if let Some(from) = self.gte {
            all = all.add(column.clone().gte(from));
        }
        if let Some(to) = self.lte {
            all = all.add(column.clone().lte(to));
        }
        all.add_option(number_test(column, self.is_null))
    }

    pub fn value_count(&self) -> usize {
        self.in_.as_ref().map_or(1, Vec::len)
    }
}

/// A test of a fixed set of values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EnumTest<E> {
    pub eq: Option<E>,
    pub in_: Option<Vec<E>>,
    /// For values that may be null.
    pub is_null: Option<bool>,
}

impl<E: ActiveEnum<Value = String>> EnumTest<E> {
    /// The same test of the values as they are stored.
    pub fn stored(self) -> EnumTest<String> {
        EnumTest {
            eq: self.eq.map(|value| value.to_value()),
            in_: self.in_.map(|values| values.iter().map(E::to_value).collect()),
            is_null: self.is_null,
        }
    }
}

impl<E: Copy> EnumTest<E> {
    /// Adds the same to a statement written by hand; `render` puts a value into it.
    pub fn write_conditions(&self, column: &str, text: &mut String, mut render: impl FnMut(E) -> String) {
        if let Some(value) = self.eq {
            text.push_str(&format!(" AND {column} = {}", render(value)));
        }
        if let Some(values) = &self.in_ {
            let values: Vec<String> = values.iter().map(|value| render(*value)).collect();
            // An empty list accepts nothing.
            text.push_str(&if values.is_empty() {
                " AND 1 = 0".to_owned()
            } else {
                format!(" AND {column} IN ({})", values.join(", "))
            });
        }
        write_null_condition(column, self.is_null, text);
    }
}

impl<E: PartialEq> EnumTest<E> {
    /// Whether a column that holds this value passes.
    pub fn accepts(&self, value: &E) -> bool {
        self.eq.as_ref().is_none_or(|eq| eq == value)
            && self.in_.as_ref().is_none_or(|values| values.contains(value))
            && self.is_null != Some(true)
    }
}

impl<E> EnumTest<E> {
    /// Whether it passes only what has a value.
    pub fn names_values(&self) -> bool {
        self.eq.is_some() || self.in_.is_some() || self.is_null == Some(false)
    }

    pub fn value_count(&self) -> usize {
        self.in_.as_ref().map_or(1, Vec::len)
    }
}

/// `IN` whose text does not depend on how many values there are: the list is filled up to a power of two by its last value.
pub(super) fn value_in(column: SimpleExpr, values: impl Iterator<Item = Value>) -> SimpleExpr {
    let mut values: Vec<Value> = values.collect();
    let Some(last) = values.last().cloned() else {
        return Expr::val(1).eq(0);
    };
    values.resize(values.len().next_power_of_two(), last);
    column.is_in(values)
}

pub(super) fn null_test(column: SimpleExpr, is_null: Option<bool>) -> Option<SimpleExpr> {
    is_null.map(|is_null| if is_null { column.is_null() } else { column.is_not_null() })
}

/// The same for numbers. Every value is at least the smallest, which lets SQLite use an index.
fn number_test(column: SimpleExpr, is_null: Option<bool>) -> Option<SimpleExpr> {
    is_null.map(|is_null| if is_null { column.is_null() } else { column.gte(i64::MIN) })
}

/// A column that is never null matches no test for null. Stated as a constant, a database need not check it.
pub(super) fn never_null(is_null: Option<bool>) -> Option<SimpleExpr> {
    (is_null == Some(true)).then(|| Expr::val(1).eq(0))
}

fn write_null_condition(column: &str, is_null: Option<bool>, text: &mut String) {
    if let Some(is_null) = is_null {
        text.push_str(&format!(" AND {column} IS {}", if is_null { "NULL" } else { "NOT NULL" }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_accepted_as_the_database_would() {
        let [one, other] = [1, 2].map(Uuid::from_u128);
        let test = |eq, in_: Option<&[Uuid]>, is_null| IdTest {
            eq,
            in_: in_.map(<[Uuid]>::to_vec),
            is_null,
        };
        for (test, is_accepted) in [
            (test(None, None, None), true),
            (test(Some(one), None, Some(false)), true),
            (test(Some(other), None, None), false),
            (test(None, Some(&[other, one]), None), true),
            (test(None, Some(&[]), None), false),
            (test(Some(one), Some(&[other]), None), false),
            (test(None, None, Some(true)), false),
        ] {
            assert_eq!(test.accepts(one), is_accepted, "{test:?}");
            assert_eq!(test.accepts_any(Some(one)), is_accepted, "{test:?}");
        }
        for (test, is_accepted) in [
            (test(None, None, None), true),
            (test(None, None, Some(true)), true),
            (test(None, None, Some(false)), false),
            (test(Some(one), None, None), false),
            (test(None, Some(&[one]), None), false),
        ] {
            assert_eq!(test.accepts_any(None), is_accepted, "{test:?}");
        }
    }

    #[test]
    fn an_instant_is_accepted_from_the_first_to_before_the_last() {
        let test = |gte, lt, is_null| TimeTest {
            gte,
            lt,
            is_null,
            buckets: Vec::new(),
        };
        for (test, is_accepted) in [
            (test(None, None, None), true),
            (test(Some(5), Some(6), Some(false)), true),
            (test(Some(6), None, None), false),
            (test(None, Some(5), None), false),
            (test(None, None, Some(true)), false),
        ] {
            assert_eq!(test.accepts(5), is_accepted, "{test:?}");
        }
    }
}
