//! Prospects, clients and their child records in the API.

pub mod amounts;
pub mod attributes;
pub mod clients;
pub mod collisions;
pub mod deletion;
pub mod documents;
pub mod duplicates;
pub mod entries;
pub mod identifiers;
pub mod intervals;
pub mod lists;
pub mod parts;
pub mod places;
pub mod prospects;
pub mod relations;
pub mod timeline;
pub mod totals;
pub mod touches;

use async_graphql::MergedObject;

/// Queries of records.
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
    documents::query::DocumentQuery,
);

/// Mutations of records.
#[derive(MergedObject, Default)]
pub struct RecordsMutation(
    prospects::mutations::ProspectMutation,
    clients::ClientMutation,
    timeline::TimelineMutation,
    deletion::DeletionMutation,
    documents::mutations::DocumentMutation,
    documents::upload::DocumentUploadMutation,
);
