//! The check of which records count: the conditions on them, the period, and the instant.

use super::Check;
use crate::error::ProblemCode;
use crate::rules::reports::Instant;
use crate::rules::reports::catalogue::{DATASETS, Field, FieldType, dataset};

impl Check<'_> {
    /// Refuses conditions on the records of another dataset.
    pub(super) fn check_filters(&mut self) {
        for filtered in &self.request.filtered {
            let entry = dataset(*filtered);
            if entry.dataset != self.request.dataset
                && let Some(filter) = entry.filter
            {
                let [of, _] = entry.label;
                let message = format!("these are conditions of the dataset of {}", of.to_lowercase());
                self.refuse(ProblemCode::Invalid, &[filter], message);
            }
        }
    }

    /// The time that the period bounds: that of the records unless the request names another.
    pub(super) fn time(&mut self) -> Field {
        let Some(period) = self.request.period else {
            return self.dataset.time;
        };
        if period.from.is_none() && period.to.is_none() {
            self.refuse(ProblemCode::Required, &["period"], "give `gte`, `lt` or `relative`");
        }
        let Some(field) = period.field else { return self.dataset.time };
        match self.dataset.field(field) {
            Some(entry) if entry.field_type == FieldType::Time => return field,
            Some(entry) => {
                let message = format!("`{}` is no time", entry.name);
                self.refuse(ProblemCode::Invalid, &["period", "field"], message);
            }
            None => self.refuse(ProblemCode::Invalid, &["period", "field"], "the dataset has no such field"),
        }
        self.dataset.time
    }

    /// The instant in whose state prospects are counted. None if it is that of the report.
    pub(super) fn as_of(&mut self) -> Option<Instant> {
        let as_of = self.request.as_of?;
        let Some(at) = as_of.at else {
            let message = "this needs `asOf`";
            for (name, moment) in [("asOfStatus", as_of.status), ("asOfOwner", as_of.owner)] {
                if moment.is_some() {
                    self.refuse(ProblemCode::Invalid, &[name], message);
                }
            }
            return None;
        };
        if !self.dataset.has_as_of {
            let counted = DATASETS.iter().filter(|entry| entry.has_as_of);
            let names: Vec<String> = counted.map(|entry| entry.label[0].to_lowercase()).collect();
            let message = format!("only {} are counted as of an instant", names.join(" and "));
            self.refuse(ProblemCode::Invalid, &["asOf"], message);
        }
        if at > self.around.now {
            self.refuse(ProblemCode::Invalid, &["asOf"], "the instant must not be in the future");
        }
        if self.request.comparison.is_some() {
            let message = "a report as of an instant is not compared with another period";
            self.refuse(ProblemCode::Invalid, &["compareTo"], message);
        }
        Some(Instant {
            at,
            status: as_of.status.unwrap_or_default(),
            owner: as_of.owner.unwrap_or_default(),
        })
    }
}
