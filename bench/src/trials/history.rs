//! Guarantees to clients: every acknowledged write, and those with unknown outcome.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, Database, Statement};
use serde_json::Value;
use uuid::Uuid;

use crate::{Result, ids};

/// A prospect that exists for certain, with all that was written to it.
#[derive(Clone)]
pub struct Record {
    pub id: String,
    pub name: String,
    /// All statuses it was in, in order.
    pub statuses: Vec<String>,
    pub notes: Vec<String>,
    /// A write without an answer; nothing else is written to the prospect until that is cleared up.
    pub doubt: Option<Doubt>,
}

#[derive(Clone)]
pub enum Doubt {
    Note(String),
    Status(String),
}

/// Resolved guarantees to one client.
#[derive(Default)]
pub struct History {
    pub records: Vec<Record>,
    /// Names of prospects that were not acknowledged and may exist once.
    pub doubtful: Vec<String>,
    /// Writes without an answer, and how many of them had happened.
    pub doubts: u64,
    pub doubts_done: u64,
}

/// Reads one prospect as the client sees it.
pub const READ: &str = "query Read($id: ID!) { prospect(id: $id) { id name status { id } timeline(first: 100) { nodes \
    { __typename ... on NoteEntry { note { body } } ... on StatusChangeEntry { to { id } } } } } }";
/// A page of the timeline has to hold all of it.
pub const MOST_WRITES: usize = 40;

impl Record {
    pub fn status(&self) -> &str {
        self.statuses.last().map_or("", String::as_str)
    }

    pub fn may_be_written(&self) -> bool {
        self.doubt.is_none() && self.statuses.len() + self.notes.len() < MOST_WRITES
    }

    /// Compares it with what the server answers, and takes over what was in doubt: true, if that had happened.
    pub fn compare(&mut self, prospect: &Value, broken: &mut Vec<String>) -> bool {
        let name = &self.name;
        if prospect["id"] != self.id.as_str() || prospect["name"] != name.as_str() {
            broken.push(format!("{name} ({}) was acknowledged and is answered as {prospect}", self.id));
            return false;
        }
        // The newest comes first.
        let entries: Vec<&Value> = prospect["timeline"]["nodes"].as_array().into_iter().flatten().rev().collect();
        let texts = |kind: &str, path: &str| -> Vec<String> {
            let of_kind = entries.iter().filter(|entry| entry["__typename"] == kind);
            of_kind
                .filter_map(|entry| entry.pointer(path)?.as_str().map(str::to_owned))
                .collect()
        };
        if entries.iter().filter(|entry| entry["__typename"] == "CreatedEntry").count() != 1 {
            broken.push(format!("{name} does not have one entry of its creation"));
        }
        let notes = texts("NoteEntry", "/note/body");
        let mut statuses = self.statuses[..1].to_vec();
        statuses.extend(texts("StatusChangeEntry", "/to/id"));
        let has_happened = match self.doubt.take() {
            Some(Doubt::Note(body)) if notes.contains(&body) => {
                self.notes.push(body);
                true
            }
            Some(Doubt::Status(id)) if statuses.len() > self.statuses.len() => {
                self.statuses.push(id);
                true
            }
            _ => false,
        };
        if notes != self.notes {
            broken.push(format!("the notes of {name} are {notes:?} and not {:?}", self.notes));
        }
        if statuses != self.statuses || prospect["status"]["id"] != self.status() {
            broken.push(format!(
                "{name} went through {statuses:?} to {} and not through {:?}",
                prospect["status"]["id"], self.statuses
            ));
        }
        has_happened
    }
}

/// Compares everything that was ever promised with the tables.
pub async fn compare_all(database: &str, histories: &[&History]) -> Result<Vec<String>> {
    let db = Database::connect(database).await?;
    let rows = async |text: &str| db.query_all_raw(Statement::from_string(db.get_database_backend(), text)).await;
    let mut prospects: HashMap<Uuid, (String, Uuid)> = HashMap::new();
    let mut names: HashMap<String, u64> = HashMap::new();
    for row in rows("SELECT id, name, status_id FROM prospects WHERE deleted_at IS NULL").await? {
        let name: String = row.try_get_by_index(1)?;
        *names.entry(name.clone()).or_default() += 1;
        prospects.insert(row.try_get_by_index(0)?, (name, row.try_get_by_index(2)?));
    }
    let mut notes: HashMap<Uuid, Vec<String>> = HashMap::new();
    let all_notes = "SELECT e.prospect_id, n.body FROM notes n JOIN timeline_entries e ON e.id = n.id";
    for row in rows(all_notes).await? {
        notes.entry(row.try_get_by_index(0)?).or_default().push(row.try_get_by_index(1)?);
    }
    db.close().await?;
    let mut broken = Vec::new();
    for record in histories.iter().flat_map(|history| &history.records) {
        let id = ids::decode(&record.id).ok_or("an id that is none")?;
        let expected = (record.name.clone(), ids::decode(record.status()).ok_or("an id that is none")?);
        if prospects.get(&id) != Some(&expected) {
            broken.push(format!("{} is stored as {:?}", record.name, prospects.get(&id)));
        }
        if names.get(&record.name) != Some(&1) {
            broken.push(format!("{} exists {:?} times", record.name, names.get(&record.name)));
        }
        let mut stored = notes.remove(&id).unwrap_or_default();
        let mut promised = record.notes.clone();
        stored.sort_unstable();
        promised.sort_unstable();
        if stored != promised {
            broken.push(format!("the stored notes of {} are {stored:?} and not {promised:?}", record.name));
        }
    }
    for name in histories.iter().flat_map(|history| &history.doubtful) {
        if names.get(name).is_some_and(|count| *count > 1) {
            broken.push(format!("{name} was sent once and exists several times"));
        }
    }
    Ok(broken)
}
