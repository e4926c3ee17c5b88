//! Origins of a prospect: the first touch and the last one.
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Position of a touch among those of a prospect. Only these two are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TouchPosition {
    /// The one that brought the prospect.
    #[default]
    First,
    /// The most recent one.
    Last,
}

/// Network of an advertisement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AdNetwork {
    /// Beside the results of a search engine.
    Search,
    /// On pages of others.
    Display,
    /// Any other.
    Other,
}

/// Kind of device on which an advertisement was clicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AdDevice {
    /// A desktop or a laptop.
    Computer,
    Tablet,
    /// A phone.
    Mobile,
}

#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "touches")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub prospect_id: Uuid,
    pub place: TouchPosition,
    pub at: i64,
    pub source_id: Uuid,
    pub medium: Option<String>,
    pub medium_norm: Option<String>,
    pub page_url: Option<String>,
    pub page_section: Option<String>,
    pub referrer: Option<String>,
    /// In canonical form.
    pub ip_address: Option<String>,
    pub utm_source: Option<String>,
    pub utm_source_norm: Option<String>,
    pub utm_medium: Option<String>,
    pub utm_medium_norm: Option<String>,
    pub utm_campaign: Option<String>,
    pub utm_campaign_norm: Option<String>,
    pub utm_term: Option<String>,
    pub utm_content: Option<String>,
    pub ad_campaign: Option<String>,
    pub ad_campaign_norm: Option<String>,
    pub ad_group: Option<String>,
    pub ad_keyword: Option<String>,
    pub ad_network: Option<AdNetwork>,
    pub ad_device: Option<AdDevice>,
    /// Id of the advertisement on its platform.
    pub ad_external_id: Option<String>,
    pub ad_click_id: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
