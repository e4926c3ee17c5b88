//! Migration of canonical forms: after a change of how values are compared, every row with such a form is updated once.
//!
//! It runs in batches, each a transaction that also stores the position, so that it can be resumed. Values that collide in a unique index
//! are recorded and reported: see [`collisions`].

mod collisions;
pub mod earlier;
mod names;
mod numbers;
mod points;
pub(crate) mod slices;
mod users;

use std::fmt;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, Statement, TransactionTrait};
use uuid::Uuid;

use crate::search::write_documents_without_attributes;

pub use collisions::{Collision, CollisionKind, of as collisions_of};

/// The name under which the place that was reached is kept. A later change of the forms takes another one, and all is gone through again.
const NAME: &str = "canonical_forms_1";

/// Progress of the work.
#[derive(Debug, Default)]
pub struct Progress(Mutex<Option<Step>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Name of the rows.
    pub name: &'static str,
    /// Its place among the steps, from 1.
    pub number: usize,
    pub steps: usize,
    /// Rows that have been gone through, by earlier starts too.
    pub rows: u64,
    /// Rows that there are. None: they are few, and done at once.
    pub total: Option<u64>,
}

impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "step {} of {}, {}", self.number, self.steps, self.name)?;
        self.total.map_or(Ok(()), |total| write!(out, ", {} of {total} rows", self.rows))
    }
}

/// Kind of work on one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Table {
    Users,
    Catalogs,
    Prospects,
    Contacts,
    Addresses,
    ContactPoints,
    Identifiers,
    SearchDocuments,
}

const TABLES: [(&str, Table); 8] = [
    ("users", Table::Users),
    ("catalogues", Table::Catalogs),
    ("prospects", Table::Prospects),
    ("contacts", Table::Contacts),
    ("addresses", Table::Addresses),
    ("contact points", Table::ContactPoints),
    ("document numbers", Table::Identifiers),
    ("search documents", Table::SearchDocuments),
];

/// Reason why the migration of forms failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("the e-mails of {0} and {1} are one by now: change one of them with the version before, and start again")]
    SameUser(String, String),
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl Progress {
    /// None: nothing is gone through.
    pub fn step(&self) -> Option<Step> {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn set(&self, step: Option<Step>) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = step;
    }

    fn add(&self, rows: usize) {
        let mut step = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(step) = step.as_mut() {
            step.rows += rows as u64;
        }
    }
}

/// Refuses what only an administrator can decide, before anything is written, the tables included.
pub async fn check(db: &DatabaseConnection) -> Result<(), Failure> {
    users::check(db).await
}

/// Goes through all rows that have not been gone through since the last change of the forms. The tables have to be up to date.
pub async fn bring_up_to_date(db: &DatabaseConnection, progress: &Progress) -> Result<(), Failure> {
    let Some((reached, mut position)) = reached(db).await? else {
        return Ok(());
    };
    for (place, (_, table)) in TABLES.into_iter().enumerate().skip(reached) {
        progress.set(Some(step(db, place, position).await?));
        loop {
            let tx = begin(db).await?;
            let after = slice(&tx, table, position, progress).await?;
            keep(&tx, place, after).await?;
            tx.commit().await?;
            position = after;
            if after.is_none() {
                break;
            }
        }
    }
    finish(db).await?;
    progress.set(None);
    Ok(())
}

/// A transaction whose statements may take as long as there are rows.
async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let tx = db.begin().await?;
    if db.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
    }
    Ok(tx)
}

/// Progress of a step whose rows are done up to a position.
async fn step(db: &DatabaseConnection, place: usize, position: Option<Uuid>) -> Result<Step, DbErr> {
    let (name, table) = TABLES[place];
    let mut step = Step {
        name,
        number: place + 1,
        steps: TABLES.len(),
        rows: 0,
        total: None,
    };
    let Some(table) = table.rows() else { return Ok(step) };
    let tx = begin(db).await?;
    let text = format!("SELECT count(*), COALESCE(sum(CASE WHEN id <= $1 THEN 1 ELSE 0 END), 0) FROM {table}");
    let values = [position.unwrap_or_default().into()];
    let counts = tx
        .query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), text, values))
        .await?;
    if let Some(counts) = counts {
        let (total, rows): (i64, i64) = (counts.try_get_by_index(0)?, counts.try_get_by_index(1)?);
        (step.total, step.rows) = (Some(total.unsigned_abs()), rows.unsigned_abs());
    }
    tx.commit().await?;
    Ok(step)
}

