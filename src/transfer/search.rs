//! Tables that are derived from other rows, and therefore filled again instead of copied.

use sea_orm::DatabaseTransaction;

use super::tables::virtual_tables;
use crate::error::{Error, Result};
use crate::resolvers::search;

/// Tables that are filled from others. Every virtual table of SQLite has to be here, and any other table that can be made again.
const DERIVED: [&str; 2] = ["search_documents", "search_index"];

/// Whether a table is not copied.
pub fn is_filled_afterwards(name: &str) -> bool {
    DERIVED.contains(&name)
}

/// Fills the derived tables once the rows are there; refuses where it does not know how.
pub async fn fill(tx: &DatabaseTransaction) -> Result<()> {
    let unknown = virtual_tables(tx).await?.into_iter().find(|name| !is_filled_afterwards(name));
    if let Some(name) = unknown {
        return Err(Error::internal(format!("the virtual table {name} has no function that fills it")));
    }
    // Triggers keep the index in step with the documents.
    search::write_all(tx).await?;
    Ok(())
}
