//! The check of a request: whether it may be carried out, with all problems at once, each at its path.

/// Single dimensions and measures.
mod columns;
/// Measures of other measures.
mod operands;
/// The period, the conditions on records, and the instant of a report.
mod scope;

use std::collections::HashSet;

use chrono_tz::Tz;

use super::catalogue::{DatasetEntry, Field, dataset};
use super::{
    DEFAULT_LIMIT, Dimension, Grain, Having, MOST_DIMENSIONS, MOST_GROUPS, MOST_HAVING, MOST_MEASURES, MOST_STEPS, Measure, Plan, Request,
    Source, Step, Surroundings,
};
use crate::error::{Problem, ProblemCode};
use crate::rules::reports::calendar::Calendar;

/// The plan of a request, or everything that is wrong with it.
pub fn check(request: &Request, around: &Surroundings<'_>) -> Result<Plan, Vec<Problem>> {
    let mut check = Check {
        request,
        dataset: dataset(request.dataset),
        time: dataset(request.dataset).time,
        around,
        problems: Vec::new(),
        keys: HashSet::new(),
    };
    let plan = check.plan();
    match plan {
        Some(plan) if check.problems.is_empty() => Ok(plan),
        _ => Err(check.problems),
    }
}

/// The decimals with which values are stored.
pub fn decimals(source: &Source) -> u32 {
    match source {
        Source::Attribute(definition) => u32::try_from(definition.row.scale).unwrap_or_default(),
        Source::Field(_) => 0,
    }
}

struct Check<'a> {
    request: &'a Request,
    dataset: &'static DatasetEntry,
    /// The time that the period bounds.
    time: Field,
    around: &'a Surroundings<'a>,
    problems: Vec<Problem>,
    keys: HashSet<String>,
}

