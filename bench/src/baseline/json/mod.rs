//! The first baseline: what the database makes of one hand-written statement, which also finds out whose session it is.

mod lead;
mod lists;

use std::fmt::Write;

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, Value};

use super::create::{self, Found, Insert};
use super::now;
use super::pools::Pools;
use super::question::Question;
use super::sql::{self, Dialect, Sql, VIEWER};
use crate::Result;

const CONDITION: &str = "CASE WHEN p.client_since IS NULL THEN 'PROSPECT' ELSE 'CLIENT' END";

pub struct Json {
    pools: Pools,
    dialect: Dialect,
    /// The long constant text of the lead.
    lead: String,
}

impl Json {
    pub fn new(pools: Pools) -> Json {
        let dialect = Dialect::new(pools.reader.get_database_backend());
        Json {
            pools,
            dialect,
            lead: dialect.lead(),
        }
    }

    /// The answer, or None where the session is none.
    pub async fn read(&self, token: &str, question: &Question) -> Result<Option<String>> {
        let statement = self.statement(question, sql::session(token, now()));
        let row = self.pools.reader.query_one_raw(statement).await?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
    }

    fn statement(&self, question: &Question, session: Vec<Value>) -> Statement {
        let mut sql = Sql::whole(self.dialect, String::new(), session);
        let (field, few, value) = match question {
            Question::Lead(id) => {
                sql.bind(*id);
                ("prospect", None, self.lead.clone())
            }
            Question::List(list) => {
                let (few, value) = sql.list(list);
                ("prospects", few, value)
            }
            Question::Nested(after) => ("prospects", None, sql.nested(*after)),
            Question::Tasks(assignee) => ("tasks", None, sql.tasks(*assignee)),
            Question::History => ("timeline", None, sql.history()),
        };
        let few = few.map_or_else(String::new, |few| format!(", {few}"));
        let answer = self.dialect.object(&[("data", &self.dialect.object(&[(field, &value)]))]);
        let text = format!("WITH viewer AS ({VIEWER}){few} SELECT CAST({answer} AS text) FROM viewer v");
        Statement::from_sql_and_values(self.pools.reader.get_database_backend(), text, sql.values)
    }

    /// The answer, or None where the session is none.
    pub async fn create(&self, token: &str, body: &[u8]) -> Result<Option<String>> {
        let input = create::input(body)?;
        let now = now();
        let mut values = sql::session(token, now);
        values.push(input.source_id().into());
        let statement = Statement::from_sql_and_values(self.pools.writer.get_database_backend(), create::FIND, values);
        let Some(row) = self.pools.writer.query_one_raw(statement).await? else {
            return Ok(None);
        };
        let (inserts, answer) = create::rows(input, &found(&row)?, now);
        if self.dialect.is_postgres {
            self.insert_at_once(inserts).await?;
        } else {
            self.insert_in_turn(inserts).await?;
        }
        Ok(Some(answer))
    }

    /// References between the tables are checked at the end of the statement, so one is enough and is its own transaction.
    async fn insert_at_once(&self, inserts: Vec<Insert>) -> Result<()> {
        let mut sql = Sql::new(self.dialect);
        let mut text = String::with_capacity(4096);
        for (number, insert) in inserts.into_iter().enumerate() {
            let before = if number == 0 { "WITH" } else { "," };
            let _ = write!(text, "{before} part{number} AS ({})", insert.text(&mut sql));
        }
        text.push_str(" SELECT 1");
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, text, sql.values);
        self.pools.writer.execute_raw(statement).await?;
        Ok(())
    }

    async fn insert_in_turn(&self, inserts: Vec<Insert>) -> Result<()> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let tx = self.pools.writer.begin_with_options(options).await?;
        for insert in inserts {
            let mut sql = Sql::new(self.dialect);
            let text = insert.text(&mut sql);
            tx.execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, text, sql.values))
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

fn found(row: &QueryResult) -> Result<Found> {
    Ok(Found {
        user_id: row.try_get_by_index(0)?,
        status_id: row.try_get_by_index(1)?,
        category: row.try_get_by_index(2)?,
        source: row.try_get_by_index(3)?,
    })
}
