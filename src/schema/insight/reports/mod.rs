//! Reports in the API: the answer, and the catalogue of what can be asked.

mod datasets;
pub mod enums;
pub mod fields;
pub mod inputs;

use async_graphql::{Context, Object, Result, SimpleObject};

use crate::resolvers::insight::reports;
use crate::schema::cx;
use crate::schema::error::to_graphql;
use crate::schema::filters::FilterContext;
use crate::schema::guards::SignedIn;
use crate::schema::scalars::{DateTime, Decimal, Json};
use crate::schema::text::Text;
use datasets::ReportDatasetDescription;
use enums::{ReportColumnKind, ReportFilterUnavailable, ReportList, ReportValueType};
use inputs::ReportInput;

/// Numbers of the records that the caller sees, grouped by dimensions.
#[derive(SimpleObject)]
pub struct Report {
    /// Columns: the dimensions, then the measures, in the order of the input.
    columns: Vec<ReportColumn>,
    /// Rows, one for each combination of the values of the dimensions; at most `limit`, and one more for the others. Without dimensions:
    /// one row.
    rows: Vec<ReportRow>,
    /// Measures over all records of the report, one for each column. Empty unless requested.
    totals: Vec<ReportTotal>,
    /// Rows for the first dimension alone, then for the first two, and so on, without the last; each in the order of the rows. `limit` and
    /// `having` do not apply to them. At most 10,000 for each number of dimensions. Empty unless requested.
    subtotals: Vec<ReportRow>,
    /// Number of rows before `limit`.
    row_count: i32,
    /// True if rows were left out because of `limit`.
    is_truncated: bool,
    /// Time of the report, at which everything in it holds.
    generated_at: DateTime,
}

/// A column of a report.
#[derive(SimpleObject)]
pub struct ReportColumn {
    /// Key of the column, for `orderBy` and `having`, such as `channel`, `created_at_month`, `count` or `sum_budget`. If it would occur
    /// twice, the second ends in `_2`.
    key: Text<'static>,
    /// Heading, in Spanish if the locale of the caller is, otherwise in English.
    label: Text<'static>,
    /// Dimension or measure.
    kind: ReportColumnKind,
    /// Type of the values.
    #[graphql(name = "type")]
    value_type: ReportValueType,
    /// Unit of the numbers: the ISO 4217 code of amounts, `SECONDS`, `DAYS` or `BYTES`. Null for other values.
    unit: Option<Text<'static>>,
    /// True if the rows add up to the total: for COUNT and SUM, and for dimensions in one of whose groups each record counts.
    is_additive: bool,
}

/// A row of a report.
pub struct ReportRow(reports::Row);

/// A row of a report.
#[Object]
impl ReportRow {
    /// Cells, one for each column.
    async fn cells(&self) -> Vec<ReportCell> {
        self.0.cells.iter().cloned().map(ReportCell::from).collect()
    }

    /// Measures in the period that is compared with, one for each column. Empty unless requested, in the row of the others, and in `subtotals`.
    async fn comparison(&self) -> Vec<ReportComparedNumber> {
        self.0.comparison.iter().cloned().map(ReportComparedNumber::from).collect()
    }

    /// Filter for `list` that matches the records of the row; of the others those of all rows left out, at most 200. Null if there is none:
    /// see `filterUnavailable`.
    async fn filter(&self, ctx: &Context<'_>) -> Option<Json> {
        let (_, filter) = self.0.opens.open().ok()?;
        // An answer that exceeds its limit is refused as a whole.
        cx(ctx).answer_size.grow(filter.to_string().len()).then(|| Json(filter.clone()))
    }

    /// List that shows the records of the row by `filter`; of sales cycles and intervals it shows the prospects behind them, each once. Null
    /// if there is no filter.
    async fn list(&self) -> Option<ReportList> {
        self.0.opens.open().ok().map(|(list, _)| (*list).into())
    }

    /// Reason why the row has no `filter`. Null if it has one.
    async fn filter_unavailable(&self) -> Option<ReportFilterUnavailable> {
        self.0.opens.open().err().map(Into::into)
    }

    /// Number of the first dimensions that the row is of; the cells of the others are empty. All of them, but in `subtotals`.
    async fn level(&self) -> i32 {
        i32::try_from(self.0.level).unwrap_or(i32::MAX)
    }

    /// True for the row in which the rows beyond `limit` are added up.
    async fn is_others(&self) -> bool {
        self.0.is_others
    }
}

