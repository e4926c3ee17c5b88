//! Documents of the demo: files of some of the latest prospects, in the storage of the settings.

mod files;

use std::collections::HashMap;
use std::convert::Infallible;

use bytes::Bytes;
use futures_util::stream;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use super::dice::Dice;
use super::timeframe::{DAY, MINUTE, Timeframe};
use crate::app::App;
use crate::app::catalogs::Row;
use crate::db::Inserts;
use crate::entities::process::task;
use crate::entities::records::document::{self, CarrierKind, ThumbnailState};
use crate::entities::records::timeline_entry::EntryKind;
use crate::entities::records::{contact, entry_change, prospect, timeline_entry};
use crate::error::{Error, Result};
use crate::resolvers::records::documents::upload::NewFile;
use crate::resolvers::records::timeline::{Change, DocumentAction, DocumentEvent, touch_activity};
use crate::resolvers::search;
use crate::rules::documents::has_thumbnail;
use crate::setup::Language;
use crate::storage::{FileKey, StoredFile, WriteError};
use crate::text;
use crate::thumbnails::thumbnail;
use files::Paper;

/// How many of the latest prospects have documents, and how many documents each of them has at most. The number does not grow with the demo.
const PROSPECTS: u64 = 50;
const MOST_OF_A_PROSPECT: u64 = 4;
/// The purpose of chance.
const DOCUMENTS: u64 = 5;
/// More bytes than any of the files has.
const LARGEST: u64 = 4 << 20;

/// What the documents are made for.
pub struct Setting<'a> {
    pub app: &'a App,
    pub seed: u64,
    pub language: Language,
    pub timeframe: Timeframe,
    pub administrator: Uuid,
}

/// A record that may carry a document, and since when.
#[derive(Clone, Copy, Debug)]
struct Carrier {
    kind: CarrierKind,
    id: Uuid,
    since: i64,
}

/// The rows of a document.
struct Rows {
    document: document::Model,
    entry: timeline_entry::Model,
    change: entry_change::Model,
}

/// Adds the documents, and answers their number. The files are written first; after a failure none of them is left.
pub async fn add(setting: &Setting<'_>) -> Result<u64> {
    let mut written = Vec::new();
    let added = add_all(setting, &mut written).await;
    if added.is_err() {
        for key in written {
            if let Err(error) = setting.app.storage.delete(key).await {
                tracing::warn!(%error, file = %key.path(), "a file of the demo was not deleted; the sweep will");
            }
        }
    }
    added
}

async fn add_all(setting: &Setting<'_>, written: &mut Vec<FileKey>) -> Result<u64> {
    let reader = setting.app.db.reader();
    let prospects = prospect::Entity::find()
        .filter(prospect::Column::DeletedAt.is_null())
        .order_by_desc(prospect::Column::Id)
        .limit(PROSPECTS)
        .all(reader)
        .await?;
    let carriers = carriers(setting, &prospects).await?;
    let mut all = Vec::new();
    for (index, prospect) in (0..).zip(&prospects) {
        let mut dice = Dice::new(setting.seed, DOCUMENTS, index);
        let own = carriers.get(&prospect.id).map_or(&[][..], Vec::as_slice);
        for _ in 0..=dice.below(MOST_OF_A_PROSPECT) {
            all.push(invent(setting, prospect, own, &mut dice, written).await?);
        }
    }
    let mut inserts = Inserts::default();
    for rows in &all {
        inserts.add(&rows.document);
        inserts.add(&rows.entry);
        inserts.add(&rows.change);
    }
    let tx = setting.app.db.begin().await?;
    inserts.write(&tx).await?;
    for rows in &all {
        touch_activity(&tx, rows.entry.prospect_id, rows.entry.occurred_at, None).await?;
    }
    search::refresh_all(&tx, prospects.iter().map(|prospect| prospect.id)).await?;
    tx.commit().await?;
    Ok(all.len() as u64)
}

