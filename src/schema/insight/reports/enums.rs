//! The words of reports: datasets, fields, measures, grains.

use async_graphql::Enum;

use crate::resolvers::insight::reports;
use crate::rules::reports as rules;
use crate::rules::reports::catalogue;

/// Kinds of records that a report counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "catalogue::Dataset")]
pub enum ReportDataset {
    /// The prospects of the list `prospects`, clients included.
    Prospects,
    /// The clients of the list `clients`. They have the fields of their prospects too.
    Clients,
    /// The sales cycles of the prospects visible to the caller, with the dimensions of their prospects.
    Cycles,
    /// The times that prospects spent in a status, with the dimensions of their prospects.
    StatusIntervals,
    /// The times that prospects spent with an owner, with the dimensions of their prospects.
    OwnerIntervals,
    /// The tasks of the list `tasks`, with the dimensions of their prospects.
    Tasks,
    /// The entries of the list `timeline`, with the dimensions of their prospects.
    Activity,
    /// The documents of the list `documents`, with the dimensions of their prospects.
    Documents,
}

/// Records whose attributes (custom fields) are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::AttributeOf")]
pub enum ReportAttributeOf {
    /// The prospects of the records.
    Prospect,
    /// The records themselves: clients in CLIENTS, tasks in TASKS, prospects in PROSPECTS. Other datasets have none.
    Own,
}

/// Times from which a value is taken in a report as of an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::Moment")]
pub enum ReportMoment {
    /// The instant.
    Then,
    /// The time of the report.
    Now,
}

/// Sizes of the buckets of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::Grain")]
pub enum ReportGrain {
    /// Hours. Keys such as `2026-03-10T15:00-04:00`; the two of a night in which the clocks are put back are different.
    Hour,
    /// Days. Keys such as `2026-03-10`.
    Day,
    /// Weeks, from Monday unless `firstDayOfWeek` says otherwise. The key is the first day, such as `2026-03-09`.
    Week,
    /// Months. Keys such as `2026-03`.
    Month,
    /// Quarters. Keys such as `2026-Q1`.
    Quarter,
    /// Years. Keys such as `2026`.
    Year,
    /// Days of the week. Keys from `1`, Monday, to `7`.
    Weekday,
    /// Hours of the day by the clocks. Keys from `00` to `23`.
    HourOfDay,
}

/// What a report computes for each group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "catalogue::MeasureKind")]
pub enum ReportMeasure {
    /// Number of records.
    Count,
    /// Number of different values of a dimension, or of different prospects or clients; records without one do not count.
    DistinctCount,
    /// Sum of a number. Null if no record has one.
    Sum,
    /// Average of a number over the records that have one, with six more decimals than the values, rounded half away from zero. Null if
    /// none has.
    Average,
    /// Least value of a number. Null if no record has one.
    Minimum,
    /// Greatest value of a number. Null if no record has one.
    Maximum,
    /// Percentile of a number by nearest rank: the least value such that at least that part of the values is not greater. Null if no record
    /// has one.
    Percentile,
    /// Part of the prospects that are clients, or of the closed cycles that were won, from 0 to 1, with six decimals, rounded half away from
    /// zero. Null for no records. PROSPECTS and CYCLES only.
    ConversionRate,
    /// Part of the prospects whose status is of category LOST, or of the closed cycles that were lost; as `CONVERSION_RATE`.
    LossRate,
    /// Part of the prospects whose status is of category DISCARDED, or of the closed cycles that were discarded; as `CONVERSION_RATE`.
    DiscardRate,
    /// Quotient of two other measures, `column` by `denominator`, with six decimals, rounded half away from zero. Null if one of them is null, or
    /// the second is zero.
    Ratio,
    /// Part of the total over all records that a COUNT or SUM is, rows left out by `having` and `limit` included; as `RATIO`. Where a record counts
    /// in several groups the parts are more than 1 together.
    Share,
    /// COUNT or SUM added up along the one dimension of time, apart for each combination of the other dimensions, from the beginning of the period.
    /// `having` and `limit` leave nothing out of it. Null for totals, for records without a time, and for a SUM before its first number.
    RunningTotal,
}

/// Periods that a report is compared with. Where an earlier month or year lacks the day of a bound, the beginning is on the last day of the month
/// and the end after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::Comparison")]
pub enum ReportComparison {
    /// The period before: of equal length, or of as many buckets if the report has a dimension of the time of its period.
    PreviousPeriod,
    /// The same period a year before; of weeks 52 before.
    PreviousYear,
}

/// Types of the values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "reports::ValueType")]
pub enum ReportValueType {
    /// Entries of a catalogue; the key is the ID.
    Entry,
    /// Users; the key is the ID.
    User,
    /// One of fixed values, or of the choices of an attribute.
    Choice,
    /// Texts; the key is the form without accents and case.
    Text,
    /// True or false.
    Boolean,
    /// Buckets of time.
    Time,
    /// Whole numbers.
    Integer,
    /// Numbers with decimals.
    Decimal,
    /// Amounts in the currency of `unit`.
    Money,
    /// Durations in seconds, with milliseconds as decimals.
    Duration,
    /// Parts of a whole, from 0 to 1.
    Rate,
}

/// Kinds of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ReportColumnKind {
    /// A value that the records of a row have in common.
    Dimension,
    /// A number that is computed for each row.
    Measure,
}

/// Reasons why a row has no filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "reports::Unopened")]
pub enum ReportFilterUnavailable {
    /// The report is as of a past instant, and lists show records as they are now.
    AsOf,
    /// Lists have no filter for a value of the row, or do not show the same records to the caller.
    Value,
    /// The filter would exceed the limits of filters, such as that for more than 200 rows in the others.
    Limit,
}

/// Lists that show the records of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "reports::List")]
pub enum ReportList {
    /// The list `prospects`.
    Prospects,
    /// The list `clients`.
    Clients,
    /// The list `tasks`.
    Tasks,
    /// The list `timeline`.
    Timeline,
    /// The list `documents`.
    Documents,
}
