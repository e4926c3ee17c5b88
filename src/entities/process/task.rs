//! Something to be done for a prospect until a certain time.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// State of a task. Done and superseded are final; a task that was cancelled with its cycle may be planned again with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TaskState {
    /// It is still to be done.
    Planned,
    /// It was done.
    Done,
    /// It is not to be done any more.
    Cancelled,
    /// Another task took its place.
    Superseded,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tasks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub prospect_id: Uuid,
    /// The cycle that was open when it was planned; it ends with that.
    pub cycle_id: Option<Uuid>,
    pub type_id: Uuid,
    /// While planned, the owner of the prospect or an administrator. None: no assignee.
    pub assignee_id: Option<Uuid>,
    pub due_at: i64,
    pub note: Option<String>,
    pub state: TaskState,
    pub completed_at: Option<i64>,
    pub completed_by: Option<Uuid>,
    /// Comment given when it was completed or cancelled.
    pub closing_note: Option<String>,
    /// Cancelled because its cycle was closed; planned again if that is undone.
    pub returns_with_cycle: bool,
    /// The value of an RRULE of RFC 5545.
    pub repeat_rule: Option<String>,
    /// Start of the series; set exactly with the rule.
    pub repeat_from: Option<i64>,
    /// The date in the series, independent of the due time; set exactly with the rule.
    pub occurs_at: Option<i64>,
    /// The time zone that the rule is read in; set exactly with the rule.
    pub repeat_zone: Option<String>,
    pub created_by: Option<Uuid>,
    /// Grows by one with every change; checked against `expectedVersion`.
    pub version: i32,
    pub created_at: i64,
    pub updated_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
