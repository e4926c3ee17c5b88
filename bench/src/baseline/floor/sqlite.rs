//! SQLite by prepared statements, over the pools that the other baseline uses too.

use sea_orm::Value;
use sea_orm::sqlx::sqlite::{SqliteArguments, SqlitePool, SqliteRow};
use sea_orm::sqlx::{AssertSqlSafe, Row, Sqlite as Database, query::Query};
use uuid::Uuid;

use super::store::{Cells, Link};
use crate::Result;
use crate::baseline::create::Insert;
use crate::baseline::pools::Pools;
use crate::baseline::sql::{Dialect, Sql};

pub struct Sqlite {
    reader: SqlitePool,
    writer: SqlitePool,
}

const DIALECT: Dialect = Dialect { is_postgres: false };

impl Sqlite {
    pub fn new(pools: &Pools) -> Sqlite {
        Sqlite {
            reader: pools.reader.get_sqlite_connection_pool().clone(),
            writer: pools.writer.get_sqlite_connection_pool().clone(),
        }
    }

    /// All rows in one transaction.
    pub async fn insert(&self, inserts: Vec<Insert>) -> Result<()> {
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        for insert in inserts {
            let mut sql = Sql::new(DIALECT);
            sql.text = insert.text(&mut sql);
            query(sql)?.execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

impl Link for Sqlite {
    type Row = SqliteRow;

    fn dialect(&self) -> Dialect {
        DIALECT
    }

    async fn rows(&self, sql: Sql) -> Result<Vec<SqliteRow>> {
        Ok(query(sql)?.fetch_all(&self.reader).await?)
    }
}

/// Safe, because every value is a parameter.
fn query(sql: Sql) -> Result<Query<'static, Database, SqliteArguments>> {
    let mut query = sea_orm::sqlx::query(AssertSqlSafe(sql.text));
    for value in sql.values {
        query = match value {
            Value::Bool(flag) => query.bind(flag),
            Value::Int(number) => query.bind(number),
            Value::BigInt(number) => query.bind(number),
            Value::Double(number) => query.bind(number),
            Value::String(text) => query.bind(text),
            Value::Bytes(bytes) => query.bind(bytes),
            Value::Uuid(id) => query.bind(id),
            other => return Err(format!("a parameter of another type: {other:?}").into()),
        };
    }
    Ok(query)
}

impl Cells for SqliteRow {
    fn maybe_id(&self, place: usize) -> Result<Option<Uuid>> {
        Ok(self.try_get_unchecked(place)?)
    }

    fn maybe_text(&self, place: usize) -> Result<Option<&str>> {
        Ok(self.try_get_unchecked(place)?)
    }

    fn maybe_number(&self, place: usize) -> Result<Option<i64>> {
        Ok(self.try_get_unchecked(place)?)
    }

    fn maybe_float(&self, place: usize) -> Result<Option<f64>> {
        Ok(self.try_get_unchecked(place)?)
    }

    fn flag(&self, place: usize) -> Result<bool> {
        Ok(self.try_get_unchecked(place)?)
    }
}
