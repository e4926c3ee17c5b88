//! Work in the background, reports and dashboards, in the API.

pub mod dashboards;
pub mod jobs;
pub mod reports;
pub mod row_errors;
pub mod saved_reports;

use async_graphql::MergedObject;

/// What can be asked about work in the background, reports and dashboards.
#[derive(MergedObject, Default)]
pub struct InsightQuery(
    jobs::JobQuery,
    reports::ReportQuery,
    saved_reports::SavedReportQuery,
    dashboards::DashboardQuery,
);

/// What can be done about work in the background, saved reports and dashboards.
#[derive(MergedObject, Default)]
pub struct InsightMutation(
    jobs::JobMutation,
    saved_reports::mutations::SavedReportMutation,
    dashboards::mutations::DashboardMutation,
);