impl Table {
    /// The table whose rows are gone through in slices.
    fn rows(self) -> Option<&'static str> {
        match self {
            Table::Users | Table::Catalogs => None,
            Table::Prospects | Table::SearchDocuments => Some("prospects"),
            Table::Contacts => Some("contacts"),
            Table::Addresses => Some("addresses"),
            Table::ContactPoints => Some("contact_points"),
            Table::Identifiers => Some("identifiers"),
        }
    }
}

/// Goes through the next rows, and answers the last of them; None where there are no more.
async fn slice(tx: &DatabaseTransaction, table: Table, after: Option<Uuid>, progress: &Progress) -> Result<Option<Uuid>, DbErr> {
    let (rows, last) = match table {
        Table::Users => users::write(tx).await?,
        Table::Catalogs => names::catalogs(tx, now()).await?,
        Table::Prospects => names::prospects(tx, after).await?,
        Table::Contacts => names::contacts(tx, after).await?,
        Table::Addresses => names::addresses(tx, after).await?,
        Table::ContactPoints => points::slice(tx, after).await?,
        Table::Identifiers => numbers::slice(tx, after).await?,
        Table::SearchDocuments => documents(tx, after).await?,
    };
    progress.add(rows);
    Ok(last)
}

/// Prospects whose search documents are written at once.
const DOCUMENTS: i64 = 2_000;

async fn documents(tx: &DatabaseTransaction, after: Option<Uuid>) -> Result<(usize, Option<Uuid>), DbErr> {
    let backend = tx.get_database_backend();
    let after = after.unwrap_or_default();
    let text = format!("SELECT id FROM prospects WHERE id > $1 ORDER BY id LIMIT {DOCUMENTS}");
    let rows = tx
        .query_all_raw(Statement::from_sql_and_values(backend, text, [after.into()]))
        .await?;
    let Some(last) = rows.last().map(|row| row.try_get_by_index::<Uuid>(0)).transpose()? else {
        return Ok((0, None));
    };
    let text = write_documents_without_attributes(backend, "p.id > $1 AND p.id <= $2");
    tx.execute_raw(Statement::from_sql_and_values(backend, text, [after.into(), last.into()]))
        .await?;
    Ok((rows.len(), Some(last)))
}

/// The step at which the work stands, if it is not finished.
pub async fn pending(db: &DatabaseConnection) -> Result<Option<Step>, DbErr> {
    match reached(db).await? {
        Some((place, position)) => step(db, place, position).await.map(Some),
        None => Ok(None),
    }
}

/// The step and the row that were reached. None: all has been gone through.
async fn reached(db: &DatabaseConnection) -> Result<Option<(usize, Option<Uuid>)>, DbErr> {
    let text = "SELECT step, position, is_finished FROM backfills WHERE name = $1";
    let row = db
        .query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), text, [NAME.into()]))
        .await?;
    let Some(row) = row else { return Ok(Some((0, None))) };
    if row.try_get_by_index::<bool>(2)? {
        return Ok(None);
    }
    let step: String = row.try_get_by_index(0)?;
    let position: Option<Vec<u8>> = row.try_get_by_index(1)?;
    let place = TABLES.iter().position(|(name, _)| *name == step).unwrap_or_default();
    let position = position.map(|bytes| Uuid::from_slice(&bytes)).transpose();
    Ok(Some((place, position.map_err(|error| DbErr::Custom(error.to_string()))?)))
}

/// Keeps the row that was reached in a step; where there is none, the next step begins.
async fn keep(tx: &DatabaseTransaction, place: usize, after: Option<Uuid>) -> Result<(), DbErr> {
    let next = if after.is_some() {
        place
    } else {
        (place + 1).min(TABLES.len() - 1)
    };
    let position = match after {
        Some(after) => Some(after.as_bytes().to_vec()),
        // The last step ends behind all rows.
        None if next == place => Some(Uuid::max().as_bytes().to_vec()),
        None => None,
    };
    let text = "INSERT INTO backfills (name, step, position, is_finished) VALUES ($1, $2, $3, FALSE) \
                ON CONFLICT (name) DO UPDATE SET step = excluded.step, position = excluded.position";
    let values = [NAME.into(), TABLES[next].0.into(), position.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), text, values))
        .await?;
    Ok(())
}

/// Milliseconds since 1970.
fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
    elapsed.map_or(0, |elapsed| elapsed.as_millis() as i64)
}

async fn finish(db: &DatabaseConnection) -> Result<(), DbErr> {
    let text = "UPDATE backfills SET is_finished = TRUE WHERE name = $1";
    let values = [NAME.into()];
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), text, values))
        .await?;
    Ok(())
}
