//! Filters of timelines, and their conversion to what resolvers take.

use async_graphql::{Context, InputObject};
use uuid::Uuid;

use crate::error::Result;
use crate::ids::Kind;
use crate::resolvers::filter::Fragment;
use crate::resolvers::records::timeline::{EntryFilter, prospect_condition};
use crate::schema::cx;
use crate::schema::filters::{DateTimeFilter, FilterContext, IdFilter, enum_filter, request_clock};
use crate::schema::records::entries::{InteractionDirection, InteractionOutcome, InteractionType, TimelineEntryKind};
use crate::schema::records::lists::ProspectFilter;

enum_filter! {
    /// Condition on the kind of entry.
    TimelineEntryKindFilter over TimelineEntryKind
}
enum_filter! {
    /// Condition on the form of an interaction. All conditions given must hold.
    InteractionTypeFilter over InteractionType, absent: "True matches entries that are no interactions, false interactions."
}
enum_filter! {
    /// Condition on the direction of an interaction. All conditions given must hold.
    InteractionDirectionFilter over InteractionDirection, absent: "True matches entries that are no interactions, false interactions."
}
enum_filter! {
    /// Condition on the outcome of an interaction. All conditions given must hold.
    InteractionOutcomeFilter over InteractionOutcome,
        absent: "True matches entries without an outcome, which are interactions or not, false those with one."
}

/// Conditions on timeline entries. All conditions given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct TimelineFilter {
    /// Kind of entry.
    pub kind: Option<TimelineEntryKindFilter>,
    /// User who caused the event.
    pub actor: Option<IdFilter>,
    /// Form of the interaction.
    pub interaction_type: Option<InteractionTypeFilter>,
    /// Direction of the interaction.
    pub interaction_direction: Option<InteractionDirectionFilter>,
    /// Outcome of the interaction.
    pub interaction_outcome: Option<InteractionOutcomeFilter>,
    /// Time of the event.
    pub occurred_at: Option<DateTimeFilter>,
    /// True if the entry is pinned above the others.
    pub is_pinned: Option<bool>,
    /// Conditions on the prospect of the entry.
    pub prospect: Option<Box<ProspectFilter>>,
}

impl TimelineFilter {
    /// The conditions at the time of the request, for the timelines of all prospects.
    pub fn into_filter(mut self, ctx: &Context<'_>, with_bodies: bool) -> Result<EntryFilter> {
        let prospect = self.prospect.take();
        Ok(EntryFilter {
            prospect: prospect.map(|prospect| condition(ctx, *prospect)).transpose()?,
            ..self.into_own_filter(ctx, with_bodies)?
        })
    }

    /// The same for the timeline of a certain prospect.
    pub fn into_own_filter(self, ctx: &Context<'_>, with_bodies: bool) -> Result<EntryFilter> {
        let occurred_at = self.occurred_at.map(|test| test.into_test(&request_clock(ctx)));
        let filter = EntryFilter {
            with_bodies,
            kind: self.kind.map(TimelineEntryKindFilter::into_test),
            actor: self.actor.map(|actor| actor.into_test(Kind::User)),
            interaction_type: self.interaction_type.map(InteractionTypeFilter::into_test),
            interaction_direction: self.interaction_direction.map(InteractionDirectionFilter::into_test),
            interaction_outcome: self.interaction_outcome.map(InteractionOutcomeFilter::into_test),
            occurred_at: occurred_at.transpose()?,
            is_pinned: self.is_pinned,
            own_prospect: self.prospect.map(|prospect| condition(ctx, *prospect)).transpose()?,
            hidden: hidden_attributes(ctx)?,
            ..EntryFilter::default()
        };
        filter.check()?;
        Ok(filter)
    }
}

/// Attributes that the caller may not know of.
pub fn hidden_attributes(ctx: &Context<'_>) -> Result<Vec<Uuid>> {
    Ok(cx(ctx).catalogs().definitions.hidden_from(cx(ctx).viewer()?))
}

fn condition(ctx: &Context<'_>, prospect: ProspectFilter) -> Result<Fragment> {
    prospect_condition(cx(ctx), prospect.into_filter(&FilterContext::of(ctx))?)
}
