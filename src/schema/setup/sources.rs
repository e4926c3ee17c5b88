//! Sources in the API.

use async_graphql::MaybeUndefined;

use super::catalog::catalog;

catalog! {
    /// The source of a touch (lead source), such as an advertisement, a referral or an event.
    Source source sources "source", "a source";
    ordered: "sources", listed everywhere; unique: "sources";
    create source_create "", update source_update "",
    retire source_retire "Touches that have it keep it. Refused for the default. ",
    restore source_restore, reorder source_reorder;
    new(input) {
        /// True to make this source the default of touches in the place of the present one. Default: false.
        pub is_default: Option<bool>,
    } from (), {
        is_default: input.is_default.into(),
    };
    changes(input) {
        /// True to make this source the default of touches. False is refused for the present default: another one has to take its place.
        pub is_default: MaybeUndefined<bool>,
    } {
        is_default: input.is_default.into(),
    };
    fields {
        /// True for the default: the source of touches for which none is given. Exactly one is.
        async fn is_default(&self) -> bool {
            self.0.is_default
        }
    }
}
