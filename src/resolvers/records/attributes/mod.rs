//! Values of attributes: read with their records, checked against what is stored, and written as one document for each record.

mod stored;
/// Unique attributes.
pub mod unique;

use std::collections::{HashMap, HashSet};

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::timeline::FieldChange;
use crate::app::catalogs::{Catalogs, Row};
use crate::cx::Cx;
use crate::db::sql::Sql;
use crate::entities::records::prospect::ProspectKind;
use crate::entities::setup::attribute_definition::{AttributeEntity, AttributeType};
use crate::error::{Error, Problem, Result};
use crate::ids::Kind;
use crate::rules::attributes::index::table;
use crate::rules::attributes::merge::{AttributeDraft, ChangedValue, InputFields, Merge, Merged};
use crate::rules::attributes::{Definition, Document, Value, value};

pub use stored::{check_references, delete_rows, hidden_references, rows_of, write, write_documents};
pub use unique::check as check_unique;

/// The attributes of one record as a save leaves them.
#[derive(Clone, Debug)]
pub struct RecordAttributes {
    pub entity: AttributeEntity,
    pub record_id: Uuid,
    /// Whether the record is inserted in the same transaction.
    pub is_new: bool,
    pub merged: Merged,
    /// The revision of the definitions that the values were checked against.
    pub revision: i64,
}

/// A record of an input that has attributes.
pub struct Target<'a> {
    pub entity: AttributeEntity,
    pub record_id: Uuid,
    /// Path of the input of the record.
    pub path: &'a [String],
    /// The fields of that input with the attributes.
    pub fields: InputFields,
    pub is_new: bool,
    /// Kind of the prospect. None for other records.
    pub kind: Option<ProspectKind>,
    /// Status that the prospect enters. None where it enters none.
    pub status_id: Option<Uuid>,
    /// Prospects that its present values refer to and the caller cannot see: those references stay.
    pub hidden: HashSet<Uuid>,
}

/// Merges the attributes of an input into those of the record; what is wrong is added to the problems.
pub fn merge(
    cx: &Cx,
    target: &Target<'_>,
    present: Document,
    drafts: &[AttributeDraft],
    problems: &mut Vec<Problem>,
) -> Result<RecordAttributes> {
    let catalogs = cx.catalogs();
    let is_active_user = |id| catalogs.users.get(id).is_some_and(|user| !user.is_retired());
    let merge = Merge {
        definitions: &catalogs.definitions,
        entity: target.entity,
        viewer: cx.viewer()?,
        country: &cx.app.settings.default_country,
        path: target.path,
        fields: target.fields,
        kind: target.kind,
        status_id: target.status_id,
        is_new: target.is_new,
        is_active_user: &is_active_user,
        hidden: &target.hidden,
    };
    Ok(RecordAttributes {
        entity: target.entity,
        record_id: target.record_id,
        is_new: target.is_new,
        merged: merge.merge(present, drafts, problems),
        revision: catalogs.definitions_revision(),
    })
}

impl RecordAttributes {
    pub fn is_change(&self) -> bool {
        !self.merged.changed.is_empty()
    }

    /// Adds what a later entry of the same input changes.
    pub fn continue_with(&mut self, later: RecordAttributes) {
        for mut changed in later.merged.changed {
            let earlier = self
                .merged
                .changed
                .iter()
                .position(|earlier| earlier.definition.id() == changed.definition.id());
            if let Some(place) = earlier {
                changed.before = self.merged.changed.remove(place).before;
            }
            self.merged.changed.push(changed);
        }
        self.merged.document = later.merged.document;
    }

    /// Whether the search document of the prospect changes.
    pub fn change_search(&self) -> bool {
        self.merged.changed.iter().any(|changed| changed.definition.is_searched())
    }

    /// Adds the changes in words, each field below the prefix, and each value behind the name of the record where one is given.
    pub fn describe(&self, catalogs: &Catalogs, prefix: &str, name: Option<&str>, changes: &mut Vec<FieldChange>) {
        let words = |changed: &ChangedValue, values: &[Value]| {
            if values.is_empty() {
                return None;
            }
            let text = words(catalogs, &changed.definition, values);
            Some(name.map_or_else(|| text.clone(), |name| format!("{name}: {text}")))
        };
        changes.extend(self.merged.changed.iter().map(|changed| FieldChange {
            field: format!("{prefix}{}", changed.definition.row.label),
            before: words(changed, &changed.before),
            after: words(changed, &changed.after),
            definition: Some(changed.definition.id()),
        }));
    }
}

/// Values in words for the timeline: users by name. A prospect is shown by its ID, which readers of the entry who cannot see it are not shown.
pub fn words(catalogs: &Catalogs, definition: &Definition, values: &[Value]) -> String {
    let name_of = |id| match definition.kind() {
        AttributeType::User => catalogs.users.get(id).map(|user| user.name.clone()),
        _ => Some(Kind::Prospect.encode(id)),
    };
    value::text(definition, values, &name_of)
}

/// The kind of ID of a record.
pub fn record_kind(entity: AttributeEntity) -> Kind {
    match entity {
        AttributeEntity::Prospect => Kind::Prospect,
        AttributeEntity::Client => Kind::Client,
        AttributeEntity::Contact => Kind::Contact,
        AttributeEntity::Task => Kind::Task,
    }
}

/// The documents of those of the records that have one; the caller has checked that they are visible.
pub async fn documents(tx: &impl ConnectionTrait, entity: AttributeEntity, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Document>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = Sql::new(tx.get_database_backend());
    let these = sql.in_ids(ids);
    sql.push(&format!(
        "SELECT t.id, CAST(t.attributes AS text) FROM {} t WHERE t.id {these} AND t.attributes IS NOT NULL",
        table(entity)
    ));
    let mut documents = HashMap::new();
    for row in tx.query_all_raw(sql.build()).await? {
        documents.insert(row.try_get_by_index(0)?, document(&row.try_get_by_index::<String>(1)?)?);
    }
    Ok(documents)
}

/// The document of one record; empty where it has none.
pub async fn document_of(tx: &impl ConnectionTrait, entity: AttributeEntity, id: Uuid) -> Result<Document> {
    Ok(documents(tx, entity, vec![id]).await?.remove(&id).unwrap_or_default())
}

/// A document as it is stored.
pub fn document(text: &str) -> Result<Document> {
    serde_json::from_str(text).map_err(Error::internal)
}
