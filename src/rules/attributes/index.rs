//! Indexes of attributes: their names, the rows in them and their order. They are made at run time, so that migrations do not know them.

use super::{Definition, is_key};
use crate::entities::setup::attribute_definition::{AttributeEntity, AttributeType, Model};

/// An index of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Derived from the kind of record and the key, so that it is found without a list.
    pub name: String,
    pub table: &'static str,
    /// The columns or expressions, of which the accessor of the values is the first.
    pub columns: String,
    /// Condition on its rows.
    pub condition: String,
    pub is_unique: bool,
    /// Expected statistics for SQLite, as in the migration `m0011_planning`.
    pub statistics: &'static str,
}

/// The table of a kind of record.
pub fn table(entity: AttributeEntity) -> &'static str {
    match entity {
        AttributeEntity::Prospect => "prospects",
        AttributeEntity::Client => "clients",
        AttributeEntity::Contact => "contacts",
        AttributeEntity::Task => "tasks",
    }
}

/// Condition on the rows among which a value is unique, with a prefix of its columns such as `t.`: those of deleted prospects do not count. Child
/// rows have the time of deletion of their prospect beside their own data, because an index sees no other table.
pub fn unique_rows(entity: AttributeEntity, prefix: &str) -> String {
    match entity {
        AttributeEntity::Prospect => format!("{prefix}deleted_at IS NULL"),
        AttributeEntity::Client | AttributeEntity::Task => format!("{prefix}prospect_deleted_at IS NULL"),
        AttributeEntity::Contact => format!("{prefix}deleted_at IS NULL AND {prefix}prospect_deleted_at IS NULL"),
    }
}

/// Names of the index for filters, of the unique index, and of the index for orders. At most 60 characters: PostgreSQL takes 63.
pub fn names(entity: AttributeEntity, key: &str) -> [String; 3] {
    let table = table(entity);
    ["attribute", "unique", "order"].map(|purpose| format!("{table}_{purpose}_{key}"))
}

/// Whether the definition asks for an index. Values of multiple attributes are rows, which have one; long texts are longer than PostgreSQL takes.
/// A key that is none, as in a file of other origin, never gets into a statement.
pub fn is_wanted(row: &Model) -> bool {
    is_key(&row.key)
        && row.retired_at.is_none()
        && (row.is_indexed || row.is_unique)
        && !row.is_multiple
        && row.kind != AttributeType::LongText
}

/// Whether the definition asks for an index that keeps values unique.
pub fn is_enforced(row: &Model) -> bool {
    is_wanted(row) && row.is_unique
}

/// The indexes that the definition asks for, those for lists first. `accessor`: its value as an expression of the columns of the table.
pub fn wanted(definition: &Definition, accessor: &str) -> Vec<Index> {
    let row = &*definition.row;
    if !is_wanted(row) {
        return Vec::new();
    }
    let [of_filters, of_values, of_orders] = names(row.entity, &row.key);
    let mut all = Vec::new();
    if row.is_indexed {
        let live = match row.entity {
            AttributeEntity::Prospect | AttributeEntity::Contact => "deleted_at IS NULL AND ",
            AttributeEntity::Client | AttributeEntity::Task => "",
        };
        // Rows with one value follow each other in the order of the lists.
        let order = match row.entity {
            AttributeEntity::Prospect => ", created_at, id",
            AttributeEntity::Client => ", since, id",
            AttributeEntity::Contact => ", prospect_id, id",
            AttributeEntity::Task => ", due_at, id",
        };
        let condition = format!("{live}{accessor} IS NOT NULL");
        let [expected_of_filters, expected_of_orders] = statistics(row.kind);
        all.push(Index {
            name: of_filters,
            table: table(row.entity),
            columns: format!("({accessor}){order}"),
            condition: condition.clone(),
            is_unique: false,
            statistics: expected_of_filters,
        });
        // Lists by the attribute itself go on with the id. Many may have one value, such as a choice, and would be sorted for each page.
        all.push(Index {
            name: of_orders,
            table: table(row.entity),
            columns: format!("({accessor}), id"),
            condition,
            is_unique: false,
            statistics: expected_of_orders,
        });
    }
    if row.is_unique {
        all.push(Index {
            name: of_values,
            table: table(row.entity),
            columns: format!("({accessor})"),
            condition: format!("{} AND {accessor} IS NOT NULL", unique_rows(row.entity, "")),
            is_unique: true,
            statistics: "300000 1",
        });
    }
    all
}

/// Expected statistics of the index for filters and of the index for orders.
fn statistics(kind: AttributeType) -> [&'static str; 2] {
    match kind {
        AttributeType::Boolean => ["400000 2000 1 1", "400000 2000 1"],
        AttributeType::Choice => ["300000 600 1 1", "300000 600 1"],
        _ => ["300000 30 1 1", "300000 30 1"],
    }
}

/// Column of a value of a multiple attribute.
pub fn value_column(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::Integer
        | AttributeType::Decimal
        | AttributeType::Money
        | AttributeType::Boolean
        | AttributeType::Date
        | AttributeType::DateTime => "number_value",
        _ => "text_value",
    }
}

impl Index {
    /// The statement that makes it; `how` follows `INDEX`, such as `CONCURRENTLY`.
    pub fn create(&self, how: &str) -> String {
        let unique = if self.is_unique { "UNIQUE " } else { "" };
        format!(
            "CREATE {unique}INDEX {how}{} ON {} ({}) WHERE {}",
            self.name, self.table, self.columns, self.condition
        )
    }
}
