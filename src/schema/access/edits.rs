//! Mutations of users: create, update, deactivate, reset the password.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};

use crate::auth::credentials::{FirstPassword, Secret};
use crate::ids::Kind;
use crate::resolvers::access::{passwords, users};
use crate::resolvers::process::demotion;
use crate::resolvers::process::handover::{self, Handover};
use crate::rules::patch::Patch;
use crate::schema::access::users::{Role, User};
use crate::schema::cx;
use crate::schema::error::{payload, split_user_errors, to_graphql};
use crate::schema::guards::AdminOnly;
use crate::schema::idempotency::Write;
use crate::schema::ids::reference;

/// Fields of a new user, who may sign in at once.
#[derive(InputObject)]
pub struct UserCreateInput {
    /// E-mail address to sign in with. At most 254 characters; unique among all users, deactivated ones included.
    pub email: String,
    /// Name of the user. 1 to 100 characters.
    pub name: String,
    /// Role of the user. Default: `SALES`.
    pub role: Option<Role>,
    /// Language as a BCP 47 tag, such as `es-VE`. Default: the server's setting.
    pub locale: Option<String>,
    /// IANA time zone, such as `America/Caracas`. Default: the server's setting.
    pub time_zone: Option<String>,
    /// Initial password. 8 to 128 characters. Default: one is generated and returned in `generatedPassword`.
    #[graphql(secret)]
    pub password: Option<String>,
}

/// Changes to a user.
#[derive(InputObject)]
pub struct UserUpdateInput {
    /// E-mail address to sign in with. At most 254 characters; unique among all users. Cannot be cleared.
    pub email: MaybeUndefined<String>,
    /// Name of the user. 1 to 100 characters. Cannot be cleared.
    pub name: MaybeUndefined<String>,
    /// Role of the user, in force from the next request on. The last active administrator cannot lose the role. When an administrator
    /// becomes a salesperson, their planned tasks go to the owners of the prospects, except the tasks of their own prospects.
    pub role: MaybeUndefined<Role>,
    /// Language as a BCP 47 tag, such as `es-VE`. Cannot be cleared.
    pub locale: MaybeUndefined<String>,
    /// IANA time zone, such as `America/Caracas`. Cannot be cleared.
    pub time_zone: MaybeUndefined<String>,
    /// True reactivates a deactivated user, with the previous password. False is refused for an active user: use `userDeactivate`.
    pub is_active: MaybeUndefined<bool>,
}

/// Changes to the caller's own profile.
#[derive(InputObject)]
pub struct UserProfileUpdateInput {
    /// Name of the caller. 1 to 100 characters. Cannot be cleared.
    pub name: MaybeUndefined<String>,
    /// Language as a BCP 47 tag, such as `es-VE`. Cannot be cleared.
    pub locale: MaybeUndefined<String>,
    /// IANA time zone, such as `America/Caracas`. Cannot be cleared.
    pub time_zone: MaybeUndefined<String>,
}

/// Transfer of the records of a user who is deactivated.
#[derive(InputObject)]
pub struct UserDeactivateInput {
    /// Active user who becomes the owner. Required if the user owns prospects, deleted ones included, unless `leaveUnassigned` is true.
    pub transfer_to_id: Option<ID>,
    /// True leaves the prospects of the user without an owner and their tasks without an assignee. Default: false. Not allowed together
    /// with `transferToId`.
    pub leave_unassigned: Option<bool>,
}

/// New password of a user.
#[derive(InputObject)]
pub struct UserPasswordResetInput {
    /// New password. 8 to 128 characters. Default: one is generated and returned in `generatedPassword`.
    #[graphql(secret)]
    pub password: Option<String>,
}

payload! {
    /// Payload of `userCreate`.
    UserCreatePayload {
        /// The new user. Null if there are user errors.
        user: User,
        /// The generated password, which the user should soon replace. Shown once and never stored. Null if a password was given, in a
        /// replay, and if there are user errors.
        generated_password: Secret,
    }
}

payload! {
    /// Payload of `userUpdate`.
    UserUpdatePayload {
        /// The user after the change; on a version `CONFLICT`, the current state. Null on other user errors.
        user: User,
    }
}

payload! {
    /// Payload of `userProfileUpdate`.
    UserProfileUpdatePayload {
        /// The caller after the change; on a version `CONFLICT`, the current state. Null on other user errors.
        user: User,
    }
}

payload! {
    /// Payload of `userDeactivate`.
    UserDeactivatePayload {
        /// The deactivated user. Null if there are user errors.
        user: User,
        /// Number of prospects that changed owner or lost it, deleted ones included. Null in a replay, which transfers nothing, and if
        /// there are user errors.
        transferred_count: i32,
    }
}

payload! {
    /// Payload of `userPasswordReset`.
    UserPasswordResetPayload {
        /// The user, whose sessions have ended. Null if there are user errors.
        user: User,
        /// The generated password, which the user should soon replace. Shown once and never stored. Null if a password was given, and if
        /// there are user errors.
        generated_password: Secret,
    }
}

#[derive(Default)]
pub struct UserEditMutation;

