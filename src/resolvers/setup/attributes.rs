//! Definitions of attributes: lists by what the caller may know of, and the writes that concern no records.

use std::sync::Arc;

use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Statement};
use uuid::Uuid;

use crate::cx::Cx;
use crate::entities::setup::attribute_definition::{self, AttributeEntity, IndexState, Model};
use crate::entities::setup::revision::CachedTable;
use crate::entities::setup::status;
use crate::error::{Error, Result};
use crate::ids;
use crate::resolvers::access::revision;
use crate::resolvers::idempotency::Replayable;
use crate::resolvers::setup::attribute_indexes::enqueue_index;
use crate::rules::attributes::Definition;
use crate::rules::attributes::definition::{self as rules, Draft, Origin, Terms};
use crate::rules::attributes::index;
use crate::tx::Tx;
use crate::tx::locks::Locks;

/// The definitions of a kind of record that the caller may know of, in their order, retired ones last.
pub fn list(cx: &Cx, entity: AttributeEntity) -> Result<Vec<Arc<Definition>>> {
    let viewer = cx.viewer()?;
    let catalogs = cx.catalogs();
    let visible = catalogs
        .definitions
        .of(entity)
        .iter()
        .filter(|definition| definition.is_visible_to(viewer));
    let (retired, in_use): (Vec<_>, Vec<_>) = visible.cloned().partition(|definition| definition.is_retired());
    Ok(in_use.into_iter().chain(retired).collect())
}

/// A definition. None if it does not exist, or the caller may not know of it.
pub fn get(cx: &Cx, id: Uuid) -> Result<Option<Arc<Definition>>> {
    let viewer = cx.viewer()?;
    let catalogs = cx.catalogs();
    let found = catalogs.definitions.get(id).filter(|definition| definition.is_visible_to(viewer));
    Ok(found.cloned())
}

/// Fails where the definitions are no longer those of the revision, so that the write begins again with the present ones. To be called when
/// values have been written that were checked against that revision: a change of a definition that rewrites values waits for such writes, and
/// those that it was faster than end here.
pub async fn check_revision(cx: &Cx, tx: &impl ConnectionTrait, checked: i64) -> Result<()> {
    let name = CachedTable::AttributeDefinition.name();
    let text = format!("SELECT number FROM revisions WHERE name = '{name}'");
    let row = tx.query_one_raw(Statement::from_string(tx.get_database_backend(), text)).await?;
    let present = row.map_or(Ok(0), |row| row.try_get_by_index::<i64>(0))?;
    if present == checked {
        return Ok(());
    }
    revision::take_in(&cx.app, &[CachedTable::AttributeDefinition]).await;
    Err(Error::Conflict(
        "the attributes have changed at the same time; try again".to_owned(),
    ))
}

/// A written definition.
pub struct Written(pub Arc<Definition>);

/// The written definitions of a kind of record, in their new order.
pub struct WrittenOrder(pub Vec<Arc<Definition>>);

impl Replayable for Written {
    fn ids(&self) -> Vec<Uuid> {
        vec![self.0.id()]
    }

    async fn read(cx: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        let Some(id) = ids.first() else { return Ok(None) };
        let row = attribute_definition::Entity::find_by_id(*id).one(cx.db().reader()).await?;
        Ok(row.map(|row| Written(parsed(row))))
    }
}

impl Replayable for WrittenOrder {
    fn ids(&self) -> Vec<Uuid> {
        self.0.iter().map(|definition| definition.id()).collect()
    }

    async fn read(cx: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        let rows = attribute_definition::Entity::find().all(cx.db().reader()).await?;
        let entity = rows.iter().find(|row| ids.contains(&row.id)).map(|row| row.entity);
        let rows = rows.into_iter().filter(|row| Some(row.entity) == entity);
        Ok(Some(ordered(rows.collect())))
    }
}

/// Adds a definition, the last one of its kind of record. Administrators only.
pub async fn create(cx: &Cx, origin: &Origin, draft: &Draft) -> Result<Written> {
    let tx = begin(cx, draft).await?;
    let rows = attribute_definition::Entity::find().all(&tx).await?;
    let surroundings = Surroundings::read(cx, &tx, draft).await?;
    let row = rules::create(&rows, ids::new(), origin, draft, surroundings.terms(cx))?;
    attribute_definition::Entity::insert(row.clone().into_active_model())
        .exec_without_returning(&tx)
        .await?;
    if index::is_wanted(&row) {
        enqueue_index(&tx, row.id, cx.now()).await?;
    }
    commit(cx, tx, row).await
}

