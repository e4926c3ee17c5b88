//! Plans on SQLite: what `EXPLAIN QUERY PLAN` says, and the steps that its machine takes when the statement runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use cartera::db::Db;
use sea_orm::{ConnectionTrait, Statement};

use super::plan::{Large, Plan};
use crate::Result;

/// One connection that counts.
pub struct Sqlite {
    db: Db,
    steps: Arc<AtomicU64>,
}

/// After so many steps a statement is stopped: it has shown what it is like.
const STOP: u64 = 20_000_000;
/// The machine is counted in so many steps at a time.
const AT_A_TIME: u64 = 100;

impl Sqlite {
    pub async fn new(db: Db) -> Result<Sqlite> {
        let steps = Arc::new(AtomicU64::new(0));
        let mut connection = db.reader().unlimited().get_sqlite_connection_pool().acquire().await?;
        let counted = steps.clone();
        connection
            .lock_handle()
            .await?
            .set_progress_handler(AT_A_TIME as i32, move || counted.fetch_add(AT_A_TIME, Ordering::Relaxed) < STOP);
        drop(connection);
        Ok(Sqlite { db, steps })
    }

    pub async fn large(&self, from: u64) -> Result<Large> {
        // A table of the index of texts is read by that index alone.
        let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search_index%'";
        let mut large = Vec::new();
        for row in self.db.reader().query_all_raw(self.statement(names)).await? {
            let name: String = row.try_get_by_index(0)?;
            let last = self
                .db
                .reader()
                .query_one_raw(self.statement(&format!("SELECT max(rowid) FROM \"{name}\"")))
                .await?;
            let last = last.map_or(Ok(None), |row| row.try_get_by_index::<Option<i64>>(0))?;
            if last.unwrap_or(0).unsigned_abs() >= from {
                large.push(name);
            }
        }
        Ok(Large::new(large))
    }

    pub async fn plan(&self, statement: &Statement, large: &Large) -> Result<Plan> {
        let explain = Statement {
            sql: format!("EXPLAIN QUERY PLAN {}", statement.sql),
            ..statement.clone()
        };
        let mut steps: Vec<String> = Vec::new();
        for row in self.db.reader().query_all_raw(explain).await? {
            steps.push(row.try_get("", "detail")?);
        }
        let is_derived = |name: &str| {
            let made = steps
                .iter()
                .filter_map(|step| step.strip_prefix("CO-ROUTINE ").or(step.strip_prefix("MATERIALIZE ")));
            made.into_iter().any(|made| made == name)
        };
        let scans = steps.iter().filter_map(|step| scanned(step)).filter(|name| !is_derived(name));
        let full_scans = scans
            .filter_map(|name| large.called(name, &statement.sql))
            .map(str::to_owned)
            .collect();
        let steps = steps.iter().filter(|step| says_something(step)).map(|step| short(step)).collect();
        self.steps.store(0, Ordering::Relaxed);
        let began = Instant::now();
        let outcome = self.db.reader().query_all_raw(statement.clone()).await;
        let read = self.steps.load(Ordering::Relaxed);
        // Nothing but the limit stops it.
        if read < STOP {
            outcome?;
        }
        Ok(Plan {
            steps,
            full_scans,
            elapsed: began.elapsed(),
            read,
            unit: "steps",
            pages: None,
            is_endless: read >= STOP,
            generic: None,
        })
    }

    fn statement(&self, text: &str) -> Statement {
        Statement::from_string(self.db.backend(), text)
    }
}

/// The name of what is read from end to end, in its own order or into an index that is made for this one statement.
fn scanned(step: &str) -> Option<&str> {
    let is_made = step.contains("AUTOMATIC");
    let name = step.strip_prefix("SCAN ").or(step.strip_prefix("SEARCH ").filter(|_| is_made))?;
    let (name, way) = name.split_once(' ').unwrap_or((name, ""));
    (is_made || !(way.contains("INDEX") || way.contains("VIRTUAL TABLE"))).then_some(name)
}

/// Parts of the plan that only hold others together are left out.
fn says_something(step: &str) -> bool {
    ["SCAN", "SEARCH", "USE TEMP"].iter().any(|beginning| step.starts_with(beginning)) && !step.starts_with("SCAN CONSTANT")
}

fn short(step: &str) -> String {
    step.replace("USING COVERING INDEX ", "by ")
        .replace("USING INDEX ", "by ")
        .replace("USE TEMP B-TREE FOR ", "sorts for ")
        .replace("SEARCH ", "")
        .replace("SCAN ", "scans ")
        .replace("VIRTUAL TABLE INDEX ", "virtual ")
}
