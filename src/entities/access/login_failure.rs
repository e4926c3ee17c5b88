//! A sign-in that failed, counted per account and per address for a while.
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "login_failures")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `account:` with a hash of the e-mail, or `address:` with the address.
    pub subject: String,
    pub failed_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
