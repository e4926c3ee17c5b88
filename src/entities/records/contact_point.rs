//! An e-mail or phone of a prospect or of one of its contacts.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Kind of contact point.
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
    /// The canonical form: e-mail in lower case and NFC with its domain in Unicode; phone in E.164, with `;ext=` and the extension if it has one.
    pub value_norm: String,
    /// The form in which possible duplicates are matched, if it differs from the canonical one.
    pub match_key: Option<String>,
    /// The form in which it is searched, where it differs from the canonical one: of e-mails with letters that fold.
    pub value_folded: Option<String>,
    pub label: Option<String>,
    pub position: i32,
    pub verification: Verification,
    pub verified_at: Option<i64>,
    pub deleted_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
