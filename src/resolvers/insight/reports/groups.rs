//! The groups of a report: read from the answer of the database, restricted and sorted.

use std::cmp::Ordering;
use std::collections::HashMap;

use rust_decimal::Decimal;
use sea_orm::QueryResult;
use uuid::Uuid;

use super::expressions::KeyType;
use super::labels::Labels;
use super::statement::Part;
use crate::error::Result;
use crate::rules::money::Money;
use crate::rules::reports::catalogue::{FieldType, MeasureKind};
use crate::rules::reports::check::decimals;
use crate::rules::reports::numbers::{SUM_UNIT, fraction, quotient, scaled};
use crate::rules::reports::{Measure, Plan, Source};

/// The value of a dimension in a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    Null,
    Id(Uuid),
    Text(String),
    Integer(i64),
}

/// What is known of a measure in a group, which can be added to that of another group unless values are distinct or ranked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// A count, or the least, the greatest or the ranked value.
    value: Option<i64>,
    sum: i128,
    count: i64,
}

#[derive(Clone, Debug)]
pub struct Group {
    pub keys: Vec<Key>,
    /// Texts of keys that are normal forms.
    pub texts: Vec<Option<String>>,
    states: Vec<State>,
    /// Results of measures that depend on other groups, by position among the measures.
    pub derived: Vec<Option<Decimal>>,
}

pub type ByKeys<'a> = HashMap<Vec<Key>, &'a Group>;

/// The parts of an answer.
#[derive(Debug, Default)]
pub struct Answer {
    pub rows: Vec<Group>,
    pub totals: Option<Group>,
    /// Of each number of the first dimensions; their keys are those of these dimensions only.
    pub subtotals: Vec<Group>,
    pub earlier: Vec<Group>,
    pub earlier_totals: Option<Group>,
}

/// Reads the answer to the statement of a plan.
pub fn read(plan: &Plan, found: Vec<QueryResult>) -> Result<Answer> {
    let mut answer = Answer::default();
    for row in found {
        let part = Part::of_number(row.try_get_by_index(0)?);
        let group = group(plan, part, &row)?;
        match part {
            Part::Rows => answer.rows.push(group),
            Part::Totals => answer.totals = Some(group),
            Part::Subtotals(_) => answer.subtotals.push(group),
            Part::Earlier => answer.earlier.push(group),
            Part::EarlierTotals => answer.earlier_totals = Some(group),
        }
    }
    if plan.adds_up() {
        answer.add_up(plan);
    }
    Ok(answer)
}

impl Answer {
    /// Adds the groups up to what was not read because it follows from them.
    fn add_up(&mut self, plan: &Plan) {
        self.totals = sums(plan, &self.rows, 0).pop();
        self.earlier_totals = sums(plan, &self.earlier, 0).pop();
        if plan.has_subtotals {
            let levels = 1..plan.dimensions.len();
            self.subtotals = levels.flat_map(|level| sums(plan, &self.rows, level)).collect();
        }
    }
}

/// The groups by so many of the first dimensions. Without dimensions there is always one.
fn sums(plan: &Plan, groups: &[Group], level: usize) -> Vec<Group> {
    let mut places: HashMap<&[Key], usize> = HashMap::new();
    let mut sums: Vec<Group> = Vec::new();
    for group in groups {
        let keys = &group.keys[..level];
        let place = *places.entry(keys).or_insert(sums.len());
        if place == sums.len() {
            sums.push(Group::empty(plan, keys.to_vec()));
        }
        let sum = &mut sums[place];
        sum.add(plan, group);
        for (text, other) in sum.texts.iter_mut().zip(&group.texts) {
            *text = [text.take(), other.clone()].into_iter().flatten().min();
        }
    }
    if level == 0 && sums.is_empty() {
        sums.push(Group::empty(plan, Vec::new()));
    }
    sums
}

