//! Reports that users have saved, to run them again and to put them on dashboards.
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "saved_reports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub author_id: Uuid,
    pub name: String,
    /// For the order of lists.
    pub name_norm: String,
    pub description: Option<String>,
    /// The input of the report, as it was given.
    pub definition: Json,
    /// Whether others see it.
    pub is_shared: bool,
    pub version: i32,
    pub created_at: i64,
    pub updated_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
