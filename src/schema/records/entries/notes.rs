//! Notes about a prospect.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use crate::ids::Kind;
use crate::resolvers::records::timeline::notes::NoteKey;
use crate::resolvers::records::timeline::{Entry, NoteBody};
use crate::schema::error::to_graphql;
use crate::schema::ids::encode;
use crate::schema::scalars::DateTime;
use crate::schema::text::Text;
use crate::schema::{cx, loaders};

/// A note.
#[derive(Clone)]
pub struct Note {
    entry: Arc<Entry>,
    body: NoteBody,
}

/// A text that a note had before.
#[derive(SimpleObject)]
pub struct NoteVersion {
    /// Which version it was, from 1.
    pub version: i32,
    /// The text of that version.
    pub body: String,
    /// When it was written.
    pub written_at: DateTime,
}

impl Note {
    /// The note that the entry is about.
    pub fn of(entry: Arc<Entry>) -> Option<Note> {
        let body = entry.note.clone()?;
        Some(Note { entry, body })
    }
}

/// A note about a prospect. Its earlier texts are kept.
#[Object]
impl Note {
    /// Identifies the note for ever.
    pub async fn id(&self) -> ID {
        encode(Kind::Note, self.entry.id)
    }

    /// The text as it reads now, as it was written: escape it where you show it.
    async fn body(&self) -> Text<'_> {
        Text::from(&self.body.body)
    }

    /// When the text was last changed. Null while it never was.
    async fn edited_at(&self) -> Option<DateTime> {
        self.body.edited_at.map(DateTime)
    }

    /// Whether it is kept in view above the other entries.
    async fn is_pinned(&self) -> bool {
        self.entry.pinned_at.is_some()
    }

    /// Grows by one with every edit; give it as `expectedVersion` so as not to overwrite what you have not seen.
    async fn version(&self) -> i32 {
        self.body.version
    }

    /// The texts that it had before, oldest first. At most 100.
    async fn earlier_versions(&self, ctx: &Context<'_>) -> Result<Vec<NoteVersion>> {
        let scope = cx(ctx).scope().map_err(to_graphql)?;
        let versions = loaders(ctx)
            .note_versions
            .load(NoteKey(scope, self.entry.id))
            .await
            .map_err(to_graphql)?
            .unwrap_or_default();
        Ok(versions
            .into_iter()
            .map(|text| NoteVersion {
                version: text.version,
                body: text.body,
                written_at: DateTime(text.written_at),
            })
            .collect())
    }
}
