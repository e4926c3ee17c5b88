//! Attributes of clients while wins are made and undone: checked before a win, written with it, saved when it is undone.

use std::slice;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::conversion::TakenBack;
use super::status::Move;
use crate::app::catalogs::Catalogs;
use crate::db::Inserts;
use crate::entities::records::operation::{self, OperationKind};
use crate::entities::records::timeline_entry::EntryKind;
use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::resolvers::records::attributes::{self, RecordAttributes, Target, unique};
use crate::resolvers::records::timeline::{self, Change, FieldChange};
use crate::resolvers::search;
use crate::resolvers::setup::attributes::check_revision;
use crate::rules::attributes::merge::{AttributeDraft, InputFields, Place, has_required};
use crate::rules::attributes::replaced::ReplacedValues;
use crate::rules::attributes::saved::SavedValues;
use crate::rules::attributes::{Definition, Document, Value};
use crate::tx::Tx;

/// The attributes of a client as a win leaves them.
pub(super) struct WonAttributes {
    record: RecordAttributes,
    /// What differs from the values that the client had, or has had before.
    changes: Vec<FieldChange>,
    /// Whether values come back that were saved when an earlier win was undone.
    is_return: bool,
}

/// Values that come back, and what differs from those that were saved.
struct Returning {
    record: RecordAttributes,
    changes: Vec<FieldChange>,
}

impl WonAttributes {
    /// Checks the attributes that a win gives its client; what is wrong is added to the problems. A new client has the values that it had when it
    /// was one before, or the defaults. None where the win saves no attributes: there are none, or the prospect is a client already and the win
    /// changes nothing of it. Looks up unique values, so it comes after all other checks.
    pub async fn check(
        tx: &Tx,
        step: &Move<'_>,
        drafts: &[AttributeDraft],
        is_level_given: bool,
        problems: &mut Vec<Problem>,
    ) -> Result<Option<WonAttributes>> {
        let (cx, id, catalogs) = (step.cx, step.prospect.id, step.cx.catalogs());
        let is_new = step.prospect.client_since.is_none();
        let is_saved = match is_new {
            true => !catalogs.definitions.of(AttributeEntity::Client).is_empty(),
            false => is_level_given && has_required(&catalogs.definitions, AttributeEntity::Client, cx.viewer()?),
        };
        if !is_saved && drafts.is_empty() {
            return Ok(None);
        }
        let returning = match is_new {
            true => Returning::of(tx, step).await?,
            false => None,
        };
        let present = match &returning {
            Some(returning) => returning.record.merged.document.clone(),
            None if is_new => Document::new(),
            None => attributes::document_of(tx, AttributeEntity::Client, id).await?,
        };
        let target = Target {
            entity: AttributeEntity::Client,
            record_id: id,
            path: &["input".to_owned()],
            fields: InputFields::OF_CLIENT,
            is_new: is_new && returning.is_none(),
            kind: None,
            status_id: None,
            hidden: attributes::hidden_references(cx, tx, AttributeEntity::Client, [&present], drafts).await?,
        };
        let merged = attributes::merge(cx, &target, present, drafts, problems)?;
        attributes::check_references(cx, tx, slice::from_ref(&merged), problems).await?;
        attributes::check_unique(cx, tx, slice::from_ref(&merged), &[], problems).await?;
        let mut given = Vec::new();
        merged.describe(&catalogs, "client.", None, &mut given);
        Ok(Some(match returning {
            Some(mut returning) => {
                returning.record.continue_with(merged);
                WonAttributes {
                    record: returning.record,
                    changes: joined(returning.changes, given),
                    is_return: true,
                }
            }
            None => WonAttributes {
                record: merged,
                changes: given,
                is_return: false,
            },
        }))
    }

    /// Whether the win changes attributes of the client.
    pub fn is_change(&self) -> bool {
        self.record.is_change()
    }

    /// The values of the client that the win replaces.
    pub fn replaced(&self, catalogs: &Catalogs) -> ReplacedValues {
        ReplacedValues::of(&catalogs.definitions, AttributeEntity::Client, &self.record.merged)
    }

    /// Writes the values, and an entry of the timeline with what changes. To be called when the client has been inserted.
    pub async fn write(self, tx: &Tx, step: &Move<'_>) -> Result<()> {
        let (cx, id) = (step.cx, step.prospect.id);
        let records = slice::from_ref(&self.record);
        let mut inserts = Inserts::default();
        attributes::write(tx, records, &mut inserts).await?;
        if !self.changes.is_empty() {
            let change = Change {
                changes: self.changes,
                ..Change::default()
            };
            timeline::add(&mut inserts, step.journal.entry(id, EntryKind::FieldChange), Some(change))?;
        }
        inserts.write(tx).await?;
        match attributes::write_documents(cx, tx, records).await {
            // Another client has got a value at this moment. The win begins again, and finds it taken.
            Err(Error::Invalid(_)) => return Err(Error::Conflict("another user has just saved the same value; try again".to_owned())),
            Ok(()) if self.is_return && !self.record.is_change() => check_revision(cx, tx, self.record.revision).await?,
            result => result?,
        }
        match self.record.change_search() {
            true => search::refresh(tx, id).await,
            false => Ok(()),
        }
    }
}

