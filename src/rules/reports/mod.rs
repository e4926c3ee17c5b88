//! Reports: what a request says, and what it means once it has been checked. No SQL.

/// Time in a zone: the buckets of instants, exact across changes of the clocks.
pub mod calendar;
/// What can be asked, as data.
pub mod catalogue;
/// The check of a request, with all problems at once.
pub mod check;
/// Exact results.
pub mod numbers;
/// Names and sizes of saved reports.
pub mod saved;
/// Reports and dashboards that come with the program.
pub mod shipped;

use std::sync::Arc;

use chrono_tz::Tz;
use rust_decimal::Decimal;

use crate::entities::setup::attribute_definition::{AttributeEntity, AttributeType};
use crate::rules::attributes::Definition;
use crate::rules::money::Currency;
use calendar::Calendar;
use catalogue::{Dataset, Field, FieldEntry, MeasureKind};

pub use crate::text::language::Words;

/// Maximum number of dimensions of a report.
pub const MOST_DIMENSIONS: usize = 6;
/// Maximum number of measures of a report.
pub const MOST_MEASURES: usize = 10;
/// Maximum number of groups, and so of rows.
pub const MOST_GROUPS: usize = 10_000;
/// Maximum number of bounds between the bands of a dimension.
pub const MOST_BANDS: usize = 50;
/// Maximum number of conditions on the values of a report.
pub const MOST_HAVING: usize = 10;
/// Maximum number of steps of the order of a report.
pub const MOST_STEPS: usize = 3;
/// Number of rows where the request names none.
pub const DEFAULT_LIMIT: usize = 1_000;
/// A fraction of a percentile has at most four decimals.
pub const PERCENTILE_PARTS: i64 = 10_000;

/// Size of a time bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grain {
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
    /// The day of the week, whichever week it is.
    Weekday,
    /// The hour of the day, whichever day it is.
    HourOfDay,
}

/// Period that a report is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    PreviousPeriod,
    PreviousYear,
}

/// Record whose attribute is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AttributeOf {
    /// The prospect of the record.
    #[default]
    Prospect,
    /// The record itself.
    Own,
}

/// Time from which the status or the owner is taken in a report as of an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Moment {
    /// That instant.
    #[default]
    Then,
    /// The time of the report.
    Now,
}

/// What a client asks for, before it is checked.
#[derive(Clone, Debug)]
pub struct Request {
    pub dataset: Dataset,
    /// Datasets for whose records there are conditions.
    pub filtered: Vec<Dataset>,
    pub period: Option<PeriodRequest>,
    pub as_of: Option<AsOf>,
    pub dimensions: Vec<DimensionRequest>,
    pub measures: Vec<MeasureRequest>,
    pub having: Vec<HavingRequest>,
    pub order: Vec<OrderRequest>,
    pub limit: Option<i32>,
    /// IANA name. None: that of the caller.
    pub time_zone: Option<String>,
    /// Days from Monday, 0 to 6. None: Monday.
    pub first_day_of_week: Option<u8>,
    pub has_totals: bool,
    pub has_subtotals: bool,
    pub has_others: bool,
    pub fills_empty: bool,
    pub comparison: Option<Comparison>,
}

/// Bounds of a time of the records, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct PeriodRequest {
    /// None: the time of the records of the dataset.
    pub field: Option<Field>,
    pub from: Option<i64>,
    /// Not included.
    pub to: Option<i64>,
}

/// An instant in whose state prospects are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AsOf {
    /// In milliseconds. None: the request has only one of the others, which is refused.
    pub at: Option<i64>,
    pub status: Option<Moment>,
    pub owner: Option<Moment>,
}

#[derive(Clone, Debug, Default)]
pub struct DimensionRequest {
    pub field: Option<Field>,
    pub attribute_key: Option<String>,
    pub attribute_of: Option<AttributeOf>,
    pub grain: Option<Grain>,
    pub bands: Option<Vec<Decimal>>,
}

#[derive(Clone, Debug)]
pub struct MeasureRequest {
    pub measure: MeasureKind,
    pub field: Option<Field>,
    pub attribute_key: Option<String>,
    pub attribute_of: Option<AttributeOf>,
    pub percentile: Option<f64>,
    pub currency: Option<String>,
    /// Key of the measure that it is computed of.
    pub column: Option<String>,
    /// Key of the measure by which a ratio divides.
    pub denominator: Option<String>,
}

/// A condition on the values of a column.
#[derive(Clone, Debug)]
pub struct HavingRequest {
    pub column: String,
    pub gte: Option<Decimal>,
    pub lte: Option<Decimal>,
    pub is_null: Option<bool>,
}

#[derive(Clone, Debug)]
pub struct OrderRequest {
    pub column: String,
    pub is_descending: bool,
}

