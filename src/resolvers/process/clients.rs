//! The data of clients that is saved: the potential level and the attributes.

use std::sync::Arc;

use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use uuid::Uuid;

use super::conversion::check_level;
use super::status::Move;
use crate::cx::Cx;
use crate::db::Inserts;
use crate::entities::records::client;
use crate::entities::records::timeline_entry::EntryKind;
use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::error::{Error, Result};
use crate::resolvers::records::attributes::{self, RecordAttributes, Target, unique};
use crate::resolvers::records::journal::Journal;
use crate::resolvers::records::prospects::{self, Prospect};
use crate::resolvers::records::timeline::{self, Change, FieldChange};
use crate::resolvers::search;
use crate::resolvers::setup::attributes::check_revision;
use crate::rules::attributes::merge::{AttributeDraft, has_required};
use crate::rules::attributes::saved::SavedValues;
use crate::rules::attributes::{Definition, Document, Value};
use crate::rules::limits::check_version;
use crate::rules::patch::Patch;
use crate::tx::Tx;

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
        is_new: false,
        kind: None,
        status_id: None,
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

/// Takes the attributes from a client that is about to be removed.
pub(super) async fn save_attributes(tx: &Tx, step: &Move<'_>) -> Result<SavedValues> {
    let (catalogs, id) = (step.cx.catalogs(), step.prospect.id);
    let definitions = catalogs.definitions.of(AttributeEntity::Client);
    if definitions.is_empty() {
        return Ok(SavedValues::default());
    }
    let document = attributes::document_of(tx, AttributeEntity::Client, id).await?;
    if document.is_empty() {
        return Ok(SavedValues::default());
    }
    // The values must be of the form in which these definitions say that they are.
    check_revision(step.cx, tx, catalogs.definitions_revision()).await?;
    let multiple = definitions
        .iter()
        .filter(|definition| definition.row.is_multiple && document.contains_key(definition.key()));
    let rows: Vec<(Uuid, Uuid)> = multiple.map(|definition| (definition.id(), id)).collect();
    attributes::delete_rows(tx, &rows).await?;
    Ok(SavedValues::new(&catalogs.definitions, AttributeEntity::Client, document))
}

/// Gives a new client the attributes that it had when it was one before. Values that no longer fit their definition, and unique ones that
/// another client has by now, are left out; an entry of the timeline keeps them readable.
pub(super) async fn restore_attributes(tx: &Tx, step: &Move<'_>, saved: &SavedValues) -> Result<()> {
    let (cx, id, catalogs) = (step.cx, step.prospect.id, step.cx.catalogs());
    let revision = catalogs.definitions_revision();
    let restored = saved.restore(&catalogs.definitions, AttributeEntity::Client, &cx.app.settings.default_country);
    let mut record = RecordAttributes {
        entity: AttributeEntity::Client,
        record_id: id,
        is_new: false,
        merged: restored.merged,
        revision,
    };
    let words = |definition: &Definition, values: &[Value]| {
        let words = attributes::words(&catalogs, definition, values);
        (!values.is_empty()).then_some(words)
    };
    let mut changes: Vec<FieldChange> = restored
        .misfits
        .iter()
        .map(|misfit| FieldChange {
            field: format!("client.{}", misfit.present.row.label),
            before: words(&misfit.former, &misfit.before),
            after: words(&misfit.present, &misfit.after),
            definition: Some(misfit.present.id()),
        })
        .collect();
    for taken in unique::take_out(tx, &mut record).await? {
        changes.retain(|change| change.definition != Some(taken.definition.id()));
        changes.push(FieldChange {
            field: format!("client.{}", taken.definition.row.label),
            before: words(&taken.definition, &taken.after),
            after: None,
            definition: Some(taken.definition.id()),
        });
    }
    let records = [record];
    let mut inserts = Inserts::default();
    attributes::write(tx, &records, &mut inserts).await?;
    if !changes.is_empty() {
        let change = Change {
            changes,
            ..Change::default()
        };
        timeline::add(&mut inserts, step.journal.entry(id, EntryKind::FieldChange), Some(change))?;
    }
    inserts.write(tx).await?;
    match attributes::write_documents(cx, tx, &records).await {
        // Another client has got a value at this moment. The win begins again, finds it taken and goes without it.
        Err(Error::Invalid(_)) => return Err(Error::Conflict("another user has just saved the same value; try again".to_owned())),
        Ok(()) if !records[0].is_change() => check_revision(cx, tx, revision).await?,
        result => result?,
    }
    search::refresh(tx, id).await
}

/// Gives a new client the defaults of its attributes.
pub(super) async fn write_defaults(tx: &Tx, step: &Move<'_>) -> Result<()> {
    let target = Target {
        entity: AttributeEntity::Client,
        record_id: step.prospect.id,
        path: &["input".to_owned()],
        is_new: true,
        kind: None,
        status_id: None,
    };
    // A win takes no attributes: what is required is asked for when the client is saved.
    let values = [attributes::merge(step.cx, &target, Document::new(), &[], &mut Vec::new())?];
    let mut inserts = Inserts::default();
    attributes::write(tx, &values, &mut inserts).await?;
    inserts.write(tx).await?;
    attributes::write_documents(step.cx, tx, &values).await?;
    if values[0].change_search() {
        search::refresh(tx, step.prospect.id).await?;
    }
    Ok(())
}
