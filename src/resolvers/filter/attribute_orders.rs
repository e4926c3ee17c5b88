//! Orders of lists by custom attributes.

use super::accessor::{accessor, is_number};
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
    Ok(SortColumn::expression(
        format!("attributes.{key}"),
        !is_number(definition.kind()),
        SortExpression {
            sql: accessor(cx.db().backend(), table, &definition),
            table,
            is_indexed: definition.row.has_list_index,
        },
    ))
}
