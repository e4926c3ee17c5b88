//! The history of a prospect: reading it, and the one function by which everything else writes into it.

mod filter;
pub mod history;
pub mod interactions;
pub mod notes;

pub use filter::{EntryFilter, prospect_condition, readable};

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::sync::Arc;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::auth::{Scope, Viewer, visibility};
use crate::db::sql::{Dialect, Sql};
use crate::db::{Db, Inserts};
use crate::entities::records::interaction::{Direction, InteractionType, Outcome};
use crate::entities::records::timeline_entry::EntryKind;
use crate::entities::records::{entry_change, prospect, timeline_entry};
use crate::error::{Error, Result};
use crate::ids::{self, Kind};
use crate::resolvers::lists::page::{Key, Keyed, SortColumn};
use crate::resolvers::records::children::Child;
use crate::resolvers::records::rows::{Field, Row, row};
use crate::rules::attributes::Definitions;

row! {
    /// An entry, with its body if that was requested.
    pub struct Entry {
        id: Uuid,
        prospect_id: Uuid,
        kind: EntryKind,
        occurred_at: i64,
        recorded_at: i64,
        actor_id: Option<Uuid>,
        pinned_at: Option<i64>,
        note: Option<NoteBody> = "n",
        interaction: Option<InteractionBody> = "i",
        change: Option<Change> = "c",
    }
}

row! {
    pub struct NoteBody {
        body: String,
        edited_at: Option<i64>,
        edited_by: Option<Uuid>,
        version: i32,
    }
}

row! {
    pub struct InteractionBody {
        kind: InteractionType = "type",
        direction: Direction,
        duration_seconds: Option<i32>,
        outcome: Option<Outcome>,
        body: Option<String>,
    }
}

/// The change of an entry; the kind of the entry determines which parts are set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Change {
    /// The status or the owner before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Uuid>,
    /// The status or the owner since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Uuid>,
    /// The discard or lost reason of a status, or what was said about a change of owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reopen_as: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldChange>,
    /// The task and its change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskEvent>,
    /// The document and its change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentEvent>,
}

/// The document of a joined row.
impl Field for Change {
    fn json(dialect: Dialect, _: &str, joined: &str) -> String {
        dialect.json(&format!("{joined}.data"))
    }
}

/// Change of a task in an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskEvent {
    pub id: Uuid,
    pub action: TaskAction,
}

/// Kind of change of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TaskAction {
    /// It was planned.
    Created,
    /// Its type, note or repetition was edited.
    Updated,
    /// The assignee changed.
    Assigned,
    /// It is due at another time.
    Postponed,
    /// It was done.
    Completed,
    /// It is not to be done any more.
    Cancelled,
    /// It had been cancelled with its cycle, and is planned again with it.
    Restored,
}

/// Change of a document in an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentEvent {
    pub id: Uuid,
    pub action: DocumentAction,
    pub file_name: String,
}

/// Kind of change of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DocumentAction {
    /// It was added.
    Uploaded,
    /// It has another name.
    Renamed,
    /// Another record of the prospect carries it.
    Moved,
    /// It has another type.
    TypeChanged,
    /// It was deleted.
    Deleted,
    /// It was restored after a deletion.
    Restored,
}

/// One field of a saved record, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    pub field: String,
    pub before: Option<String>,
    pub after: Option<String>,
    /// The definition of a changed attribute, which determines who may read the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<Uuid>,
}

impl FieldChange {
    /// Whether the caller may read it: a change of an attribute only with the attribute, as its visibility is now.
    pub fn is_visible_to(&self, viewer: &Viewer, definitions: &Definitions) -> bool {
        let Some(id) = self.definition else { return true };
        definitions.get(id).is_some_and(|definition| definition.is_visible_to(viewer))
    }

    /// The prospects that the words of an attribute name by their IDs.
    pub fn referenced(&self) -> Vec<Uuid> {
        let words = [&self.before, &self.after]
            .into_iter()
            .flatten()
            .filter(|_| self.definition.is_some());
        words.flat_map(|words| listed(words).1.filter_map(prospect_id)).collect()
    }

