//! Catalogues in the API: read by everybody signed in, written by administrators.

pub mod channels;
pub mod countries;
pub mod identifier_types;
mod mutations;
pub mod potential_levels;
pub mod reasons;
pub mod segments;
pub mod sources;
pub mod statuses;
pub mod task_types;

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
    identifier_types::IdentifierTypeQuery,
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
);
