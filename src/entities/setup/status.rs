//! A status of the sales process: a free label with a fixed category.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// The fixed meaning of a status, so that any labels report alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StatusCategory {
    /// The cycle is in progress.
    Open,
    /// Sold; the prospect is a client.
    Won,
    /// Worked on and not sold.
    Lost,
    /// Left the process before it was worth working on.
    Discarded,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "statuses")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    /// Unique among the entries in use.
    pub name_norm: String,
    pub description: Option<String>,
    /// Order in selectors, from 0.
    pub position: i32,
    /// New prospects start here; exactly one, of category OPEN.
    pub is_default: bool,
    /// Set: no longer offered, still shown where used.
    pub retired_at: Option<i64>,
    /// Grows by one with every change; checked against `expectedVersion`.
    pub version: i32,
    pub created_at: i64,
    pub updated_at: i64,
    /// `#RRGGBB`.
    pub color: String,
    pub category: StatusCategory,
    /// Clients who return start here; exactly one, of category OPEN.
    pub is_reentry: bool,
    /// Suggested type of task in this status.
    pub task_type_id: Option<Uuid>,
    /// Hours until it is due; set exactly with the type.
    pub task_due_in_hours: Option<i32>,
}

impl ActiveModelBehavior for ActiveModel {}
