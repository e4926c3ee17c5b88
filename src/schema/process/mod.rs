//! The sales process in the API: status, conversion, owners, cycles and tasks.

pub mod conversion;
pub mod cycles;
pub mod ownership;
pub mod status;
pub mod tasks;

use async_graphql::MergedObject;

/// Queries of the process.
#[derive(MergedObject, Default)]
pub struct ProcessQuery(tasks::TaskQuery);

/// Mutations of the process.
#[derive(MergedObject, Default)]
pub struct ProcessMutation(
    status::StatusChangeMutation,
    conversion::ConversionMutation,
    ownership::OwnershipMutation,
    cycles::CycleMutation,
    tasks::mutations::TaskMutation,
);
