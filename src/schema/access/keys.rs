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

/// Permissions of an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "auth::KeyScope")]
pub enum ApiKeyScope {
    /// Everything that the user may do, except users, passwords, sessions and API keys.
    Full,
    /// Reading what the user may see. Every mutation is `FORBIDDEN`.
    ReadOnly,
}

/// Fields of a new API key of the caller.
#[derive(InputObject)]
pub struct ApiKeyCreateInput {
    /// Name of the key, such as the program that uses it. 1 to 100 characters.
    pub name: String,
    /// Permissions of the key. Default: `READ_ONLY`.
    pub scope: Option<ApiKeyScope>,
    /// Expiry time: in the future, at most ten years ahead. Null or left out: the key never expires.
    pub expires_at: Option<DateTime>,
}

payload! {
    /// Payload of `apiKeyCreate`.
    ApiKeyCreatePayload {
        /// The new key. Null if there are user errors.
        api_key: ApiKey,
        /// The secret for the header `Authorization: Bearer …`. Shown once and never stored. Null in a replay, and if there are user
        /// errors.
        key: Secret,
    }
}

payload! {
    /// Payload of `apiKeyRevoke`.
    ApiKeyRevokePayload {
        /// The revoked key. Null in a replay, because revoked keys are not stored, and if there are user errors.
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

/// An API key (access token): a secret by which a program acts for a user, as long as the user is active. It shares the user's rate limit.
#[Object]
impl ApiKey {
    /// Permanent ID of the key; not the secret.
    pub async fn id(&self) -> ID {
        encode(Kind::ApiKey, self.0.id)
    }

    /// Name of the key, such as the program that uses it. 1 to 100 characters.
    async fn name(&self) -> Text<'_> {
        Text::from(&self.0.name)
    }

    /// Permissions of the key.
    async fn scope(&self) -> ApiKeyScope {
        self.0.scope.into()
    }

    /// First 12 characters of the secret, to recognise it.
    async fn prefix(&self) -> Text<'_> {
        Text::from(&self.0.prefix)
    }

    /// Creation time of the key.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Time of the last use, updated at most once a minute. Null if never used.
    async fn last_used_at(&self) -> Option<DateTime> {
        self.0.last_used_at.map(DateTime)
    }

    /// Expiry time, also if it has passed. Null if the key never expires.
    async fn expires_at(&self) -> Option<DateTime> {
        self.0.expires_at.map(DateTime)
    }
}

#[Object]
impl ApiKeyMutation {
    /// Creates an API key for the caller. At most 20 per user. Not for API keys.
    async fn api_key_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Name and permissions of the key.")] input: ApiKeyCreateInput,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
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

    /// Revokes an API key with effect from the next request. Users may revoke their own keys, administrators all. Not for API keys.
    async fn api_key_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the key.")] id: ID,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
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
