//! Document numbers as somebody types them, in the API.

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
    /// The number as it was saved; where `prospect` is null, as it was typed now.
    async fn number(&self) -> Text<'_> {
        Text::from(&self.0.number)
    }

    /// What kind of number it is. Null where `prospect` is.
    async fn r#type(&self, ctx: &Context<'_>) -> Option<IdentifierType> {
        let type_id = self.0.visible?.type_id;
        cx(ctx).catalogs().identifier_types.get(type_id).cloned().map(IdentifierType::from)
    }

    /// Whether it belongs to a prospect or to a client.
    async fn condition(&self) -> ProspectCondition {
        self.0.condition.into()
    }

    /// Whose number it is. Null where the caller may not see the record.
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
    /// Who has a document number, as it is typed: the numbers of visible prospects that begin with it, in their order. Only letters and digits
    /// count, and with fewer than five of them the list is empty. Where it is the whole number of a prospect that the caller may not see, that
    /// comes first and tells whether it is a client, and nothing else. At most 50. Null, with `RATE_LIMITED`, for those who ask too often:
    /// more than 60 times a minute unless the server is set otherwise.
    #[graphql(guard = "SignedIn")]
    async fn identifier_lookup(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The number, or how it begins: at least five letters and digits.")] prefix: String,
        #[graphql(desc = "How many from the start of the list: 0 to 50, 10 if left out.")] first: Option<i32>,
    ) -> Result<Option<Vec<IdentifierMatch>>> {
        let found = identifiers::lookup(cx(ctx), &prefix, first.unwrap_or(10))
            .await
            .map_err(to_graphql)?;
        Ok(Some(found.into_iter().map(IdentifierMatch).collect()))
    }
}
