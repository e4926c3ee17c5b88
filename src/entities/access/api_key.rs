//! A secret by which a program acts for a user; it outlives sessions and manages no accounts.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Scope of an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum KeyScope {
    /// All of it, but for accounts.
    Full,
    /// No mutation.
    ReadOnly,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub name: String,
    pub scope: KeyScope,
    /// First characters of the key, to recognise it.
    pub prefix: String,
    /// SHA-256 of the whole key; the key itself is kept nowhere.
    pub key_hash: Vec<u8>,
    pub created_at: i64,
    /// Refreshed at most once a minute; none: never used.
    pub last_used_at: Option<i64>,
    /// None: never.
    pub expires_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