/// The records of each prospect that may carry documents, the prospect itself first.
async fn carriers(setting: &Setting<'_>, prospects: &[prospect::Model]) -> Result<HashMap<Uuid, Vec<Carrier>>> {
    let reader = setting.app.db.reader();
    let ids: Vec<Uuid> = prospects.iter().map(|prospect| prospect.id).collect();
    let contacts = contact::Entity::find()
        .filter(contact::Column::ProspectId.is_in(ids.clone()))
        .filter(contact::Column::DeletedAt.is_null())
        .order_by_asc(contact::Column::Id)
        .all(reader)
        .await?;
    let tasks = task::Entity::find()
        .filter(task::Column::ProspectId.is_in(ids.clone()))
        .order_by_asc(task::Column::Id)
        .all(reader)
        .await?;
    let entries = timeline_entry::Entity::find()
        .filter(timeline_entry::Column::ProspectId.is_in(ids))
        .filter(timeline_entry::Column::Kind.is_in([EntryKind::Note, EntryKind::Interaction]))
        .order_by_asc(timeline_entry::Column::Id)
        .all(reader)
        .await?;
    let mut found: HashMap<Uuid, Vec<Carrier>> = HashMap::new();
    let mut add = |prospect_id: Uuid, kind: CarrierKind, id: Uuid, since: i64| {
        found.entry(prospect_id).or_default().push(Carrier { kind, id, since });
    };
    for row in prospects {
        add(row.id, CarrierKind::Prospect, row.id, row.created_at);
    }
    // Contacts do not say since when they are there, and those of the demo came with their prospects.
    let created: HashMap<Uuid, i64> = prospects.iter().map(|prospect| (prospect.id, prospect.created_at)).collect();
    for row in contacts {
        add(row.prospect_id, CarrierKind::Contact, row.id, created[&row.prospect_id]);
    }
    for row in tasks {
        add(row.prospect_id, CarrierKind::Task, row.id, row.created_at);
    }
    for row in entries {
        let kind = match row.kind {
            EntryKind::Note => CarrierKind::Note,
            _ => CarrierKind::Interaction,
        };
        add(row.prospect_id, kind, row.id, row.recorded_at);
    }
    Ok(found)
}

/// One document with its file, and its thumbnail if it is a picture.
async fn invent(
    setting: &Setting<'_>,
    prospect: &prospect::Model,
    carriers: &[Carrier],
    dice: &mut Dice,
    written: &mut Vec<FileKey>,
) -> Result<Rows> {
    let itself = Carrier {
        kind: CarrierKind::Prospect,
        id: prospect.id,
        since: prospect.created_at,
    };
    // About half belong to the prospect as a whole.
    let carrier = if carriers.is_empty() || dice.percent(50) {
        itself
    } else {
        *dice.pick(carriers)
    };
    let last = setting.timeframe.end - MINUTE;
    let at = (carrier.since + dice.between(0, DAY / MINUTE) * MINUTE)
        .min(last)
        .max(carrier.since);
    let creator = prospect.owner_id.unwrap_or(setting.administrator);
    let paper = Paper::invent(dice, setting.language, &prospect.name, at);
    let bytes = paper.bytes.clone();
    let stored = write(setting.app, FileKey::new_file(), paper.bytes, written).await?;
    let thumbnail_key = match has_thumbnail(&stored.media_type) {
        true => {
            let small = thumbnail(bytes).await.map_err(|error| Error::internal(error.to_string()))?;
            let key = FileKey::new_thumbnail();
            Some(write(setting.app, key, small.bytes, written).await?.key.id())
        }
        false => None,
    };
    let file = NewFile::of(&stored, Some(paper.name.clone()));
    let document = document::Model {
        id: dice.id(at),
        prospect_id: prospect.id,
        carrier_kind: carrier.kind,
        carrier_id: carrier.id,
        type_id: type_of(setting, paper.document_type),
        name_norm: text::fold(&paper.name),
        name: paper.name.clone(),
        file_name: paper.name,
        media_type: file.media_type,
        size: file.size,
        sha256: file.sha256,
        file_key: file.key,
        thumbnail_state: match thumbnail_key {
            Some(_) => ThumbnailState::Ready,
            None => ThumbnailState::None,
        },
        thumbnail_key,
        created_by: Some(creator),
        deleted_by: None,
        deleted_at: None,
        version: 1,
        created_at: at,
        updated_at: at,
    };
    let change = Change {
        document: Some(DocumentEvent {
            id: document.id,
            action: DocumentAction::Uploaded,
            file_name: document.file_name.clone(),
        }),
        ..Change::default()
    };
    let entry_id = dice.id(at);
    Ok(Rows {
        entry: timeline_entry::Model {
            id: entry_id,
            prospect_id: prospect.id,
            kind: EntryKind::Document,
            occurred_at: at,
            recorded_at: at,
            actor_id: Some(creator),
            pinned_at: None,
        },
        change: entry_change::Model {
            id: entry_id,
            data: json!(change),
        },
        document,
    })
}

/// Keys are new each time: a storage may have the files of an earlier demo.
async fn write(app: &App, key: FileKey, bytes: Vec<u8>, written: &mut Vec<FileKey>) -> Result<StoredFile> {
    let content = stream::iter([Ok::<_, Infallible>(Bytes::from(bytes))]);
    match app.storage.write(key, content, LARGEST).await {
        Ok(stored) => {
            written.push(key);
            Ok(stored)
        }
        Err(WriteError::Storage(error)) => Err(error.into()),
        Err(error) => Err(Error::internal(error.to_string())),
    }
}

/// The type of this name in the catalogue. None where it has been renamed or retired.
fn type_of(setting: &Setting<'_>, name: &str) -> Option<Uuid> {
    let catalogs = setting.app.catalogs.snapshot();
    let types = catalogs.document_types.all();
    types.iter().find(|row| row.name == name && !row.is_retired()).map(|row| row.id)
}
