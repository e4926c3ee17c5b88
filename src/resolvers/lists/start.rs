//! The access path of a list: the index of its order, or the index of a selective condition.
//!
//! PostgreSQL chooses by its statistics, except for texts in search documents. SQLite's statistics are the same for all databases, so each
//! condition that has another index is counted, up to a number above which scanning in order is cheaper.

use sea_orm::sea_query::{Alias, Asterisk, Expr, ExprTrait, Query, SelectStatement, SimpleExpr, UnionType};
use sea_orm::{Condition, ConnectionTrait, DbBackend, Statement};

use crate::error::{Error, Result};
use crate::resolvers::filter::{ColumnTest, Compiler, Filter, Predicate};
use crate::resolvers::search;

/// So many rows are read and sorted in the time in which a page of 50 is found among a hundred times as many.
const FEW: u64 = 5_000;
/// Tests that are counted; the others are only checked.
const MOST_COUNTED: usize = 12;
/// Values in the statement that counts: SQLite takes 32,766 in one.
const MOST_VALUES: usize = 10_000;

#[derive(Clone, Debug)]
pub enum Start {
    /// In the order of the list.
    Order,
    /// At the prospects that a query finds, which are few.
    Few(SelectStatement),
    /// In the order of the list; the prospects of the child rows that a query finds, some more than once, are many.
    Many(SelectStatement),
}

impl Start {
    /// Chooses it with at most one statement. `own` finds the prospects that match a condition on their own columns by its index, which is
    /// another access path than the order of the list unless the condition `is_in_order`.
    pub async fn of(
        db: &impl ConnectionTrait,
        filter: &Filter,
        own: impl Fn(&ColumnTest) -> Option<SelectStatement> + Sync,
        is_in_order: impl Fn(&ColumnTest) -> bool + Sync,
    ) -> Result<Start> {
        let ways = Ways {
            backend: db.get_database_backend(),
            own: &own,
            is_in_order: &is_in_order,
        };
        let mut sources = ways.sources(filter, db.get_database_backend() == DbBackend::Sqlite);
        sources.truncate(MOST_COUNTED);
        if sources.is_empty() {
            return Ok(Start::Order);
        }
        let statement = counting(db.get_database_backend(), sources.iter().map(|source| &source.ids), FEW);
        // The list would have them twice, and a statement may not have any number of them.
        if statement.values.as_ref().is_some_and(|values| values.0.len() > MOST_VALUES) {
            return Ok(Start::Order);
        }
        let counts = counted(db, statement, sources.len()).await?;
        let shortest = sources.iter().zip(counts).min_by_key(|(_, count)| *count);
        if let Some((source, 0..=FEW)) = shortest {
            return Ok(Start::Few(source.ids.clone()));
        }
        let of_children = sources.into_iter().find(|source| !source.is_own);
        Ok(of_children.map_or(Start::Order, |source| Start::Many(source.ids)))
    }
}

/// Whether a query finds at most so many rows.
pub async fn are_within(db: &impl ConnectionTrait, source: &SelectStatement, most: u64) -> Result<bool> {
    let counts = counted(db, counting(db.get_database_backend(), [source], most), 1).await?;
    Ok(counts.first().is_some_and(|count| *count <= most))
}

/// That the column names one of the prospects of a query, as a condition that both databases begin with.
pub fn among(backend: DbBackend, column: &str, source: &SelectStatement) -> SimpleExpr {
    let ids = Query::select()
        .column(Alias::new("id"))
        .from_subquery(source.clone(), "source")
        .to_owned();
    match backend {
        DbBackend::Postgres => Expr::cust_with_exprs(format!("{column} = ANY(ARRAY($1))"), [ids.into()]),
        _ => Expr::cust(column.to_owned()).in_subquery(ids),
    }
}

/// Converts filters over prospects to SQL if another access path finds the rows.
pub fn compiler(backend: DbBackend) -> Compiler {
    Compiler {
        backend,
        search: search::condition,
    }
}

