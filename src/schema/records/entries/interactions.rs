//! Calls, e-mails, meetings, visits and chats with a prospect.

use async_graphql::{Context, Enum, ID, Object, Result};
use uuid::Uuid;

use crate::entities::records::document::CarrierKind;
use crate::entities::records::interaction;
use crate::ids::Kind;
use crate::resolvers::records::documents::Carrier;
use crate::resolvers::records::timeline::{Entry, InteractionBody};
use crate::schema::ids::encode;
use crate::schema::records::documents::filters::OwnDocumentFilter;
use crate::schema::records::documents::{Document, documents_of};
use crate::schema::text::Text;

/// A call, e-mail, meeting, visit or chat.
#[derive(Clone)]
pub struct Interaction {
    id: Uuid,
    prospect_id: Uuid,
    body: InteractionBody,
}

/// Form of the interaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "interaction::InteractionType")]
pub enum InteractionType {
    /// By phone or another voice channel.
    Call,
    /// By e-mail, sent or received.
    Email,
    /// In a meeting, on site or online.
    Meeting,
    /// At the premises of one side.
    Visit,
    /// In writing, on a web site or a messenger.
    Chat,
}

/// Direction of the interaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "interaction::Direction")]
pub enum InteractionDirection {
    /// The prospect contacted the company.
    Incoming,
    /// The company contacted the prospect. The earliest such interaction is the first contact.
    Outgoing,
}

/// Outcome of an interaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "interaction::Outcome")]
pub enum InteractionOutcome {
    /// The person was reached.
    Reached,
    /// The call or message was not answered.
    NoAnswer,
    /// A message was left.
    LeftMessage,
    /// The number or address belongs to a different person.
    WrongContact,
}

impl Interaction {
    /// The interaction of the entry.
    pub fn of(entry: &Entry) -> Option<Interaction> {
        let body = entry.interaction.clone()?;
        Some(Interaction {
            id: entry.id,
            prospect_id: entry.prospect_id,
            body,
        })
    }
}

/// A past interaction (logged activity) with a prospect: a call, e-mail, meeting, visit or chat.
#[Object]
impl Interaction {
    /// Permanent ID of the interaction.
    pub async fn id(&self) -> ID {
        encode(Kind::Interaction, self.id)
    }

    /// Form of the interaction.
    async fn r#type(&self) -> InteractionType {
        self.body.kind.into()
    }

    /// Direction of the interaction.
    async fn direction(&self) -> InteractionDirection {
        self.body.direction.into()
    }

    /// Duration in seconds. Null if not set.
    async fn duration_seconds(&self) -> Option<i32> {
        self.body.duration_seconds
    }

    /// Outcome of the interaction. Null if not set.
    async fn outcome(&self) -> Option<InteractionOutcome> {
        self.body.outcome.map(InteractionOutcome::from)
    }

    /// Plain text as entered; escape before display. Null if not set.
    async fn body(&self) -> Option<Text<'_>> {
        self.body.body.as_deref().map(Text::from)
    }

    /// Documents of the interaction, newest first. At most 200.
    async fn documents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Conditions that the items must meet. Default: all items.")] filter: Option<OwnDocumentFilter>,
    ) -> Result<Vec<Document>> {
        let carrier = Carrier {
            kind: CarrierKind::Interaction,
            id: self.id,
        };
        documents_of(ctx, self.prospect_id, Some(carrier), filter).await
    }
}
