//! The input of a report.

use async_graphql::{ID, InputObject, InputType, Value};
use serde_json::{Map, Value as Json};

use super::enums::{ReportAttributeOf, ReportComparison, ReportDataset, ReportGrain, ReportMeasure, ReportMoment};
use super::fields::ReportField;
use crate::error::{Error, Result};
use crate::ids::Kind;
use crate::resolvers::filter::Filter;
use crate::resolvers::insight::reports::{self, FilterInput, ReportQuery};
use crate::rules::reports::catalogue::Dataset;
use crate::rules::reports::{AsOf, DimensionRequest, HavingRequest, MeasureRequest, OrderRequest, PeriodRequest, Request};
use crate::schema::filters::{DateTimeFilter, FilterContext, RelativePeriodInput};
use crate::schema::ids::reference;
use crate::schema::process::tasks::filters::TaskFilter;
use crate::schema::records::documents::filters::DocumentFilter;
use crate::schema::records::lists::{ClientFilter, OrderDirection, ProspectFilter};
use crate::schema::records::relations::ProspectCycleFilter;
use crate::schema::records::timeline::TimelineFilter;
use crate::schema::scalars::{CurrencyCode, DateTime, Decimal};
use crate::schema::times::Weekday;

/// A report: measures of the records of a dataset, by dimensions. All problems come together, in `extensions.problems` of one
/// `BAD_USER_INPUT`, each with its path.
#[derive(Clone, Debug, InputObject)]
pub struct ReportInput {
    /// Kind of records.
    pub dataset: ReportDataset,
    /// Dimensions, in the order of the columns. At most 6. Default: none, which gives one row.
    pub dimensions: Option<Vec<ReportDimensionInput>>,
    /// Measures, in the order of the columns. 1 to 10.
    pub measures: Vec<ReportMeasureInput>,
    /// Bounds of a time of the records. Default: in PROSPECTS the bounds of `createdAt` at the top of `prospectFilter`, elsewhere none.
    pub period: Option<ReportPeriodInput>,
    /// Conditions on the prospects of the records, as in the list `prospects`. Default: all that the caller sees.
    pub prospect_filter: Option<ProspectFilter>,
    /// Conditions on clients, as in the list `clients`. CLIENTS only.
    pub client_filter: Option<ClientFilter>,
    /// Conditions on sales cycles. CYCLES only.
    pub cycle_filter: Option<ProspectCycleFilter>,
    /// Conditions on tasks, as in the list `tasks`. TASKS only.
    pub task_filter: Option<TaskFilter>,
    /// Conditions on timeline entries, as in the list `timeline`. ACTIVITY only.
    pub timeline_filter: Option<TimelineFilter>,
    /// Conditions on documents, as in the list `documents`. DOCUMENTS only.
    pub document_filter: Option<DocumentFilter>,
    /// Instant in whose state prospects are counted: those registered before it, with the status, category, reason, condition and cycle just
    /// before it, and with the owner; in CLIENTS those that were clients before it. All other values, and the visibility, are those of now. Rows
    /// carry no filter. Not in the future. PROSPECTS and CLIENTS only, and not with `compareTo`. Default: the time of the report.
    pub as_of: Option<DateTime>,
    /// Time from which the status and what goes with it are taken. With `asOf` only. Default: THEN.
    pub as_of_status: Option<ReportMoment>,
    /// Time from which the owner is taken. With `asOf` only. Default: THEN.
    pub as_of_owner: Option<ReportMoment>,
    /// Conditions on measures that rows must meet; all of them. At most 10.
    pub having: Option<Vec<ReportHavingInput>>,
    /// Order of the rows; at most 3 steps, then the dimensions: time from the earliest, catalogues by position, texts alphabetically.
    pub order_by: Option<Vec<ReportOrderInput>>,
    /// Maximum number of rows, 1 to 10,000. Default: 1,000.
    pub limit: Option<i32>,
    /// IANA name of the time zone of the buckets of time. Default: the time zone of the caller.
    pub time_zone: Option<String>,
    /// First day of the weeks. Default: Monday, the weeks of ISO 8601.
    pub first_day_of_week: Option<Weekday>,
    /// True adds `totals` over all records, those without a row included. Default: false.
    pub totals: Option<bool>,
    /// True adds `subtotals` of the first dimensions. Default: false.
    pub subtotals: Option<bool>,
    /// True adds the rows beyond `limit` up in one more. Refused with distinct counts, percentiles, running totals, and dimensions in several of whose
    /// groups a record counts. Default: false.
    pub others: Option<bool>,
    /// False leaves out rows without records, in the period that is compared with as well. Otherwise there are rows for all buckets of the
    /// period, all entries of catalogues in use and all other values found, each beside all values of the other dimensions, unless they were
    /// more than 10,000; dimensions of which one follows from another, such as status and category or month and weekday of one time, have rows
    /// for what is found together. A period without an end goes up to now, or to the last record. Default: true.
    pub empty_rows: Option<bool>,
    /// Period to compare with. Requires a period with `gte` or `relative`; if it has no end, it ends at the time of the report, and later records
    /// do not count. There are rows for groups with records in one of both periods. Default: none.
    pub compare_to: Option<ReportComparison>,
    /// User as whom the report is computed: over the records, and with the attributes, that this user sees. Administrators only; others may name
    /// themselves. Language and time zone stay those of the caller. Default: the caller.
    pub as_user: Option<ID>,
}

