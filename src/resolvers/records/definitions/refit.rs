//! Stored values under a changed definition: counted for a preview, and rewritten in the transaction of the change.
//!
//! A change is one transaction however many records it concerns: one that is cut off has had no effect. On PostgreSQL it keeps other
//! transactions from writing records until it ends; SQLite has one writer at a time anyway.

use std::collections::BTreeSet;
use std::fmt::Write;

use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::Value as Json;
use uuid::Uuid;

use super::is_in_search;
use super::tables::prospect_column;
use crate::cx::Cx;
use crate::db::Inserts;
use crate::db::sql::Sql;
use crate::entities::records::attribute_value;
use crate::entities::records::timeline_entry::EntryKind;
use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::error::{Error, Result};
use crate::ids::Kind;
use crate::resolvers::records::attributes::{self, record_kind, rows_of, words};
use crate::resolvers::records::journal::Journal;
use crate::resolvers::records::timeline::{self, Change, FieldChange};
use crate::resolvers::search;
use crate::rules::attributes::definition::refit::{self as rules, Refit};
use crate::rules::attributes::index::table;
use crate::rules::attributes::value::{self, Document};
use crate::rules::attributes::{Definition, Value, is_key};
use crate::tx::Tx;

/// Records that are read and written at once.
const SLICE: usize = 1_000;
/// Records of a preview.
const MOST_EXAMPLES: usize = 20;

/// The effect of a change on stored values.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// Number of records with values that do not fit.
    pub count: u64,
    /// The first of them.
    pub examples: Vec<Misfit>,
}

/// A record of any kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordKey {
    pub kind: Kind,
    pub id: Uuid,
    pub prospect_id: Uuid,
}

/// A record with values that do not fit a changed definition.
#[derive(Clone, Debug)]
pub struct Misfit {
    pub record: RecordKey,
    /// The values that do not fit, in words.
    pub text: String,
}

/// A record with its present values.
pub(super) struct Stored {
    pub id: Uuid,
    pub prospect_id: Uuid,
    pub values: Json,
}

/// Whether a record has a value of the attribute, deleted records included.
pub async fn has_values(connection: &impl ConnectionTrait, definition: &Definition) -> Result<bool> {
    Ok(!read(connection, definition, None, 1).await?.is_empty())
}

/// Counts the records with values that would not fit.
pub async fn preview(cx: &Cx, before: &Definition, after: &Definition) -> Result<Preview> {
    let mut preview = Preview::default();
    if !rules::is_needed(before, after) {
        return Ok(preview);
    }
    let kind = record_kind(before.row.entity);
    let mut last = None;
    loop {
        let slice = read(cx.db().reader(), before, last, SLICE).await?;
        for stored in &slice {
            let refit = rules::refit(before, after, &stored.values, &cx.app.settings.default_country);
            if refit.lost.is_empty() {
                continue;
            }
            preview.count += 1;
            if preview.examples.len() < MOST_EXAMPLES {
                preview.examples.push(Misfit {
                    record: RecordKey {
                        kind,
                        id: stored.id,
                        prospect_id: stored.prospect_id,
                    },
                    text: words(&cx.catalogs(), before, &refit.lost),
                });
            }
        }
        match slice.last() {
            Some(stored) if slice.len() == SLICE => last = Some(stored.id),
            _ => return Ok(preview),
        }
    }
}

/// Rewrites the stored values for the changed definition, and what open search finds by them. Those that do not fit are removed, each with an
/// entry in the history. The caller has locked the records.
pub async fn apply(cx: &Cx, tx: &Tx, before: &Definition, after: &Definition) -> Result<()> {
    let journal = Journal::of(cx)?;
    let mut last = None;
    loop {
        let slice = read(tx, before, last, SLICE).await?;
        let refits = slice.iter().map(|stored| {
            let refit = rules::refit(before, after, &stored.values, &cx.app.settings.default_country);
            (stored, refit)
        });
        // What stands beside the values, such as normal forms, is another for another type of the same values.
        let is_other_kind = before.kind() != after.kind();
        let changed: Vec<(&Stored, Refit)> = refits
            .filter(|(stored, refit)| is_other_kind || !refit.lost.is_empty() || encoded(after, &refit.kept) != stored.values)
            .collect();
        if !changed.is_empty() {
            rewrite(tx, after, &changed).await?;
            record(cx, tx, journal, before, after, &changed).await?;
        }
        if is_in_search(before, after) {
            search::refresh_all(tx, slice.iter().map(|stored| stored.prospect_id)).await?;
        }
        match slice.last() {
            Some(stored) if slice.len() == SLICE => last = Some(stored.id),
            _ => return Ok(()),
        }
    }
}

/// The first records after the last one that have values.
async fn read(connection: &impl ConnectionTrait, definition: &Definition, last: Option<Uuid>, most: usize) -> Result<Vec<Stored>> {
    let (name, prospect) = (table(definition.row.entity), prospect_column(definition.row.entity));
    let key = key(definition)?;
    let mut sql = Sql::new(connection.get_database_backend());
    let values = match connection.get_database_backend() {
        DbBackend::Postgres => format!("CAST(t.attributes -> '{key}' AS text)"),
        _ => format!("t.attributes -> '$.\"{key}\"'"),
    };
    let beyond = last.map_or_else(String::new, |last| format!(" AND t.id > {}", sql.bind(last)));
    let _ = write!(
        sql.text,
        "SELECT t.id, t.{prospect}, {values} FROM {name} t \
         WHERE t.attributes IS NOT NULL AND {values} IS NOT NULL{beyond} ORDER BY t.id LIMIT {most}"
    );
    let mut slice = Vec::new();
    for row in connection.query_all_raw(sql.build()).await? {
        let values: String = row.try_get_by_index(2)?;
        slice.push(Stored {
            id: row.try_get_by_index(0)?,
            prospect_id: row.try_get_by_index(1)?,
            values: serde_json::from_str(&values).map_err(Error::internal)?,
        });
    }
    Ok(slice)
}

