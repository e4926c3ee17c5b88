//! A call, e-mail, meeting, visit or chat that happened; its id is that of its entry.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Form of the interaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InteractionType {
    /// By phone or voice.
    Call,
    /// By e-mail.
    Email,
    /// In a meeting, on site or online.
    Meeting,
    /// At the premises of one of them.
    Visit,
    /// In a chat.
    Chat,
}

/// Direction of the interaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Direction {
    /// The prospect did.
    Incoming,
    /// We did.
    Outgoing,
}

/// Outcome of the interaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// The person was reached.
    Reached,
    /// The call or message was not answered.
    NoAnswer,
    /// A message was left.
    LeftMessage,
    /// The number or address belongs to a different person.
    WrongContact,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "interactions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_name = "type")]
    pub r#type: InteractionType,
    pub direction: Direction,
    pub duration_seconds: Option<i32>,
    pub outcome: Option<Outcome>,
    pub body: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
