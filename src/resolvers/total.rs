//! How many rows a list has: counted up to a limit, beyond it estimated, because counting a million takes longer than anybody waits.

use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::cx::Cx;
use crate::db::Db;
use crate::error::{Error, Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    pub count: u64,
    pub is_estimated: bool,
}

/// Rows that are looked at for an estimate.
pub const SAMPLE: u64 = 2_000;
/// So many of them lie beside each other: each place that is looked at costs more than the rows that are found there.
const NEIGHBOURS: u64 = 4;

impl Total {
    pub fn exact(count: u64) -> Total {
        Total {
            count,
            is_estimated: false,
        }
    }

    /// More than the limit. What is estimated as fewer is the limit's next: that many were seen.
    pub fn estimated(count: u64, limit: u64) -> Total {
        Total {
            count: Ord::max(count, limit + 1),
            is_estimated: true,
        }
    }
}

/// What counts the rows of the query, but no more than one past the limit.
pub fn counting(db: &Db, mut rows: SelectStatement, limit: u64) -> Statement {
    rows.limit(limit + 1);
    let count = Query::select()
        .expr(Expr::col(Asterisk).count())
        .from_subquery(rows, "counted")
        .to_owned();
    db.backend().build(&count)
}

/// What was estimated a moment ago in place of what the statement counts.
pub fn recent(cx: &Cx, all: &Statement) -> Option<Total> {
    let estimate = cx.app.estimates.recent(all)?;
    Some(Total::estimated(estimate, cx.app.settings.limits.exact_count_limit))
}

/// What the statement counts; if that is more than the limit, an estimate, which is then kept for a while under the first statement.
pub async fn counted(cx: &Cx, all: &Statement, count: Statement, estimate: impl Future<Output = Result<u64>>) -> Result<Total> {
    if let Some(recent) = recent(cx, all) {
        return Ok(recent);
    }
    let counted = single(cx.db(), count).await?;
    seen(cx, all, counted, estimate).await
}

/// The same, once so many were seen.
pub async fn seen(cx: &Cx, all: &Statement, seen: u64, estimate: impl Future<Output = Result<u64>>) -> Result<Total> {
    let limit = cx.app.settings.limits.exact_count_limit;
    if seen <= limit {
        return Ok(Total::exact(seen));
    }
    let estimate = estimate.await?;
    cx.app.estimates.keep(all, estimate);
    Ok(Total::estimated(estimate, limit))
}

/// What PostgreSQL's planner expects of a query, from its statistics.
pub async fn planned(db: &Db, rows: Statement) -> Result<u64> {
    let explain = Statement {
        sql: format!("EXPLAIN (FORMAT JSON) {}", rows.sql),
        ..rows
    };
    let plan = db.reader().query_one_raw(explain).await?;
    let plan = plan.ok_or_else(|| Error::internal("a plan has no row"))?;
    let plan: serde_json::Value = plan.try_get_by_index(0)?;
    let rows = plan.pointer("/0/Plan/Plan Rows").and_then(serde_json::Value::as_f64);
    Ok(rows.ok_or_else(|| Error::internal("a plan does not say how many rows it expects"))? as u64)
}

/// For SQLite, which keeps no statistics of its own: rows of the table at places in even distances, in the order in which they were written.
/// To be used as `table.rowid IN (…)`.
pub fn sample(table: &str) -> String {
    format!(
        "WITH RECURSIVE steps (step) AS (SELECT 0 UNION ALL SELECT step + 1 FROM steps WHERE step < {SAMPLE} - 1) \
         SELECT 1 + step % {NEIGHBOURS} + (step - step % {NEIGHBOURS}) * (SELECT max(rowid) FROM {table}) / {SAMPLE} FROM steps"
    )
}

/// Carries what a sample showed over to the table. The statement answers how many rows of the sample count, and how many there are at most.
pub async fn extrapolated(db: &Db, statement: Statement) -> Result<u64> {
    debug_assert_eq!(db.backend(), DbBackend::Sqlite);
    let Some(row) = db.reader().query_one_raw(statement).await? else {
        return Ok(0);
    };
    let found: i64 = row.try_get_by_index(0)?;
    let all: Option<i64> = row.try_get_by_index(1)?;
    let (found, all) = (u128::from(found.unsigned_abs()), u128::from(all.unwrap_or(0).unsigned_abs()));
    let looked_at = all.clamp(1, u128::from(SAMPLE));
    Ok(u64::try_from(found * all / looked_at).unwrap_or(u64::MAX))
}

/// The number that a statement with one row answers.
pub async fn single(db: &Db, statement: Statement) -> Result<u64> {
    let row = db.reader().query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::internal("a count has no row"))?;
    Ok(row.try_get_by_index::<i64>(0)?.unsigned_abs())
}
