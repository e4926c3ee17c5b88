//! What is made of other rows, and therefore filled anew instead of copied.

use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::tables::virtual_tables;
use crate::error::{Error, Result};

/// A table that is filled from others, on the databases that have it.
struct Derived {
    name: &'static str,
    /// Statements that fill it; none where triggers have done so while the rows were copied.
    fill: &'static [&'static str],
}

/// Every virtual table of SQLite has to be here, and any other table that can be made again.
const DERIVED: &[Derived] = &[];

/// Whether a table is not copied.
pub fn is_filled_afterwards(name: &str) -> bool {
    DERIVED.iter().any(|table| table.name == name)
}

/// Fills the derived tables once the rows are there; refuses where it does not know how.
pub async fn fill(tx: &DatabaseTransaction) -> Result<()> {
    for name in virtual_tables(tx).await? {
        let Some(derived) = DERIVED.iter().find(|table| table.name == name) else {
            return Err(Error::internal(format!("nobody has said how the virtual table {name} is filled")));
        };
        for statement in derived.fill {
            tx.execute_unprepared(statement).await?;
        }
    }
    Ok(())
}
