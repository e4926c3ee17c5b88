//! Invalidation of cached tables: in this process at once, in other servers by a notice, and as a fallback by a counter.

use crate::app::App;

/// Reads everything again once the change is committed. A failure is no reason to call the change undone: the next look notices it.
pub async fn take_in(app: &App) {
    if let Err(error) = app.catalogs.reload(&app.db).await {
        tracing::warn!(%error, "what is kept in memory could not be read again");
    }
}
