//! Documents of prospects: reading them by id; uploading, editing, deleting and listing are in the modules.

/// Renaming, moving, deleting and restoring.
pub mod edit;
/// The parts of an upload become one file.
pub mod joins;
/// The lists of all visible documents, and of deleted ones.
pub mod list;
/// Limits on how much is stored.
mod quota;
/// Rows that the sweep of the storage looks at and removes.
pub mod sweep;
/// State of thumbnails.
pub mod thumbnails;
/// New documents.
pub mod upload;
/// Files that arrive in parts.
pub mod uploads;

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::app::catalogs::{Catalogs, Row};
use crate::auth::{Scope, visibility};
use crate::cx::Cx;
use crate::db::{Db, Inserts};
use crate::entities::process::task;
use crate::entities::records::document::{self, CarrierKind, ThumbnailState};
use crate::entities::records::timeline_entry::EntryKind;
use crate::entities::records::{contact, prospect, timeline_entry};
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::resolvers::filter::{EnumTest, IdTest, TextTest, TimeTest, check_values};
use crate::resolvers::idempotency::Replayable;
use crate::resolvers::lists::page::{Key, Keyed, SortColumn};
use crate::resolvers::records::journal::Journal;
use crate::resolvers::records::prospects;
use crate::resolvers::records::rows::row;
use crate::resolvers::records::timeline::{self, Change, DocumentAction, DocumentEvent, FieldChange};
use crate::tx::Tx;

row! {
    /// A document as it is read.
    pub struct Document from document::Model {
        id: Uuid,
        prospect_id: Uuid,
        carrier_kind: CarrierKind,
        carrier_id: Uuid,
        type_id: Option<Uuid>,
        name: String,
        file_name: String,
        media_type: String,
        size: i64,
        sha256: String,
        thumbnail_state: ThumbnailState,
        created_by: Option<Uuid>,
        deleted_by: Option<Uuid>,
        deleted_at: Option<i64>,
        version: i32,
        created_at: i64,
        updated_at: i64,
    }
}

/// The record that carries a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Carrier {
    pub kind: CarrierKind,
    pub id: Uuid,
}

/// Key of a batch: document and scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DocumentKey(pub Scope, pub Uuid);

pub const CREATED_AT: SortColumn = SortColumn::integer("created_at");
pub const DELETED_AT: SortColumn = SortColumn::integer("deleted_at");

impl Keyed for Document {
    fn key(&self, column: &SortColumn) -> Key {
        match &*column.name {
            "deleted_at" => Key::Integer(self.deleted_at.unwrap_or_default()),
            _ => Key::Integer(self.created_at),
        }
    }

    fn id(&self) -> Uuid {
        self.id
    }
}

impl Replayable for Document {
    fn ids(&self) -> Vec<Uuid> {
        vec![self.id]
    }

    async fn read(cx: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        let scope = cx.scope()?;
        let keys: Vec<DocumentKey> = ids.into_iter().take(1).map(|id| DocumentKey(scope, id)).collect();
        let found = by_keys(cx.db(), &keys).await?.into_values().next();
        Ok(found.map(Arc::unwrap_or_clone))
    }
}

/// Conditions on the documents of one prospect, which are checked in memory: there are few, and all of them are read anyway.
#[derive(Clone, Debug, Default)]
pub struct OwnFilter {
    pub carrier_kind: Option<EnumTest<CarrierKind>>,
    pub document_type: Option<IdTest>,
    pub media_type: Option<TextTest>,
    pub created_by: Option<IdTest>,
    pub created_at: Option<TimeTest>,
}

impl OwnFilter {
    /// Refuses lists of values that are too long.
    pub fn check(&self) -> Result<()> {
        check_values(self.carrier_kind.as_ref().map_or(0, EnumTest::value_count))?;
        check_values(self.document_type.as_ref().map_or(0, IdTest::value_count))?;
        check_values(self.media_type.as_ref().map_or(0, TextTest::value_count))?;
        check_values(self.created_by.as_ref().map_or(0, IdTest::value_count))
    }

    pub fn accepts(&self, document: &Document) -> bool {
        self.carrier_kind.as_ref().is_none_or(|test| test.accepts(&document.carrier_kind))
            && self.document_type.as_ref().is_none_or(|test| test.accepts_any(document.type_id))
            && self.media_type.as_ref().is_none_or(|test| test.accepts(&document.media_type))
            && self.created_by.as_ref().is_none_or(|test| test.accepts_any(document.created_by))
            && self.created_at.as_ref().is_none_or(|test| test.accepts(document.created_at))
    }
}

