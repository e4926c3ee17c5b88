//! Changes of definitions that concern stored values: what a change would do to them, and the change.

/// Stored values under a changed definition.
mod refit;

use sea_orm::EntityTrait;
use uuid::Uuid;

use crate::cx::Cx;
use crate::entities::setup::attribute_definition;
use crate::error::{Error, Result};
use crate::resolvers::setup::attributes::{Surroundings, Written, begin, commit, parsed, store};
use crate::rules::attributes::definition::{self as rules, Draft};

pub use refit::{Misfit, Preview};

/// Edits a definition, in use or retired. Stored values that do not fit it any more are removed in the same transaction, and remain in the
/// history. Administrators only.
pub async fn update(cx: &Cx, id: Uuid, draft: &Draft, expected_version: Option<i32>) -> Result<Written> {
    let tx = begin(cx, draft).await?;
    let rows = attribute_definition::Entity::find().all(&tx).await?;
    let surroundings = Surroundings::read(cx, &tx, draft).await?;
    let row = rules::update(&rows, id, draft, expected_version, surroundings.terms(cx))?;
    let before = rows.into_iter().find(|row| row.id == id).ok_or(Error::NotFound)?;
    let row = store(cx, &tx, &before, row).await?;
    refit::apply(cx, &tx, &parsed(before), &parsed(row.clone())).await?;
    commit(cx, tx, row).await
}

/// The effect of an update on stored values, without making it. Administrators only.
pub async fn preview(cx: &Cx, id: Uuid, draft: &Draft) -> Result<Preview> {
    cx.administrator()?;
    let reader = cx.db().reader();
    let rows = attribute_definition::Entity::find().all(reader).await?;
    let surroundings = Surroundings::of_memory(cx);
    let row = rules::update(&rows, id, draft, None, surroundings.terms(cx))?;
    let before = rows.into_iter().find(|row| row.id == id).ok_or(Error::NotFound)?;
    refit::preview(cx, &parsed(before), &parsed(row)).await
}
