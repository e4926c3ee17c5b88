//! Work in the background, and reports, in the API.

pub mod jobs;
pub mod reports;
pub mod row_errors;

use async_graphql::MergedObject;

/// What can be asked about work in the background, and reports.
#[derive(MergedObject, Default)]
pub struct InsightQuery(jobs::JobQuery, reports::ReportQuery);

/// What can be done about work in the background.
#[derive(MergedObject, Default)]
pub struct InsightMutation(jobs::JobMutation);
