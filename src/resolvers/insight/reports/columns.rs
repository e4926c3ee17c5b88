//! The columns of a report: headings, types and units.

use super::labels::Labels;
use super::{Column, ValueType};
use crate::entities::setup::attribute_definition::AttributeType;
use crate::rules::money::Currency;
use crate::rules::reports::catalogue::{FieldType, MeasureKind};
use crate::rules::reports::{Dimension, Measure, Plan, Source};

/// The columns: the dimensions, then the measures.
pub fn columns(plan: &Plan, labels: &Labels) -> Vec<Column> {
    let dimensions = plan.dimensions.iter().map(|dimension| Column {
        key: dimension.key.clone(),
        label: labels.of_dimension(dimension),
        is_measure: false,
        value_type: type_of_dimension(dimension),
        unit: unit(&dimension.source, None),
        adds_up: !dimension.is_multiple(),
    });
    let measures = plan.measures.iter().map(|measure| Column {
        key: measure.key.clone(),
        label: labels.of_measure(plan, measure),
        is_measure: true,
        value_type: type_of_measure(plan, measure),
        unit: unit_of_measure(plan, measure),
        adds_up: measure.kind.is_additive(),
    });
    dimensions.chain(measures).collect()
}

fn type_of_dimension(dimension: &Dimension) -> ValueType {
    match &dimension.source {
        Source::Field(field) => match field.field_type {
            FieldType::Entry | FieldType::Record => ValueType::Entry,
            FieldType::User => ValueType::User,
            FieldType::Choice(_) => ValueType::Choice,
            FieldType::Flag => ValueType::Boolean,
            FieldType::Text => ValueType::Text,
            FieldType::Integer => ValueType::Integer,
            FieldType::Time => ValueType::Time,
            FieldType::Duration => ValueType::Duration,
            FieldType::Money => ValueType::Money,
        },
        Source::Attribute(definition) => match definition.kind() {
            AttributeType::Choice => ValueType::Choice,
            AttributeType::User => ValueType::User,
            AttributeType::Boolean => ValueType::Boolean,
            AttributeType::Date | AttributeType::DateTime => ValueType::Time,
            kind => number_type(kind),
        },
    }
}

/// The measure whose values run on.
fn operand<'a>(plan: &'a Plan, measure: &Measure) -> Option<&'a Measure> {
    measure.operands.first().map(|operand| &plan.measures[*operand])
}

fn unit_of_measure(plan: &Plan, measure: &Measure) -> Option<String> {
    match measure.kind {
        MeasureKind::DistinctCount => None,
        MeasureKind::RunningTotal => unit_of_measure(plan, operand(plan, measure)?),
        _ => measure.source.as_ref().and_then(|source| unit(source, measure.currency)),
    }
}

fn type_of_measure(plan: &Plan, measure: &Measure) -> ValueType {
    match (measure.kind, &measure.source) {
        (MeasureKind::Ratio, _) => ValueType::Decimal,
        (MeasureKind::Share, _) => ValueType::Rate,
        (MeasureKind::RunningTotal, _) => operand(plan, measure).map_or(ValueType::Integer, |operand| type_of_measure(plan, operand)),
        (MeasureKind::ConversionRate | MeasureKind::LossRate | MeasureKind::DiscardRate, _) => ValueType::Rate,
        (MeasureKind::Count | MeasureKind::DistinctCount, _) | (_, None) => ValueType::Integer,
        (_, Some(Source::Field(field))) if field.field_type == FieldType::Duration => ValueType::Duration,
        (_, Some(Source::Field(field))) if field.field_type == FieldType::Money => ValueType::Money,
        (MeasureKind::Average, Some(Source::Field(_))) => ValueType::Decimal,
        (_, Some(Source::Field(_))) => ValueType::Integer,
        (kind, Some(Source::Attribute(definition))) => match (kind, definition.kind()) {
            (MeasureKind::Average, AttributeType::Integer) => ValueType::Decimal,
            (_, of) => number_type(of),
        },
    }
}

fn number_type(kind: AttributeType) -> ValueType {
    match kind {
        AttributeType::Integer => ValueType::Integer,
        AttributeType::Decimal => ValueType::Decimal,
        AttributeType::Money => ValueType::Money,
        _ => ValueType::Text,
    }
}

fn unit(source: &Source, currency: Option<Currency>) -> Option<String> {
    match source {
        Source::Field(field) => match (field.field_type, field.name) {
            (FieldType::Duration, _) => Some("SECONDS".to_owned()),
            (FieldType::Money, _) => currency.map(|currency| currency.code().to_owned()),
            (_, "validity_days") => Some("DAYS".to_owned()),
            (_, "document_size") => Some("BYTES".to_owned()),
            _ => None,
        },
        Source::Attribute(definition) => definition.currency.map(|currency| currency.code().to_owned()),
    }
}
