//! A person or company that may buy: one record and one id for life.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Kind of prospect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProspectKind {
    /// A natural person.
    #[default]
    Person,
    /// A legal person.
    Company,
}

/// Purchase interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Interest {
    /// Hardly.
    Low,
    /// Perhaps.
    Medium,
    /// Very much.
    High,
}

#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "prospects")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: ProspectKind,
    pub name: String,
    pub name_norm: String,
    pub legal_name: Option<String>,
    pub legal_name_norm: Option<String>,
    /// None: unassigned, seen by administrators only.
    pub owner_id: Option<Uuid>,
    pub channel_id: Uuid,
    pub segment_id: Option<Uuid>,
    pub potential_level_id: Option<Uuid>,
    /// Of the first touch.
    pub source_id: Uuid,
    /// Of the current cycle.
    pub status_id: Uuid,
    /// The open cycle, or else the latest.
    pub cycle_id: Uuid,
    /// A copy of the column in `clients`, next to the owner for its index; set exactly while a client.
    pub client_since: Option<i64>,
    /// Time of the first contact.
    pub first_contact_at: Option<i64>,
    pub last_activity_at: i64,
    pub created_by: Option<Uuid>,
    /// Grows by one with every change; checked against `expectedVersion`.
    pub version: i32,
    /// Time of the registration; of a record captured offline that of the capture.
    pub created_at: i64,
    /// Time of arrival at the server. None: the same as `created_at`.
    pub recorded_at: Option<i64>,
    pub updated_at: i64,
    /// None: it is there. Its document numbers, which are unique among all prospects, have the same time, and so are free meanwhile.
    pub deleted_at: Option<i64>,
    /// Stars, from 1 to 5.
    pub rating: Option<i32>,
    pub interest: Option<Interest>,
    pub industry_id: Option<Uuid>,
    pub customer_type_id: Option<Uuid>,
    /// Addresses of web sites as a list of texts; None where there are none.
    pub websites: Option<Json>,
    /// Validity in days; None: no expiry.
    pub validity_days: Option<i32>,
    /// Whether notifications are sent.
    pub is_notification_enabled: bool,
    /// End of the validity for the current owner; set exactly with an owner and a validity.
    pub valid_until: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