fn group(plan: &Plan, part: Part, row: &QueryResult) -> Result<Group> {
    let dimensions = plan.dimensions.len();
    let level = part.level(dimensions);
    let mut keys = Vec::with_capacity(level);
    let mut texts = Vec::with_capacity(level);
    for (place, dimension) in plan.dimensions.iter().enumerate().take(level) {
        let key = match KeyType::of(dimension) {
            KeyType::Id => row.try_get_by_index::<Option<Uuid>>(1 + place)?.map(Key::Id),
            KeyType::Text => row.try_get_by_index::<Option<String>>(1 + place)?.map(Key::Text),
            KeyType::Integer => row.try_get_by_index::<Option<i64>>(1 + place)?.map(Key::Integer),
        };
        keys.push(key.unwrap_or(Key::Null));
        texts.push(row.try_get_by_index::<Option<String>>(1 + dimensions + place)?);
    }
    let number = |place: usize, part: usize| row.try_get_by_index::<Option<i64>>(1 + 2 * dimensions + 3 * place + part);
    let states = plan.measures.iter().enumerate().map(|(place, measure)| -> Result<State> {
        let (first, second, count) = (number(place, 0)?, number(place, 1)?.unwrap_or(0), number(place, 2)?.unwrap_or(0));
        Ok(match measure.kind {
            MeasureKind::Sum | MeasureKind::Average | MeasureKind::ConversionRate | MeasureKind::LossRate | MeasureKind::DiscardRate => {
                State {
                    value: None,
                    sum: i128::from(first.unwrap_or(0)) * i128::from(SUM_UNIT) + i128::from(second),
                    count,
                }
            }
            _ => State {
                value: first,
                sum: 0,
                count,
            },
        })
    });
    Ok(Group {
        keys,
        texts,
        states: states.collect::<Result<_>>()?,
        derived: Vec::new(),
    })
}

impl Group {
    /// A group without any record.
    pub fn empty(plan: &Plan, keys: Vec<Key>) -> Group {
        Group {
            texts: vec![None; keys.len()],
            keys,
            states: vec![State::default(); plan.measures.len()],
            derived: Vec::new(),
        }
    }

    /// The results of the measures.
    pub fn numbers(&self, plan: &Plan) -> impl Iterator<Item = Option<Decimal>> {
        let mut numbers = self.own_numbers(plan);
        for (place, measure) in plan.measures.iter().enumerate() {
            numbers[place] = match (measure.kind, &measure.operands[..]) {
                (MeasureKind::Ratio, [dividend, divisor]) => fraction(self.unrounded(plan, *dividend), self.unrounded(plan, *divisor)),
                (MeasureKind::Share | MeasureKind::RunningTotal, _) => self.derived.get(place).copied().flatten(),
                _ => continue,
            };
        }
        numbers.into_iter()
    }

    /// The results of those measures that are not computed of others.
    pub fn own_numbers(&self, plan: &Plan) -> Vec<Option<Decimal>> {
        let measures = plan.measures.iter().zip(&self.states);
        measures.map(|(measure, state)| state.number(measure)).collect()
    }

    /// The result of a measure with all digits that a number has.
    fn unrounded(&self, plan: &Plan, place: usize) -> Option<Decimal> {
        self.states[place].unrounded(&plan.measures[place])
    }

    /// Adds the records of another group.
    pub fn add(&mut self, plan: &Plan, other: &Group) {
        for ((measure, state), more) in plan.measures.iter().zip(&mut self.states).zip(&other.states) {
            state.add(measure.kind, more);
        }
    }
}

impl State {
    fn add(&mut self, kind: MeasureKind, other: &State) {
        self.sum += other.sum;
        self.count += other.count;
        let both = self.value.into_iter().chain(other.value);
        self.value = match kind {
            MeasureKind::Minimum => both.min(),
            MeasureKind::Maximum => both.max(),
            _ => both.reduce(i64::saturating_add),
        };
    }

    fn unrounded(&self, measure: &Measure) -> Option<Decimal> {
        let decimals = match measure.kind {
            MeasureKind::Average => decimals_of(measure),
            MeasureKind::ConversionRate | MeasureKind::LossRate | MeasureKind::DiscardRate => 0,
            _ => return self.number(measure),
        };
        scaled(self.sum, decimals)?.checked_div(Decimal::from(self.count))
    }

    fn number(&self, measure: &Measure) -> Option<Decimal> {
        let decimals = decimals_of(measure);
        match measure.kind {
            MeasureKind::Count | MeasureKind::DistinctCount => Some(Decimal::from(self.value.unwrap_or(0))),
            MeasureKind::Sum => (self.count > 0).then(|| scaled(self.sum, decimals)).flatten(),
            MeasureKind::Average => quotient(self.sum, decimals, i128::from(self.count)),
            MeasureKind::Minimum | MeasureKind::Maximum | MeasureKind::Percentile => scaled(i128::from(self.value?), decimals),
            MeasureKind::ConversionRate | MeasureKind::LossRate | MeasureKind::DiscardRate => quotient(self.sum, 0, i128::from(self.count)),
            MeasureKind::Ratio | MeasureKind::Share | MeasureKind::RunningTotal => None,
        }
    }
}

