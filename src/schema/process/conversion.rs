//! Conversion in the API: winning a prospect, and undoing a win.

use async_graphql::{Context, ID, InputObject, Object, Result};

use crate::ids::Kind;
use crate::resolvers::process::conversion::{self, ClientDraft};
use crate::schema::custom::{self, CustomInput, OfClient, Update};
use crate::schema::error::payload;
use crate::schema::idempotency::Write;
use crate::schema::ids::reference;
use crate::schema::records::attributes::inputs::AttributeValueInput;
use crate::schema::records::clients::{Client, client_of};
use crate::schema::records::prospects::Prospect;

/// Details of a win.
#[derive(InputObject)]
pub struct ProspectConvertInput {
    /// Potential level as a client. Default: the default level of clients.
    pub potential_level_id: Option<ID>,
    /// Values of attributes of the client. At most 500. Default: the values that it had when it was a client before, or the default values of
    /// the attributes. `REQUIRED` at `input.clientAttributes` and the key for each that is missing.
    pub client_attributes: Option<Vec<AttributeValueInput>>,
    /// Values of attributes of the client as typed fields, each in `clientAttributes` or here. There is no such field as long as no attribute is defined.
    pub client_custom: Option<CustomInput<OfClient, Update>>,
}

/// Reason for undoing a win.
#[derive(InputObject)]
pub struct ClientUnconvertInput {
    /// Explanation. 1 to 2,000 characters.
    pub reason: String,
}

payload! {
    /// Payload of `prospectConvert`.
    ProspectConvertPayload {
        /// The client. Null if there are user errors.
        client: Client,
        /// The prospect after the change. Null if there are user errors.
        prospect: Prospect,
    }
}

payload! {
    /// Payload of `clientUnconvert`.
    ClientUnconvertPayload {
        /// The prospect after the change. Null if there are user errors.
        prospect: Prospect,
    }
}

#[derive(Default)]
pub struct ConversionMutation;

#[Object]
impl ConversionMutation {
    /// Wins a prospect (converts a lead): its cycle moves to the first status of category WON, and it becomes a client. A client
    /// that was one before has its earlier attributes, without those that no longer fit their definition and unique values that another client
    /// has by now; the timeline shows these. `REQUIRED` at `input.attributes` and the key for each attribute of the prospect that the status
    /// requires, and at `input.clientAttributes` and the key for each that clients must have. `TAKEN` for a unique value that another client has.
    async fn prospect_convert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the prospect.")] id: ID,
        #[graphql(desc = "Details of the win.")] input: ProspectConvertInput,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<ProspectConvertPayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::Prospect, &id);
        let draft = ClientDraft {
            level: input.potential_level_id.map(|id| reference(Kind::PotentialLevel, &id)),
            attributes: custom::drafts(ctx, input.client_attributes, input.client_custom)?,
        };
        let (prospect, user_errors) = write.run(|| conversion::convert(write.cx(), id, &draft)).await?;
        let client = match &prospect {
            Some(prospect) => client_of(ctx, prospect.id).await?,
            None => None,
        };
        Ok(Some(ProspectConvertPayload {
            client,
            prospect: prospect.map(Prospect),
            user_errors,
        }))
    }

    /// Undoes the latest win of a client: its cycle returns to its previous state. It stays a client while another win stands. `REQUIRED` at
    /// `input.attributes` and the key for each attribute that the previous status requires by now.
    async fn client_unconvert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the client.")] id: ID,
        #[graphql(desc = "Reason for undoing the win.")] input: ClientUnconvertInput,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<ClientUnconvertPayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::Client, &id);
        let (prospect, user_errors) = write.run(|| conversion::unconvert(write.cx(), id, &input.reason)).await?;
        Ok(Some(ClientUnconvertPayload {
            prospect: prospect.map(Prospect),
            user_errors,
        }))
    }
}
