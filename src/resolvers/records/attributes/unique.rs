//! Unique attributes: whether another live record has a value.

use std::collections::{HashMap, HashSet};

use sea_orm::ConnectionTrait;
use serde_json::Value as Json;
use uuid::Uuid;

use super::RecordAttributes;
use crate::auth::Scope;
use crate::cx::Cx;
use crate::db::sql::Sql;
use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::error::{Problem, ProblemCode, Result};
use crate::resolvers::filter::accessor;
use crate::rules::attributes::index::{table, unique_rows};
use crate::rules::attributes::merge::ChangedValue;
use crate::rules::attributes::{Definition, Definitions, Value, value};
use crate::tx::Tx;

/// Values that one statement looks up: SQLite takes 500 parts of a compound one.
const MOST_LOOKS: usize = 400;

/// Reports each new unique value that another live record has once all of these are saved, without that record. `removed` are contacts that
/// the same save removes.
///
/// To callers who do not see all prospects, this reveals as much as a look-up of a document number. So each value takes a look-up before the
/// tables are read, which is given back if the values are saved.
///
/// It comes last, and only if nothing else is wrong: a call that is refused in any case reveals no value. As long as the index of an attribute
/// is being built, the look-up reads the whole table; refusing all writes until then would be worse.
pub async fn check(cx: &Cx, tx: &Tx, records: &[RecordAttributes], removed: &[Uuid], problems: &mut Vec<Problem>) -> Result<()> {
    let all = records.iter().flat_map(|record| &record.merged.changed);
    let new: Vec<(&ChangedValue, Json)> = all.filter_map(|changed| Some((changed, compared(changed)?))).collect();
    if new.is_empty() || !problems.is_empty() {
        return Ok(());
    }
    let mut given: HashSet<(Uuid, String)> = HashSet::new();
    for (changed, value) in &new {
        if !given.insert((changed.definition.id(), value.to_string())) {
            problems.push(problem(changed));
        }
    }
    if !problems.is_empty() {
        return Ok(());
    }
    if let Scope::Owner(_) = cx.scope()? {
        cx.take_look_ups(u32::try_from(new.len()).unwrap_or(u32::MAX))?;
    }
    // A record gives up its value together with the change.
    let mut except: Except = HashMap::new();
    for record in records {
        for changed in &record.merged.changed {
            let ids = except.entry(changed.definition.id()).or_insert_with(|| removed.to_vec());
            ids.push(record.record_id);
        }
    }
    let looks: Vec<Look<'_>> = new
        .iter()
        .map(|(changed, value)| Look {
            definition: &changed.definition,
            value,
        })
        .collect();
    for place in taken(tx, &looks, &except).await? {
        problems.push(problem(new[place].0));
    }
    Ok(())
}

/// Takes the values out of a record that another live record has. Returns what is taken out.
pub async fn take_out(tx: &Tx, record: &mut RecordAttributes) -> Result<Vec<ChangedValue>> {
    let new = record.merged.changed.iter();
    let new: Vec<(Uuid, &ChangedValue, Json)> = new
        .filter_map(|changed| Some((changed.definition.id(), changed, compared(changed)?)))
        .collect();
    let looks: Vec<Look<'_>> = new
        .iter()
        .map(|(_, changed, value)| Look {
            definition: &changed.definition,
            value,
        })
        .collect();
    let except: Except = new.iter().map(|(id, ..)| (*id, vec![record.record_id])).collect();
    let places = taken(tx, &looks, &except).await?;
    let ids: Vec<Uuid> = places.into_iter().map(|place| new[place].0).collect();
    Ok(ids.into_iter().filter_map(|id| record.merged.take_out(id)).collect())
}

/// A value that no other live record may have.
struct Look<'a> {
    definition: &'a Definition,
    value: &'a Json,
}

/// The records whose present values do not count, by the attribute.
type Except = HashMap<Uuid, Vec<Uuid>>;

