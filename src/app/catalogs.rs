//! Cache of the small tables that all users may read and every answer shows: catalogues, and users by name.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use regex::Regex;
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, ModelTrait, Statement};
use uuid::Uuid;

use crate::db::Db;
use crate::entities::access::user;
use crate::entities::setup::revision::{self, CachedTable};
use crate::entities::setup::{attribute_definition, catalogs, identifier_type, sector};
use crate::error::Result;
use crate::ids::Kind;
use crate::rules::attributes::Definitions;
use crate::text::pattern;

/// The rows of one table as of one revision, in the order in which they are shown.
pub struct Table<M> {
    /// Below all revisions that are stored before the table has been read.
    revision: i64,
    rows: Vec<Arc<M>>,
    by_id: HashMap<Uuid, Arc<M>>,
}

impl<M> Default for Table<M> {
    fn default() -> Self {
        Table {
            revision: -1,
            rows: Vec::new(),
            by_id: HashMap::new(),
        }
    }
}

impl<M: Row> Table<M> {
    fn new(revision: i64, mut rows: Vec<M>) -> Self {
        rows.sort_by(|one, other| one.order().cmp(&other.order()));
        let rows: Vec<Arc<M>> = rows.into_iter().map(Arc::new).collect();
        let by_id = rows.iter().map(|row| (row.id(), row.clone())).collect();
        Table { revision, rows, by_id }
    }

    /// The row with the id, in use or retired.
    pub fn get(&self, id: Uuid) -> Option<&Arc<M>> {
        self.by_id.get(&id)
    }

    pub fn all(&self) -> &[Arc<M>] {
        &self.rows
    }

    fn ids(&self) -> Vec<(Uuid, bool)> {
        self.rows.iter().map(|row| (row.id(), row.is_retired())).collect()
    }
}

/// Common fields of all rows of catalogues.
pub trait Row: ModelTrait {
    fn id(&self) -> Uuid;
    fn name(&self) -> &str;
    /// No longer offered for new records.
    fn is_retired(&self) -> bool;
    /// Position, then name, then id.
    fn order(&self) -> (i32, &str, Uuid);
    /// Removes what is not to be kept in memory.
    fn strip(&mut self) {}
}

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

    /// A changed password advances no revision, so that the one in memory would be outdated.
    fn strip(&mut self) {
        self.password_hash.clear();
    }
}

/// What an entry of any catalogue has.
#[derive(Clone, Copy, Debug)]
pub struct CatalogEntry<'a> {
    pub name: &'a str,
    pub is_retired: bool,
}

impl<'a> CatalogEntry<'a> {
    fn of(row: &'a impl Row) -> CatalogEntry<'a> {
        CatalogEntry {
            name: row.name(),
            is_retired: row.is_retired(),
        }
    }
}

/// The entity of a table that is kept in memory.
pub trait Cached: EntityTrait<Model: Row> {
    const TABLE: CachedTable;

    /// Its table in the snapshot.
    fn table_mut(catalogs: &mut Catalogs) -> &mut Arc<Table<Self::Model>>;
}

impl Cached for user::Entity {
    const TABLE: CachedTable = CachedTable::User;

    fn table_mut(catalogs: &mut Catalogs) -> &mut Arc<Table<user::Model>> {
        &mut catalogs.users
    }
}

impl Row for attribute_definition::Model {
    fn id(&self) -> Uuid {
        self.id
    }

    fn name(&self) -> &str {
        &self.label
    }

    fn is_retired(&self) -> bool {
        self.retired_at.is_some()
    }

    fn order(&self) -> (i32, &str, Uuid) {
        (self.position, &self.key, self.id)
    }
}

impl Cached for attribute_definition::Entity {
    const TABLE: CachedTable = CachedTable::AttributeDefinition;

