//! Parameters of saved reports: what a reader chooses each time that a report runs.

use async_graphql::{ID, InputObject};
use uuid::Uuid;

use crate::error::{Error, Problem, ProblemCode, Result};
use crate::ids::Kind;
use crate::rules::periods::RequestClock;
use crate::schema::filters::{DateTimeFilter, IdFilter, RelativePeriodInput};
use crate::schema::ids::encode;
use crate::schema::insight::reports::enums::ReportDataset;
use crate::schema::insight::reports::inputs::{ReportInput, ReportPeriodInput};
use crate::schema::records::lists::ProspectFilter;
use crate::schema::scalars::DateTime;

/// Parameters with which a saved report runs. Each is optional. Every saved report takes them, with the exceptions that `period` and `asOf`
/// name.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ReportParametersInput {
    /// Period of the report, in place of that of its definition; other conditions of the definition stay. A report with `compareTo` takes one
    /// with `gte` or `relative` only. Default: that of the definition.
    pub period: Option<ReportParameterPeriodInput>,
    /// ID of the owner of the prospects, besides the conditions of the definition.
    pub owner: Option<ID>,
    /// ID of the commercial channel of the prospects, besides the conditions of the definition.
    pub channel: Option<ID>,
    /// IANA name of the time zone of the buckets of time, in place of that of the definition.
    pub time_zone: Option<String>,
    /// Past instant as of which prospects are counted, in place of that of the definition. Only reports over PROSPECTS without `compareTo` take
    /// it.
    pub as_of: Option<DateTime>,
}

/// Period of a saved report. All bounds given hold; without any, the report has no period.
#[derive(Clone, Debug, InputObject)]
pub struct ReportParameterPeriodInput {
    /// At or after this instant.
    pub gte: Option<DateTime>,
    /// Before this instant.
    pub lt: Option<DateTime>,
    /// Within this period relative to today.
    pub relative: Option<RelativePeriodInput>,
}

impl ReportParametersInput {
    /// The parameters that are further conditions, with values that find nothing: a definition that runs with these runs with any such.
    pub fn all() -> ReportParametersInput {
        ReportParametersInput {
            owner: Some(encode(Kind::User, Uuid::nil())),
            channel: Some(encode(Kind::Channel, Uuid::nil())),
            ..ReportParametersInput::default()
        }
    }

    /// Refuses a relative period that there is not.
    pub fn check(&self, clock: &RequestClock) -> Result<()> {
        let relative = self.period.as_ref().and_then(|period| period.relative);
        let Some(relative) = relative else { return Ok(()) };
        let instants = relative.into_period().instants(clock);
        instants
            .map(drop)
            .map_err(|message| Error::problem(ProblemCode::Invalid, &["parameters", "period", "relative"], message))
    }

    /// The parameter that is the cause of a problem of the report, which has none by its definition alone. None: the definition is.
    pub fn cause_of(&self, problem: &Problem) -> Option<&'static str> {
        let path: Vec<&str> = problem.path.iter().map(String::as_str).collect();
        match path[..] {
            ["input", "timeZone"] => self.time_zone.is_some().then_some("timeZone"),
            ["input", "asOf"] => self.as_of.is_some().then_some("asOf"),
            ["input", "compareTo"] if problem.code == ProblemCode::Required => self.period.is_some().then_some("period"),
            ["input", "compareTo"] => self.as_of.is_some().then_some("asOf"),
            _ => None,
        }
    }

    /// The input of a report with these parameters.
    pub fn apply(&self, mut input: ReportInput) -> ReportInput {
        let mut filter = input.prospect_filter.take().unwrap_or_default();
        if let Some(period) = self.period.clone() {
            if input.period.is_none() && input.dataset == ReportDataset::Prospects {
                remove_period(&mut filter);
            }
            let is_bounded = period.gte.is_some() || period.lt.is_some() || period.relative.is_some();
            let field = input.period.take().and_then(|period| period.field);
            input.period = is_bounded.then_some(ReportPeriodInput {
                field,
                gte: period.gte,
                lt: period.lt,
                relative: period.relative,
            });
        }
        if self.owner.is_some() || self.channel.is_some() {
            filter.and.get_or_insert_default().push(ProspectFilter {
                owner: self.owner.clone().map(equal),
                channel: self.channel.clone().map(equal),
                ..ProspectFilter::default()
            });
        }
        ReportInput {
            prospect_filter: Some(filter),
            time_zone: self.time_zone.clone().or_else(|| input.time_zone.clone()),
            as_of: self.as_of.or(input.as_of),
            ..input
        }
    }
}

/// Removes the bounds that are the period of a report without one of its own: those of `createdAt` that always hold. Weekdays and hours of
/// the day are no bounds.
fn remove_period(filter: &mut ProspectFilter) {
    if let Some(test) = filter.created_at.take() {
        let rest = DateTimeFilter {
            gte: None,
            lt: None,
            relative: None,
            ..test
        };
        let has_rest = rest.weekday.is_some() || rest.hour_of_day.is_some() || rest.is_null.is_some();
        filter.created_at = has_rest.then_some(rest);
    }
    filter.and.iter_mut().flatten().for_each(remove_period);
}

fn equal(id: ID) -> IdFilter {
    IdFilter {
        eq: Some(id),
        any_of: None,
        is_null: None,
    }
}