/// Puts the definitions in use of a kind of record into a new order; the retired ones follow. Administrators only.
pub async fn reorder(cx: &Cx, entity: AttributeEntity, ids: &[Uuid]) -> Result<WrittenOrder> {
    let tx = begin(cx, &Draft::default()).await?;
    let rows = attribute_definition::Entity::find().all(&tx).await?;
    let mut after = rules::reorder(&rows, entity, ids)?;
    for row in &mut after {
        let before = rows.iter().find(|before| before.id == row.id).ok_or(Error::NotFound)?;
        *row = store(cx, &tx, before, row.clone()).await?;
    }
    tx.commit_naming(ids.iter().copied()).await?;
    revision::take_in(&cx.app, &[CachedTable::AttributeDefinition]).await;
    Ok(ordered(after))
}

/// Data of other tables that a decision needs.
pub struct Surroundings {
    statuses: Vec<Uuid>,
    users: Vec<Uuid>,
    /// Whether a record has a value of the attribute.
    pub has_values: bool,
}

impl Surroundings {
    /// As memory knows it, for a decision that is not stored.
    pub fn of_memory(cx: &Cx) -> Surroundings {
        Surroundings {
            statuses: cx.catalogs().statuses.all().iter().map(|status| status.id).collect(),
            users: active_users(cx),
            has_values: false,
        }
    }

    /// As the transaction sees it.
    pub async fn read(cx: &Cx, tx: &Tx, draft: &Draft) -> Result<Surroundings> {
        let statuses = match draft.required_statuses.set() {
            Some(_) => status::Entity::find().all(tx).await?,
            None => Vec::new(),
        };
        Ok(Surroundings {
            statuses: statuses.into_iter().map(|status| status.id).collect(),
            users: active_users(cx),
            has_values: false,
        })
    }

    pub fn terms<'a>(&'a self, cx: &'a Cx) -> Terms<'a> {
        Terms {
            currency: &cx.app.settings.default_currency,
            country: &cx.app.settings.default_country,
            statuses: &self.statuses,
            users: &self.users,
            has_values: self.has_values,
            now: cx.now(),
        }
    }
}

fn active_users(cx: &Cx) -> Vec<Uuid> {
    let catalogs = cx.catalogs();
    let users = catalogs.users.all().iter().filter(|user| user.is_active);
    users.map(|user| user.id).collect()
}

/// Begins a write. Until it ends no other transaction changes definitions, so that a decision about all of them holds.
pub async fn begin(cx: &Cx, draft: &Draft) -> Result<Tx> {
    cx.administrator()?;
    let statuses = draft.required_statuses.set().map(|_| CachedTable::Status);
    let locks = Locks::default().with_tables([CachedTable::AttributeDefinition]).reading(statuses);
    cx.begin_with(locks).await
}

/// Stores a row that has changed, with the next version.
pub async fn store(cx: &Cx, tx: &Tx, before: &Model, mut row: Model) -> Result<Model> {
    if row == *before {
        return Ok(row);
    }
    row.version += 1;
    row.updated_at = cx.now();
    row.clone().into_active_model().reset_all().update(tx).await?;
    if index_request(before) != index_request(&row) {
        enqueue_index(tx, row.id, row.updated_at).await?;
    }
    Ok(row)
}

/// What the definition says about its index: indexed, unique, and the state. None: there is to be none.
fn index_request(row: &Model) -> Option<(bool, bool, IndexState)> {
    index::is_wanted(row).then_some((row.is_indexed, row.is_unique, row.index_state))
}

/// Makes the write last, and reads the definitions again.
pub async fn commit(cx: &Cx, tx: Tx, row: Model) -> Result<Written> {
    tx.commit_naming([row.id]).await?;
    revision::take_in(&cx.app, &[CachedTable::AttributeDefinition]).await;
    Ok(Written(parsed(row)))
}

/// A row, ready for use.
pub fn parsed(row: Model) -> Arc<Definition> {
    Arc::new(Definition::new(Arc::new(row)))
}

/// In their order, retired ones last.
fn ordered(mut rows: Vec<Model>) -> WrittenOrder {
    rows.sort_by_key(|row| (row.retired_at.is_some(), row.position));
    WrittenOrder(rows.into_iter().map(parsed).collect())
}
