//! A person to talk to at a prospect; exactly one is the main one if there is any.
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "contacts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub prospect_id: Uuid,
    pub first_name: String,
    pub last_name: Option<String>,
    /// First and last name.
    pub name_norm: String,
    pub description: Option<String>,
    pub is_main: bool,
    pub position: i32,
    pub deleted_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
