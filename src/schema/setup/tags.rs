//! Tags in the API.

use async_graphql::MaybeUndefined;

use super::catalog::catalog;
use crate::rules::setup::entries::TagOwn;
use crate::schema::text::Text;

catalog! {
    /// A tag (label) that users attach to prospects freely.
    Tag tag tags "tag", "a tag";
    ordered: "tags", listed everywhere; unique: "tags";
    create tag_create "", update tag_update "", retire tag_retire "Prospects that have it keep it. ", restore tag_restore, reorder tag_reorder;
    new(input) {
        /// The colour: `#` and six hexadecimal digits. Default: grey, `#9E9E9E`.
        pub color: Option<String>,
    } from (), {
        own: TagOwn { color: input.color.into() },
    };
    changes(input) {
        /// The colour: `#` and six hexadecimal digits. Null makes it grey, `#9E9E9E`.
        pub color: MaybeUndefined<String>,
    } {
        own: TagOwn { color: input.color.into() },
    };
    fields {
        /// The colour: `#` and six hexadecimal digits in upper case.
        async fn color(&self) -> Text<'_> {
            Text::from(&self.0.color)
        }
    }
}
