//! Filters as a part of a statement written by hand.

use std::hash::{Hash, Hasher};

use sea_orm::sea_query::{PostgresQueryBuilder, QueryBuilder, SimpleExpr, SqlWriterValues, SqliteQueryBuilder};
use sea_orm::{DbBackend, Value};

use super::{Compiler, Filter, checked};
use crate::db::sql::Sql;

/// A condition as text with gaps for its values. Two are equal if text and values are.
#[derive(Clone, Debug)]
pub struct Fragment {
    /// One more than the values.
    texts: Vec<String>,
    values: Vec<Value>,
    /// Text and values, to compare.
    identity: String,
}

impl Fragment {
    /// The filter, over rows whose table or alias is in its columns. No index is looked for to find them by it.
    pub fn of(compiler: Compiler, filter: &Filter) -> Fragment {
        Fragment::new(compiler, checked(compiler.condition(filter)))
    }

    /// The same as one of the conditions that all have to hold: the database may find the rows by an index of any of its tests.
    pub fn indexable(compiler: Compiler, filter: &Filter) -> Fragment {
        Fragment::new(compiler, compiler.condition(filter).into())
    }

    fn new(compiler: Compiler, condition: SimpleExpr) -> Fragment {
        const GAP: char = '\u{0}';
        let mut writer = SqlWriterValues::new(GAP, false);
        match compiler.backend {
            DbBackend::Postgres => PostgresQueryBuilder.prepare_expr(&condition, &mut writer),
            _ => SqliteQueryBuilder.prepare_expr(&condition, &mut writer),
        }
        let (text, values) = writer.into_parts();
        Fragment {
            texts: text.split(GAP).map(str::to_owned).collect(),
            identity: format!("{text} {values:?}"),
            values: values.0,
        }
    }

    /// Adds it to a statement.
    pub fn write(&self, sql: &mut Sql, text: &mut String) {
        let mut values = self.values.iter();
        for (index, part) in self.texts.iter().enumerate() {
            if index > 0
                && let Some(value) = values.next()
            {
                text.push_str(&sql.bind(value.clone()));
            }
            text.push_str(part);
        }
    }
}

impl PartialEq for Fragment {
    fn eq(&self, other: &Self) -> bool {
        self.identity == other.identity
    }
}

impl Eq for Fragment {}

impl Hash for Fragment {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity.hash(state);
    }
}
