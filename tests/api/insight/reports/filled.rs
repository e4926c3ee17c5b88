//! The rows without records that a report is filled up with, in plain Rust.

use std::collections::HashSet;

use serde_json::Value;

use super::buckets::moment;
use super::expected::{Question, Rows};
use super::naive;

/// Fields whose values belong to each other: only pairs that were found are shown.
const RELATED: [&[&str]; 6] = [
    &naive::PLACES,
    &["STATUS", "STATUS_CATEGORY", "REASON", "CONDITION"],
    &["CYCLE_STATUS", "CYCLE_CATEGORY", "CYCLE_REASON"],
    &["INTERVAL_STATUS", "INTERVAL_CATEGORY", "INTERVAL_REASON"],
    &["TASK_STATE", "TASK_OVERDUE"],
    &["ENTRY_KIND", "INTERACTION_TYPE", "INTERACTION_DIRECTION", "INTERACTION_OUTCOME"],
];
const MOST_ROWS: usize = 10_000;

impl Question<'_> {
    /// The keys of the rows without records.
    pub fn missing(&self, rows: &Rows) -> Vec<Vec<String>> {
        let dimensions = self.dimensions();
        let domains: Vec<Option<Vec<String>>> = (0..dimensions.len()).map(|place| self.values(place, rows)).collect();
        if domains.iter().all(Option::is_none) {
            return Vec::new();
        }
        let found = |keys: &Vec<String>| -> Vec<Option<String>> {
            keys.iter()
                .zip(&domains)
                .map(|(key, domain)| domain.is_none().then(|| key.clone()))
                .collect()
        };
        let mut combinations: HashSet<Vec<Option<String>>> = rows.keys().map(found).collect();
        if rows.is_empty() && domains.iter().all(Option::is_some) {
            combinations.insert(vec![None; domains.len()]);
        }
        let size = domains
            .iter()
            .flatten()
            .map(Vec::len)
            .fold(combinations.len(), usize::saturating_mul);
        if size > MOST_ROWS {
            return Vec::new();
        }
        let mut all = Vec::new();
        for combination in combinations {
            let mut keys: Vec<Vec<String>> = vec![Vec::new()];
            for (key, domain) in combination.iter().zip(&domains) {
                let some = key
                    .as_ref()
                    .map_or_else(|| domain.clone().unwrap_or_default(), |key| vec![key.clone()]);
                let with = |before: &Vec<String>| {
                    some.iter()
                        .map(|key| [&before[..], std::slice::from_ref(key)].concat())
                        .collect::<Vec<_>>()
                };
                keys = keys.iter().flat_map(with).collect();
            }
            all.extend(keys.into_iter().filter(|keys| !rows.contains_key(keys)));
        }
        all
    }

    /// All values of a dimension up to which it is filled, the found ones included. None if those that were found remain.
    fn values(&self, place: usize, rows: &Rows) -> Option<Vec<String>> {
        let mut all = self.fixed(place, rows)?;
        for keys in rows.keys() {
            if !all.contains(&keys[place]) {
                all.push(keys[place].clone());
            }
        }
        Some(all)
    }

    fn fixed(&self, place: usize, rows: &Rows) -> Option<Vec<String>> {
        let dimension = &self.dimensions()[place];
        let others = || {
            self.dimensions()
                .iter()
                .enumerate()
                .filter(move |(other, _)| *other != place)
                .map(|(_, other)| other)
        };
        let field = dimension["field"].as_str();
        let is_related = |group: &&[&str]| {
            let is_of = |dimension: &Value| dimension["field"].as_str().is_some_and(|field| group.contains(&field));
            is_of(dimension) && others().any(is_of)
        };
        let is_of_same_time = |other: &Value| field.is_some() && dimension["grain"].is_string() && other["field"].as_str() == field;
        if RELATED.iter().any(is_related) || others().any(is_of_same_time) {
            return None;
        }
        match dimension["grain"].as_str() {
            None => match dimension["bands"].as_array() {
                Some(bounds) => Some(naive::bands(bounds)),
                None => (self.domain)(dimension),
            },
            Some("WEEKDAY") => Some((1..=7).map(|day: u32| day.to_string()).collect()),
            Some("HOUR_OF_DAY") => Some((0..24).map(|hour: u32| format!("{hour:02}")).collect()),
            Some(grain) => {
                let mut known: Vec<String> = rows.keys().map(|keys| keys[place].clone()).filter(|key| key != "-").collect();
                if let (true, (Some(from), to)) = (field == Some(self.time), self.period()) {
                    let to = to.unwrap_or(self.now).max(from);
                    if from < to {
                        known.extend([from, to - 1].map(|at| self.calendar.bucket_of(at, grain)));
                    }
                }
                let first = known.iter().min_by_key(|key| moment(grain, key)).cloned();
                let last = known.iter().max_by_key(|key| moment(grain, key)).cloned();
                let (first, last) = (first?, last?);
                let mut all = vec![first.clone()];
                let mut key = first;
                while key != last && all.len() <= MOST_ROWS {
                    key = self.calendar.shifted(grain, &key, 1);
                    all.push(key.clone());
                }
                Some(all)
            }
        }
    }
}
