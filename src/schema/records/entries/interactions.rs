//! Calls, e-mails, meetings, visits and chats with a prospect.

use async_graphql::{Enum, ID, Object};
use uuid::Uuid;

use crate::entities::records::interaction;
use crate::ids::Kind;
use crate::resolvers::records::timeline::{Entry, InteractionBody};
use crate::schema::ids::encode;
use crate::schema::text::Text;

/// A call, e-mail, meeting, visit or chat.
#[derive(Clone)]
pub struct Interaction {
    id: Uuid,
    body: InteractionBody,
}

/// How the two sides met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "interaction::InteractionType")]
pub enum InteractionType {
    /// By phone, or by voice otherwise.
    Call,
    /// By e-mail, sent or received.
    Email,
    /// In a meeting, on site or online.
    Meeting,
    /// At the premises of one of them.
    Visit,
    /// In writing, on a site or a messenger.
    Chat,
}

/// Who reached out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "interaction::Direction")]
pub enum InteractionDirection {
    /// The prospect reached out to us.
    Incoming,
    /// We reached out to the prospect; the earliest such interaction is the first contact.
    Outgoing,
}

/// What came of an interaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "interaction::Outcome")]
pub enum InteractionOutcome {
    /// The person was reached.
    Reached,
    /// Nobody answered.
    NoAnswer,
    /// A message was left.
    LeftMessage,
    /// The number or address belongs to somebody else.
    WrongContact,
}

impl Interaction {
    /// The interaction that the entry is about.
    pub fn of(entry: &Entry) -> Option<Interaction> {
        let body = entry.interaction.clone()?;
        Some(Interaction { id: entry.id, body })
    }
}

/// A call, e-mail, meeting, visit or chat that happened.
#[Object]
impl Interaction {
    /// Identifies the interaction for ever.
    pub async fn id(&self) -> ID {
        encode(Kind::Interaction, self.id)
    }

    /// How the two sides met.
    async fn r#type(&self) -> InteractionType {
        self.body.kind.into()
    }

    /// Who reached out.
    async fn direction(&self) -> InteractionDirection {
        self.body.direction.into()
    }

    /// How long it took, in seconds. Null where it is not known.
    async fn duration_seconds(&self) -> Option<i32> {
        self.body.duration_seconds
    }

    /// What came of it. Null where nobody has said so.
    async fn outcome(&self) -> Option<InteractionOutcome> {
        self.body.outcome.map(InteractionOutcome::from)
    }

    /// What was said, as it was written: escape it where you show it. Null where nobody has said so.
    async fn body(&self) -> Option<Text<'_>> {
        self.body.body.as_deref().map(Text::from)
    }
}
