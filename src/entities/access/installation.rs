//! The ID of this database, in its only row. A restored database gets a new one.
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "installations")]
pub struct Model {
    /// Always 1, so that there is no second row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    pub id: Uuid,
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
