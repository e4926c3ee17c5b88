//! Bounded child rows of prospects: all kinds for many prospects in one statement, one JSON row per prospect.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::Arc;

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::documents::Document as DocumentRow;
use super::rows::{Row, row};
use crate::auth::{Scope, visibility};
use crate::db::Db;
use crate::db::sql::{Dialect, Sql};
use crate::entities::process::cycle::{self, CycleKind};
use crate::entities::records::contact_point::{PointKind, Verification};
use crate::entities::records::touch::{AdDevice, AdNetwork, TouchPosition};
use crate::entities::setup::status::StatusCategory;
use crate::error::{Error, Result};
use crate::rules::attributes::Document;

/// Key of a batch: kind of child rows, prospect, and scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PartKey(pub Scope, pub Uuid, pub Part);

/// The rows of a part, still as JSON.
pub type PartJson = Arc<str>;

row! {
    pub struct Identifier {
        id: Uuid,
        type_id: Uuid,
        country: String,
        number: String,
    }
}

row! {
    pub struct Point {
        id: Uuid,
        contact_id: Option<Uuid>,
        kind: PointKind,
        value: String,
        label: Option<String>,
        verification: Verification,
        verified_at: Option<i64>,
    }
}

row! {
    pub struct Contact {
        id: Uuid,
        first_name: String,
        last_name: Option<String>,
        description: Option<String>,
        is_main: bool,
    }
}

row! {
    pub struct Address {
        id: Uuid,
        country: String,
        city: Option<String>,
        municipality: Option<String>,
        parish: Option<String>,
        postal_code: Option<String>,
        line: Option<String>,
        reference: Option<String>,
        latitude: Option<f64>,
        longitude: Option<f64>,
        type_id: Option<Uuid>,
        region_id: Option<Uuid>,
        zone_id: Option<Uuid>,
        sector_id: Option<Uuid>,
    }
}

row! {
    pub struct Touch {
        place: TouchPosition,
        at: i64,
        source_id: Uuid,
        medium: Option<String>,
        page_url: Option<String>,
        page_section: Option<String>,
        referrer: Option<String>,
        ip_address: Option<String>,
        utm_source: Option<String>,
        utm_medium: Option<String>,
        utm_campaign: Option<String>,
        utm_term: Option<String>,
        utm_content: Option<String>,
        ad_campaign: Option<String>,
        ad_group: Option<String>,
        ad_keyword: Option<String>,
        ad_network: Option<AdNetwork>,
        ad_device: Option<AdDevice>,
        ad_external_id: Option<String>,
        ad_click_id: Option<String>,
    }
}

row! {
    pub struct Client {
        id: Uuid,
        since: i64,
        potential_level_id: Option<Uuid>,
        converted_by: Option<Uuid>,
        version: i32,
    }
}

row! {
    pub struct Cycle from cycle::Model {
        id: Uuid,
        prospect_id: Uuid,
        kind: CycleKind,
        status_id: Uuid,
        category: StatusCategory,
        amount_minor: Option<i64>,
        amount_currency: Option<String>,
        opened_at: i64,
        closed_at: Option<i64>,
        reason_id: Option<Uuid>,
        reason_note: Option<String>,
        version: i32,
    }
}

row! {
    /// That the prospect has a tag.
    pub struct Tag {
        tag_id: Uuid,
    }
}

row! {
    /// The attributes of the prospect itself.
    pub struct ProspectAttributes {
        attributes: Document,
    }
}

row! {
    /// The attributes of the prospect as a client.
    pub struct ClientAttributes {
        attributes: Document,
    }
}

row! {
    /// The attributes of a contact.
    pub struct ContactAttributes {
        id: Uuid,
        attributes: Document,
    }
}

/// A type whose rows are one of the parts.
pub trait PartOf: Row {
    const PART: Part;
}

