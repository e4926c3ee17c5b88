//! The timeline in the API: pages of it, notes and interactions.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SelectionField};
use uuid::Uuid;

use crate::ids::Kind;
use crate::resolvers::lists::page::{Page, PageArgs, Window};
use crate::resolvers::lists::total::Total;
use crate::resolvers::records::children::{Answer, ChildKey, Question, sort};
use crate::resolvers::records::prospects::parent_of;
use crate::resolvers::records::timeline::history;
use crate::resolvers::records::timeline::interactions::{self, NewInteraction};
use crate::resolvers::records::timeline::notes::{self, NewNote};
use crate::resolvers::records::timeline::{Entry, EntryFilter};
use crate::schema::connection::{Count, connection};
use crate::schema::error::{payload, to_graphql};
use crate::schema::filters::{DateTimeFilter, IdFilter, enum_filter, moment};
use crate::schema::guards::SignedIn;
use crate::schema::idempotency::{Write, beside, is_outdated};
use crate::schema::ids::reference;
use crate::schema::records::entries::{
    InteractionDirection, InteractionEntry, InteractionOutcome, InteractionType, Note, NoteEntry, TimelineEntry, TimelineEntryKind,
};
use crate::schema::records::prospects::{Prospect, by_id};
use crate::schema::scalars::DateTime;
use crate::schema::{cx, largest_page, loaders};

enum_filter! {
    /// A test of what an entry tells.
    TimelineEntryKindFilter over TimelineEntryKind
}

/// Which entries of a timeline: all tests that are given have to hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct TimelineFilter {
    /// What the entry tells.
    pub kind: Option<TimelineEntryKindFilter>,
    /// Who did it.
    pub actor: Option<IdFilter>,
    /// When it happened.
    pub occurred_at: Option<DateTimeFilter>,
    /// Whether it is kept in view above the others.
    pub is_pinned: Option<bool>,
}

connection! {
    /// A page of a timeline.
    TimelineConnection, TimelineEdge, TimelineEntry, Arc<Entry>, "entries"
}

/// A note to be written.
#[derive(InputObject)]
pub struct NoteCreateInput {
    /// An id of the client's own for the entry, for notes written offline. Left out: the server makes one.
    pub id: Option<ID>,
    /// The text: 1 to 20,000 characters.
    pub body: String,
    /// When it happened, if not now; not in the future.
    pub occurred_at: Option<DateTime>,
}

/// What a note is to read from now on.
#[derive(InputObject)]
pub struct NoteUpdateInput {
    /// The text: 1 to 20,000 characters. The present one is kept among the earlier versions, at most 100.
    pub body: String,
}

/// An interaction that happened.
#[derive(InputObject)]
pub struct InteractionLogInput {
    /// An id of the client's own for the entry, for interactions logged offline. Left out: the server makes one.
    pub id: Option<ID>,
    /// How the two sides met.
    pub r#type: InteractionType,
    /// Who reached out.
    pub direction: InteractionDirection,
    /// When it happened, if not now; not in the future.
    pub occurred_at: Option<DateTime>,
    /// How long it took, in seconds, up to 30 days.
    pub duration_seconds: Option<i32>,
    /// What came of it.
    pub outcome: Option<InteractionOutcome>,
    /// What was said: at most 20,000 characters.
    pub body: Option<String>,
}

payload! {
    /// What came of writing a note.
    NoteCreatePayload {
        /// The entry with the note. Null when there are user errors.
        entry: NoteEntry,
        /// The prospect that it is about. Null when there are user errors.
        prospect: Prospect,
    }
}

payload! {
    /// What came of editing a note.
    NoteUpdatePayload {
        /// The note as it is now, also where its version is a `CONFLICT`. Null when there are only other user errors.
        note: Note,
    }
}

payload! {
    /// What came of pinning a note.
    NotePinPayload {
        /// The note as it is now. Null when there are user errors.
        note: Note,
    }
}

payload! {
    /// What came of letting a pinned note go.
    NoteUnpinPayload {
        /// The note as it is now. Null when there are user errors.
        note: Note,
    }
}

payload! {
    /// What came of logging an interaction.
    InteractionLogPayload {
        /// The entry with the interaction. Null when there are user errors.
        entry: InteractionEntry,
        /// The prospect, whose first contact this may have been. Null when there are user errors.
        prospect: Prospect,
    }
}

#[derive(Default)]
pub struct TimelineMutation;