impl Returning {
    /// The attributes that the client had when its latest win was undone. Values that no longer fit their definition, and unique ones that
    /// another client has by now, are left out. None if there are none.
    async fn of(tx: &Tx, step: &Move<'_>) -> Result<Option<Returning>> {
        let (cx, id, catalogs) = (step.cx, step.prospect.id, step.cx.catalogs());
        let Some(saved) = saved(tx, id).await? else { return Ok(None) };
        let restored = saved.restore(&catalogs.definitions, AttributeEntity::Client, &cx.app.settings.default_country);
        let mut record = RecordAttributes {
            entity: AttributeEntity::Client,
            record_id: id,
            is_new: true,
            merged: restored.merged,
            revision: catalogs.definitions_revision(),
        };
        let words = |definition: &Definition, values: &[Value]| {
            let words = attributes::words(&catalogs, definition, values);
            (!values.is_empty()).then_some(words)
        };
        let changes = restored.misfits.iter().map(|misfit| FieldChange {
            field: format!("client.{}", misfit.present.row.label),
            before: words(&misfit.former, &misfit.before),
            after: words(&misfit.present, &misfit.after),
            definition: Some(misfit.present.id()),
        });
        let mut changes: Vec<FieldChange> = changes.collect();
        for taken in unique::take_out(tx, &mut record).await? {
            changes.retain(|change| change.definition != Some(taken.definition.id()));
            changes.push(FieldChange {
                field: format!("client.{}", taken.definition.row.label),
                before: words(&taken.definition, &taken.after),
                after: None,
                definition: Some(taken.definition.id()),
            });
        }
        Ok(Some(Returning { record, changes }))
    }
}

/// The values that the prospect had as a client. None if it was none, or had no values.
async fn saved(tx: &Tx, id: Uuid) -> Result<Option<SavedValues>> {
    let removals = operation::Entity::find()
        .filter(operation::Column::ProspectId.eq(id))
        .filter(operation::Column::Kind.eq(OperationKind::Unconvert))
        .order_by_desc(operation::Column::At)
        .order_by_desc(operation::Column::Id)
        .all(tx)
        .await?;
    let mut removed = removals
        .into_iter()
        .filter_map(|row| serde_json::from_value::<TakenBack>(row.data).ok()?.client);
    Ok(removed.next().map(|client| client.values).filter(|values| !values.is_empty()))
}

/// The changes of both, as one change for each attribute.
fn joined(earlier: Vec<FieldChange>, later: Vec<FieldChange>) -> Vec<FieldChange> {
    let mut joined = earlier;
    for change in later {
        match joined.iter_mut().find(|earlier| earlier.definition == change.definition) {
            Some(earlier) => earlier.after = change.after,
            None => joined.push(change),
        }
    }
    joined
}

/// Adds a problem for each input field with attributes of a client where the change is not a win.
pub(super) fn refuse(drafts: &[AttributeDraft], problems: &mut Vec<Problem>) {
    let InputFields { list, typed } = InputFields::OF_CLIENT;
    let is_listed = |draft: &AttributeDraft| matches!(draft.place, Place::Listed(_));
    for (field, is_given) in [(list, drafts.iter().any(is_listed)), (typed, !drafts.iter().all(is_listed))] {
        if is_given {
            let message = "only a win takes attributes of the client";
            problems.push(Problem::new(ProblemCode::Invalid, &["input", field], message));
        }
    }
}

/// Puts the values back that a win replaced, with an entry of the timeline; whether anything changes. A unique value that another client has by
/// now does not come back: the attribute is cleared.
pub(super) async fn put_back(tx: &Tx, step: &Move<'_>, replaced: &ReplacedValues) -> Result<bool> {
    if replaced.is_empty() {
        return Ok(false);
    }
    let (cx, id, catalogs) = (step.cx, step.prospect.id, step.cx.catalogs());
    let present = attributes::document_of(tx, AttributeEntity::Client, id).await?;
    let country = &cx.app.settings.default_country;
    let mut record = RecordAttributes {
        entity: AttributeEntity::Client,
        record_id: id,
        is_new: false,
        merged: replaced.revert(&catalogs.definitions, AttributeEntity::Client, present, country),
        revision: catalogs.definitions_revision(),
    };
    for mut taken in unique::take_out(tx, &mut record).await? {
        taken.after.clear();
        record.merged.changed.push(taken);
    }
    let mut changes = Vec::new();
    record.describe(&catalogs, "client.", None, &mut changes);
    let is_change = record.is_change();
    let reverted = WonAttributes {
        record,
        changes,
        is_return: false,
    };
    reverted.write(tx, step).await?;
    Ok(is_change)
}

/// Takes the attributes from a client that is about to be removed.
pub(super) async fn save(tx: &Tx, step: &Move<'_>) -> Result<SavedValues> {
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
