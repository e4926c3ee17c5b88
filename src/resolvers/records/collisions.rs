//! Collisions: unique values that became equal when the canonical forms were migrated.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::cx::Cx;
use crate::entities::records::collision::{self, CollisionKind};
use crate::entities::records::identifier;
use crate::error::{Error, Result};

/// A collision with what has the two values: entries of a catalogue, or prospects.
pub struct Found {
    pub row: collision::Model,
    pub record: Uuid,
    pub kept: Uuid,
}

/// Maximum page size.
const MOST: i32 = 500;

/// The collisions in the order in which they were found, by two statements. Administrators only.
pub async fn list(cx: &Cx, first: i32, skip: i32) -> Result<Vec<Found>> {
    cx.administrator()?;
    if !(0..=MOST).contains(&first) || skip < 0 {
        return Err(Error::BadInput(format!(
            "`first` must be from 0 to {MOST}, and `skip` not negative"
        )));
    }
    let rows = collision::Entity::find()
        .order_by_asc(collision::Column::Id)
        .limit(u64::from(first.unsigned_abs()))
        .offset(u64::from(skip.unsigned_abs()))
        .all(cx.db().reader())
        .await?;
    let numbers = rows.iter().filter(|row| row.kind == CollisionKind::DocumentNumber);
    let numbers: Vec<Uuid> = numbers.flat_map(|row| [row.record_id, row.kept_id]).collect();
    let owners = match numbers.is_empty() {
        true => HashMap::new(),
        false => prospects_of(cx, numbers).await?,
    };
    let owner = |id: Uuid| owners.get(&id).copied().unwrap_or(id);
    let found = |row: collision::Model| Found {
        record: owner(row.record_id),
        kept: owner(row.kept_id),
        row,
    };
    Ok(rows.into_iter().map(found).collect())
}

/// The prospects that have the document numbers.
async fn prospects_of(cx: &Cx, numbers: Vec<Uuid>) -> Result<HashMap<Uuid, Uuid>> {
    let rows: Vec<(Uuid, Uuid)> = identifier::Entity::find()
        .select_only()
        .columns([identifier::Column::Id, identifier::Column::ProspectId])
        .filter(identifier::Column::Id.is_in(numbers))
        .into_tuple()
        .all(cx.db().reader())
        .await?;
    Ok(rows.into_iter().collect())
}
