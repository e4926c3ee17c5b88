//! Checks of the values of attributes: documents have defined keys and normal forms, and rows say what documents say.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, Statement};
use serde_json::Value as Json;
use uuid::Uuid;

use super::SAMPLE;
use crate::db::Transaction;
use crate::db::sql::Sql;
use crate::entities::records::attribute_value;
use crate::entities::setup::attribute_definition::{self, AttributeEntity};
use crate::error::Result;
use crate::rules::attributes::value::{self, Document};
use crate::rules::attributes::{Definition, index};

/// A record and its document.
#[derive(FromQueryResult)]
struct Stored {
    id: Uuid,
    attributes: Json,
}

/// The faults in the latest documents of each kind of record.
pub async fn check(tx: &Transaction) -> Result<Vec<String>> {
    let rows = attribute_definition::Entity::find().all(tx).await?;
    let definitions: Vec<Definition> = rows.into_iter().map(|row| Definition::new(Arc::new(row))).collect();
    let mut found = Vec::new();
    for entity in [
        AttributeEntity::Prospect,
        AttributeEntity::Client,
        AttributeEntity::Contact,
        AttributeEntity::Task,
    ] {
        let of_entity: HashMap<&str, &Definition> = definitions
            .iter()
            .filter(|definition| definition.row.entity == entity)
            .map(|definition| (definition.key(), definition))
            .collect();
        let table = index::table(entity);
        let stored = latest(tx, table).await?;
        let values = child_rows(tx, stored.iter().map(|row| row.id)).await?;
        let faults = stored.iter().find_map(|row| {
            let document = row.attributes.as_object()?;
            let fault = fault(&of_entity, document, values.get(&row.id).map_or(&[], Vec::as_slice))?;
            Some(format!(
                "the attributes of a row of {table} are wrong: {fault} (such as {})",
                row.id
            ))
        });
        found.extend(faults);
    }
    Ok(found)
}

async fn latest(tx: &Transaction, table: &str) -> Result<Vec<Stored>> {
    let text = format!("SELECT id, attributes FROM {table} WHERE attributes IS NOT NULL ORDER BY id DESC LIMIT {SAMPLE}");
    let statement = Statement::from_string(tx.get_database_backend(), text);
    let rows = tx.query_all_raw(statement).await?;
    rows.iter().map(|row| Ok(Stored::from_query_result(row, "")?)).collect()
}

async fn child_rows(tx: &Transaction, records: impl Iterator<Item = Uuid>) -> Result<HashMap<Uuid, Vec<attribute_value::Model>>> {
    let mut sql = Sql::new(tx.get_database_backend());
    let these = sql.in_ids(records);
    sql.push(&format!(
        "SELECT * FROM attribute_values WHERE record_id {these} ORDER BY record_id, definition_id, position"
    ));
    let mut found: HashMap<Uuid, Vec<attribute_value::Model>> = HashMap::new();
    for row in tx.query_all_raw(sql.build()).await? {
        let row = attribute_value::Model::from_query_result(&row, "")?;
        found.entry(row.record_id).or_default().push(row);
    }
    Ok(found)
}

/// Reason for which a document is wrong; None if it is right. Values that no longer fit their definition may be in any form.
fn fault(definitions: &HashMap<&str, &Definition>, document: &Document, rows: &[attribute_value::Model]) -> Option<String> {
    for key in document.keys() {
        let Some(definition) = definitions.get(key.trim_end_matches(['~', '^'])) else {
            return Some(format!("there is no attribute `{key}`"));
        };
        let values = value::read(definition, document);
        if values.is_empty() {
            continue;
        }
        let mut again = Document::new();
        value::put(&mut again, definition, Some(&values));
        for (key, stored) in &again {
            if document.get(key) != Some(stored) {
                return Some(format!("`{key}` is stored in another form"));
            }
        }
        if definition.row.is_multiple {
            let compared = again.get(&definition.norm_key()).or_else(|| again.get(definition.key()));
            let listed = rows
                .iter()
                .filter(|row| row.definition_id == definition.id())
                .map(|row| match row.number_value {
                    Some(number) => Json::from(number),
                    None => Json::from(row.text_value.clone()),
                });
            if compared != Some(&Json::Array(listed.collect())) {
                return Some(format!("`{key}` has other values in rows"));
            }
        }
    }
    None
}
