//! Signing in and out through the API.

use async_graphql::{Context, InputObject, Object, Result};

use crate::resolvers::access::sessions;
use crate::schema::access::users::User;
use crate::schema::cx;
use crate::schema::error::{payload, settle};
use crate::schema::scalars::DateTime;

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
        token: String,
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

#[derive(Default)]
pub struct SessionMutation;

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

    /// Signs out: the token of this request is worth nothing from now on. Other sessions of the user go on.
    async fn session_end(&self, ctx: &Context<'_>) -> Result<Option<SessionEndPayload>> {
        let (user, user_errors) = settle(sessions::end(cx(ctx)).await)?;
        Ok(Some(SessionEndPayload {
            user: user.flatten().map(User::from),
            user_errors,
        }))
    }
}