/// What the values of a dimension or of a measure are taken from.
#[derive(Clone, Debug)]
pub enum Source {
    Field(&'static FieldEntry),
    Attribute(Arc<Definition>),
}

/// A checked dimension.
#[derive(Clone, Debug)]
pub struct Dimension {
    /// Key of its column.
    pub key: String,
    pub source: Source,
    pub grain: Option<Grain>,
    /// Ascending bounds between bands, in the encoding of the stored values.
    pub bands: Vec<i64>,
}

/// A checked measure.
#[derive(Clone, Debug)]
pub struct Measure {
    pub key: String,
    pub kind: MeasureKind,
    /// Of what it is computed; none of what counts records.
    pub source: Option<Source>,
    /// Parts of `PERCENTILE_PARTS`.
    pub percentile: i64,
    /// Currency of amounts.
    pub currency: Option<Currency>,
    /// Positions of the measures that it is computed of.
    pub operands: Vec<usize>,
}

/// A condition on the value of a measure.
#[derive(Clone, Debug)]
pub struct Having {
    /// Position among the measures.
    pub measure: usize,
    pub gte: Option<Decimal>,
    pub lte: Option<Decimal>,
    pub is_null: Option<bool>,
}

/// A step of the order.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Position among the columns: dimensions, then measures.
    pub column: usize,
    pub is_descending: bool,
}

/// A request that may be carried out.
#[derive(Clone, Debug)]
pub struct Plan {
    pub dataset: Dataset,
    /// The time that the period of the report bounds.
    pub time: Field,
    pub as_of: Option<Instant>,
    pub dimensions: Vec<Dimension>,
    pub measures: Vec<Measure>,
    pub having: Vec<Having>,
    pub order: Vec<Step>,
    pub limit: usize,
    pub calendar: Calendar,
    /// The calendar of attributes that are days, which are the same in all zones.
    pub days: Calendar,
    pub has_totals: bool,
    pub has_subtotals: bool,
    pub has_others: bool,
    pub fills_empty: bool,
    pub comparison: Option<Comparison>,
}

/// A checked instant in whose state prospects are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instant {
    /// In milliseconds. What happened at the instant itself does not count.
    pub at: i64,
    pub status: Moment,
    pub owner: Moment,
}

/// What a check needs to know besides the request.
pub struct Surroundings<'a> {
    /// The definition of an attribute of a kind of record by its key, if the caller may know of it.
    pub attribute: &'a dyn Fn(AttributeEntity, &str) -> Option<Arc<Definition>>,
    /// Zone of the caller.
    pub zone: Tz,
    /// Period of the records, as far as the request bounds it.
    pub period: (Option<i64>, Option<i64>),
    /// Start of the request.
    pub now: i64,
    pub default_currency: Currency,
}

impl Grain {
    /// Whether its buckets follow each other in time; the others come again.
    pub fn is_period(self) -> bool {
        match self {
            Grain::Hour | Grain::Day | Grain::Week | Grain::Month | Grain::Quarter | Grain::Year => true,
            Grain::Weekday | Grain::HourOfDay => false,
        }
    }

    /// Name in the key of a column.
    pub fn name(self) -> &'static str {
        match self {
            Grain::Hour => "hour",
            Grain::Day => "day",
            Grain::Week => "week",
            Grain::Month => "month",
            Grain::Quarter => "quarter",
            Grain::Year => "year",
            Grain::Weekday => "weekday",
            Grain::HourOfDay => "hour_of_day",
        }
    }
}

impl Dimension {
    /// Whether a record may count in several groups.
    pub fn is_multiple(&self) -> bool {
        match &self.source {
            Source::Field(field) => field.is_multiple,
            Source::Attribute(definition) => definition.row.is_multiple,
        }
    }
}

impl Plan {
    /// Whether each record counts in one group, and what is known of the groups is enough for all sums of them.
    pub fn adds_up(&self) -> bool {
        let is_single = |dimension: &Dimension| !dimension.is_multiple();
        self.dimensions.iter().all(is_single) && self.measures.iter().all(|measure| measure.kind.adds_up())
    }

    /// Whether a measure is a part of the total.
    pub fn has_shares(&self) -> bool {
        self.measures.iter().any(|measure| measure.kind == MeasureKind::Share)
    }

    /// Whether a dimension is the time that the period of the report bounds, which a comparison shifts.
    pub fn is_of_period(&self, dimension: &Dimension) -> bool {
        matches!(&dimension.source, Source::Field(entry) if entry.field == self.time)
    }

    /// The calendar of the buckets of a dimension.
    pub fn calendar_of(&self, dimension: &Dimension) -> &Calendar {
        match &dimension.source {
            Source::Attribute(definition) if definition.kind() == AttributeType::Date => &self.days,
            Source::Attribute(_) | Source::Field(_) => &self.calendar,
        }
    }
}
