//! Running of saved reports, with the rights of the caller.

use std::time::Duration;

use async_graphql::{Context, Result};
use tokio::time::timeout_at;

use super::definition;
use super::parameters::ReportParametersInput;
use crate::error::{Error, ProblemCode};
use crate::resolvers::insight::reports;
use crate::resolvers::insight::saved_reports::SavedReport;
use crate::schema::error::to_graphql;
use crate::schema::filters::request_clock;
use crate::schema::insight::reports::Report;
use crate::schema::{Deadline, cx};

/// A report is abandoned so long before the root field that it lies in, which would be null with all the others otherwise.
const AHEAD: Duration = Duration::from_millis(250);

/// The answer of a saved report. It fails alone, by problems with paths from `definition` or `parameters` down.
pub async fn run(ctx: &Context<'_>, report: &SavedReport, parameters: Option<ReportParametersInput>) -> Result<Report> {
    let parameters = parameters.unwrap_or_default();
    let work = answer(ctx, report, &parameters);
    let answered = match ctx.data_opt::<Deadline>().and_then(|deadline| deadline.0.checked_sub(AHEAD)) {
        Some(deadline) => timeout_at(deadline, work).await.unwrap_or(Err(Error::Timeout)),
        None => work.await,
    };
    answered
        .map(Report::from)
        .map_err(|error| to_graphql(definition::at(placed(error, &parameters), &["definition"])))
}

/// The same error, with the problems that a parameter causes at that parameter.
fn placed(error: Error, parameters: &ReportParametersInput) -> Error {
    let Error::Invalid(mut problems) = error else { return error };
    for problem in &mut problems {
        if let Some(parameter) = parameters.cause_of(problem) {
            problem.path = vec!["parameters".to_owned(), parameter.to_owned()];
        }
    }
    Error::Invalid(problems)
}

async fn answer(ctx: &Context<'_>, report: &SavedReport, parameters: &ReportParametersInput) -> crate::error::Result<reports::Report> {
    let definition = report.definition();
    if definition::names_hidden(ctx, &definition)? {
        // Without its key, which the caller has not given and must not learn.
        let message = "the report names an attribute that does not exist";
        return Err(Error::problem(ProblemCode::NotFound, &["input"], message));
    }
    parameters.check(&request_clock(ctx))?;
    reports::run(cx(ctx), definition::query(ctx, &definition, parameters)?).await
}
