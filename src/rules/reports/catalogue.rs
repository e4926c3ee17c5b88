//! What can be asked in a report, as data: datasets, fields, measures, with their labels.

/// The fields of prospects.
mod prospects;

use super::Grain;
use crate::entities::setup::attribute_definition::AttributeType;
use crate::text::language::Words;

/// Kind of record that a report counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dataset {
    /// The prospects of the list of prospects, clients included.
    Prospects,
}

/// A dataset with its labels.
#[derive(Debug)]
pub struct DatasetEntry {
    pub dataset: Dataset,
    pub label: Words,
    pub fields: &'static [FieldEntry],
}

/// What a report can group by, or compute of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    Kind,
    Condition,
    Status,
    StatusCategory,
    Reason,
    CycleKind,
    Channel,
    Segment,
    PotentialLevel,
    Source,
    Industry,
    CustomerType,
    Owner,
    CreatedBy,
    Interest,
    Rating,
    ValidityDays,
    Tag,
    Country,
    City,
    Region,
    Zone,
    Sector,
    Medium,
    UtmSource,
    UtmMedium,
    UtmCampaign,
    AdCampaign,
    AdNetwork,
    AdDevice,
    CreatedAt,
    FirstContactAt,
    LastActivityAt,
    ClientSince,
    ValidUntil,
    TimeToFirstContact,
    TimeToWin,
    TimeSinceActivity,
    Interactions,
    Wins,
    OpenValue,
}

/// Type of the values of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// Entries of a catalogue.
    Entry,
    User,
    /// One of these values, in their order.
    Choice(&'static [(&'static str, Words)]),
    Text,
    Integer,
    Time,
    /// Milliseconds.
    Duration,
    /// Minor units of one currency.
    Money,
}

/// A field of a dataset.
#[derive(Debug, PartialEq, Eq)]
pub struct FieldEntry {
    pub field: Field,
    /// Name in the keys of columns.
    pub name: &'static str,
    pub label: Words,
    pub field_type: FieldType,
    pub is_dimension: bool,
    /// Whether numbers are computed of it.
    pub is_number: bool,
    /// Whether a record has several values, and so counts in several groups.
    pub is_multiple: bool,
}

/// What is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MeasureKind {
    Count,
    DistinctCount,
    Sum,
    Average,
    Minimum,
    Maximum,
    Percentile,
    ConversionRate,
    LossRate,
    DiscardRate,
    Ratio,
    Share,
    RunningTotal,
}

impl MeasureKind {
    /// Whether the result for several groups of different records follows from what is known of each.
    pub fn adds_up(self) -> bool {
        !matches!(self, MeasureKind::DistinctCount | MeasureKind::Percentile)
    }

    /// Whether the results of two groups can be added up, or computed anew of what was added up.
    pub fn is_additive(self) -> bool {
        !matches!(
            self,
            MeasureKind::DistinctCount | MeasureKind::Percentile | MeasureKind::RunningTotal
        )
    }
}

/// A measure with its labels, and what it is computed of.
#[derive(Debug)]
pub struct MeasureEntry {
    pub kind: MeasureKind,
    pub name: &'static str,
    pub label: Words,
    pub of: Of,
}

/// What a measure is computed of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The records themselves.
    Records,
    /// A dimension.
    Dimension,
    /// A number.
    Number,
    /// Other measures of the report.
    Measures,
}

/// All datasets.
pub static DATASETS: &[DatasetEntry] = &[DatasetEntry {
    dataset: Dataset::Prospects,
    label: ["Prospects", "Prospectos"],
    fields: prospects::FIELDS,
}];

