//! Work in the background, in the API.

pub mod jobs;
pub mod row_errors;

use async_graphql::MergedObject;

/// What can be asked about work in the background.
#[derive(MergedObject, Default)]
pub struct InsightQuery(jobs::JobQuery);

/// What can be done about work in the background.
#[derive(MergedObject, Default)]
pub struct InsightMutation(jobs::JobMutation);
