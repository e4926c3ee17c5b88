//! The present text of a note; its id is that of its entry.
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub body: String,
    pub edited_at: Option<i64>,
    /// Author of the current text, if not the author of the note.
    pub edited_by: Option<Uuid>,
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
