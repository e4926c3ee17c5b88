//! Channels in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};

use super::mutations::mutations;
use crate::entities::setup::channel;
use crate::ids::Kind;
use crate::resolvers::setup::catalogs;
use crate::rules::setup::Draft;
use crate::schema::cx;
use crate::schema::guards::SignedIn;
use crate::schema::ids::encode;
use crate::schema::text::Text;

/// A commercial channel.
#[derive(Clone)]
pub struct Channel(Arc<channel::Model>);

/// A channel that is to be offered from now on.
#[derive(InputObject)]
pub struct ChannelCreateInput {
    /// What it is called: 1 to 100 characters, unlike any other channel in use, accents and case aside.
    pub name: String,
    /// What it is for: at most 1,000 characters.
    pub description: Option<String>,
    /// Whether prospects are given this channel where nothing else is said. True takes that from the present default; left out means false.
    pub is_default: Option<bool>,
}

/// What is to change about a channel.
#[derive(InputObject)]
pub struct ChannelUpdateInput {
    /// What it is called: 1 to 100 characters, unlike any other channel in use, accents and case aside. It cannot be cleared.
    pub name: MaybeUndefined<String>,
    /// What it is for: at most 1,000 characters. Null clears it.
    pub description: MaybeUndefined<String>,
    /// True makes this channel the default. False is refused for the present default: make another one the default instead.
    pub is_default: MaybeUndefined<bool>,
}

#[derive(Default)]
pub struct ChannelQuery;

impl From<Arc<channel::Model>> for Channel {
    fn from(row: Arc<channel::Model>) -> Self {
        Channel(row)
    }
}

impl ChannelCreateInput {
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

impl ChannelUpdateInput {
    fn into_draft(self) -> Draft<()> {
        Draft {
            name: self.name.into(),
            description: self.description.into(),
            is_default: self.is_default.into(),
            ..Draft::default()
        }
    }
}

/// A commercial channel through which prospects come, such as a shop or a web site.
#[Object]
impl Channel {
    /// Identifies the channel for ever.
    pub async fn id(&self) -> ID {
        encode(Kind::Channel, self.0.id)
    }

    /// What people call it.
    async fn name(&self) -> Text<'_> {
        Text::from(&self.0.name)
    }

    /// What it is for. Null where nobody has said so.
    async fn description(&self) -> Option<Text<'_>> {
        self.0.description.as_deref().map(Text::from)
    }

    /// Where it stands among all channels, counted from 0; gaps are possible.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Whether prospects are given this channel where nothing else is said. True for exactly one.
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
impl ChannelQuery {
    /// All channels in the order that administrators gave them, the retired ones last. At most 500.
    #[graphql(guard = "SignedIn")]
    async fn channels(&self, ctx: &Context<'_>) -> Vec<Channel> {
        catalogs::in_order(cx(ctx).catalogs().channels.all())
            .into_iter()
            .map(Channel::from)
            .collect()
    }
}

mutations! {
    ChannelMutation: Channel, "channel", Kind::Channel, channel::Entity, channel, channels;
    /// Adds a channel at the end of the list. Administrators only.
    channel_create(ChannelCreateInput) -> ChannelCreatePayload;
    /// Edits a channel, in use or retired. Administrators only.
    channel_update(ChannelUpdateInput) -> ChannelUpdatePayload;
    /// Stops offering a channel; prospects that have it keep it. The default cannot be retired. Administrators only.
    channel_retire -> ChannelRetirePayload;
    /// Offers a retired channel again, unless another one in use has its name by now. Administrators only.
    channel_restore -> ChannelRestorePayload;
    /// Puts the channels into another order. Administrators only.
    channel_reorder(ChannelReorderInput) -> ChannelReorderPayload;
}
