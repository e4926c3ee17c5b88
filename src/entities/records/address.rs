//! A place of a prospect.
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "addresses")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub prospect_id: Uuid,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    pub city: Option<String>,
    pub city_norm: Option<String>,
    pub municipality: Option<String>,
    pub municipality_norm: Option<String>,
    pub parish: Option<String>,
    pub parish_norm: Option<String>,
    pub postal_code: Option<String>,
    /// The full address.
    pub line: Option<String>,
    /// Directions to the address.
    pub reference: Option<String>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub position: i32,
    pub deleted_at: Option<i64>,
    pub type_id: Option<Uuid>,
    pub region_id: Option<Uuid>,
    pub zone_id: Option<Uuid>,
    /// One of the zone.
    pub sector_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
