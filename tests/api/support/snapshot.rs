//! The whole database as text, to see that a refused write left nothing behind.

use std::collections::BTreeMap;

use cartera::db::Db;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

/// The rows of every table, sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    pub tables: BTreeMap<String, Vec<String>>,
}

impl Snapshot {
    pub async fn take(db: &Db) -> Snapshot {
        let mut tables = BTreeMap::new();
        for table in tables_of(db).await {
            let query = match db.backend() {
                DbBackend::Postgres => format!("SELECT CAST(t AS text) FROM \"{table}\" t"),
                _ => {
                    let columns = texts(db, &format!("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('{table}')")).await;
                    format!("SELECT {} FROM \"{table}\"", columns.join(" || ', ' || "))
                }
            };
            let mut rows = texts(db, &query).await;
            rows.sort();
            tables.insert(table, rows);
        }
        Snapshot { tables }
    }

    /// Without what the requests of a test write in passing.
    pub fn without(mut self, tables: &[&str]) -> Snapshot {
        for table in tables {
            assert!(self.tables.remove(*table).is_some(), "there is no table {table}");
        }
        self
    }

    /// Fails with the rows that differ.
    #[track_caller]
    pub fn assert_equal(&self, after: &Snapshot, what: &str) {
        for (table, rows) in &self.tables {
            let now = after.tables.get(table).map_or(&[][..], Vec::as_slice);
            let gone: Vec<&String> = rows.iter().filter(|row| !now.contains(row)).collect();
            let new: Vec<&String> = now.iter().filter(|row| !rows.contains(row)).collect();
            assert!(
                gone.is_empty() && new.is_empty() && rows.len() == now.len(),
                "{what} changed {table}: gone {gone:#?}, new {new:#?}"
            );
        }
        assert!(self.tables.keys().eq(after.tables.keys()), "{what} changed the set of tables");
    }
}

/// The first column of each row, which has to be text.
pub async fn texts(db: &Db, query: &str) -> Vec<String> {
    let statement = Statement::from_string(db.backend(), query);
    let rows = db
        .reader()
        .query_all_raw(statement)
        .await
        .unwrap_or_else(|error| panic!("{query}: {error}"));
    rows.iter()
        .map(|row| {
            row.try_get_by_index::<Option<String>>(0)
                .unwrap_or_else(|error| panic!("{query}: {error}"))
                .unwrap_or_else(|| "NULL".to_owned())
        })
        .collect()
}

async fn tables_of(db: &Db) -> Vec<String> {
    let query = match db.backend() {
        DbBackend::Postgres => "SELECT CAST(tablename AS text) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
        // The index of texts is a table to SQLite, with others behind it; what it finds is tested by searching.
        _ => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
             AND name NOT LIKE 'search\\_index%' ESCAPE '\\' ORDER BY 1"
        }
    };
    texts(db, query).await
}
