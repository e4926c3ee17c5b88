//! The people who sign in: who they are, and what becomes of their passwords.

use std::sync::Arc;

use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Set};
use uuid::Uuid;

use super::{attempts, revision, sessions};
use crate::auth::Role;
use crate::cx::{App, Cx};
use crate::entities::access::user;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::ids;
use crate::rules::access as rules;
use crate::text::norm;

/// Somebody who is to sign in from now on.
#[derive(Clone)]
pub struct NewUser {
    pub email: String,
    pub name: String,
    pub role: Role,
    pub password: String,
    /// BCP 47 tag.
    pub locale: String,
    /// IANA name.
    pub time_zone: String,
}

/// How every hash begins that is made today. Another beginning means other parameters, and a new hash at the next sign-in.
const CURRENT_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

/// All users by name, deactivated ones included.
pub fn list(cx: &Cx) -> Vec<Arc<user::Model>> {
    cx.catalogs().users.all().to_vec()
}

/// The user with the id; None where there is none.
pub async fn get(cx: &Cx, id: Uuid) -> Result<Option<Arc<user::Model>>> {
    if let Some(user) = cx.catalogs().users.get(id) {
        return Ok(Some(user.clone()));
    }
    // Another process may have added them a moment ago.
    Ok(user::Entity::find_by_id(id).one(cx.db().reader()).await?.map(Arc::new))
}

/// The user with the e-mail, whatever its case; None where there is none.
pub async fn by_email(cx: &Cx, email: &str) -> Result<Option<user::Model>> {
    let email_norm = rules::norm_email(email);
    // PostgreSQL takes no such text as a parameter, and no user has it.
    if email_norm.contains('\0') {
        return Ok(None);
    }
    Ok(user::Entity::find()
        .filter(user::Column::EmailNorm.eq(email_norm))
        .one(cx.db().reader())
        .await?)
}

/// Adds a user. Administrators only.
pub async fn create(cx: &Cx, new: NewUser) -> Result<Arc<user::Model>> {
    cx.administrator()?;
    let user = checked(&cx.app, new).await?;
    let tx = cx.begin().await?;
    revision::advance(&tx).await?;
    let user = insert(&tx, user).await?;
    tx.commit().await?;
    revision::take_in(&cx.app).await;
    Ok(Arc::new(user))
}

/// What is stored of a new user, still to be inserted; the password is hashed here, outside of any transaction.
pub async fn checked(app: &App, new: NewUser) -> Result<user::Model> {
    let mut problems = Vec::new();
    let email = keep(rules::email(&new.email, &["input", "email"]), &mut problems);
    let name = keep(rules::name(&new.name, &["input", "name"]), &mut problems);
    let locale = keep(rules::locale(&new.locale, &["input", "locale"]), &mut problems);
    let time_zone = keep(rules::time_zone(&new.time_zone, &["input", "timeZone"]), &mut problems);
    keep(rules::password(&new.password, &["input", "password"]), &mut problems);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let now = app.clock.now();
    Ok(user::Model {
        id: ids::new(),
        email_norm: rules::norm_email(&email),
        email,
        name_norm: norm(&name),
        name,
        role: new.role,
        password_hash: app.hasher.hash(&new.password).await?,
        locale,
        time_zone,
        is_active: true,
        version: 1,
        created_at: now,
        updated_at: now,
    })
}

