//! Types of documents, such as a contract or a proposal.
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "document_types")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    /// Unique among the entries in use.
    pub name_norm: String,
    pub description: Option<String>,
    /// Order in selectors, from 0.
    pub position: i32,
    /// At most one entry in use.
    pub is_default: bool,
    /// Set: no longer offered, still shown where used.
    pub retired_at: Option<i64>,
    /// Grows by one with every change; checked against `expectedVersion`.
    pub version: i32,
    pub created_at: i64,
    pub updated_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
