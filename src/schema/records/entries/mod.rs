//! The kinds of entries in a timeline.

mod interactions;
mod notes;

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Interface, Object, Result, SimpleObject};
use uuid::Uuid;

pub use interactions::{Interaction, InteractionDirection, InteractionOutcome, InteractionType};
pub use notes::{Note, NoteVersion};

use crate::entities::records::timeline_entry::{self, EntryKind};
use crate::ids::Kind;
use crate::resolvers::records::duplicates::DuplicateReason;
use crate::resolvers::records::timeline::{self, Change, Entry};
use crate::rules::process;
use crate::schema::access::users::User;
use crate::schema::cx;
use crate::schema::ids::encode;
use crate::schema::process::status::ReopenKind;
use crate::schema::process::tasks::{Task, task};
use crate::schema::records::duplicates::PossibleDuplicateReason;
use crate::schema::records::prospects::{Prospect, by_id, user};
use crate::schema::scalars::DateTime;
use crate::schema::setup::{reasons::Reason, statuses::Status};
use crate::schema::text::Text;

/// What happened to a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "timeline::TaskAction")]
pub enum TaskAction {
    /// It was planned.
    Created,
    /// Its type, note or repetition was edited.
    Updated,
    /// Somebody else is to do it.
    Assigned,
    /// It is due at another time.
    Postponed,
    /// It was done.
    Completed,
    /// It is not to be done any more; without an actor's comment also where its cycle was closed.
    Cancelled,
    /// It had been cancelled because its cycle was closed, and is planned again because that was taken back.
    Restored,
}

/// What an entry of a timeline tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "timeline_entry::EntryKind")]
pub enum TimelineEntryKind {
    /// The prospect was registered.
    Created,
    /// Somebody wrote a note.
    Note,
    /// Somebody talked with the prospect.
    Interaction,
    /// The status changed.
    StatusChange,
    /// The owner changed.
    OwnerChange,
    /// Fields of the record were edited.
    FieldChange,
    /// The prospect was deleted.
    Deleted,
    /// The prospect was put back after it had been deleted.
    Restored,
    /// Something happened to a task.
    Task,
    /// A user who does not see the prospect registered a look-alike of it.
    DuplicateAttempt,
}

/// One event in the history of a prospect.
// Two fields of one type are no duplicate.
#[allow(clippy::duplicated_attributes)]
#[derive(Clone, Interface)]
#[graphql(
    field(name = "id", ty = "ID", desc = "Identifies the entry for ever."),
    field(name = "occurred_at", ty = "DateTime", desc = "When it happened; the timeline is in this order."),
    field(name = "recorded_at", ty = "DateTime", desc = "When it was written down, which may be later."),
    field(name = "actor", ty = "Option<User>", desc = "Who did it. Null where no user did."),
    field(name = "is_pinned", ty = "bool", desc = "Whether it is kept in view above the others."),
    field(
        name = "prospect",
        ty = "Result<Option<Prospect>>",
        desc = "Whose history it belongs to. Null where the caller no longer sees it."
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
            EntryKind::DuplicateAttempt => TimelineEntry::DuplicateAttemptEntry(DuplicateAttemptEntry(entry)),
        }
    }
}