/// Inserts a checked user unless there are too many or the e-mail is taken.
pub async fn insert(tx: &impl ConnectionTrait, user: user::Model) -> Result<user::Model> {
    let mut problems = Vec::new();
    if user::Entity::find().count(tx).await? >= rules::MOST_USERS as u64 {
        problems.push(Problem::new(
            ProblemCode::Limit,
            &["input"],
            format!("there can be at most {} users", rules::MOST_USERS),
        ));
    }
    if user::Entity::find()
        .filter(user::Column::EmailNorm.eq(&user.email_norm))
        .count(tx)
        .await?
        > 0
    {
        problems.push(Problem::new(
            ProblemCode::Taken,
            &["input", "email"],
            "another user has this e-mail",
        ));
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    user::Entity::insert(user::ActiveModel::from(user.clone()))
        .exec_without_returning(tx)
        .await?;
    Ok(user)
}

/// Gives a user another password and ends all their sessions, except the one that asks. Administrators only.
pub async fn set_password(cx: &Cx, id: Uuid, password: &str) -> Result<Arc<user::Model>> {
    let viewer = cx.administrator()?;
    rules::password(password, &["input", "password"]).map_err(one)?;
    let password_hash = cx.app.hasher.hash(password).await?;
    replace_password(cx, id, None, password_hash, viewer.session_id).await
}

/// Gives the caller another password after a look at the present one, and ends all their other sessions.
pub async fn change_password(cx: &Cx, current: &str, new: &str) -> Result<Arc<user::Model>> {
    let viewer = cx.viewer()?;
    rules::password(new, &["input", "newPassword"]).map_err(one)?;
    if !rules::can_be_password(current) {
        return Err(wrong_password());
    }
    let user = user::Entity::find_by_id(viewer.user_id)
        .one(cx.db().reader())
        .await?
        .ok_or(Error::NotFound)?;
    cx.begin_password_check()?;
    // A stolen token is no licence to guess the password.
    let attempt = attempts::begin(cx, &user.email_norm).await?;
    let hashed = match cx.app.hasher.verify(current, Some(&user.password_hash)).await {
        Ok(false) => return Err(wrong_password()),
        Ok(true) => cx.app.hasher.hash(new).await,
        Err(error) => Err(error),
    };
    attempts::forgive(cx, attempt).await?;
    replace_password(cx, user.id, Some(&user.password_hash), hashed?, viewer.session_id).await
}

/// Lets a user sign in no more and ends their sessions; what they did keeps their name. Administrators only.
pub async fn deactivate(cx: &Cx, id: Uuid) -> Result<Arc<user::Model>> {
    cx.administrator()?;
    let tx = cx.begin().await?;
    revision::advance(&tx).await?;
    let user = lock(&tx, id).await?.ok_or(Error::NotFound)?;
    if !user.is_active {
        return Err(Error::problem(ProblemCode::State, &["id"], "the user is deactivated already"));
    }
    if user.role == Role::Admin && other_administrators(&tx, id).await? == 0 {
        return Err(Error::problem(ProblemCode::State, &["id"], "this is the last active administrator"));
    }
    let version = user.version + 1;
    let changed = user::ActiveModel {
        is_active: Set(false),
        version: Set(version),
        updated_at: Set(cx.now()),
        ..user.into()
    };
    let user = changed.update(&tx).await?;
    sessions::end_all(&tx, id, None).await?;
    tx.commit().await?;
    revision::take_in(&cx.app).await;
    Ok(Arc::new(user))
}

/// The user, kept from being changed by others until the transaction ends.
pub async fn lock(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<user::Model>> {
    Ok(user::Entity::find_by_id(id).lock_exclusive().one(tx).await?)
}

/// Whether the password was hashed as passwords are hashed today.
pub fn has_current_hash(user: &user::Model) -> bool {
    user.password_hash.starts_with(CURRENT_HASH)
}

/// Stores the hash and ends all sessions but one. Where `seen` is given, the present hash has to be that one still.
async fn replace_password(cx: &Cx, id: Uuid, seen: Option<&str>, password_hash: String, keep: Uuid) -> Result<Arc<user::Model>> {
    let tx = cx.begin().await?;
    revision::advance(&tx).await?;
    let user = lock(&tx, id).await?.ok_or(Error::NotFound)?;
    if seen.is_some_and(|seen| seen != user.password_hash) {
        return Err(Error::problem(
            ProblemCode::Conflict,
            &["input"],
            "the password was changed at the same moment; try again",
        ));
    }
    let version = user.version + 1;
    let changed = user::ActiveModel {
        password_hash: Set(password_hash),
        version: Set(version),
        updated_at: Set(cx.now()),
        ..user.into()
    };
    let user = changed.update(&tx).await?;
    sessions::end_all(&tx, id, Some(keep)).await?;
    tx.commit().await?;
    revision::take_in(&cx.app).await;
    Ok(Arc::new(user))
}

async fn other_administrators(tx: &impl ConnectionTrait, id: Uuid) -> Result<u64> {
    let others = user::Entity::find()
        .filter(user::Column::Role.eq(Role::Admin))
        .filter(user::Column::IsActive.eq(true))
        .filter(user::Column::Id.ne(id));
    Ok(others.count(tx).await?)
}

fn keep<T: Default>(result: std::result::Result<T, Problem>, problems: &mut Vec<Problem>) -> T {
    result.unwrap_or_else(|problem| {
        problems.push(problem);
        T::default()
    })
}

fn one(problem: Problem) -> Error {
    Error::Invalid(vec![problem])
}

fn wrong_password() -> Error {
    Error::problem(
        ProblemCode::Credentials,
        &["input", "currentPassword"],
        "this is not the present password",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::credentials::Hasher;

    #[tokio::test]
    async fn what_is_hashed_today_is_current() {
        let hash = Hasher::new().hash("correct horse").await.expect("hashes");
        assert!(hash.starts_with(CURRENT_HASH), "{hash}");
    }
}
