//! What a row opens: the list and its filter, made when a client asks for them.

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::{Inputs, List, filter, list};
use crate::resolvers::filter::MOST_VALUES;
use crate::resolvers::insight::reports::groups::Group;
use crate::resolvers::insight::reports::labels::Labels;
use crate::resolvers::insight::reports::period::Period;
use crate::rules::reports::Plan;

/// What the filters of all rows of a report are made of.
pub struct Source {
    pub(in crate::resolvers::insight::reports) plan: Arc<Plan>,
    pub(in crate::resolvers::insight::reports) period: Period,
    pub(in crate::resolvers::insight::reports) labels: Arc<Labels>,
    /// The filters of the report. None if no list shows the same records, as entries that are hidden from another user.
    pub(in crate::resolvers::insight::reports) inputs: Option<Inputs>,
}

/// The records of a row.
#[derive(Clone)]
pub struct Opening {
    source: Arc<Source>,
    /// The groups of the row: one, or those of the others, up to one more than a filter can list.
    groups: Vec<Group>,
    opened: OnceLock<Result<(List, Value), Unopened>>,
}

/// Why a row opens no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unopened {
    /// Lists show prospects as they are now.
    AsOf,
    /// Lists have no filter for a value of the row.
    Value,
    /// The filter would exceed the limits of filters.
    Limit,
}

impl Opening {
    pub fn new(source: &Arc<Source>, groups: &[Group]) -> Opening {
        Opening {
            source: source.clone(),
            groups: groups.iter().take(MOST_VALUES + 1).cloned().collect(),
            opened: OnceLock::new(),
        }
    }

    /// The list that shows the records of the row, or the prospects behind them, with its filter.
    pub fn open(&self) -> Result<&(List, Value), Unopened> {
        let opened = self.opened.get_or_init(|| {
            let Source {
                plan,
                period,
                labels,
                inputs,
            } = &*self.source;
            if plan.as_of.is_some() {
                return Err(Unopened::AsOf);
            }
            let inputs = inputs.as_ref().ok_or(Unopened::Value)?;
            Ok((list(plan.dataset), filter(plan, period, labels, &self.groups, inputs)?))
        });
        opened.as_ref().map_err(|unopened| *unopened)
    }
}

impl std::fmt::Debug for Opening {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Opening")
            .field("groups", &self.groups)
            .finish_non_exhaustive()
    }
}
