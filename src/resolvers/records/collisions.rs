//! What turned out to be one when the forms by which values are compared were made anew.

use sea_orm::{EntityTrait, QueryOrder, QuerySelect};

use crate::cx::Cx;
use crate::entities::records::collision;
use crate::error::{Error, Result};

/// How many can be asked for at once.
const MOST: i32 = 500;

/// The collisions in the order in which they were found. Administrators only.
pub async fn list(cx: &Cx, first: i32, skip: i32) -> Result<Vec<collision::Model>> {
    cx.administrator()?;
    if !(0..=MOST).contains(&first) || skip < 0 {
        return Err(Error::BadInput(format!(
            "`first` must be from 0 to {MOST}, and `skip` not negative"
        )));
    }
    let rows = collision::Entity::find()
        .order_by_asc(collision::Column::Id)
        .limit(u64::from(first.unsigned_abs()))
        .offset(u64::from(skip.unsigned_abs()));
    Ok(rows.all(cx.db().reader()).await?)
}
