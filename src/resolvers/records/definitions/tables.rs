//! The tables of a kind of record under a changed definition: their names, and the lock that keeps others from writing records meanwhile.

use sea_orm::{ConnectionTrait, DbBackend};

use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::error::{Error, ProblemCode, Result};
use crate::ids::Kind;
use crate::tx::Tx;

/// Milliseconds that each lock of a change is waited for. All writes of records queue behind a waiting table lock, and the build of an index
/// holds the table for minutes. It is longer than `deadlock_timeout`, 1 s by default, after which a waiting lock ends an automatic vacuum.
const LOCK_TIMEOUT: u32 = 2_000;

/// Table and type of the records of a kind, and its column with the prospect.
pub fn table(entity: AttributeEntity) -> (&'static str, Kind, &'static str) {
    match entity {
        AttributeEntity::Prospect => ("prospects", Kind::Prospect, "id"),
        AttributeEntity::Client => ("clients", Kind::Client, "id"),
        AttributeEntity::Contact => ("contacts", Kind::Contact, "prospect_id"),
        AttributeEntity::Task => ("tasks", Kind::Task, "prospect_id"),
    }
}

/// Keeps other transactions from writing records until this one ends. A write that was checked against the former definition is committed
/// before, or finds the definitions changed. Prospects are locked first, as by all writes. Fails with a problem where a lock is not to be had
/// in time; that limit holds for all further statements of the transaction.
pub async fn lock(tx: &Tx, entity: AttributeEntity) -> Result<()> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let (name, _, _) = table(entity);
    let tables = if name == "prospects" {
        name.to_owned()
    } else {
        format!("prospects, {name}")
    };
    tx.execute_unprepared(&format!("SET LOCAL lock_timeout = {LOCK_TIMEOUT}")).await?;
    let locked = tx.execute_unprepared(&format!("LOCK TABLE {tables} IN EXCLUSIVE MODE")).await;
    locked.map(|_| ()).map_err(|error| busy(error.into()))
}

/// The problem that is answered where a lock was not to be had in time: another attempt at once would keep other writes waiting again.
pub fn busy(error: Error) -> Error {
    match error {
        Error::Conflict(_) => Error::problem(
            ProblemCode::State,
            &["id"],
            "the records are in use, such as by the build of an index; nothing has been changed, try again later",
        ),
        other => other,
    }
}
