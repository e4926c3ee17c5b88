//! The people who sign in: who they are, and who is added, changed and taken out.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::{keys, revision, sessions};
use crate::app::App;
use crate::auth::Role;
use crate::cx::Cx;
use crate::entities::access::user;
use crate::entities::setup::revision::CachedTable;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::ids;
use crate::resolvers::idempotency::Replayable;
use crate::rules::access as rules;
use crate::rules::limits::check_version;
use crate::rules::patch::Patch;
use crate::text::fold;
use crate::tx::Tx;
use crate::tx::locks::Locks;

/// Input of a new user.
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

/// A user who was added.
pub struct Added {
    pub user: Arc<user::Model>,
    /// False in a repeat: the password of this call is not theirs then.
    pub is_new: bool,
}

/// Patch of a user. None: unchanged; an inner None was sent as null, and no field of a user can be cleared.
#[derive(Clone, Debug, Default)]
pub struct UserEdit {
    pub email: Patch<String>,
    pub name: Patch<String>,
    pub role: Patch<Role>,
    pub locale: Patch<String>,
    pub time_zone: Patch<String>,
    /// True lets a deactivated user in again.
    pub is_active: Patch<bool>,
}

/// Patch of a user by themselves.
#[derive(Clone, Debug, Default)]
pub struct ProfileEdit {
    pub name: Patch<String>,
    pub locale: Patch<String>,
    pub time_zone: Patch<String>,
}

impl Replayable for Arc<user::Model> {
    fn ids(&self) -> Vec<Uuid> {
        vec![self.id]
    }

    async fn read(cx: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        let Some(id) = ids.first() else { return Ok(None) };
        let found = user::Entity::find_by_id(*id).one(cx.db().reader()).await?;
        Ok(found.map(Arc::new))
    }
}

impl Replayable for Added {
    fn ids(&self) -> Vec<Uuid> {
        self.user.ids()
    }

    async fn read(cx: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        let user = Arc::<user::Model>::read(cx, ids).await?;
        Ok(user.map(|user| Added { user, is_new: false }))
    }
}

/// A user who is to be changed, unless the two are equal.
pub struct Change {
    pub before: user::Model,
    pub after: user::Model,
}

impl Change {
    /// Whether an active administrator is none any more.
    pub fn steps_down(&self) -> bool {
        self.before.is_active && self.before.role == Role::Admin && self.after.role != Role::Admin
    }
}

const LAST_ADMINISTRATOR: &str = "this is the last active administrator";

/// Reads one line of text by the rules.
type Reader = fn(&str, &[&str]) -> std::result::Result<String, Problem>;

/// All users by name, deactivated ones included.
pub fn list(cx: &Cx) -> Vec<Arc<user::Model>> {
    cx.catalogs().users.all().to_vec()
}

/// The user with the id; None where there is none.
pub async fn get(cx: &Cx, id: Uuid) -> Result<Option<Arc<user::Model>>> {
    if let Some(user) = cx.catalogs().users.get(id) {
        return Ok(Some(user.clone()));
    }
    // Another process may just have added them.
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
pub async fn create(cx: &Cx, new: NewUser) -> Result<Added> {
    cx.account_administrator()?;
    let user = checked(&cx.app, new).await?;
    let tx = cx.begin_with(Locks::changing([]).with_tables([CachedTable::User])).await?;
    let user = insert(&tx, user).await?;
    tx.commit_naming([user.id]).await?;
    revision::take_in(&cx.app, &[CachedTable::User]).await;
    Ok(Added {
        user: Arc::new(user),
        is_new: true,
    })
}

/// Changes what the caller is called, and their language and time zone.
pub async fn update_profile(cx: &Cx, edit: ProfileEdit, expected_version: Option<i32>) -> Result<Arc<user::Model>> {
    let viewer = cx.account_holder()?;
    let ProfileEdit { name, locale, time_zone } = edit;
    let edit = UserEdit {
        name,
        locale,
        time_zone,
        ..UserEdit::default()
    };
    let tx = cx
        .begin_with(Locks::changing([viewer.user_id]).with_tables([CachedTable::User]))
        .await?;
    let Change { before, after } = change(&tx, viewer.user_id, edit, expected_version).await?;
    // A save that changes nothing leaves no trace.
    if after == before {
        return Ok(Arc::new(after));
    }
    let user = write(&tx, after, cx.now()).await?;
    tx.commit_naming([user.id]).await?;
    revision::take_in(&cx.app, &[CachedTable::User]).await;
    Ok(Arc::new(user))
}

/// The row of a new user, to be inserted; the password is hashed here, outside of any transaction.
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
        name_norm: fold(&name),
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
    check_email(tx, &user, &mut problems).await?;
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    user::Entity::insert(user::ActiveModel::from(user.clone()))
        .exec_without_returning(tx)
        .await?;
    Ok(user)
}

/// Problems of deactivating a user: no user is deactivated twice, and one administrator remains.
pub async fn check_can_leave(tx: &impl ConnectionTrait, user: &user::Model, problems: &mut Vec<Problem>) -> Result<()> {
    if !user.is_active {
        problems.push(Problem::new(ProblemCode::State, &["id"], "the user is deactivated already"));
    } else if user.role == Role::Admin && is_last_administrator(tx, user.id).await? {
        problems.push(Problem::new(ProblemCode::State, &["id"], LAST_ADMINISTRATOR));
    }
    Ok(())
}