/// The documents of the keys that are not deleted and are visible.
pub async fn by_keys(db: &Db, keys: &[DocumentKey]) -> Result<HashMap<DocumentKey, Arc<Document>>> {
    let mut scopes: HashMap<Scope, Vec<Uuid>> = HashMap::new();
    for DocumentKey(scope, id) in keys {
        scopes.entry(*scope).or_default().push(*id);
    }
    let mut loaded = HashMap::new();
    for (scope, mut ids) in scopes {
        // Filled up to a power of two, so that few texts are prepared.
        ids.resize(ids.len().next_power_of_two(), Uuid::nil());
        let found = visible_by_id(scope)
            .filter(document::Column::Id.is_in(ids))
            .filter(document::Column::DeletedAt.is_null())
            .all(db.reader())
            .await?;
        let rows = found.into_iter().map(Document::from);
        loaded.extend(rows.map(|row| (DocumentKey(scope, row.id), Arc::new(row))));
    }
    Ok(loaded)
}

/// A document with the keys of its files.
pub type Stored = document::Model;

/// The stored row of a document whose file is going to be sent; None if it does not exist, is deleted, or is not visible.
pub async fn file_of(db: &Db, scope: Scope, id: Uuid) -> Result<Option<Stored>> {
    let found = visible_by_id(scope)
        .filter(document::Column::Id.eq(id))
        .filter(document::Column::DeletedAt.is_null());
    Ok(found.one(db.reader()).await?)
}

fn visible_by_id(scope: Scope) -> sea_orm::Select<document::Entity> {
    joined().filter(visibility::condition_by_id(scope))
}

fn joined() -> sea_orm::Select<document::Entity> {
    let prospect = document::Entity::belongs_to(prospect::Entity)
        .from(document::Column::ProspectId)
        .to(prospect::Column::Id);
    document::Entity::find().join(JoinType::InnerJoin, prospect.into())
}

/// A document about to be changed, with its prospect locked.
struct Step {
    document: document::Model,
    journal: Journal,
}

impl Step {
    /// Locks the prospect of the document, and reads the document again under the lock.
    async fn begin(cx: &Cx, tx: &Tx, id: Uuid) -> Result<Step> {
        let scope = cx.scope()?;
        let found = document::Entity::find_by_id(id).one(tx).await?.ok_or(Error::NotFound)?;
        prospects::lock(tx, scope, found.prospect_id).await?;
        let document = document::Entity::find_by_id(id).one(tx).await?.ok_or(Error::NotFound)?;
        Ok(Step {
            document,
            journal: Journal::of(cx)?,
        })
    }
}

/// Adds the timeline entry of a document to what is inserted.
fn describe(
    journal: &Journal,
    document: &document::Model,
    action: DocumentAction,
    changes: Vec<FieldChange>,
    inserts: &mut Inserts,
) -> Result<()> {
    let change = Change {
        changes,
        document: Some(DocumentEvent {
            id: document.id,
            action,
            file_name: document.file_name.clone(),
        }),
        ..Change::default()
    };
    let entry = journal.entry(document.prospect_id, EntryKind::Document);
    timeline::add(inserts, entry, Some(change))
}

/// A problem where the type is none of the catalogue, or no longer offered.
fn check_type(catalogs: &Catalogs, type_id: Uuid, problems: &mut Vec<Problem>) {
    let path = &["input", "typeId"];
    match catalogs.document_types.get(type_id) {
        None => problems.push(Problem::new(ProblemCode::NotFound, path, "there is no such type of document")),
        Some(row) if row.is_retired() => problems.push(Problem::new(ProblemCode::State, path, "this type of document is retired")),
        Some(_) => {}
    }
}

/// A problem where the carrier is neither the prospect nor a record of it.
async fn check_carrier(tx: &impl ConnectionTrait, prospect_id: Uuid, carrier: Option<Carrier>, problems: &mut Vec<Problem>) -> Result<()> {
    let is_own = match carrier {
        Some(carrier) => is_of_prospect(tx, prospect_id, carrier).await?,
        None => false,
    };
    if !is_own {
        let message = "the prospect has no such contact, task, note or interaction";
        problems.push(Problem::new(ProblemCode::NotFound, &["input", "carrierId"], message));
    }
    Ok(())
}

async fn is_of_prospect(tx: &impl ConnectionTrait, prospect_id: Uuid, carrier: Carrier) -> Result<bool> {
    let entry = |kind| {
        timeline_entry::Entity::find_by_id(carrier.id)
            .filter(timeline_entry::Column::ProspectId.eq(prospect_id))
            .filter(timeline_entry::Column::Kind.eq(kind))
    };
    Ok(match carrier.kind {
        CarrierKind::Prospect => carrier.id == prospect_id,
        CarrierKind::Contact => contact::Entity::find_by_id(carrier.id)
            .filter(contact::Column::ProspectId.eq(prospect_id))
            .filter(contact::Column::DeletedAt.is_null())
            .one(tx)
            .await?
            .is_some(),
        CarrierKind::Task => task::Entity::find_by_id(carrier.id)
            .filter(task::Column::ProspectId.eq(prospect_id))
            .one(tx)
            .await?
            .is_some(),
        CarrierKind::Note => entry(EntryKind::Note).one(tx).await?.is_some(),
        CarrierKind::Interaction => entry(EntryKind::Interaction).one(tx).await?.is_some(),
    })
}
