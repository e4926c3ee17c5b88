//! Lists: prospects with their tags or entries, tasks, and the timeline of all. The page and its total are sent at once, child rows after
//! the page.

use std::collections::HashMap;

use serde::Serialize;
use uuid::Uuid;

use super::catalogs::{Catalogs, Label};
use super::entries::{self, Entry, type_name};
use super::store::{Cells, Link};
use super::{Viewer, answer};
use crate::Result;
use crate::baseline::question::{EXACT, List, NESTED, PAGE, Place};
use crate::baseline::sql::Sql;

#[derive(Serialize)]
struct Prospects<T> {
    prospects: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    total_count: Option<i64>,
    page_info: PageInfo,
    nodes: Vec<T>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Edges<T> {
    page_info: PageInfo,
    edges: Vec<Edge<T>>,
}

#[derive(Serialize)]
struct Edge<T> {
    node: T,
}

#[derive(Serialize)]
struct Nodes<T> {
    nodes: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageInfo {
    has_next_page: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Card<'a> {
    id: Uuid,
    name: &'a str,
    condition: &'static str,
    created_at: i64,
    last_activity_at: i64,
    status: Label<'a>,
    owner: Option<Label<'a>>,
    channel: Label<'a>,
    segment: Option<Label<'a>>,
    potential_level: Option<Label<'a>>,
    tags: Vec<Label<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WithEntries<'a> {
    id: Uuid,
    name: &'a str,
    condition: &'static str,
    created_at: i64,
    seconds_since_reception: i64,
    status: Label<'a>,
    owner: Option<Label<'a>>,
    channel: Label<'a>,
    segment: Option<Label<'a>>,
    potential_level: Option<Label<'a>>,
    latest: Nodes<Vec<Entry<'a>>>,
}

#[derive(Serialize)]
struct Tasks<T> {
    tasks: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Task<'a> {
    id: Uuid,
    due_at: i64,
    note: Option<&'a str>,
    state: &'a str,
    r#type: Label<'a>,
    assignee: Option<Label<'a>>,
    prospect: Called<'a>,
}

#[derive(Serialize)]
struct Called<'a> {
    id: Uuid,
    name: &'a str,
    phones: Vec<Phone<'a>>,
}

#[derive(Clone, Serialize)]
struct Phone<'a> {
    value: &'a str,
}

#[derive(Serialize)]
struct History<T> {
    timeline: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Happening<'a> {
    #[serde(rename = "__typename")]
    type_name: &'static str,
    id: Uuid,
    occurred_at: i64,
    actor: Option<Label<'a>>,
    prospect: Named<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<Note<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interaction: Option<Interaction<'a>>,
}

#[derive(Serialize)]
struct Named<'a> {
    id: Uuid,
    name: &'a str,
}

#[derive(Serialize)]
struct Note<'a> {
    body: &'a str,
}

#[derive(Serialize)]
struct Interaction<'a> {
    r#type: &'a str,
    direction: &'a str,
    outcome: Option<&'a str>,
}

const PROSPECT: &str = "p.id, p.name, p.client_since, p.created_at, p.last_activity_at, \
    p.status_id, p.owner_id, p.channel_id, p.segment_id, p.potential_level_id";
const NEWEST: &str = "ORDER BY p.created_at DESC, p.id DESC";

pub async fn list<L: Link>(link: &L, catalogs: &Catalogs, viewer: Viewer, list: &List) -> Result<String> {
    let statement = |after: Option<Place>, text: fn(&str) -> String| {
        let mut sql = Sql::new(link.dialect());
        let source = list.filter.source(&mut sql);
        let visible = viewer.visible(&mut sql);
        let beyond = sql.beyond(after);
        let few = source.few.map_or_else(String::new, |few| format!("WITH {few} "));
        let rows = format!("FROM {} WHERE {visible}{}{beyond}", source.from, source.conditions);
        sql.text = format!("{few}{}", text(&rows));
        sql
    };
    let page = statement(list.after, |rows| format!("SELECT {PROSPECT} {rows} {NEWEST} LIMIT {PAGE} + 1"));
    let total = list.is_counted.then(|| statement(None, counting));
    let (rows, total) = tokio::try_join!(link.rows(page), count(link, total))?;
    let mut tags = tags(link, &ids(&rows, PAGE)?).await?;
    let mut nodes = Vec::with_capacity(PAGE);
    for row in rows.iter().take(PAGE) {
        let id = row.id(0)?;
        let own = catalogs.sorted(tags.remove(&id).unwrap_or_default())?;
        nodes.push(Card {
            id,
            name: row.text(1)?,
            condition: condition(row.maybe_number(2)?),
            created_at: row.number(3)?,
            last_activity_at: row.number(4)?,
            status: catalogs.get(row.id(5)?)?.whole(),
            owner: catalogs.maybe(row.maybe_id(6)?)?.map(|entry| entry.name()),
            channel: catalogs.get(row.id(7)?)?.name(),
            segment: catalogs.maybe(row.maybe_id(8)?)?.map(|entry| entry.whole()),
            potential_level: catalogs.maybe(row.maybe_id(9)?)?.map(|entry| entry.name()),
            tags: own.into_iter().map(|tag| tag.whole()).collect(),
        });
    }
    answer(Prospects {
        prospects: Page {
            total_count: total,
            page_info: PageInfo::of(&rows, PAGE),
            nodes,
        },
    })
}

