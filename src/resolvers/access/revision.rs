//! Invalidation of cached tables: in this process at once, in other servers by a notice, and as a fallback by a counter.

use crate::app::App;
use crate::entities::setup::revision::CachedTable;

/// Reads the tables again once their change is committed. A failure does not undo the change: the next comparison of revisions notices it.
pub async fn take_in(app: &App, tables: &[CachedTable]) {
    for table in tables {
        if let Err(error) = app.catalogs.reload(&app.db, *table).await {
            tracing::warn!(%error, table = table.name(), "a table that is kept in memory could not be read again");
        }
    }
}
