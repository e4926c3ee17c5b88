//! The access path of a list: the index of its order, or the index of a selective condition.
//!
//! PostgreSQL chooses by its statistics, except for texts in search documents. SQLite's statistics are the same for all databases, so each
//! condition that has another index is counted, up to a number above which scanning in order is cheaper.

use sea_orm::sea_query::{Alias, Asterisk, Expr, ExprTrait, Query, SelectStatement, SimpleExpr, UnionType};
use sea_orm::{Condition, ConnectionTrait, DbBackend, Statement};

use crate::error::{Error, Result};
use crate::resolvers::filter::{ColumnTest, Compiler, Filter, Predicate};
use crate::resolvers::search;

/// Maximum number of rows of a selective condition: they are read and sorted in the time in which a scan finds a page of 50 among a hundred
/// times as many.
const SELECTIVE_LIMIT: u64 = 5_000;
/// Tests that are counted; the others are only checked.
const MAX_COUNTED: usize = 12;
/// Values in the statement that counts: SQLite takes 32,766 in one.
const MAX_VALUES: usize = 10_000;

#[derive(Clone, Debug)]
pub enum AccessPath {
    /// A scan in the order of the list.
    Scan,
    /// The prospects that a query finds by an index, which are at most `SELECTIVE_LIMIT`.
    Selective(SelectStatement),
    /// A scan in the order of the list: the condition on child rows is not selective. The query finds their prospects, some more than once.
    Unselective(SelectStatement),
}

impl AccessPath {
    /// Chooses it with at most one statement. `own` finds the prospects that match a condition on their own columns by its index, which is
    /// another access path than the order of the list unless the condition `is_in_order`.
    pub async fn of(
        db: &impl ConnectionTrait,
        filter: &Filter,
        own: impl Fn(&ColumnTest) -> Option<SelectStatement> + Sync,
        is_in_order: impl Fn(&ColumnTest) -> bool + Sync,
    ) -> Result<AccessPath> {
        let planner = Planner {
            backend: db.get_database_backend(),
            own: &own,
            is_in_order: &is_in_order,
        };
        let mut candidates = planner.candidates(filter, db.get_database_backend() == DbBackend::Sqlite);
        candidates.truncate(MAX_COUNTED);
        if candidates.is_empty() {
            return Ok(AccessPath::Scan);
        }
        let statement = counting(
            db.get_database_backend(),
            candidates.iter().map(|candidate| &candidate.ids),
            SELECTIVE_LIMIT,
        );
        // The list would have them twice, and a statement may not have any number of them.
        if statement.values.as_ref().is_some_and(|values| values.0.len() > MAX_VALUES) {
            return Ok(AccessPath::Scan);
        }
        let counts = counted(db, statement, candidates.len()).await?;
        let most_selective = candidates.iter().zip(counts).min_by_key(|(_, count)| *count);
        if let Some((candidate, 0..=SELECTIVE_LIMIT)) = most_selective {
            return Ok(AccessPath::Selective(candidate.ids.clone()));
        }
        let of_children = candidates.into_iter().find(|candidate| !candidate.is_own);
        Ok(of_children.map_or(AccessPath::Scan, |candidate| AccessPath::Unselective(candidate.ids)))
    }
}

/// Whether a query finds at most `limit` rows.
pub async fn has_at_most(db: &impl ConnectionTrait, source: &SelectStatement, limit: u64) -> Result<bool> {
    let counts = counted(db, counting(db.get_database_backend(), [source], limit), 1).await?;
    Ok(counts.first().is_some_and(|count| *count <= limit))
}

/// That the column names one of the prospects of a query, as a condition that both databases begin with.
pub fn id_in(backend: DbBackend, column: &str, source: &SelectStatement) -> SimpleExpr {
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

/// The same where the database may use the index of any of the tests.
pub fn indexable_compiler(backend: DbBackend) -> Compiler {
    Compiler {
        backend,
        search: match backend {
            DbBackend::Postgres => search::indexable_condition,
            _ => search::condition,
        },
    }
}

/// Finds the candidate access paths to the prospects of a list.
struct Planner<'a> {
    backend: DbBackend,
    own: &'a (dyn Fn(&ColumnTest) -> Option<SelectStatement> + Sync),
    is_in_order: &'a (dyn Fn(&ColumnTest) -> bool + Sync),
}

/// A candidate: the prospects that pass a test.
struct Candidate {
    ids: SelectStatement,
    /// Whether they are found by their own columns, each once.
    is_own: bool,
}

impl Planner<'_> {
    /// Queries of which each finds all matches. `needs_hint`: the database does not choose the access path itself. SQLite never does,
    /// PostgreSQL does except for alternatives, because it does not begin at the child rows of several.
    fn candidates(&self, filter: &Filter, needs_hint: bool) -> Vec<Candidate> {
        match filter {
            Filter::Is(predicate) => self.candidate(predicate, needs_hint).into_iter().collect(),
            Filter::All(filters) => filters.iter().flat_map(|filter| self.candidates(filter, needs_hint)).collect(),
            Filter::Any(filters) => {
                // The index of the order finds one of them at most.
                let planner = Planner {
                    is_in_order: &|_| false,
                    ..*self
                };
                let one_of_each: Option<Vec<Candidate>> = filters
                    .iter()
                    .map(|filter| planner.candidates(filter, true).into_iter().next())
                    .collect();
                let ids = one_of_each
                    .into_iter()
                    .flatten()
                    .map(|candidate| candidate.ids)
                    .reduce(|mut all, ids| {
                        all.union(UnionType::All, ids);
                        all
                    });
                ids.map(|ids| Candidate { ids, is_own: false }).into_iter().collect()
            }
            Filter::Not(_) => Vec::new(),
        }
    }

    /// If an index finds them and the database does not choose it by itself.
    fn candidate(&self, predicate: &Predicate, needs_hint: bool) -> Option<Candidate> {
        let own = match predicate {
            Predicate::Column(test) if needs_hint && !(self.is_in_order)(test) => (self.own)(test),
            _ => None,
        };
        let words = match predicate {
            Predicate::Column(test) => test.words(),
            Predicate::Rows(test) => test.words(),
            Predicate::Search(words) => Some(words.clone()),
        };
        let of_children = match predicate {
            // Where words are looked for, an index of kinds or types would lead to far more rows than pass.
            Predicate::Rows(test) if needs_hint && test.is_of_prospects() && (words.is_none() || test.names_texts()) => {
                test.parents(&|filter: &Filter| -> Condition { compiler(self.backend).condition(filter) })
            }
            _ => None,
        };
        let is_own = own.is_some();
        let ids = own
            .or(of_children)
            .or_else(|| words.map(|words| search::find(self.backend, &words)))?;
        Some(Candidate { ids, is_own })
    }
}

/// Counts the rows of each of the queries, up to one above the limit.
fn counting<'a>(backend: DbBackend, sources: impl IntoIterator<Item = &'a SelectStatement>, limit: u64) -> Statement {
    let mut together = Query::select();
    for source in sources {
        let first = Query::select()
            .column(Alias::new("id"))
            .from_subquery(source.clone(), "source")
            .limit(limit + 1)
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
