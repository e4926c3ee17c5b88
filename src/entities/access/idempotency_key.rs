//! An idempotency key with the stored outcome of its call, for a day.
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The caller: keys of different users are independent.
    pub user_id: Uuid,
    pub mutation: String,
    pub key: String,
    /// SHA-256 of the arguments.
    pub arguments: Vec<u8>,
    /// Ids or user errors. None only before the transaction of the call has ended.
    pub outcome: Option<Json>,
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
