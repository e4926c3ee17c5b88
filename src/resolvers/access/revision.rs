//! How a change of what is kept in memory becomes known: here at once, to other processes by a counter.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::catalogs::REVISION;
use crate::cx::App;
use crate::entities::setup::revision;
use crate::error::Result;

/// Counts the change. Call it first in the transaction: whoever else is about to change something waits here until it ends,
/// so that decisions about all rows of a table hold.
pub async fn advance(tx: &impl ConnectionTrait) -> Result<()> {
    revision::Entity::update_many()
        .col_expr(revision::Column::Number, Expr::col(revision::Column::Number).add(1))
        .filter(revision::Column::Name.eq(REVISION))
        .exec(tx)
        .await?;
    Ok(())
}

/// Reads everything again once the change is committed. A failure is no reason to call the change undone: the next look notices it.
pub async fn take_in(app: &App) {
    if let Err(error) = app.catalogs.reload(&app.db).await {
        tracing::warn!(%error, "what is kept in memory could not be read again");
    }
}
