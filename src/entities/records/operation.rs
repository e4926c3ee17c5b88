//! The journal of conversions, with what their inverse needs.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Kind of operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OperationKind {
    /// A cycle was won.
    Convert,
    /// A win was undone.
    Unconvert,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "operations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub prospect_id: Uuid,
    pub kind: OperationKind,
    pub actor_id: Option<Uuid>,
    pub at: i64,
    /// Time at which its inverse was applied.
    pub undone_at: Option<i64>,
    pub data: Json,
}

impl ActiveModelBehavior for ActiveModel {}
