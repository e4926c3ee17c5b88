//! In which order tables are filled, so that what a row refers to is there before it.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};

use super::tables::{Table, quoted};
use crate::error::Result;

/// The order in which tables are filled.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan {
    /// Parents before children, if such an order exists.
    pub names: Vec<String>,
    /// References to tables that are not filled before, or not to the end: table, and name of the reference.
    pub postponed: Vec<(String, String)>,
}

/// Puts the tables in order. Rows that refer to rows of their own table, and tables that refer to each other, have none.
pub fn plan<'a>(tables: impl Iterator<Item = &'a Table>) -> Plan {
    let mut left: Vec<&Table> = tables.collect();
    let mut plan = Plan {
        names: Vec::new(),
        postponed: Vec::new(),
    };
    let mut filled = BTreeSet::new();
    while !left.is_empty() {
        let is_ready = |table: &&Table| {
            let mut references = table.references.iter();
            references.all(|reference| reference.table == table.name || filled.contains(&reference.table))
        };
        // Where none is ready they wait for each other, and any may be the first.
        let next = left.remove(left.iter().position(is_ready).unwrap_or(0));
        for reference in &next.references {
            if !filled.contains(&reference.table) {
                plan.postponed.push((next.name.clone(), reference.name.clone()));
            }
        }
        filled.insert(next.name.clone());
        plan.names.push(next.name.clone());
    }
    plan
}

/// Lets the postponed references be checked later, for this transaction.
pub async fn postpone(tx: &DatabaseTransaction, plan: &Plan) -> Result<()> {
    if tx.get_database_backend() != DbBackend::Postgres {
        tx.execute_unprepared("PRAGMA defer_foreign_keys = ON").await?;
        return Ok(());
    }
    alter(tx, plan, "DEFERRABLE INITIALLY DEFERRED").await
}

/// Checks the references, and restores their definitions. SQLite checks by itself at the commit.
pub async fn enforce(tx: &DatabaseTransaction, plan: &Plan) -> Result<()> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    tx.execute_unprepared("SET CONSTRAINTS ALL IMMEDIATE").await?;
    alter(tx, plan, "NOT DEFERRABLE").await
}

async fn alter(tx: &DatabaseTransaction, plan: &Plan, to: &str) -> Result<()> {
    for (table, reference) in &plan.postponed {
        let (table, reference) = (quoted(table), quoted(reference));
        tx.execute_unprepared(&format!("ALTER TABLE {table} ALTER CONSTRAINT {reference} {to}"))
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::tables::Reference;

    fn table(name: &str, parents: &[&str]) -> Table {
        let references = parents.iter().map(|parent| Reference {
            name: format!("{name}_{parent}"),
            table: (*parent).to_owned(),
        });
        Table {
            name: name.to_owned(),
            columns: Vec::new(),
            key: Vec::new(),
            references: references.collect(),
        }
    }

    #[test]
    fn parents_come_first_and_circles_are_postponed() {
        let tables = [
            table("a", &["b", "c"]),
            table("b", &["c"]),
            table("c", &["c"]),
            table("x", &["y"]),
            table("y", &["x"]),
        ];
        let plan = plan(tables.iter());
        assert_eq!(plan.names, ["c", "b", "a", "x", "y"]);
        let postponed = [("c", "c_c"), ("x", "x_y")];
        assert_eq!(
            plan.postponed,
            postponed.map(|(table, reference)| (table.to_owned(), reference.to_owned()))
        );
    }
}
