//! The data of clients that is saved: the potential level and the attributes.

use std::sync::Arc;

use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use uuid::Uuid;

use super::conversion::check_level;
use crate::cx::Cx;
use crate::db::Inserts;
use crate::entities::records::client;
use crate::entities::records::timeline_entry::EntryKind;
use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::error::{Error, Result};
use crate::resolvers::records::attributes::{self, Target};
use crate::resolvers::records::journal::Journal;
use crate::resolvers::records::prospects::{self, Prospect};
use crate::resolvers::records::timeline::{Change, FieldChange};
use crate::resolvers::search;
use crate::rules::attributes::Document;
use crate::rules::attributes::merge::{AttributeDraft, InputFields, has_required};
use crate::rules::limits::check_version;
use crate::rules::patch::Patch;

/// Patch of a client.
#[derive(Clone, Debug, Default)]
pub struct ClientEdit {
    pub level: Patch<Uuid>,
    pub attributes: Vec<AttributeDraft>,
}

/// Changes the level and the attributes of a client; an edit that changes nothing leaves no trace.
pub async fn update(cx: &Cx, id: Uuid, edit: &ClientEdit, expected_version: Option<i32>) -> Result<Prospect> {
    let viewer = cx.viewer()?;
    let catalogs = cx.catalogs();
    let tx = cx.begin().await?;
    let prospect = prospects::lock(&tx, viewer.scope(), id).await?;
    let journal = Journal::of(cx)?;
    let Some(before) = client::Entity::find_by_id(id).one(&tx).await? else {
        return Err(Error::NotFound);
    };
    let mut problems = Vec::new();
    check_version(expected_version, before.version, &mut problems);
    let level = match edit.level {
        Patch::Keep => before.potential_level_id,
        Patch::Clear => None,
        Patch::Set(level) => {
            if before.potential_level_id != Some(level) {
                check_level(&catalogs, level, &mut problems);
            }
            Some(level)
        }
    };
    let is_read = !edit.attributes.is_empty() || has_required(&catalogs.definitions, AttributeEntity::Client, viewer);
    let present = match is_read {
        true => attributes::document_of(&tx, AttributeEntity::Client, id).await?,
        false => Document::new(),
    };
    let target = Target {
        entity: AttributeEntity::Client,
        record_id: id,
        path: &["input".to_owned()],
        fields: InputFields::OF_RECORD,
        is_new: false,
        kind: None,
        status_id: None,
        hidden: attributes::hidden_references(cx, &tx, AttributeEntity::Client, [&present], &edit.attributes).await?,
    };
    let values = [attributes::merge(cx, &target, present, &edit.attributes, &mut problems)?];
    attributes::check_references(cx, &tx, &values, &mut problems).await?;
    attributes::check_unique(cx, &tx, &values, &[], &mut problems).await?;
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let mut changes = Vec::new();
    if level != before.potential_level_id {
        let name = |level: Option<Uuid>| Some(catalogs.potential_levels.get(level?)?.name.clone());
        changes.push(FieldChange {
            field: "client.potentialLevel".to_owned(),
            before: name(before.potential_level_id),
            after: name(level),
            definition: None,
        });
    }
    values[0].describe(&catalogs, "client.", None, &mut changes);
    if changes.is_empty() {
        return Ok(Arc::new(prospect));
    }
    let row = client::ActiveModel {
        id: Set(id),
        potential_level_id: Set(level),
        version: Set(before.version + 1),
        updated_at: Set(journal.now),
        ..Default::default()
    };
    row.update(&tx).await?;
    let mut inserts = Inserts::default();
    attributes::write(&tx, &values, &mut inserts).await?;
    attributes::write_documents(cx, &tx, &values).await?;
    if values[0].change_search() {
        search::refresh(&tx, id).await?;
    }
    let change = Change {
        changes,
        ..Change::default()
    };
    let entry = journal.entry(id, EntryKind::FieldChange);
    journal.record(&tx, entry, Some(change), inserts).await?;
    tx.commit_naming([id]).await?;
    Ok(Arc::new(prospect))
}
