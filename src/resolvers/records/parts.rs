//! What a prospect has a bounded number of: any of it for any prospects in one statement, one JSON row for each.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::Arc;

use sea_orm::ConnectionTrait;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::auth::{Scope, visibility};
use crate::db::Db;
use crate::entities::records::contact_point::{PointKind, Verification};
use crate::entities::records::cycle::CycleKind;
use crate::entities::records::touch::TouchPlace;
use crate::entities::setup::status::StatusCategory;
use crate::error::{Error, Result};
use crate::sql::{Dialect, Sql};

/// One of the lists that hang from a prospect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    Identifiers,
    Points,
    Contacts,
    Addresses,
    Touches,
    Client,
    Cycle,
    Tags,
}

/// Which part of which prospect, as seen by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PartKey(pub Scope, pub Uuid, pub Part);

/// The rows of a part, still as JSON.
pub type PartJson = Arc<str>;

#[derive(Clone, Debug, Deserialize)]
pub struct Identifier {
    pub id: Uuid,
    pub type_id: Uuid,
    pub country: String,
    pub number: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Point {
    pub id: Uuid,
    pub contact_id: Option<Uuid>,
    pub kind: PointKind,
    pub value: String,
    pub label: Option<String>,
    pub verification: Verification,
    pub verified_at: Option<i64>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Contact {
    pub id: Uuid,
    pub first_name: String,
    pub last_name: Option<String>,
    pub description: Option<String>,
    pub is_main: bool,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Address {
    pub id: Uuid,
    pub country: String,
    pub city: Option<String>,
    pub municipality: Option<String>,
    pub parish: Option<String>,
    pub postal_code: Option<String>,
    pub line: Option<String>,
    pub reference: Option<String>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub type_id: Option<Uuid>,
    pub region_id: Option<Uuid>,
    pub zone_id: Option<Uuid>,
    pub sector_id: Option<Uuid>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Touch {
    pub place: TouchPlace,
    pub at: i64,
    pub source_id: Uuid,
    pub medium: Option<String>,
    pub page_url: Option<String>,
    pub referrer: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Client {
    pub id: Uuid,
    pub since: i64,
    pub potential_level_id: Option<Uuid>,
    pub converted_by: Option<Uuid>,
    pub version: i32,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Cycle {
    pub id: Uuid,
    pub prospect_id: Uuid,
    pub kind: CycleKind,
    pub status_id: Uuid,
    pub category: StatusCategory,
    pub amount_minor: Option<i64>,
    pub amount_currency: Option<String>,
    pub opened_at: i64,
    pub closed_at: Option<i64>,
    pub reason_id: Option<Uuid>,
    pub reason_note: Option<String>,
    pub version: i32,
}

/// That the prospect has a tag.
#[derive(Clone, Debug, Deserialize)]
pub struct Tag {
    pub id: Uuid,
}

impl From<crate::entities::records::cycle::Model> for Cycle {
    fn from(row: crate::entities::records::cycle::Model) -> Self {
        Cycle {
            id: row.id,
            prospect_id: row.prospect_id,
            kind: row.kind,
            status_id: row.status_id,
            category: row.category,
            amount_minor: row.amount_minor,
            amount_currency: row.amount_currency,
            opened_at: row.opened_at,
            closed_at: row.closed_at,
            reason_id: row.reason_id,
            reason_note: row.reason_note,
            version: row.version,
        }
    }
}

/// A type whose rows are one of the parts.
pub trait PartOf: DeserializeOwned {
    const PART: Part;
}

macro_rules! parts {
    ($($row:ty => $part:ident),+ $(,)?) => {
        $(impl PartOf for $row {
            const PART: Part = Part::$part;
        })+
    };
}
parts!(
    Identifier => Identifiers,
    Point => Points,
    Contact => Contacts,
    Address => Addresses,
    Touch => Touches,
    Client => Client,
    Cycle => Cycle,
    Tag => Tags,
);

/// The rows of a part that was loaded; none where the prospect is absent or invisible.
pub fn rows<T: PartOf>(json: Option<PartJson>) -> Result<Vec<T>> {
    match json {
        Some(json) => serde_json::from_str(&json).map_err(Error::internal),
        None => Ok(Vec::new()),
    }
}

/// The columns of a cycle in the order of `Cycle`, of a table called `t`.
pub fn cycle_columns(dialect: Dialect) -> String {
    dialect.array(&[
        dialect.id("t.id"),
        dialect.id("t.prospect_id"),
        text("t.kind"),
        dialect.id("t.status_id"),
        text("t.category"),
        text("t.amount_minor"),
        text("t.amount_currency"),
        text("t.opened_at"),
        text("t.closed_at"),
        dialect.id("t.reason_id"),
        text("t.reason_note"),
        text("t.version"),
    ])
}

/// Any parts of any prospects, with one statement for each scope among the keys and one row for each prospect.
pub async fn by_keys(db: &Db, keys: Vec<PartKey>) -> Result<HashMap<PartKey, PartJson>> {
    let mut wanted: HashMap<Scope, HashMap<Uuid, PartSet>> = HashMap::new();
    for PartKey(scope, prospect_id, part) in keys {
        *wanted.entry(scope).or_default().entry(prospect_id).or_default() |= 1 << part as u8;
    }
    let mut loaded = HashMap::new();
    for (scope, prospects) in wanted {
        // Prospects of which the same parts are wanted share a SELECT; most often these are all.
        let mut groups: BTreeMap<PartSet, Vec<Uuid>> = BTreeMap::new();
        for (prospect_id, parts) in prospects {
            groups.entry(parts).or_default().push(prospect_id);
        }
        let mut sql = Sql::new(db.backend());
        for (index, (parts, prospects)) in groups.into_iter().enumerate() {
            if index > 0 {
                sql.push(" UNION ALL ");
            }
            select_parts(&mut sql, scope, parts, prospects);
        }
        for row in db.reader().query_all_raw(sql.build()).await? {
            let prospect_id: Uuid = row.try_get_by_index(0)?;
            for (index, part) in PARTS.into_iter().enumerate() {
                if let Some(json) = row.try_get_by_index::<Option<String>>(index + 1)? {
                    loaded.insert(PartKey(scope, prospect_id, part), json.into());
                }
            }
        }
    }
    Ok(loaded)
}

/// A bit for each part.
type PartSet = u16;

/// Every part at the place of its bit.
const PARTS: [Part; 8] = [
    Part::Identifiers,
    Part::Points,
    Part::Contacts,
    Part::Addresses,
    Part::Touches,
    Part::Client,
    Part::Cycle,
    Part::Tags,
];

/// Selects the parts in the columns of their places; the others are null.
fn select_parts(sql: &mut Sql, scope: Scope, parts: PartSet, prospects: Vec<Uuid>) {
    let dialect = sql.dialect();
    sql.push("SELECT p.id");
    for part in PARTS {
        if parts & (1 << part as u8) == 0 {
            sql.push(", NULL");
        } else {
            let (row, order, from) = columns(dialect, part);
            let rows = dialect.collect(&row, order);
            let _ = write!(sql.text, ", (SELECT {rows} FROM {from})");
        }
    }
    let ids = sql.among_ids(prospects);
    let visible = visibility::sql(scope, "p", sql);
    let _ = write!(sql.text, " FROM prospects p WHERE p.id {ids} AND {visible}");
}

/// The JSON of a row of a part, the order of the rows, and where they are found.
fn columns(dialect: Dialect, part: Part) -> (String, &'static str, &'static str) {
    match part {
        Part::Identifiers => (
            dialect.array(&[dialect.id("t.id"), dialect.id("t.type_id"), text("t.country"), text("t.number")]),
            "t.position, t.id",
            "identifiers t WHERE t.prospect_id = p.id AND t.deleted_at IS NULL",
        ),
        Part::Points => (
            dialect.array(&[
                dialect.id("t.id"),
                dialect.id("t.contact_id"),
                text("t.kind"),
                text("t.value"),
                text("t.label"),
                text("t.verification"),
                text("t.verified_at"),
            ]),
            "t.position, t.id",
            "contact_points t WHERE t.prospect_id = p.id AND t.deleted_at IS NULL",
        ),
        Part::Contacts => (
            dialect.array(&[
                dialect.id("t.id"),
                text("t.first_name"),
                text("t.last_name"),
                text("t.description"),
                dialect.flag("t.is_main"),
            ]),
            "t.position, t.id",
            "contacts t WHERE t.prospect_id = p.id AND t.deleted_at IS NULL",
        ),
        Part::Addresses => (
            dialect.array(&[
                dialect.id("t.id"),
                text("t.country"),
                text("t.city"),
                text("t.municipality"),
                text("t.parish"),
                text("t.postal_code"),
                text("t.line"),
                text("t.reference"),
                text("t.latitude"),
                text("t.longitude"),
                dialect.id("t.type_id"),
                dialect.id("t.region_id"),
                dialect.id("t.zone_id"),
                dialect.id("t.sector_id"),
            ]),
            "t.position, t.id",
            "addresses t WHERE t.prospect_id = p.id AND t.deleted_at IS NULL",
        ),
        Part::Touches => (
            dialect.array(&[
                text("t.place"),
                text("t.at"),
                dialect.id("t.source_id"),
                text("t.medium"),
                text("t.page_url"),
                text("t.referrer"),
            ]),
            "t.place",
            "touches t WHERE t.prospect_id = p.id",
        ),
        Part::Client => (
            dialect.array(&[
                dialect.id("t.id"),
                text("t.since"),
                dialect.id("t.potential_level_id"),
                dialect.id("t.converted_by"),
                text("t.version"),
            ]),
            "t.id",
            "clients t WHERE t.id = p.id",
        ),
        Part::Cycle => (cycle_columns(dialect), "t.id", "cycles t WHERE t.id = p.cycle_id"),
        Part::Tags => (
            dialect.array(&[dialect.id("t.tag_id")]),
            "t.tag_id",
            "prospect_tags t WHERE t.prospect_id = p.id",
        ),
    }
}

fn text(column: &str) -> String {
    column.to_owned()
}
