//! API keys in the API: secrets by which programs act for a user.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};

use crate::auth;
use crate::auth::credentials::Secret;
use crate::ids::Kind;
use crate::resolvers::access::keys;
use crate::schema::error::payload;
use crate::schema::idempotency::Write;
use crate::schema::ids::{encode, reference};
use crate::schema::scalars::DateTime;
use crate::schema::text::Text;

/// A secret by which a program acts for a user.
#[derive(Clone)]
pub struct ApiKey(keys::ApiKey);

/// What an API key may do of what its user may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "auth::KeyScope")]
pub enum ApiKeyScope {
    /// Everything that the user may do, but for users, passwords, sessions and API keys.
    Full,
    /// Reads what the user sees; every mutation is `FORBIDDEN`.
    ReadOnly,
}

/// A key that is to be made for the caller.
#[derive(InputObject)]
pub struct ApiKeyCreateInput {
    /// What it is for, such as the program that gets it: 1 to 100 characters.
    pub name: String,
    /// What it may do. Left out: `READ_ONLY`.
    pub scope: Option<ApiKeyScope>,
    /// When it ends: later than now, at most ten years ahead. Null or left out: never.
    pub expires_at: Option<DateTime>,
}

payload! {
    /// What came of making an API key.
    ApiKeyCreatePayload {
        /// The key as it is listed from now on. Null when there are user errors.
        api_key: ApiKey,
        /// The secret that goes into the header `Authorization: Bearer …`. It is shown once and kept nowhere. Null in a repeat, and when
        /// there are user errors.
        key: Secret,
    }
}

payload! {
    /// What came of revoking an API key.
    ApiKeyRevokePayload {
        /// The key as it was. Null in a repeat, because nothing of it is kept, and when there are user errors.
        api_key: ApiKey,
    }
}

#[derive(Default)]
pub struct ApiKeyMutation;

impl From<keys::ApiKey> for ApiKey {
    fn from(row: keys::ApiKey) -> Self {
        ApiKey(row)
    }
}

/// A secret by which a program acts for a user, as long as the user is active. It shares the user's bucket of points.
#[Object]
impl ApiKey {
    /// Identifies the key for ever; it is not the secret.
    pub async fn id(&self) -> ID {
        encode(Kind::ApiKey, self.0.id)
    }

    /// What it is for: 1 to 100 characters.
    async fn name(&self) -> Text<'_> {
        Text::from(&self.0.name)
    }

    /// What it may do of what its user may.
    async fn scope(&self) -> ApiKeyScope {
        self.0.scope.into()
    }

    /// How the secret begins, 12 characters, so that people recognise it.
    async fn prefix(&self) -> Text<'_> {
        Text::from(&self.0.prefix)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it was last used, noted once a minute at most. Null where it never was.
    async fn last_used_at(&self) -> Option<DateTime> {
        self.0.last_used_at.map(DateTime)
    }

    /// When it ends, or has ended. Null: never.
    async fn expires_at(&self) -> Option<DateTime> {
        self.0.expires_at.map(DateTime)
    }
}

#[Object]
impl ApiKeyMutation {
    /// Makes an API key for the caller. A user has at most 20. Not for API keys themselves.
    async fn api_key_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the key is for, and what it may do.")] input: ApiKeyCreateInput,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<ApiKeyCreatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let new = keys::NewApiKey {
            name: input.name,
            scope: input.scope.unwrap_or(ApiKeyScope::ReadOnly).into(),
            expires_at: input.expires_at.map(|at| at.0),
        };
        let (created, user_errors) = write.run(|| keys::create(write.cx(), &new)).await?;
        let (api_key, key) = created.map(|created| (ApiKey(created.row), created.text)).unzip();
        Ok(Some(ApiKeyCreatePayload {
            api_key,
            key: key.flatten(),
            user_errors,
        }))
    }

    /// Revokes an API key: it is worth nothing from the next request on. One's own; administrators may revoke anybody's. Not for API keys themselves.
    async fn api_key_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which key.")] id: ID,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<ApiKeyRevokePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::ApiKey, &id);
        let (revoked, user_errors) = write.run(|| keys::revoke(write.cx(), id)).await?;
        Ok(Some(ApiKeyRevokePayload {
            api_key: revoked.and_then(|revoked| revoked.row).map(ApiKey),
            user_errors,
        }))
    }
}
