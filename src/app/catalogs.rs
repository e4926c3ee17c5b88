//! The small tables that everybody may read and every answer shows, kept in memory: catalogues, and users by name.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use regex::Regex;
use sea_orm::{EntityTrait, ModelTrait};
use uuid::Uuid;

use crate::db::Db;
use crate::entities::access::user;
use crate::entities::setup::{
    address_type, channel, customer_type, identifier_type, industry, potential_level, reason, region, revision, sector, segment, source,
    status, tag, task_type, zone,
};
use crate::error::Result;
use crate::text::pattern;

/// All catalogues as of one revision.
#[derive(Default)]
pub struct Catalogs {
    pub revision: i64,
    pub users: Table<user::Model>,
    pub channels: Table<channel::Model>,
    pub segments: Table<segment::Model>,
    pub potential_levels: Table<potential_level::Model>,
    pub statuses: Table<status::Model>,
    pub reasons: Table<reason::Model>,
    pub sources: Table<source::Model>,
    pub task_types: Table<task_type::Model>,
    pub identifier_types: Table<identifier_type::Model>,
    pub tags: Table<tag::Model>,
    pub zones: Table<zone::Model>,
    pub sectors: Table<sector::Model>,
    pub regions: Table<region::Model>,
    pub address_types: Table<address_type::Model>,
    pub industries: Table<industry::Model>,
    pub customer_types: Table<customer_type::Model>,
    /// The sectors of each zone in their order.
    sectors_of: HashMap<Uuid, Vec<Arc<sector::Model>>>,
    /// What the numbers of a type of document have to match, ready to be used.
    number_patterns: HashMap<Uuid, Regex>,
}

impl Catalogs {
    /// The sectors of a zone in their order; none where there is no such zone.
    pub fn sectors_of(&self, zone_id: Uuid) -> &[Arc<sector::Model>] {
        self.sectors_of.get(&zone_id).map_or(&[], Vec::as_slice)
    }

    /// What the normal form of a number of the type has to match. None: anything will do.
    pub fn number_pattern(&self, identifier_type_id: Uuid) -> Option<&Regex> {
        self.number_patterns.get(&identifier_type_id)
    }
}

/// The rows of one catalogue in the order in which it is shown.
pub struct Table<M> {
    rows: Vec<Arc<M>>,
    by_id: HashMap<Uuid, Arc<M>>,
}

impl<M> Default for Table<M> {
    fn default() -> Self {
        Table {
            rows: Vec::new(),
            by_id: HashMap::new(),
        }
    }
}

impl<M: Row> Table<M> {
    fn new(mut rows: Vec<M>) -> Self {
        rows.sort_by(|one, other| one.order().cmp(&other.order()));
        let rows: Vec<Arc<M>> = rows.into_iter().map(Arc::new).collect();
        let by_id = rows.iter().map(|row| (row.id(), row.clone())).collect();
        Table { rows, by_id }
    }

    /// The row with the id, in use or retired.
    pub fn get(&self, id: Uuid) -> Option<&Arc<M>> {
        self.by_id.get(&id)
    }

    pub fn all(&self) -> &[Arc<M>] {
        &self.rows
    }
}

/// What every row of a catalogue has.
pub trait Row: ModelTrait {
    fn id(&self) -> Uuid;
    fn name(&self) -> &str;
    /// No longer offered for new records.
    fn is_retired(&self) -> bool;
    /// Position, then name, then id.
    fn order(&self) -> (i32, &str, Uuid);
}

macro_rules! row {
    ($($entity:ident),+) => {
        $(impl Row for $entity::Model {
            fn id(&self) -> Uuid {
                self.id
            }

            fn name(&self) -> &str {
                &self.name
            }

            fn is_retired(&self) -> bool {
                self.retired_at.is_some()
            }

            fn order(&self) -> (i32, &str, Uuid) {
                (self.position, &self.name_norm, self.id)
            }
        })+
    };
}
row!(
    channel,
    segment,
    potential_level,
    status,
    reason,
    source,
    task_type,
    identifier_type,
    tag,
    zone,
    sector,
    region,
    address_type,
    industry,
    customer_type
);

impl Row for user::Model {
    fn id(&self) -> Uuid {
        self.id
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn is_retired(&self) -> bool {
        !self.is_active
    }

    fn order(&self) -> (i32, &str, Uuid) {
        (0, &self.name_norm, self.id)
    }
}

/// The name under which the revision of the catalogues is kept.
pub const REVISION: &str = "catalogs";

/// Holds the present catalogues; readers take a snapshot and keep it for as long as they need it.
#[derive(Default)]
pub struct CatalogCache {
    current: ArcSwap<Catalogs>,
}

impl CatalogCache {
    pub fn snapshot(&self) -> Arc<Catalogs> {
        self.current.load_full()
    }

    /// Reads everything again. Call after a write to one of the tables has been committed.
    pub async fn reload(&self, db: &Db) -> Result<()> {
        let reader = db.reader();
        db.metrics().catalog_reloads.inc();
        // The revision comes first: a change that lands meanwhile makes the next look notice it.
        let revision = stored_revision(db).await?;
        let identifier_types = Table::new(identifier_type::Entity::find().all(reader).await?);
        let sectors: Table<sector::Model> = Table::new(sector::Entity::find().all(reader).await?);
        let mut sectors_of: HashMap<Uuid, Vec<_>> = HashMap::new();
        for sector in sectors.all() {
            sectors_of.entry(sector.zone_id).or_default().push(sector.clone());
        }
        let catalogs = Catalogs {
            revision,
            number_patterns: number_patterns(&identifier_types),
            identifier_types,
            sectors,
            sectors_of,
            users: Table::new(user::Entity::find().all(reader).await?),
            channels: Table::new(channel::Entity::find().all(reader).await?),
            segments: Table::new(segment::Entity::find().all(reader).await?),
            potential_levels: Table::new(potential_level::Entity::find().all(reader).await?),
            statuses: Table::new(status::Entity::find().all(reader).await?),
            reasons: Table::new(reason::Entity::find().all(reader).await?),
            sources: Table::new(source::Entity::find().all(reader).await?),
            task_types: Table::new(task_type::Entity::find().all(reader).await?),
            tags: Table::new(tag::Entity::find().all(reader).await?),
            zones: Table::new(zone::Entity::find().all(reader).await?),
            regions: Table::new(region::Entity::find().all(reader).await?),
            address_types: Table::new(address_type::Entity::find().all(reader).await?),
            industries: Table::new(industry::Entity::find().all(reader).await?),
            customer_types: Table::new(customer_type::Entity::find().all(reader).await?),
        };
        let catalogs = Arc::new(catalogs);
        // Of two reloads at once the one that saw more wins.
        self.current.rcu(|present| {
            if present.revision > revision {
                present.clone()
            } else {
                catalogs.clone()
            }
        });
        Ok(())
    }

    /// Reads everything again if another process has changed something.
    pub async fn refresh(&self, db: &Db) -> Result<()> {
        if stored_revision(db).await? != self.current.load().revision {
            self.reload(db).await?;
        }
        Ok(())
    }
}

async fn stored_revision(db: &Db) -> Result<i64> {
    let row = revision::Entity::find_by_id(REVISION.to_owned()).one(db.reader()).await?;
    Ok(row.map_or(0, |row| row.number))
}

fn number_patterns(types: &Table<identifier_type::Model>) -> HashMap<Uuid, Regex> {
    let compiled = types
        .all()
        .iter()
        .filter_map(|row| Some((row.id, pattern(row.pattern.as_deref()?)?)));
    compiled.collect()
}
