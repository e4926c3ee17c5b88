//! Reasons for losing or discarding prospects.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Categories of statuses that a reason applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReasonCategory {
    /// Losing a sale.
    Lost,
    /// Discarding a prospect.
    Discarded,
    /// Either.
    Both,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "reasons")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    /// Unique among the entries in use.
    pub name_norm: String,
    pub description: Option<String>,
    /// Order in selectors, from 0.
    pub position: i32,
    /// At most one entry in use.
    pub is_default: bool,
    /// Set: no longer offered, still shown where used.
    pub retired_at: Option<i64>,
    /// Grows by one with every change; checked against `expectedVersion`.
    pub version: i32,
    pub created_at: i64,
    pub updated_at: i64,
    pub category: ReasonCategory,
    /// A note has to say more.
    pub requires_note: bool,
}

impl ActiveModelBehavior for ActiveModel {}
