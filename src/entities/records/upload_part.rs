//! A part of an upload; its id is the key of its bytes in the storage.
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "upload_parts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub upload_id: Uuid,
    /// The offset of its first byte in the file; unique within the upload.
    pub start: i64,
    /// In bytes.
    pub size: i64,
}

impl ActiveModelBehavior for ActiveModel {}
