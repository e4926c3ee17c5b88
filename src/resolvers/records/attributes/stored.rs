//! Attributes and what is stored: references and unique values are checked, documents and the rows of multiple attributes written.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, SqlErr};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{RecordAttributes, unique};
use crate::auth::{Scope, visibility};
use crate::cx::Cx;
use crate::db::Inserts;
use crate::db::sql::Sql;
use crate::entities::records::attribute_value;
use crate::entities::setup::attribute_definition::{AttributeEntity, AttributeType};
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::resolvers::setup::attributes::check_revision;
use crate::rules::attributes::index::{self, table};
use crate::rules::attributes::merge::{AttributeDraft, ChangedValue};
use crate::rules::attributes::{Definition, Document, Value, value};
use crate::tx::Tx;

/// A problem for each newly referenced prospect that the caller cannot see; one statement for all.
pub async fn check_references(cx: &Cx, tx: &Tx, records: &[RecordAttributes], problems: &mut Vec<Problem>) -> Result<()> {
    let all = records.iter().flat_map(|record| &record.merged.changed);
    let referring: Vec<&ChangedValue> = all.filter(|changed| changed.definition.kind() == AttributeType::Prospect).collect();
    let wanted: HashSet<Uuid> = referring.iter().flat_map(|changed| changed.new_references()).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let found = visible_of(cx, tx, wanted).await?;
    for changed in referring {
        if changed.new_references().any(|id| !found.contains(&id)) {
            problems.push(Problem {
                code: ProblemCode::NotFound,
                message: "there is no such prospect".to_owned(),
                path: changed.path.clone(),
            });
        }
    }
    Ok(())
}

/// The prospects that documents refer to in the attributes of the drafts, and that the caller cannot see. None to callers who see all prospects:
/// they may also remove a reference to a deleted one.
pub async fn hidden_references(
    cx: &Cx,
    tx: &Tx,
    entity: AttributeEntity,
    documents: impl IntoIterator<Item = &Document>,
    drafts: impl IntoIterator<Item = &AttributeDraft>,
) -> Result<HashSet<Uuid>> {
    let scope = cx.scope()?;
    if scope == Scope::All {
        return Ok(HashSet::new());
    }
    let catalogs = cx.catalogs();
    let mentioned = drafts
        .into_iter()
        .filter_map(|draft| catalogs.definitions.by_key(entity, &draft.key))
        .filter(|definition| definition.kind() == AttributeType::Prospect);
    let mentioned: Vec<&Arc<Definition>> = mentioned.collect();
    let documents = documents.into_iter();
    let values = documents.flat_map(|document| mentioned.iter().flat_map(move |definition| value::read(definition, document)));
    let references = values.filter_map(|value| match value {
        Value::Reference(id) => Some(id),
        _ => None,
    });
    let references: HashSet<Uuid> = references.collect();
    if references.is_empty() {
        return Ok(references);
    }
    let visible = visible_of(cx, tx, references.iter().copied()).await?;
    Ok(references.difference(&visible).copied().collect())
}

/// Those of the prospects that the caller can see.
async fn visible_of(cx: &Cx, tx: &Tx, ids: impl IntoIterator<Item = Uuid>) -> Result<HashSet<Uuid>> {
    let mut sql = Sql::new(tx.get_database_backend());
    let these = sql.in_ids(ids);
    let visible = visibility::sql(cx.scope()?, "p", &mut sql);
    sql.push(&format!("SELECT p.id FROM prospects p WHERE p.id {these} AND {visible}"));
    let mut found: HashSet<Uuid> = HashSet::new();
    for row in tx.query_all_raw(sql.build()).await? {
        found.insert(row.try_get_by_index(0)?);
    }
    Ok(found)
}

/// Writes the rows of multiple attributes: those of changed ones are replaced. New rows are added to what is inserted.
pub async fn write(tx: &Tx, records: &[RecordAttributes], inserts: &mut Inserts) -> Result<()> {
    let mut rows: Vec<attribute_value::Model> = Vec::new();
    let mut stale: Vec<(Uuid, Uuid)> = Vec::new();
    for record in records {
        let multiple = record.merged.changed.iter().filter(|changed| changed.definition.row.is_multiple);
        for changed in multiple {
            if !record.is_new {
                stale.push((changed.definition.id(), record.record_id));
            }
            rows.extend(rows_of(&changed.definition, record.record_id, &changed.after));
        }
    }
    delete_rows(tx, &stale).await?;
    if !rows.is_empty() {
        inserts.add_list(&rows);
    }
    Ok(())
}

