//! The period of a report: bounds of a time of its records, given by themselves or, of prospects, at the top of their filter.

use super::Compilation;
use super::groups::Key;
use crate::resolvers::filter::{ColumnTest, Filter, Predicate, Test, TimeTest};
use crate::resolvers::records::filterable;
use crate::rules::reports::Request;
use crate::rules::reports::catalogue::Dataset;

/// From an instant on, before another, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    pub from: Option<i64>,
    pub to: Option<i64>,
    /// Whether the conditions of the prospects have these bounds as well.
    pub is_of_filter: bool,
}

impl Period {
    /// The period of a request, and the filter of its prospects without it.
    pub fn of(request: &Request, filter: Filter, now: i64) -> (Period, Filter) {
        let is_compared = request.comparison.is_some();
        let (mut period, rest) = match (request.period, request.dataset) {
            (Some(period), _) => {
                let period = Period {
                    from: period.from,
                    to: period.to,
                    is_of_filter: false,
                };
                (period, filter)
            }
            (None, Dataset::Prospects) => {
                let mut period = Period {
                    is_of_filter: true,
                    ..Period::default()
                };
                let rest = period.take(filter, is_compared);
                (period, rest)
            }
            (None, _) => (Period::default(), filter),
        };
        // The earlier period has an end: what lies after the report, such as tasks due later, would have nothing to be compared with.
        if is_compared && period.to.is_none() {
            period.to = period.bounds(now).map(|(_, to)| to);
        }
        (period, rest)
    }

    fn take(&mut self, filter: Filter, is_compared: bool) -> Filter {
        match filter {
            Filter::All(filters) => Filter::All(filters.into_iter().map(|filter| self.take(filter, is_compared)).collect()),
            Filter::Is(Predicate::Column(test)) if *test.column == filterable::CREATED_AT => {
                let rest = match &test.test {
                    Test::Time(time) => {
                        self.from = self.from.max(time.gte);
                        self.to = [self.to, time.lt].into_iter().flatten().min();
                        Test::Time(TimeTest {
                            is_null: time.is_null,
                            ..TimeTest::default()
                        })
                    }
                    // In the earlier period the clocks may have another offset.
                    Test::Bucket(bucket) if is_compared => Test::Bucket(bucket.unbounded()),
                    other => other.clone(),
                };
                ColumnTest { test: rest, ..*test }.into()
            }
            other => other,
        }
    }

    /// The bounds of a period that has a beginning. One without an end includes the instant of the request.
    pub fn bounds(&self, now: i64) -> Option<(i64, i64)> {
        let from = self.from?;
        Some((from, Ord::max(from, self.to.unwrap_or(now + 1))))
    }

    /// The earlier period that the report is compared with.
    pub fn earlier(compilation: &Compilation<'_>) -> Option<Period> {
        let plan = compilation.plan;
        let bounds = compilation.period.bounds(compilation.cx.began_at)?;
        let of_period = plan.dimensions.iter().filter(|dimension| plan.is_of_period(dimension));
        // Weekdays and hours of the day are the same in all periods.
        let grain = of_period.filter_map(|dimension| dimension.grain).find(|grain| grain.is_period());
        let (from, to) = plan.calendar.earlier(plan.comparison?, grain, bounds)?;
        Some(Period {
            from: Some(from),
            to: Some(to),
            ..compilation.period
        })
    }

    /// The keys of the group that a group is compared with.
    pub fn counterpart(&self, compilation: &Compilation<'_>, keys: &[Key]) -> Option<Vec<Key>> {
        let plan = compilation.plan;
        let bounds = self.bounds(compilation.cx.began_at)?;
        let each = plan
            .dimensions
            .iter()
            .zip(keys)
            .map(|(dimension, key)| match (key, dimension.grain) {
                (Key::Integer(bucket), Some(grain)) if plan.is_of_period(dimension) => {
                    let bucket = plan.calendar.counterpart(plan.comparison?, grain, bounds, *bucket);
                    bucket.map(Key::Integer)
                }
                _ => Some(key.clone()),
            });
        each.collect()
    }
}
