//! Parameters of saved reports: what a reader chooses each time that a report runs.

use async_graphql::{ID, InputObject};
use uuid::Uuid;

use crate::ids::Kind;
use crate::schema::filters::{IdFilter, RelativePeriodInput};
use crate::schema::ids::encode;
use crate::schema::insight::reports::enums::ReportDataset;
use crate::schema::insight::reports::inputs::{ReportInput, ReportPeriodInput};
use crate::schema::records::lists::ProspectFilter;
use crate::schema::scalars::DateTime;

/// Parameters with which a saved report runs. Each is optional, and every saved report takes them but for `asOf`.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ReportParametersInput {
    /// Period of the report, in place of that of its definition. Default: that of the definition.
    pub period: Option<ReportParameterPeriodInput>,
    /// ID of the owner of the prospects, besides the conditions of the definition.
    pub owner: Option<ID>,
    /// ID of the commercial channel of the prospects, besides the conditions of the definition.
    pub channel: Option<ID>,
    /// IANA name of the time zone of the buckets of time, in place of that of the definition.
    pub time_zone: Option<String>,
    /// Past instant as of which prospects are counted, in place of that of the definition. Only reports over PROSPECTS take it.
    pub as_of: Option<DateTime>,
}

/// Period of a saved report. All bounds given hold; without any, the report is over all time.
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
    /// All parameters, with values that find nothing: a definition that runs with these runs with any.
    pub fn all() -> ReportParametersInput {
        ReportParametersInput {
            owner: Some(encode(Kind::User, Uuid::nil())),
            channel: Some(encode(Kind::Channel, Uuid::nil())),
            ..ReportParametersInput::default()
        }
    }

    /// The input of a report with these parameters.
    pub fn apply(&self, mut input: ReportInput) -> ReportInput {
        let mut filter = input.prospect_filter.take().unwrap_or_default();
        if let Some(period) = self.period.clone() {
            let is_bounded = period.gte.is_some() || period.lt.is_some() || period.relative.is_some();
            let field = input.period.take().and_then(|period| period.field);
            input.period = is_bounded.then_some(ReportPeriodInput {
                field,
                gte: period.gte,
                lt: period.lt,
                relative: period.relative,
            });
            if input.dataset == ReportDataset::Prospects {
                filter.created_at = None;
            }
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

fn equal(id: ID) -> IdFilter {
    IdFilter {
        eq: Some(id),
        any_of: None,
        is_null: None,
    }
}
