//! The tables of a database as it describes them itself: columns, keys, and what refers to what.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, Statement, Value};

use super::search;
use crate::error::{Error, Result};

/// One table.
#[derive(Clone, Debug)]
pub struct Table {
    pub name: String,
    /// Without those that the database computes.
    pub columns: Vec<Column>,
    /// The columns of its primary key.
    pub key: Vec<String>,
    pub references: Vec<Reference>,
}

#[derive(Clone, Debug)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
    /// Whether the database numbers new rows itself.
    pub is_numbered: bool,
}

/// Target of the references of a table.
#[derive(Clone, Debug)]
pub struct Reference {
    /// Its name; empty on SQLite, which has none.
    pub name: String,
    pub table: String,
}

/// Storage type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Id,
    Bytes,
    Text,
    Json,
    BinaryJson,
    Small,
    Integer,
    Big,
    Truth,
    Double,
}

/// SeaORM's own list of what has run. Both sides have it from their own migrations.
const JOURNAL: &str = "seaql_migrations";

/// All tables with rows of their own, by name.
pub async fn of(tx: &DatabaseTransaction) -> Result<BTreeMap<String, Table>> {
    let is_postgres = tx.get_database_backend() == DbBackend::Postgres;
    let names = texts(tx, if is_postgres { POSTGRES_TABLES } else { SQLITE_TABLES }, &[]).await?;
    let mut tables = BTreeMap::new();
    for name in names
        .into_iter()
        .filter(|name| name != JOURNAL && !search::is_filled_afterwards(name))
    {
        let table = if is_postgres {
            postgres(tx, name).await?
        } else {
            sqlite(tx, name).await?
        };
        if table.key.is_empty() {
            return Err(Error::internal(format!("table {} has no primary key to scan by", table.name)));
        }
        tables.insert(table.name.clone(), table);
    }
    Ok(tables)
}

/// The virtual tables of SQLite, which hold no rows that could be copied.
pub async fn virtual_tables(tx: &DatabaseTransaction) -> Result<Vec<String>> {
    match tx.get_database_backend() {
        DbBackend::Postgres => Ok(Vec::new()),
        _ => {
            texts(
                tx,
                "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'virtual' ORDER BY 1",
                &[],
            )
            .await
        }
    }
}

/// A name as SQL takes it whatever it is.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Virtual tables and what they keep their own things in are of other types.
const SQLITE_TABLES: &str =
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1";

const POSTGRES_TABLES: &str = "SELECT CAST(c.relname AS text) FROM pg_class c \
    WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND c.relkind IN ('r', 'p') ORDER BY 1";

async fn sqlite(tx: &DatabaseTransaction, name: String) -> Result<Table> {
    // `hidden` is 2 or 3 for what is computed.
    let text = "SELECT name, upper(type) AS kind FROM pragma_table_xinfo($1) WHERE hidden = 0 ORDER BY cid";
    let mut columns = Vec::new();
    for row in rows(tx, text, &[&name]).await? {
        let kind: String = row.try_get("", "kind")?;
        let column: String = row.try_get("", "name")?;
        let kind = match kind.as_str() {
            "BLOB" => Kind::Bytes,
            "INTEGER" | "INT" | "BIGINT" | "SMALLINT" => Kind::Big,
            "BOOLEAN" => Kind::Truth,
            "DOUBLE PRECISION" | "DOUBLE" | "REAL" => Kind::Double,
            "TEXT" => Kind::Text,
            kind if kind.starts_with("VARCHAR") => Kind::Text,
            other => return Err(unknown(&name, &column, other)),
        };
        columns.push(Column {
            name: column,
            kind,
            is_numbered: false,
        });
    }
    let key = texts(tx, "SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk", &[&name]).await?;
    let parents = texts(
        tx,
        "SELECT DISTINCT \"table\" FROM pragma_foreign_key_list($1) ORDER BY 1",
        &[&name],
    )
    .await?;
    let references = parents.into_iter().map(|table| Reference {
        name: String::new(),
        table,
    });
    Ok(Table {
        references: references.collect(),
        name,
        columns,
        key,
    })
}

async fn postgres(tx: &DatabaseTransaction, name: String) -> Result<Table> {
    let text = "SELECT CAST(attname AS text) AS name, format_type(atttypid, NULL) AS kind, \
        attidentity <> '' OR pg_get_serial_sequence(quote_ident($1), CAST(attname AS text)) IS NOT NULL AS is_numbered \
        FROM pg_attribute WHERE attrelid = CAST(quote_ident($1) AS regclass) AND attnum > 0 AND NOT attisdropped \
        AND attgenerated = '' ORDER BY attnum";
    let mut columns = Vec::new();
    for row in rows(tx, text, &[&name]).await? {
        let kind: String = row.try_get("", "kind")?;
        let column: String = row.try_get("", "name")?;
        let kind = match kind.as_str() {
            "uuid" => Kind::Id,
            "bytea" => Kind::Bytes,
            "text" | "character varying" => Kind::Text,
            "json" => Kind::Json,
            "jsonb" => Kind::BinaryJson,
            "smallint" => Kind::Small,
            "integer" => Kind::Integer,
            "bigint" => Kind::Big,
            "boolean" => Kind::Truth,
            "double precision" => Kind::Double,
            other => return Err(unknown(&name, &column, other)),
        };
        columns.push(Column {
            name: column,
            kind,
            is_numbered: row.try_get("", "is_numbered")?,
        });
    }
    let key = "SELECT CAST(a.attname AS text) FROM pg_index i \
        CROSS JOIN LATERAL unnest(CAST(i.indkey AS smallint[])) WITH ORDINALITY k(number, place) \
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number \
        WHERE i.indrelid = CAST(quote_ident($1) AS regclass) AND i.indisprimary ORDER BY k.place";
    let key = texts(tx, key, &[&name]).await?;
    let text = "SELECT CAST(o.conname AS text) AS name, CAST(c.relname AS text) AS parent FROM pg_constraint o \
        JOIN pg_class c ON c.oid = o.confrelid \
        WHERE o.contype = 'f' AND o.conrelid = CAST(quote_ident($1) AS regclass) ORDER BY 1";
    let mut references = Vec::new();
    for row in rows(tx, text, &[&name]).await? {
        references.push(Reference {
            name: row.try_get("", "name")?,
            table: row.try_get("", "parent")?,
        });
    }
    Ok(Table {
        name,
        columns,
        key,
        references,
    })
}

fn unknown(table: &str, column: &str, kind: &str) -> Error {
    Error::internal(format!("column {table}.{column} is of type {kind}, which cannot be moved"))
}

async fn rows(tx: &DatabaseTransaction, text: &str, parameters: &[&str]) -> Result<Vec<QueryResult>> {
    let values: Vec<Value> = parameters.iter().map(|text| Value::from(*text)).collect();
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), text, values);
    Ok(tx.query_all_raw(statement).await?)
}

async fn texts(tx: &DatabaseTransaction, text: &str, parameters: &[&str]) -> Result<Vec<String>> {
    let rows = rows(tx, text, parameters).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}
