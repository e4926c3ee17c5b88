//! Catalogues in the API: read by everybody signed in, written by administrators.

pub mod address_types;
pub mod channels;
pub mod countries;
pub mod customer_types;
pub mod identifier_types;
pub mod industries;
mod mutations;
mod plain;
pub mod potential_levels;
pub mod reasons;
pub mod regions;
pub mod sectors;
pub mod segments;
pub mod sources;
pub mod statuses;
pub mod tags;
pub mod task_types;
pub mod zones;

use async_graphql::MergedObject;

/// The catalogues and fixed lists.
#[derive(MergedObject, Default)]
pub struct SetupQuery(
    channels::ChannelQuery,
    segments::SegmentQuery,
    potential_levels::PotentialLevelQuery,
    statuses::StatusQuery,
    reasons::ReasonQuery,
    sources::SourceQuery,
    task_types::TaskTypeQuery,
    tags::TagQuery,
    zones::ZoneQuery,
    regions::RegionQuery,
    address_types::AddressTypeQuery,
    identifier_types::IdentifierTypeQuery,
    industries::IndustryQuery,
    customer_types::CustomerTypeQuery,
    countries::CountryQuery,
);

/// What administrators do to the catalogues.
#[derive(MergedObject, Default)]
pub struct SetupMutation(
    channels::ChannelMutation,
    segments::SegmentMutation,
    potential_levels::PotentialLevelMutation,
    statuses::StatusMutation,
    reasons::ReasonMutation,
    sources::SourceMutation,
    task_types::TaskTypeMutation,
    tags::TagMutation,
    zones::ZoneMutation,
    sectors::SectorMutation,
    regions::RegionMutation,
    address_types::AddressTypeMutation,
    identifier_types::IdentifierTypeMutation,
    industries::IndustryMutation,
    customer_types::CustomerTypeMutation,
);
