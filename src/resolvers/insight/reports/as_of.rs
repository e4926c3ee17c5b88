//! Conditions as of the instant of a report: of what its dimensions show as of then, the conditions are on the values of then as well.

use std::borrow::Cow;

use crate::resolvers::filter::{Column, ColumnTest, Filter, Predicate, RowsTest};
use crate::resolvers::records::filterable;
use crate::rules::reports::{Instant, Moment};

/// What conditions read of the intervals at the instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Intervals {
    pub status: bool,
    pub owner: bool,
}

/// The filter with its conditions on the status, the condition, the current cycle and the owner as of the instant.
pub fn filter(filter: Filter, instant: Instant) -> (Filter, Intervals) {
    let mut read = Intervals::default();
    let filter = mapped(filter, instant, &mut read);
    (filter, read)
}

fn mapped(filter: Filter, instant: Instant, read: &mut Intervals) -> Filter {
    let mut each = |filters: Vec<Filter>| filters.into_iter().map(|filter| mapped(filter, instant, read)).collect();
    match filter {
        Filter::All(filters) => Filter::All(each(filters)),
        Filter::Any(filters) => Filter::Any(each(filters)),
        Filter::Not(filter) => Filter::Not(Box::new(mapped(*filter, instant, read))),
        Filter::Is(Predicate::Column(test)) => column(*test, instant, read).into(),
        Filter::Is(Predicate::Rows(test)) => rows(test, instant, read).into(),
        Filter::Is(Predicate::Search(words)) => Filter::Is(Predicate::Search(words)),
    }
}

fn column(test: ColumnTest, instant: Instant, read: &mut Intervals) -> ColumnTest {
    let of_status = instant.status == Moment::Then;
    let sql = if of_status && *test.column == filterable::STATUS {
        read.status = true;
        "sn.status_id".to_owned()
    } else if of_status && *test.column == filterable::IS_CLIENT {
        format!("coalesce(prospects.client_since < {}, FALSE)", instant.at)
    } else if instant.owner == Moment::Then && *test.column == filterable::OWNER {
        read.owner = true;
        "wn.owner_id".to_owned()
    } else {
        return test;
    };
    let column = Column {
        sql: Cow::Owned(sql),
        is_nullable: true,
        ..test.column.into_owned()
    };
    ColumnTest {
        column: Cow::Owned(column),
        ..test
    }
}

/// The current cycle of then, with the reason of then.
fn rows(test: RowsTest, instant: Instant, read: &mut Intervals) -> RowsTest {
    if instant.status != Moment::Then || *test.rows != filterable::CURRENT_CYCLE {
        return test;
    }
    read.status = true;
    let mut rows = test.rows.into_owned();
    rows.of = Cow::Borrowed("sn.cycle_id");
    RowsTest {
        rows: Cow::Owned(rows),
        filter: Box::new(reason(*test.filter)),
        ..test
    }
}

fn reason(filter: Filter) -> Filter {
    let each = |filters: Vec<Filter>| filters.into_iter().map(reason).collect();
    match filter {
        Filter::All(filters) => Filter::All(each(filters)),
        Filter::Any(filters) => Filter::Any(each(filters)),
        Filter::Not(filter) => Filter::Not(Box::new(reason(*filter))),
        Filter::Is(Predicate::Column(test)) if *test.column == filterable::CYCLE_REASON => {
            let column = Column {
                sql: Cow::Borrowed("sn.reason_id"),
                ..test.column.into_owned()
            };
            ColumnTest {
                column: Cow::Owned(column),
                ..*test
            }
            .into()
        }
        other => other,
    }
}
