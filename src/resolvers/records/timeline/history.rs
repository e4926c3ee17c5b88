//! The timeline of all visible prospects, latest first.
//!
//! Entries do not store their owner: it would have to be rewritten in each of them whenever a prospect changes its owner. Instead there are
//! two access paths. For owners of few prospects the timelines of these are merged. For all others the entries of all prospects are scanned
//! by time, each checked for visibility. If that finds too few within some thousands, because others were more active, the own timelines
//! are merged after all, unless there were fewer entries to scan. The same holds for administrators who ask for the entries of certain
//! prospects.

use std::fmt::Write;
use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::{Entry, EntryFilter};
use crate::auth::{Scope, visibility};
use crate::cx::Cx;
use crate::db::sql::Sql;
use crate::error::{Error, Result};
use crate::resolvers::lists::page::{Direction, Key, Page, PageArgs, Window};
use crate::resolvers::lists::total::{self, Estimate, SAMPLE, Total};
use crate::resolvers::records::children::{Child, json, sort};
use crate::resolvers::records::prospects;

/// Maximum number of entries of all prospects that are scanned for a caller who sees some of them.
const SCAN_LIMIT: u64 = 10_000;

/// Access path to the entries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum HistoryPath {
    /// A scan of the entries of all prospects in the order of time.
    Scan,
    /// The same, of at most `SCAN_LIMIT` entries.
    LimitedScan,
    /// A merge of the histories of the prospects within the scope.
    Merge,
}

/// One page of the history.
pub async fn page(cx: &Cx, db: &impl ConnectionTrait, filter: &EntryFilter, args: &PageArgs) -> Result<Page<Arc<Entry>>> {
    let (scope, order) = (cx.scope()?, sort::<Entry>());
    let window = args.window(&order, cx.app.settings.limits.page_size)?;
    let path = match scope {
        Scope::All if filter.prospect.is_none() => HistoryPath::Scan,
        Scope::Owner(_) if prospects::fits_merge_limit(db, scope).await? => HistoryPath::Merge,
        Scope::All | Scope::Owner(_) => HistoryPath::LimitedScan,
    };
    let mut rows = read(db, page_statement(db, scope, path, filter, &window)).await?;
    let is_short = path == HistoryPath::LimitedScan && (rows.len() as u64) < window.limit();
    if is_short && !fits_scan_limit(db, filter, Some(&window)).await? {
        rows = read(db, page_statement(db, scope, HistoryPath::Merge, filter, &window)).await?;
    }
    Ok(window.page(rows.into_iter().map(Arc::new).collect(), Arc::new(order)))
}

async fn read(db: &impl ConnectionTrait, statement: Statement) -> Result<Vec<Entry>> {
    let row = db.query_one_raw(statement).await?;
    let json: String = row.ok_or_else(|| Error::internal("a page has no row"))?.try_get_by_index(0)?;
    serde_json::from_str(&json).map_err(Error::internal)
}

/// Number of entries on all pages.
pub async fn count(cx: &Cx, db: &impl ConnectionTrait, filter: &EntryFilter) -> Result<Total> {
    let (scope, limit) = (cx.scope()?, cx.app.settings.limits.exact_count_limit);
    // Without an order the cheapest access path is through the caller's own prospects, unless hardly any entry matches.
    let path = match scope {
        Scope::All if filter.prospect.is_none() => HistoryPath::Scan,
        _ if filter.has_conditions() && fits_scan_limit(db, filter, None).await? => HistoryPath::Scan,
        Scope::All | Scope::Owner(_) => HistoryPath::Merge,
    };
    let mut sql = Sql::new(db.get_database_backend());
    let entries = entries(scope, path, filter, "", &mut sql);
    let most = sql.bind(i64::try_from(limit + 1).unwrap_or(i64::MAX));
    let _ = write!(sql.text, "SELECT count(*) FROM (SELECT 1 {entries} LIMIT {most}) counted");
    total::of_count(cx, db, sql.build(), || estimate(db, scope, filter)).await
}

