//! What the database has of the attributes of the trial, and whether it is what has been promised.

use std::collections::BTreeMap;

use sea_orm::prelude::Uuid;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, QueryResult, Statement};
use serde_json::{Map, Value, json};

use super::subject::{MARKS, NUMBER, SIZE, SizeType, WORDS, is_unique, mark_key, word};
use crate::Result;

/// One moment of the database.
pub struct State {
    /// None: neither of the two types.
    pub size: Option<SizeType>,
    /// Claims of jobs that were building an index; each claim has an id of its own.
    pub builds: Vec<Uuid>,
    /// By key: whether an index is wanted, and its state.
    indexes: BTreeMap<String, (bool, String)>,
    /// Names of the indexes, and whether they are valid.
    names: BTreeMap<String, bool>,
    /// Jobs that have not ended.
    jobs: i64,
    documents: Vec<Map<String, Value>>,
    /// Entries of field changes in all timelines.
    changes: i64,
}

/// What has been promised.
pub struct Expected {
    /// Records with values.
    pub records: usize,
    pub size: SizeType,
    /// Whether the index of each mark is wanted.
    pub marks: [bool; MARKS],
    changes: i64,
    /// Whether records have words for sizes: a change to integers removes them.
    pub has_words: bool,
}

/// Jobs of indexes that have not ended.
const JOBS: &str = "SELECT count(*) FROM jobs WHERE kind = 'index_attribute' AND state IN ('QUEUED', 'RUNNING')";

/// Number of jobs of indexes that have not ended.
pub async fn unfinished_jobs(database: &str) -> Result<i64> {
    let db = Database::connect(database).await?;
    let jobs = count(&db, JOBS).await?;
    db.close().await?;
    Ok(jobs)
}

impl State {
    pub async fn read(database: &str) -> Result<State> {
        let db = Database::connect(database).await?;
        let mut state = State {
            size: None,
            builds: Vec::new(),
            indexes: BTreeMap::new(),
            names: BTreeMap::new(),
            jobs: 0,
            documents: Vec::new(),
            changes: 0,
        };
        let definitions = "SELECT key, type, is_indexed OR is_unique, index_state FROM attribute_definitions WHERE key LIKE 'trial%'";
        for row in rows(&db, definitions).await? {
            let (key, kind): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            if key == SIZE {
                state.size = [SizeType::Text, SizeType::Integer].into_iter().find(|size| size.name() == kind);
            } else {
                state.indexes.insert(key, (row.try_get_by_index(2)?, row.try_get_by_index(3)?));
            }
        }
        let names = match db.get_database_backend() {
            DbBackend::Postgres => {
                "SELECT CAST(c.relname AS text), i.indisvalid FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE c.relname LIKE '%trial%'"
            }
            _ => "SELECT name, 1 = 1 FROM sqlite_schema WHERE type = 'index' AND name LIKE '%trial%'",
        };
        for row in rows(&db, names).await? {
            state.names.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        }
        for row in rows(
            &db,
            "SELECT lease_owner FROM jobs WHERE kind = 'index_attribute' AND lease_owner IS NOT NULL",
        )
        .await?
        {
            state.builds.push(row.try_get_by_index(0)?);
        }
        state.jobs = count(&db, JOBS).await?;
        state.changes = count(&db, "SELECT count(*) FROM timeline_entries WHERE kind = 'FIELD_CHANGE'").await?;
        for row in rows(&db, "SELECT CAST(attributes AS TEXT) FROM prospects WHERE attributes IS NOT NULL").await? {
            let document: Map<String, Value> = serde_json::from_str(&row.try_get_by_index::<String>(0)?)?;
            if document.contains_key(NUMBER) {
                state.documents.push(document);
            }
        }
        db.close().await?;
        Ok(state)
    }

    /// Whether no index is on its way.
    pub fn is_settled(&self) -> bool {
        self.jobs == 0
    }
}

impl Expected {
    pub fn new(found: &State) -> Expected {
        Expected {
            records: found.documents.len(),
            size: SizeType::Text,
            marks: [false; MARKS],
            changes: found.changes,
            has_words: true,
        }
    }

