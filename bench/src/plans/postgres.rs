//! Plans on PostgreSQL: what `EXPLAIN (ANALYZE, BUFFERS)` saw, and the generic plan of a prepared statement.

use std::time::{Duration, Instant};

use cartera::db::Db;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::Value;

use super::plan::{Large, Plan};
use crate::Result;

pub struct Postgres(pub Db);

/// After five runs a connection may choose a generic plan for all values.
const RUNS: usize = 8;
/// A longer time is a fault.
const WORTH_REPEATING: Duration = Duration::from_millis(500);

/// Nodes of a plan.
#[derive(Default)]
struct Walked {
    steps: Vec<String>,
    /// The same without numbers, to be compared.
    form: Vec<String>,
    full_scans: Vec<String>,
    read: u64,
}

impl Postgres {
    /// By the statistics of the planner, which are gathered first.
    pub async fn large(&self, from: u64) -> Result<Large> {
        let backend = self.0.backend();
        let text = format!(
            "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND reltuples >= {from}"
        );
        let rows = self.0.reader().query_all_raw(Statement::from_string(backend, text)).await?;
        let names = rows.iter().map(|row| row.try_get_by_index::<String>(0));
        Ok(Large::new(names.collect::<std::result::Result<Vec<_>, _>>()?))
    }

    pub async fn plan(&self, statement: &Statement, large: &Large) -> Result<Plan> {
        let explain = Statement {
            sql: format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {}", statement.sql),
            ..statement.clone()
        };
        let began = Instant::now();
        let (seen, is_endless) = match self.explained(explain).await {
            Ok(seen) => (seen, false),
            // Abandoned; its plan can still be shown.
            Err(_) if began.elapsed() >= super::PATIENCE => (self.explained(planned(statement)).await?, true),
            Err(error) => return Err(error),
        };
        let mut walked = Walked::default();
        walked.walk(&seen["Plan"], large);
        let pages = number(&seen["Plan"], "Shared Hit Blocks") + number(&seen["Plan"], "Shared Read Blocks");
        let mut plan = Plan {
            steps: walked.steps,
            full_scans: walked.full_scans,
            read: walked.read,
            unit: "rows",
            pages: Some(pages as u64),
            elapsed: if is_endless {
                began.elapsed()
            } else {
                Duration::from_secs_f64(number(&seen, "Execution Time") / 1000.0)
            },
            is_endless,
            generic: None,
        };
        if plan.elapsed < WORTH_REPEATING
            && let Some((generic, elapsed)) = self.generic(statement, large).await?
        {
            plan.generic = (generic.form != walked.form).then(|| (generic.form.join("; "), elapsed));
            plan.full_scans.extend(generic.full_scans);
        }
        Ok(plan)
    }

    /// The generic plan that a connection chooses after some runs, and its time. None if it keeps planning each time.
    async fn generic(&self, statement: &Statement, large: &Large) -> Result<Option<(Walked, Duration)>> {
        let mut elapsed = Duration::ZERO;
        for _ in 0..RUNS {
            let began = Instant::now();
            self.0.reader().query_all_raw(statement.clone()).await?;
            elapsed = began.elapsed();
        }
        let text = "SELECT name, coalesce(array_length(parameter_types, 1), 0) FROM pg_prepared_statements WHERE statement = $1 AND generic_plans > 0";
        let question = Statement::from_sql_and_values(self.0.backend(), text, [statement.sql.as_str().into()]);
        let Some(row) = self.0.reader().query_one_raw(question).await? else {
            return Ok(None);
        };
        let (name, parameters): (String, i32) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let values = vec!["NULL"; usize::try_from(parameters)?];
        let values = if values.is_empty() {
            String::new()
        } else {
            format!("({})", values.join(", "))
        };
        self.0
            .reader()
            .execute_unprepared("SET plan_cache_mode = force_generic_plan")
            .await?;
        let explain = Statement::from_string(self.0.backend(), format!("EXPLAIN (FORMAT JSON) EXECUTE \"{name}\"{values}"));
        let plan = self.explained(explain).await;
        self.0.reader().execute_unprepared("RESET plan_cache_mode").await?;
        let mut walked = Walked::default();
        walked.walk(&plan?["Plan"], large);
        Ok(Some((walked, elapsed)))
    }

    async fn explained(&self, explain: Statement) -> Result<Value> {
        let row = self.0.reader().query_one_raw(explain).await?.ok_or("a plan has no row")?;
        let mut plan: Value = row.try_get_by_index(0)?;
        Ok(plan[0].take())
    }
}

impl Walked {
    fn walk(&mut self, node: &Value, large: &Large) {
        let text = |key: &str| node[key].as_str();
        let kind = text("Node Type").unwrap_or_default();
        let table = text("Relation Name");
        let loops = number(node, "Actual Loops");
        // What never ran says nothing.
        let has_run = loops > 0.0 || node.get("Actual Loops").is_none();
        if let Some(name) = text("Index Name").or(table) {
            let rows =
                (number(node, "Actual Rows") + number(node, "Rows Removed by Filter") + number(node, "Rows Removed by Index Recheck"))
                    * loops;
            self.read += rows as u64;
            self.form.push(format!("{kind} {name}"));
            if has_run {
                self.steps
                    .push(format!("{} {name} {rows:.0}", kind.replace(" Scan", "").to_lowercase()));
            }
        } else if kind.contains("Sort") {
            self.form.push(kind.to_owned());
            self.steps.push(kind.to_lowercase());
        }
        if kind == "Seq Scan"
            && has_run
            && let Some(table) = table.filter(|table| large.has(table))
        {
            self.full_scans.push(table.to_owned());
        }
        for inner in node["Plans"].as_array().into_iter().flatten() {
            self.walk(inner, large);
        }
    }
}

fn planned(statement: &Statement) -> Statement {
    Statement {
        sql: format!("EXPLAIN (FORMAT JSON) {}", statement.sql),
        ..statement.clone()
    }
}

fn number(node: &Value, key: &str) -> f64 {
    node[key].as_f64().unwrap_or(0.0)
}