fn estimate(db: &impl ConnectionTrait, scope: Scope, filter: &EntryFilter) -> Estimate {
    let mut sql = Sql::new(db.get_database_backend());
    if db.get_database_backend() == DbBackend::Sqlite {
        return Estimate::Sample(sample(db, scope, filter));
    }
    let entries = entries(scope, HistoryPath::Merge, filter, "", &mut sql);
    let _ = write!(sql.text, "SELECT t.id {entries}");
    Estimate::Planner(sql.build())
}

/// A statement that reads a sample of the entries, and how many of them the history has.
fn sample(db: &impl ConnectionTrait, scope: Scope, filter: &EntryFilter) -> Statement {
    let mut sql = Sql::new(db.get_database_backend());
    let visible = is_visible(scope, filter, &mut sql);
    let conditions = Entry::conditions(filter, &mut sql);
    let _ = write!(
        sql.text,
        "SELECT count(*) FILTER (WHERE {visible}{conditions}), count(*), ({length}) \
         FROM timeline_entries t WHERE {sample}",
        length = total::length(db.get_database_backend(), "timeline_entries"),
        sample = total::sample_condition(db.get_database_backend(), "timeline_entries", "t", SAMPLE),
    );
    sql.build()
}

/// Whether so few entries match, of any owner, that the scan reaches the end within its limit.
async fn fits_scan_limit(db: &impl ConnectionTrait, filter: &EntryFilter, window: Option<&Window>) -> Result<bool> {
    let mut sql = Sql::new(db.get_database_backend());
    let beyond = window.map_or_else(String::new, |window| beyond(window, &mut sql));
    let index = index_of_time(filter, &sql);
    let conditions = Entry::conditions(filter, &mut sql);
    let _ = write!(
        sql.text,
        "SELECT count(*) FROM (SELECT 1 FROM timeline_entries t{index} WHERE 1 = 1{conditions}{beyond} LIMIT {SCAN_LIMIT}) counted"
    );
    Ok(total::read_count(db, sql.build()).await? < SCAN_LIMIT)
}

/// The condition for what comes after the position of the window.
fn beyond(window: &Window, sql: &mut Sql) -> String {
    let Some(position) = &window.position else { return String::new() };
    let Some(Key::Integer(time)) = position.keys.first() else {
        unreachable!("a cursor of this list holds one instant")
    };
    let sign = if window.is_ascending(Direction::Descending) { ">" } else { "<" };
    format!(" AND (t.occurred_at, t.id) {sign} ({}, {})", sql.bind(*time), sql.bind(position.id))
}

fn page_statement(db: &impl ConnectionTrait, scope: Scope, path: HistoryPath, filter: &EntryFilter, window: &Window) -> Statement {
    let mut sql = Sql::new(db.get_database_backend());
    let ascending = window.is_ascending(Direction::Descending);
    let direction = if ascending { "ASC" } else { "DESC" };
    let order = format!("t.occurred_at {direction}, t.id {direction}");
    let rows = json::<Entry>(sql.dialect(), filter, &order);
    let beyond = beyond(window, &mut sql);
    let limit = sql.bind(window.limit() as i64);
    let found = match (path, sql.dialect().0) {
        // Each history is left as soon as it has given enough for the page.
        (HistoryPath::Merge, DbBackend::Postgres) => {
            let own = of_all(scope, filter, &mut sql);
            let (period, rest) = apart(filter);
            let (period, rest) = (Entry::conditions(&period, &mut sql), Entry::conditions(&rest, &mut sql));
            // `IS TRUE` keeps it from reading all recent entries of an actor, or of a kind, once for each prospect.
            format!(
                "FROM prospects CROSS JOIN LATERAL (SELECT t.* FROM timeline_entries t \
                 WHERE t.prospect_id = prospects.id{period}{beyond} AND (1 = 1{rest}) IS TRUE ORDER BY {order} LIMIT {limit}) t WHERE {own}"
            )
        }
        (HistoryPath::LimitedScan, _) => {
            let index = index_of_time(filter, &sql);
            let conditions = Entry::conditions(filter, &mut sql);
            let visible = is_visible(scope, filter, &mut sql);
            format!(
                "FROM (SELECT t.* FROM timeline_entries t{index} WHERE 1 = 1{conditions}{beyond} ORDER BY {order} LIMIT {SCAN_LIMIT}) t \
                 WHERE {visible}"
            )
        }
        _ => entries(scope, path, filter, &beyond, &mut sql),
    };
    let _ = write!(
        sql.text,
        "SELECT {rows} FROM (SELECT t.* {found} ORDER BY {order} LIMIT {limit}) t{joins}",
        joins = Entry::joins(filter)
    );
    sql.build()
}