/// Puts the values that are kept into the documents, and into the rows of a multiple attribute.
pub(super) async fn rewrite(tx: &Tx, after: &Definition, changed: &[(&Stored, Refit)]) -> Result<()> {
    let name = table(after.row.entity);
    key(after)?;
    let stored = after.stored_keys();
    let is_postgres = tx.get_database_backend() == DbBackend::Postgres;
    let parts = changed.iter().map(|(stored, refit)| {
        let mut part = Document::new();
        value::put(&mut part, after, Some(&refit.kept));
        let id = if is_postgres {
            stored.id.to_string()
        } else {
            stored.id.simple().to_string()
        };
        serde_json::json!([id, part])
    });
    let parts = Json::from(parts.collect::<Vec<Json>>()).to_string();
    let mut sql = Sql::new(tx.get_database_backend());
    let parts = sql.bind(parts);
    let text = if is_postgres {
        let removed = stored.map(|key| format!(" - '{key}'")).concat();
        format!(
            "UPDATE {name} AS t SET attributes = nullif((t.attributes{removed}) || v.part, CAST('{{}}' AS jsonb)) \
             FROM (SELECT CAST(e ->> 0 AS uuid) AS id, e -> 1 AS part FROM jsonb_array_elements(CAST({parts} AS jsonb)) e) v WHERE t.id = v.id"
        )
    } else {
        let removed = stored.map(|key| format!(", '$.\"{key}\"'")).concat();
        format!(
            "UPDATE {name} AS t SET attributes = nullif(json_patch(json_remove(t.attributes{removed}), v.part), '{{}}') \
             FROM (SELECT unhex(e.value ->> 0) AS id, e.value -> 1 AS part FROM json_each({parts}) e) v WHERE t.id = v.id"
        )
    };
    sql.push(&text);
    tx.execute_raw(sql.build()).await?;
    if after.row.is_multiple {
        rewrite_rows(tx, after, changed).await?;
    }
    Ok(())
}

async fn rewrite_rows(tx: &Tx, after: &Definition, changed: &[(&Stored, Refit)]) -> Result<()> {
    let stale: Vec<(Uuid, Uuid)> = changed.iter().map(|(stored, _)| (after.id(), stored.id)).collect();
    attributes::delete_rows(tx, &stale).await?;
    let rows = changed.iter().flat_map(|(stored, refit)| rows_of(after, stored.id, &refit.kept));
    let rows: Vec<attribute_value::Model> = rows.collect();
    let mut inserts = Inserts::default();
    for part in rows.chunks(1_000) {
        inserts.add_list(part);
    }
    Ok(inserts.write(tx).await?)
}

/// Keeps the removed values in the history of the prospects, and moves the versions of the records on.
async fn record(cx: &Cx, tx: &Tx, journal: Journal, before: &Definition, after: &Definition, changed: &[(&Stored, Refit)]) -> Result<()> {
    let lossy = || changed.iter().filter(|(_, refit)| !refit.lost.is_empty());
    if lossy().next().is_none() {
        return Ok(());
    }
    let entries = lossy().map(|(stored, refit)| {
        let change = Change {
            changes: vec![field_change(cx, before, after, stored, refit)],
            ..Change::default()
        };
        (journal.entry(stored.prospect_id, EntryKind::FieldChange), change)
    });
    timeline::record_all(tx, entries.collect()).await?;
    let prospects: BTreeSet<Uuid> = lossy().map(|(stored, _)| stored.prospect_id).collect();
    timeline::touch_activities(tx, prospects.iter().copied(), journal.now).await?;
    let (versioned, ids): (&str, Vec<Uuid>) = match before.row.entity {
        AttributeEntity::Prospect | AttributeEntity::Contact => ("prospects", prospects.into_iter().collect()),
        AttributeEntity::Client => ("clients", lossy().map(|(stored, _)| stored.id).collect()),
        AttributeEntity::Task => ("tasks", lossy().map(|(stored, _)| stored.id).collect()),
    };
    let mut sql = Sql::new(tx.get_database_backend());
    let (now, these) = (sql.bind(journal.now), sql.in_ids(ids));
    sql.push(&format!(
        "UPDATE {versioned} SET version = version + 1, updated_at = {now} WHERE id {these}"
    ));
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// The change of the values as the history shows it, under the label of the day.
fn field_change(cx: &Cx, before: &Definition, after: &Definition, stored: &Stored, refit: &Refit) -> FieldChange {
    let old = value::decode(before, &stored.values);
    let prefix = match before.row.entity {
        AttributeEntity::Prospect => "",
        AttributeEntity::Client => "client.",
        AttributeEntity::Contact => "contacts.",
        AttributeEntity::Task => "tasks.",
    };
    FieldChange {
        field: format!("{prefix}{}", before.row.label),
        before: Some(words(&cx.catalogs(), before, &old)),
        after: (!refit.kept.is_empty()).then(|| words(&cx.catalogs(), after, &refit.kept)),
        definition: Some(before.id()),
    }
}

/// The values as a document has them.
fn encoded(definition: &Definition, values: &[Value]) -> Json {
    let mut part = Document::new();
    value::put(&mut part, definition, Some(values));
    part.remove(definition.key()).unwrap_or_default()
}

/// The key, which is part of the text of statements.
fn key(definition: &Definition) -> Result<&str> {
    let key = definition.key();
    if is_key(key) {
        Ok(key)
    } else {
        Err(Error::internal("a stored key is no key"))
    }
}