/// A cell of a report.
#[derive(SimpleObject)]
pub struct ReportCell {
    /// Value, ready to show: the name of an entry, the text of a bucket, or the number. Null if a measure has no value.
    text: Option<Text<'static>>,
    /// Number of a measure, or of a dimension of numbers without bands. Null if there is none.
    number: Option<Decimal>,
    /// Colour of the entry or choice: `#` and six hexadecimal digits. Null if it has none.
    color: Option<Text<'static>>,
    /// Key of the value of a dimension, which is the same in all languages: an ID, a choice, the beginning of a bucket. Null for records
    /// without a value, for the others, and for measures.
    key: Option<Text<'static>>,
}

/// A total of a report.
#[derive(SimpleObject)]
pub struct ReportTotal {
    /// Measure over all records. Null for dimensions, and if the measure has no value.
    number: Option<Decimal>,
    /// The measure over all records of the period that is compared with. Null unless `compareTo` is given.
    comparison: Option<ReportComparedNumber>,
}

/// A measure in the period that a report is compared with.
#[derive(SimpleObject)]
pub struct ReportComparedNumber {
    /// Number in that period. Null for dimensions, and if the measure has no value.
    number: Option<Decimal>,
    /// Change from that period, as a part of its number: 0.25 is a quarter more. Six decimals, rounded half away from zero. Null if a
    /// number is missing, or that of the period is zero.
    change: Option<Decimal>,
}

impl From<reports::Report> for Report {
    fn from(report: reports::Report) -> Self {
        Report {
            columns: report.columns.into_iter().map(ReportColumn::from).collect(),
            rows: report.rows.into_iter().map(ReportRow).collect(),
            totals: report.totals.into_iter().map(ReportTotal::from).collect(),
            subtotals: report.subtotals.into_iter().map(ReportRow).collect(),
            row_count: i32::try_from(report.row_count).unwrap_or(i32::MAX),
            is_truncated: report.is_truncated,
            generated_at: DateTime(report.generated_at),
        }
    }
}

impl From<reports::Column> for ReportColumn {
    fn from(column: reports::Column) -> Self {
        ReportColumn {
            key: column.key.into(),
            label: column.label.into(),
            kind: if column.is_measure {
                ReportColumnKind::Measure
            } else {
                ReportColumnKind::Dimension
            },
            value_type: column.value_type.into(),
            unit: column.unit.map(Text::from),
            is_additive: column.adds_up,
        }
    }
}

impl From<reports::Total> for ReportTotal {
    fn from(total: reports::Total) -> Self {
        ReportTotal {
            number: total.number.map(Decimal),
            comparison: total.comparison.map(ReportComparedNumber::from),
        }
    }
}

impl From<reports::Compared> for ReportComparedNumber {
    fn from(compared: reports::Compared) -> Self {
        ReportComparedNumber {
            number: compared.number.map(Decimal),
            change: compared.change.map(Decimal),
        }
    }
}

impl From<reports::Cell> for ReportCell {
    fn from(cell: reports::Cell) -> Self {
        ReportCell {
            text: cell.text.map(Text::from),
            number: cell.number.map(Decimal),
            color: cell.color.map(Text::from),
            key: cell.key.map(Text::from),
        }
    }
}

#[derive(Default)]
pub struct ReportQuery;

#[Object]
impl ReportQuery {
    /// A report over the records that the caller sees. Null if it failed; the reason is in `errors`: `BAD_USER_INPUT` with all problems of
    /// the input, `TIMEOUT` after the seconds of the setting `report_timeout`, 5 by default, `RATE_LIMITED` if too many reports wait. More than 10,000 rows are refused.
    #[graphql(guard = "SignedIn")]
    async fn report(&self, ctx: &Context<'_>, #[graphql(desc = "The report.")] input: ReportInput) -> Result<Option<Report>> {
        let query = input.into_query(FilterContext::of(ctx)).map_err(to_graphql)?;
        let report = reports::run(cx(ctx), query).await.map_err(to_graphql)?;
        Ok(Some(report.into()))
    }

    /// What reports can be asked for: datasets with their dimensions, numbers and measures, attributes that the caller may know of
    /// included. Retired attributes are left out. At most 100.
    #[graphql(guard = "SignedIn")]
    async fn report_datasets(&self, ctx: &Context<'_>) -> Result<Vec<ReportDatasetDescription>> {
        datasets::all(cx(ctx)).map_err(to_graphql)
    }
}
