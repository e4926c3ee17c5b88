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
}

/// What a report groups by, or computes of. `reportDatasets` tells which a dataset has, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "catalogue::Field")]
pub enum ReportField {
    /// Kind of prospect: a person or a company.
    Kind,
    /// Condition of the record: prospect or client.
    Condition,
    /// Status (pipeline stage) of the prospect.
    Status,
    /// Category of the status.
    StatusCategory,
    /// Reason for losing or discarding, of the open cycle or else the latest.
    Reason,
    /// Kind of the open cycle or else the latest.
    CycleKind,
    /// Commercial channel.
    Channel,
    /// Business segment.
    Segment,
    /// Potential level as a prospect.
    PotentialLevel,
    /// Source of the first touch.
    Source,
    /// Industry of the prospect.
    Industry,
    /// Type of customer.
    CustomerType,
    /// Owner of the prospect.
    Owner,
    /// User who created the record.
    CreatedBy,
    /// Purchase interest.
    Interest,
    /// Rating of 1 to 5 stars.
    Rating,
    /// Validity in days.
    ValidityDays,
    /// Tags; a prospect counts under each of its own.
    Tag,
    /// Countries of the addresses, as ISO 3166-1 alpha-2 codes; a prospect counts in each of its own.
    Country,
    /// Cities of the addresses; a prospect counts in each of its own.
    City,
    /// Regions of the addresses; a prospect counts in each of its own.
    Region,
    /// Zones of the addresses; a prospect counts in each of its own.
    Zone,
    /// Sectors of the addresses; a prospect counts in each of its own.
    Sector,
    /// Medium of the first touch.
    Medium,
    /// `utm_source` of the first touch, without accents and case.
    UtmSource,
    /// `utm_medium` of the first touch, without accents and case.
    UtmMedium,
    /// `utm_campaign` of the first touch, without accents and case.
    UtmCampaign,
    /// Campaign of the advertisement of the first touch, without accents and case.
    AdCampaign,
    /// Network of the advertisement of the first touch.
    AdNetwork,
    /// Device of the first touch.
    AdDevice,
    /// Registration time. The period of a comparison is a condition on it.
    CreatedAt,
    /// Time of the first contact.
    FirstContactAt,
    /// Time of the last activity.
    LastActivityAt,
    /// Time of the first win.
    ClientSince,
    /// End of the validity for the current owner.
    ValidUntil,
    /// Duration from registration to the first contact.
    TimeToFirstContact,
    /// Duration from registration to the first win.
    TimeToWin,
    /// Duration from the last activity to the time of the report.
    TimeSinceActivity,
    /// Number of interactions of the prospect.
    Interactions,
    /// Number of won cycles of the prospect.
    Wins,
    /// Amount of the open cycle, in one currency.
    OpenValue,
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
    /// Number of different values of a dimension; records without one do not count.
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
    /// Part of the records that are clients, from 0 to 1, with six decimals, rounded half away from zero. Null for no records.
    ConversionRate,
    /// Part of the records whose status is of category LOST; as `CONVERSION_RATE`.
    LossRate,
    /// Part of the records whose status is of category DISCARDED; as `CONVERSION_RATE`.
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

/// Periods that a report is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::Comparison")]
pub enum ReportComparison {
    /// The period before: of equal length, or of as many buckets if the report has a dimension `CREATED_AT`.
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

/// Lists that show the records of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ReportList {
    /// The list `prospects`.
    Prospects,
}