/// Declares the parts: their rows, where these are found, and in which order.
macro_rules! parts {
    ($($part:ident: $row:ident, $from:literal, $order:literal;)+) => {
        /// One of the lists of child rows of a prospect.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Part {
            $($part,)+
        }

        /// Every part at the place of its bit.
        const PARTS: &[Part] = &[$(Part::$part),+];

        $(impl PartOf for $row {
            const PART: Part = Part::$part;
        })+

        impl Part {
            /// Selects the rows of the prospect `p`.
            fn select(self, dialect: Dialect) -> String {
                match self {
                    $(Part::$part => {
                        let rows = dialect.collect(&$row::array(dialect, "t", |_| true), $order);
                        format!("(SELECT {rows} FROM {})", $from)
                    })+
                }
            }
        }
    };
}
parts! {
    Identifiers: Identifier, "identifiers t WHERE t.prospect_id = p.id AND t.deleted_at IS NULL", "t.position, t.id";
    Points: Point, "contact_points t WHERE t.prospect_id = p.id AND t.deleted_at IS NULL", "t.position, t.id";
    Contacts: Contact, "contacts t WHERE t.prospect_id = p.id AND t.deleted_at IS NULL", "t.position, t.id";
    Addresses: Address, "addresses t WHERE t.prospect_id = p.id AND t.deleted_at IS NULL", "t.position, t.id";
    Touches: Touch, "touches t WHERE t.prospect_id = p.id", "t.place";
    Client: Client, "clients t WHERE t.id = p.id", "t.id";
    Cycle: Cycle, "cycles t WHERE t.id = p.cycle_id", "t.id";
    Tags: Tag, "prospect_tags t WHERE t.prospect_id = p.id", "t.tag_id";
    ProspectAttributes: ProspectAttributes, "prospects t WHERE t.id = p.id AND t.attributes IS NOT NULL", "t.id";
    ClientAttributes: ClientAttributes, "clients t WHERE t.id = p.id AND t.attributes IS NOT NULL", "t.id";
    ContactAttributes: ContactAttributes,
        "contacts t WHERE t.prospect_id = p.id AND t.deleted_at IS NULL AND t.attributes IS NOT NULL", "t.position, t.id";
    Documents: DocumentRow, "documents t WHERE t.prospect_id = p.id AND t.deleted_at IS NULL", "t.created_at DESC, t.id DESC";
}

/// The rows of a part that was loaded; none where the prospect is absent or invisible.
pub fn rows<T: PartOf>(json: Option<PartJson>) -> Result<Vec<T>> {
    match json {
        Some(json) => serde_json::from_str(&json).map_err(Error::internal),
        None => Ok(Vec::new()),
    }
}

/// Any parts of any prospects, with one statement for each scope among the keys and one row for each prospect.
pub async fn by_keys(db: &Db, keys: &[PartKey]) -> Result<HashMap<PartKey, PartJson>> {
    let mut wanted: HashMap<Scope, HashMap<Uuid, PartSet>> = HashMap::new();
    for PartKey(scope, prospect_id, part) in keys {
        *wanted.entry(*scope).or_default().entry(*prospect_id).or_default() |= 1 << *part as u8;
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
            for (index, part) in PARTS.iter().enumerate() {
                if let Some(json) = row.try_get_by_index::<Option<String>>(index + 1)? {
                    loaded.insert(PartKey(scope, prospect_id, *part), json.into());
                }
            }
        }
    }
    Ok(loaded)
}

/// A bit for each part.
type PartSet = u16;

/// Selects the parts in the columns of their places; the others are null.
fn select_parts(sql: &mut Sql, scope: Scope, parts: PartSet, prospects: Vec<Uuid>) {
    let dialect = sql.dialect();
    sql.push("SELECT p.id");
    for part in PARTS {
        let is_wanted = parts & (1 << *part as u8) != 0;
        sql.push(", ")
            .push(&if is_wanted { part.select(dialect) } else { "NULL".to_owned() });
    }
    let ids = sql.in_lookup_ids(prospects);
    let visible = visibility::sql(scope, "p", sql);
    let _ = write!(sql.text, " FROM prospects p WHERE p.id {ids} AND {visible}");
}
