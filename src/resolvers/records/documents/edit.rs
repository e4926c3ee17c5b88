//! Changes of a document: another name, type or carrier; deletion and restoration.

use sea_orm::{ActiveModelTrait, ConnectionTrait, IntoActiveModel};
use uuid::Uuid;

use super::upload::refuse_too_many;
use super::{Carrier, Document, Step, check_carrier, check_type, describe};
use crate::app::catalogs::Row;
use crate::cx::Cx;
use crate::db::Inserts;
use crate::entities::records::document::{self, CarrierKind};
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::resolvers::records::journal::Journal;
use crate::resolvers::records::timeline::{self, DocumentAction, FieldChange};
use crate::resolvers::search;
use crate::rules::documents::new_name;
use crate::rules::limits::check_version;
use crate::rules::patch::Patch;
use crate::text::fold;

/// Patch of a document.
#[derive(Clone, Debug, Default)]
pub struct DocumentEdit {
    pub name: Patch<String>,
    pub type_id: Patch<Uuid>,
    /// Cleared: the prospect itself. None: what the client names cannot carry documents.
    pub carrier: Patch<Option<Carrier>>,
}

/// Renames a document, gives it another type or moves it to another carrier of its prospect; each of these has a timeline entry.
pub async fn update(cx: &Cx, id: Uuid, edit: &DocumentEdit, expected_version: Option<i32>) -> Result<Document> {
    let catalogs = cx.catalogs();
    let tx = cx.begin().await?;
    let Step { document: before, journal } = Step::begin(cx, &tx, id).await?;
    if before.deleted_at.is_some() {
        return Err(Error::NotFound);
    }
    let mut problems = Vec::new();
    check_version(expected_version, before.version, &mut problems);
    let mut after = before.clone();
    match &edit.name {
        Patch::Keep => {}
        Patch::Clear => problems.push(Problem::new(ProblemCode::Required, &["input", "name"], "every document has a name")),
        Patch::Set(name) => {
            after.name = new_name(name, &mut problems);
            after.name_norm = fold(&after.name);
        }
    }
    match edit.type_id {
        Patch::Keep => {}
        Patch::Clear => after.type_id = None,
        Patch::Set(type_id) => {
            if before.type_id != Some(type_id) {
                check_type(&catalogs, type_id, &mut problems);
            }
            after.type_id = Some(type_id);
        }
    }
    match edit.carrier {
        Patch::Keep => {}
        Patch::Clear => (after.carrier_kind, after.carrier_id) = (CarrierKind::Prospect, before.prospect_id),
        Patch::Set(carrier) => {
            check_carrier(&tx, before.prospect_id, carrier, &mut problems).await?;
            if let Some(carrier) = carrier {
                (after.carrier_kind, after.carrier_id) = (carrier.kind, carrier.id);
            }
        }
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let type_name = |id: Option<Uuid>| id.and_then(|id| catalogs.document_types.get(id)).map(|row| row.name().to_owned());
    let change = |field: &str, before: Option<String>, after: Option<String>| FieldChange {
        field: field.to_owned(),
        before,
        after,
        definition: None,
    };
    let mut inserts = Inserts::default();
    if before.name != after.name {
        let renamed = change("name", Some(before.name.clone()), Some(after.name.clone()));
        describe(&journal, &after, DocumentAction::Renamed, vec![renamed], &mut inserts)?;
    }
    if before.type_id != after.type_id {
        let retyped = change("type", type_name(before.type_id), type_name(after.type_id));
        describe(&journal, &after, DocumentAction::TypeChanged, vec![retyped], &mut inserts)?;
    }
    if (before.carrier_kind, before.carrier_id) != (after.carrier_kind, after.carrier_id) {
        describe(&journal, &after, DocumentAction::Moved, Vec::new(), &mut inserts)?;
    }
    if before == after {
        return Ok(before.into());
    }
    let is_renamed = before.name_norm != after.name_norm;
    let after = save(&tx, after, &journal, inserts).await?;
    if is_renamed {
        search::refresh(&tx, after.prospect_id).await?;
    }
    tx.commit_naming([id]).await?;
    Ok(after.into())
}

/// Deletes a document, which can be restored until it is removed for good; returns its id.
pub async fn delete(cx: &Cx, id: Uuid, expected_version: Option<i32>) -> Result<Uuid> {
    let tx = cx.begin().await?;
    let Step { mut document, journal } = Step::begin(cx, &tx, id).await?;
    if document.deleted_at.is_some() {
        return Err(Error::NotFound);
    }
    let mut problems = Vec::new();
    check_version(expected_version, document.version, &mut problems);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    document.deleted_at = Some(journal.now);
    document.deleted_by = journal.actor_id();
    let mut inserts = Inserts::default();
    describe(&journal, &document, DocumentAction::Deleted, Vec::new(), &mut inserts)?;
    let document = save(&tx, document, &journal, inserts).await?;
    search::refresh(&tx, document.prospect_id).await?;
    tx.commit_naming([id]).await?;
    Ok(id)
}

/// Restores a deleted document. One whose time is over is gone, also before the sweep has removed it.
pub async fn restore(cx: &Cx, id: Uuid) -> Result<Document> {
    let tx = cx.begin().await?;
    let Step { mut document, journal } = Step::begin(cx, &tx, id).await?;
    if document.deleted_at.is_none_or(|at| at <= restorable_since(cx, journal.now)) {
        return Err(Error::NotFound);
    }
    refuse_too_many(&tx, document.prospect_id, "id").await?;
    (document.deleted_at, document.deleted_by) = (None, None);
    let mut inserts = Inserts::default();
    describe(&journal, &document, DocumentAction::Restored, Vec::new(), &mut inserts)?;
    let document = save(&tx, document, &journal, inserts).await?;
    search::refresh(&tx, document.prospect_id).await?;
    tx.commit_naming([id]).await?;
    Ok(document.into())
}

/// What was deleted later than this can still be restored.
pub fn restorable_since(cx: &Cx, now: i64) -> i64 {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    now - i64::from(cx.app.settings.document_restore_days) * DAY
}

/// Writes the document together with its entries.
async fn save(tx: &impl ConnectionTrait, mut document: document::Model, journal: &Journal, inserts: Inserts) -> Result<document::Model> {
    document.version += 1;
    document.updated_at = journal.now;
    let document = document.into_active_model().reset_all().update(tx).await?;
    inserts.write(tx).await?;
    timeline::touch_activity(tx, document.prospect_id, journal.now, None).await?;
    Ok(document)
}
