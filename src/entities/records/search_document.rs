//! The text by which a prospect is found, one line for each of its names, e-mails, phones and numbers; deleted prospects have none.
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "search_documents")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub prospect_id: Uuid,
    /// Normalised.
    pub document: String,
}

impl ActiveModelBehavior for ActiveModel {}
