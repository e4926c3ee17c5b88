//! What holds of all entries.

use super::*;
use std::collections::HashSet;

#[test]
fn names_are_unique_and_each_measure_has_an_entry() {
    for entry in DATASETS {
        assert_eq!(dataset(entry.dataset).dataset, entry.dataset);
        let names: HashSet<&str> = entry.fields().map(|field| field.name).collect();
        assert_eq!(names.len(), entry.fields().count(), "{:?}", entry.dataset);
        for field in entry.fields() {
            assert!(
                field.is_dimension || field.is_countable() || entry.has_number(field),
                "{}",
                field.name
            );
            assert!(!field.is_multiple || field.is_dimension, "{}", field.name);
        }
        let time = entry.field(entry.time).map(|field| field.field_type);
        assert_eq!(time, Some(FieldType::Time), "{:?}", entry.dataset);
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
