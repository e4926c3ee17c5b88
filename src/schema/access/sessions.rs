//! Sessions in the API: signing in, signing out and ending sessions.

use async_graphql::{Context, ID, InputObject, Object, Result};

use crate::auth::credentials::Secret;
use crate::ids::Kind;
use crate::resolvers::access::sessions;
use crate::schema::access::users::User;
use crate::schema::cx;
use crate::schema::error::{payload, split_user_errors};
use crate::schema::idempotency::Write;
use crate::schema::ids::{encode, reference};
use crate::schema::scalars::DateTime;
use crate::schema::text::Text;

/// A device on which a user is signed in.
#[derive(Clone)]
pub struct Session(sessions::Session);

/// Credentials of a user.
#[derive(InputObject)]
pub struct SessionCreateInput {
    /// E-mail address of the account. Case does not matter.
    pub email: String,
    /// Password of the account. 8 to 128 characters.
    #[graphql(secret)]
    pub password: String,
}

payload! {
    /// Payload of `sessionCreate`.
    SessionCreatePayload {
        /// The secret for the header `Authorization: Bearer …` of all further requests. Shown once. Null if there are user errors.
        token: Secret,
        /// Latest end of the session. It ends earlier after some days without use. Null if there are user errors.
        expires_at: DateTime,
        /// The user who signed in. Null if there are user errors.
        user: User,
    }
}

payload! {
    /// Payload of `sessionEnd`.
    SessionEndPayload {
        /// The user who signed out. Null if there are user errors.
        user: User,
    }
}

payload! {
    /// Payload of `sessionRevoke`.
    SessionRevokePayload {
        /// The ended session. Null in a replay, because ended sessions are not stored, and if there are user errors.
        session: Session,
    }
}

payload! {
    /// Payload of `sessionRevokeOthers`.
    SessionRevokeOthersPayload {
        /// Number of sessions that have ended. Null if there are user errors.
        revoked_count: i32,
    }
}

#[derive(Default)]
pub struct SessionMutation;

impl From<sessions::Session> for Session {
    fn from(row: sessions::Session) -> Self {
        Session(row)
    }
}

/// A sign-in of a user on one device. At most 50 per user: one more ends the session that was unused for longest.
#[Object]
impl Session {
    /// Permanent ID of the session; not the token.
    pub async fn id(&self) -> ID {
        encode(Kind::Session, self.0.id)
    }

    /// Time of the sign-in.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Time of the last use, updated at most once a minute.
    async fn last_used_at(&self) -> DateTime {
        DateTime(self.0.last_used_at)
    }

    /// Latest end of the session. It ends earlier after some days without use.
    async fn expires_at(&self) -> DateTime {
        DateTime(self.0.expires_at)
    }

    /// `User-Agent` header of the sign-in request. At most 255 characters. Null if it was not sent.
    async fn user_agent(&self) -> Option<Text<'_>> {
        self.0.user_agent.as_deref().map(Text::from)
    }

    /// True for the session of this request.
    async fn is_current(&self, ctx: &Context<'_>) -> bool {
        let viewer = cx(ctx).caller.as_ref();
        viewer.and_then(|viewer| viewer.session_id()) == Some(self.0.id)
    }
}

#[Object]
impl SessionMutation {
    /// Signs in. The only field that is available without credentials. A wrong password, an unknown e-mail and a deactivated account give
    /// the same error. `RATE_LIMITED` after too many failures for an account or from an address.
    async fn session_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "E-mail address and password of an account.")] input: SessionCreateInput,
    ) -> Result<Option<SessionCreatePayload>> {
        let (session, user_errors) = split_user_errors(sessions::create(cx(ctx), &input.email, &input.password).await)?;
        Ok(Some(match session {
            Some(session) => SessionCreatePayload {
                token: Some(session.token),
                expires_at: Some(DateTime(session.expires_at)),
                user: Some(User::caller(session.user)),
                user_errors,
            },
            None => SessionCreatePayload {
                token: None,
                expires_at: None,
                user: None,
                user_errors,
            },
        }))
    }

    /// Signs out: the token of this request becomes invalid. Other sessions of the user go on. Not for API keys.
    async fn session_end(&self, ctx: &Context<'_>) -> Result<Option<SessionEndPayload>> {
        let (user, user_errors) = split_user_errors(sessions::end(cx(ctx)).await)?;
        Ok(Some(SessionEndPayload {
            user: user.flatten().map(User::from),
            user_errors,
        }))
    }

    /// Ends a session: its token is invalid from the next request on. Users may end their own sessions, administrators all. Not for API
    /// keys.
    async fn session_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the session.")] id: ID,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<SessionRevokePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::Session, &id);
        let (ended, user_errors) = write.run(|| sessions::revoke(write.cx(), id)).await?;
        Ok(Some(SessionRevokePayload {
            session: ended.and_then(|ended| ended.row).map(Session),
            user_errors,
        }))
    }

    /// Ends all other sessions of the caller. Not for API keys.
    async fn session_revoke_others(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<SessionRevokeOthersPayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let (ended, user_errors) = write.run(|| sessions::revoke_others(write.cx())).await?;
        Ok(Some(SessionRevokeOthersPayload {
            revoked_count: ended.map(|ended| i32::try_from(ended.0.len()).unwrap_or(i32::MAX)),
            user_errors,
        }))
    }
}
