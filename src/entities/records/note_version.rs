//! A text that a note had before.
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "note_versions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub note_id: Uuid,
    pub version: i32,
    pub body: String,
    pub written_by: Option<Uuid>,
    pub written_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