#[Object]
impl TimelineMutation {
    /// Writes a note about a prospect.
    async fn note_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The prospect that it is about.")] prospect_id: ID,
        #[graphql(desc = "What it says.")] input: NoteCreateInput,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<NoteCreatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let prospect_id = reference(Kind::Prospect, &prospect_id);
        let new = NewNote {
            id: entry_id(&input.id),
            body: input.body,
            occurred_at: input.occurred_at.map(|at| at.0),
        };
        let (id, user_errors) = write.run(|| notes::create(write.cx(), prospect_id, new.clone())).await?;
        let entry = written(ctx, prospect_id, id).await?.and_then(TimelineEntry::into_note);
        let prospect = if id.is_some() { by_id(ctx, prospect_id).await? } else { None };
        Ok(Some(NoteCreatePayload {
            entry,
            prospect,
            user_errors,
        }))
    }

    /// Gives a note another text; the present one is kept among the earlier versions. For its author and administrators; `FORBIDDEN` to others.
    async fn note_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which note.")] id: ID,
        #[graphql(desc = "What it is to read.")] input: NoteUpdateInput,
        #[graphql(
            desc = "The `version` that the edit is based on. If the note has another one by now, the answer is `CONFLICT`; if left out, nothing is compared."
        )]
        expected_version: Option<i32>,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<NoteUpdatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::Note, &id);
        let (changed, user_errors) = write.run(|| notes::update(write.cx(), id, &input.body, expected_version)).await?;
        let prospect_id = match changed {
            Some((prospect_id, _)) => Some(prospect_id),
            None if is_outdated(&user_errors) => beside(parent_of(write.cx().db(), Kind::Note, id).await),
            None => None,
        };
        let note = match note(ctx, prospect_id, id).await {
            read if is_outdated(&user_errors) => beside(read),
            read => read?,
        };
        Ok(Some(NoteUpdatePayload { note, user_errors }))
    }

    /// Keeps a note in view above the other entries. One that is pinned stays so.
    async fn note_pin(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which note.")] id: ID,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<NotePinPayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::Note, &id);
        let (prospect_id, user_errors) = write.run(|| notes::set_pinned(write.cx(), id, true)).await?;
        Ok(Some(NotePinPayload {
            note: note(ctx, prospect_id, id).await?,
            user_errors,
        }))
    }

    /// Lets a pinned note go back to its place. One that is not pinned stays so.
    async fn note_unpin(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which note.")] id: ID,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<NoteUnpinPayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::Note, &id);
        let (prospect_id, user_errors) = write.run(|| notes::set_pinned(write.cx(), id, false)).await?;
        Ok(Some(NoteUnpinPayload {
            note: note(ctx, prospect_id, id).await?,
            user_errors,
        }))
    }

    /// Logs a call, e-mail, meeting, visit or chat. The earliest outgoing one is the prospect's first contact.
    async fn interaction_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The prospect with whom it happened.")] prospect_id: ID,
        #[graphql(desc = "What happened.")] input: InteractionLogInput,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<InteractionLogPayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let prospect_id = reference(Kind::Prospect, &prospect_id);
        let new = NewInteraction {
            id: entry_id(&input.id),
            kind: input.r#type.into(),
            direction: input.direction.into(),
            occurred_at: input.occurred_at.map(|at| at.0),
            duration_seconds: input.duration_seconds,
            outcome: input.outcome.map(Into::into),
            body: input.body,
        };
        let (id, user_errors) = write.run(|| interactions::log(write.cx(), prospect_id, new.clone())).await?;
        let entry = written(ctx, prospect_id, id).await?.and_then(TimelineEntry::into_interaction);
        let prospect = if id.is_some() { by_id(ctx, prospect_id).await? } else { None };
        Ok(Some(InteractionLogPayload {
            entry,
            prospect,
            user_errors,
        }))
    }
}

#[derive(Default)]
pub struct TimelineQuery;

#[Object]
impl TimelineQuery {
    /// Everything that has happened to the prospects that the caller may see, newest first by when it happened, equal ones by id.
    /// Null where the list could not be answered: the reason is in `errors`, with the path of the field.
    #[graphql(guard = "SignedIn")]
    async fn timeline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which entries; all if left out.")] filter: Option<TimelineFilter>,
        #[graphql(desc = "How many from the start of the list or after `after`: 0 to 100, 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "How many from the end of the list or before `before`: 0 to 100. Not together with `first` or `after`.")]
        last: Option<i32>,
        #[graphql(desc = "The cursor before which the page ends.")] before: Option<String>,
    ) -> Result<Option<TimelineConnection>> {
        let filter = entry_filter(ctx, filter)?;
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = history::page(cx(ctx), &filter, &args).await.map_err(to_graphql)?;
        let count = Count::new(move |cx| {
            let filter = filter.clone();
            async move { history::count(&cx, &filter).await }
        });
        Ok(Some(TimelineConnection { page, count }))
    }
}