    /// A change of the type is in effect: to integers it removes the words, each with an entry in a timeline.
    pub fn change_size(&mut self) {
        self.size = self.size.other();
        if self.size == SizeType::Integer && std::mem::take(&mut self.has_words) {
            self.changes += i64::try_from(self.records as u64 / WORDS).unwrap_or_default();
        }
    }

    /// The size of a record, in the form in which it is stored. None if it has none.
    pub fn size_of(&self, number: u64) -> Option<Value> {
        match (number.is_multiple_of(WORDS), self.size) {
            (true, _) => self.has_words.then(|| json!(word(number))),
            (false, SizeType::Text) => Some(json!(number.to_string())),
            (false, SizeType::Integer) => Some(json!(number)),
        }
    }

    /// What must hold at any moment.
    pub fn compare(&self, found: &State) -> Vec<String> {
        let mut wrong = Vec::new();
        if found.size != Some(self.size) {
            wrong.push(format!("the type of the size is {:?} and not {:?}", found.size, self.size));
        }
        if found.documents.len() != self.records {
            wrong.push(format!("{} records have a number and not {}", found.documents.len(), self.records));
        }
        if found.changes != self.changes {
            wrong.push(format!(
                "the timelines have {} changes of fields and not {}",
                found.changes, self.changes
            ));
        }
        let fault = found.documents.iter().find_map(|document| self.fault(document));
        wrong.extend(fault);
        for (key, (is_wanted, state)) in &found.indexes {
            let name = index_name(key);
            if *is_wanted && state == "READY" && found.names.get(&name) != Some(&true) {
                wrong.push(format!("the index of {key} is READY and not there"));
            }
        }
        for (mark, is_wanted) in self.marks.iter().enumerate() {
            let key = mark_key(mark);
            if found.indexes.get(&key).map(|(is_wanted, _)| is_wanted) != Some(is_wanted) {
                wrong.push(format!("an acknowledged switch of the index of {key} is undone"));
            }
        }
        wrong
    }

    /// What holds once all jobs have ended: the wanted indexes and no others.
    pub fn compare_settled(&self, found: &State) -> Vec<String> {
        let mut wrong = Vec::new();
        if !found.is_settled() {
            wrong.push(format!("{} builds of indexes have not ended", found.jobs));
        }
        for (key, (is_wanted, state)) in &found.indexes {
            let expected = if *is_wanted { "READY" } else { "NONE" };
            let is_there = found.names.get(&index_name(key)).copied();
            if state != expected || is_there != is_wanted.then_some(true) {
                wrong.push(format!("the index of {key} is {state} and not {expected}; valid: {is_there:?}"));
            }
        }
        wrong
    }

    /// What is wrong with the values of a record.
    fn fault(&self, document: &Map<String, Value>) -> Option<String> {
        let number = document.get(NUMBER).and_then(Value::as_u64)?;
        let wrong_mark = (0..MARKS).map(mark_key).find(|key| document.get(key) != Some(&json!(number)));
        if let Some(key) = wrong_mark {
            return Some(format!("the {key} of record {number} is {:?}", document.get(&key)));
        }
        let found = (document.get(SIZE).cloned(), document.get(&format!("{SIZE}~")).cloned());
        let size = self.size_of(number);
        // A text has its normal form beside it.
        let norm = size.clone().filter(Value::is_string);
        let is_right = found == (size, norm);
        (!is_right).then(|| format!("the size of record {number} is {found:?} as {:?}", self.size))
    }
}

fn index_name(key: &str) -> String {
    let is_unique = key == NUMBER || (0..MARKS).any(|mark| is_unique(mark) && mark_key(mark) == key);
    let use_ = if is_unique { "unique" } else { "attribute" };
    format!("prospects_{use_}_{key}")
}

async fn rows(db: &DatabaseConnection, text: &str) -> Result<Vec<QueryResult>> {
    Ok(db.query_all_raw(Statement::from_string(db.get_database_backend(), text)).await?)
}

async fn count(db: &DatabaseConnection, text: &str) -> Result<i64> {
    let found = rows(db, text).await?;
    Ok(found.first().ok_or("the database did not answer")?.try_get_by_index(0)?)
}
