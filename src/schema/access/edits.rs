//! How users are added, changed and taken out through the API.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};

use crate::auth::credentials::{FirstPassword, Secret};
use crate::ids::Kind;
use crate::resolvers::access::{passwords, users};
use crate::resolvers::process::demotion;
use crate::resolvers::process::handover::{self, Handover};
use crate::schema::access::users::{Role, User};
use crate::schema::cx;
use crate::schema::error::{payload, settle, to_graphql};
use crate::schema::idempotency::Write;
use crate::schema::ids::reference;

/// Somebody who is to sign in from now on.
#[derive(InputObject)]
pub struct UserCreateInput {
    /// The e-mail to sign in with: at most 254 characters, unlike that of any other user, deactivated ones included.
    pub email: String,
    /// What the user is called: 1 to 100 characters.
    pub name: String,
    /// What the user sees and may do. Left out: `SALES`.
    pub role: Option<Role>,
    /// The language as a BCP 47 tag, such as `es-VE`. Left out: the server's setting.
    pub locale: Option<String>,
    /// The time zone by its IANA name, such as `America/Caracas`. Left out: the server's setting.
    pub time_zone: Option<String>,
    /// The password to begin with: 8 to 128 characters. Left out: one is made and told in `generatedPassword`.
    #[graphql(secret)]
    pub password: Option<String>,
}

/// What is to change about a user.
#[derive(InputObject)]
pub struct UserUpdateInput {
    /// The e-mail to sign in with: at most 254 characters, unlike that of any other user. It cannot be cleared.
    pub email: MaybeUndefined<String>,
    /// What the user is called: 1 to 100 characters. It cannot be cleared.
    pub name: MaybeUndefined<String>,
    /// What the user sees and may do, from the next request on. The last active administrator stays one. Planned tasks of somebody who is an
    /// administrator no more go to the owners of their prospects, but for those of their own.
    pub role: MaybeUndefined<Role>,
    /// The language as a BCP 47 tag, such as `es-VE`. It cannot be cleared.
    pub locale: MaybeUndefined<String>,
    /// The time zone by its IANA name, such as `America/Caracas`. It cannot be cleared.
    pub time_zone: MaybeUndefined<String>,
    /// True lets a deactivated user sign in again, with the password of before. False is refused for an active one: use `userDeactivate`.
    pub is_active: MaybeUndefined<bool>,
}

/// What is to change about the caller.
#[derive(InputObject)]
pub struct UserProfileUpdateInput {
    /// What the caller is called: 1 to 100 characters. It cannot be cleared.
    pub name: MaybeUndefined<String>,
    /// The language as a BCP 47 tag, such as `es-VE`. It cannot be cleared.
    pub locale: MaybeUndefined<String>,
    /// The time zone by its IANA name, such as `America/Caracas`. It cannot be cleared.
    pub time_zone: MaybeUndefined<String>,
}

/// To whom goes what a user is responsible for.
#[derive(InputObject)]
pub struct UserDeactivateInput {
    /// The active user who gets it. Required where the user owns prospects, deleted ones included, unless `leaveUnassigned` is true.
    pub transfer_to_id: Option<ID>,
    /// True: the prospects of the user have no owner from then on, and their tasks are nobody's. Left out means false. Not together with `transferToId`.
    pub leave_unassigned: Option<bool>,
}

/// The password that a user is to have.
#[derive(InputObject)]
pub struct UserPasswordResetInput {
    /// The password that is valid from now on: 8 to 128 characters. Left out: one is made and told in `generatedPassword`.
    #[graphql(secret)]
    pub password: Option<String>,
}

payload! {
    /// What came of adding a user.
    UserCreatePayload {
        /// Who may sign in from now on. Null when there are user errors.
        user: User,
        /// The password that was made; it is shown once and kept nowhere, and the user should soon replace it. Null where one was given, in a
        /// repeat, and when there are user errors.
        generated_password: Secret,
    }
}

payload! {
    /// What came of changing a user.
    UserUpdatePayload {
        /// The user as they are now, also where the version is a `CONFLICT`. Null when there are only other user errors.
        user: User,
    }
}