/// Bounds of a time of the records; at least one. All bounds given must hold.
#[derive(Clone, Debug, InputObject)]
pub struct ReportPeriodInput {
    /// Time that is bounded: a field with grains. Default: the time of the records, which is `ReportDatasetDescription.timeField`.
    pub field: Option<ReportField>,
    /// At or after this instant.
    pub gte: Option<DateTime>,
    /// Before this instant.
    pub lt: Option<DateTime>,
    /// Within this period relative to today, in the time zone of the caller.
    pub relative: Option<RelativePeriodInput>,
}

/// A dimension: exactly one of `field` and `attributeKey`.
#[derive(Clone, Debug, InputObject)]
pub struct ReportDimensionInput {
    /// Field of the dataset.
    pub field: Option<ReportField>,
    /// Key of an attribute (custom field).
    pub attribute_key: Option<String>,
    /// Record whose attribute it is. With `attributeKey` only. Default: PROSPECT.
    pub attribute_of: Option<ReportAttributeOf>,
    /// Size of the buckets. Required for times, and for them only.
    pub grain: Option<ReportGrain>,
    /// Ascending bounds between the bands of a number, 1 to 50; a value that equals a bound is in the upper band. Default: each value by
    /// itself.
    pub bands: Option<Vec<Decimal>>,
}

/// A measure. What counts records takes no field, what is computed of other measures takes `column`; all others take exactly one of `field` and
/// `attributeKey`.
#[derive(Clone, Debug, InputObject)]
pub struct ReportMeasureInput {
    /// What is computed.
    pub measure: ReportMeasure,
    /// Field of the dataset.
    pub field: Option<ReportField>,
    /// Key of an attribute (custom field).
    pub attribute_key: Option<String>,
    /// Record whose attribute it is. With `attributeKey` only. Default: PROSPECT.
    pub attribute_of: Option<ReportAttributeOf>,
    /// Fraction of a percentile, from 0 to 1 with at most four decimals. Required for PERCENTILE, and for it only.
    pub percentile: Option<f64>,
    /// Currency of the amounts of cycles; those in others are left out. Default: the currency of the server.
    pub currency: Option<CurrencyCode>,
    /// Key of the column of another measure of the report: the dividend of a RATIO, or what SHARE and RUNNING_TOTAL are of. Required for these,
    /// and for them only.
    pub column: Option<String>,
    /// Key of the column of the measure by which a RATIO divides. Required for RATIO, and for it only.
    pub denominator: Option<String>,
}

/// A condition on a measure. All conditions given must hold; null meets none of `gte` and `lte`.
#[derive(Clone, Debug, InputObject)]
pub struct ReportHavingInput {
    /// Key of the column of a measure.
    pub column: String,
    /// Greater than or equal to this number.
    pub gte: Option<Decimal>,
    /// Less than or equal to this number.
    pub lte: Option<Decimal>,
    /// True matches rows without a number, false those with one.
    pub is_null: Option<bool>,
}

/// One step of the order of rows. What is null comes last in both directions.
#[derive(Clone, Debug, InputObject)]
pub struct ReportOrderInput {
    /// Key of a column, such as `count` or `sum_budget`.
    pub column: String,
    /// Sort direction.
    pub direction: OrderDirection,
}

