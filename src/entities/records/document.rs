//! A file that belongs to a prospect, or to one of its contacts, tasks, notes or interactions. Its bytes are in the storage.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Kind of record that carries the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CarrierKind {
    /// The prospect itself.
    Prospect,
    /// One of its contacts.
    Contact,
    /// One of its tasks.
    Task,
    /// A note about it.
    Note,
    /// An interaction with it.
    Interaction,
}

/// State of the thumbnail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ThumbnailState {
    /// The type of the file has none.
    None,
    /// A job makes it.
    Pending,
    /// It is in the storage.
    Ready,
    /// The file could not be read as a picture, or the last attempt has begun.
    Failed,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "documents")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub prospect_id: Uuid,
    pub carrier_kind: CarrierKind,
    /// The prospect, or a child row of it, which may have been removed since.
    pub carrier_id: Uuid,
    pub type_id: Option<Uuid>,
    pub name: String,
    pub name_norm: String,
    /// The name of the file as it was uploaded, without a path.
    pub file_name: String,
    /// By the content of the file, in small letters.
    pub media_type: String,
    /// In bytes.
    pub size: i64,
    /// In hexadecimal digits.
    pub sha256: String,
    /// The key of the file in the storage.
    pub file_key: Uuid,
    pub thumbnail_state: ThumbnailState,
    /// The key of the thumbnail in the storage; set exactly if it is ready.
    pub thumbnail_key: Option<Uuid>,
    pub created_by: Option<Uuid>,
    pub deleted_by: Option<Uuid>,
    /// Set: hidden, and removed together with its file after some time unless restored.
    pub deleted_at: Option<i64>,
    /// Grows by one with every change; checked against `expectedVersion`.
    pub version: i32,
    pub created_at: i64,
    pub updated_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