/// Decimals of the stored values: durations are milliseconds and shown in seconds, amounts are minor units.
fn decimals_of(measure: &Measure) -> u32 {
    match (&measure.source, measure.currency) {
        (Some(Source::Field(field)), _) if field.field_type == FieldType::Duration => 3,
        (Some(Source::Field(_)), Some(currency)) => Money { minor: 0, currency }.amount().scale(),
        (Some(source), _) => decimals(source),
        (None, _) => 0,
    }
}

pub fn by_keys(groups: &[Group]) -> ByKeys<'_> {
    groups.iter().map(|group| (group.keys.clone(), group)).collect()
}

/// Gives each normal form one text, whichever group has it: the least that was written, in the earlier period only if in no other.
pub fn unify_texts(plan: &Plan, rows: &mut [Group], subtotals: &mut [Group], earlier: &[Group]) {
    let mut texts = least_texts(plan, earlier);
    for (texts, of_rows) in texts.iter_mut().zip(least_texts(plan, rows)) {
        texts.extend(of_rows);
    }
    for group in rows.iter_mut().chain(subtotals) {
        for ((key, text), texts) in group.keys.iter().zip(&mut group.texts).zip(&texts) {
            *text = texts.get(key).cloned();
        }
    }
}

/// For each dimension, the least text of each key that has one.
fn least_texts(plan: &Plan, groups: &[Group]) -> Vec<HashMap<Key, String>> {
    let mut all: Vec<HashMap<Key, String>> = vec![HashMap::new(); plan.dimensions.len()];
    for group in groups {
        for ((key, text), texts) in group.keys.iter().zip(&group.texts).zip(&mut all) {
            let Some(text) = text else { continue };
            let least = texts.entry(key.clone()).or_insert_with(|| text.clone());
            if *text < *least {
                least.clone_from(text);
            }
        }
    }
    all
}

/// Leaves those groups that meet the conditions.
pub fn restrict(plan: &Plan, groups: &mut Vec<Group>) {
    if plan.having.is_empty() {
        return;
    }
    groups.retain(|group| {
        let numbers: Vec<Option<Decimal>> = group.numbers(plan).collect();
        plan.having.iter().all(|condition| {
            let number = numbers[condition.measure];
            condition.gte.is_none_or(|least| number.is_some_and(|number| number >= least))
                && condition.lte.is_none_or(|most| number.is_some_and(|number| number <= most))
                && condition.is_null.is_none_or(|is_null| number.is_none() == is_null)
        })
    });
}

/// Sorts groups of the same dimensions by the order of the plan, then by the dimensions. What is null comes last in both directions.
pub fn sort(plan: &Plan, labels: &Labels, groups: &mut Vec<Group>) {
    let dimensions = plan.dimensions.len();
    let level = groups.first().map_or(0, |group| group.keys.len());
    let mut keyed: Vec<_> = std::mem::take(groups)
        .into_iter()
        .map(|group| {
            let positions: Vec<_> = (0..level).map(|place| labels.position(plan, place, &group)).collect();
            let numbers: Vec<Option<Decimal>> = group.numbers(plan).collect();
            (positions, numbers, group)
        })
        .collect();
    keyed.sort_by(|one, other| {
        let steps = plan.order.iter().map(|step| match step.column.checked_sub(dimensions) {
            // Subtotals have the first dimensions only.
            None if step.column >= level => Ordering::Equal,
            None => nulls_last(&one.0[step.column], &other.0[step.column], step.is_descending),
            Some(measure) => nulls_last(&one.1[measure], &other.1[measure], step.is_descending),
        });
        let rest = one.0.iter().zip(&other.0).map(|(one, other)| nulls_last(one, other, false));
        steps.chain(rest).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
    groups.extend(keyed.into_iter().map(|(_, _, group)| group));
}

fn nulls_last<T: Ord>(one: &Option<T>, other: &Option<T>, is_descending: bool) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) if is_descending => other.cmp(one),
        (Some(one), Some(other)) => one.cmp(other),
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
    }
}
