//! Groups without records of the report: those that only the earlier period has, empty buckets of time, and entries that none has.

use std::collections::{HashMap, HashSet};

use super::Compilation;
use super::groups::{Group, Key};
use super::labels::Labels;
use crate::rules::reports::catalogue::Field;
use crate::rules::reports::{Dimension, Grain, MOST_GROUPS, Plan, Source};

/// Adds a group for each that has records in the earlier period only, so that the numbers of that period add up.
pub fn add_compared(compilation: &Compilation<'_>, groups: &mut Vec<Group>, earlier: &[Group]) {
    if earlier.is_empty() {
        return;
    }
    let plan = compilation.plan;
    let later: Vec<Option<HashMap<i64, Vec<Key>>>> = plan.dimensions.iter().map(|dimension| later(compilation, dimension)).collect();
    let mut known: HashSet<Vec<Key>> = groups.iter().map(|group| group.keys.clone()).collect();
    for group in earlier {
        let mut all = vec![Vec::new()];
        for (key, later) in group.keys.iter().zip(&later) {
            all = match (key, later) {
                (Key::Integer(bucket), Some(later)) => combined(&all, later.get(bucket).map(Vec::as_slice).unwrap_or_default()),
                _ => combined(&all, std::slice::from_ref(key)),
            };
        }
        let missing = all.into_iter().filter(|keys| known.insert(keys.clone()));
        groups.extend(missing.map(|keys| Group::empty(plan, keys)));
    }
}

/// For each bucket of the earlier period, those of the report that are compared with it: two where a year has one day less. None of a
/// dimension whose values are compared with themselves.
fn later(compilation: &Compilation<'_>, dimension: &Dimension) -> Option<HashMap<i64, Vec<Key>>> {
    let plan = compilation.plan;
    let (comparison, grain) = (plan.comparison?, dimension.grain.filter(|grain| grain.is_period())?);
    let bounds = compilation.period.bounds(compilation.cx.began_at)?;
    if !plan.is_of_period(dimension) {
        return None;
    }
    let mut later: HashMap<i64, Vec<Key>> = HashMap::new();
    for bucket in period_buckets(compilation, dimension, grain).unwrap_or_default() {
        if let Some(earlier) = plan.calendar.counterpart(comparison, grain, bounds, bucket) {
            later.entry(earlier).or_default().push(Key::Integer(bucket));
        }
    }
    Some(later)
}

/// Adds groups without records: for each bucket of time, each entry of a catalogue that is in use, and each other value that was found, beside
/// all other values that there are. Nothing is added to a report that would then have too many groups.
pub fn fill(compilation: &Compilation<'_>, labels: &Labels, groups: &mut Vec<Group>) {
    let plan = compilation.plan;
    let places = 0..plan.dimensions.len();
    let domains: Vec<Option<Vec<Key>>> = places.map(|place| domain(compilation, labels, place, groups)).collect();
    if domains.iter().all(Option::is_none) {
        return;
    }
    // What is not filled stays as it was found together.
    let observed = |group: &Group| -> Vec<Option<Key>> {
        let keys = domains.iter().zip(&group.keys);
        keys.map(|(domain, key)| domain.is_none().then(|| key.clone())).collect()
    };
    let mut combinations: Vec<Vec<Option<Key>>> = Vec::new();
    let mut seen = HashSet::new();
    for group in groups.iter() {
        let combination = observed(group);
        if seen.insert(combination.clone()) {
            combinations.push(combination);
        }
    }
    if groups.is_empty() && domains.iter().all(Option::is_some) {
        combinations.push(vec![None; domains.len()]);
    }
    // The groups that there are belong to them.
    let sizes = domains.iter().flatten().map(Vec::len);
    if sizes.fold(combinations.len(), usize::saturating_mul) > MOST_GROUPS {
        return;
    }
    let present: HashSet<Vec<Key>> = groups.iter().map(|group| group.keys.clone()).collect();
    for combination in combinations {
        let mut all = vec![Vec::new()];
        for (key, domain) in combination.iter().zip(&domains) {
            all = match (key, domain) {
                (Some(key), _) => combined(&all, std::slice::from_ref(key)),
                (None, domain) => combined(&all, domain.as_deref().unwrap_or_default()),
            };
        }
        let missing = all.into_iter().filter(|keys| !present.contains(keys));
        groups.extend(missing.map(|keys| Group::empty(plan, keys)));
    }
}

/// Each of the beginnings with each of the keys.
fn combined(beginnings: &[Vec<Key>], keys: &[Key]) -> Vec<Vec<Key>> {
    let each = beginnings
        .iter()
        .flat_map(|before| keys.iter().map(move |key| [&before[..], std::slice::from_ref(key)].concat()));
    each.collect()
}

