//! Two rows whose values turned out to be one, where each may be there once: the older one keeps it for itself.
use sea_orm::entity::prelude::*;

/// Kind of unique value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CollisionKind {
    /// The name of an entry of a catalogue.
    CatalogName,
    /// A document number.
    DocumentNumber,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "collisions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: CollisionKind,
    /// Table of both rows.
    pub record_table: String,
    /// The later one.
    pub record_id: Uuid,
    pub kept_id: Uuid,
    /// The value of the later one as it was typed.
    pub before: String,
    /// The name that the later one has since; of a number its canonical form.
    pub after: String,
    pub found_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
