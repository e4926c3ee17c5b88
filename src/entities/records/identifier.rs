//! A document number of a prospect, unique among live rows but for those that are exempt.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Reason why a number may be stored more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Exemption {
    /// Its type lets any number of records have it.
    Repeatable,
    /// A migration of the canonical forms made it equal to the number of another record.
    Collision,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "identifiers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub prospect_id: Uuid,
    pub type_id: Uuid,
    pub country: String,
    /// As typed.
    pub number: String,
    /// In the canonical form of its type.
    pub number_norm: String,
    pub exemption: Option<Exemption>,
    pub position: i32,
    pub deleted_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
