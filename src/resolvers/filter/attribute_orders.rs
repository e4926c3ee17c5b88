//! Orders of lists by custom attributes.

use super::accessor::{accessor, is_number, referred};
use super::attributes::definition;
use crate::cx::Cx;
use crate::entities::setup::attribute_definition::{AttributeEntity, AttributeType};
use crate::error::{Error, Result};
use crate::resolvers::lists::page::{SortColumn, SortExpression};
use crate::rules::attributes::index;

/// The order of a list by an attribute. It has at most one value, and no long text.
pub fn attribute_order(cx: &Cx, entity: AttributeEntity, key: &str) -> Result<SortColumn> {
    let definition = definition(cx, entity, key)?;
    if definition.row.is_multiple {
        return Err(Error::BadInput(format!(
            "a list cannot be ordered by the attribute `{key}`: it has several values"
        )));
    }
    if definition.kind() == AttributeType::LongText {
        return Err(Error::BadInput(format!(
            "a list cannot be ordered by the attribute `{key}`: it is a long text"
        )));
    }
    let table = index::table(entity);
    let value = accessor(cx.db().backend(), table, &definition);
    // References that the caller does not see are none.
    let referred = referred(cx.db().backend(), cx.scope()?, definition.kind(), &value);
    Ok(SortColumn::expression(
        format!("attributes.{key}"),
        !is_number(definition.kind()),
        SortExpression {
            is_indexed: definition.row.has_list_index && referred.is_none(),
            sql: match referred {
                Some(referred) => format!("CASE WHEN {referred} THEN {value} END"),
                None => value,
            },
            table,
        },
    ))
}