/// All values that a dimension is filled up to, the found ones included: no value, and entries out of use, are among them. None if those that
/// were found together remain.
fn domain(compilation: &Compilation<'_>, labels: &Labels, place: usize, groups: &[Group]) -> Option<Vec<Key>> {
    let plan = compilation.plan;
    let dimension = &plan.dimensions[place];
    if depends(plan, dimension) {
        return None;
    }
    let mut all = match dimension.grain {
        None => labels.domain(dimension)?,
        Some(grain) if grain.is_period() => buckets(compilation, place, grain, groups)?,
        Some(grain) => (0..plan.calendar.count(grain, (0, 0))).map(Key::Integer).collect(),
    };
    let mut known: HashSet<Key> = all.iter().cloned().collect();
    let found = groups.iter().map(|group| &group.keys[place]);
    all.extend(found.filter(|key| known.insert((*key).clone())).cloned());
    Some(all)
}

/// The buckets of the period, and from the first to the last that was found: a period without an end goes on after the report.
fn buckets(compilation: &Compilation<'_>, place: usize, grain: Grain, groups: &[Group]) -> Option<Vec<Key>> {
    let plan = compilation.plan;
    let dimension = &plan.dimensions[place];
    let found = groups.iter().filter_map(|group| match group.keys[place] {
        Key::Integer(bucket) => Some(bucket),
        Key::Null | Key::Id(_) | Key::Text(_) => None,
    });
    let of_period = period_edges(compilation, dimension, grain);
    let known = || found.clone().chain(of_period.into_iter().flat_map(|(first, last)| [first, last]));
    let buckets = range(plan, dimension, grain, known().min()?, known().max()?)?;
    Some(buckets.into_iter().map(Key::Integer).collect())
}

/// The buckets of the period, if the dimension is its time and the period has a beginning.
fn period_buckets(compilation: &Compilation<'_>, dimension: &Dimension, grain: Grain) -> Option<Vec<i64>> {
    let (first, last) = period_edges(compilation, dimension, grain)?;
    range(compilation.plan, dimension, grain, first, last)
}

/// The first and the last bucket of the period.
fn period_edges(compilation: &Compilation<'_>, dimension: &Dimension, grain: Grain) -> Option<(i64, i64)> {
    let plan = compilation.plan;
    let bounds = compilation.period.bounds(compilation.cx.began_at);
    let (from, to) = bounds.filter(|(from, to)| from < to && plan.is_of_period(dimension))?;
    let calendar = plan.calendar_of(dimension);
    Some((calendar.bucket(grain, from), calendar.bucket(grain, to - 1)))
}

/// The buckets from one to another; too many for a report end early.
fn range(plan: &Plan, dimension: &Dimension, grain: Grain, first: i64, last: i64) -> Option<Vec<i64>> {
    let calendar = plan.calendar_of(dimension);
    let mut buckets = vec![first];
    let mut bucket = first;
    while bucket < last && buckets.len() <= MOST_GROUPS {
        bucket = calendar.next(grain, bucket)?;
        buckets.push(bucket);
    }
    Some(buckets)
}

/// Whether the values of a dimension belong to those of another one in the report, such as sectors to zones: most pairs would mean nothing.
fn depends(plan: &Plan, dimension: &Dimension) -> bool {
    let field = |dimension: &Dimension| match &dimension.source {
        Source::Field(field) => Some(field.field),
        Source::Attribute(_) => None,
    };
    let of_same_time = |other: &Dimension| dimension.grain.is_some() && field(other).is_some() && field(other) == field(dimension);
    let others = || plan.dimensions.iter().filter(|other| other.key != dimension.key);
    let is_among = |group: &[Field]| {
        let has = |dimension: &Dimension| field(dimension).is_some_and(|field| group.contains(&field));
        has(dimension) && others().any(has)
    };
    RELATED.iter().any(|group| is_among(group)) || others().any(of_same_time)
}

/// Fields whose values belong to those of each other.
const RELATED: &[&[Field]] = &[
    &[Field::Country, Field::City, Field::Region, Field::Zone, Field::Sector],
    &[Field::Status, Field::StatusCategory, Field::Reason, Field::Condition],
    &[Field::CycleStatus, Field::CycleCategory, Field::CycleReason],
    &[Field::IntervalStatus, Field::IntervalCategory, Field::IntervalReason],
    &[Field::TaskState, Field::TaskOverdue],
    &[
        Field::EntryKind,
        Field::InteractionType,
        Field::InteractionDirection,
        Field::InteractionOutcome,
    ],
];
