//! Types of document numbers in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use crate::entities::setup::identifier_type;
use crate::ids::Kind;
use crate::resolvers::setup::{catalogs, countries};
use crate::schema::cx;
use crate::schema::guards::SignedIn;
use crate::schema::ids::encode;

/// A type of document number.
#[derive(Clone)]
pub struct IdentifierType(Arc<identifier_type::Model>);

#[derive(Default)]
pub struct IdentifierTypeQuery;

impl From<Arc<identifier_type::Model>> for IdentifierType {
    fn from(row: Arc<identifier_type::Model>) -> Self {
        IdentifierType(row)
    }
}

/// A type of document number, such as a national id, a tax number or a passport.
#[Object]
impl IdentifierType {
    /// Identifies the type for ever.
    pub async fn id(&self) -> ID {
        encode(Kind::IdentifierType, self.0.id)
    }

    /// What people call it, such as `RIF`; unique within its country.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is, in words. Null where nobody has said so.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// The country that issues it, as its two letters of ISO 3166-1. Null where every country can.
    async fn country(&self) -> Option<&str> {
        (self.0.country != countries::ANY).then_some(&self.0.country)
    }

    /// Whether it is no longer offered. It is still shown where it is used.
    async fn is_retired(&self) -> bool {
        self.0.retired_at.is_some()
    }
}

#[Object]
impl IdentifierTypeQuery {
    /// All types of document numbers, those of one country together and the retired ones last. At most 500.
    #[graphql(guard = "SignedIn")]
    async fn identifier_types(&self, ctx: &Context<'_>) -> Vec<IdentifierType> {
        catalogs::in_order(cx(ctx).catalogs().identifier_types.all())
            .into_iter()
            .map(IdentifierType::from)
            .collect()
    }
}
