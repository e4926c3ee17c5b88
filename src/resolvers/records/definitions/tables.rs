//! The records of a kind under a changed definition: where their prospects are, and the locks that keep others from writing them meanwhile.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio::time::{Instant, sleep};

use crate::db::session::APPLICATION as BUILDER;
use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::error::{Error, ProblemCode, Result};
use crate::resolvers::setup::attribute_indexes::type_lock;
use crate::rules::attributes::index::table;
use crate::tx::Tx;

/// Milliseconds that each lock of a change is waited for. All writes of records queue behind a waiting table lock, and the build of an index
/// holds the table for minutes. It is longer than `deadlock_timeout`, 1 s by default, after which a waiting lock ends an automatic vacuum.
const LOCK_TIMEOUT: u32 = 2_000;
/// Pause between two attempts at the lock on a type.
const PAUSE: Duration = Duration::from_millis(50);

/// Column with the prospect of a record.
pub fn prospect_column(entity: AttributeEntity) -> &'static str {
    match entity {
        AttributeEntity::Prospect | AttributeEntity::Client => "id",
        AttributeEntity::Contact | AttributeEntity::Task => "prospect_id",
    }
}

/// Keeps other transactions from writing records until this one ends. A write that was checked against the former definition is committed
/// before, or finds the definitions changed. Prospects are locked first, as by all writes. Fails with a problem where a lock is not to be had
/// in time; that limit holds for all further statements of the transaction.
pub async fn lock(tx: &Tx, entity: AttributeEntity) -> Result<()> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let name = table(entity);
    let tables = if name == "prospects" {
        name.to_owned()
    } else {
        format!("prospects, {name}")
    };
    tx.execute_unprepared(&format!("SET LOCAL lock_timeout = {LOCK_TIMEOUT}")).await?;
    let locked = tx.execute_unprepared(&format!("LOCK TABLE {tables} IN EXCLUSIVE MODE")).await;
    locked.map(|_| ()).map_err(|error| busy(error.into()))
}

/// Keeps jobs from building indexes of a kind of record until the transaction ends: one that read the definition before would build an index of
/// the former type. It is not waited for in the database: the build waits for the transactions that are older than it, and so for this one.
pub async fn lock_type(tx: &Tx, entity: AttributeEntity) -> Result<()> {
    wait_for_type(tx, entity, None).await
}

/// The same without waiting for the end of a build: one that runs is ended, and its job begins again later. `lock_timeout` holds as after `lock`.
pub async fn stop_builds(tx: &Tx, entity: AttributeEntity) -> Result<()> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    // Databases that were made from one template have the same numbers of tables.
    let cancel = format!(
        "SELECT pg_cancel_backend(b.pid) FROM pg_stat_progress_create_index b JOIN pg_stat_activity a ON a.pid = b.pid \
         WHERE b.datname = current_database() AND b.relid = CAST('{}' AS regclass) \
         AND a.usename = current_user AND a.application_name = '{BUILDER}'",
        table(entity)
    );
    wait_for_type(tx, entity, Some(&cancel)).await?;
    tx.execute_unprepared(&format!("SET LOCAL lock_timeout = {LOCK_TIMEOUT}")).await?;
    Ok(())
}

/// Tries to lock the type until the deadline, with a statement between the attempts.
async fn wait_for_type(tx: &Tx, entity: AttributeEntity, between: Option<&str>) -> Result<()> {
    let backend = tx.get_database_backend();
    if backend != DbBackend::Postgres {
        // The job reads the definition in the transaction in which it builds.
        return Ok(());
    }
    let text = format!("SELECT {}", type_lock("pg_try_advisory_xact_lock", entity));
    let deadline = Instant::now() + Duration::from_millis(LOCK_TIMEOUT.into());
    loop {
        let row = tx.query_one_raw(Statement::from_string(backend, &text)).await?;
        if row.map_or(Ok(false), |row| row.try_get_by_index(0))? {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(in_use());
        }
        if let Some(text) = between {
            tx.execute_unprepared(text).await?;
        }
        sleep(PAUSE).await;
    }
}

/// The problem that is answered where a lock was not to be had in time: another attempt at once would keep other writes waiting again.
pub fn busy(error: Error) -> Error {
    match error {
        Error::Conflict(_) => in_use(),
        other => other,
    }
}

fn in_use() -> Error {
    let message = "the records are in use, such as by the build of an index; nothing has been changed, try again later";
    Error::problem(ProblemCode::State, &["id"], message)
}
