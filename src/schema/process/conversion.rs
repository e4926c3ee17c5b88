//! Winning a prospect as a client, and taking a win back, in the API.

use async_graphql::{Context, ID, InputObject, Object, Result};

use crate::ids::Kind;
use crate::resolvers::process::conversion;
use crate::schema::error::payload;
use crate::schema::idempotency::Write;
use crate::schema::ids::reference;
use crate::schema::records::clients::{Client, client_of};
use crate::schema::records::prospects::Prospect;

/// How a prospect is won.
#[derive(InputObject)]
pub struct ProspectConvertInput {
    /// The potential level as a client. Left out: the default one of clients.
    pub potential_level_id: Option<ID>,
}

/// Why a win is taken back.
#[derive(InputObject)]
pub struct ClientUnconvertInput {
    /// What happened: 1 to 2,000 characters.
    pub reason: String,
}

payload! {
    /// What came of winning a prospect.
    ProspectConvertPayload {
        /// What the prospect has as a client from now on. Null when there are user errors.
        client: Client,
        /// The prospect as it is now. Null when there are user errors.
        prospect: Prospect,
    }
}

payload! {
    /// What came of taking a win back.
    ClientUnconvertPayload {
        /// The prospect as it is now. Null when there are user errors.
        prospect: Prospect,
    }
}

#[derive(Default)]
pub struct ConversionMutation;

#[Object]
impl ConversionMutation {
    /// Wins a prospect: its cycle goes to the first status of category WON, and it is a client from then on.
    async fn prospect_convert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which prospect.")] id: ID,
        #[graphql(desc = "How it is won.")] input: ProspectConvertInput,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
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

    /// Takes back the latest win of a client: its cycle is again what it was before. While another win stands it remains a client.
    async fn client_unconvert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which client.")] id: ID,
        #[graphql(desc = "Why it is taken back.")] input: ClientUnconvertInput,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
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
