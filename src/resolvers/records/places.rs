//! Place names in use: cities, municipalities and parishes of the addresses that are visible to the caller, as suggestions while typing.

use std::fmt::Write;

use sea_orm::{ConnectionTrait, Statement};

use crate::auth::{Scope, visibility};
use crate::cx::Cx;
use crate::db::Db;
use crate::db::sql::Sql;
use crate::error::{Error, Result};
use crate::resolvers::records::prospects;
use crate::rules::limits::LINE_LENGTH;
use crate::text::fold;

/// Maximum number of suggestions.
pub const MOST: i64 = 20;

/// Maximum number of names in which the scan looks for visible ones. Nearly all names are visible to administrators, and a step is cheap.
const MOST_STEPS: i32 = 200;
const MOST_OWN_STEPS: i32 = 40;

/// Maximum number of addresses of one name that the scan checks.
const SCAN_LIMIT: i64 = 1_000;

/// Part of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceKind {
    City,
    Municipality,
    Parish,
}

/// Query of place names.
#[derive(Clone, Debug)]
pub struct PlaceQuery {
    pub kind: PlaceKind,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Beginning of the name, without accents and case.
    pub starts_with: Option<String>,
}

impl PlaceKind {
    /// The columns of an address with the name and its normal form.
    fn columns(self) -> (&'static str, &'static str) {
        match self {
            PlaceKind::City => ("city", "city_norm"),
            PlaceKind::Municipality => ("municipality", "municipality_norm"),
            PlaceKind::Parish => ("parish", "parish_norm"),
        }
    }
}

/// The names in their order, each once, as the earliest address writes it. An unknown country has none.
pub async fn list(cx: &Cx, query: &PlaceQuery) -> Result<Vec<String>> {
    let (db, scope) = (cx.db(), cx.scope()?);
    let beginning = query.starts_with.as_deref().unwrap_or_default();
    if beginning.chars().count() > LINE_LENGTH || query.country.chars().count() > LINE_LENGTH {
        return Err(Error::BadInput(format!("the name of a place has at most {LINE_LENGTH} characters")));
    }
    // PostgreSQL takes no zero character, and no place has one.
    if beginning.contains('\0') || query.country.contains('\0') {
        return Ok(Vec::new());
    }
    let (country, beginning) = (query.country.trim().to_uppercase(), fold(beginning));
    let steps = if scope == Scope::All { MOST_STEPS } else { MOST_OWN_STEPS };
    if scope == Scope::All || !prospects::fits_merge_limit(db.reader(), scope).await? {
        let scan = scan(db, scope, query.kind, &country, &beginning, steps);
        if let Some(names) = scanned_names(db, scan, steps).await? {
            return Ok(names);
        }
    }
    let rows = db
        .reader()
        .query_all_raw(merge(db, scope, query.kind, &country, &beginning))
        .await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// Result of the scan; None if it cannot determine which comes first.
async fn scanned_names(db: &Db, statement: Statement, steps: i32) -> Result<Option<Vec<String>>> {
    let mut names = Vec::new();
    for row in db.reader().query_all_raw(statement).await? {
        let Some(name) = row.try_get_by_index(0)? else { return Ok(None) };
        names.push(name);
        if row.try_get_by_index::<i32>(1)? == steps && (names.len() as i64) < MOST {
            return Ok(None);
        }
    }
    Ok(Some(names))
}

/// Goes from one name to the next in the index, so that it does not matter how many addresses have it. Of each name at most `SCAN_LIMIT`
/// addresses are read: a name that has more of them, none of which is visible, gives null.
fn scan(db: &Db, scope: Scope, kind: PlaceKind, country: &str, beginning: &str, steps: i32) -> Statement {
    let (name, name_norm) = kind.columns();
    let mut sql = Sql::new(db.backend());
    let (country, from) = (sql.bind(country), sql.bind(beginning));
    let until = end_of(&mut sql, beginning, "n.name");
    let visible = visibility::sql(scope, "p", &mut sql);
    let called = |sign: &str, than: &str| {
        format!(
            "FROM addresses a WHERE a.deleted_at IS NULL AND a.{name_norm} IS NOT NULL AND a.country = {country} AND a.{name_norm} {sign} {than}"
        )
    };
    let next = |sign: &str, than: &str| {
        let from = called(sign, than);
        format!("SELECT a.{name_norm} {from} ORDER BY a.country, a.{name_norm}, a.id LIMIT 1")
    };
    let _ = write!(
        sql.text,
        "WITH RECURSIVE names(name, step) AS (SELECT ({first}), 1 UNION ALL SELECT ({then}), n.step + 1 FROM names n \
         WHERE n.step < {steps} AND {until}) \
         SELECT f.shown, f.step FROM (SELECT n.name, n.step, \
         (SELECT a.{name} FROM (SELECT a.{name}, a.prospect_id, a.id {these} ORDER BY a.id LIMIT {SCAN_LIMIT}) a \
         WHERE (SELECT {visible} FROM prospects p WHERE p.id = a.prospect_id) ORDER BY a.id LIMIT 1) AS shown \
         FROM names n WHERE {until}) f \
         WHERE f.shown IS NOT NULL OR f.step = {steps} OR (SELECT 1 {more} LIMIT 1 OFFSET {SCAN_LIMIT}) IS NOT NULL ORDER BY f.name LIMIT {MOST}",
        first = next(">=", &from),
        then = next(">", "n.name"),
        these = called("=", "n.name"),
        more = called("=", "f.name"),
    );
    sql.build()
}

/// Merges the names of the prospects within the scope. `CROSS JOIN` keeps SQLite from beginning at all addresses of the country.
fn merge(db: &Db, scope: Scope, kind: PlaceKind, country: &str, beginning: &str) -> Statement {
    let (name, name_norm) = kind.columns();
    let mut sql = Sql::new(db.backend());
    let (country, from) = (sql.bind(country), sql.bind(beginning));
    let column = format!("a.{name_norm}");
    let until = end_of(&mut sql, beginning, &column);
    let own = visibility::sql_of_all(scope, "p", &mut sql);
    let _ = write!(
        sql.text,
        "SELECT f.shown FROM (SELECT {column} AS name, a.{name} AS shown, \
         row_number() OVER (PARTITION BY {column} ORDER BY a.id) AS place \
         FROM prospects p CROSS JOIN addresses a \
         WHERE {own} AND a.prospect_id = p.id AND a.deleted_at IS NULL AND a.country = {country} AND {column} >= {from} AND {until}) f \
         WHERE f.place = 1 ORDER BY f.name LIMIT {MOST}"
    );
    sql.build()
}

/// Condition that continues the scan: there is a name, and it still has the beginning.
fn end_of(sql: &mut Sql, beginning: &str, column: &str) -> String {
    if beginning.is_empty() {
        return format!("{column} IS NOT NULL");
    }
    // Nothing sorts behind the last character there is, so all that has the beginning lies before this.
    let end = sql.bind(format!("{beginning}\u{10FFFF}"));
    format!("{column} < {end}")
}
