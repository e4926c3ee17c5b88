//! Rows read and written by the thousand.

use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, Value};
use uuid::Uuid;

/// Number of rows per transaction.
const ROWS: usize = 2_000;

/// The next rows of a table after an id, by it: the id first, then the columns.
pub async fn read(tx: &impl ConnectionTrait, table: &str, columns: &[&str], after: Option<Uuid>) -> Result<Vec<QueryResult>, DbErr> {
    let text = format!(
        "SELECT id, {} FROM {table} WHERE id > $1 ORDER BY id LIMIT {ROWS}",
        columns.join(", ")
    );
    let values = [after.unwrap_or_default().into()];
    tx.query_all_raw(Statement::from_sql_and_values(tx.get_database_backend(), text, values))
        .await
}

/// The id of the last of the rows. None: there were none.
pub fn last(rows: &[QueryResult]) -> Result<Option<Uuid>, DbErr> {
    rows.last().map(|row| row.try_get_by_index(0)).transpose()
}

/// Texts of rows, by the ids of these.
pub struct Changes {
    table: String,
    columns: &'static [&'static str],
    rows: Vec<(Uuid, Vec<Option<String>>)>,
}

impl Changes {
    pub fn of(table: &str, columns: &'static [&'static str]) -> Changes {
        Changes {
            table: table.to_owned(),
            columns,
            rows: Vec::new(),
        }
    }

    /// Notes the texts of a row where they differ from what it has.
    pub fn add(&mut self, id: Uuid, before: &[Option<String>], after: Vec<Option<String>>) {
        if before != after {
            self.rows.push((id, after));
        }
    }

    /// In one statement.
    pub async fn write(self, tx: &impl ConnectionTrait) -> Result<(), DbErr> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut values: Vec<Value> = Vec::new();
        let mut lines = Vec::with_capacity(self.rows.len());
        for (id, texts) in self.rows {
            let first = values.len() + 1;
            values.push(id.into());
            values.extend(texts.into_iter().map(Value::from));
            let places: Vec<String> = (first..=values.len()).map(|place| format!("${place}")).collect();
            lines.push(format!("({})", places.join(", ")));
        }
        let set: Vec<String> = self
            .columns
            .iter()
            .enumerate()
            .map(|(place, column)| format!("{column} = v.column{}", place + 2))
            .collect();
        let text = format!(
            "UPDATE {table} SET {} FROM (VALUES {}) AS v WHERE {table}.id = v.column1",
            set.join(", "),
            lines.join(", "),
            table = self.table
        );
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), text, values))
            .await?;
        Ok(())
    }
}
