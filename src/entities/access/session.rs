//! A signed-in device: a token kept as its hash, with an idle and an absolute end.
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    /// SHA-256 of the token; the token itself is kept nowhere.
    pub token_hash: Vec<u8>,
    pub user_agent: Option<String>,
    /// The address that signed in; of IPv6, its network. None: not known.
    pub network: Option<String>,
    pub created_at: i64,
    /// Refreshed at most once a minute.
    pub last_used_at: i64,
    /// The absolute end; the idle end follows from `last_used_at`.
    pub expires_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
