//! PostgreSQL by statements that are prepared once and pipelined, over a few connections.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use futures_util::future::join_all;
use sea_orm::Value;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls, Row, Statement};
use uuid::Uuid;

use super::store::{Cells, Link};
use crate::Result;
use crate::baseline::create::Insert;
use crate::baseline::sql::{Dialect, Sql};

pub struct Postgres {
    /// Shared by all requests.
    readers: Vec<Connection>,
    /// Each for one transaction at a time.
    writers: Vec<tokio::sync::Mutex<Connection>>,
    next: AtomicUsize,
}

pub struct Connection {
    client: Client,
    statements: Mutex<HashMap<String, Statement>>,
}

type Parameter = Box<dyn ToSql + Sync + Send>;

const CONNECTIONS: usize = 4;
const DIALECT: Dialect = Dialect { is_postgres: true };

impl Postgres {
    pub async fn open(address: &str) -> Result<Postgres> {
        let (mut readers, mut writers) = (Vec::new(), Vec::new());
        for _ in 0..CONNECTIONS {
            readers.push(Connection::open(address).await?);
            writers.push(tokio::sync::Mutex::new(Connection::open(address).await?));
        }
        Ok(Postgres {
            readers,
            writers,
            next: AtomicUsize::new(0),
        })
    }

    /// The next connection in turn.
    pub fn link(&self) -> &Connection {
        &self.readers[self.turn()]
    }

    /// All rows in one transaction, whose statements are sent at once.
    pub async fn insert(&self, inserts: Vec<Insert>) -> Result<()> {
        let connection = self.writers[self.turn()].lock().await;
        let mut statements = vec![(connection.prepared("BEGIN").await?, Vec::new())];
        for insert in inserts {
            let mut sql = Sql::new(DIALECT);
            let text = insert.text(&mut sql);
            statements.push((connection.prepared(&text).await?, parameters(&sql.values)?));
        }
        statements.push((connection.prepared("COMMIT").await?, Vec::new()));
        let sent = statements.iter().map(|(statement, values)| connection.query(statement, values));
        // Where one fails, PostgreSQL makes a rollback of the commit.
        join_all(sent).await.into_iter().collect::<Result<Vec<_>>>()?;
        Ok(())
    }

    fn turn(&self) -> usize {
        self.next.fetch_add(1, Ordering::Relaxed) % CONNECTIONS
    }
}

impl Connection {
    async fn open(address: &str) -> Result<Connection> {
        let (client, driver) = tokio_postgres::connect(address, NoTls).await?;
        // It ends with the client; its errors are reported by the statements.
        tokio::spawn(driver);
        Ok(Connection {
            client,
            statements: Mutex::default(),
        })
    }

    async fn prepared(&self, text: &str) -> Result<Statement> {
        let known = |statements: &Mutex<HashMap<String, Statement>>| {
            let statements = statements.lock().unwrap_or_else(PoisonError::into_inner);
            statements.get(text).cloned()
        };
        if let Some(statement) = known(&self.statements) {
            return Ok(statement);
        }
        let statement = self.client.prepare(text).await?;
        let mut statements = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        statements.insert(text.to_owned(), statement.clone());
        Ok(statement)
    }

    async fn query(&self, statement: &Statement, values: &[Parameter]) -> Result<Vec<Row>> {
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect();
        Ok(self.client.query(statement, &values).await?)
    }
}

impl Link for Connection {
    type Row = Row;

    fn dialect(&self) -> Dialect {
        DIALECT
    }

    async fn rows(&self, sql: Sql) -> Result<Vec<Row>> {
        let statement = self.prepared(&sql.text).await?;
        self.query(&statement, &parameters(&sql.values)?).await
    }
}

fn parameters(values: &[Value]) -> Result<Vec<Parameter>> {
    values.iter().map(parameter).collect()
}

fn parameter(value: &Value) -> Result<Parameter> {
    Ok(match value {
        Value::Bool(flag) => Box::new(*flag),
        Value::Int(number) => Box::new(*number),
        Value::BigInt(number) => Box::new(*number),
        Value::Double(number) => Box::new(*number),
        Value::String(text) => Box::new(text.clone()),
        Value::Bytes(bytes) => Box::new(bytes.clone()),
        Value::Uuid(id) => Box::new(*id),
        Value::Array(_, Some(values)) => Box::new(ids(values)),
        other => return Err(format!("a parameter of another type: {other:?}").into()),
    })
}

fn ids(values: &[Value]) -> Vec<Option<Uuid>> {
    let id = |value: &Value| match value {
        Value::Uuid(id) => *id,
        _ => None,
    };
    values.iter().map(id).collect()
}

impl Cells for Row {
    fn maybe_id(&self, place: usize) -> Result<Option<Uuid>> {
        Ok(self.try_get(place)?)
    }

    fn maybe_text(&self, place: usize) -> Result<Option<&str>> {
        Ok(self.try_get(place)?)
    }

    fn maybe_number(&self, place: usize) -> Result<Option<i64>> {
        if *self.columns()[place].type_() == Type::INT4 {
            return Ok(self.try_get::<_, Option<i32>>(place)?.map(i64::from));
        }
        Ok(self.try_get(place)?)
    }

    fn maybe_float(&self, place: usize) -> Result<Option<f64>> {
        Ok(self.try_get(place)?)
    }

    fn flag(&self, place: usize) -> Result<bool> {
        Ok(self.try_get(place)?)
    }
}
