//! The places in use: cities, municipalities and parishes of the addresses that the caller may see, to be offered while somebody types.

use std::fmt::Write;

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::auth::{Scope, visibility};
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::rules::limits::LINE_LENGTH;
use crate::sql::Sql;
use crate::text::norm;

/// How many are offered.
pub const MOST: i64 = 20;

/// Between how many the walk looks for visible ones.
const MOST_STEPS: i64 = 200;

/// Which part of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceKind {
    City,
    Municipality,
    Parish,
}

/// What is looked for.
#[derive(Clone, Debug)]
pub struct PlaceQuery {
    pub kind: PlaceKind,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// What the name begins with, accents and case aside.
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
    let scope = cx.scope()?;
    let beginning = query.starts_with.as_deref().unwrap_or_default();
    if beginning.chars().count() > LINE_LENGTH || query.country.chars().count() > LINE_LENGTH {
        return Err(Error::BadInput(format!("the name of a place has at most {LINE_LENGTH} characters")));
    }
    // PostgreSQL takes no zero character, and no place has one.
    if beginning.contains('\0') || query.country.contains('\0') {
        return Ok(Vec::new());
    }
    let country = query.country.trim().to_uppercase();
    let statement = match scope {
        Scope::All => walk(cx, scope, query.kind, &country, &norm(beginning)),
        Scope::Owner(owner) => gather(cx, owner, query.kind, &country, &norm(beginning)),
    };
    let rows = cx.db().reader().query_all_raw(statement).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// For those who see all: goes from one name to the next in the index, so that it does not matter how many addresses have it.
fn walk(cx: &Cx, scope: Scope, kind: PlaceKind, country: &str, beginning: &str) -> sea_orm::Statement {
    let (name, name_norm) = kind.columns();
    let mut sql = Sql::new(cx.db().backend());
    let (country, from) = (sql.bind(country), sql.bind(beginning));
    let until = end_of(&mut sql, beginning, "n.name");
    let visible = visibility::sql(scope, "p", &mut sql);
    let next = |sign: &str, than: &str| {
        format!(
            "SELECT a.{name_norm} FROM addresses a WHERE a.deleted_at IS NULL AND a.{name_norm} IS NOT NULL AND a.country = {country} \
             AND a.{name_norm} {sign} {than} ORDER BY a.country, a.{name_norm}, a.id LIMIT 1"
        )
    };
    let _ = write!(
        sql.text,
        "WITH RECURSIVE names(name, step) AS (SELECT ({first}), 1 UNION ALL SELECT ({then}), n.step + 1 FROM names n \
         WHERE n.step < {MOST_STEPS} AND {until}) \
         SELECT f.shown FROM (SELECT n.name, (SELECT a.{name} FROM addresses a JOIN prospects p ON p.id = a.prospect_id \
         WHERE a.deleted_at IS NULL AND a.{name_norm} IS NOT NULL AND a.country = {country} AND a.{name_norm} = n.name AND {visible} \
         ORDER BY a.id LIMIT 1) AS shown FROM names n WHERE {until}) f WHERE f.shown IS NOT NULL ORDER BY f.name LIMIT {MOST}",
        first = next(">=", &from),
        then = next(">", "n.name"),
    );
    sql.build()
}

/// For those who see their own: begins at what they own. `CROSS JOIN` keeps SQLite from beginning at all addresses of the country.
fn gather(cx: &Cx, owner: Uuid, kind: PlaceKind, country: &str, beginning: &str) -> sea_orm::Statement {
    let (name, name_norm) = kind.columns();
    let mut sql = Sql::new(cx.db().backend());
    let (country, from) = (sql.bind(country), sql.bind(beginning));
    let column = format!("a.{name_norm}");
    let until = end_of(&mut sql, beginning, &column);
    let visible = visibility::sql(Scope::Owner(owner), "p", &mut sql);
    // Said twice, because the index is walked for this alone.
    let owner = sql.bind(owner);
    let _ = write!(
        sql.text,
        "SELECT f.shown FROM (SELECT {column} AS name, a.{name} AS shown, \
         row_number() OVER (PARTITION BY {column} ORDER BY a.id) AS place \
         FROM prospects p CROSS JOIN addresses a \
         WHERE p.owner_id = {owner} AND {visible} AND a.prospect_id = p.id AND a.deleted_at IS NULL AND a.country = {country} AND {column} >= {from} AND {until}) f \
         WHERE f.place = 1 ORDER BY f.name LIMIT {MOST}"
    );
    sql.build()
}

/// A condition that ends the walk: there is a name, and it still has the beginning.
fn end_of(sql: &mut Sql, beginning: &str, column: &str) -> String {
    if beginning.is_empty() {
        return format!("{column} IS NOT NULL");
    }
    // Nothing sorts behind the last character there is, so all that has the beginning lies before this.
    let end = sql.bind(format!("{beginning}\u{10FFFF}"));
    format!("{column} < {end}")
}
