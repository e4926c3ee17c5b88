//! New rows of several tables, inserted together in as few statements as the database allows.

use std::fmt::Write;

use sea_orm::sea_query::sea_value_to_json_value;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityName, EntityTrait, IdenStatic, Iterable, ModelTrait, Statement, Value};

use crate::db::sql::Sql;

/// Rows to insert, in the order in which they were added: referenced rows first.
///
/// PostgreSQL takes all of them in one statement, and checks references at its end. Each table gets its rows as one JSON array, which may
/// be empty, so that the text depends on the tables alone. The server keeps about 400 kB for each text of a whole record on each
/// connection.
///
/// SQLite takes the single rows as one text of several statements, which the library prepares and runs without a wait in between, and then
/// each list separately, a long one in parts: one text for all would be prepared again for each combination of lengths.
#[derive(Default)]
pub struct Inserts {
    singles: Vec<Rows>,
    lists: Vec<Rows>,
}

const PROSPECTS: &str = "prospects";
/// Parameters that SQLite takes in one statement.
const MOST_PARAMETERS: usize = 32_766;

/// Rows of one table with all of its columns, none of which is binary.
struct Rows {
    table: &'static str,
    columns: Vec<&'static str>,
    values: Vec<Vec<Value>>,
}

impl Inserts {
    /// Adds a single row. Together these make few texts: writes of a kind have each of them always, or have it or not.
    pub fn add<M: ModelTrait>(&mut self, row: &M) {
        let rows = Rows::of(std::slice::from_ref(row));
        match self.singles.iter_mut().find(|others| others.table == rows.table) {
            Some(others) => others.values.extend(rows.values),
            None => self.singles.push(rows),
        }
    }

    /// Adds any number of rows, which go in after all single ones. A list that may be empty is added all the same.
    pub fn add_list<M: ModelTrait>(&mut self, rows: &[M]) {
        self.lists.push(Rows::of(rows));
    }

    /// Inserts everything; sends nothing where there are no rows.
    pub async fn write(self, tx: &impl ConnectionTrait) -> Result<(), DbErr> {
        for statement in self.statements(tx.get_database_backend()) {
            tx.execute_raw(statement).await?;
        }
        Ok(())
    }

    fn statements(self, backend: DbBackend) -> Vec<Statement> {
        let Inserts { singles, lists } = self;
        if singles.iter().chain(&lists).all(|rows| rows.values.is_empty()) {
            return Vec::new();
        }
        if backend == DbBackend::Postgres {
            return vec![in_one(singles.into_iter().chain(lists).collect())];
        }
        let lists = lists.into_iter().flat_map(Rows::parts).map(|rows| vec![rows]);
        let groups = std::iter::once(singles).chain(lists);
        groups.filter_map(in_one_text).collect()
    }
}

impl Rows {
    fn of<M: ModelTrait>(rows: &[M]) -> Rows {
        let columns = || <<M::Entity as EntityTrait>::Column as Iterable>::iter();
        Rows {
            table: M::Entity::default().table_name(),
            columns: columns().map(|column| column.as_str()).collect(),
            values: rows.iter().map(|row| columns().map(|column| row.get(column)).collect()).collect(),
        }
    }

    /// The same rows in as many parts as SQLite needs.
    fn parts(self) -> Vec<Rows> {
        let most = MOST_PARAMETERS / self.columns.len().max(1);
        if self.values.len() <= most {
            return vec![self];
        }
        let part = |values: &[Vec<Value>]| Rows {
            table: self.table,
            columns: self.columns.clone(),
            values: values.to_vec(),
        };
        self.values.chunks(most).map(part).collect()
    }

    fn to_json(&self) -> String {
        let mut text = String::from("[");
        for (number, row) in self.values.iter().enumerate() {
            text.push_str(if number == 0 { "{" } else { "},{" });
            for (place, (column, value)) in self.columns.iter().zip(row).enumerate() {
                let comma = if place == 0 { "" } else { "," };
                let _ = write!(text, "{comma}\"{column}\":{}", sea_value_to_json_value(value));
            }
        }
        text.push_str(if self.values.is_empty() { "]" } else { "}]" });
        text
    }
}

/// One statement for PostgreSQL. It promises no order among its parts, but carries out the last one first. Turned around they keep the order
/// that updates keep as well, so that transactions which write the same keys hardly ever wait in a circle; one that does begins again.
///
/// Tables are locked in the order of the text, however. That of prospects comes first there, as in all writes: a change of a definition locks it
/// before others.
fn in_one(all: Vec<Rows>) -> Statement {
    let mut sql = Sql::new(DbBackend::Postgres);
    sql.push("WITH ");
    if all.iter().any(|rows| rows.table == PROSPECTS) {
        // It is parsed, and not carried out.
        sql.push(&format!("locked AS (SELECT 1 FROM {PROSPECTS} WHERE FALSE FOR KEY SHARE), "));
    }
    for (number, rows) in all.iter().rev().enumerate() {
        let (table, columns, json) = (rows.table, rows.columns.join(", "), sql.bind(rows.to_json()));
        let before = if number == 0 { "" } else { ", " };
        sql.push(&format!(
            "{before}part{number} AS (INSERT INTO {table} ({columns}) \
             SELECT {columns} FROM json_populate_recordset(NULL::{table}, CAST({json} AS json)))"
        ));
    }
    sql.push(" SELECT 1");
    sql.build()
}

