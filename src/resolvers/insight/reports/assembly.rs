//! The answer of a report: its groups as rows with cells, totals, comparison, and what they open.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::derived::{RunningTotals, derive};
use super::drill_down::{Opening, OpeningSource};
use super::groups::{self, Group};
use super::labels::Labels;
use super::{Cell, Compared, Compilation, Report, Row, Total, columns};
use crate::rules::reports::numbers::change;

/// What an answer is made of, beside its groups.
pub(super) struct Assembly<'a> {
    pub compilation: &'a Compilation<'a>,
    pub labels: Arc<Labels>,
    /// What the rows open.
    pub opens: Arc<OpeningSource>,
    pub totals: Option<Group>,
    /// The groups that are compared with.
    pub earlier: Vec<Group>,
    pub earlier_totals: Option<Group>,
    pub running_before: RunningTotals,
}

impl Assembly<'_> {
    /// The answer of these groups: computed, restricted, sorted and cut.
    pub fn assemble(self, mut rows: Vec<Group>, subtotals: Vec<Group>) -> Report {
        let plan = self.compilation.plan;
        self.derive(&mut rows);
        groups::restrict(plan, &mut rows);
        groups::sort(plan, &self.labels, &mut rows);
        let row_count = rows.len();
        let rest = rows.split_off(Ord::min(plan.limit, row_count));
        let earlier = groups::by_keys(&self.earlier);
        let mut answered: Vec<Row> = rows.iter().map(|group| self.row(group, &earlier)).collect();
        if plan.has_others && !rest.is_empty() {
            answered.push(self.others(&rest));
        }
        Report {
            columns: columns::columns(plan, &self.labels),
            rows: answered,
            totals: self.totals(),
            subtotals: self.subtotals(subtotals),
            row_count,
            is_truncated: !rest.is_empty(),
            generated_at: self.compilation.cx.began_at,
        }
    }

    /// Computes what depends on the other groups of the same dimensions.
    fn derive(&self, groups: &mut [Group]) {
        let plan = self.compilation.plan;
        let running = RunningTotals::of(plan, groups);
        for group in groups {
            derive(plan, group, self.totals.as_ref(), &running);
        }
    }

    fn totals(&self) -> Vec<Total> {
        let plan = self.compilation.plan;
        let Some(totals) = self.totals.as_ref().filter(|_| plan.has_totals) else {
            return Vec::new();
        };
        let mut totals = [totals.clone()];
        self.derive(&mut totals);
        let earlier = self.earlier_totals.clone().filter(|_| plan.comparison.is_some());
        let mut comparison = earlier
            .map_or_else(Vec::new, |earlier| self.changes(earlier, &totals[0]))
            .into_iter();
        let dimensions = plan.dimensions.iter().map(|_| None);
        let numbers = dimensions.chain(totals[0].numbers(plan));
        numbers
            .map(|number| Total {
                number,
                comparison: comparison.next(),
            })
            .collect()
    }

    /// Those of the first dimension, then those of the first two, and so on.
    fn subtotals(&self, groups: Vec<Group>) -> Vec<Row> {
        let plan = self.compilation.plan;
        let mut levels: Vec<Vec<Group>> = vec![Vec::new(); plan.dimensions.len()];
        for group in groups {
            levels[group.keys.len()].push(group);
        }
        let mut answered = Vec::new();
        for mut groups in levels {
            self.derive(&mut groups);
            groups::sort(plan, &self.labels, &mut groups);
            answered.extend(groups.iter().map(|group| self.plain_row(group)));
        }
        answered
    }

    fn row(&self, group: &Group, earlier: &groups::ByKeys<'_>) -> Row {
        let mut row = self.plain_row(group);
        if self.compilation.plan.comparison.is_some() {
            row.comparison = self.compared(group, earlier);
        }
        row
    }

    /// A row without a comparison. The cells of dimensions that it is not of are empty.
    fn plain_row(&self, group: &Group) -> Row {
        let plan = self.compilation.plan;
        let level = group.keys.len();
        let mut cells: Vec<Cell> = (0..level).map(|place| self.labels.cell(plan, place, group)).collect();
        cells.resize_with(plan.dimensions.len(), Cell::default);
        cells.extend(group.numbers(plan).map(number_cell));
        Row {
            cells,
            comparison: Vec::new(),
            opens: Opening::new(&self.opens, std::slice::from_ref(group)),
            level,
            is_others: false,
        }
    }

    fn compared(&self, group: &Group, earlier: &groups::ByKeys<'_>) -> Vec<Compared> {
        let plan = self.compilation.plan;
        let keys = self.compilation.period.counterpart(self.compilation, &group.keys);
        let found = keys.as_ref().and_then(|keys| earlier.get(keys).copied().cloned());
        self.changes(found.unwrap_or_else(|| Group::empty(plan, keys.unwrap_or_default())), group)
    }

    /// The measures of a group of the earlier period, and the changes from them, one for each column.
    fn changes(&self, mut before: Group, now: &Group) -> Vec<Compared> {
        let plan = self.compilation.plan;
        derive(plan, &mut before, self.earlier_totals.as_ref(), &self.running_before);
        let measures = before.numbers(plan).zip(now.numbers(plan)).map(|(before, now)| Compared {
            number: before,
            change: before.zip(now).and_then(|(before, now)| change(before, now)),
        });
        let dimensions = plan.dimensions.iter().map(|_| Compared::default());
        dimensions.chain(measures).collect()
    }

    fn others(&self, rest: &[Group]) -> Row {
        let plan = self.compilation.plan;
        let mut sum = Group::empty(plan, Vec::new());
        for group in rest {
            sum.add(plan, group);
        }
        let mut sum = [sum];
        self.derive(&mut sum);
        let label = self.labels.others();
        let dimensions = plan.dimensions.iter().enumerate().map(|(place, _)| Cell {
            text: (place == 0).then(|| label.clone()),
            ..Cell::default()
        });
        let cells = dimensions.chain(sum[0].numbers(plan).map(number_cell)).collect();
        Row {
            cells,
            comparison: Vec::new(),
            opens: Opening::new(&self.opens, rest),
            level: plan.dimensions.len(),
            is_others: true,
        }
    }
}

fn number_cell(number: Option<Decimal>) -> Cell {
    Cell {
        text: number.map(|number| number.to_string()),
        number,
        ..Cell::default()
    }
}
