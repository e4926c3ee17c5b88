//! The value of a custom attribute in SQL: one text for filters, orders and indexes.

use sea_orm::DbBackend;

use crate::auth::{Scope, visibility};
use crate::entities::setup::attribute_definition::AttributeType;
use crate::rules::attributes::Definition;

/// SQL of the single value of an attribute: what filters compare, lists are ordered by, and indexes contain. A text is in its normal form.
///
/// An expression index is used only for the very same text. `table` is the table or its alias in the statement; it is empty in the definition
/// of an index, where SQLite allows no table. The type of the result is `bigint` or, of texts, choices and references, text compared bytewise.
pub fn accessor(backend: DbBackend, table: &str, definition: &Definition) -> String {
    let dot = if table.is_empty() { "" } else { "." };
    let key = if has_normal_form(definition.kind()) {
        definition.norm_key()
    } else {
        definition.key().to_owned()
    };
    match backend {
        DbBackend::Postgres if is_number(definition.kind()) => format!("CAST({table}{dot}attributes ->> '{key}' AS bigint)"),
        DbBackend::Postgres => format!("({table}{dot}attributes ->> '{key}') COLLATE \"C\""),
        _ => format!("json_extract({table}{dot}attributes, '$.\"{key}\"')"),
    }
}

/// Condition that the prospect exists for those with the scope that a value refers to. None where the value refers to none, or the scope has
/// all prospects.
pub fn referred(backend: DbBackend, scope: Scope, kind: AttributeType, value: &str) -> Option<String> {
    if kind != AttributeType::Prospect || scope == Scope::All {
        return None;
    }
    let id = match backend {
        DbBackend::Postgres => format!("CAST({value} AS uuid)"),
        _ => format!("unhex({value}, '-')"),
    };
    let visible = visibility::literal(scope, "referred", backend);
    Some(format!(
        "EXISTS (SELECT 1 FROM prospects referred WHERE referred.id = {id} AND {visible})"
    ))
}

/// Whether values of the type are stored as integers.
pub fn is_number(kind: AttributeType) -> bool {
    match kind {
        AttributeType::Integer
        | AttributeType::Decimal
        | AttributeType::Money
        | AttributeType::Boolean
        | AttributeType::Date
        | AttributeType::DateTime => true,
        AttributeType::Text
        | AttributeType::LongText
        | AttributeType::Choice
        | AttributeType::User
        | AttributeType::Prospect
        | AttributeType::Url
        | AttributeType::Email
        | AttributeType::Phone => false,
    }
}

/// Whether values of the type are texts, which have a normal form beside them.
pub fn has_normal_form(kind: AttributeType) -> bool {
    matches!(
        kind,
        AttributeType::Text | AttributeType::LongText | AttributeType::Url | AttributeType::Email | AttributeType::Phone
    )
}