/// The entries `t` that are visible and pass, from the `FROM` on; `more` goes with the conditions.
fn entries(scope: Scope, path: HistoryPath, filter: &EntryFilter, more: &str, sql: &mut Sql) -> String {
    match path {
        HistoryPath::Scan | HistoryPath::LimitedScan => {
            let index = index_of_time(filter, sql);
            let visible = is_visible(scope, filter, sql);
            let conditions = Entry::conditions(filter, sql);
            format!("FROM timeline_entries t{index} WHERE {visible}{conditions}{more}")
        }
        HistoryPath::Merge => {
            let own = of_all(scope, filter, sql);
            let conditions = Entry::conditions(filter, sql);
            format!("FROM prospects CROSS JOIN timeline_entries t WHERE t.prospect_id = prospects.id AND {own}{conditions}{more}")
        }
    }
}

/// The condition that the prospect of an entry is visible and passes. An expression, so that neither database begins at the prospects.
fn is_visible(scope: Scope, filter: &EntryFilter, sql: &mut Sql) -> String {
    let mut visible = visibility::sql(scope, "prospects", sql);
    add_prospect_conditions(filter, sql, &mut visible);
    format!("(SELECT {visible} FROM prospects WHERE prospects.id = t.prospect_id)")
}

/// The same condition on the prospects, where the statement begins at them.
fn of_all(scope: Scope, filter: &EntryFilter, sql: &mut Sql) -> String {
    let mut own = visibility::sql_of_all(scope, "prospects", sql);
    add_prospect_conditions(filter, sql, &mut own);
    own
}

fn add_prospect_conditions(filter: &EntryFilter, sql: &mut Sql, text: &mut String) {
    if let Some(condition) = &filter.prospect {
        text.push_str(" AND ");
        condition.write(sql, text);
    }
}

/// The period of the filter, and the rest of it.
fn apart(filter: &EntryFilter) -> (EntryFilter, EntryFilter) {
    let period = EntryFilter {
        occurred_at: filter.occurred_at.clone(),
        ..EntryFilter::default()
    };
    let rest = EntryFilter {
        occurred_at: None,
        ..filter.clone()
    };
    (period, rest)
}

/// SQLite would read all entries of several kinds or actors to sort them; PostgreSQL chooses by its statistics.
fn index_of_time(filter: &EntryFilter, sql: &Sql) -> &'static str {
    let lists = filter.kind.as_ref().is_some_and(|kind| kind.eq.is_none()) || filter.actor.as_ref().is_some_and(|actor| actor.eq.is_none());
    let is_single =
        filter.kind.as_ref().is_some_and(|kind| kind.eq.is_some()) || filter.actor.as_ref().is_some_and(|actor| actor.eq.is_some());
    let is_forced = lists && !is_single && filter.is_pinned != Some(true);
    if is_forced && sql.dialect().0 == DbBackend::Sqlite {
        " INDEXED BY timeline_entries_time"
    } else {
        ""
    }
}
