//! Notes about a prospect.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use uuid::Uuid;

use crate::entities::records::document::CarrierKind;
use crate::ids::Kind;
use crate::resolvers::lists::page::{Page, PageArgs};
use crate::resolvers::lists::total::Total;
use crate::resolvers::records::children::{Answer, ChildKey, Question, sort};
use crate::resolvers::records::documents::Carrier;
use crate::resolvers::records::timeline::notes::Version;
use crate::resolvers::records::timeline::{Entry, NoteBody};
use crate::schema::access::users::User;
use crate::schema::connection::{Count, connection};
use crate::schema::error::to_graphql;
use crate::schema::ids::encode;
use crate::schema::records::documents::filters::OwnDocumentFilter;
use crate::schema::records::documents::{Document, documents_of};
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

/// A previous text of a note.
#[derive(Clone)]
pub struct NoteVersion(Arc<Version>);

impl From<Arc<Version>> for NoteVersion {
    fn from(version: Arc<Version>) -> Self {
        NoteVersion(version)
    }
}

/// A previous text of a note.
#[Object]
impl NoteVersion {
    /// Number of the version, from 1.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Plain text of the version as entered; escape before display.
    async fn body(&self) -> Text<'_> {
        Text::from(&self.0.body)
    }

    /// Author of the version. Null if no user wrote it.
    async fn written_by(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.0.written_by)
    }

    /// Time at which the version was written.
    async fn written_at(&self) -> DateTime {
        DateTime(self.0.written_at)
    }
}

impl Note {
    /// The note of the entry.
    pub fn of(entry: Arc<Entry>) -> Option<Note> {
        let body = entry.note.clone()?;
        Some(Note { entry, body })
    }
}

/// A note (comment) about a prospect. Previous texts are kept.
#[Object]
impl Note {
    /// Permanent ID of the note.
    pub async fn id(&self) -> ID {
        encode(Kind::Note, self.entry.id)
    }

    /// Current plain text as entered; escape before display.
    async fn body(&self) -> Text<'_> {
        Text::from(&self.body.body)
    }

    /// Time of the last edit. Null if never edited.
    async fn edited_at(&self) -> Option<DateTime> {
        self.body.edited_at.map(DateTime)
    }

    /// Author of the last edit. Null if never edited.
    async fn edited_by(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.body.edited_by)
    }

    /// True if the note is pinned above the other entries.
    async fn is_pinned(&self) -> bool {
        self.entry.pinned_at.is_some()
    }

    /// Revision of the note, incremented by every edit. Pass it as `expectedVersion` to detect concurrent changes.
    async fn version(&self) -> i32 {
        self.body.version
    }

    /// Documents of the note, newest first. At most 200.
    async fn documents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Conditions that the items must meet. Default: all items.")] filter: Option<OwnDocumentFilter>,
    ) -> Result<Vec<Document>> {
        let carrier = Carrier {
            kind: CarrierKind::Note,
            id: self.entry.id,
        };
        documents_of(ctx, self.entry.prospect_id, Some(carrier), filter).await
    }

    /// Previous texts of the note, oldest first. At most 100.
    async fn earlier_versions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Number of items from the start of the list, or after `after`. 0 to 100; default 20.")] first: Option<i32>,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`. 0 to 100. Not allowed together with `first` or `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
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
