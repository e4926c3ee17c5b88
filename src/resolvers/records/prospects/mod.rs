//! The record of a prospect: one or many by their ids, and the parts of its code; every query carries the visibility condition.

/// The columns of the record, declared once.
pub mod columns;
/// Pages of prospects and of clients.
pub mod list;
/// Creating and editing a prospect.
pub mod save;

pub use save::websites_of;

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::auth::{Scope, visibility};
use crate::cx::Cx;
use crate::db::Db;
use crate::db::sql::Sql;
use crate::entities::records::prospect;
use crate::error::{Error, Result};
use crate::ids::Kind;
use crate::resolvers::idempotency::Replayable;
use crate::resolvers::lists::page::{Key, Keyed, SortColumn};
use crate::resolvers::lists::total;
pub(in crate::resolvers) use save::{bring_back, taken_numbers};

/// A prospect that the caller may see.
pub type Prospect = Arc<prospect::Model>;

/// Whether a prospect is a client already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProspectCondition {
    Prospect,
    Client,
}

/// Key of a batch: prospect and scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProspectKey(pub Scope, pub Uuid);

impl Replayable for Prospect {
    fn ids(&self) -> Vec<Uuid> {
        vec![self.id]
    }

    async fn read(cx: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        let Some(id) = ids.first() else { return Ok(None) };
        let key = ProspectKey(cx.scope()?, *id);
        Ok(by_keys(cx.db(), &[key]).await?.remove(&key))
    }
}

impl Keyed for prospect::Model {
    fn key(&self, column: &SortColumn) -> Key {
        match &*column.name {
            "created_at" => Key::Integer(self.created_at),
            "last_activity_at" => Key::Integer(self.last_activity_at),
            "client_since" => Key::Integer(self.client_since.unwrap_or_default()),
            "deleted_at" => Key::Integer(self.deleted_at.unwrap_or_default()),
            "name_norm" => Key::Text(self.name_norm.clone()),
            other => unreachable!("prospects are not sorted by {other}"),
        }
    }

    fn id(&self) -> Uuid {
        self.id
    }
}

pub const CREATED_AT: SortColumn = SortColumn::integer("created_at");
pub const LAST_ACTIVITY_AT: SortColumn = SortColumn::integer("last_activity_at");
pub const NAME: SortColumn = SortColumn::text("name_norm");
/// Never null among clients, the only ones sorted by it.
pub const CLIENT_SINCE: SortColumn = SortColumn::integer("client_since");

/// The prospects of the keys that exist and are visible.
pub async fn by_keys(db: &Db, keys: &[ProspectKey]) -> Result<HashMap<ProspectKey, Prospect>> {
    let mut scopes: HashMap<Scope, Vec<Uuid>> = HashMap::new();
    for ProspectKey(scope, id) in keys {
        scopes.entry(*scope).or_default().push(*id);
    }
    let mut loaded = HashMap::new();
    for (scope, mut ids) in scopes {
        // Filled up to a power of two, so that few texts are prepared.
        ids.resize(ids.len().next_power_of_two(), Uuid::nil());
        let found = prospect::Entity::find()
            .filter(visibility::condition_by_id(scope))
            .filter(prospect::Column::Id.is_in(ids))
            .all(db.reader())
            .await?;
        loaded.extend(found.into_iter().map(|row| (ProspectKey(scope, row.id), Arc::new(row))));
    }
    Ok(loaded)
}

/// Up to this number of prospects, child rows are read from each and sorted. With more it is faster to scan the child rows of all in order,
/// even if there are a million others.
const MERGE_LIMIT: u64 = 2_000;

/// Whether at most `MERGE_LIMIT` prospects are within the scope, so that merging their child rows is the cheaper access path.
pub async fn fits_merge_limit(db: &impl ConnectionTrait, scope: Scope) -> Result<bool> {
    let mut sql = Sql::new(db.get_database_backend());
    let own = visibility::sql_of_all(scope, "p", &mut sql);
    sql.push(&format!(
        "SELECT count(*) FROM (SELECT 1 FROM prospects p WHERE {own} LIMIT {}) counted",
        MERGE_LIMIT + 1
    ));
    Ok(total::read_count(db, sql.build()).await? <= MERGE_LIMIT)
}

/// The prospect, locked against other writers until the transaction ends.
pub async fn lock(tx: &impl ConnectionTrait, scope: Scope, id: Uuid) -> Result<prospect::Model> {
    let query = prospect::Entity::find_by_id(id)
        .filter(visibility::condition(scope))
        // Rows that refer to it may be written meanwhile: its key does not change.
        .lock(LockType::NoKeyUpdate);
    query.one(tx).await?.ok_or(Error::NotFound)
}

/// The prospect of a child row; None if the row does not exist. The caller checks whether the prospect is visible.
pub async fn parent_of(db: &Db, kind: Kind, id: Uuid) -> Result<Option<Uuid>> {
    use crate::entities::process::cycle;
    use crate::entities::records::{address, contact, contact_point, identifier, timeline_entry};
    macro_rules! parent {
        ($entity:ident) => {
            $entity::Entity::find_by_id(id)
                .select_only()
                .column($entity::Column::ProspectId)
                .into_tuple::<Uuid>()
                .one(db.reader())
                .await?
        };
    }
    Ok(match kind {
        Kind::Prospect | Kind::Client => Some(id),
        Kind::Address => parent!(address),
        Kind::Contact => parent!(contact),
        Kind::Cycle => parent!(cycle),
        Kind::Email | Kind::Phone => parent!(contact_point),
        Kind::Identifier => parent!(identifier),
        Kind::Interaction | Kind::Note | Kind::TimelineEntry => parent!(timeline_entry),
        _ => None,
    })
}
