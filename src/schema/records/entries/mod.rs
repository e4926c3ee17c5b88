//! The kinds of timeline entries.

mod children;
/// Filters of timelines.
pub mod filters;
mod interactions;
mod notes;
/// Entries as conditions on prospects.
pub mod relation;

use std::collections::HashSet;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Interface, Object, Result, SimpleObject};
use uuid::Uuid;

pub use children::{DocumentEntry, TaskEntry};
pub use interactions::{Interaction, InteractionDirection, InteractionOutcome, InteractionType};
pub use notes::{Note, NoteVersion};

use crate::entities::records::timeline_entry::{self, EntryKind};
use crate::ids::Kind;
use crate::resolvers::records::duplicates::DuplicateReason;
use crate::resolvers::records::prospects::ProspectKey;
use crate::resolvers::records::timeline::{self, Change, Entry};
use crate::rules::process;
use crate::schema::access::users::User;
use crate::schema::error::to_graphql;
use crate::schema::ids::encode;
use crate::schema::process::status::ReopenKind;
use crate::schema::records::duplicates::PossibleDuplicateReason;
use crate::schema::records::prospects::{Prospect, by_id, user};
use crate::schema::scalars::DateTime;
use crate::schema::setup::{reasons::Reason, statuses::Status};
use crate::schema::text::Text;
use crate::schema::{cx, loaders};

/// Kinds of timeline entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "timeline_entry::EntryKind")]
pub enum TimelineEntryKind {
    /// The prospect was registered.
    Created,
    /// A note was written.
    Note,
    /// An interaction with the prospect was logged.
    Interaction,
    /// The status changed.
    StatusChange,
    /// The owner changed.
    OwnerChange,
    /// Fields of the record were edited.
    FieldChange,
    /// The prospect was deleted.
    Deleted,
    /// The prospect was restored after a deletion.
    Restored,
    /// A task changed.
    Task,
    /// A document changed.
    Document,
    /// A user who cannot see the prospect registered a possible duplicate of it.
    DuplicateAttempt,
}

/// A timeline entry (activity feed item): one event in the history of a prospect.
// Clippy takes two fields of one type for duplicates.
#[allow(clippy::duplicated_attributes)]
#[derive(Clone, Interface)]
#[graphql(
    field(name = "id", ty = "ID", desc = "Permanent ID of the entry."),
    field(name = "occurred_at", ty = "DateTime", desc = "Time of the event. The timeline is sorted by it."),
    field(name = "recorded_at", ty = "DateTime", desc = "Time of recording, which may be later."),
    field(name = "actor", ty = "Option<User>", desc = "User who caused the event. Null if no user did."),
    field(name = "is_pinned", ty = "bool", desc = "True if the entry is pinned above the others."),
    field(
        name = "prospect",
        ty = "Result<Option<Prospect>>",
        desc = "Prospect of the entry. Null if the caller can no longer see it."
    )
)]
pub enum TimelineEntry {
    CreatedEntry(CreatedEntry),
    NoteEntry(NoteEntry),
    InteractionEntry(InteractionEntry),
    StatusChangeEntry(StatusChangeEntry),
    OwnerChangeEntry(OwnerChangeEntry),
    FieldChangeEntry(FieldChangeEntry),
    DeletedEntry(DeletedEntry),
    RestoredEntry(RestoredEntry),
    TaskEntry(TaskEntry),
    DocumentEntry(DocumentEntry),
    DuplicateAttemptEntry(DuplicateAttemptEntry),
}

impl From<Arc<Entry>> for TimelineEntry {
    fn from(entry: Arc<Entry>) -> Self {
        match entry.kind {
            EntryKind::Created => TimelineEntry::CreatedEntry(CreatedEntry(entry)),
            EntryKind::Note => TimelineEntry::NoteEntry(NoteEntry(entry)),
            EntryKind::Interaction => TimelineEntry::InteractionEntry(InteractionEntry(entry)),
            EntryKind::StatusChange => TimelineEntry::StatusChangeEntry(StatusChangeEntry(entry)),
            EntryKind::OwnerChange => TimelineEntry::OwnerChangeEntry(OwnerChangeEntry(entry)),
            EntryKind::FieldChange => TimelineEntry::FieldChangeEntry(FieldChangeEntry(entry)),
            EntryKind::Deleted => TimelineEntry::DeletedEntry(DeletedEntry(entry)),
            EntryKind::Restored => TimelineEntry::RestoredEntry(RestoredEntry(entry)),
            EntryKind::Task => TimelineEntry::TaskEntry(TaskEntry(entry)),
            EntryKind::Document => TimelineEntry::DocumentEntry(DocumentEntry(entry)),
            EntryKind::DuplicateAttempt => TimelineEntry::DuplicateAttemptEntry(DuplicateAttemptEntry(entry)),
        }
    }
}

