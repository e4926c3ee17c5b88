//! Notes about a prospect.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use uuid::Uuid;

use crate::ids::Kind;
use crate::resolvers::lists::page::{Page, PageArgs};
use crate::resolvers::lists::total::Total;
use crate::resolvers::records::children::{Answer, ChildKey, Question, sort};
use crate::resolvers::records::timeline::notes::Version;
use crate::resolvers::records::timeline::{Entry, NoteBody};
use crate::schema::access::users::User;
use crate::schema::connection::{Count, connection};
use crate::schema::error::to_graphql;
use crate::schema::ids::encode;
use crate::schema::records::prospects::user;
use crate::schema::scalars::DateTime;
use crate::schema::text::Text;
use crate::schema::{cx, largest_page, loaders};

/// A note.
#[derive(Clone)]
pub struct Note {
    entry: Arc<Entry>,
    body: NoteBody,
}

connection! {
    /// A page of the earlier texts of a note.
    NoteVersionConnection, NoteVersionEdge, NoteVersion, Arc<Version>, "versions"
}

/// A text that a note had before.
#[derive(Clone)]
pub struct NoteVersion(Arc<Version>);

impl From<Arc<Version>> for NoteVersion {
    fn from(version: Arc<Version>) -> Self {
        NoteVersion(version)
    }
}

/// A text that a note had before.
#[Object]
impl NoteVersion {
    /// The number of the version, from 1.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// The text of that version, as it was written: escape it where you show it.
    async fn body(&self) -> Text<'_> {
        Text::from(&self.0.body)
    }

    /// The author of that version. Null if no user wrote it.
    async fn written_by(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.0.written_by)
    }

    /// The time at which it was written.
    async fn written_at(&self) -> DateTime {
        DateTime(self.0.written_at)
    }
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

    /// The author of the last edit. Null while the text was never changed.
    async fn edited_by(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.body.edited_by)
    }

    /// Whether it is kept in view above the other entries.
    async fn is_pinned(&self) -> bool {
        self.entry.pinned_at.is_some()
    }

    /// Grows by one with every edit; give it as `expectedVersion` so as not to overwrite what you have not seen.
    async fn version(&self) -> i32 {
        self.body.version
    }

    /// The earlier texts of the note, oldest first: at most 100 in all.
    async fn earlier_versions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start of the list or after `after`: 0 to 100, 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "How many from the end of the list or before `before`: 0 to 100. Not together with `first` or `after`.")]
        last: Option<i32>,
        #[graphql(desc = "The cursor before which the page ends.")] before: Option<String>,
    ) -> Result<NoteVersionConnection> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        versions_of(ctx, self.entry.id, args).await
    }
}

/// A page of the earlier versions of a note.
async fn versions_of(ctx: &Context<'_>, note_id: Uuid, args: PageArgs) -> Result<NoteVersionConnection> {
    let order = sort::<Version>();
    let window = args.window(&order, largest_page(ctx)).map_err(to_graphql)?;
    let loader = loaders(ctx).note_versions.clone();
    let key = ChildKey {
        scope: cx(ctx).scope().map_err(to_graphql)?,
        parent_id: note_id,
        question: Arc::new(Question::Page {
            window: window.clone(),
            filter: (),
        }),
    };
    let page = match loader.load(key).await.map_err(to_graphql)? {
        Some(Answer::Page(page)) => Page::clone(&page),
        _ => window.page(Vec::new(), Arc::new(order)),
    };
    let count = Count::new(move |cx| {
        let loader = loader.clone();
        async move {
            let key = ChildKey {
                scope: cx.scope()?,
                parent_id: note_id,
                question: Arc::new(Question::Count { filter: () }),
            };
            Ok(Total::exact(match loader.load(key).await? {
                Some(Answer::Count(count)) => count,
                _ => 0,
            }))
        }
    });
    Ok(NoteVersionConnection { page, count })
}