/// Deletes the rows of attributes of records, by the IDs of definition and record; one statement for all.
pub async fn delete_rows(tx: &Tx, stale: &[(Uuid, Uuid)]) -> Result<()> {
    if stale.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new(tx.get_database_backend());
    match tx.get_database_backend() {
        DbBackend::Postgres => {
            let (definitions, records): (Vec<Uuid>, Vec<Uuid>) = stale.iter().copied().unzip();
            let (definitions, records) = (sql.bind(definitions), sql.bind(records));
            sql.push(&format!(
                "DELETE FROM attribute_values v USING unnest({definitions}, {records}) AS s(definition_id, record_id) \
                 WHERE v.definition_id = s.definition_id AND v.record_id = s.record_id"
            ));
        }
        _ => {
            let pairs = stale
                .iter()
                .map(|(definition, record)| [definition, record].map(|id| id.simple().to_string()));
            let pairs = sql.bind(Json::from_iter(pairs.map(Json::from_iter)).to_string());
            sql.push(&format!(
                "DELETE FROM attribute_values WHERE (definition_id, record_id) IN \
                 (SELECT unhex(value ->> 0), unhex(value ->> 1) FROM json_each({pairs}))"
            ));
        }
    }
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// The values of a multiple attribute as rows, in their order.
pub fn rows_of(definition: &Definition, record_id: Uuid, values: &[Value]) -> impl Iterator<Item = attribute_value::Model> {
    let (id, kind) = (definition.id(), definition.kind());
    values.iter().zip(0..).map(move |(one, position)| {
        let (text_value, number_value) = match one {
            Value::Text(text) => (value::normal_form(kind, text), None),
            Value::Choice(key) => (Some(key.clone()), None),
            Value::Reference(id) => (Some(id.to_string()), None),
            Value::Number(number) | Value::Date(number) | Value::DateTime(number) => (None, Some(*number)),
            Value::Boolean(is) => (None, Some(i64::from(*is))),
        };
        attribute_value::Model {
            definition_id: id,
            record_id,
            position,
            text_value,
            number_value,
        }
    })
}

/// Writes the changed documents, one statement for each kind of record. To be called after new records have been inserted. Fails where the
/// definitions have changed since the values were checked.
pub async fn write_documents(cx: &Cx, tx: &Tx, records: &[RecordAttributes]) -> Result<()> {
    let mut by_entity: HashMap<AttributeEntity, Vec<&RecordAttributes>> = HashMap::new();
    for record in records.iter().filter(|record| record.is_change()) {
        by_entity.entry(record.entity).or_default().push(record);
    }
    for (entity, records) in by_entity {
        // The database checks each row by itself: a value that moves is gone from one record before another one gets it.
        let giving = giving(&records);
        if !giving.is_empty() {
            let cleared = giving.iter().map(|record| (record.record_id, Json::Null));
            put_documents(tx, entity, cleared).await?;
        }
        let documents = records.iter().map(|record| {
            let document = &record.merged.document;
            let json = if document.is_empty() {
                Json::Null
            } else {
                Json::Object(document.clone())
            };
            (record.record_id, json)
        });
        let written = put_documents(tx, entity, documents).await;
        written.map_err(|error| taken(error, &records))?;
    }
    let checked = records
        .iter()
        .filter(|record| record.is_change())
        .map(|record| record.revision)
        .min();
    match checked {
        Some(revision) => check_revision(cx, tx, revision).await,
        None => Ok(()),
    }
}

/// The records with a unique value that another one of them gets.
fn giving<'a>(records: &[&'a RecordAttributes]) -> Vec<&'a RecordAttributes> {
    let changes = || {
        records
            .iter()
            .flat_map(|record| record.merged.changed.iter().map(move |changed| (*record, changed)))
    };
    let of = |changed: &ChangedValue, value: Json| (changed.definition.id(), value.to_string());
    let got: HashMap<(Uuid, String), Uuid> = changes()
        .filter_map(|(record, changed)| Some((of(changed, unique::compared(changed)?), record.record_id)))
        .collect();
    let is_given = |changed: &ChangedValue, by: Uuid| {
        let value = unique::compared_before(changed).map(|value| of(changed, value));
        value.is_some_and(|value| got.get(&value).is_some_and(|to| *to != by))
    };
    let gives = |record: &&&RecordAttributes| record.merged.changed.iter().any(|changed| is_given(changed, record.record_id));
    records.iter().filter(gives).copied().collect()
}

/// Sets the documents of records; null for none.
async fn put_documents(tx: &Tx, entity: AttributeEntity, documents: impl Iterator<Item = (Uuid, Json)>) -> std::result::Result<(), DbErr> {
    let documents: Map<String, Json> = documents.map(|(id, json)| (id.simple().to_string(), json)).collect();
    let documents = Json::Object(documents);
    let mut sql = Sql::new(tx.get_database_backend());
    let (table, documents) = (table(entity), sql.bind(documents.to_string()));
    sql.push(&match tx.get_database_backend() {
        DbBackend::Postgres => format!(
            "UPDATE {table} AS t SET attributes = nullif(v.value, 'null') FROM jsonb_each(CAST({documents} AS jsonb)) AS v(key, value) \
             WHERE t.id = CAST(v.key AS uuid)"
        ),
        _ => format!("UPDATE {table} AS t SET attributes = v.value FROM json_each({documents}) AS v WHERE t.id = unhex(v.key)"),
    });
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// The value that another transaction has written meanwhile, where the database says so.
fn taken(error: DbErr, records: &[&RecordAttributes]) -> Error {
    let Some(SqlErr::UniqueConstraintViolation(message)) = error.sql_err() else {
        return error.into();
    };
    let all = records.iter().flat_map(|record| &record.merged.changed);
    let unique: Vec<&ChangedValue> = all.filter(|changed| changed.definition.row.is_unique).collect();
    let index_of = |changed: &ChangedValue| index::names(changed.definition.row.entity, changed.definition.key())[1].clone();
    let named = unique.iter().filter(|changed| message.contains(&index_of(changed)));
    // A key may begin with another one.
    match named.max_by_key(|changed| changed.definition.key().len()).or(unique.first()) {
        Some(changed) => Error::Invalid(vec![unique::problem(changed)]),
        None => error.into(),
    }
}
