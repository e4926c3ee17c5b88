//! Conversion in the API: winning a prospect, and undoing a win.

use async_graphql::{Context, ID, InputObject, Object, Result};

use crate::ids::Kind;
use crate::resolvers::process::conversion;
use crate::schema::error::payload;
use crate::schema::idempotency::Write;
use crate::schema::ids::reference;
use crate::schema::records::clients::{Client, client_of};
use crate::schema::records::prospects::Prospect;

/// Details of a win.
#[derive(InputObject)]
pub struct ProspectConvertInput {
    /// Potential level as a client. Default: the default level of clients.
    pub potential_level_id: Option<ID>,
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
    /// Wins a prospect (converts a lead): its cycle moves to the first status of category WON, and it becomes a client. A win takes no
    /// attributes of the client: the required ones are asked for by its next `clientUpdate`. A client that was one before has its earlier
    /// attributes, without those that no longer fit their definition and unique values that another client has by now; the timeline shows
    /// these. `REQUIRED` at `input.attributes` and the key for each attribute of the prospect that the status requires.
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
        let level = input.potential_level_id.map(|id| reference(Kind::PotentialLevel, &id));
        let (prospect, user_errors) = write.run(|| conversion::convert(write.cx(), id, level)).await?;
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
