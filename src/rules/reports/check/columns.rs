//! The check of single dimensions and measures.

use std::sync::Arc;

use super::{Check, decimals, operands};
use crate::entities::setup::attribute_definition::{AttributeEntity, AttributeType};
use crate::error::ProblemCode;
use crate::rules::attributes::{Definition, is_key};
use crate::rules::money::Currency;
use crate::rules::reports::calendar::Calendar;
use crate::rules::reports::catalogue::{self, DatasetEntry, Field, FieldEntry, FieldType, MeasureEntry, MeasureKind, Of};
use crate::rules::reports::numbers::percentile_parts;
use crate::rules::reports::{AttributeOf, Dimension, DimensionRequest, Grain, MOST_BANDS, MOST_GROUPS, Measure, MeasureRequest, Source};

impl Check<'_> {
    pub(super) fn dimension(&mut self, place: usize, request: &DimensionRequest, calendar: &Calendar) -> Option<Dimension> {
        let place = place.to_string();
        let at = |name: &'static str| ["dimensions".to_owned(), place.clone(), name.to_owned()];
        let source = self.source(
            &["dimensions", &place],
            request.field,
            request.attribute_key.as_deref(),
            request.attribute_of,
        )?;
        let (is_dimension, grains, name) = match &source {
            Source::Field(field) => (field.is_dimension, catalogue::grains(field.field_type), field.name.to_owned()),
            Source::Attribute(definition) => (
                catalogue::groups(definition.kind(), definition.row.is_multiple),
                catalogue::grains_of_attribute(definition.kind()),
                definition.key().to_owned(),
            ),
        };
        if !is_dimension {
            let message = format!("a report cannot be grouped by `{name}`");
            self.refuse(ProblemCode::Invalid, &["dimensions", &place], message);
            return None;
        }
        let grain = match (request.grain, grains.is_empty()) {
            (None, true) => None,
            (Some(grain), false) if grains.contains(&grain) => Some(grain),
            (None, false) => {
                self.refuse_at(
                    ProblemCode::Required,
                    &at("grain"),
                    format!("`{name}` is a time: give the `grain` of its buckets"),
                );
                return None;
            }
            (Some(_), _) => {
                self.refuse_at(ProblemCode::Invalid, &at("grain"), format!("`{name}` has no buckets of this grain"));
                return None;
            }
        };
        if let Some(grain) = grain {
            self.check_buckets(&source, grain, &at("grain"), calendar);
        }
        let bands = self.bands(&source, request, &at("bands"), &name)?;
        let suffix = grain.map_or_else(String::new, |grain| format!("_{}", grain.name()));
        let key = self.unique(format!("{name}{suffix}"));
        Some(Dimension { key, source, grain, bands })
    }

    /// Refuses a period with more buckets than a report may have groups.
    fn check_buckets(&mut self, source: &Source, grain: Grain, path: &[String], calendar: &Calendar) {
        let is_of_period = self.is_of_period(source);
        let (Some(from), true, true) = (self.around.period.0, is_of_period, grain.is_period()) else {
            return;
        };
        let to = self.around.period.1.unwrap_or(self.around.now);
        let count = if to > from { calendar.count(grain, (from, to)) } else { 0 };
        if count > MOST_GROUPS as i64 {
            let message = format!("the period has {count} buckets of this grain; a report has at most {MOST_GROUPS} groups");
            self.refuse_at(ProblemCode::Limit, path, message);
        }
    }

    fn bands(&mut self, source: &Source, request: &DimensionRequest, path: &[String], name: &str) -> Option<Vec<i64>> {
        let Some(bands) = &request.bands else { return Some(Vec::new()) };
        let is_number = match source {
            Source::Field(field) => field.field_type == FieldType::Integer,
            Source::Attribute(definition) => {
                matches!(
                    definition.kind(),
                    AttributeType::Integer | AttributeType::Decimal | AttributeType::Money
                )
            }
        };
        if !is_number {
            self.refuse_at(ProblemCode::Invalid, path, format!("`{name}` is no number, and has no bands"));
            return None;
        }
        if !(1..=MOST_BANDS).contains(&bands.len()) {
            self.refuse_at(ProblemCode::Invalid, path, format!("`bands` has 1 to {MOST_BANDS} bounds"));
            return None;
        }
        let decimals = decimals(source);
        let encoded: Option<Vec<i64>> = bands
            .iter()
            .map(|bound| {
                let bound = bound.normalize();
                let factor = 10_i128.checked_pow(decimals.checked_sub(bound.scale())?)?;
                i64::try_from(bound.mantissa().checked_mul(factor)?).ok()
            })
            .collect();
        match encoded {
            Some(bounds) if bounds.windows(2).all(|pair| pair[0] < pair[1]) => Some(bounds),
            Some(_) => {
                self.refuse_at(ProblemCode::Invalid, path, "the bounds of `bands` ascend");
                None
            }
            None => {
                self.refuse_at(
                    ProblemCode::Invalid,
                    path,
                    format!("the bounds of `bands` have at most {decimals} decimals"),
                );
                None
            }
        }
    }

    pub(super) fn measure(&mut self, place: usize, request: &MeasureRequest) -> Option<Measure> {
        let place = place.to_string();
        let entry = catalogue::measure_entry(request.measure);
        if !self.dataset.has_measure(entry.kind) {
            let path = ["measures", &place, "measure"];
            self.refuse(ProblemCode::Invalid, &path, "the dataset has no such measure");
            return None;
        }
        let source = match entry.of {
            Of::Records | Of::Measures => {
                if request.field.is_some() || request.attribute_key.is_some() || request.attribute_of.is_some() {
                    let of = if entry.of == Of::Records { "the records" } else { "other measures" };
                    let message = format!("`{}` is computed of {of}: it takes no field", entry.name);
                    self.refuse(ProblemCode::Invalid, &["measures", &place], message);
                    return None;
                }
                None
            }
            Of::Dimension | Of::Number => Some(self.source(
                &["measures", &place],
                request.field,
                request.attribute_key.as_deref(),
                request.attribute_of,
            )?),
        };
        if let Some(source) = &source
            && !fits(self.dataset, entry, source)
        {
            let message = format!("`{}` cannot be computed of this", entry.name);
            self.refuse(ProblemCode::Invalid, &["measures", &place], message);
            return None;
        }
        let percentile = self.percentile(&place, request)?;
        let currency = self.currency(&place, request, source.as_ref())?;
        let key = match &source {
            None => operands::key(entry, request),
            Some(Source::Field(field)) => format!("{}_{}", entry.name, field.name),
            Some(Source::Attribute(definition)) => format!("{}_{}", entry.name, definition.key()),
        };
        Some(Measure {
            key: self.unique(key),
            kind: request.measure,
            source,
            percentile,
            currency,
            operands: Vec::new(),
        })
    }

    fn percentile(&mut self, place: &str, request: &MeasureRequest) -> Option<i64> {
        let path = ["measures", place, "percentile"];
        match (request.measure, request.percentile) {
            (MeasureKind::Percentile, None) => {
                self.refuse(ProblemCode::Required, &path, "give the fraction of the percentile, such as 0.5");
                None
            }
            (MeasureKind::Percentile, Some(fraction)) => {
                let parts = percentile_parts(fraction);
                if parts.is_none() {
                    self.refuse(
                        ProblemCode::Invalid,
                        &path,
                        "a percentile is from 0 to 1, with at most four decimals",
                    );
                }
                parts
            }
            (_, Some(_)) => {
                self.refuse(ProblemCode::Invalid, &path, "only the measure PERCENTILE takes this");
                None
            }
            (_, None) => Some(0),
        }
    }

    /// Currency of a measure; none where it is no amount.
    fn currency(&mut self, place: &str, request: &MeasureRequest, source: Option<&Source>) -> Option<Option<Currency>> {
        let path = ["measures", place, "currency"];
        let is_amount = matches!(
            source,
            Some(Source::Field(FieldEntry {
                field_type: FieldType::Money,
                ..
            }))
        );
        match (&request.currency, is_amount) {
            (None, true) => Some(Some(self.around.default_currency)),
            (Some(code), true) => {
                let currency = Currency::from_code(code);
                if currency.is_none() {
                    self.refuse(ProblemCode::Invalid, &path, "this is not an ISO 4217 code such as USD");
                }
                currency.map(Some)
            }
            (Some(_), false) => {
                self.refuse(ProblemCode::Invalid, &path, "only amounts of cycles are of several currencies");
                None
            }
            (None, false) => Some(match source {
                Some(Source::Attribute(definition)) => definition.currency,
                _ => None,
            }),
        }
    }

    /// What the values are taken from: exactly one of the two is given.
    fn source(
        &mut self,
        path: &[&str],
        field: Option<Field>,
        attribute_key: Option<&str>,
        attribute_of: Option<AttributeOf>,
    ) -> Option<Source> {
        let at = |name| [path, &[name][..]].concat();
        match (field, attribute_key) {
            (Some(_), None) if attribute_of.is_some() => {
                self.refuse(ProblemCode::Invalid, &at("attributeOf"), "only `attributeKey` takes this");
                None
            }
            (Some(field), None) => {
                let entry = self.dataset.field(field);
                if entry.is_none() {
                    self.refuse(ProblemCode::Invalid, &at("field"), "the dataset has no such field");
                }
                entry.map(Source::Field)
            }
            (None, Some(key)) => {
                let entity = match attribute_of.unwrap_or_default() {
                    AttributeOf::Prospect => AttributeEntity::Prospect,
                    AttributeOf::Own => match self.dataset.attributes {
                        Some(entity) => entity,
                        None => {
                            let message = "the records of the dataset have no attributes of their own";
                            self.refuse(ProblemCode::Invalid, &at("attributeOf"), message);
                            return None;
                        }
                    },
                };
                self.attribute(&at("attributeKey"), entity, key).map(Source::Attribute)
            }
            _ => {
                self.refuse(ProblemCode::Invalid, path, "give either `field` or `attributeKey`");
                None
            }
        }
    }

    /// A forbidden attribute is told from an unknown one by nothing.
    fn attribute(&mut self, path: &[&str], entity: AttributeEntity, key: &str) -> Option<Arc<Definition>> {
        match (self.around.attribute)(entity, key).filter(|_| is_key(key)) {
            None => self.refuse(ProblemCode::NotFound, path, "there is no such attribute"),
            Some(definition) if definition.is_retired() => {
                self.refuse(ProblemCode::State, path, format!("the attribute `{key}` is retired"));
            }
            Some(definition) => return Some(definition),
        }
        None
    }
}

fn fits(dataset: &DatasetEntry, entry: &MeasureEntry, source: &Source) -> bool {
    match (entry.of, source) {
        (Of::Records | Of::Measures, _) => false,
        (Of::Number, Source::Field(field)) => dataset.has_number(field),
        (Of::Number, Source::Attribute(definition)) => {
            dataset.has_numbers_of(definition.row.entity) && catalogue::computes(definition.kind(), definition.row.is_multiple)
        }
        (Of::Dimension, Source::Field(field)) => field.is_countable(),
        (Of::Dimension, Source::Attribute(definition)) => {
            catalogue::groups(definition.kind(), definition.row.is_multiple) && !definition.row.is_multiple
        }
    }
}
