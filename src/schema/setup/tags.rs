//! Tags in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};

use super::mutations::mutations;
use crate::entities::setup::tag;
use crate::ids::Kind;
use crate::resolvers::setup::catalogs;
use crate::rules::setup::Draft;
use crate::rules::setup::entries::TagOwn;
use crate::schema::cx;
use crate::schema::guards::SignedIn;
use crate::schema::ids::encode;
use crate::schema::text::Text;

/// A word by which prospects are marked.
#[derive(Clone)]
pub struct Tag(Arc<tag::Model>);

/// A tag that is to be offered from now on.
#[derive(InputObject)]
pub struct TagCreateInput {
    /// What it is called: 1 to 100 characters, unlike any other tag in use, accents and case aside.
    pub name: String,
    /// What it is for: at most 1,000 characters.
    pub description: Option<String>,
    /// What it looks like: `#` and six hexadecimal digits. Left out means grey, `#9E9E9E`.
    pub color: Option<String>,
}

/// What is to change about a tag.
#[derive(InputObject)]
pub struct TagUpdateInput {
    /// What it is called: 1 to 100 characters, unlike any other tag in use, accents and case aside. It cannot be cleared.
    pub name: MaybeUndefined<String>,
    /// What it is for: at most 1,000 characters. Null clears it.
    pub description: MaybeUndefined<String>,
    /// What it looks like: `#` and six hexadecimal digits. Null makes it grey, `#9E9E9E`.
    pub color: MaybeUndefined<String>,
}

#[derive(Default)]
pub struct TagQuery;

impl From<Arc<tag::Model>> for Tag {
    fn from(row: Arc<tag::Model>) -> Self {
        Tag(row)
    }
}

impl TagCreateInput {
    fn into_draft(self) -> ((), Draft<TagOwn>) {
        let draft = Draft {
            name: Some(Some(self.name)),
            description: Some(self.description),
            own: TagOwn {
                color: self.color.map(Some),
            },
            ..Draft::default()
        };
        ((), draft)
    }
}

impl TagUpdateInput {
    fn into_draft(self) -> Draft<TagOwn> {
        Draft {
            name: self.name.into(),
            description: self.description.into(),
            own: TagOwn { color: self.color.into() },
            ..Draft::default()
        }
    }
}

/// A word by which people mark prospects as they like.
#[Object]
impl Tag {
    /// Identifies the tag for ever.
    pub async fn id(&self) -> ID {
        encode(Kind::Tag, self.0.id)
    }

    /// What people call it.
    async fn name(&self) -> Text<'_> {
        Text::from(&self.0.name)
    }

    /// What it is for. Null where nobody has said so.
    async fn description(&self) -> Option<Text<'_>> {
        self.0.description.as_deref().map(Text::from)
    }

    /// What it looks like: `#` and six hexadecimal digits in upper case.
    async fn color(&self) -> Text<'_> {
        Text::from(&self.0.color)
    }

    /// Where it stands among all tags, counted from 0; gaps are possible.
    async fn position(&self) -> i32 {
        self.0.position
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
impl TagQuery {
    /// All tags in the order that administrators gave them, the retired ones last. At most 500.
    #[graphql(guard = "SignedIn")]
    async fn tags(&self, ctx: &Context<'_>) -> Vec<Tag> {
        catalogs::in_order(cx(ctx).catalogs().tags.all())
            .into_iter()
            .map(Tag::from)
            .collect()
    }
}

mutations! {
    TagMutation: Tag, "tag", Kind::Tag, tag::Entity, tag, tags;
    /// Adds a tag at the end of the list. Administrators only.
    tag_create(TagCreateInput) -> TagCreatePayload;
    /// Edits a tag, in use or retired. Administrators only.
    tag_update(TagUpdateInput) -> TagUpdatePayload;
    /// Stops offering a tag; prospects that have it keep it. Administrators only.
    tag_retire -> TagRetirePayload;
    /// Offers a retired tag again, unless another one in use has its name by now. Administrators only.
    tag_restore -> TagRestorePayload;
    /// Puts the tags into another order. Administrators only.
    tag_reorder(TagReorderInput) -> TagReorderPayload;
}
