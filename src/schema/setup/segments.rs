//! Segments in the API.

use async_graphql::MaybeUndefined;

use super::catalog::catalog;
use crate::rules::setup::entries::SegmentOwn;
use crate::schema::text::Text;

catalog! {
    /// A business segment of prospects.
    Segment segment segments "segment", "a segment";
    ordered: "segments", listed everywhere; unique: "segments";
    create segment_create "", update segment_update "",
    retire segment_retire "Prospects that have it keep it. Refused for the default. ",
    restore segment_restore, reorder segment_reorder;
    new(input) {
        /// The colour in charts: `#` and six hexadecimal digits. Default: grey, `#9E9E9E`.
        pub color: Option<String>,
        /// True to make this segment the default of prospects in the place of the present one. Default: false.
        pub is_default: Option<bool>,
    } from (), {
        is_default: input.is_default.into(),
        own: SegmentOwn { color: input.color.into() },
    };
    changes(input) {
        /// The colour in charts: `#` and six hexadecimal digits. Null makes it grey, `#9E9E9E`.
        pub color: MaybeUndefined<String>,
        /// True to make this segment the default of prospects. False is refused for the present default: another one has to take its place.
        pub is_default: MaybeUndefined<bool>,
    } {
        is_default: input.is_default.into(),
        own: SegmentOwn { color: input.color.into() },
    };
    fields {
        /// The colour in charts: `#` and six hexadecimal digits in upper case.
        async fn color(&self) -> Text<'_> {
            Text::from(&self.0.color)
        }

        /// True for the default: the segment of prospects for which none is given. Exactly one is.
        async fn is_default(&self) -> bool {
            self.0.is_default
        }
    }
}
