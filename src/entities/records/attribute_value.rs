//! A value of a multiple attribute as a row, which filters look at. The document of the record has the same values.
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "attribute_values")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub definition_id: Uuid,
    /// The prospect, client, contact or task; the definition determines which.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_id: Uuid,
    /// Order among the values of the attribute, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// Normal form of a text, key of a choice, or ID as text.
    pub text_value: Option<String>,
    /// A scaled number or milliseconds.
    pub number_value: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