    /// Itself without these prospects. None where nothing else changed.
    pub fn without(self, hidden: &HashSet<Uuid>) -> Option<FieldChange> {
        if !self.referenced().iter().any(|id| hidden.contains(id)) {
            return Some(self);
        }
        let is_shown = |word: &&str| prospect_id(word).is_none_or(|id| !hidden.contains(&id));
        let shown = |words: Option<String>| {
            let words = words?;
            let (name, list) = listed(&words);
            let list: Vec<&str> = list.filter(is_shown).collect();
            (!list.is_empty()).then(|| format!("{name}{}", list.join(", ")))
        };
        let change = FieldChange {
            before: shown(self.before),
            after: shown(self.after),
            ..self
        };
        (change.before != change.after).then_some(change)
    }
}

/// The name of a record in front of its values, and these.
fn listed(words: &str) -> (&str, impl Iterator<Item = &str>) {
    let (name, values) = words.split_at(words.rfind(": ").map_or(0, |place| place + 2));
    (name, values.split(", "))
}

fn prospect_id(word: &str) -> Option<Uuid> {
    ids::parse(word).filter(|(kind, _)| *kind == Kind::Prospect).map(|(_, id)| id)
}

impl Keyed for Entry {
    fn key(&self, _: &SortColumn) -> Key {
        Key::Integer(self.occurred_at)
    }

    fn id(&self) -> Uuid {
        self.id
    }
}

impl Child for Entry {
    type Filter = EntryFilter;

    const TABLE: &'static str = "timeline_entries";
    const SORTED_BY: SortColumn = SortColumn::integer("occurred_at");

    fn wants(filter: &EntryFilter, field: &str) -> bool {
        filter.with_bodies || !["note", "interaction", "change"].contains(&field)
    }

    fn joins(filter: &EntryFilter) -> &'static str {
        if filter.with_bodies {
            // Each entry has one body at most: its kind says in which table it is looked for.
            " LEFT JOIN notes n ON n.id = CASE t.kind WHEN 'NOTE' THEN t.id END \
             LEFT JOIN interactions i ON i.id = CASE t.kind WHEN 'INTERACTION' THEN t.id END \
             LEFT JOIN entry_changes c ON c.id = CASE WHEN t.kind NOT IN ('NOTE', 'INTERACTION') THEN t.id END"
        } else {
            ""
        }
    }

    fn conditions(filter: &EntryFilter, sql: &mut Sql) -> String {
        filter.conditions(sql)
    }
}

/// Key of a batch: entry and scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EntryKey(pub Scope, pub Uuid);

/// The entries of the keys with their bodies, as far as their prospects are visible; one statement for each scope.
pub async fn by_keys(db: &Db, keys: &[EntryKey]) -> Result<HashMap<EntryKey, Arc<Entry>>> {
    let mut scopes: HashMap<Scope, Vec<Uuid>> = HashMap::new();
    for EntryKey(scope, id) in keys {
        scopes.entry(*scope).or_default().push(*id);
    }
    let filter = EntryFilter {
        with_bodies: true,
        ..EntryFilter::default()
    };
    let mut loaded = HashMap::new();
    for (scope, ids) in scopes {
        let mut sql = Sql::new(db.backend());
        let row = Entry::array(sql.dialect(), "t", |_| true);
        let these = sql.in_lookup_ids(ids);
        let visible = visibility::sql(scope, "p", &mut sql);
        let joins = Entry::joins(&filter);
        let _ = write!(
            sql.text,
            "SELECT CAST({row} AS text) FROM timeline_entries t JOIN prospects p ON p.id = t.prospect_id{joins} \
             WHERE t.id {these} AND {visible}"
        );
        for row in db.reader().query_all_raw(sql.build()).await? {
            let json: String = row.try_get_by_index(0)?;
            let entry: Entry = serde_json::from_str(&json).map_err(Error::internal)?;
            loaded.insert(EntryKey(scope, entry.id), Arc::new(entry));
        }
    }
    Ok(loaded)
}

