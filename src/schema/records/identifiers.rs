//! Look-up of document numbers while they are typed, in the API.

use async_graphql::{Context, Object, Result};

use crate::resolvers::records::identifiers;
use crate::schema::cx;
use crate::schema::error::to_graphql;
use crate::schema::guards::SignedIn;
use crate::schema::records::prospects::{Prospect, ProspectCondition, by_id};
use crate::schema::setup::identifier_types::IdentifierType;
use crate::schema::text::Text;

/// A document number that is in use.
pub struct IdentifierMatch(identifiers::IdentifierMatch);

/// A document number that is in use.
#[Object]
impl IdentifierMatch {
    /// The number as stored; if `prospect` is null, as typed in the query.
    async fn number(&self) -> Text<'_> {
        Text::from(&self.0.number)
    }

    /// Type of the number. Null if `prospect` is null.
    async fn r#type(&self, ctx: &Context<'_>) -> Option<IdentifierType> {
        let type_id = self.0.visible?.type_id;
        cx(ctx).catalogs().identifier_types.get(type_id).cloned().map(IdentifierType::from)
    }

    /// Condition of the record that has the number: prospect or client.
    async fn condition(&self) -> ProspectCondition {
        self.0.condition.into()
    }

    /// Prospect that has the number. Null if not visible to the caller.
    async fn prospect(&self, ctx: &Context<'_>) -> Result<Option<Prospect>> {
        match self.0.visible {
            Some(visible) => by_id(ctx, visible.prospect_id).await,
            None => Ok(None),
        }
    }
}

#[derive(Default)]
pub struct IdentifierQuery;

#[Object]
impl IdentifierQuery {
    /// Looks up document numbers while they are typed: the numbers of visible prospects that begin with the prefix, in order. Only letters
    /// and digits count; with fewer than five the list is empty. A full match on a prospect that the caller may not see comes first, and
    /// reveals only whether it is a client. At most 50. Null with `RATE_LIMITED` above 60 calls per minute, or the limit that the server
    /// has.
    #[graphql(guard = "SignedIn")]
    async fn identifier_lookup(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The number or its beginning; at least five letters and digits.")] prefix: String,
        #[graphql(desc = "Number of items from the start of the list. 0 to 50; default 10.")] first: Option<i32>,
    ) -> Result<Option<Vec<IdentifierMatch>>> {
        let found = identifiers::lookup(cx(ctx), &prefix, first.unwrap_or(10))
            .await
            .map_err(to_graphql)?;
        Ok(Some(found.into_iter().map(IdentifierMatch).collect()))
    }
}