/// Declares a kind of entry: the common fields and its own.
macro_rules! entry {
    ($(#[doc = $doc:literal])+ $name:ident { $($own:tt)* }) => {
        $(#[doc = $doc])+
        #[derive(Clone)]
        pub struct $name(pub Arc<Entry>);

        $(#[doc = $doc])+
        #[Object]
        impl $name {
            /// Permanent ID of the entry.
            pub async fn id(&self) -> ID {
                encode(Kind::TimelineEntry, self.0.id)
            }

            /// Time of the event. The timeline is sorted by it.
            pub async fn occurred_at(&self) -> DateTime {
                DateTime(self.0.occurred_at)
            }

            /// Time of recording, which may be later.
            pub async fn recorded_at(&self) -> DateTime {
                DateTime(self.0.recorded_at)
            }

            /// User who caused the event. Null if no user did.
            pub async fn actor(&self, ctx: &Context<'_>) -> Option<User> {
                user(ctx, self.0.actor_id)
            }

            /// True if the entry is pinned above the others.
            pub async fn is_pinned(&self) -> bool {
                self.0.pinned_at.is_some()
            }

            /// Prospect of the entry. Null if the caller can no longer see it.
            pub async fn prospect(&self, ctx: &Context<'_>) -> Result<Option<Prospect>> {
                by_id(ctx, self.0.prospect_id).await
            }

            $($own)*
        }
    };
}
pub(crate) use entry;

entry! {
    /// The prospect was registered.
    CreatedEntry {}
}

entry! {
    /// The prospect was deleted. The entry is visible after a restore.
    DeletedEntry {}
}

entry! {
    /// The prospect was restored after a deletion.
    RestoredEntry {}
}

entry! {
    /// A note was written.
    NoteEntry {
        /// The note with its current text. Never null.
        async fn note(&self) -> Option<Note> {
            Note::of(self.0.clone())
        }
    }
}

entry! {
    /// An interaction with the prospect was logged.
    InteractionEntry {
        /// The interaction. Never null.
        async fn interaction(&self) -> Option<Interaction> {
            Interaction::of(&self.0)
        }
    }
}

entry! {
    /// The status changed.
    StatusChangeEntry {
        /// Status before the change. Null if there was none.
        async fn from(&self, ctx: &Context<'_>) -> Option<Status> {
            status(ctx, change(&self.0)?.from)
        }

        /// Status after the change. Null only until a status just created on another server is known to this one.
        async fn to(&self, ctx: &Context<'_>) -> Option<Status> {
            status(ctx, change(&self.0)?.to)
        }

        /// Reason for losing or discarding the prospect. Null for other changes.
        async fn reason(&self, ctx: &Context<'_>) -> Option<Reason> {
            let id = Uuid::try_parse(change(&self.0)?.reason.as_deref()?).ok()?;
            cx(ctx).catalogs().reasons.get(id).cloned().map(Reason::from)
        }

        /// Comment on the change. Null if not set.
        async fn reason_note(&self) -> Option<Text<'_>> {
            change(&self.0)?.note.as_deref().map(Text::from)
        }

        /// Way in which a closed status was left. Null if the previous status was open.
        async fn reopened_as(&self) -> Option<ReopenKind> {
            process::ReopenKind::from_name(change(&self.0)?.reopen_as.as_deref()?).map(ReopenKind::from)
        }
    }
}

entry! {
    /// The owner changed.
    OwnerChangeEntry {
        /// Previous owner. Null if there was none.
        async fn previous_owner(&self, ctx: &Context<'_>) -> Option<User> {
            user(ctx, change(&self.0)?.from)
        }

        /// New owner. Null if there is none.
        async fn new_owner(&self, ctx: &Context<'_>) -> Option<User> {
            user(ctx, change(&self.0)?.to)
        }

        /// Comment on the change. Null if not set.
        async fn comment(&self) -> Option<Text<'_>> {
            change(&self.0)?.reason.as_deref().map(Text::from)
        }
    }
}

entry! {
    /// An edit of fields of the record: one entry per save.
    FieldChangeEntry {
        /// Changed fields, without attributes that the caller may not know of and without references to prospects that are not visible. At most
        /// 1,000.
        async fn changes(&self, ctx: &Context<'_>) -> Result<Vec<FieldChange>> {
            field_changes(ctx, &self.0).await
        }
    }
}

entry! {
    /// A user who cannot see the prospect registered a possible duplicate of it, or turned a record into one: one entry per user and day.
    /// Written only if the server is set to do so. Does not count as activity of the prospect.
    DuplicateAttemptEntry {
        /// Value that both records share. Null if it was not recorded.
        async fn reason(&self) -> Option<PossibleDuplicateReason> {
            let reason = DuplicateReason::from_name(change(&self.0)?.reason.as_deref()?)?;
            Some(reason.into())
        }
    }
}

/// A changed field. In lists such as contacts, one for each item that was added, changed or removed.
#[derive(Clone, Debug, SimpleObject)]
pub struct FieldChange {
    /// Name of the field in this API, such as `legalName` or `cycle.amount`, or the label of an attribute at the time, such as `Budget` or
    /// `contacts.Birthday`.
    pub field: Text<'static>,
    /// Previous value as readable text. Null if there was none.
    pub before: Option<Text<'static>>,
    /// New value as readable text. Null if there is none.
    pub after: Option<Text<'static>>,
}

impl TimelineEntry {
    /// The entry as a note, if it is one.
    pub fn into_note(self) -> Option<NoteEntry> {
        match self {
            TimelineEntry::NoteEntry(entry) => Some(entry),
            _ => None,
        }
    }

    /// The entry as an interaction, if it is one.
    pub fn into_interaction(self) -> Option<InteractionEntry> {
        match self {
            TimelineEntry::InteractionEntry(entry) => Some(entry),
            _ => None,
        }
    }
}

impl NoteEntry {
    pub fn into_note(self) -> Option<Note> {
        Note::of(self.0)
    }
}

impl InteractionEntry {
    pub fn into_interaction(self) -> Option<Interaction> {
        Interaction::of(&self.0)
    }
}

fn change(entry: &Entry) -> Option<&Change> {
    entry.change.as_ref()
}

/// The changes that the caller may read, without prospects that the caller cannot see. A change of nothing else is left out.
async fn field_changes(ctx: &Context<'_>, entry: &Entry) -> Result<Vec<FieldChange>> {
    let viewer = cx(ctx).viewer().map_err(to_graphql)?;
    let catalogs = cx(ctx).catalogs();
    let changes = change(entry).map(|change| change.changes.as_slice()).unwrap_or_default();
    let readable = changes.iter().filter(|change| change.is_visible_to(viewer, &catalogs.definitions));
    let mut readable: Vec<timeline::FieldChange> = readable.cloned().collect();
    let referenced: HashSet<Uuid> = readable.iter().flat_map(timeline::FieldChange::referenced).collect();
    if !referenced.is_empty() {
        let scope = viewer.scope();
        let keys = referenced.iter().map(|id| ProspectKey(scope, *id));
        let loaded = loaders(ctx).prospects.load_many(keys).await.map_err(to_graphql)?;
        let visible: HashSet<Uuid> = loaded.into_iter().flatten().map(|prospect| prospect.id).collect();
        let hidden: HashSet<Uuid> = referenced.difference(&visible).copied().collect();
        readable = readable.into_iter().filter_map(|change| change.without(&hidden)).collect();
    }
    let words = |change: timeline::FieldChange| FieldChange {
        field: change.field.into(),
        before: change.before.map(Text::from),
        after: change.after.map(Text::from),
    };
    Ok(readable.into_iter().map(words).collect())
}

fn status(ctx: &Context<'_>, id: Option<Uuid>) -> Option<Status> {
    cx(ctx).catalogs().statuses.get(id?).cloned().map(Status::from)
}