    fn table_mut(catalogs: &mut Catalogs) -> &mut Arc<Table<attribute_definition::Model>> {
        &mut catalogs.attribute_definitions
    }
}

/// Declares what is kept in memory.
macro_rules! tables {
    ([] $($node:ident $module:ident $many:ident $prefix:literal $shape:ident;)+) => {
        /// All catalogues and users, each table as of a revision of its own.
        #[derive(Clone, Default)]
        pub struct Catalogs {
            pub users: Arc<Table<user::Model>>,
            attribute_definitions: Arc<Table<attribute_definition::Model>>,
            /// Definitions of attributes, ready for use.
            pub definitions: Arc<Definitions>,
            $(pub $many: Arc<Table<crate::entities::setup::$module::Model>>,)+
            /// The sectors of each zone in their order.
            sectors_of: Arc<HashMap<Uuid, Vec<Arc<sector::Model>>>>,
            /// Compiled patterns of document numbers, by type.
            number_patterns: Arc<HashMap<Uuid, Regex>>,
        }

        impl Catalogs {
            /// The ids of the rows of a table in their order, each with whether it is retired.
            pub fn ids(&self, table: CachedTable) -> Vec<(Uuid, bool)> {
                match table {
                    CachedTable::User => self.users.ids(),
                    CachedTable::AttributeDefinition => self.attribute_definitions.ids(),
                    $(CachedTable::$node => self.$many.ids(),)+
                }
            }

            /// An entry of a catalogue, or a user, by the kind of its identifier. None if it does not exist.
            pub fn entry(&self, kind: Kind, id: Uuid) -> Option<CatalogEntry<'_>> {
                match kind {
                    Kind::User => self.users.get(id).map(|row| CatalogEntry::of(&**row)),
                    Kind::AttributeDefinition => self.attribute_definitions.get(id).map(|row| CatalogEntry::of(&**row)),
                    $(Kind::$node => self.$many.get(id).map(|row| CatalogEntry::of(&**row)),)+
                    _ => None,
                }
            }

            /// The revision of which the table is.
            fn revision(&self, table: CachedTable) -> i64 {
                match table {
                    CachedTable::User => self.users.revision,
                    CachedTable::AttributeDefinition => self.attribute_definitions.revision,
                    $(CachedTable::$node => self.$many.revision,)+
                }
            }
        }

        impl CatalogCache {
            /// Reads one table again. Call after a write to it has been committed.
            pub async fn reload(&self, db: &Db, table: CachedTable) -> Result<()> {
                match table {
                    CachedTable::User => self.read::<user::Entity>(db).await,
                    CachedTable::AttributeDefinition => self.read::<attribute_definition::Entity>(db).await,
                    $(CachedTable::$node => self.read::<crate::entities::setup::$module::Entity>(db).await,)+
                }
            }
        }

        $(
            impl Cached for crate::entities::setup::$module::Entity {
                const TABLE: CachedTable = CachedTable::$node;

                fn table_mut(catalogs: &mut Catalogs) -> &mut Arc<Table<Self::Model>> {
                    &mut catalogs.$many
                }
            }

            impl Row for crate::entities::setup::$module::Model {
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
            }
        )+
    };
}
catalogs!(tables);

impl Catalogs {
    /// The sectors of a zone in their order; none where there is no such zone.
    pub fn sectors_of(&self, zone_id: Uuid) -> &[Arc<sector::Model>] {
        self.sectors_of.get(&zone_id).map_or(&[], Vec::as_slice)
    }

    /// Pattern of the normal form of a number of the type. None: any number matches.
    pub fn number_pattern(&self, identifier_type_id: Uuid) -> Option<&Regex> {
        self.number_patterns.get(&identifier_type_id)
    }

    /// The revision of the definitions of attributes, from which the typed schema is built.
    pub fn definitions_revision(&self) -> i64 {
        self.attribute_definitions.revision
    }

    /// These with another state of one table; None where it is older than the present one.
    fn with<E: Cached>(&self, table: &Arc<Table<E::Model>>) -> Option<Catalogs> {
        let mut catalogs = self.clone();
        let current = E::table_mut(&mut catalogs);
        if current.revision > table.revision {
            return None;
        }
        *current = table.clone();
        match E::TABLE {
            CachedTable::AttributeDefinition => catalogs.definitions = Arc::new(Definitions::new(catalogs.attribute_definitions.all())),
            CachedTable::Sector => catalogs.sectors_of = Arc::new(sectors_of(&catalogs.sectors)),
            CachedTable::IdentifierType => catalogs.number_patterns = Arc::new(number_patterns(&catalogs.identifier_types)),
            _ => {}
        }
        Some(catalogs)
    }
}

/// Holds the present catalogues; readers take a snapshot and keep it for as long as they need it.
#[derive(Default)]
pub struct CatalogCache {
    current: ArcSwap<Catalogs>,
}

impl CatalogCache {
    pub fn snapshot(&self) -> Arc<Catalogs> {
        self.current.load_full()
    }

