//! What is stored beside values, such as normal forms: found where it is not what the values give, and made again.
//!
//! Each save writes it with the values. It is another one where an earlier version left it behind, or where a later one compares or searches by
//! other forms.

use std::collections::BTreeSet;
use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryOrder, QueryResult};
use serde_json::Value as Json;
use uuid::Uuid;

use super::refit::{self, Stored};
use super::tables::prospect_column;
use crate::db::sql::Sql;
use crate::entities::setup::attribute_definition;
use crate::error::{Error, Result};
use crate::resolvers::filter::has_normal_form;
use crate::resolvers::search;
use crate::resolvers::setup::attribute_indexes;
use crate::rules::attributes::definition::refit::Refit;
use crate::rules::attributes::index::table;
use crate::rules::attributes::value::{put, read};
use crate::rules::attributes::{Definition, Document, Value, is_key};
use crate::tx::Tx;

/// Records that are looked at together.
const PAGE: u32 = 1_000;

/// Some records with values of an attribute, in the order of their IDs.
pub struct Page {
    pub last: Uuid,
    pub records: usize,
    pub outdated: Vec<Outdated>,
}

/// A record with another form beside its values than these give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outdated {
    pub id: Uuid,
    pub prospect_id: Uuid,
}

/// The attributes whose values have forms beside them, in use or retired, in the order of their IDs.
pub async fn definitions(connection: &impl ConnectionTrait) -> Result<Vec<Definition>> {
    let rows = attribute_definition::Entity::find()
        .order_by_asc(attribute_definition::Column::Id)
        .all(connection)
        .await?;
    let texts = rows.into_iter().filter(|row| has_normal_form(row.kind) && is_key(&row.key));
    Ok(texts.map(|row| Definition::new(Arc::new(row))).collect())
}

/// The first records after an ID that have values. None if there are no more. Takes no lock.
pub async fn page(reader: &impl ConnectionTrait, definition: &Definition, after: Option<Uuid>) -> Result<Option<Page>> {
    let mut sql = Sql::new(reader.get_database_backend());
    let (columns, after) = (columns(&sql, definition)?, sql.bind(after.unwrap_or_default()));
    let values = value(&sql, definition.key());
    sql.push(&format!(
        "SELECT {columns} FROM {} t WHERE t.attributes IS NOT NULL AND {values} IS NOT NULL AND t.id > {after} ORDER BY t.id LIMIT {PAGE}",
        table(definition.row.entity)
    ));
    let rows = reader.query_all_raw(sql.build()).await?;
    let Some(last) = rows.last() else { return Ok(None) };
    let mut outdated = Vec::new();
    for row in &rows {
        if outdated_values(definition, &part(definition, row)?).is_some() {
            outdated.push(Outdated {
                id: row.try_get_by_index(0)?,
                prospect_id: row.try_get_by_index(1)?,
            });
        }
    }
    Ok(Some(Page {
        last: last.try_get_by_index(0)?,
        records: rows.len(),
        outdated,
    }))
}

/// Makes the forms of records again that are still outdated, and the search documents with them. Fails with a conflict where another record has
/// a unique value by its true form.
pub async fn renew(tx: &Tx, definition_id: Uuid, records: &[Outdated]) -> Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    let prospects: BTreeSet<Uuid> = records.iter().map(|record| record.prospect_id).collect();
    lock(tx, prospects).await?;
    // Writes of the records wait from here on, and with them a change of the type.
    let Some(definition) = attribute_indexes::definition(tx, definition_id).await? else {
        return Ok(());
    };
    let mut sql = Sql::new(tx.get_database_backend());
    let columns = columns(&sql, &definition)?;
    let these = sql.in_ids(records.iter().map(|record| record.id));
    sql.push(&format!(
        "SELECT {columns} FROM {} t WHERE t.id {these} AND t.attributes IS NOT NULL",
        table(definition.row.entity)
    ));
    let mut changed: Vec<(Stored, Refit)> = Vec::new();
    for row in tx.query_all_raw(sql.build()).await? {
        if let Some(kept) = outdated_values(&definition, &part(&definition, &row)?) {
            let stored = Stored {
                id: row.try_get_by_index(0)?,
                prospect_id: row.try_get_by_index(1)?,
                values: Json::Null,
            };
            changed.push((stored, Refit { kept, lost: Vec::new() }));
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    let all: Vec<(&Stored, Refit)> = changed.iter().map(|(stored, refit)| (stored, refit.clone())).collect();
    refit::rewrite(tx, &definition, &all).await?;
    match definition.is_searched() {
        true => search::refresh_all(tx, changed.iter().map(|(stored, _)| stored.prospect_id)).await,
        false => Ok(()),
    }
}

/// Locks prospects as all writes of their records do.
async fn lock(tx: &Tx, prospects: BTreeSet<Uuid>) -> Result<()> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let mut sql = Sql::new(tx.get_database_backend());
    let these = sql.in_ids(prospects);
    sql.push(&format!(
        "SELECT p.id FROM prospects p WHERE p.id {these} ORDER BY p.id FOR NO KEY UPDATE"
    ));
    tx.query_all_raw(sql.build()).await?;
    Ok(())
}

/// ID and prospect of the record `t`, and what it stores of an attribute.
fn columns(sql: &Sql, definition: &Definition) -> Result<String> {
    if !is_key(definition.key()) {
        return Err(Error::internal("a stored key is no key"));
    }
    let stored = definition.stored_keys().map(|key| value(sql, &key)).join(", ");
    Ok(format!("t.id, t.{}, {stored}", prospect_column(definition.row.entity)))
}

fn value(sql: &Sql, key: &str) -> String {
    match sql.dialect().0 {
        DbBackend::Postgres => format!("CAST(t.attributes -> '{key}' AS text)"),
        _ => format!("t.attributes -> '$.\"{key}\"'"),
    }
}

/// The part of a document that is of the attribute.
fn part(definition: &Definition, row: &QueryResult) -> Result<Document> {
    let mut part = Document::new();
    for (key, column) in definition.stored_keys().into_iter().zip(2..) {
        if let Some(text) = row.try_get_by_index::<Option<String>>(column)? {
            part.insert(key, serde_json::from_str(&text).map_err(Error::internal)?);
        }
    }
    Ok(part)
}

/// The values, where other forms belong beside them. None where all is right, or values are not of the type: these have no forms.
fn outdated_values(definition: &Definition, part: &Document) -> Option<Vec<Value>> {
    let values = read(definition, part);
    let mut again = Document::new();
    put(&mut again, definition, Some(&values));
    let is_of_type = again.get(definition.key()) == part.get(definition.key());
    (is_of_type && again != *part).then_some(values)
}
