//! Entries of the timeline about tasks and documents.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};

use super::{FieldChange, change, entry, field_changes};
use crate::ids::Kind;
use crate::resolvers::records::timeline::{self, DocumentEvent, Entry};
use crate::schema::access::users::User;
use crate::schema::ids::encode;
use crate::schema::process::tasks::{Task, task};
use crate::schema::records::documents::{Document, document};
use crate::schema::records::prospects::{Prospect, by_id, user};
use crate::schema::scalars::DateTime;
use crate::schema::text::Text;

/// Kinds of changes to a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "timeline::TaskAction")]
pub enum TaskAction {
    /// The task was planned.
    Created,
    /// Its type, note or recurrence was edited.
    Updated,
    /// Its assignee changed.
    Assigned,
    /// Its due time changed.
    Postponed,
    /// The task was completed.
    Completed,
    /// The task was cancelled, by a user or because its cycle was closed.
    Cancelled,
    /// The task, cancelled because its cycle was closed, was planned again because the closing was undone.
    Restored,
}

/// Kinds of changes to a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "timeline::DocumentAction")]
pub enum DocumentAction {
    /// The document was uploaded.
    Uploaded,
    /// Its name changed.
    Renamed,
    /// It was moved to another record of the prospect.
    Moved,
    /// Its type changed.
    TypeChanged,
    /// The document was deleted.
    Deleted,
    /// The document was restored after a deletion.
    Restored,
}

entry! {
    /// A change to a task: one entry per task and action.
    TaskEntry {
        /// Kind of change. Null if it was not recorded.
        async fn action(&self) -> Option<TaskAction> {
            Some(change(&self.0)?.task?.action.into())
        }

        /// Current state of the task. Null if the task is not visible.
        async fn task(&self, ctx: &Context<'_>) -> Result<Option<Task>> {
            match change(&self.0).and_then(|change| change.task) {
                Some(event) => task(ctx, event.id).await,
                None => Ok(None),
            }
        }

        /// Changed fields: `type`, `note`, `repeatRule`, `assignee` (by name), `dueAt`, and attributes by label. Empty if the action says
        /// all. At most 5, and 500 attributes.
        async fn changes(&self, ctx: &Context<'_>) -> Result<Vec<FieldChange>> {
            field_changes(ctx, &self.0).await
        }

        /// Comment on the change. Null if not set.
        async fn comment(&self) -> Option<Text<'_>> {
            change(&self.0)?.note.as_deref().map(Text::from)
        }
    }
}

entry! {
    /// A change to a document: one entry per document and action.
    DocumentEntry {
        /// Kind of change. Null if it was not recorded.
        async fn action(&self) -> Option<DocumentAction> {
            Some(document_event(&self.0)?.action.into())
        }

        /// Name of the file. Null if it was not recorded.
        async fn file_name(&self) -> Option<Text<'_>> {
            Some(Text::from(&document_event(&self.0)?.file_name))
        }

        /// Current state of the document. Null if it is deleted or not visible.
        async fn document(&self, ctx: &Context<'_>) -> Result<Option<Document>> {
            match document_event(&self.0) {
                Some(event) => document(ctx, event.id).await,
                None => Ok(None),
            }
        }

        /// Changed fields: `name`, or `type` by name. Empty if the action says all. At most 1.
        async fn changes(&self, ctx: &Context<'_>) -> Result<Vec<FieldChange>> {
            field_changes(ctx, &self.0).await
        }
    }
}

fn document_event(entry: &Entry) -> Option<&DocumentEvent> {
    change(entry)?.document.as_ref()
}
