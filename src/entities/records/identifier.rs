//! A document number of a prospect, unique among live rows.
use sea_orm::entity::prelude::*;

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
    /// Letters and digits, upper case.
    pub number_norm: String,
    pub position: i32,
    pub deleted_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
