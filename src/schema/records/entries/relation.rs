//! Timeline entries as conditions on their prospects and on the records of reports.

use std::borrow::Cow;

use async_graphql::InputObject;

use super::filters::TimelineFilter;
use crate::entities::records::{interaction, timeline_entry};
use crate::error::Result;
use crate::resolvers::filter::{Filter, Quantifier, Rows, RowsTest};
use crate::resolvers::records::filterable;
use crate::resolvers::records::timeline::readable;
use crate::schema::filters::{FilterContext, Tests, combine};

/// Conditions on the timeline entries of a prospect.
#[derive(Clone, Debug, Default, InputObject)]
pub struct TimelineRelationFilter {
    /// At least one item matches. Without conditions: there is at least one item.
    pub some: Option<TimelineFilter>,
    /// No item matches. Without conditions: there are no items.
    pub none: Option<TimelineFilter>,
    /// All items match. True if there are no items.
    pub every: Option<TimelineFilter>,
}

impl TimelineRelationFilter {
    /// Adds one condition for each quantifier given.
    pub fn add_to(self, all: &mut Tests<'_>) -> Result<()> {
        let quantified = [
            (Quantifier::Some, self.some),
            (Quantifier::None, self.none),
            (Quantifier::Every, self.every),
        ];
        for (quantifier, filter) in quantified {
            let Some(mut filter) = filter else { continue };
            let prospect = filter.prospect.take();
            let mut tests = Tests::new(all.context);
            filter.add_to(&mut tests)?;
            let entries = Filter::All(tests.all);
            let rows = existing(all.context)?;
            all.all.push(match prospect {
                None => RowsTest::of(rows, quantifier, entries).into(),
                Some(prospect) => with_prospect(rows, quantifier, entries, prospect.into_filter(all.context)?),
            });
        }
        Ok(())
    }
}

impl TimelineFilter {
    /// Resolves the input against the clock of the request, as a filter of entries beside their prospects.
    pub fn into_entries(mut self, context: &FilterContext) -> Result<Filter> {
        let prospect = self.prospect.take();
        let prospect = prospect.map(|prospect| prospect.into_filter(context)).transpose()?;
        let mut tests = Tests::new(context);
        self.add_to(&mut tests)?;
        Ok(combine(tests.all, prospect.map(|prospect| vec![prospect]), None, None))
    }

    /// Adds the conditions on the entry itself.
    fn add_to(self, tests: &mut Tests<'_>) -> Result<()> {
        tests.value(
            &filterable::ENTRY_KIND,
            self.kind.map(|test| test.into_test::<timeline_entry::EntryKind>().stored()),
        );
        tests.id(&filterable::ENTRY_ACTOR, self.actor);
        tests.value(
            &filterable::INTERACTION_TYPE,
            self.interaction_type
                .map(|test| test.into_test::<interaction::InteractionType>().stored()),
        );
        tests.value(
            &filterable::INTERACTION_DIRECTION,
            self.interaction_direction
                .map(|test| test.into_test::<interaction::Direction>().stored()),
        );
        tests.value(
            &filterable::INTERACTION_OUTCOME,
            self.interaction_outcome
                .map(|test| test.into_test::<interaction::Outcome>().stored()),
        );
        tests.flag(&filterable::IS_PINNED, self.is_pinned);
        tests.time(&filterable::OCCURRED_AT, self.occurred_at)
    }
}

/// All entries of a prospect have that prospect, so the conditions on it are beside those on its entries. A prospect without entries passes
/// `none` and `every` whatever it is.
fn with_prospect(rows: Cow<'static, Rows>, quantifier: Quantifier, entries: Filter, prospect: Filter) -> Filter {
    // In one list with the entries, its conditions are one level deeper, as the input has them.
    let prospect = match prospect {
        Filter::All(tests) => tests,
        other => vec![other],
    };
    let both = |quantifier: Quantifier| {
        let entries = RowsTest::of(rows.clone(), quantifier, entries).into();
        Filter::All([vec![entries], prospect].concat())
    };
    match quantifier {
        Quantifier::Some => both(Quantifier::Some),
        Quantifier::None => Filter::Not(Box::new(both(Quantifier::Some))),
        Quantifier::Every => {
            let has_none = RowsTest::of(rows.clone(), Quantifier::None, Filter::default());
            Filter::Any(vec![has_none.into(), both(Quantifier::Every)])
        }
    }
}

/// The entries that exist for the caller: those about attributes that the caller may not know of do not.
fn existing(context: &FilterContext) -> Result<Cow<'static, Rows>> {
    let rows = &filterable::ENTRIES;
    let cx = context.cx();
    let hidden = cx.catalogs().definitions.hidden_from(context.viewer()?);
    Ok(match readable(cx.db().backend(), rows.table, &hidden) {
        Some(readable) => Cow::Owned(Rows {
            live: Some(readable.into()),
            ..rows.clone()
        }),
        None => Cow::Borrowed(rows),
    })
}