/// The same where the database may begin at any of the tests.
pub fn planned(backend: DbBackend) -> Compiler {
    Compiler {
        backend,
        search: match backend {
            DbBackend::Postgres => search::planned_condition,
            _ => search::condition,
        },
    }
}

/// Access paths to the prospects of a list.
struct Ways<'a> {
    backend: DbBackend,
    own: &'a (dyn Fn(&ColumnTest) -> Option<SelectStatement> + Sync),
    is_in_order: &'a (dyn Fn(&ColumnTest) -> bool + Sync),
}

/// The prospects that pass a test.
struct Source {
    ids: SelectStatement,
    /// Whether they are found by their own columns, each once.
    is_own: bool,
}

impl Ways<'_> {
    /// Queries of which each finds all matches. `is_told` is whether the database needs a hint: PostgreSQL only for alternatives, because
    /// it does not begin at the child rows of several.
    fn sources(&self, filter: &Filter, is_told: bool) -> Vec<Source> {
        match filter {
            Filter::Is(predicate) => self.source(predicate, is_told).into_iter().collect(),
            Filter::All(filters) => filters.iter().flat_map(|filter| self.sources(filter, is_told)).collect(),
            Filter::Any(filters) => {
                // The order of the list leads to one of them at most.
                let ways = Ways {
                    is_in_order: &|_| false,
                    ..*self
                };
                let one_of_each: Option<Vec<Source>> = filters.iter().map(|filter| ways.sources(filter, true).into_iter().next()).collect();
                let ids = one_of_each.into_iter().flatten().map(|source| source.ids).reduce(|mut all, ids| {
                    all.union(UnionType::All, ids);
                    all
                });
                ids.map(|ids| Source { ids, is_own: false }).into_iter().collect()
            }
            Filter::Not(_) => Vec::new(),
        }
    }

    /// If an index finds them and the database does not choose it by itself.
    fn source(&self, predicate: &Predicate, is_told: bool) -> Option<Source> {
        let own = match predicate {
            Predicate::Column(test) if is_told && !(self.is_in_order)(test) => (self.own)(test),
            _ => None,
        };
        let words = match predicate {
            Predicate::Column(test) => test.words(),
            Predicate::Rows(test) => test.words(),
            Predicate::Search(words) => Some(words.clone()),
        };
        let of_children = match predicate {
            // Where words are looked for, an index of kinds or types would lead to far more rows than pass.
            Predicate::Rows(test) if is_told && (words.is_none() || test.names_texts()) => {
                test.parents(&|filter: &Filter| -> Condition { compiler(self.backend).condition(filter) })
            }
            _ => None,
        };
        let is_own = own.is_some();
        let ids = own
            .or(of_children)
            .or_else(|| words.map(|words| search::find(self.backend, &words)))?;
        Some(Source { ids, is_own })
    }
}

/// Counts the rows of each of the queries, up to one above the limit.
fn counting<'a>(backend: DbBackend, sources: impl IntoIterator<Item = &'a SelectStatement>, most: u64) -> Statement {
    let mut together = Query::select();
    for source in sources {
        let first = Query::select()
            .column(Alias::new("id"))
            .from_subquery(source.clone(), "source")
            .limit(most + 1)
            .to_owned();
        let count = Query::select()
            .expr(Expr::col(Asterisk).count())
            .from_subquery(first, "counted")
            .to_owned();
        together.expr(Expr::from(count));
    }
    backend.build(&together)
}

/// So many numbers as a statement answers in one row.
async fn counted(db: &impl ConnectionTrait, statement: Statement, length: usize) -> Result<Vec<u64>> {
    let Some(row) = db.query_one_raw(statement).await? else {
        return Err(Error::internal("a count has no row"));
    };
    let count = |index| Ok(row.try_get_by_index::<i64>(index)?.unsigned_abs());
    (0..length).map(count).collect()
}
