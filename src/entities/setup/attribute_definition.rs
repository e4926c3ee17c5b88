//! A definition of a custom attribute: a field that administrators add to a kind of record.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Kind of record that has attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AttributeEntity {
    Prospect,
    Client,
    Contact,
    Task,
}

/// Type of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AttributeType {
    /// One line.
    Text,
    /// Several lines.
    LongText,
    Integer,
    /// A number with a fixed number of decimals.
    Decimal,
    /// An amount in the currency of the definition.
    Money,
    Boolean,
    /// A day without a time.
    Date,
    /// An instant.
    DateTime,
    /// One of a list that administrators keep.
    Choice,
    /// A user.
    User,
    /// A prospect.
    Prospect,
    /// The address of a web page.
    Url,
    Email,
    Phone,
}

/// Callers who know of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AttributeVisibility {
    /// All signed-in callers, on the records that they see.
    Everyone,
    /// Administrators only.
    Admin,
}

/// State of the indexes of an attribute, all together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum IndexState {
    /// There is no index, and none is wanted.
    None,
    /// An index is wanted, and not complete yet.
    Building,
    /// All are complete.
    Ready,
    /// One of them could not be built.
    Failed,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "attribute_definitions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub entity: AttributeEntity,
    /// Unique among the definitions of the entity, in use or retired; never changed.
    pub key: String,
    pub label: String,
    pub description: Option<String>,
    #[sea_orm(column_name = "type")]
    pub kind: AttributeType,
    pub is_multiple: bool,
    /// Decimals of a number; 0 where it has none.
    pub scale: i32,
    /// ISO 4217 code of the currency of amounts.
    pub currency: Option<String>,
    /// The choices in their order; see `rules::attributes::Choice`.
    pub choices: Json,
    /// Further rules; see `rules::attributes::Rules`.
    pub rules: Json,
    pub is_unique: bool,
    pub is_searchable: bool,
    pub is_indexed: bool,
    pub index_state: IndexState,
    /// Percent of the records that the index has taken in.
    pub index_progress: i32,
    /// Whether the indexes for lists are complete, so that queries use them; whatever becomes of the unique one.
    pub has_list_index: bool,
    pub visibility: AttributeVisibility,
    /// Heading under which forms show it.
    pub group_label: Option<String>,
    /// Order in forms, from 0.
    pub position: i32,
    /// Set: no longer offered; its values stay.
    pub retired_at: Option<i64>,
    /// Grows by one with every change; checked against `expectedVersion`.
    pub version: i32,
    pub created_at: i64,
    pub updated_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// A definition with a single value, for everyone, and without rules; its label is the key.
    pub fn new(id: Uuid, entity: AttributeEntity, key: &str, kind: AttributeType, now: i64) -> Model {
        Model {
            id,
            entity,
            key: key.to_owned(),
            label: key.to_owned(),
            description: None,
            kind,
            is_multiple: false,
            scale: 0,
            currency: None,
            choices: Json::Array(Vec::new()),
            rules: Json::Object(serde_json::Map::new()),
            is_unique: false,
            is_searchable: false,
            is_indexed: false,
            index_state: IndexState::None,
            index_progress: 0,
            has_list_index: false,
            visibility: AttributeVisibility::Everyone,
            group_label: None,
            position: 0,
            retired_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}
