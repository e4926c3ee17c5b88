//! How a change of what is kept in memory becomes known: here at once, to other servers by a notice, and to whoever misses it by a counter.

use sea_orm::ConnectionTrait;

use crate::catalogs::REVISION;
use crate::cx::App;
use crate::error::Result;
use crate::notices;

/// Counts the change. Call it first in the transaction: whoever else is about to change something waits here until it ends,
/// so that decisions about all rows of a table hold.
pub async fn advance(tx: &impl ConnectionTrait) -> Result<()> {
    notices::advance(tx, REVISION).await
}

/// Reads everything again once the change is committed. A failure is no reason to call the change undone: the next look notices it.
pub async fn take_in(app: &App) {
    if let Err(error) = app.catalogs.reload(&app.db).await {
        tracing::warn!(%error, "what is kept in memory could not be read again");
    }
}