/// Lets a user sign in no more, and makes their sessions and keys worthless; what they did keeps their name.
pub async fn retire(tx: &impl ConnectionTrait, mut user: user::Model, now: i64) -> Result<user::Model> {
    user.is_active = false;
    user.version += 1;
    user.updated_at = now;
    let user = user.into_active_model().reset_all().update(tx).await?;
    sessions::end_all(tx, user.id, None).await?;
    keys::revoke_all(tx, user.id).await?;
    Ok(user)
}

/// The users with the ids, locked against deactivation and a change of role until the transaction ends; those that do not exist are missing. No
/// statement where no id is given. For those who turn up when records are locked already: a user whom another transaction is changing is not
/// waited for, which would break the order of locks, but is a conflict.
pub async fn lock_shared(tx: &impl ConnectionTrait, ids: impl IntoIterator<Item = Uuid>) -> Result<HashMap<Uuid, user::Model>> {
    let mut ids: Vec<Uuid> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    // Filled up to a power of two, so that few texts are prepared.
    ids.resize(ids.len().next_power_of_two(), Uuid::nil());
    let locked = user::Entity::find()
        .filter(user::Column::Id.is_in(ids))
        .order_by_asc(user::Column::Id)
        .lock_with_behavior(LockType::Share, LockBehavior::Nowait)
        .all(tx)
        .await?;
    Ok(locked.into_iter().map(|user| (user.id, user)).collect())
}

/// Applies the patch to a user whom the transaction has locked, together with the revision of users. Nothing is written yet.
pub async fn change(tx: &Tx, id: Uuid, edit: UserEdit, expected_version: Option<i32>) -> Result<Change> {
    let mut problems = Vec::new();
    let email = changed(edit.email, "email", rules::email, &mut problems);
    let name = changed(edit.name, "name", rules::name, &mut problems);
    let role = given(edit.role, "role", &mut problems);
    let locale = changed(edit.locale, "locale", rules::locale, &mut problems);
    let time_zone = changed(edit.time_zone, "timeZone", rules::time_zone, &mut problems);
    let is_active = given(edit.is_active, "isActive", &mut problems);

    let present = tx.user(id).cloned().ok_or(Error::NotFound)?;
    check_version(expected_version, present.version, &mut problems);
    let mut user = present.clone();
    if let Some(email) = email {
        user.email_norm = rules::norm_email(&email);
        user.email = email;
    }
    if let Some(name) = name {
        user.name_norm = fold(&name);
        user.name = name;
    }
    user.role = role.unwrap_or(present.role);
    user.locale = locale.unwrap_or(user.locale);
    user.time_zone = time_zone.unwrap_or(user.time_zone);
    user.is_active = present.is_active || is_active == Some(true);
    if user.email_norm != present.email_norm {
        check_email(tx, &user, &mut problems).await?;
    }
    let mut change = Change {
        before: present,
        after: user,
    };
    if change.steps_down() && is_last_administrator(tx, id).await? {
        problems.push(Problem::new(ProblemCode::State, &["input", "role"], LAST_ADMINISTRATOR));
    }
    if change.before.is_active && is_active == Some(false) {
        problems.push(Problem::new(
            ProblemCode::Invalid,
            &["input", "isActive"],
            "a user is deactivated with `userDeactivate`, which asks to whom their prospects go",
        ));
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    if change.after != change.before {
        change.after.version += 1;
    }
    Ok(change)
}

/// Writes a user who was changed, at the given time.
pub async fn write(tx: &Tx, mut user: user::Model, now: i64) -> Result<user::Model> {
    user.updated_at = now;
    Ok(user.into_active_model().reset_all().update(tx).await?)
}

/// A problem where another user has the e-mail.
async fn check_email(tx: &impl ConnectionTrait, user: &user::Model, problems: &mut Vec<Problem>) -> Result<()> {
    let others = user::Entity::find()
        .filter(user::Column::EmailNorm.eq(&user.email_norm))
        .filter(user::Column::Id.ne(user.id));
    if others.count(tx).await? > 0 {
        problems.push(Problem::new(
            ProblemCode::Taken,
            &["input", "email"],
            "another user has this e-mail",
        ));
    }
    Ok(())
}

/// Holds until the transaction ends: every transaction that changes who is an administrator has locked the revision of users, and so has this one.
async fn is_last_administrator(tx: &impl ConnectionTrait, id: Uuid) -> Result<bool> {
    let others = user::Entity::find()
        .filter(user::Column::Role.eq(Role::Admin))
        .filter(user::Column::IsActive.eq(true))
        .filter(user::Column::Id.ne(id));
    Ok(others.count(tx).await? == 0)
}

/// The new text of a field that is to change and can.
fn changed(value: Patch<String>, field: &str, read: Reader, problems: &mut Vec<Problem>) -> Option<String> {
    let text = given(value, field, problems)?;
    read(&text, &["input", field]).map_err(|problem| problems.push(problem)).ok()
}

/// The new value of a field that cannot be cleared.
fn given<T>(value: Patch<T>, field: &str, problems: &mut Vec<Problem>) -> Option<T> {
    match value {
        Patch::Keep => None,
        Patch::Set(value) => Some(value),
        Patch::Clear => {
            problems.push(Problem::new(ProblemCode::Required, &["input", field], "cannot be cleared"));
            None
        }
    }
}

fn keep<T: Default>(result: std::result::Result<T, Problem>, problems: &mut Vec<Problem>) -> T {
    result.unwrap_or_else(|problem| {
        problems.push(problem);
        T::default()
    })
}
