//! Child rows of a prospect, or of a timeline entry, in the order of a number: one page for each of many parents in one statement.
//!
//! Each parent's rows are limited in a correlated query, which scans the index and stops; a window function would read all of them.

use std::collections::HashMap;
use std::fmt::{Debug, Write};
use std::hash::Hash;
use std::sync::Arc;

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::rows::Row;
use crate::auth::{Scope, visibility};
use crate::db::Db;
use crate::db::sql::{Dialect, Sql};
use crate::error::{Error, Result};
use crate::resolvers::lists::page::{Direction, Key, Page, Sort, SortColumn, Window};

/// Child rows that are paged.
pub trait Child: Row + Clone + Send + Sync + 'static {
    /// Conditions on the rows; part of the key of a batch.
    type Filter: Clone + Debug + Default + Eq + Hash + Send + Sync + 'static;

    const TABLE: &'static str;
    /// The table of their parents: that of the prospects, unless it says otherwise.
    const PARENT: Parent = Parent::PROSPECT;
    /// The number by which they are sorted, such as an instant.
    const SORTED_BY: SortColumn;
    /// Sort direction; by default latest first.
    const DIRECTION: Direction = Direction::Descending;

    /// Whether a field of the row is read; the others are null.
    fn wants(_filter: &Self::Filter, _field: &str) -> bool {
        true
    }
    /// Further tables that the fields need.
    fn joins(_filter: &Self::Filter) -> &'static str {
        ""
    }
    /// Conditions on `t`, each beginning with ` AND `.
    fn conditions(filter: &Self::Filter, sql: &mut Sql) -> String;
}

/// A JSON array of the rows of the table called `t`, in the order that is given.
pub fn json<C: Child>(dialect: Dialect, filter: &C::Filter, order: &str) -> String {
    dialect.collect(&C::array(dialect, "t", |field| C::wants(filter, field)), order)
}

/// The table of the parents, joined with their prospects, which are called `p`.
pub struct Parent {
    /// The `FROM` clause.
    tables: &'static str,
    /// The id of a parent.
    id: &'static str,
    /// The column of the child table that holds it.
    column: &'static str,
}

impl Parent {
    pub const PROSPECT: Parent = Parent {
        tables: "prospects p",
        id: "p.id",
        column: "prospect_id",
    };
    pub const NOTE: Parent = Parent {
        tables: "timeline_entries e JOIN prospects p ON p.id = e.prospect_id",
        id: "e.id",
        column: "note_id",
    };
}

/// The order of the rows.
pub fn sort<C: Child>() -> Sort {
    Sort {
        table: C::TABLE,
        columns: vec![(C::SORTED_BY, C::DIRECTION)],
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChildKey<F> {
    pub scope: Scope,
    pub parent_id: Uuid,
    pub question: Arc<Question<F>>,
}

/// Query of the child rows of each parent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Question<F> {
    Page { window: Window, filter: F },
    Count { filter: F },
}

#[derive(Clone, Debug)]
pub enum Answer<C> {
    Page(Arc<Page<Arc<C>>>),
    Count(u64),
}

/// The answers for any keys; keys with the same scope and question share a statement.
pub async fn by_keys<C: Child>(db: &Db, keys: &[ChildKey<C::Filter>]) -> Result<HashMap<ChildKey<C::Filter>, Answer<C>>> {
    type Group<F> = (Scope, Arc<Question<F>>);
    let mut groups: HashMap<Group<C::Filter>, Vec<Uuid>> = HashMap::new();
    for key in keys {
        groups.entry((key.scope, key.question.clone())).or_default().push(key.parent_id);
    }
    let order = Arc::new(sort::<C>());
    let mut answers = HashMap::new();
    for ((scope, question), parents) in groups {
        let statement = match &*question {
            Question::Page { window, filter } => page_statement::<C>(db, scope, parents, window, filter),
            Question::Count { filter } => count_statement::<C>(db, scope, parents, filter),
        };
        for row in db.reader().query_all_raw(statement).await? {
            let parent_id: Uuid = row.try_get_by_index(0)?;
            let answer = match &*question {
                Question::Page { window, .. } => {
                    let json: String = row.try_get_by_index(1)?;
                    let rows: Vec<C> = serde_json::from_str(&json).map_err(Error::internal)?;
                    let rows = rows.into_iter().map(Arc::new).collect();
                    Answer::Page(Arc::new(window.page(rows, order.clone())))
                }
                Question::Count { .. } => Answer::Count(row.try_get_by_index::<i64>(1)?.unsigned_abs()),
            };
            answers.insert(
                ChildKey {
                    scope,
                    parent_id,
                    question: question.clone(),
                },
                answer,
            );
        }
    }
    Ok(answers)
}

fn page_statement<C: Child>(db: &Db, scope: Scope, parents: Vec<Uuid>, window: &Window, filter: &C::Filter) -> sea_orm::Statement {
    let mut sql = Sql::new(db.backend());
    let dialect = sql.dialect();
    let (at, parent) = (C::SORTED_BY.name, C::PARENT);
    let ascending = window.is_ascending(C::DIRECTION);
    let way = if ascending { "ASC" } else { "DESC" };
    let rows = json::<C>(dialect, filter, &format!("t.{at} {way}, t.id {way}"));
    let mut conditions = C::conditions(filter, &mut sql);
    if let Some(position) = &window.position {
        let Some(Key::Integer(place)) = position.keys.first() else {
            unreachable!("a cursor of this list holds one number")
        };
        let sign = if ascending { ">" } else { "<" };
        let _ = write!(
            conditions,
            " AND (t.{at}, t.id) {sign} ({}, {})",
            sql.bind(*place),
            sql.bind(position.id)
        );
    }
    let limit = sql.bind(window.limit() as i64);
    let ids = sql.in_lookup_ids(parents);
    let visible = visibility::sql(scope, "p", &mut sql);
    let _ = write!(
        sql.text,
        "SELECT {id}, (SELECT {rows} FROM (SELECT t.* FROM {table} t WHERE t.{column} = {id}{conditions} \
         ORDER BY t.{at} {way}, t.id {way} LIMIT {limit}) t{joins}) FROM {tables} WHERE {id} {ids} AND {visible}",
        table = C::TABLE,
        tables = parent.tables,
        id = parent.id,
        column = parent.column,
        joins = C::joins(filter),
    );
    sql.build()
}

fn count_statement<C: Child>(db: &Db, scope: Scope, parents: Vec<Uuid>, filter: &C::Filter) -> sea_orm::Statement {
    let mut sql = Sql::new(db.backend());
    let parent = C::PARENT;
    let conditions = C::conditions(filter, &mut sql);
    let ids = sql.in_lookup_ids(parents);
    let visible = visibility::sql(scope, "p", &mut sql);
    let _ = write!(
        sql.text,
        "SELECT {id}, (SELECT count(*) FROM {table} t WHERE t.{column} = {id}{conditions}) FROM {tables} WHERE {id} {ids} AND {visible}",
        table = C::TABLE,
        tables = parent.tables,
        id = parent.id,
        column = parent.column,
    );
    sql.build()
}
