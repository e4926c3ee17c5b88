//! Channels in the API.

use async_graphql::MaybeUndefined;

use super::catalog::catalog;

catalog! {
    /// A commercial channel (lead channel) through which prospects come, such as a shop or a web site.
    Channel channel channels "channel", "a channel";
    ordered: "channels", listed everywhere; unique: "channels";
    create channel_create "", update channel_update "",
    retire channel_retire "Prospects that have it keep it. Refused for the default. ",
    restore channel_restore, reorder channel_reorder;
    new(input) {
        /// True to make this channel the default of prospects in the place of the present one. Default: false.
        pub is_default: Option<bool>,
    } from (), {
        is_default: input.is_default.into(),
    };
    changes(input) {
        /// True to make this channel the default of prospects. False is refused for the present default: another one has to take its place.
        pub is_default: MaybeUndefined<bool>,
    } {
        is_default: input.is_default.into(),
    };
    fields {
        /// True for the default: the channel of prospects for which none is given. Exactly one is.
        async fn is_default(&self) -> bool {
            self.0.is_default
        }
    }
}
