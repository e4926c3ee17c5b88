//! Sources in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};

use super::mutations::mutations;
use crate::entities::setup::source;
use crate::ids::Kind;
use crate::resolvers::setup::catalogs;
use crate::rules::setup::Draft;
use crate::schema::cx;
use crate::schema::guards::SignedIn;
use crate::schema::ids::encode;
use crate::schema::text::Text;

/// Where somebody came from.
#[derive(Clone)]
pub struct Source(Arc<source::Model>);

/// A source that is to be offered from now on.
#[derive(InputObject)]
pub struct SourceCreateInput {
    /// What it is called: 1 to 100 characters, unlike any other source in use, accents and case aside.
    pub name: String,
    /// What it is for: at most 1,000 characters.
    pub description: Option<String>,
    /// Whether a touch is given this source where nothing else is said. True takes that from the present default; left out means false.
    pub is_default: Option<bool>,
}

/// What is to change about a source.
#[derive(InputObject)]
pub struct SourceUpdateInput {
    /// What it is called: 1 to 100 characters, unlike any other source in use, accents and case aside. It cannot be cleared.
    pub name: MaybeUndefined<String>,
    /// What it is for: at most 1,000 characters. Null clears it.
    pub description: MaybeUndefined<String>,
    /// True makes this source the default. False is refused for the present default: make another one the default instead.
    pub is_default: MaybeUndefined<bool>,
}

#[derive(Default)]
pub struct SourceQuery;

impl From<Arc<source::Model>> for Source {
    fn from(row: Arc<source::Model>) -> Self {
        Source(row)
    }
}

impl SourceCreateInput {
    fn into_draft(self) -> ((), Draft<()>) {
        let draft = Draft {
            name: Some(Some(self.name)),
            description: Some(self.description),
            is_default: self.is_default.map(Some),
            ..Draft::default()
        };
        ((), draft)
    }
}

impl SourceUpdateInput {
    fn into_draft(self) -> Draft<()> {
        Draft {
            name: self.name.into(),
            description: self.description.into(),
            is_default: self.is_default.into(),
            ..Draft::default()
        }
    }
}

/// Where somebody came from, such as an advertisement, a referral or an event.
#[Object]
impl Source {
    /// Identifies the source for ever.
    pub async fn id(&self) -> ID {
        encode(Kind::Source, self.0.id)
    }

    /// What people call it.
    async fn name(&self) -> Text<'_> {
        Text::from(&self.0.name)
    }

    /// What it is for. Null where nobody has said so.
    async fn description(&self) -> Option<Text<'_>> {
        self.0.description.as_deref().map(Text::from)
    }

    /// Where it stands among all sources, counted from 0; gaps are possible.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Whether a touch is given this source where nothing else is said. True for exactly one.
    async fn is_default(&self) -> bool {
        self.0.is_default
    }

    /// Whether it is no longer offered. It is still shown where it is used.
    async fn is_retired(&self) -> bool {
        self.0.retired_at.is_some()
    }

    /// Grows by one with every change; give it as `expectedVersion` so as not to overwrite what you have not seen.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

#[Object]
impl SourceQuery {
    /// All sources in the order that administrators gave them, the retired ones last. At most 500.
    #[graphql(guard = "SignedIn")]
    async fn sources(&self, ctx: &Context<'_>) -> Vec<Source> {
        catalogs::in_order(cx(ctx).catalogs().sources.all())
            .into_iter()
            .map(Source::from)
            .collect()
    }
}

mutations! {
    SourceMutation: Source, "source", Kind::Source, source::Entity, source, sources;
    /// Adds a source at the end of the list. Administrators only.
    source_create(SourceCreateInput) -> SourceCreatePayload;
    /// Edits a source, in use or retired. Administrators only.
    source_update(SourceUpdateInput) -> SourceUpdatePayload;
    /// Stops offering a source; touches that have it keep it. The default cannot be retired. Administrators only.
    source_retire -> SourceRetirePayload;
    /// Offers a retired source again, unless another one in use has its name by now. Administrators only.
    source_restore -> SourceRestorePayload;
    /// Puts the sources into another order. Administrators only.
    source_reorder(SourceReorderInput) -> SourceReorderPayload;
}