pub async fn nested<L: Link>(link: &L, catalogs: &Catalogs, viewer: Viewer, after: Option<Place>, now: i64) -> Result<String> {
    let mut sql = Sql::new(link.dialect());
    let visible = viewer.visible(&mut sql);
    let beyond = sql.beyond(after);
    sql.text = format!("SELECT {PROSPECT} FROM prospects p WHERE {visible}{beyond} {NEWEST} LIMIT {NESTED} + 1");
    let rows = link.rows(sql).await?;
    let mut entries = entries::of_several(link, catalogs, &ids(&rows, NESTED)?).await?;
    let mut edges = Vec::with_capacity(NESTED);
    for row in rows.iter().take(NESTED) {
        let id = row.id(0)?;
        let node = WithEntries {
            id,
            name: row.text(1)?,
            condition: condition(row.maybe_number(2)?),
            created_at: row.number(3)?,
            seconds_since_reception: (now - row.number(3)?) / 1000,
            status: catalogs.get(row.id(5)?)?.with_category(),
            owner: catalogs.maybe(row.maybe_id(6)?)?.map(|entry| entry.name()),
            channel: catalogs.get(row.id(7)?)?.name(),
            segment: catalogs.maybe(row.maybe_id(8)?)?.map(|entry| entry.whole()),
            potential_level: catalogs.maybe(row.maybe_id(9)?)?.map(|entry| entry.name()),
            latest: Nodes {
                nodes: entries.remove(&id).unwrap_or_default(),
            },
        };
        edges.push(Edge { node });
    }
    answer(Prospects {
        prospects: Edges {
            page_info: PageInfo::of(&rows, NESTED),
            edges,
        },
    })
}

pub async fn tasks<L: Link>(link: &L, catalogs: &Catalogs, viewer: Viewer, assignee: Uuid) -> Result<String> {
    let statement = |text: fn(&str) -> String| {
        let mut sql = Sql::whole(link.dialect(), String::new(), vec![assignee.into()]);
        let visible = viewer.visible(&mut sql);
        let rows = "FROM tasks t JOIN prospects p ON p.id = t.prospect_id WHERE t.state = 'PLANNED' AND t.assignee_id = $1";
        sql.text = text(&format!("{rows} AND {visible}"));
        sql
    };
    let page = statement(|rows| {
        format!(
            "SELECT p.id, p.name, t.id, t.due_at, t.note, t.state, t.type_id, t.assignee_id {rows} ORDER BY t.due_at, t.id LIMIT {PAGE} + 1"
        )
    });
    let (rows, total) = tokio::try_join!(link.rows(page), count(link, Some(statement(counting))))?;
    let phone_rows = phones(link, ids(&rows, PAGE)?).await?;
    let mut phones: HashMap<Uuid, Vec<Phone>> = HashMap::new();
    for row in &phone_rows {
        phones.entry(row.id(0)?).or_default().push(Phone { value: row.text(1)? });
    }
    let mut nodes = Vec::with_capacity(PAGE);
    for row in rows.iter().take(PAGE) {
        let id = row.id(0)?;
        nodes.push(Task {
            id: row.id(2)?,
            due_at: row.number(3)?,
            note: row.maybe_text(4)?,
            state: row.text(5)?,
            r#type: catalogs.get(row.id(6)?)?.name(),
            assignee: catalogs.maybe(row.maybe_id(7)?)?.map(|entry| entry.name()),
            prospect: Called {
                id,
                name: row.text(1)?,
                phones: phones.get(&id).cloned().unwrap_or_default(),
            },
        });
    }
    answer(Tasks {
        tasks: Page {
            total_count: total,
            page_info: PageInfo::of(&rows, PAGE),
            nodes,
        },
    })
}

