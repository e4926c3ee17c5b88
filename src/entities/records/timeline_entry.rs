//! One event in the history of a prospect: narrow and append-only.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Kind of entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EntryKind {
    /// The prospect was created.
    Created,
    /// A note was written.
    Note,
    /// An interaction took place.
    Interaction,
    /// The status changed.
    StatusChange,
    /// The owner changed.
    OwnerChange,
    /// Fields were edited; one entry for each save.
    FieldChange,
    /// The prospect was deleted.
    Deleted,
    /// The prospect was put back.
    Restored,
    /// Something happened to a task.
    Task,
    /// Something happened to a document.
    Document,
    /// A user who does not see the prospect registered a possible duplicate of it.
    DuplicateAttempt,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "timeline_entries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub prospect_id: Uuid,
    pub kind: EntryKind,
    pub occurred_at: i64,
    pub recorded_at: i64,
    pub actor_id: Option<Uuid>,
    pub pinned_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
