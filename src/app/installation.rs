//! The ID of this database, by which the storage of its files is marked.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use crate::db::Db;
use crate::entities::access::installation;
use crate::error::{Error, Result};
use crate::ids;

/// The number of the only row.
const ONLY: i32 = 1;

/// Reads the ID; makes one where there is none.
pub async fn id(db: &Db, now: i64) -> Result<Uuid> {
    if let Some(row) = installation::Entity::find_by_id(ONLY).one(db.reader()).await? {
        return Ok(row.id);
    }
    let row = installation::Model {
        number: ONLY,
        id: ids::new(),
        created_at: now,
    };
    // Another server may be faster: both have the ID that is stored.
    installation::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(db.writer())
        .await?;
    let row = installation::Entity::find_by_id(ONLY).one(db.writer()).await?;
    row.map(|row| row.id)
        .ok_or_else(|| Error::internal("the database has no ID of its own"))
}

/// When the database was made, restored or moved to where it is.
pub async fn since(db: &Db) -> Result<i64> {
    let row = installation::Entity::find_by_id(ONLY).one(db.reader()).await?;
    row.map(|row| row.created_at)
        .ok_or_else(|| Error::internal("the database has no ID of its own"))
}

/// Drops the ID: the next start makes a new one, by which the database is another one than before.
pub async fn forget(db: &Db) -> Result<()> {
    installation::Entity::delete_many().exec(db.writer()).await?;
    Ok(())
}
