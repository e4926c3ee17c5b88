//! Users in the API: everybody signed in sees who there is, and only few see more than that.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};

use crate::auth;
use crate::entities::access::user;
use crate::ids::Kind;
use crate::resolvers::access::{passwords, sessions, users};
use crate::schema::access::keys::ApiKey;
use crate::schema::access::sessions::Session;
use crate::schema::error::{payload, settle, to_graphql};
use crate::schema::guards::SignedIn;
use crate::schema::ids::encode;
use crate::schema::text::Text;
use crate::schema::{cx, loaders};

/// Somebody who signs in.
#[derive(Clone)]
pub struct User {
    row: Arc<user::Model>,
    /// Known to be the caller, also where the request itself was made by nobody.
    is_caller: bool,
}

/// What a user sees and may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "auth::Role")]
pub enum Role {
    /// An administrator: sees everything and shapes catalogues and users.
    Admin,
    /// A salesperson: sees the prospects and clients they own, and what hangs from these.
    Sales,
}

/// The present password and the one that is to replace it.
#[derive(InputObject)]
pub struct UserPasswordUpdateInput {
    /// The password that is valid until now.
    #[graphql(secret)]
    pub current_password: String,
    /// The password that is valid from now on: 8 to 128 characters.
    #[graphql(secret)]
    pub new_password: String,
}

payload! {
    /// What came of giving the caller another password.
    UserPasswordUpdatePayload {
        /// The caller, whose other sessions have ended.
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

    /// Whether the caller may see what is between a user and the administrators.
    fn shows_private(&self, ctx: &Context<'_>) -> bool {
        self.is_caller
            || cx(ctx)
                .caller
                .as_ref()
                .is_some_and(|viewer| viewer.can_read_private_of(self.row.id))
    }
}

/// Somebody who signs in, or did until they were deactivated.
#[Object]
impl User {
    /// Identifies the user for ever.
    pub async fn id(&self) -> ID {
        encode(Kind::User, self.row.id)
    }

    /// What the user is called: 1 to 100 characters.
    async fn name(&self) -> Text<'_> {
        Text::from(&self.row.name)
    }

    /// The e-mail that the user signs in with. Null where it is not the caller's own; administrators see all.
    async fn email(&self, ctx: &Context<'_>) -> Option<Text<'_>> {
        self.shows_private(ctx).then_some(&self.row.email).map(Text::from)
    }

    /// Whether the user is an administrator or a salesperson.
    async fn role(&self) -> Role {
        self.row.role.into()
    }

    /// Whether the user can sign in. False for those who are kept for what they did.
    async fn is_active(&self) -> bool {
        self.row.is_active
    }

    /// The language of the user as a BCP 47 tag, such as `es-VE`. Null where it is not the caller's own; administrators see all.
    async fn locale(&self, ctx: &Context<'_>) -> Option<Text<'_>> {
        self.shows_private(ctx).then_some(&self.row.locale).map(Text::from)
    }

    /// The time zone of the user by its IANA name, such as `America/Caracas`. Null where it is not the caller's own; administrators see all.
    async fn time_zone(&self, ctx: &Context<'_>) -> Option<Text<'_>> {
        self.shows_private(ctx).then_some(&self.row.time_zone).map(Text::from)
    }

    /// Where the user is signed in, last used first. At most 50. Null where it is not the caller's own; administrators see all.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Option<Vec<Session>>> {
        if !self.shows_private(ctx) {
            return Ok(None);
        }
        let rows = loaders(ctx).sessions.load(self.row.id).await.map_err(to_graphql)?;
        let live = sessions::live(cx(ctx), rows.unwrap_or_default());
        Ok(Some(live.into_iter().map(Session::from).collect()))
    }

    /// The keys of the user's programs, newest first, expired ones included. At most 20. Null where they are not the caller's own; administrators see all.
    async fn api_keys(&self, ctx: &Context<'_>) -> Result<Option<Vec<ApiKey>>> {
        if !self.shows_private(ctx) {
            return Ok(None);
        }
        let rows = loaders(ctx).api_keys.load(self.row.id).await.map_err(to_graphql)?;
        Ok(Some(rows.unwrap_or_default().into_iter().map(ApiKey::from).collect()))
    }

    /// Grows by one with every change; give it as `expectedVersion` so as not to overwrite what you have not seen.
    async fn version(&self) -> i32 {
        self.row.version
    }
}

#[Object]
impl UserQuery {
    /// Who is asking. Null when nobody is signed in.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let cx = cx(ctx);
        let Some(viewer) = &cx.caller else { return Ok(None) };
        let user = users::get(cx, viewer.user_id).await.map_err(to_graphql)?;
        Ok(user.map(User::from))
    }

    /// All users, deactivated ones too, by name. At most 1,000.
    #[graphql(guard = "SignedIn")]
    async fn users(&self, ctx: &Context<'_>) -> Vec<User> {
        users::list(cx(ctx)).into_iter().map(User::from).collect()
    }
}

#[Object]
impl UserMutation {
    /// Gives the caller another password and ends all their other sessions; API keys go on. Wrong present passwords count as failed
    /// sign-ins. Not for API keys.
    async fn user_password_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The present password and the new one.")] input: UserPasswordUpdateInput,
    ) -> Result<Option<UserPasswordUpdatePayload>> {
        let (user, user_errors) = settle(passwords::change(cx(ctx), &input.current_password, &input.new_password).await)?;
        Ok(Some(UserPasswordUpdatePayload {
            user: user.map(User::from),
            user_errors,
        }))
    }
}