/// All measures.
pub static MEASURES: &[MeasureEntry] = &[
    measure(MeasureKind::Count, "count", ["Count", "Cantidad"], Of::Records),
    measure(
        MeasureKind::DistinctCount,
        "distinct_count",
        ["Different values", "Valores distintos"],
        Of::Dimension,
    ),
    measure(MeasureKind::Sum, "sum", ["Sum", "Suma"], Of::Number),
    measure(MeasureKind::Average, "average", ["Average", "Promedio"], Of::Number),
    measure(MeasureKind::Minimum, "minimum", ["Minimum", "Mínimo"], Of::Number),
    measure(MeasureKind::Maximum, "maximum", ["Maximum", "Máximo"], Of::Number),
    measure(MeasureKind::Percentile, "percentile", ["Percentile", "Percentil"], Of::Number),
    measure(
        MeasureKind::ConversionRate,
        "conversion_rate",
        ["Conversion rate", "Tasa de conversión"],
        Of::Records,
    ),
    measure(MeasureKind::LossRate, "loss_rate", ["Loss rate", "Tasa de pérdida"], Of::Records),
    measure(
        MeasureKind::DiscardRate,
        "discard_rate",
        ["Discard rate", "Tasa de descarte"],
        Of::Records,
    ),
    measure(MeasureKind::Ratio, "ratio", ["Ratio", "Razón"], Of::Measures),
    measure(MeasureKind::Share, "share", ["Share of the total", "Parte del total"], Of::Measures),
    measure(
        MeasureKind::RunningTotal,
        "running_total",
        ["Running total", "Total acumulado"],
        Of::Measures,
    ),
];

/// The entry of a dataset.
pub fn dataset(dataset: Dataset) -> &'static DatasetEntry {
    match dataset {
        Dataset::Prospects => &DATASETS[0],
    }
}

/// The entry of a field in a dataset. None if the dataset does not have it.
pub fn field(of: Dataset, field: Field) -> Option<&'static FieldEntry> {
    dataset(of).fields.iter().find(|entry| entry.field == field)
}

/// The entry of a measure.
pub fn measure_entry(kind: MeasureKind) -> &'static MeasureEntry {
    let mut entries = MEASURES.iter();
    entries
        .find(|entry| entry.kind == kind)
        .expect("each measure has an entry: a test looks")
}

/// The sizes of buckets that a field has.
pub fn grains(field_type: FieldType) -> &'static [Grain] {
    match field_type {
        FieldType::Time => ALL_GRAINS,
        _ => &[],
    }
}

const ALL_GRAINS: &[Grain] = &[
    Grain::Hour,
    Grain::Day,
    Grain::Week,
    Grain::Month,
    Grain::Quarter,
    Grain::Year,
    Grain::Weekday,
    Grain::HourOfDay,
];

/// The sizes of buckets of an attribute.
pub fn grains_of_attribute(kind: AttributeType) -> &'static [Grain] {
    match kind {
        AttributeType::DateTime => ALL_GRAINS,
        AttributeType::Date => &[Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year, Grain::Weekday],
        _ => &[],
    }
}

/// Whether an attribute of the type groups records. References to prospects do not, because not each of them is visible, and neither do
/// long texts. Of several texts the spelling is not kept beside the normal form.
pub fn groups(kind: AttributeType, is_multiple: bool) -> bool {
    match kind {
        AttributeType::LongText | AttributeType::Prospect => false,
        AttributeType::Text | AttributeType::Url | AttributeType::Email | AttributeType::Phone => !is_multiple,
        AttributeType::Integer
        | AttributeType::Decimal
        | AttributeType::Money
        | AttributeType::Boolean
        | AttributeType::Date
        | AttributeType::DateTime
        | AttributeType::Choice
        | AttributeType::User => true,
    }
}

/// Whether numbers are computed of an attribute.
pub fn computes(kind: AttributeType, is_multiple: bool) -> bool {
    !is_multiple && matches!(kind, AttributeType::Integer | AttributeType::Decimal | AttributeType::Money)
}

const fn measure(kind: MeasureKind, name: &'static str, label: Words, of: Of) -> MeasureEntry {
    MeasureEntry { kind, name, label, of }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_each_measure_has_an_entry() {
        for dataset in DATASETS {
            let names: HashSet<&str> = dataset.fields.iter().map(|field| field.name).collect();
            assert_eq!(names.len(), dataset.fields.len());
            for field in dataset.fields {
                assert!(field.is_dimension || field.is_number, "{}", field.name);
                assert!(!field.is_multiple || field.is_dimension, "{}", field.name);
            }
        }
        for kind in [
            MeasureKind::Count,
            MeasureKind::DistinctCount,
            MeasureKind::Sum,
            MeasureKind::Average,
            MeasureKind::Minimum,
            MeasureKind::Maximum,
            MeasureKind::Percentile,
            MeasureKind::ConversionRate,
            MeasureKind::LossRate,
            MeasureKind::DiscardRate,
            MeasureKind::Ratio,
            MeasureKind::Share,
            MeasureKind::RunningTotal,
        ] {
            assert_eq!(measure_entry(kind).kind, kind);
        }
    }
}
