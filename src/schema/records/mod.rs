//! Prospects, clients and what hangs from them, in the API.

pub mod clients;
pub mod collisions;
pub mod deletion;
pub mod duplicates;
pub mod entries;
pub mod identifiers;
pub mod lists;
pub mod parts;
pub mod places;
pub mod prospects;
pub mod relations;
pub mod timeline;

use async_graphql::MergedObject;

/// What can be asked about records.
#[derive(MergedObject, Default)]
pub struct RecordsQuery(
    prospects::query::ProspectQuery,
    clients::ClientQuery,
    identifiers::IdentifierQuery,
    duplicates::DuplicateQuery,
    collisions::CollisionQuery,
    deletion::DeletionQuery,
    places::PlacesQuery,
    timeline::TimelineQuery,
);

/// What can be done to records.
#[derive(MergedObject, Default)]
pub struct RecordsMutation(
    prospects::mutations::ProspectMutation,
    clients::ClientMutation,
    timeline::TimelineMutation,
    deletion::DeletionMutation,
);
