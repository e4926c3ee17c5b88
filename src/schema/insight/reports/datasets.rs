//! The catalogue of what reports can be asked for, in the API.

use async_graphql::SimpleObject;

use super::enums::{ReportAttributeOf, ReportDataset, ReportGrain, ReportMeasure};
use super::fields::ReportField;
use crate::cx::Cx;
use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::error::Result;
use crate::resolvers::insight::reports;
use crate::rules::attributes::Definition;
use crate::rules::reports::catalogue::{self, DatasetEntry, FieldEntry, FieldType, MEASURES, Of};
use crate::rules::reports::{AttributeOf, Grain};
use crate::schema::setup::attributes::types::AttributeType;
use crate::schema::text::Text;

/// A dataset of reports.
#[derive(SimpleObject)]
pub struct ReportDatasetDescription {
    /// Dataset, for `ReportInput.dataset`.
    name: ReportDataset,
    /// Name, in Spanish if the locale of the caller is, otherwise in English.
    label: Text<'static>,
    /// Name in each language.
    labels: ReportLabels,
    /// Time that the period bounds unless it names another; any dimension with grains that is no attribute may be named.
    time_field: ReportField,
    /// Name of the member of `ReportInput` with the conditions on the records, beside `prospectFilter`; those of other datasets are refused.
    /// Null if there is none.
    filter: Option<Text<'static>>,
    /// True if it takes `asOf`.
    has_as_of: bool,
    /// What reports group by. At most 1,100.
    dimensions: Vec<ReportDimensionDescription>,
    /// Records that DISTINCT_COUNT counts, beside the dimensions with `isCountable`. At most 10.
    countables: Vec<ReportCountableDescription>,
    /// What numbers are computed of: of the records themselves, and of their prospects where a prospect has one record. At most 1,100.
    numbers: Vec<ReportNumberDescription>,
    /// What is computed. At most 100.
    measures: Vec<ReportMeasureDescription>,
}

/// A name in all languages of reports.
#[derive(SimpleObject)]
pub struct ReportLabels {
    /// Name in English; of an attribute its label.
    en: Text<'static>,
    /// Name in Spanish; of an attribute its label.
    es: Text<'static>,
}

/// A dimension that a report can have.
#[derive(SimpleObject)]
pub struct ReportDimensionDescription {
    /// Field, for `ReportDimensionInput.field`. Null for attributes.
    field: Option<ReportField>,
    /// Key of the attribute, for `ReportDimensionInput.attributeKey`. Null for fields.
    attribute_key: Option<Text<'static>>,
    /// Record whose attribute it is, for `attributeOf`. Null for fields.
    attribute_of: Option<ReportAttributeOf>,
    /// Type of the attribute. Null for fields.
    attribute_type: Option<AttributeType>,
    /// Name, in Spanish if the locale of the caller is, otherwise in English.
    label: Text<'static>,
    /// Name in each language.
    labels: ReportLabels,
    /// Sizes of buckets, one of which has to be chosen. Empty for what is no time.
    grains: Vec<ReportGrain>,
    /// True if it takes `bands`.
    has_bands: bool,
    /// True if a record counts in several groups: rows do not add up to the total, and `others` is refused.
    is_multiple: bool,
    /// True if DISTINCT_COUNT counts its values.
    is_countable: bool,
}

/// Records that DISTINCT_COUNT counts, each once.
#[derive(SimpleObject)]
pub struct ReportCountableDescription {
    /// Field, for `ReportMeasureInput.field`.
    field: ReportField,
    /// Name, in Spanish if the locale of the caller is, otherwise in English.
    label: Text<'static>,
    /// Name in each language.
    labels: ReportLabels,
}

/// A number that measures are computed of.
#[derive(SimpleObject)]
pub struct ReportNumberDescription {
    /// Field, for `ReportMeasureInput.field`. Null for attributes.
    field: Option<ReportField>,
    /// Key of the attribute, for `ReportMeasureInput.attributeKey`. Null for fields.
    attribute_key: Option<Text<'static>>,
    /// Record whose attribute it is, for `attributeOf`. Null for fields.
    attribute_of: Option<ReportAttributeOf>,
    /// Name, in Spanish if the locale of the caller is, otherwise in English.
    label: Text<'static>,
    /// Name in each language.
    labels: ReportLabels,
    /// True if it takes `currency`.
    has_currency: bool,
}

/// A measure that a report can have.
#[derive(SimpleObject)]
pub struct ReportMeasureDescription {
    /// Measure, for `ReportMeasureInput.measure`.
    measure: ReportMeasure,
    /// Name, in Spanish if the locale of the caller is, otherwise in English.
    label: Text<'static>,
    /// Name in each language.
    labels: ReportLabels,
    /// True if it is computed of one of `numbers`.
    takes_number: bool,
    /// True if it is computed of one of `dimensions` with `isCountable`, or of one of `countables`.
    takes_dimension: bool,
    /// True if it is computed of other measures of the report, named by `column`.
    takes_measures: bool,
    /// True if groups add up; otherwise `others` is refused.
    is_additive: bool,
}

