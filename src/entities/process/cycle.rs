//! One run of the sales process over a prospect; at most one is open.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::entities::setup::status::StatusCategory;

/// Reason why a cycle began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CycleKind {
    /// The first one.
    New,
    /// A client came back.
    Returning,
    /// A client may buy something else.
    CrossSell,
    /// A client may buy more.
    Upsell,
    /// A client may buy again.
    Renewal,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cycles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub prospect_id: Uuid,
    pub kind: CycleKind,
    pub status_id: Uuid,
    /// Of the status.
    pub category: StatusCategory,
    /// In minor units of the currency.
    pub amount_minor: Option<i64>,
    /// ISO 4217.
    pub amount_currency: Option<String>,
    pub opened_at: i64,
    pub closed_at: Option<i64>,
    /// Reason for losing or discarding.
    pub reason_id: Option<Uuid>,
    pub reason_note: Option<String>,
    /// Grows by one with every change; checked against `expectedVersion`.
    pub version: i32,
    pub updated_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
