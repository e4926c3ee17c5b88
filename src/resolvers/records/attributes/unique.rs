//! Unique attributes: whether another live record has a value.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{RecordAttributes, document_of};
use crate::auth::Scope;
use crate::cx::Cx;
use crate::db::sql::Sql;
use crate::entities::setup::attribute_definition::{AttributeEntity, AttributeType};
use crate::error::{Problem, ProblemCode, Result};
use crate::rules::attributes::merge::ChangedValue;
use crate::rules::attributes::{Definition, Definitions, Value, value};
use crate::tx::Tx;

/// Reports each new unique value that another live record has, without that record; one statement for all.
///
/// To callers who do not see all prospects, this reveals as much as a look-up of a document number. So each value takes a look-up before the
/// tables are read, which is refunded if the values are saved. Returns the number of refunds after the commit.
///
/// It comes last, and only if nothing else is wrong: a call that is refused in any case reveals no value.
pub async fn check(cx: &Cx, tx: &Tx, records: &[RecordAttributes], problems: &mut Vec<Problem>) -> Result<u32> {
    let all = records
        .iter()
        .flat_map(|record| record.merged.changed.iter().map(move |changed| (record, changed)));
    let new = all.filter_map(|(record, changed)| Some((record, changed, compared(changed)?)));
    let new: Vec<(&RecordAttributes, &ChangedValue, Json)> = new.collect();
    if new.is_empty() || !problems.is_empty() {
        return Ok(0);
    }
    let mut given: HashSet<(Uuid, String)> = HashSet::new();
    for (_, changed, value) in &new {
        if !given.insert((changed.definition.id(), value.to_string())) {
            problems.push(problem(changed));
        }
    }
    if !problems.is_empty() {
        return Ok(0);
    }
    let viewer = cx.viewer()?;
    let counted = match viewer.scope() {
        Scope::All => 0,
        Scope::Owner(_) => u32::try_from(new.len()).unwrap_or(u32::MAX),
    };
    cx.app.identifier_lookups.take_many(viewer.user_id, counted, cx.now())?;
    let looked_up: Vec<Look<'_>> = new
        .iter()
        .map(|(record, changed, value)| Look {
            entity: record.entity,
            record_id: record.record_id,
            definition: &changed.definition,
            value,
        })
        .collect();
    for place in taken(tx, &looked_up).await? {
        problems.push(problem(new[place].1));
    }
    Ok(counted)
}

/// A value that no other live record may have.
struct Look<'a> {
    entity: AttributeEntity,
    record_id: Uuid,
    definition: &'a Definition,
    value: &'a Json,
}

/// Places of the values that another live record has; one statement.
async fn taken(tx: &Tx, looked_up: &[Look<'_>]) -> Result<Vec<usize>> {
    let mut sql = Sql::new(tx.get_database_backend());
    let looks = looked_up.iter().enumerate().map(|(place, look)| {
        let is_equal = has_value(&mut sql, look.definition, look.value);
        let this = sql.bind(look.record_id);
        let live = match look.entity {
            AttributeEntity::Prospect => "prospects t WHERE t.deleted_at IS NULL",
            AttributeEntity::Client => "clients t JOIN prospects p ON p.id = t.id WHERE p.deleted_at IS NULL",
            AttributeEntity::Contact => {
                "contacts t JOIN prospects p ON p.id = t.prospect_id WHERE t.deleted_at IS NULL AND p.deleted_at IS NULL"
            }
            AttributeEntity::Task => "tasks t JOIN prospects p ON p.id = t.prospect_id WHERE p.deleted_at IS NULL",
        };
        format!("SELECT {place} AS place WHERE EXISTS (SELECT 1 FROM {live} AND {is_equal} AND t.id <> {this})")
    });
    let looks: Vec<String> = looks.collect();
    sql.push(&looks.join(" UNION ALL "));
    let mut places = Vec::new();
    for row in tx.query_all_raw(sql.build()).await? {
        let place: i32 = row.try_get_by_index(0)?;
        places.push(place as usize);
    }
    Ok(places)
}

/// The labels of the unique attributes of a deleted prospect whose values another one has by now.
pub async fn taken_meanwhile(tx: &Tx, definitions: &Definitions, id: Uuid) -> Result<Vec<String>> {
    let of = definitions.of(AttributeEntity::Prospect).iter();
    let unique: Vec<_> = of.filter(|definition| definition.row.is_unique).collect();
    if unique.is_empty() {
        return Ok(Vec::new());
    }
    let document = document_of(tx, AttributeEntity::Prospect, id).await?;
    let values = unique.into_iter().filter_map(|definition| {
        let value = compared_value(definition, &value::read(definition, &document))?;
        Some((definition, value))
    });
    let values: Vec<_> = values.collect();
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let looked_up: Vec<Look<'_>> = values
        .iter()
        .map(|(definition, value)| Look {
            entity: AttributeEntity::Prospect,
            record_id: id,
            definition,
            value,
        })
        .collect();
    let taken = taken(tx, &looked_up).await?;
    Ok(taken.into_iter().map(|place| values[place].0.row.label.clone()).collect())
}

/// That another record has the value.
pub(super) fn problem(changed: &ChangedValue) -> Problem {
    Problem {
        code: ProblemCode::Taken,
        message: "another record has this value".to_owned(),
        path: changed.path.clone(),
    }
}

/// The condition that the record `t` has the compared value of a unique attribute.
pub fn has_value(sql: &mut Sql, definition: &Definition, value: &Json) -> String {
    let stored = stored_value(sql.dialect().0, definition);
    let value = match value {
        Json::Number(number) => sql.bind(number.as_i64().unwrap_or_default()),
        other => sql.bind(other.as_str().unwrap_or_default().to_owned()),
    };
    format!("{stored} = {value}")
}

/// The value that is compared: the normal form of a text. None where it may be repeated.
pub fn compared(changed: &ChangedValue) -> Option<Json> {
    compared_value(&changed.definition, &changed.after)
}

fn compared_value(definition: &Definition, values: &[Value]) -> Option<Json> {
    if !definition.row.is_unique || definition.row.is_multiple {
        return None;
    }
    let one = values.first()?;
    Some(match one {
        Value::Text(text) => Json::from(value::normal_form(definition.kind(), text)?),
        other => value::encode(other),
    })
}

/// The stored value of a single attribute of the record `t`, as an expression index has it.
fn stored_value(backend: DbBackend, definition: &Definition) -> String {
    let is_text = value::normal_form(definition.kind(), "").is_some();
    let key = if is_text {
        definition.norm_key()
    } else {
        definition.key().to_owned()
    };
    let is_number = matches!(
        definition.kind(),
        AttributeType::Integer
            | AttributeType::Decimal
            | AttributeType::Money
            | AttributeType::Boolean
            | AttributeType::Date
            | AttributeType::DateTime
    );
    match backend {
        DbBackend::Postgres if is_number => format!("CAST(t.attributes ->> '{key}' AS bigint)"),
        DbBackend::Postgres => format!("(t.attributes ->> '{key}') COLLATE \"C\""),
        _ => format!("json_extract(t.attributes, '$.\"{key}\"')"),
    }
}