payload! {
    /// What came of a change to the caller.
    UserProfileUpdatePayload {
        /// The caller as they are now, also where the version is a `CONFLICT`. Null when there are only other user errors.
        user: User,
    }
}

payload! {
    /// What came of taking a user out.
    UserDeactivatePayload {
        /// The user, who signs in no more. Null when there are user errors.
        user: User,
        /// How many prospects have another owner now, or none; deleted ones included. Null in a repeat, which hands over nothing, and when
        /// there are user errors.
        transferred_count: i32,
    }
}

payload! {
    /// What came of giving a user another password.
    UserPasswordResetPayload {
        /// The user, whose sessions have ended. Null when there are user errors.
        user: User,
        /// The password that was made; it is shown once and kept nowhere, and the user should soon replace it. Null where one was given, and
        /// when there are user errors.
        generated_password: Secret,
    }
}

#[derive(Default)]
pub struct UserEditMutation;

impl From<UserUpdateInput> for users::UserEdit {
    fn from(input: UserUpdateInput) -> Self {
        let role: Option<Option<Role>> = input.role.into();
        users::UserEdit {
            email: input.email.into(),
            name: input.name.into(),
            role: role.map(|role| role.map(Into::into)),
            locale: input.locale.into(),
            time_zone: input.time_zone.into(),
            is_active: input.is_active.into(),
        }
    }
}

#[Object]
impl UserEditMutation {
    /// Adds a user, who may sign in at once. At most 1,000, deactivated ones included. A repeat is told by everything but the password. Administrators
    /// only, and not for API keys.
    async fn user_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who it is, and what they may do.")] input: UserCreateInput,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
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

    /// Changes a user, also the role, and lets a deactivated one in again. What the input leaves out stays as it is. Administrators only, and
    /// not for API keys.
    async fn user_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which user.")] id: ID,
        #[graphql(desc = "What is to change.")] input: UserUpdateInput,
        #[graphql(
            desc = "The `version` that the edit is based on. If the user has another one by now, the answer is `CONFLICT`; if left out, nothing is compared."
        )]
        expected_version: Option<i32>,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
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

    /// Changes what the caller is called, and their language and time zone. What the input leaves out stays as it is. Not for API keys.
    async fn user_profile_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to change.")] input: UserProfileUpdateInput,
        #[graphql(
            desc = "The `version` that the edit is based on. If the caller has another one by now, the answer is `CONFLICT`; if left out, nothing is compared."
        )]
        expected_version: Option<i32>,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
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

    /// Lets a user sign in no more: their sessions end, their API keys are revoked, and their prospects, deleted ones included, go to somebody
    /// else with the user's planned tasks there. Their planned tasks for prospects of others go to the owners of these. Each prospect and each such task
    /// has its entry in the timeline; all is one transaction. What the user did keeps their name. The last active administrator cannot be
    /// deactivated. Some 2,000 to 8,000 prospects are handed over in a second: where that takes longer than a request may, the answer is
    /// `TIMEOUT`, and either all has happened at the last moment or nothing; `isActive` tells. The command `cartera user deactivate` has no such
    /// limit. Administrators only, and not for API keys.
    async fn user_deactivate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which user.")] id: ID,
        #[graphql(desc = "To whom their prospects go.")] input: UserDeactivateInput,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
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

    /// Gives another user another password and ends all their sessions; their API keys go on. One's own is `INVALID`: `userPasswordUpdate` changes
    /// it and asks for the present one. Administrators only, and not for API keys.
    async fn user_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which user; not the caller.")] id: ID,
        #[graphql(desc = "The new password, unless one is to be made.")] input: UserPasswordResetInput,
    ) -> Result<Option<UserPasswordResetPayload>> {
        let password = FirstPassword::given_or_made(input.password);
        let (user, user_errors) = settle(passwords::reset(cx(ctx), reference(Kind::User, &id), &password.text).await)?;
        Ok(Some(UserPasswordResetPayload {
            generated_password: user.as_ref().and_then(|_| password.made()),
            user: user.map(User::from),
            user_errors,
        }))
    }
}