/// All datasets, as the caller may ask for them.
pub fn all(cx: &Cx) -> Result<Vec<ReportDatasetDescription>> {
    catalogue::DATASETS.iter().map(|entry| describe(cx, entry)).collect()
}

fn describe(cx: &Cx, entry: &'static DatasetEntry) -> Result<ReportDatasetDescription> {
    let attributes = reports::attributes(cx, entry)?;
    let attributes = attributes.iter().map(AsRef::as_ref);
    let label = |words: crate::rules::reports::Words| Text::from(reports::language(cx).choose(words));
    let attribute_of = |definition: &Definition| {
        let is_own = definition.row.entity != AttributeEntity::Prospect;
        Some(if is_own { AttributeOf::Own } else { AttributeOf::Prospect }.into())
    };
    let dimension = |field: &FieldEntry| ReportDimensionDescription {
        field: Some(field.field.into()),
        attribute_key: None,
        attribute_of: None,
        attribute_type: None,
        label: label(field.label),
        labels: labels(field.label),
        grains: grains(catalogue::grains(field.field_type)),
        has_bands: field.field_type == FieldType::Integer,
        is_multiple: field.is_multiple,
        is_countable: field.is_countable(),
    };
    let attribute_dimension = |definition: &Definition| {
        let (kind, is_multiple) = (definition.kind(), definition.row.is_multiple);
        ReportDimensionDescription {
            field: None,
            attribute_key: Some(definition.key().to_owned().into()),
            attribute_of: attribute_of(definition),
            attribute_type: Some(kind.into()),
            label: definition.row.label.clone().into(),
            labels: labels_of(definition),
            grains: grains(catalogue::grains_of_attribute(kind)),
            has_bands: catalogue::computes(kind, false),
            is_multiple,
            is_countable: !is_multiple,
        }
    };
    let number = |field: &FieldEntry| ReportNumberDescription {
        field: Some(field.field.into()),
        attribute_key: None,
        attribute_of: None,
        label: label(field.label),
        labels: labels(field.label),
        has_currency: field.field_type == FieldType::Money,
    };
    let attribute_number = |definition: &Definition| ReportNumberDescription {
        field: None,
        attribute_key: Some(definition.key().to_owned().into()),
        attribute_of: attribute_of(definition),
        label: definition.row.label.clone().into(),
        labels: labels_of(definition),
        has_currency: false,
    };
    let groups = |definition: &&Definition| catalogue::groups(definition.kind(), definition.row.is_multiple);
    let computes = |definition: &&Definition| {
        entry.has_numbers_of(definition.row.entity) && catalogue::computes(definition.kind(), definition.row.is_multiple)
    };
    let countables = entry.fields().filter(|field| !field.is_dimension && field.is_countable());
    let own = entry.fields().filter(|field| field.is_dimension).map(dimension);
    let own_numbers = entry.fields().filter(|field| entry.has_number(field)).map(number);
    Ok(ReportDatasetDescription {
        name: entry.dataset.into(),
        label: label(entry.label),
        labels: labels(entry.label),
        time_field: entry.time.into(),
        filter: entry.filter.map(Text::from),
        has_as_of: entry.has_as_of,
        dimensions: own.chain(attributes.clone().filter(groups).map(attribute_dimension)).collect(),
        countables: countables
            .map(|field| ReportCountableDescription {
                field: field.field.into(),
                label: label(field.label),
                labels: labels(field.label),
            })
            .collect(),
        numbers: own_numbers.chain(attributes.filter(computes).map(attribute_number)).collect(),
        measures: MEASURES
            .iter()
            .filter(|measure| entry.has_measure(measure.kind))
            .map(|measure| ReportMeasureDescription {
                measure: measure.kind.into(),
                label: label(measure.label),
                labels: labels(measure.label),
                takes_number: measure.of == Of::Number,
                takes_dimension: measure.of == Of::Dimension,
                takes_measures: measure.of == Of::Measures,
                is_additive: measure.kind.is_additive(),
            })
            .collect(),
    })
}

fn labels([en, es]: crate::rules::reports::Words) -> ReportLabels {
    ReportLabels {
        en: en.into(),
        es: es.into(),
    }
}

fn labels_of(definition: &Definition) -> ReportLabels {
    let label = || definition.row.label.clone().into();
    ReportLabels { en: label(), es: label() }
}

fn grains(grains: &[Grain]) -> Vec<ReportGrain> {
    grains.iter().map(|grain| (*grain).into()).collect()
}
