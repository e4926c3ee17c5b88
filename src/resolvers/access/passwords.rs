//! Changes of passwords, by their users and by administrators.

use std::sync::Arc;

use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use uuid::Uuid;

use super::{attempts, sessions};
use crate::cx::Cx;
use crate::entities::access::user;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::rules::access as rules;
use crate::tx::locks::Locks;

/// Prefix of all current hashes. A different prefix means other parameters, and a new hash at the next sign-in.
const CURRENT_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

/// Gives another user another password and ends all their sessions. Administrators only.
pub async fn reset(cx: &Cx, id: Uuid, password: &str) -> Result<Arc<user::Model>> {
    let viewer = cx.account_administrator()?;
    let mut problems = Vec::new();
    if id == viewer.user_id {
        // A stolen token is no licence to set the password.
        let message = "one's own password is changed with `userPasswordUpdate`, which asks for the present one";
        problems.push(Problem::new(ProblemCode::Invalid, &["id"], message));
    }
    problems.extend(rules::password(password, &["input", "password"]).err());
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let password_hash = cx.app.hasher.hash(password).await?;
    replace(cx, id, None, password_hash, None).await
}

/// Gives the caller another password after a look at the present one, and ends all their other sessions.
pub async fn change(cx: &Cx, current: &str, new: &str) -> Result<Arc<user::Model>> {
    let viewer = cx.account_holder()?;
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
        Ok(true) => cx.app.hasher.hash(new).await?,
        Ok(false) => {
            attempts::failed(cx, attempt).await?;
            return Err(wrong_password());
        }
        Err(error) => return Err(error),
    };
    drop(attempt);
    replace(cx, user.id, Some(&user.password_hash), hashed, viewer.session_id()).await
}

/// Whether the password was hashed as passwords are hashed today.
pub fn has_current_hash(user: &user::Model) -> bool {
    user.password_hash.starts_with(CURRENT_HASH)
}

/// Stores the hash and ends all sessions but one. Where `seen` is given, the present hash has to be that one still. Nothing that is kept in
/// memory changes, the version of the user included, which counts changes of what `userUpdate` edits.
async fn replace(cx: &Cx, id: Uuid, seen: Option<&str>, password_hash: String, keep: Option<Uuid>) -> Result<Arc<user::Model>> {
    let tx = cx.begin_with(Locks::changing([id])).await?;
    let user = tx.user(id).cloned().ok_or(Error::NotFound)?;
    if seen.is_some_and(|seen| seen != user.password_hash) {
        return Err(Error::problem(
            ProblemCode::Conflict,
            &["input"],
            "the password was changed at the same time; try again",
        ));
    }
    let changed = user::ActiveModel {
        password_hash: Set(password_hash),
        updated_at: Set(cx.now()),
        ..user.into()
    };
    let user = changed.update(&tx).await?;
    sessions::end_all(&tx, id, keep).await?;
    // Who has the new password has made no guesses at it.
    attempts::forget(&tx, &user.email_norm).await?;
    tx.commit().await?;
    Ok(Arc::new(user))
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
