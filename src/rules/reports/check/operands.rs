//! The check of measures that are computed of other measures of the same report.

use super::Check;
use crate::error::ProblemCode;
use crate::rules::reports::catalogue::{MeasureEntry, MeasureKind, Of, measure_entry};
use crate::rules::reports::{Dimension, Grain, Measure, MeasureRequest};

/// Key of the column of a measure without a field.
pub(super) fn key(entry: &MeasureEntry, request: &MeasureRequest) -> String {
    let denominator = request.denominator.iter().map(|column| format!("_by_{column}"));
    let operands: String = request
        .column
        .iter()
        .map(|column| format!("_{column}"))
        .chain(denominator)
        .collect();
    match entry.of {
        Of::Measures => format!("{}{operands}", entry.name),
        Of::Records | Of::Dimension | Of::Number => entry.name.to_owned(),
    }
}

impl Check<'_> {
    /// The measures with the positions of those that they are computed of.
    pub(super) fn with_operands(&mut self, mut measures: Vec<Measure>, dimensions: &[Dimension]) -> Vec<Measure> {
        let requests = &self.request.measures;
        for (place, request) in requests.iter().enumerate().take(measures.len()) {
            let takes_denominator = request.measure == MeasureKind::Ratio;
            let takes_column = measure_entry(request.measure).of == Of::Measures;
            let given = [
                ("column", &request.column, takes_column),
                ("denominator", &request.denominator, takes_denominator),
            ];
            let operands: Vec<usize> = given
                .into_iter()
                .filter_map(|(name, key, is_taken)| {
                    self.operand(&measures, request.measure, [&place.to_string(), name], key.as_deref(), is_taken)
                })
                .collect();
            if let (true, [dividend, divisor]) = (takes_denominator, &operands[..])
                && let (Some(one), Some(other)) = (measures[*dividend].currency, measures[*divisor].currency)
                && one != other
            {
                let path = ["measures", &place.to_string(), "denominator"];
                self.refuse(ProblemCode::Invalid, &path, "amounts of two currencies have no ratio");
            }
            measures[place].operands = operands;
            if request.measure == MeasureKind::RunningTotal {
                self.check_running(place, dimensions);
            }
        }
        measures
    }

    fn operand(
        &mut self,
        measures: &[Measure],
        kind: MeasureKind,
        [place, name]: [&str; 2],
        key: Option<&str>,
        is_taken: bool,
    ) -> Option<usize> {
        let path = ["measures", place, name];
        let Some(key) = key else {
            if is_taken {
                self.refuse(
                    ProblemCode::Required,
                    &path,
                    "give the key of another measure of the report, such as `count`",
                );
            }
            return None;
        };
        if !is_taken {
            self.refuse(ProblemCode::Invalid, &path, "this measure is not computed of another one that way");
            return None;
        }
        let found = measures.iter().position(|measure| measure.key == key);
        let Some(operand) = found else {
            self.refuse(ProblemCode::NotFound, &path, "the report has no such measure");
            return None;
        };
        let of = measures[operand].kind;
        if measure_entry(of).of == Of::Measures {
            self.refuse(ProblemCode::Invalid, &path, "that measure is computed of another one itself");
            return None;
        }
        if matches!(kind, MeasureKind::Share | MeasureKind::RunningTotal) && !matches!(of, MeasureKind::Count | MeasureKind::Sum) {
            self.refuse(ProblemCode::Invalid, &path, "only counts and sums add up to a total");
            return None;
        }
        Some(operand)
    }

    /// What runs on does so along one time.
    fn check_running(&mut self, place: usize, dimensions: &[Dimension]) {
        let times = dimensions.iter().filter(|dimension| dimension.grain.is_some_and(Grain::is_period));
        if times.count() != 1 {
            let message = "a running total needs exactly one dimension of time that goes on, such as months";
            self.refuse(ProblemCode::Invalid, &["measures", &place.to_string()], message);
        }
    }
}