/// An entry about to be written.
pub struct NewEntry {
    pub id: Uuid,
    pub prospect_id: Uuid,
    pub kind: EntryKind,
    pub occurred_at: i64,
    pub recorded_at: i64,
    pub actor_id: Option<Uuid>,
}

impl NewEntry {
    fn row(self) -> timeline_entry::Model {
        timeline_entry::Model {
            id: self.id,
            prospect_id: self.prospect_id,
            kind: self.kind,
            occurred_at: self.occurred_at,
            recorded_at: self.recorded_at,
            actor_id: self.actor_id,
            pinned_at: None,
        }
    }
}

fn change_row(id: Uuid, change: Change) -> Result<entry_change::Model> {
    let data = serde_json::to_value(change).map_err(Error::internal)?;
    Ok(entry_change::Model { id, data })
}

/// Adds an entry and what changed with it to what is inserted. The caller also moves the prospect's last activity, with `touch_activity` or
/// its own update.
pub fn add(inserts: &mut Inserts, entry: NewEntry, change: Option<Change>) -> Result<()> {
    let id = entry.id;
    inserts.add(&entry.row());
    if let Some(change) = change {
        inserts.add(&change_row(id, change)?);
    }
    Ok(())
}

/// The same for many entries that each describe a change.
pub fn add_all(inserts: &mut Inserts, entries: Vec<(NewEntry, Change)>) -> Result<()> {
    let mut rows = Vec::with_capacity(entries.len());
    let mut changes = Vec::with_capacity(entries.len());
    for (entry, change) in entries {
        changes.push(change_row(entry.id, change)?);
        rows.push(entry.row());
    }
    inserts.add_list(&rows);
    inserts.add_list(&changes);
    Ok(())
}

/// Writes an entry and what changed with it by themselves.
pub async fn record(tx: &impl ConnectionTrait, entry: NewEntry, change: Option<Change>) -> Result<()> {
    let mut inserts = Inserts::default();
    add(&mut inserts, entry, change)?;
    Ok(inserts.write(tx).await?)
}

/// The same for any number of entries.
pub async fn record_all(tx: &impl ConnectionTrait, entries: Vec<(NewEntry, Change)>) -> Result<()> {
    let mut inserts = Inserts::default();
    add_all(&mut inserts, entries)?;
    Ok(inserts.write(tx).await?)
}

/// Moves the last activity of several prospects on to the given time.
pub async fn touch_activities(tx: &impl ConnectionTrait, prospects: impl IntoIterator<Item = Uuid>, occurred_at: i64) -> Result<()> {
    let mut sql = Sql::new(tx.get_database_backend());
    let (timestamp, these) = (sql.bind(occurred_at), sql.in_ids(prospects));
    sql.push(&format!(
        "UPDATE prospects SET last_activity_at = {timestamp} WHERE last_activity_at < {timestamp} AND id {these}"
    ));
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// Moves the prospect's last activity on, and its first contact back, to the given times.
pub async fn touch_activity(tx: &impl ConnectionTrait, prospect_id: Uuid, occurred_at: i64, first_contact_at: Option<i64>) -> Result<()> {
    let mut update = prospect::Entity::update_many()
        .filter(prospect::Column::Id.eq(prospect_id))
        .col_expr(
            prospect::Column::LastActivityAt,
            Expr::case(prospect::Column::LastActivityAt.lt(occurred_at), Expr::val(occurred_at))
                .finally(Expr::col(prospect::Column::LastActivityAt))
                .into(),
        );
    if let Some(first) = first_contact_at {
        let earlier = prospect::Column::FirstContactAt
            .is_null()
            .or(prospect::Column::FirstContactAt.gt(first));
        update = update.col_expr(
            prospect::Column::FirstContactAt,
            Expr::case(earlier, Expr::val(first))
                .finally(Expr::col(prospect::Column::FirstContactAt))
                .into(),
        );
    }
    update.exec(tx).await?;
    Ok(())
}