/// Places of the values that another live record has.
async fn taken(tx: &Tx, looks: &[Look<'_>], except: &Except) -> Result<Vec<usize>> {
    let mut places = Vec::new();
    for (part, looks) in looks.chunks(MOST_LOOKS).enumerate() {
        let mut sql = Sql::new(tx.get_database_backend());
        let mut others: HashMap<Uuid, String> = HashMap::new();
        let selects = looks.iter().enumerate().map(|(place, look)| {
            let definition = look.definition;
            let ids = || except.get(&definition.id()).into_iter().flatten().copied();
            let these = others.entry(definition.id()).or_insert_with(|| sql.in_ids(ids())).clone();
            let is_equal = has_value(&mut sql, definition, look.value);
            let (table, live) = (table(definition.row.entity), unique_rows(definition.row.entity, "t."));
            format!("SELECT {place} AS place WHERE EXISTS (SELECT 1 FROM {table} t WHERE {live} AND {is_equal} AND NOT (t.id {these}))")
        });
        let selects: Vec<String> = selects.collect();
        sql.push(&selects.join(" UNION ALL "));
        for row in tx.query_all_raw(sql.build()).await? {
            let place: i32 = row.try_get_by_index(0)?;
            places.push(part * MOST_LOOKS + place as usize);
        }
    }
    Ok(places)
}

/// The labels of the unique attributes in use of which a deleted prospect, or one of its child rows, has a value that another live record has
/// by now.
pub async fn taken_meanwhile(tx: &Tx, definitions: &Definitions, id: Uuid) -> Result<Vec<String>> {
    let mut sql = Sql::new(tx.get_database_backend());
    let this = sql.bind(id);
    let mut labels: Vec<&str> = Vec::new();
    let mut selects: Vec<String> = Vec::new();
    for (entity, parent, own) in [
        (AttributeEntity::Prospect, "id", "o.deleted_at IS NOT NULL"),
        (AttributeEntity::Client, "id", "o.prospect_deleted_at IS NOT NULL"),
        (
            AttributeEntity::Contact,
            "prospect_id",
            "o.prospect_deleted_at IS NOT NULL AND o.deleted_at IS NULL",
        ),
        (AttributeEntity::Task, "prospect_id", "o.prospect_deleted_at IS NOT NULL"),
    ] {
        let unique = definitions.of(entity).iter().filter(|definition| is_enforced(definition));
        for definition in unique {
            let (table, live, backend) = (table(entity), unique_rows(entity, "t."), sql.dialect().0);
            let [own_value, value] = ["o", "t"].map(|alias| accessor(backend, alias, definition));
            selects.push(format!(
                "SELECT {place} AS place WHERE EXISTS (SELECT 1 FROM {table} o JOIN {table} t ON {value} = {own_value} \
                 WHERE o.{parent} = {this} AND {own} AND {live})",
                place = labels.len(),
            ));
            labels.push(&definition.row.label);
        }
    }
    if selects.is_empty() {
        return Ok(Vec::new());
    }
    sql.push(&selects.join(" UNION ALL "));
    let mut taken = Vec::new();
    for row in tx.query_all_raw(sql.build()).await? {
        let place: i32 = row.try_get_by_index(0)?;
        taken.push(labels[place as usize].to_owned());
    }
    Ok(taken)
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
    let stored = accessor(sql.dialect().0, "t", definition);
    let value = match value {
        Json::Number(number) => sql.bind(number.as_i64().unwrap_or_default()),
        other => sql.bind(other.as_str().unwrap_or_default().to_owned()),
    };
    format!("{stored} = {value}")
}

/// The new value as it is compared: the normal form of a text. None where it may be repeated.
pub fn compared(changed: &ChangedValue) -> Option<Json> {
    compared_value(&changed.definition, &changed.after)
}

/// The former value as it is compared.
pub(super) fn compared_before(changed: &ChangedValue) -> Option<Json> {
    compared_value(&changed.definition, &changed.before)
}

fn compared_value(definition: &Definition, values: &[Value]) -> Option<Json> {
    let one = values.first().filter(|_| is_enforced(definition))?;
    Some(match one {
        Value::Text(text) => Json::from(value::normal_form(definition.kind(), text)?),
        other => value::encode(other),
    })
}

/// Whether no two live records may have one value.
fn is_enforced(definition: &Definition) -> bool {
    definition.row.is_unique && !definition.row.is_multiple && !definition.is_retired()
}