/// One text for SQLite; None where there are no rows. Its parameters are counted through all of its statements, and have no numbers: SQLite takes
/// these for names, and looks through all of them for each value.
fn in_one_text(group: Vec<Rows>) -> Option<Statement> {
    let mut sql = Sql::new(DbBackend::Sqlite);
    for rows in group.into_iter().filter(|rows| !rows.values.is_empty()) {
        let between = if sql.text.is_empty() { "" } else { "; " };
        let values = rows.values.into_iter().map(|row| {
            let places = vec!["?"; row.len()];
            row.into_iter().for_each(|value| drop(sql.bind(value)));
            format!("({})", places.join(", "))
        });
        let values: Vec<String> = values.collect();
        let (table, columns) = (rows.table, rows.columns.join(", "));
        sql.push(&format!("{between}INSERT INTO {table} ({columns}) VALUES {}", values.join(", ")));
    }
    (!sql.text.is_empty()).then(|| sql.build())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::entities::records::{entry_change, prospect_tag, search_document};

    fn inserts(tags: usize) -> Inserts {
        let mut inserts = Inserts::default();
        for (number, document) in [(1, "it's \"quoted\"\n\\ñ"), (2, "b")] {
            inserts.add(&search_document::Model {
                prospect_id: Uuid::from_u128(number),
                document: document.to_owned(),
            });
            let data = serde_json::json!({ "number": number as u64, "none": null });
            let id = Uuid::from_u128(number);
            inserts.add(&entry_change::Model { id, data });
        }
        let tag = |number| prospect_tag::Model {
            prospect_id: Uuid::from_u128(1),
            tag_id: Uuid::from_u128(number as u128),
        };
        inserts.add_list(&(0..tags).map(tag).collect::<Vec<_>>());
        inserts
    }

    fn texts(statements: &[Statement]) -> Vec<&str> {
        statements.iter().map(|statement| statement.sql.as_str()).collect()
    }

    #[test]
    fn postgres_takes_one_text_however_many_rows_there_are() {
        let [none, some] = [0, 3].map(|tags| inserts(tags).statements(DbBackend::Postgres));
        assert_eq!(texts(&none), texts(&some));
        assert_eq!(none.len(), 1);
        // What is first in the order comes last in the text.
        let of = |table: &str| none[0].sql.find(&format!("INSERT INTO {table} ")).expect("the table is written");
        assert!(of("prospect_tags") < of("entry_changes") && of("entry_changes") < of("search_documents"));
        let values = &none[0].values.as_ref().expect("there are values").0;
        let lists: Vec<serde_json::Value> = values
            .iter()
            .map(|value| serde_json::from_str(&value.clone().unwrap::<String>()).expect("JSON"))
            .collect();
        let id = |number| Uuid::from_u128(number).to_string();
        assert_eq!(
            lists,
            [
                serde_json::json!([]),
                serde_json::json!([{ "id": id(1), "data": { "number": 1, "none": null } }, { "id": id(2), "data": { "number": 2, "none": null } }]),
                serde_json::json!([
                    { "prospect_id": id(1), "document": "it's \"quoted\"\n\\ñ" },
                    { "prospect_id": id(2), "document": "b" },
                ]),
            ]
        );
    }

    #[test]
    fn sqlite_takes_single_rows_in_one_text_and_each_list_in_another() {
        let single = "INSERT INTO search_documents (prospect_id, document) VALUES (?, ?), (?, ?); \
                      INSERT INTO entry_changes (id, data) VALUES (?, ?), (?, ?)";
        assert_eq!(texts(&inserts(0).statements(DbBackend::Sqlite)), [single]);
        let list = "INSERT INTO prospect_tags (prospect_id, tag_id) VALUES (?, ?), (?, ?)";
        let all = inserts(2).statements(DbBackend::Sqlite);
        assert_eq!(texts(&all), [single, list]);
        assert_eq!(all[0].values.as_ref().map(|values| values.0.len()), Some(8));
    }

    #[test]
    fn sqlite_takes_a_long_list_in_parts() {
        let counts = |tags| -> Vec<usize> {
            let statements = inserts(tags).statements(DbBackend::Sqlite);
            let values = |statement: &Statement| statement.values.as_ref().map_or(0, |values| values.0.len());
            statements.iter().skip(1).map(values).collect()
        };
        assert_eq!(counts(16_383), [32_766]);
        assert_eq!(counts(16_384), [32_766, 2]);
    }

    #[test]
    fn without_rows_nothing_is_sent() {
        for backend in [DbBackend::Postgres, DbBackend::Sqlite] {
            let mut empty = Inserts::default();
            assert!(Inserts::default().statements(backend).is_empty());
            empty.add_list::<prospect_tag::Model>(&[]);
            assert!(empty.statements(backend).is_empty());
        }
    }
}
