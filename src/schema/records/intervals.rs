//! Filters over the times without interruption in which a prospect had a status or an owner.

use async_graphql::InputObject;

use crate::error::Result;
use crate::resolvers::filter::{Filter, Quantifier, RowsTest};
use crate::resolvers::records::filterable;
use crate::schema::filters::{DateTimeFilter, IdFilter, Tests};
use crate::schema::records::lists::StatusCategoryFilter;
use crate::schema::records::relations::relation;

/// Conditions on one status interval: a time without interruption in which a cycle had a status. All conditions given must hold for the same
/// interval.
#[derive(Clone, Debug, Default, InputObject)]
pub struct StatusIntervalFilter {
    /// Status (pipeline stage) of the interval.
    pub status: Option<IdFilter>,
    /// Category of the status.
    pub category: Option<StatusCategoryFilter>,
    /// Time at which the status began.
    pub from: Option<DateTimeFilter>,
    /// Time at which the status ended; `isNull: true` matches the current status.
    pub to: Option<DateTimeFilter>,
    /// User who set the status.
    pub actor: Option<IdFilter>,
    /// Reason for losing or discarding.
    pub reason: Option<IdFilter>,
}

/// Conditions on one owner interval: a time without interruption in which the prospect had an owner. All conditions given must hold for the
/// same interval.
#[derive(Clone, Debug, Default, InputObject)]
pub struct OwnerIntervalFilter {
    /// Owner of the interval.
    pub owner: Option<IdFilter>,
    /// Time at which the ownership began.
    pub from: Option<DateTimeFilter>,
    /// Time at which the ownership ended; `isNull: true` matches the current owner.
    pub to: Option<DateTimeFilter>,
    /// User who assigned the owner.
    pub actor: Option<IdFilter>,
}

relation! {
    /// Conditions on the status intervals of a prospect.
    StatusIntervalRelationFilter of StatusIntervalFilter, STATUS_INTERVALS
}
relation! {
    /// Conditions on the owner intervals of a prospect.
    OwnerIntervalRelationFilter of OwnerIntervalFilter, OWNER_INTERVALS
}
impl StatusIntervalFilter {
    fn add_to(self, tests: &mut Tests<'_>) -> Result<()> {
        tests.id(&filterable::STATUS_INTERVAL_STATUS, self.status);
        tests.category(
            &filterable::STATUS_INTERVAL_STATUS,
            self.category.map(StatusCategoryFilter::into_test),
        );
        tests.id(&filterable::STATUS_INTERVAL_ACTOR, self.actor);
        tests.id(&filterable::STATUS_INTERVAL_REASON, self.reason);
        tests.time(&filterable::STATUS_INTERVAL_FROM, self.from)?;
        tests.time(&filterable::STATUS_INTERVAL_TO, self.to)
    }
}

impl OwnerIntervalFilter {
    fn add_to(self, tests: &mut Tests<'_>) -> Result<()> {
        tests.id(&filterable::OWNER_INTERVAL_OWNER, self.owner);
        tests.id(&filterable::OWNER_INTERVAL_ACTOR, self.actor);
        tests.time(&filterable::OWNER_INTERVAL_FROM, self.from)?;
        tests.time(&filterable::OWNER_INTERVAL_TO, self.to)
    }
}
