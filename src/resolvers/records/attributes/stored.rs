//! Attributes and what is stored: references and unique values are checked, documents and the rows of multiple attributes written.

use std::collections::{HashMap, HashSet};

use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, SqlErr};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{RecordAttributes, table, unique};
use crate::auth::visibility;
use crate::cx::Cx;
use crate::db::Inserts;
use crate::db::sql::Sql;
use crate::entities::records::attribute_value;
use crate::entities::setup::attribute_definition::{AttributeEntity, AttributeType};
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::resolvers::setup::attributes::check_revision;
use crate::rules::attributes::merge::ChangedValue;
use crate::rules::attributes::{Value, index, value};
use crate::tx::Tx;

/// A problem for each newly referenced prospect that the caller cannot see; one statement for all.
pub async fn check_references(cx: &Cx, tx: &Tx, records: &[RecordAttributes], problems: &mut Vec<Problem>) -> Result<()> {
    let all = records.iter().flat_map(|record| &record.merged.changed);
    let referring: Vec<&ChangedValue> = all.filter(|changed| changed.definition.kind() == AttributeType::Prospect).collect();
    let wanted: HashSet<Uuid> = referring.iter().flat_map(|changed| changed.new_references()).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new(tx.get_database_backend());
    let these = sql.in_ids(wanted);
    let visible = visibility::sql(cx.scope()?, "p", &mut sql);
    sql.push(&format!("SELECT p.id FROM prospects p WHERE p.id {these} AND {visible}"));
    let mut found: HashSet<Uuid> = HashSet::new();
    for row in tx.query_all_raw(sql.build()).await? {
        found.insert(row.try_get_by_index(0)?);
    }
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

/// Writes the rows of multiple attributes: those of changed ones are replaced. New rows are added to what is inserted.
pub async fn write(tx: &Tx, records: &[RecordAttributes], inserts: &mut Inserts) -> Result<()> {
    let mut rows: Vec<attribute_value::Model> = Vec::new();
    for record in records {
        let multiple = record.merged.changed.iter().filter(|changed| changed.definition.row.is_multiple);
        let multiple: Vec<&ChangedValue> = multiple.collect();
        let stale: Vec<Uuid> = multiple.iter().map(|changed| changed.definition.id()).collect();
        if !record.is_new && !stale.is_empty() {
            attribute_value::Entity::delete_many()
                .filter(attribute_value::Column::RecordId.eq(record.record_id))
                .filter(attribute_value::Column::DefinitionId.is_in(stale))
                .exec(tx)
                .await?;
        }
        rows.extend(multiple.iter().flat_map(|changed| rows_of(record.record_id, changed)));
    }
    if !rows.is_empty() {
        inserts.add_list(&rows);
    }
    Ok(())
}

/// The values of a multiple attribute as rows, in their order.
fn rows_of(record_id: Uuid, changed: &ChangedValue) -> impl Iterator<Item = attribute_value::Model> {
    let (id, kind) = (changed.definition.id(), changed.definition.kind());
    changed.after.iter().zip(0..).map(move |(one, position)| {
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
        let documents: Map<String, Json> = records
            .iter()
            .map(|record| {
                let document = &record.merged.document;
                let json = if document.is_empty() {
                    Json::Null
                } else {
                    Json::Object(document.clone())
                };
                (record.record_id.simple().to_string(), json)
            })
            .collect();
        let written = put_documents(tx, entity, &Json::Object(documents)).await;
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

/// Sets the documents of records by their IDs as 32 hexadecimal digits; null for none.
pub async fn put_documents(tx: &Tx, entity: AttributeEntity, documents: &Json) -> std::result::Result<(), DbErr> {
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