pub async fn history<L: Link>(link: &L, catalogs: &Catalogs, viewer: Viewer) -> Result<String> {
    let mut sql = Sql::new(link.dialect());
    let visible = viewer.visible(&mut sql);
    // `CROSS JOIN` keeps SQLite from beginning at the prospects; and PostgreSQL would join bodies by reading all of a small table.
    let body = |kind: &str, table: &str, column: &str| {
        format!("CASE t.kind WHEN '{kind}' THEN (SELECT b.{column} FROM {table} b WHERE b.id = t.id) END")
    };
    sql.text = format!(
        "SELECT t.id, t.kind, t.occurred_at, t.actor_id, t.prospect_id, t.name, {}, {}, {}, {} \
         FROM (SELECT t.id, t.kind, t.occurred_at, t.actor_id, t.prospect_id, p.name \
         FROM timeline_entries t CROSS JOIN prospects p WHERE p.id = t.prospect_id AND {visible} \
         ORDER BY t.occurred_at DESC, t.id DESC LIMIT {PAGE} + 1) t ORDER BY t.occurred_at DESC, t.id DESC",
        body("NOTE", "notes", "body"),
        body("INTERACTION", "interactions", "type"),
        body("INTERACTION", "interactions", "direction"),
        body("INTERACTION", "interactions", "outcome"),
    );
    let rows = link.rows(sql).await?;
    let mut nodes = Vec::with_capacity(PAGE);
    for row in rows.iter().take(PAGE) {
        let interaction = row.maybe_text(7)?.zip(row.maybe_text(8)?);
        nodes.push(Happening {
            type_name: type_name(row.text(1)?),
            id: row.id(0)?,
            occurred_at: row.number(2)?,
            actor: catalogs.maybe(row.maybe_id(3)?)?.map(|actor| actor.name()),
            prospect: Named {
                id: row.id(4)?,
                name: row.text(5)?,
            },
            note: row.maybe_text(6)?.map(|body| Note { body }),
            interaction: match interaction {
                Some((r#type, direction)) => Some(Interaction {
                    r#type,
                    direction,
                    outcome: row.maybe_text(9)?,
                }),
                None => None,
            },
        });
    }
    answer(History {
        timeline: Page {
            total_count: None,
            page_info: PageInfo::of(&rows, PAGE),
            nodes,
        },
    })
}

fn counting(rows: &str) -> String {
    format!("SELECT count(*) FROM (SELECT 1 {rows} LIMIT {EXACT} + 1) counted")
}

async fn count<L: Link>(link: &L, sql: Option<Sql>) -> Result<Option<i64>> {
    let Some(sql) = sql else { return Ok(None) };
    let rows = link.rows(sql).await?;
    rows.first().map(|row| row.number(0)).transpose()
}

/// The ids of the rows that are shown, which are their first cells.
fn ids(rows: &[impl Cells], length: usize) -> Result<Vec<Uuid>> {
    rows.iter().take(length).map(|row| row.id(0)).collect()
}

async fn tags<L: Link>(link: &L, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<Uuid>>> {
    let mut found: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    let mut sql = Sql::new(link.dialect());
    sql.text = format!(
        "SELECT prospect_id, tag_id FROM prospect_tags WHERE prospect_id {}",
        sql.in_ids(ids)
    );
    for row in link.rows(sql).await? {
        found.entry(row.id(0)?).or_default().push(row.id(1)?);
    }
    Ok(found)
}

async fn phones<L: Link>(link: &L, mut ids: Vec<Uuid>) -> Result<Vec<L::Row>> {
    ids.sort_unstable();
    ids.dedup();
    let mut sql = Sql::new(link.dialect());
    sql.text = format!(
        "SELECT prospect_id, value FROM contact_points WHERE prospect_id {} \
         AND contact_id IS NULL AND kind = 'PHONE' AND deleted_at IS NULL ORDER BY position, id",
        sql.in_ids(&ids)
    );
    link.rows(sql).await
}

impl PageInfo {
    /// One row more than the page shows that there is a next page.
    pub fn of<R>(rows: &[R], length: usize) -> PageInfo {
        PageInfo {
            has_next_page: rows.len() > length,
        }
    }
}

pub fn condition(client_since: Option<i64>) -> &'static str {
    if client_since.is_none() { "PROSPECT" } else { "CLIENT" }
}
