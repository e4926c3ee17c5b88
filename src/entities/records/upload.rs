//! A file that arrives in parts, until a document is made of it.
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "uploads")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The only user who may send parts and make a document of them.
    pub user_id: Uuid,
    pub file_name: Option<String>,
    /// Of the whole file, in bytes.
    pub size: i64,
    /// The end of the last part, where the next one begins.
    pub received: i64,
    pub created_at: i64,
    /// Removed with its parts after that.
    pub expires_at: i64,
    /// The key of the file that the parts have become, which are gone then. None: they are parts still.
    pub file_key: Option<Uuid>,
    /// Of that file, in hexadecimal digits.
    pub sha256: Option<String>,
    /// By the content of that file.
    pub media_type: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