impl From<UserUpdateInput> for users::UserEdit {
    fn from(input: UserUpdateInput) -> Self {
        let role: Patch<Role> = input.role.into();
        users::UserEdit {
            email: input.email.into(),
            name: input.name.into(),
            role: role.map(Into::into),
            locale: input.locale.into(),
            time_zone: input.time_zone.into(),
            is_active: input.is_active.into(),
        }
    }
}

#[Object]
impl UserEditMutation {
    /// Creates a user, who may sign in at once. At most 1,000 users, deactivated ones included. A replay is recognised by all arguments
    /// except the password. Administrators only; not for API keys.
    #[graphql(guard = "AdminOnly")]
    async fn user_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Fields of the new user.")] input: UserCreateInput,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<UserCreatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let settings = &write.cx().app.settings;
        let password = FirstPassword::given_or_made(input.password);
        let new = users::NewUser {
            email: input.email,
            name: input.name,
            role: input.role.unwrap_or(Role::Sales).into(),
            password: password.text.clone(),
            locale: input.locale.unwrap_or_else(|| settings.default_locale.clone()),
            time_zone: input.time_zone.unwrap_or_else(|| settings.default_time_zone.clone()),
        };
        let (added, user_errors) = write.run(|| users::create(write.cx(), new.clone())).await?;
        Ok(Some(UserCreatePayload {
            generated_password: added.as_ref().filter(|added| added.is_new).and_then(|_| password.made()),
            user: added.map(|added| User::from(added.user)),
            user_errors,
        }))
    }

    /// Updates a user, including the role, and reactivates a deactivated one. Fields left out stay unchanged. Administrators only; not for
    /// API keys.
    #[graphql(guard = "AdminOnly")]
    async fn user_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the user.")] id: ID,
        #[graphql(desc = "Changes to apply.")] input: UserUpdateInput,
        #[graphql(desc = "Expected `version` of the user. `CONFLICT` if it has changed. Default: no check.")] expected_version: Option<i32>,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<UserUpdatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let (id, changes) = (reference(Kind::User, &id), users::UserEdit::from(input));
        let update = || demotion::update(write.cx(), id, changes.clone(), expected_version);
        let (user, user_errors) = write.edit(id, update).await?;
        Ok(Some(UserUpdatePayload {
            user: user.map(User::from),
            user_errors,
        }))
    }

    /// Updates the caller's name, language and time zone. Fields left out stay unchanged. Not for API keys.
    async fn user_profile_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Changes to apply.")] input: UserProfileUpdateInput,
        #[graphql(desc = "Expected `version` of the caller. `CONFLICT` if it has changed. Default: no check.")] expected_version: Option<
            i32,
        >,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<UserProfileUpdatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let changes = users::ProfileEdit {
            name: input.name.into(),
            locale: input.locale.into(),
            time_zone: input.time_zone.into(),
        };
        let id = write.cx().viewer().map_err(to_graphql)?.user_id;
        let update = || users::update_profile(write.cx(), changes.clone(), expected_version);
        let (user, user_errors) = write.edit(id, update).await?;
        Ok(Some(UserProfileUpdatePayload {
            user: user.map(User::from),
            user_errors,
        }))
    }

    /// Deactivates a user: ends their sessions, revokes their API keys, and transfers their prospects, deleted ones included, with the
    /// planned tasks that they have there. Planned tasks for prospects of other owners go to these owners. Every transferred prospect and
    /// task gets a timeline entry; all in one transaction. Past actions keep the user's name. The last active administrator cannot be
    /// deactivated. About 2,000 to 8,000 prospects are transferred per second. If the request deadline passes, the answer is `TIMEOUT` and
    /// either everything or nothing was done; `isActive` tells which. The command `cartera user deactivate` has no deadline. Administrators
    /// only; not for API keys.
    #[graphql(guard = "AdminOnly")]
    async fn user_deactivate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the user.")] id: ID,
        #[graphql(desc = "Transfer of the user's records.")] input: UserDeactivateInput,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<UserDeactivatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let handover = Handover {
            transfer_to: input.transfer_to_id.map(|id| reference(Kind::User, &id)),
            leave_unassigned: input.leave_unassigned.unwrap_or(false),
        };
        let id = reference(Kind::User, &id);
        let (left, user_errors) = write.run(|| handover::deactivate(write.cx(), id, handover)).await?;
        let (user, count) = left.map(|left| (User::from(left.user), left.transferred)).unzip();
        Ok(Some(UserDeactivatePayload {
            user,
            transferred_count: count.flatten().map(|count| i32::try_from(count).unwrap_or(i32::MAX)),
            user_errors,
        }))
    }

    /// Sets a new password for another user and ends all their sessions; their API keys stay valid. `INVALID` for the caller's own
    /// password: use `userPasswordUpdate`, which asks for the current one. Administrators only; not for API keys.
    #[graphql(guard = "AdminOnly")]
    async fn user_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the user; not the caller.")] id: ID,
        #[graphql(desc = "The new password. Default: one is generated.")] input: UserPasswordResetInput,
    ) -> Result<Option<UserPasswordResetPayload>> {
        let password = FirstPassword::given_or_made(input.password);
        let (user, user_errors) = split_user_errors(passwords::reset(cx(ctx), reference(Kind::User, &id), &password.text).await)?;
        Ok(Some(UserPasswordResetPayload {
            generated_password: user.as_ref().and_then(|_| password.made()),
            user: user.map(User::from),
            user_errors,
        }))
    }
}
