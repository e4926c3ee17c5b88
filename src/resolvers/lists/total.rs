//! Totals of lists: exact up to a limit, estimated above it, because counting a million rows takes too long.

use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr};
use sea_orm::{Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select, Statement};

use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::resolvers::filter::checked;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    pub count: u64,
    pub is_estimated: bool,
}

impl Total {
    pub fn exact(count: u64) -> Total {
        Total {
            count,
            is_estimated: false,
        }
    }

    /// More than the limit. A lower estimate becomes `limit + 1`: that many were counted.
    pub fn estimated(count: u64, limit: u64) -> Total {
        Total {
            count: Ord::max(count, limit + 1),
            is_estimated: true,
        }
    }
}

/// Estimation of the length of a list.
pub enum Estimate {
    /// The cardinality estimate of PostgreSQL's planner for the statement.
    Planner(Statement),
    /// From a sample of a table, read by a statement with `sample_columns` and `sample_condition`.
    Sample(Statement),
}

/// Number of rows of a sample.
pub const SAMPLE: u64 = 2_000;

impl Estimate {
    /// Of the list of those rows of a table that pass: by their ids, or by a sample of all rows.
    pub fn of<E: EntityTrait>(backend: DbBackend, rows: Select<E>, ids: impl FnOnce() -> SelectStatement, passes: Condition) -> Estimate {
        if backend == DbBackend::Postgres {
            return Estimate::Planner(backend.build(&ids()));
        }
        let table = E::default().table_name().to_owned();
        let mut sample = rows
            .select_only()
            .filter(Expr::cust(sample_condition(backend, &table, &table, SAMPLE)));
        for column in sample_columns(backend, &table, checked(passes)) {
            sample = sample.expr(column);
        }
        Estimate::Sample(sample.build(backend))
    }
}

/// Number of rows of the query: counted up to the limit, estimated above it.
pub async fn of(cx: &Cx, db: &impl ConnectionTrait, rows: SelectStatement, estimate: impl FnOnce() -> Estimate) -> Result<Total> {
    let limit = cx.app.settings.limits.exact_count_limit;
    of_count(cx, db, counting(db.get_database_backend(), rows, limit), estimate).await
}

/// The same for a statement that counts up to one above the limit. An estimate is cached by the counting statement.
pub async fn of_count(cx: &Cx, db: &impl ConnectionTrait, count: Statement, estimate: impl FnOnce() -> Estimate) -> Result<Total> {
    let limit = cx.app.settings.limits.exact_count_limit;
    if let Some(recent) = cx.app.estimates.recent(&count) {
        return Ok(Total::estimated(recent, limit));
    }
    let counted = read_count(db, count.clone()).await?;
    if counted <= limit {
        return Ok(Total::exact(counted));
    }
    let estimate = match estimate() {
        Estimate::Planner(rows) => planner_estimate(db, rows).await?,
        Estimate::Sample(rows) => read_sample(db, rows).await?.estimate(),
    };
    cx.app.estimates.store(&count, estimate);
    Ok(Total::estimated(estimate, limit))
}

async fn read_sample(db: &impl ConnectionTrait, statement: Statement) -> Result<Sample> {
    let row = db.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::internal("a sample has no row"))?;
    let number = |index| -> Result<u64> {
        let number: Option<i64> = row.try_get_by_index(index)?;
        Ok(number.unwrap_or(0).unsigned_abs())
    };
    Ok(Sample {
        passing: number(0)?,
        sampled: number(1)?,
        rows: number(2)?,
    })
}

/// Result of a sample of a table.
struct Sample {
    passing: u64,
    sampled: u64,
    /// Of the whole table.
    rows: u64,
}

impl Sample {
    fn estimate(&self) -> u64 {
        let all = u128::from(self.passing) * u128::from(self.rows) / u128::from(Ord::max(self.sampled, 1));
        u64::try_from(all).unwrap_or(u64::MAX)
    }
}

/// Counts the rows of the query, up to one above the limit.
fn counting(backend: DbBackend, mut rows: SelectStatement, limit: u64) -> Statement {
    rows.limit(limit + 1);
    let count = Query::select()
        .expr(Expr::col(Asterisk).count())
        .from_subquery(rows, "counted")
        .to_owned();
    backend.build(&count)
}

/// The number that a statement with one row answers.
pub async fn read_count(db: &impl ConnectionTrait, statement: Statement) -> Result<u64> {
    let row = db.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::internal("a count has no row"))?;
    Ok(row.try_get_by_index::<i64>(0)?.unsigned_abs())
}

/// PostgreSQL's cardinality estimate of a query.
async fn planner_estimate(db: &impl ConnectionTrait, rows: Statement) -> Result<u64> {
    let explain = Statement {
        sql: format!("EXPLAIN (FORMAT JSON) {}", rows.sql),
        ..rows
    };
    let plan = db.query_one_raw(explain).await?;
    let plan = plan.ok_or_else(|| Error::internal("a plan has no row"))?;
    let plan: serde_json::Value = plan.try_get_by_index(0)?;
    let rows = plan.pointer("/0/Plan/Plan Rows").and_then(serde_json::Value::as_f64);
    Ok(rows.ok_or_else(|| Error::internal("a plan has no cardinality estimate"))? as u64)
}

/// Columns of a statement over a sample: matching rows, sampled rows, and rows of the whole table.
fn sample_columns(backend: DbBackend, table: &str, passes: SimpleExpr) -> [SimpleExpr; 3] {
    let passing = Func::sum(Expr::case(passes, 1).finally(0));
    [
        passing.into(),
        Expr::cust("count(*)"),
        Expr::cust(format!("({})", length(backend, table))),
    ]
}

/// The sampled rows of a table, as a condition on `alias`. The same ones each time while nothing changes.
pub fn sample_condition(backend: DbBackend, table: &str, alias: &str, rows: u64) -> String {
    /// Number of adjacent rows of a block: seeking a block costs more than reading its rows.
    const BLOCK_ROWS: u64 = 4;
    match backend {
        // Of whole pages, each eighth row by the last byte of its id, which is random.
        DbBackend::Postgres => format!(
            "{alias}.ctid = ANY(ARRAY(SELECT s.ctid FROM {table} s TABLESAMPLE SYSTEM \
             ((SELECT LEAST(100, 100.0 * 8 * {rows} / length) FROM ({length}) AS known (length))) REPEATABLE (1) \
             WHERE get_byte(uuid_send(s.id), 15) < 32))",
            length = length(backend, table)
        ),
        // At even distances, in the order in which they were written.
        _ => format!(
            "{alias}.rowid IN (WITH RECURSIVE steps (step) AS (SELECT 0 UNION ALL SELECT step + 1 FROM steps WHERE step < {rows} - 1) \
             SELECT 1 + step % {BLOCK_ROWS} + (step - step % {BLOCK_ROWS}) * ({length}) / {rows} FROM steps)",
            length = length(backend, table)
        ),
    }
}

/// About how many rows a table has, as a query. PostgreSQL knows it from the last `ANALYZE`; before that, from the size.
pub fn length(backend: DbBackend, table: &str) -> String {
    match backend {
        DbBackend::Postgres => {
            format!(
                "SELECT CAST(GREATEST(reltuples, pg_relation_size(oid) / 1024, 1) AS BIGINT) FROM pg_class WHERE oid = '{table}'::regclass"
            )
        }
        _ => format!("SELECT max(rowid) FROM {table}"),
    }
}
