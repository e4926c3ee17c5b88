//! Signing in and out through the API, and the sessions that there are.

use async_graphql::{Context, ID, InputObject, Object, Result};

use crate::auth::credentials::Secret;
use crate::ids::Kind;
use crate::resolvers::access::sessions;
use crate::schema::access::users::User;
use crate::schema::cx;
use crate::schema::error::{payload, settle};
use crate::schema::idempotency::Write;
use crate::schema::ids::{encode, reference};
use crate::schema::scalars::DateTime;
use crate::schema::text::Text;

/// A device on which a user is signed in.
#[derive(Clone)]
pub struct Session(sessions::Session);

/// Who wants to sign in.
#[derive(InputObject)]
pub struct SessionCreateInput {
    /// The e-mail of the account; upper and lower case are the same.
    pub email: String,
    /// The password of the account: 8 to 128 characters.
    #[graphql(secret)]
    pub password: String,
}

payload! {
    /// What came of signing in.
    SessionCreatePayload {
        /// The secret that goes into the header `Authorization: Bearer …` of every further request. It is shown once.
        token: Secret,
        /// When the session ends at the latest. It ends sooner when it is not used for some days.
        expires_at: DateTime,
        /// Who has signed in.
        user: User,
    }
}

payload! {
    /// What came of signing out.
    SessionEndPayload {
        /// Who has signed out.
        user: User,
    }
}

payload! {
    /// What came of ending a session.
    SessionRevokePayload {
        /// The session as it was. Null in a repeat, because nothing of it is kept, and when there are user errors.
        session: Session,
    }
}

payload! {
    /// What came of ending the other sessions.
    SessionRevokeOthersPayload {
        /// How many sessions have ended.
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

/// A device on which a user is signed in. A user has at most 50; signing in once more ends the one that was unused for longest.
#[Object]
impl Session {
    /// Identifies the session for ever; it is not the token.
    pub async fn id(&self) -> ID {
        encode(Kind::Session, self.0.id)
    }

    /// When the user signed in.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it was last used, noted once a minute at most.
    async fn last_used_at(&self) -> DateTime {
        DateTime(self.0.last_used_at)
    }

    /// When it ends at the latest. It ends sooner when it is not used for some days.
    async fn expires_at(&self) -> DateTime {
        DateTime(self.0.expires_at)
    }

    /// What the browser or app said of itself when signing in, at most 255 characters. Null where it said nothing.
    async fn user_agent(&self) -> Option<Text<'_>> {
        self.0.user_agent.as_deref().map(Text::from)
    }

    /// Whether this request was made with it.
    async fn is_current(&self, ctx: &Context<'_>) -> bool {
        let viewer = cx(ctx).caller.as_ref();
        viewer.and_then(|viewer| viewer.session_id()) == Some(self.0.id)
    }
}

#[Object]
impl SessionMutation {
    /// Signs in: the only thing that can be asked for without being signed in. A wrong password, an unknown e-mail and a deactivated
    /// account give the same answer. After too many failures of an account or from an address the answer is `RATE_LIMITED`.
    async fn session_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The e-mail and the password of an account.")] input: SessionCreateInput,
    ) -> Result<Option<SessionCreatePayload>> {
        let (session, user_errors) = settle(sessions::create(cx(ctx), &input.email, &input.password).await)?;
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

    /// Signs out: the token of this request is worth nothing from now on. Other sessions of the user go on. Not for API keys.
    async fn session_end(&self, ctx: &Context<'_>) -> Result<Option<SessionEndPayload>> {
        let (user, user_errors) = settle(sessions::end(cx(ctx)).await)?;
        Ok(Some(SessionEndPayload {
            user: user.flatten().map(User::from),
            user_errors,
        }))
    }

    /// Ends a session: its token is worth nothing from the next request on. One's own; administrators may end anybody's. Not for API keys.
    async fn session_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session.")] id: ID,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
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

    /// Ends all sessions of the caller but the one that asks. Not for API keys.
    async fn session_revoke_others(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
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
