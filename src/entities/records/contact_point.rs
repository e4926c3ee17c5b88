//! An e-mail or phone of a prospect or of one of its contacts.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// How somebody is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PointKind {
    /// By e-mail.
    Email,
    /// By phone.
    Phone,
}

/// Whether the person has confirmed that it is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verification {
    /// Not confirmed, or changed since.
    Unverified,
    /// Confirmed through a message sent to it.
    Verified,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_points")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub prospect_id: Uuid,
    /// None: of the prospect itself.
    pub contact_id: Option<Uuid>,
    pub kind: PointKind,
    /// As typed.
    pub value: String,
    /// E-mail in lower case; phone in E.164.
    pub value_norm: String,
    pub label: Option<String>,
    pub position: i32,
    pub verification: Verification,
    pub verified_at: Option<i64>,
    pub deleted_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
