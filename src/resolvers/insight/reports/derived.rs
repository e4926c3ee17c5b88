//! Measures that depend on other groups: parts of the total, and running totals.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;

use super::groups::{Group, Key};
use crate::rules::reports::catalogue::MeasureKind;
use crate::rules::reports::{Grain, Plan};

/// Running totals along the time of a report, apart for each combination of its other dimensions.
pub struct RunningTotals {
    /// Position of the time among the dimensions.
    time: Option<usize>,
    /// For each measure: the total up to a bucket.
    totals: HashMap<(usize, Vec<Key>), BTreeMap<i64, Decimal>>,
}

impl RunningTotals {
    pub fn of(plan: &Plan, groups: &[Group]) -> RunningTotals {
        let is_time = |grain: Option<Grain>| grain.is_some_and(Grain::is_period);
        let mut running = RunningTotals {
            time: plan.dimensions.iter().position(|dimension| is_time(dimension.grain)),
            totals: HashMap::new(),
        };
        let measures: Vec<(usize, usize)> = operands(plan, MeasureKind::RunningTotal).collect();
        if measures.is_empty() {
            return running;
        }
        for group in groups {
            let Some((bucket, rest)) = running.split(&group.keys) else {
                continue;
            };
            let numbers = group.own_numbers(plan);
            for (place, operand) in &measures {
                if let Some(number) = numbers[*operand] {
                    running.totals.entry((*place, rest.clone())).or_default().insert(bucket, number);
                }
            }
        }
        for buckets in running.totals.values_mut() {
            let mut total = Decimal::ZERO;
            for number in buckets.values_mut() {
                total = total.saturating_add(*number);
                *number = total;
            }
        }
        running
    }

    /// The total of a measure up to the bucket of a group. None of sums before the first number, and for records without a time.
    fn up_to(&self, plan: &Plan, (place, operand): (usize, usize), keys: &[Key]) -> Option<Decimal> {
        let (bucket, rest) = self.split(keys)?;
        let buckets = self.totals.get(&(place, rest));
        match buckets.and_then(|buckets| buckets.range(..=bucket).next_back()) {
            Some((_, total)) => Some(total.normalize()),
            // Groups without records are not among those of the earlier period.
            None => Group::empty(plan, keys.to_vec()).own_numbers(plan)[operand],
        }
    }

    fn split(&self, keys: &[Key]) -> Option<(i64, Vec<Key>)> {
        let mut rest = keys.to_vec();
        match rest.remove(self.time.filter(|time| *time < keys.len())?) {
            Key::Integer(bucket) => Some((bucket, rest)),
            Key::Null | Key::Id(_) | Key::Text(_) => None,
        }
    }
}

/// Fills in what the measures of a group are that depend on others: the totals over all records, and what runs up to it.
pub fn derive(plan: &Plan, group: &mut Group, totals: Option<&Group>, running: &RunningTotals) {
    let totals = totals.map(|totals| totals.own_numbers(plan));
    let numbers = group.own_numbers(plan);
    let mut derived = vec![None; plan.measures.len()];
    for (place, operand) in operands(plan, MeasureKind::Share) {
        let total = totals.as_ref().and_then(|totals| totals[operand]);
        derived[place] = crate::rules::reports::numbers::fraction(numbers[operand], total);
    }
    for (place, operand) in operands(plan, MeasureKind::RunningTotal) {
        derived[place] = running.up_to(plan, (place, operand), &group.keys);
    }
    group.derived = derived;
}

/// The measures of a kind, each with the one that it is computed of.
fn operands(plan: &Plan, kind: MeasureKind) -> impl Iterator<Item = (usize, usize)> {
    let measures = plan.measures.iter().enumerate();
    measures
        .filter(move |(_, measure)| measure.kind == kind)
        .filter_map(|(place, measure)| Some((place, *measure.operands.first()?)))
}
