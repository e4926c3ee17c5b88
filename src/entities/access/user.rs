//! A person who signs in: an administrator or a salesperson.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Role of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Sees and configures everything.
    Admin,
    /// Sees the prospects that they own and their child rows.
    Sales,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub email: String,
    /// Lower case; unique.
    pub email_norm: String,
    pub name: String,
    pub name_norm: String,
    pub role: Role,
    /// argon2id in PHC form.
    pub password_hash: String,
    /// BCP 47 tag.
    pub locale: String,
    /// IANA name.
    pub time_zone: String,
    /// A deactivated user keeps the name in the history and cannot sign in.
    pub is_active: bool,
    /// Grows by one with every change; checked against `expectedVersion`.
    pub version: i32,
    pub created_at: i64,
    pub updated_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