impl Check<'_> {
    fn plan(&mut self) -> Option<Plan> {
        let request = self.request;
        let zone = self.zone();
        self.check_filters();
        self.time = self.time();
        let as_of = self.as_of();
        self.most("dimensions", request.dimensions.len(), MOST_DIMENSIONS);
        self.most("measures", request.measures.len(), MOST_MEASURES);
        self.most("having", request.having.len(), MOST_HAVING);
        self.most("orderBy", request.order.len(), MOST_STEPS);
        if request.measures.is_empty() {
            self.refuse(ProblemCode::Required, &["measures"], "a report has at least one measure");
        }
        let calendar = Calendar::new(zone, request.first_day_of_week.unwrap_or(0));
        let dimensions: Vec<Option<Dimension>> = request
            .dimensions
            .iter()
            .take(MOST_DIMENSIONS)
            .enumerate()
            .map(|(place, dimension)| self.dimension(place, dimension, &calendar))
            .collect();
        let measures: Vec<Option<Measure>> = request
            .measures
            .iter()
            .take(MOST_MEASURES)
            .enumerate()
            .map(|(place, measure)| self.measure(place, measure))
            .collect();
        let limit = self.limit();
        if request.comparison.is_some() && self.around.period.0.is_none() {
            let message = "a comparison needs a period: give `period` with `gte` or `relative`";
            self.refuse(ProblemCode::Required, &["compareTo"], message);
        }
        let dimensions: Vec<Dimension> = dimensions.into_iter().collect::<Option<_>>()?;
        let measures: Vec<Measure> = measures.into_iter().collect::<Option<_>>()?;
        let measures = self.with_operands(measures, &dimensions);
        let columns: Vec<&str> = dimensions
            .iter()
            .map(|dimension| &*dimension.key)
            .chain(measures.iter().map(|measure| &*measure.key))
            .collect();
        let having = self.having(&columns, dimensions.len());
        let order = self.order(&columns);
        self.check_others(&dimensions, &measures);
        self.check_comparison(&dimensions);
        Some(Plan {
            dataset: request.dataset,
            time: self.time,
            as_of,
            having: having.into_iter().collect::<Option<_>>()?,
            order: order.into_iter().collect::<Option<_>>()?,
            dimensions,
            measures,
            limit,
            days: Calendar::new(Tz::UTC, calendar.first_day),
            calendar,
            has_totals: request.has_totals,
            has_subtotals: request.has_subtotals,
            has_others: request.has_others,
            fills_empty: request.fills_empty,
            comparison: request.comparison,
        })
    }

    fn zone(&mut self) -> Tz {
        match &self.request.time_zone {
            None => self.around.zone,
            Some(name) => match name.parse() {
                Ok(zone) => zone,
                Err(_) => {
                    let message = "this is not the IANA name of a time zone such as America/Caracas";
                    self.refuse(ProblemCode::Invalid, &["timeZone"], message);
                    Tz::UTC
                }
            },
        }
    }

    fn limit(&mut self) -> usize {
        match self.request.limit.map(usize::try_from) {
            None => DEFAULT_LIMIT,
            Some(Ok(limit)) if (1..=MOST_GROUPS).contains(&limit) => limit,
            Some(_) => {
                self.refuse(ProblemCode::Invalid, &["limit"], format!("`limit` must be from 1 to {MOST_GROUPS}"));
                DEFAULT_LIMIT
            }
        }
    }

    fn having(&mut self, columns: &[&str], dimensions: usize) -> Vec<Option<Having>> {
        let request = self.request;
        let mut all = Vec::new();
        for (place, condition) in request.having.iter().take(MOST_HAVING).enumerate() {
            let found = columns.iter().position(|column| *column == condition.column);
            let measure = found.and_then(|column| column.checked_sub(dimensions));
            if measure.is_none() {
                self.refuse(
                    ProblemCode::NotFound,
                    &["having", &place.to_string(), "column"],
                    "the report has no such measure",
                );
            }
            all.push(measure.map(|measure| Having {
                measure,
                gte: condition.gte,
                lte: condition.lte,
                is_null: condition.is_null,
            }));
        }
        all
    }

    fn order(&mut self, columns: &[&str]) -> Vec<Option<Step>> {
        let request = self.request;
        let mut all = Vec::new();
        for (place, step) in request.order.iter().take(MOST_STEPS).enumerate() {
            let column = columns.iter().position(|column| *column == step.column);
            if column.is_none() {
                self.refuse(
                    ProblemCode::NotFound,
                    &["orderBy", &place.to_string(), "column"],
                    "the report has no such column",
                );
            }
            all.push(column.map(|column| Step {
                column,
                is_descending: step.is_descending,
            }));
        }
        all
    }

    /// The rest of the rows is added up, which not everything can be.
    fn check_others(&mut self, dimensions: &[Dimension], measures: &[Measure]) {
        if !self.request.has_others {
            return;
        }
        if dimensions.iter().any(Dimension::is_multiple) {
            let message = "records count in several groups of a dimension, so that the others cannot be added up";
            self.refuse(ProblemCode::Invalid, &["others"], message);
        }
        if !measures.iter().all(|measure| measure.kind.has_others()) {
            let message = "distinct counts, percentiles and running totals cannot be added up";
            self.refuse(ProblemCode::Invalid, &["others"], message);
        }
    }

    /// Two grains of one time would have to be shifted differently.
    fn check_comparison(&mut self, dimensions: &[Dimension]) {
        if self.request.comparison.is_none() {
            return;
        }
        let of_period = dimensions
            .iter()
            .filter(|dimension| self.is_of_period(&dimension.source) && dimension.grain.is_some_and(Grain::is_period));
        if of_period.count() > 1 {
            let message = "a comparison takes one grain of the time of its period";
            self.refuse(ProblemCode::Invalid, &["compareTo"], message);
        }
    }

    /// Whether values are the time that the period bounds.
    fn is_of_period(&self, source: &Source) -> bool {
        matches!(source, Source::Field(entry) if entry.field == self.time)
    }

    fn most(&mut self, name: &str, count: usize, most: usize) {
        if count > most {
            self.refuse(ProblemCode::TooLong, &[name], format!("at most {most}"));
        }
    }

    /// A key that no other column has.
    fn unique(&mut self, key: String) -> String {
        let mut unique = key.clone();
        let mut number = 1;
        while !self.keys.insert(unique.clone()) {
            number += 1;
            unique = format!("{key}_{number}");
        }
        unique
    }

    fn refuse(&mut self, code: ProblemCode, path: &[&str], message: impl Into<String>) {
        let path: Vec<&str> = std::iter::once("input").chain(path.iter().copied()).collect();
        self.problems.push(Problem::new(code, &path, message));
    }

    fn refuse_at(&mut self, code: ProblemCode, path: &[String], message: impl Into<String>) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        self.refuse(code, &path, message);
    }
}
