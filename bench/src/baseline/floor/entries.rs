//! Timeline entries: the rows of one prospect with their bodies, and those of several without.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::catalogs::{Catalogs, Label};
use super::store::{Cells, Link};
use crate::Result;
use crate::baseline::question::{LEAD_ENTRIES, NESTED_ENTRIES};
use crate::baseline::sql::Sql;

/// Common fields of all entries.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry<'a> {
    #[serde(rename = "__typename")]
    type_name: &'static str,
    id: Uuid,
    occurred_at: i64,
    actor: Option<Label<'a>>,
}

/// An entry with what is particular to its kind.
#[derive(Serialize)]
pub struct WholeEntry<'a> {
    #[serde(flatten)]
    entry: Entry<'a>,
    #[serde(flatten)]
    body: Body<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body<'a> {
    None {},
    Note {
        note: Note<'a>,
    },
    Interaction {
        interaction: Interaction<'a>,
    },
    #[serde(rename_all = "camelCase")]
    Status {
        from: Option<Label<'a>>,
        to: Option<Label<'a>>,
        reason: Option<Label<'a>>,
        reason_note: Option<String>,
    },
    #[serde(rename_all = "camelCase")]
    Owner {
        previous_owner: Option<Label<'a>>,
        new_owner: Option<Label<'a>>,
    },
    Fields {
        changes: Option<Box<RawValue>>,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Note<'a> {
    id: Uuid,
    body: &'a str,
    edited_at: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Interaction<'a> {
    id: Uuid,
    r#type: &'a str,
    direction: &'a str,
    duration_seconds: Option<i64>,
    outcome: Option<&'a str>,
    body: Option<&'a str>,
}

/// The stored form of a change.
#[derive(Deserialize)]
struct Change {
    from: Option<Uuid>,
    to: Option<Uuid>,
    /// An id where the status changed, a text where the owner did.
    reason: Option<String>,
    note: Option<String>,
    changes: Option<Box<RawValue>>,
}

/// The newest entries of a prospect with their bodies, one more than is shown.
pub fn of_lead<L: Link>(link: &L, prospect_id: Uuid) -> impl Future<Output = Result<Vec<L::Row>>> {
    let text = format!(
        "SELECT t.id, t.kind, t.occurred_at, t.actor_id, n.body, n.edited_at, \
         i.type, i.direction, i.duration_seconds, i.outcome, i.body, CAST(c.data AS text) \
         FROM (SELECT id, kind, occurred_at, actor_id FROM timeline_entries WHERE prospect_id = $1 \
         ORDER BY occurred_at DESC, id DESC LIMIT {LEAD_ENTRIES} + 1) t \
         LEFT JOIN notes n ON n.id = t.id LEFT JOIN interactions i ON i.id = t.id LEFT JOIN entry_changes c ON c.id = t.id \
         ORDER BY t.occurred_at DESC, t.id DESC"
    );
    link.rows(Sql::whole(link.dialect(), text, vec![prospect_id.into()]))
}

/// An entry from a row of `of_lead`.
pub fn whole<'a>(row: &'a impl Cells, catalogs: &'a Catalogs) -> Result<WholeEntry<'a>> {
    let id = row.id(0)?;
    let actor = catalogs.maybe(row.maybe_id(3)?)?;
    let entry = Entry {
        type_name: type_name(row.text(1)?),
        id,
        occurred_at: row.number(2)?,
        actor: actor.map(|actor| actor.with_id()),
    };
    let body = match row.text(1)? {
        "NOTE" => Body::Note {
            note: Note {
                id,
                body: row.text(4)?,
                edited_at: row.maybe_number(5)?,
            },
        },
        "INTERACTION" => Body::Interaction {
            interaction: Interaction {
                id,
                r#type: row.text(6)?,
                direction: row.text(7)?,
                duration_seconds: row.maybe_number(8)?,
                outcome: row.maybe_text(9)?,
                body: row.maybe_text(10)?,
            },
        },
        kind => changed(kind, row.maybe_text(11)?, catalogs)?,
    };
    Ok(WholeEntry { entry, body })
}

fn changed<'a>(kind: &str, data: Option<&str>, catalogs: &'a Catalogs) -> Result<Body<'a>> {
    let (Some(data), "STATUS_CHANGE" | "OWNER_CHANGE" | "FIELD_CHANGE") = (data, kind) else {
        return Ok(Body::None {});
    };
    let change: Change = serde_json::from_str(data)?;
    let name = |id| -> Result<Option<Label<'a>>> { Ok(catalogs.maybe(id)?.map(|entry| entry.name())) };
    Ok(match kind {
        "STATUS_CHANGE" => Body::Status {
            from: name(change.from)?,
            to: name(change.to)?,
            reason: name(change.reason.map(|id| id.parse()).transpose()?)?,
            reason_note: change.note,
        },
        "OWNER_CHANGE" => Body::Owner {
            previous_owner: name(change.from)?,
            new_owner: name(change.to)?,
        },
        _ => Body::Fields { changes: change.changes },
    })
}

/// The newest entries of several prospects without their bodies, those of each in their order.
pub async fn of_several<'a, L: Link>(link: &L, catalogs: &'a Catalogs, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<Entry<'a>>>> {
    let mut sql = Sql::new(link.dialect());
    let columns = "prospect_id, id, kind, occurred_at, actor_id";
    let newest = |id: &str| {
        format!(
            "SELECT {columns} FROM timeline_entries WHERE prospect_id = {id} \
             ORDER BY occurred_at DESC, id DESC LIMIT {NESTED_ENTRIES}"
        )
    };
    sql.text = if sql.dialect.is_postgres {
        let ids = sql.bind(ids.to_vec());
        format!(
            "SELECT {columns} FROM unnest(CAST({ids} AS uuid[])) AS k (key) CROSS JOIN LATERAL ({}) t",
            newest("k.key")
        )
    } else {
        let each: Vec<String> = ids.iter().map(|id| format!("SELECT * FROM ({})", newest(&sql.bind(*id)))).collect();
        each.join(" UNION ALL ")
    };
    let mut found: HashMap<Uuid, Vec<Entry>> = HashMap::with_capacity(ids.len());
    if ids.is_empty() {
        return Ok(found);
    }
    for row in link.rows(sql).await? {
        let actor = catalogs.maybe(row.maybe_id(4)?)?;
        found.entry(row.id(0)?).or_default().push(Entry {
            type_name: type_name(row.text(2)?),
            id: row.id(1)?,
            occurred_at: row.number(3)?,
            actor: actor.map(|actor| actor.name()),
        });
    }
    Ok(found)
}

/// The type of an entry of a stored kind.
pub fn type_name(kind: &str) -> &'static str {
    match kind {
        "NOTE" => "NoteEntry",
        "INTERACTION" => "InteractionEntry",
        "STATUS_CHANGE" => "StatusChangeEntry",
        "OWNER_CHANGE" => "OwnerChangeEntry",
        "FIELD_CHANGE" => "FieldChangeEntry",
        "TASK" => "TaskEntry",
        "DELETED" => "DeletedEntry",
        "RESTORED" => "RestoredEntry",
        "DUPLICATE_ATTEMPT" => "DuplicateAttemptEntry",
        _ => "CreatedEntry",
    }
}