/// A page of the timeline of a prospect.
pub async fn timeline_of(
    ctx: &Context<'_>,
    prospect_id: Uuid,
    filter: Option<TimelineFilter>,
    args: PageArgs,
) -> Result<TimelineConnection> {
    let window = args.window(&sort::<Entry>(), largest_page(ctx)).map_err(to_graphql)?;
    let filter = entry_filter(ctx, filter)?;
    let page = page(ctx, prospect_id, window.clone(), filter.clone()).await?;
    let page = page.map_or_else(|| window.page(Vec::new(), Arc::new(sort::<Entry>())), |page| Page::clone(&page));
    let loader = loaders(ctx).entries.clone();
    let count = Count::new(move |cx| {
        let (loader, question) = (
            loader.clone(),
            Question::Count {
                filter: EntryFilter {
                    with_bodies: false,
                    ..filter.clone()
                },
            },
        );
        async move {
            let key = ChildKey {
                scope: cx.scope()?,
                parent_id: prospect_id,
                question: Arc::new(question),
            };
            Ok(Total::exact(match loader.load(key).await? {
                Some(Answer::Count(count)) => count,
                _ => 0,
            }))
        }
    });
    Ok(TimelineConnection { page, count })
}

fn entry_filter(ctx: &Context<'_>, filter: Option<TimelineFilter>) -> Result<EntryFilter> {
    let filter = filter.unwrap_or_default();
    let occurred_at = filter.occurred_at.map(|test| test.into_test(&moment(ctx)));
    let filter = EntryFilter {
        with_bodies: wants_bodies(ctx),
        kind: filter.kind.map(TimelineEntryKindFilter::into_test),
        actor: filter.actor.map(|actor| actor.into_test(Kind::User)),
        occurred_at: occurred_at.transpose().map_err(to_graphql)?,
        is_pinned: filter.is_pinned,
        id: None,
    };
    filter.check().map_err(to_graphql)?;
    Ok(filter)
}

/// One entry of a prospect's timeline with its body; None where it does not exist or is not visible.
pub async fn entry(ctx: &Context<'_>, prospect_id: Uuid, id: Uuid) -> Result<Option<TimelineEntry>> {
    let window = Window {
        size: 1,
        is_backward: false,
        position: None,
    };
    let filter = EntryFilter {
        with_bodies: true,
        id: Some(id),
        ..Default::default()
    };
    let page = page(ctx, prospect_id, window, filter).await?;
    Ok(page.and_then(|page| page.rows.first().cloned()).map(TimelineEntry::from))
}

async fn page(ctx: &Context<'_>, prospect_id: Uuid, window: Window, filter: EntryFilter) -> Result<Option<Arc<Page<Arc<Entry>>>>> {
    let scope = cx(ctx).scope().map_err(to_graphql)?;
    let key = ChildKey {
        scope,
        parent_id: prospect_id,
        question: Arc::new(Question::Page { window, filter }),
    };
    Ok(match loaders(ctx).entries.load(key).await.map_err(to_graphql)? {
        Some(Answer::Page(page)) => Some(page),
        _ => None,
    })
}

async fn written(ctx: &Context<'_>, prospect_id: Uuid, id: Option<Uuid>) -> Result<Option<TimelineEntry>> {
    match id {
        Some(id) => entry(ctx, prospect_id, id).await,
        None => Ok(None),
    }
}

async fn note(ctx: &Context<'_>, prospect_id: Option<Uuid>, id: Uuid) -> Result<Option<Note>> {
    let entry = written(ctx, prospect_id.unwrap_or_default(), prospect_id.map(|_| id)).await?;
    Ok(entry.and_then(TimelineEntry::into_note).and_then(NoteEntry::into_note))
}

/// The id of an entry given by a client; nil where it is malformed.
fn entry_id(id: &Option<ID>) -> Option<Uuid> {
    id.as_ref().map(|id| reference(Kind::TimelineEntry, id))
}

/// Whether anything is selected that is not in the narrow row of an entry.
fn wants_bodies(ctx: &Context<'_>) -> bool {
    const NARROW: [&str; 7] = ["__typename", "id", "occurredAt", "recordedAt", "actor", "isPinned", "prospect"];
    let wide = |nodes: SelectionField<'_>| nodes.selection_set().any(|field| !NARROW.contains(&field.name()));
    ctx.field().selection_set().any(|field| match field.name() {
        "nodes" => wide(field),
        "edges" => field.selection_set().any(|edge| edge.name() == "node" && wide(edge)),
        _ => false,
    })
}