impl ReportInput {
    /// The request, with the filters resolved against the clock of the request.
    pub fn into_query(self, context: FilterContext) -> Result<ReportQuery> {
        let as_user = self.as_user.as_ref().map(|user| reference(Kind::User, user));
        let viewer = reports::viewer(context.cx(), as_user)?;
        let context = &context.as_user(viewer);
        let mut own = OwnFilters::default();
        own.add(Dataset::Clients, self.client_filter, context, ClientFilter::into_filter)?;
        own.add(Dataset::Cycles, self.cycle_filter, context, ProspectCycleFilter::into_filter)?;
        own.add(Dataset::Tasks, self.task_filter, context, TaskFilter::into_filter)?;
        own.add(Dataset::Activity, self.timeline_filter, context, TimelineFilter::into_entries)?;
        own.add(Dataset::Documents, self.document_filter, context, DocumentFilter::into_filter)?;
        let prospects = self.prospect_filter.unwrap_or_default();
        let as_of = AsOf {
            at: self.as_of.map(|at| at.0),
            status: self.as_of_status.map(Into::into),
            owner: self.as_of_owner.map(Into::into),
        };
        Ok(ReportQuery {
            prospects: filter_input(prospects, context, ProspectFilter::into_filter)?,
            own: own.last,
            as_user,
            request: Request {
                dataset: self.dataset.into(),
                filtered: own.of,
                period: self.period.map(|period| period.into_request(context)).transpose()?,
                as_of: (as_of != AsOf::default()).then_some(as_of),
                dimensions: self.dimensions.into_iter().flatten().map(DimensionRequest::from).collect(),
                measures: self.measures.into_iter().map(MeasureRequest::from).collect(),
                having: self.having.into_iter().flatten().map(HavingRequest::from).collect(),
                order: self.order_by.into_iter().flatten().map(OrderRequest::from).collect(),
                limit: self.limit,
                time_zone: self.time_zone,
                first_day_of_week: self.first_day_of_week.map(Weekday::from_monday),
                has_totals: self.totals.unwrap_or(false),
                has_subtotals: self.subtotals.unwrap_or(false),
                has_others: self.others.unwrap_or(false),
                fills_empty: self.empty_rows.unwrap_or(true),
                comparison: self.compare_to.map(Into::into),
            },
        })
    }
}

impl ReportPeriodInput {
    fn into_request(self, context: &FilterContext) -> Result<PeriodRequest> {
        let test = DateTimeFilter {
            gte: self.gte,
            lt: self.lt,
            relative: self.relative,
            is_null: None,
            weekday: None,
            hour_of_day: None,
        };
        let test = test.into_test(&context.clock)?;
        Ok(PeriodRequest {
            field: self.field.map(Into::into),
            from: test.gte,
            to: test.lt,
        })
    }
}

/// The filters of records that are no prospects. More than one is refused by the check, by their datasets.
#[derive(Default)]
struct OwnFilters {
    of: Vec<Dataset>,
    last: FilterInput,
}

impl OwnFilters {
    fn add<F: InputType>(
        &mut self,
        dataset: Dataset,
        filter: Option<F>,
        context: &FilterContext,
        resolve: impl FnOnce(F, &FilterContext) -> Result<Filter>,
    ) -> Result<()> {
        if let Some(filter) = filter {
            self.of.push(dataset);
            self.last = filter_input(filter, context, resolve)?;
        }
        Ok(())
    }
}

/// A filter with the input that it was made of.
fn filter_input<F: InputType>(
    filter: F,
    context: &FilterContext,
    resolve: impl FnOnce(F, &FilterContext) -> Result<Filter>,
) -> Result<FilterInput> {
    let input = match without_nulls(&filter.to_value()).unwrap_or_else(|| Json::Object(Map::new())) {
        Json::Object(input) => input,
        _ => return Err(Error::internal("a filter is an object")),
    };
    Ok(FilterInput {
        filter: resolve(filter, context)?,
        input,
    })
}

impl From<ReportDimensionInput> for DimensionRequest {
    fn from(input: ReportDimensionInput) -> Self {
        DimensionRequest {
            field: input.field.map(Into::into),
            attribute_key: input.attribute_key,
            attribute_of: input.attribute_of.map(Into::into),
            grain: input.grain.map(Into::into),
            bands: input.bands.map(|bands| bands.into_iter().map(|bound| bound.0).collect()),
        }
    }
}

impl From<ReportMeasureInput> for MeasureRequest {
    fn from(input: ReportMeasureInput) -> Self {
        MeasureRequest {
            measure: input.measure.into(),
            field: input.field.map(Into::into),
            attribute_key: input.attribute_key,
            attribute_of: input.attribute_of.map(Into::into),
            percentile: input.percentile,
            currency: input.currency.map(|currency| currency.0),
            column: input.column,
            denominator: input.denominator,
        }
    }
}

impl From<ReportHavingInput> for HavingRequest {
    fn from(input: ReportHavingInput) -> Self {
        HavingRequest {
            column: input.column,
            gte: input.gte.map(|number| number.0),
            lte: input.lte.map(|number| number.0),
            is_null: input.is_null,
        }
    }
}

impl From<ReportOrderInput> for OrderRequest {
    fn from(input: ReportOrderInput) -> Self {
        OrderRequest {
            column: input.column,
            is_descending: input.direction == OrderDirection::Desc,
        }
    }
}

/// A value of the API as JSON, without the members that are null. None for null.
fn without_nulls(value: &Value) -> Option<Json> {
    match value {
        Value::Null => None,
        Value::Object(members) => {
            let given = members
                .iter()
                .filter_map(|(name, value)| Some((name.to_string(), without_nulls(value)?)));
            Some(Json::Object(given.collect()))
        }
        Value::List(items) => Some(Json::Array(items.iter().filter_map(without_nulls).collect())),
        other => other.clone().into_json().ok(),
    }
}
