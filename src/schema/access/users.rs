//! Users in the API. Every signed-in caller sees them; their private fields are for themselves and administrators.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};

use crate::auth;
use crate::entities::access::user;
use crate::ids::Kind;
use crate::resolvers::access::{passwords, sessions, users};
use crate::schema::access::keys::ApiKey;
use crate::schema::access::sessions::Session;
use crate::schema::error::{payload, split_user_errors, to_graphql};
use crate::schema::guards::SignedIn;
use crate::schema::ids::encode;
use crate::schema::text::Text;
use crate::schema::{cx, loaders};

/// A person who signs in.
#[derive(Clone)]
pub struct User {
    row: Arc<user::Model>,
    /// Known to be the caller, even if the request itself had no credentials.
    is_caller: bool,
}

/// Permissions of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "auth::Role")]
pub enum Role {
    /// An administrator: sees all records and manages catalogues and users.
    Admin,
    /// A salesperson: sees the prospects and clients that they own, with all their data.
    Sales,
}

/// Current and new password of the caller.
#[derive(InputObject)]
pub struct UserPasswordUpdateInput {
    /// Password that is in force until the change.
    #[graphql(secret)]
    pub current_password: String,
    /// The new password. 8 to 128 characters.
    #[graphql(secret)]
    pub new_password: String,
}

payload! {
    /// Payload of `userPasswordUpdate`.
    UserPasswordUpdatePayload {
        /// The caller, whose other sessions have ended. Null if there are user errors.
        user: User,
    }
}

#[derive(Default)]
pub struct UserQuery;

#[derive(Default)]
pub struct UserMutation;

impl From<Arc<user::Model>> for User {
    fn from(row: Arc<user::Model>) -> Self {
        User { row, is_caller: false }
    }
}

impl User {
    /// The user as whom the caller has just signed in.
    pub fn caller(row: Arc<user::Model>) -> User {
        User { row, is_caller: true }
    }

    /// Whether the caller may see the private fields of the user: their own, or as an administrator.
    fn shows_private(&self, ctx: &Context<'_>) -> bool {
        self.is_caller
            || cx(ctx)
                .caller
                .as_ref()
                .is_some_and(|viewer| viewer.can_read_private_of(self.row.id))
    }
}

/// A person who signs in, or did until they were deactivated (member, agent, sales rep).
#[Object]
impl User {
    /// Permanent ID of the user.
    pub async fn id(&self) -> ID {
        encode(Kind::User, self.row.id)
    }

    /// Name of the user. 1 to 100 characters.
    async fn name(&self) -> Text<'_> {
        Text::from(&self.row.name)
    }

    /// E-mail address of the user. Null for other users, except for administrators.
    async fn email(&self, ctx: &Context<'_>) -> Option<Text<'_>> {
        self.shows_private(ctx).then_some(&self.row.email).map(Text::from)
    }

    /// Role of the user: administrator or salesperson.
    async fn role(&self) -> Role {
        self.row.role.into()
    }

    /// True if the user can sign in. Deactivated users are kept for the history.
    async fn is_active(&self) -> bool {
        self.row.is_active
    }

    /// Language of the user as a BCP 47 tag, such as `es-VE`. Null for other users, except for administrators.
    async fn locale(&self, ctx: &Context<'_>) -> Option<Text<'_>> {
        self.shows_private(ctx).then_some(&self.row.locale).map(Text::from)
    }

    /// IANA time zone of the user, such as `America/Caracas`. Null for other users, except for administrators.
    async fn time_zone(&self, ctx: &Context<'_>) -> Option<Text<'_>> {
        self.shows_private(ctx).then_some(&self.row.time_zone).map(Text::from)
    }

    /// Sessions of the user, most recently used first. At most 50. Null for other users, except for administrators.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Option<Vec<Session>>> {
        if !self.shows_private(ctx) {
            return Ok(None);
        }
        let rows = loaders(ctx).sessions.load(self.row.id).await.map_err(to_graphql)?;
        let live = sessions::live(cx(ctx), rows.unwrap_or_default());
        Ok(Some(live.into_iter().map(Session::from).collect()))
    }

    /// API keys of the user, newest first, expired ones included. At most 20. Null for other users, except for administrators.
    async fn api_keys(&self, ctx: &Context<'_>) -> Result<Option<Vec<ApiKey>>> {
        if !self.shows_private(ctx) {
            return Ok(None);
        }
        let rows = loaders(ctx).api_keys.load(self.row.id).await.map_err(to_graphql)?;
        Ok(Some(rows.unwrap_or_default().into_iter().map(ApiKey::from).collect()))
    }

    /// Revision of the record, incremented by every change except of the password. Pass it as `expectedVersion` to detect concurrent changes.
    async fn version(&self) -> i32 {
        self.row.version
    }
}

#[Object]
impl UserQuery {
    /// The user who makes the request. Null if not signed in.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let cx = cx(ctx);
        let Some(viewer) = &cx.caller else { return Ok(None) };
        let user = users::get(cx, viewer.user_id).await.map_err(to_graphql)?;
        Ok(user.map(User::from))
    }

    /// All users, deactivated ones included, by name. At most 1,000.
    #[graphql(guard = "SignedIn")]
    async fn users(&self, ctx: &Context<'_>) -> Vec<User> {
        users::list(cx(ctx)).into_iter().map(User::from).collect()
    }
}

#[Object]
impl UserMutation {
    /// Changes the caller's password and ends all their other sessions; API keys stay valid. Wrong current passwords count as failed
    /// sign-ins. Not for API keys.
    async fn user_password_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The current password and the new one.")] input: UserPasswordUpdateInput,
    ) -> Result<Option<UserPasswordUpdatePayload>> {
        let (user, user_errors) = split_user_errors(passwords::change(cx(ctx), &input.current_password, &input.new_password).await)?;
        Ok(Some(UserPasswordUpdatePayload {
            user: user.map(User::from),
            user_errors,
        }))
    }
}
