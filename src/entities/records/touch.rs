//! Origins of a prospect: the first touch and the last one.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Position of a touch among those of a prospect. Only these two are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TouchPosition {
    /// The one that brought the prospect.
    First,
    /// The most recent one.
    Last,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "touches")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub prospect_id: Uuid,
    pub place: TouchPosition,
    pub at: i64,
    pub source_id: Uuid,
    pub medium: Option<String>,
    pub page_url: Option<String>,
    pub referrer: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