/// Declares a kind of entry: what all have, and its own fields.
macro_rules! entry {
    ($(#[doc = $doc:literal])+ $name:ident { $($own:tt)* }) => {
        $(#[doc = $doc])+
        #[derive(Clone)]
        pub struct $name(pub Arc<Entry>);

        $(#[doc = $doc])+
        #[Object]
        impl $name {
            /// Identifies the entry for ever.
            pub async fn id(&self) -> ID {
                encode(Kind::TimelineEntry, self.0.id)
            }

            /// When it happened; the timeline is in this order.
            pub async fn occurred_at(&self) -> DateTime {
                DateTime(self.0.occurred_at)
            }

            /// When it was written down, which may be later.
            pub async fn recorded_at(&self) -> DateTime {
                DateTime(self.0.recorded_at)
            }

            /// Who did it. Null where no user did.
            pub async fn actor(&self, ctx: &Context<'_>) -> Option<User> {
                user(ctx, self.0.actor_id)
            }

            /// Whether it is kept in view above the others.
            pub async fn is_pinned(&self) -> bool {
                self.0.pinned_at.is_some()
            }

            /// Whose history it belongs to. Null where the caller no longer sees it.
            pub async fn prospect(&self, ctx: &Context<'_>) -> Result<Option<Prospect>> {
                by_id(ctx, self.0.prospect_id).await
            }

            $($own)*
        }
    };
}

entry! {
    /// The prospect was registered.
    CreatedEntry {}
}

entry! {
    /// The prospect was deleted. It shows once the prospect is restored.
    DeletedEntry {}
}

entry! {
    /// The prospect was put back after it had been deleted.
    RestoredEntry {}
}

entry! {
    /// Somebody wrote a note.
    NoteEntry {
        /// The note as it reads now.
        async fn note(&self) -> Option<Note> {
            Note::of(self.0.clone())
        }
    }
}

entry! {
    /// Somebody talked with the prospect.
    InteractionEntry {
        /// What happened.
        async fn interaction(&self) -> Option<Interaction> {
            Interaction::of(&self.0)
        }
    }
}

entry! {
    /// The status changed.
    StatusChangeEntry {
        /// The status before.
        async fn from(&self, ctx: &Context<'_>) -> Option<Status> {
            status(ctx, change(&self.0)?.from)
        }

        /// The status since.
        async fn to(&self, ctx: &Context<'_>) -> Option<Status> {
            status(ctx, change(&self.0)?.to)
        }

        /// Why it was lost or discarded. Null for other changes.
        async fn reason(&self, ctx: &Context<'_>) -> Option<Reason> {
            let id = Uuid::try_parse(change(&self.0)?.reason.as_deref()?).ok()?;
            cx(ctx).catalogs().reasons.get(id).cloned().map(Reason::from)
        }

        /// What was said about it. Null where nothing was.
        async fn reason_note(&self) -> Option<Text<'_>> {
            change(&self.0)?.note.as_deref().map(Text::from)
        }

        /// How a closed status was left. Null where the status before was open.
        async fn reopened_as(&self) -> Option<ReopenKind> {
            process::ReopenKind::from_name(change(&self.0)?.reopen_as.as_deref()?).map(ReopenKind::from)
        }
    }
}

entry! {
    /// The owner changed.
    OwnerChangeEntry {
        /// The owner before. Null where there was none.
        async fn previous_owner(&self, ctx: &Context<'_>) -> Option<User> {
            user(ctx, change(&self.0)?.from)
        }

        /// The owner since. Null where there is none.
        async fn new_owner(&self, ctx: &Context<'_>) -> Option<User> {
            user(ctx, change(&self.0)?.to)
        }

        /// What was said about it. Null where nothing was.
        async fn comment(&self) -> Option<Text<'_>> {
            change(&self.0)?.reason.as_deref().map(Text::from)
        }
    }
}

entry! {
    /// Fields of the record were edited: one entry for each save.
    FieldChangeEntry {
        /// What changed, field by field. At most 1,000.
        async fn changes(&self) -> Vec<FieldChange> {
            field_changes(&self.0)
        }
    }
}

entry! {
    /// A user who does not see the prospect registered a look-alike of it, or made a record into one: one entry for each user and day. Such entries are only written where
    /// the server is set to do so, and are no activity of the prospect.
    DuplicateAttemptEntry {
        /// What the two have in common.
        async fn reason(&self) -> Option<PossibleDuplicateReason> {
            let reason = DuplicateReason::from_name(change(&self.0)?.reason.as_deref()?)?;
            Some(reason.into())
        }
    }
}

entry! {
    /// Something happened to a task: one entry for each task and action.
    TaskEntry {
        /// What happened to it.
        async fn action(&self) -> Option<TaskAction> {
            Some(change(&self.0)?.task?.action.into())
        }

        /// The task as it is now.
        async fn task(&self, ctx: &Context<'_>) -> Result<Option<Task>> {
            match change(&self.0).and_then(|change| change.task) {
                Some(event) => task(ctx, event.id).await,
                None => Ok(None),
            }
        }

        /// What changed, field by field: `type`, `note`, `repeatRule`, `assignee` by name, `dueAt`. Empty where the action says all. At most 5.
        async fn changes(&self) -> Vec<FieldChange> {
            field_changes(&self.0)
        }

        /// What was said about it. Null where nothing was.
        async fn comment(&self) -> Option<Text<'_>> {
            change(&self.0)?.note.as_deref().map(Text::from)
        }
    }
}

/// One field that was edited. In lists such as contacts there is one of these for each entry that was added, changed or removed.
#[derive(Clone, Debug, SimpleObject)]
pub struct FieldChange {
    /// The name of the field in this API, such as `legalName` or `cycle.amount`.
    pub field: Text<'static>,
    /// What it was, in words. Null where there was nothing.
    pub before: Option<Text<'static>>,
    /// What it is since, in words. Null where there is nothing.
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

fn field_changes(entry: &Entry) -> Vec<FieldChange> {
    let changes = change(entry).map(|change| change.changes.as_slice()).unwrap_or_default();
    let words = |change: &timeline::FieldChange| FieldChange {
        field: change.field.clone().into(),
        before: change.before.clone().map(Text::from),
        after: change.after.clone().map(Text::from),
    };
    changes.iter().map(words).collect()
}

fn status(ctx: &Context<'_>, id: Option<Uuid>) -> Option<Status> {
    cx(ctx).catalogs().statuses.get(id?).cloned().map(Status::from)
}
