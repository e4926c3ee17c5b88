//! Segments in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};

use super::mutations::mutations;
use crate::entities::setup::segment;
use crate::ids::Kind;
use crate::resolvers::setup::catalogs;
use crate::rules::setup::Draft;
use crate::rules::setup::entries::SegmentOwn;
use crate::schema::cx;
use crate::schema::guards::SignedIn;
use crate::schema::ids::encode;
use crate::schema::text::Text;

/// A business segment.
#[derive(Clone)]
pub struct Segment(Arc<segment::Model>);

/// A segment that is to be offered from now on.
#[derive(InputObject)]
pub struct SegmentCreateInput {
    /// What it is called: 1 to 100 characters, unlike any other segment in use, accents and case aside.
    pub name: String,
    /// What it is for: at most 1,000 characters.
    pub description: Option<String>,
    /// What it looks like in charts: `#` and six hexadecimal digits. Left out means grey, `#9E9E9E`.
    pub color: Option<String>,
    /// Whether prospects are given this segment where nothing else is said. True takes that from the present default; left out means false.
    pub is_default: Option<bool>,
}

/// What is to change about a segment.
#[derive(InputObject)]
pub struct SegmentUpdateInput {
    /// What it is called: 1 to 100 characters, unlike any other segment in use, accents and case aside. It cannot be cleared.
    pub name: MaybeUndefined<String>,
    /// What it is for: at most 1,000 characters. Null clears it.
    pub description: MaybeUndefined<String>,
    /// What it looks like in charts: `#` and six hexadecimal digits. Null makes it grey, `#9E9E9E`.
    pub color: MaybeUndefined<String>,
    /// True makes this segment the default. False is refused for the present default: make another one the default instead.
    pub is_default: MaybeUndefined<bool>,
}

#[derive(Default)]
pub struct SegmentQuery;

impl From<Arc<segment::Model>> for Segment {
    fn from(row: Arc<segment::Model>) -> Self {
        Segment(row)
    }
}

impl SegmentCreateInput {
    fn into_draft(self) -> ((), Draft<SegmentOwn>) {
        let draft = Draft {
            name: Some(Some(self.name)),
            description: Some(self.description),
            is_default: self.is_default.map(Some),
            is_reentry: None,
            own: SegmentOwn {
                color: self.color.map(Some),
            },
        };
        ((), draft)
    }
}

impl SegmentUpdateInput {
    fn into_draft(self) -> Draft<SegmentOwn> {
        Draft {
            name: self.name.into(),
            description: self.description.into(),
            is_default: self.is_default.into(),
            is_reentry: None,
            own: SegmentOwn { color: self.color.into() },
        }
    }
}

/// A business segment that prospects are sorted into.
#[Object]
impl Segment {
    /// Identifies the segment for ever.
    pub async fn id(&self) -> ID {
        encode(Kind::Segment, self.0.id)
    }

    /// What people call it.
    async fn name(&self) -> Text<'_> {
        Text::from(&self.0.name)
    }

    /// What it is for. Null where nobody has said so.
    async fn description(&self) -> Option<Text<'_>> {
        self.0.description.as_deref().map(Text::from)
    }

    /// What it looks like in charts: `#` and six hexadecimal digits in upper case.
    async fn color(&self) -> Text<'_> {
        Text::from(&self.0.color)
    }

    /// Where it stands among all segments, counted from 0; gaps are possible.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Whether prospects are given this segment where nothing else is said. True for exactly one.
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
impl SegmentQuery {
    /// All segments in the order that administrators gave them, the retired ones last. At most 500.
    #[graphql(guard = "SignedIn")]
    async fn segments(&self, ctx: &Context<'_>) -> Vec<Segment> {
        catalogs::in_order(cx(ctx).catalogs().segments.all())
            .into_iter()
            .map(Segment::from)
            .collect()
    }
}

mutations! {
    SegmentMutation: Segment, "segment", Kind::Segment, segment::Entity, segment, segments;
    /// Adds a segment at the end of the list. Administrators only.
    segment_create(SegmentCreateInput) -> SegmentCreatePayload;
    /// Edits a segment, in use or retired. Administrators only.
    segment_update(SegmentUpdateInput) -> SegmentUpdatePayload;
    /// Stops offering a segment; prospects that have it keep it. The default cannot be retired. Administrators only.
    segment_retire -> SegmentRetirePayload;
    /// Offers a retired segment again, unless another one in use has its name by now. Administrators only.
    segment_restore -> SegmentRestorePayload;
    /// Puts the segments into another order. Administrators only.
    segment_reorder(SegmentReorderInput) -> SegmentReorderPayload;
}
