//! Client data of a won prospect; the same id, present exactly while a win stands.
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "clients")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub since: i64,
    pub potential_level_id: Option<Uuid>,
    pub converted_by: Option<Uuid>,
    /// Grows by one with every change; checked against `expectedVersion`.
    pub version: i32,
    pub updated_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