    /// Reads those tables that another process has changed, and all of them at first.
    pub async fn refresh(&self, db: &Db) -> Result<()> {
        let stored = revision::Entity::find().all(db.reader()).await?;
        let stored: HashMap<String, i64> = stored.into_iter().map(|row| (row.name, row.number)).collect();
        let known = self.snapshot();
        for table in CachedTable::ALL {
            if stored.get(table.name()).copied().unwrap_or(0) > known.revision(table) {
                self.reload(db, table).await?;
            }
        }
        Ok(())
    }

    async fn read<E: Cached>(&self, db: &Db) -> Result<()> {
        db.metrics().catalog_reloads.inc();
        let table = Arc::new(stored::<E>(db.reader()).await?);
        // Reloads of one table may overtake each other, and those of others may come in between.
        self.current
            .rcu(|present| present.with::<E>(&table).map_or_else(|| present.clone(), Arc::new));
        Ok(())
    }
}

#[cfg(test)]
impl CatalogCache {
    /// Adds the definition of a text of prospects in memory, as if it had been read with a new revision.
    pub fn define(&self, key: &str, is_for_administrators: bool) {
        use attribute_definition::{AttributeEntity, AttributeType, AttributeVisibility};
        let known = self.snapshot();
        let mut rows: Vec<_> = known.attribute_definitions.all().iter().map(|row| (**row).clone()).collect();
        rows.push(attribute_definition::Model {
            visibility: match is_for_administrators {
                true => AttributeVisibility::Admin,
                false => AttributeVisibility::Everyone,
            },
            ..attribute_definition::Model::new(crate::ids::new(), AttributeEntity::Prospect, key, AttributeType::Text, 0)
        });
        let table = Arc::new(Table::new(known.definitions_revision() + 1, rows));
        let next = known.with::<attribute_definition::Entity>(&table);
        self.current.store(Arc::new(next.expect("a later revision")));
    }
}

/// A table and its revision in one statement, so that they belong together: a write advances the revision in its transaction, and two states
/// with one revision are equal.
async fn stored<E: Cached>(connection: &impl ConnectionTrait) -> Result<Table<E::Model>> {
    let name = E::TABLE.name();
    // An empty table answers one row, too, which has the revision alone.
    let text = format!(
        "SELECT COALESCE((SELECT number FROM revisions WHERE name = '{name}'), 0) AS revision, t.* \
         FROM (SELECT 1 AS one) AS o LEFT JOIN {name} AS t ON TRUE"
    );
    let mut revision = 0;
    let mut rows = Vec::new();
    for row in connection
        .query_all_raw(Statement::from_string(connection.get_database_backend(), text))
        .await?
    {
        revision = row.try_get("", "revision")?;
        if row.try_get::<Option<Uuid>>("", "id")?.is_some() {
            let mut model = E::Model::from_query_result(&row, "")?;
            model.strip();
            rows.push(model);
        }
    }
    Ok(Table::new(revision, rows))
}

fn sectors_of(sectors: &Table<sector::Model>) -> HashMap<Uuid, Vec<Arc<sector::Model>>> {
    let mut of: HashMap<Uuid, Vec<_>> = HashMap::new();
    for sector in sectors.all() {
        of.entry(sector.zone_id).or_default().push(sector.clone());
    }
    of
}

fn number_patterns(types: &Table<identifier_type::Model>) -> HashMap<Uuid, Regex> {
    let compiled = types
        .all()
        .iter()
        .filter_map(|row| Some((row.id, pattern(row.pattern.as_deref()?)?)));
    compiled.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entities::setup::{industry, region};
    use crate::ids;
    use crate::rules::setup::Entry;

    fn table<M: Row + Entry<Origin = ()>>(revision: i64, entries: usize) -> Arc<Table<M>> {
        Arc::new(Table::new(revision, (0..entries).map(|_| M::new((), ids::new(), 0)).collect()))
    }

    #[test]
    fn an_older_state_never_replaces_a_newer_one() {
        let empty = Catalogs::default();
        let first = empty.with::<industry::Entity>(&table(0, 0)).expect("read for the first time");
        let third = first.with::<industry::Entity>(&table(3, 2)).expect("newer");
        assert!(third.with::<industry::Entity>(&table(2, 1)).is_none());
        // The revision of one table says nothing about another.
        let other = third.with::<region::Entity>(&table(1, 5)).expect("newer");
        assert_eq!((other.industries.all().len(), other.regions.all().len()), (2, 5));
        assert_eq!((other.revision(CachedTable::Industry), other.revision(CachedTable::Region)), (3, 1));
        assert_eq!(third.revision(CachedTable::Region), -1);
    }
}
